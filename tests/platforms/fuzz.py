"""Fuzz every platform's translate and keep what was learnt: one body for each way of being refused, and whatever broke.

    python -m tests.platforms.fuzz [--seconds N] [PLATFORM ...]

A recorded body is changed in some places, cut or scribbled over; what answers in a way that no kept body does is kept in
corpus/<platform>.jsonl, which test_corpus.py plays in every run. Anything but events or BadPayload is a fault: kept, and told.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from chalicelib import platforms
from chalicelib.model import log
from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Webhook
from tests.platforms import fixtures
from tests.platforms.fixtures import RECEIVED
from tests.platforms.test_hostile import STRANGE, change, places

CORPUS = Path(__file__).parent / "corpus"
MOST, LARGEST = 30, 3000


@dataclass(frozen=True)
class Kept:
    """A body of the corpus: the recorded request it was made of, and how it is answered."""

    request: str
    body: bytes
    answer: str


def answer_to(webhook: Webhook) -> str:
    """How a body is answered: the types of its events, or where and why it is refused, without the values it quotes."""
    try:
        made = platforms.get(webhook.platform).translate(webhook, RECEIVED)
    except BadPayload as err:
        where = re.sub(r"\[[0-9]+\]", "[]", err.where)[:80].encode("ascii", "replace").decode()
        return f"refused {where}: {re.sub('[0-9]+', 'N', err.cause.partition(': ')[2])[:60]}"
    log.dump_events(made.events)
    return " ".join(sorted({str(event.type) for event in made.events}))


def read(platform: str) -> Iterator[Kept]:
    """The kept bodies of a platform."""
    path = CORPUS / f"{platform}.jsonl"
    for line in path.read_text().splitlines() if path.exists() else ():
        said = json.loads(line)
        yield Kept(said["request"], base64.b64decode(said["body"]), said["answer"])


def write(platform: str, kept: list[Kept]) -> None:
    """Keep bodies, in a fixed order."""
    CORPUS.mkdir(exist_ok=True)
    rows = [{"request": one.request, "answer": one.answer, "body": base64.b64encode(one.body).decode()} for one in kept]
    lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
    (CORPUS / f"{platform}.jsonl").write_text("".join(f"{line}\n" for line in lines))


def fuzz(platform: str, seconds: float, seed: int) -> tuple[list[Kept], list[str]]:
    """What the corpus of a platform is after some seconds more, and the faults that were found."""
    chance, until = random.Random(seed), time.monotonic() + seconds
    recorded = {one.name: one for one in fixtures.recorded(platform) if one.webhook.body}
    known = {one.answer: one for one in read(platform)}
    faults = []
    while time.monotonic() < until and recorded:
        name = chance.choice(sorted(recorded))
        webhook = replace(recorded[name].webhook, setup=recorded[name].setup)
        body = mutated(webhook.body, chance)
        try:
            answer = answer_to(replace(webhook, body=body))
        except Exception as err:  # what the fuzzer is for
            answer = f"BROKE {type(err).__name__}"
            faults.append(f"{platform}/{name}: {type(err).__name__}: {err}"[:300])
        before = known.get(answer)
        worth = len(known) < MOST or before or "BROKE" in answer
        if len(body) <= LARGEST and worth and (not before or len(body) < len(before.body)):
            known[answer] = Kept(name, body, answer)
    return list(known.values()), faults


def mutated(body: bytes, chance: random.Random) -> bytes:
    """A body changed in up to three places, or cut, or scribbled over."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if value is not None and chance.random() < 0.85:
        for _ in range(chance.randint(1, 3)):
            path = chance.choice(places(value) or [()])
            if path:
                change(value, path, chance.choice(["drop", "replace", "replace"]), chance.choice(STRANGE))
        return json.dumps(value).encode()
    at = chance.randint(0, len(body))
    return body[:at] + chance.randbytes(chance.randint(0, 4)) + body[at + chance.randint(0, 20) :]


def main() -> int:
    """Fuzz; 1 when a fault was found."""
    parser = argparse.ArgumentParser(description="Fuzz every platform's translate and keep the corpus.")
    parser.add_argument("names", nargs="*", default=list(platforms.names()))
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    broken = []
    for name in given.names:
        kept, faults = fuzz(name, given.seconds, given.seed)
        write(name, kept)
        broken += faults
        print(f"{name}: {len(kept)} kept, {len(faults)} faults")  # noqa: T201
    print("\n".join(broken[:50]))  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
