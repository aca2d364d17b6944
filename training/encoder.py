"""multilingual-e5-small in JAX, layer by layer, from the engine's own weights: what the engine computes, made trainable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .weights import BLOCK, Shape, Weights

Params = dict[str, Any]
_NAMES = tuple(f"{part}.{kind}" for part in ("q", "k", "v", "ao", "aln", "fi", "fo", "oln") for kind in ("w", "b"))


def layers(weights: Weights, numbers: Sequence[int]) -> Params:
    """The tensors of some layers, by the file's names ("l3.q.w")."""
    return {f"l{n}.{name}": jnp.asarray(weights.tensor(f"l{n}.{name}")) for n in numbers for name in _NAMES}


def embedded(weights: Weights, ids: np.ndarray) -> np.ndarray:
    """Words, places and type added up and normed: what the first layer gets. `ids` is (texts, length)."""
    words = weights.tensor("emb.word")[ids]
    summed = words + weights.tensor("emb.pos").reshape(-1, words.shape[-1])[: ids.shape[1]]
    summed = summed + weights.tensor("emb.type")[: words.shape[-1]]
    return np.asarray(_normed(jnp.asarray(summed), weights.tensor("emb.ln.w"), weights.tensor("emb.ln.b"), weights.shape.eps))


def run(
    params: Params, numbers: Sequence[int], hidden: Any, mask: Any, shape: Shape, key: Any = None, drop: float = 0.0,
) -> Any:  # fmt: skip
    """Hidden states (texts, length, width) through some layers; `mask` is 1 where there is a token. Drops out with a `key`."""
    for n in numbers:
        one = {name: params[f"l{n}.{name}"] for name in _NAMES}
        keys = (None, None) if key is None else jax.random.split(jax.random.fold_in(key, n))
        hidden = _layer(one, hidden, mask, shape, keys, drop)
    return hidden


def pooled(hidden: Any, mask: Any) -> Any:
    """The mean of a text's tokens, as a unit vector: what the engine gives."""
    mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return mean / jnp.maximum(jnp.linalg.norm(mean, axis=-1, keepdims=True), 1e-6)


def squeezed(params: Params) -> Params:
    """The parameters as 4 bits will keep them; gradients pass as if nothing had happened (straight-through)."""
    return {name: one + jax.lax.stop_gradient(_in_4_bits(one) - one) if one.ndim == 2 else one for name, one in params.items()}


def _in_4_bits(matrix: Any) -> Any:
    rows = matrix.reshape(-1, BLOCK)
    largest = jnp.take_along_axis(rows, jnp.abs(rows).argmax(1)[:, None], 1)
    scale = (largest / -8).astype(jnp.float16).astype(jnp.float32)
    turned = jnp.where(scale != 0, rows / jnp.where(scale != 0, scale, 1), 0)
    return (jnp.clip(jnp.round(turned), -8, 7) * scale).reshape(matrix.shape)


def _layer(one: Params, hidden: Any, mask: Any, shape: Shape, keys: tuple[Any, Any], drop: float) -> Any:
    texts, length, width = hidden.shape
    each = width // shape.heads

    def heads(name: str) -> Any:
        return (hidden @ one[f"{name}.w"].T + one[f"{name}.b"]).reshape(texts, length, shape.heads, each)

    scores = jnp.einsum("tqhe,tkhe->thqk", heads("q"), heads("k")) / np.sqrt(each)
    scores = jnp.where(mask[:, None, None, :] > 0, scores, -1e9)
    seen = jnp.einsum("thqk,tkhe->tqhe", jax.nn.softmax(scores, -1), heads("v")).reshape(texts, length, width)
    told = _dropped(seen @ one["ao.w"].T + one["ao.b"], keys[0], drop)
    hidden = _normed(hidden + told, one["aln.w"], one["aln.b"], shape.eps)
    inner = jax.nn.gelu(hidden @ one["fi.w"].T + one["fi.b"], approximate=False)
    return _normed(hidden + _dropped(inner @ one["fo.w"].T + one["fo.b"], keys[1], drop), one["oln.w"], one["oln.b"], shape.eps)


def _dropped(values: Any, key: Any, drop: float) -> Any:
    if key is None or not drop:
        return values
    return jnp.where(jax.random.bernoulli(key, 1 - drop, values.shape), values / (1 - drop), 0)


def _normed(values: Any, weight: Any, bias: Any, eps: float) -> Any:
    mean = values.mean(-1, keepdims=True)
    spread = ((values - mean) ** 2).mean(-1, keepdims=True)
    return (values - mean) / jnp.sqrt(spread + eps) * weight + bias
