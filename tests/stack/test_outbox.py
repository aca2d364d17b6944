"""The deployed local stack, killed while messages go out: started again, every buyer has every message once."""

from __future__ import annotations

import base64
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra.demo import lives
from infra.local.relay import read
from tests.stack.conftest import ROOT, SECRET, Stack

pytestmark = pytest.mark.stack
ORDERS = 36
FIRST = 770_000


@pytest.fixture
def shop(stack: Stack) -> Stack:
    stack("shop", "add", "shopify", "busy", "--secret", SECRET)
    stack(
        *("shop", "set", "shopify", "busy", "--title", "Busy", "--sender", "busy@example.com"),
        *("--postal", "Street 1, Town", "--zone", "UTC"),
    )  # fmt: skip
    return stack


def delivered(now: datetime) -> Iterator[lives.Sending]:
    """Orders that were delivered in the last two days: each asks for one message three days later."""
    for number in range(FIRST, FIRST + ORDERS):
        for hours in range(60, 400, 5):
            chance, placed = random.Random(number), now - timedelta(hours=hours)
            order = lives.order_of(number, placed, chance, f"buyer{number}@example.com")
            told = list(lives.until_delivered("busy", number, placed, order, chance))
            if now - timedelta(hours=40) < told[-1].at < now:
                yield from told
                break


def mails(stack: Stack) -> Counter[str]:
    """How many mails went out for each action, by its key."""
    return Counter(_key(line["tags"]["wellkept"]) for line in read(stack.home / "mail") if "wellkept" in line["tags"])


def _key(tag: str) -> str:
    return base64.urlsafe_b64decode(tag + "=" * (-len(tag) % 4)).decode()


def messages(stack: Stack) -> dict[str, str]:
    found = stack.json("outbox", "--shop", "shopify/busy")
    return {one["key"]: one["status"] for one in found if one["kind"] == "message"}


def move(stack: Stack, by: str) -> subprocess.Popen[bytes]:
    """Move the clock, without waiting for it."""
    environment = {**os.environ, "WELLKEPT_HOME": str(stack.home), "WELLKEPT_PORT": str(stack.port), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "infra.cli.main", "clock", by]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(what: str, found: object, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not found():  # type: ignore[operator]
        assert time.monotonic() < end, f"{what} took longer than {seconds:.0f} s"
        time.sleep(0.05)


def _kill_after(shop: Stack, some: int) -> None:
    """Move the clock, kill everything once some more mails went out, and start again."""
    moving, enough = move(shop, "+5d"), sum(mails(shop).values()) + some
    wait_for("the first mails", lambda: sum(mails(shop).values()) >= enough or moving.poll() is not None)
    assert moving.poll() is None, "the clock had moved to its end before the kill"
    os.killpg(shop.pid, signal.SIGKILL)
    moving.wait(60)
    shop("up")


def test_killed_while_messages_go_out_and_started_again_nothing_goes_out_twice_or_is_missing(shop: Stack):
    for one in delivered(datetime.now(UTC)):
        assert shop.deliver(one.webhook)[0] == 200
    wait_for("reacting", lambda: sum("how_is_it" in key for key in messages(shop)) == ORDERS)

    for already in (4, 16):
        _kill_after(shop, already)
    shop("clock", "+6d")
    wait_for("the rest", lambda: not {"ready", "sending"} & set(messages(shop).values()), 300)

    became, went = messages(shop), mails(shop)
    assert all(count == 1 for count in went.values()), went.most_common(3)
    wanted = {key for key in became if key.endswith("#how_is_it")}
    assert len(wanted) == ORDERS
    assert {key for key in wanted if became[key] == "sent"} == wanted & went.keys()
    # What was claimed when the kill came, and nobody can know of, waits for a person.
    assert {became[key] for key in wanted} <= {"sent", "unknown"}
    assert sum(became[key] == "sent" for key in wanted) >= ORDERS - 2 * 10
