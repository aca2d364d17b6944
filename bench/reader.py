"""One of the classifiers that bench/classify.py compares, in a process of its own: `python -m bench.reader ours|rival FILE`.

A line of JSON in: {"texts": [...], "alone": bool}. A line out: the labels, the milliseconds of processor time that each call
took, and the process's peak memory. One thread, and nothing to wait for: on a core of its own that is how long one waits, and
it tells the same on a busy machine. Nothing is imported that the classifier does not need, for the sake of the first answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import process_time

Read = Callable[[Sequence[str]], list[str]]


def ours(_: Path) -> Read:
    """What function Words and `./wellkept classify` run, loaded from the checkout."""
    from layers.text import use_weights

    use_weights()
    from chalicelib.effects.embedding import engine
    from chalicelib.rules.reasons import model
    from chalicelib.rules.reasons.reading import Asked, read

    head, embed = model.head(), engine().embed
    return lambda texts: [str(one.label) for one in read([Asked(text) for text in texts], head, embed)]


def rival(file: Path) -> Read:
    """The pipeline as bench/classify.py trained it."""
    import joblib

    pipeline = joblib.load(file)
    return lambda texts: list(map(str, pipeline.predict(list(texts))))


def answer(read: Read, texts: Sequence[str], alone: bool) -> dict[str, object]:
    """The labels of some texts, read one by one or all at once."""
    labels, taken = [], []
    for some in [[text] for text in texts] if alone else [list(texts)]:
        began = process_time()
        labels += read(some)
        taken.append((process_time() - began) * 1000)
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return {"labels": labels, "ms": taken, "memory": getrusage(RUSAGE_SELF).ru_maxrss / unit}


def main() -> None:
    """Load, then answer line by line."""
    read = {"ours": ours, "rival": rival}[sys.argv[1]](Path(sys.argv[2]))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(read, **json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
