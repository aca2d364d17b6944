"""The same promise of the deployed form: a proxy between the performing function and the emulator loses and refuses.

    python -m tests.chaos.deployed [--orders N] [--only WORDS]     --only: scenarios with these words in their name

A local stack of its own, in a temporary folder, with the real package; microburst (an environment of its own, see MISSING)
stands between Perform and its DynamoDB, SQS and SES. One scenario after the other, each with orders of its own: half of them
were just dispatched, half just delivered, so that one message of each falls due. Ends with 1 when a buyer got a message twice,
when one is lost, or when a fault that was asked for never struck.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from chalicelib.model import times
from chalicelib.model.tags import TAG, untag
from chalicelib.rules.touchpoints import key as key_of
from infra.demo import lives
from infra.local.process import HOST, REGION
from infra.local.relay import read
from tests.stack.conftest import ROOT, SECRET, Stack, free_port

PROXY = ROOT / ".venv-microburst/bin/microburst"
MISSING = (
    "Left out, for want of microburst: python3 -m venv .venv-microburst && .venv-microburst/bin/pip install microburst==0.10.0"
)
SHOP, SOURCE, FIRST = "busy", "shopify/busy", 660_000
HEADS = ("scenario", "fired", "messages", "mails", "double", "lost", "suppressed", "unknown", "by the feed", "tries", "seconds")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the proxy does: microburst's rules. `trace` is what it must leave behind, else it struck nothing that matters."""

    name: str
    rules: tuple[Json, ...]
    trace: str = "tries"


def rule(service: str, fail: int, then: int, operation: str = "", **fault: Any) -> Json:
    """Strike so many requests, let so many pass, and so on. SES's own operations are not told apart (its v2 speaks REST)."""
    named = {"operation": operation} if operation else {}
    return {"service": service, "sequence": {"fail": fail, "pass": then}, **named, **fault}


# The request is done, and the connection ends before the first byte of its answer.
LOST: Json = {"response": {"abort_frac": 0.0}}
THROTTLED: Json = {"error": {"code": "ProvisionedThroughputExceededException"}}
FAILED = rule("ses", 1, 2, error={"code": "InternalFailure", "status": 500})
# DynamoDB's and SQS's client asks again by itself: more in a row than it tries, so that some calls fail for good.
SCENARIOS = (
    Scenario("SES replies lost", (rule("ses", 1, 1, **LOST),), "by the feed"),
    Scenario("SES 5xx", (FAILED,), "unknown"),
    Scenario("SES throttled", (rule("ses", 2, 1, error={"code": "TooManyRequestsException", "status": 429}),)),
    Scenario("DynamoDB UpdateItem throttled", (rule("dynamodb", 5, 15, "UpdateItem", **THROTTLED),), ""),
    Scenario("DynamoDB UpdateItem replies lost", (rule("dynamodb", 5, 15, "UpdateItem", **LOST),), ""),
    Scenario(
        "SQS SendMessageBatch throttled, SES 5xx",
        (FAILED, rule("sqs", 6, 12, "SendMessageBatch", error={"code": "ThrottlingException", "status": 400})),
        "unknown",
    ),
)


class Proxy:
    """microburst's control: rules in, what it did out."""

    def __init__(self, port: int) -> None:
        self.url = f"http://{HOST}:{port}"

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/_microburst/{path}", data), timeout=10) as answer:
            return json.load(answer)

    def set(self, rules: tuple[Json, ...]) -> list[int]:
        """Put these rules in place of all others; their numbers."""
        return [int(one["id"]) for one in self.ask("rules", list(rules))]

    def fired(self, rules: list[int]) -> Counter[int]:
        """How often each of these rules struck, by its log."""
        return Counter(one["rule_id"] for one in self.ask("fired?limit=1000000") if one["rule_id"] in rules)


@contextmanager
def proxied(stack: Stack) -> Iterator[Proxy]:
    """microburst before the emulator, with Perform, and nothing else, behind it."""
    port = free_port()
    with (stack.home / "microburst.log").open("wb") as log:
        asked = [str(PROXY), "--upstream", f"http://{HOST}:{stack.port}", "--port", str(port), "--no-resign"]
        process = subprocess.Popen(asked, stdout=log, stderr=log)
    try:
        found = Proxy(port)
        wait_for("microburst", lambda: answers(found), 60)
        divert(stack, found.url)
        yield found
    finally:
        process.terminate()
        process.wait(20)


def answers(proxy: Proxy) -> bool:
    """Whether it is up."""
    try:
        return bool(proxy.ask("health"))
    except OSError:
        return False


def divert(stack: Stack, endpoint: str) -> None:
    """Point Perform's clients at the proxy; its other variables stay."""
    client = boto3.client("lambda", endpoint_url=f"http://{HOST}:{stack.port}", region_name=REGION,
                          aws_access_key_id="test", aws_secret_access_key="test")  # fmt: skip
    name = json.loads((stack.home / "outputs-local.json").read_text())["Perform"]
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=name, Environment={"Variables": variables | {"AWS_ENDPOINT_URL": endpoint}}
    )


def told(first: int, count: int, now: datetime) -> dict[str, list[lives.Sending]]:
    """The webhooks of so many orders by the message that falls due for each: just dispatched, or delivered of late."""
    found = {}
    for number in range(first, first + count):
        topic, touchpoint, hours = (
            ("fulfillments/create", "check_the_parcel", 8) if number % 2 else ("fulfillment_events/create", "how_is_it", 40)
        )
        for age in range(10, 400, 2):
            chance, placed = random.Random(number), now - timedelta(hours=age)
            order = lives.order_of(number, placed, chance, f"buyer{number}@example.com")
            life = list(lives.until_delivered(SHOP, number, placed, order, chance))
            past = [one for one in life if one.at < now]
            done = len(past) == len(life) or number % 2
            if done and past[-1].webhook.headers["x-shopify-topic"] == topic and past[-1].at > now - timedelta(hours=hours):
                found[key_of(SOURCE, f"order:{number}", touchpoint)] = past
                break
    assert len(found) == count, "not every order found a life in which something falls due now"
    return found


def outbox(stack: Stack) -> dict[str, Json]:
    """Every action by its key."""
    return {one["key"]: one for one in stack.json("outbox")}


def mails(stack: Stack) -> Counter[str]:
    """How many mails the emulator's SES took for each action."""
    return Counter(untag(line["tags"][TAG]) for line in read(stack.home / "mail") if TAG in line["tags"])


def now_of(stack: Stack) -> datetime:
    """The stage's time."""
    return times.parse(stack.json("clock")["now"], "clock")


def wait_for(what: str, found: Any, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not found():
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not within {seconds:.0f} s")
        time.sleep(1)


def play(stack: Stack, proxy: Proxy, scenario: Scenario, first: int, count: int) -> Json:
    """One scenario from its first webhook until all is settled; its row of the table."""
    began, orders = time.monotonic(), told(first, count, now_of(stack))
    rules = proxy.set(scenario.rules)
    for life in orders.values():
        for one in life:
            assert stack.deliver(one.webhook)[0] == 200, one.webhook.headers
    wait_for("reacting", lambda: orders.keys() <= outbox(stack).keys())
    stack("clock", "+4d")
    fired = proxy.fired(rules)
    proxy.set(())
    settle(stack, orders.keys())
    row = judge(stack, set(orders), scenario)
    struck = [fired[one] for one in rules]
    row["vacuous"] = not all(struck) or (bool(scenario.trace) and not row[scenario.trace])
    return {"scenario": scenario.name, "fired": " + ".join(map(str, struck)), **row, "seconds": round(time.monotonic() - began)}


def settle(stack: Stack, wanted: Any) -> None:
    """Past the lease and the feed's time, until nothing is in work; what hangs after that is judged as lost."""
    for _ in range(8):
        stack("clock", "+2h")
        found = outbox(stack)
        if not any(found[key]["status"] in ("sending", "ready") for key in wanted if key in found):
            return


def judge(stack: Stack, wanted: set[str], scenario: Scenario) -> Json:
    """What became of each message, by the outbox and by what SES took."""
    found, went, now = outbox(stack), mails(stack), now_of(stack)
    became = {key: state(found, went, key, now) for key in wanted}
    row = Counter(became.values())
    for key, word in sorted(became.items()):
        if word == "lost":
            sys.stdout.write(f"  lost: {key}: {found.get(key)}\n")
    return {
        "messages": len(wanted), "mails": sum(went[key] for key in wanted), "double": sum(went[key] > 1 for key in wanted),
        "lost": row["lost"], "suppressed": row["suppressed"], "unknown": row["unknown"],
        "by the feed": sum(became[key] == "sent" and not found[key]["channel"] for key in wanted),
        "tries": sum(max(0, found[key]["tries"] - 1) for key in wanted if key in found),
    }  # fmt: skip


def state(found: dict[str, Json], went: Counter[str], key: str, now: datetime) -> str:
    """What became of a message; `lost` is what is neither sent nor explained nor told to a person nor still on its way."""
    one = found.get(key, {"status": "", "why": ""})
    alerts = [alert["status"] for name, alert in found.items() if name.startswith(f"alert#{key}#")]
    right = {
        "sent": went[key] >= 1,
        "suppressed": bool(one["why"]) and not went[key],
        "unknown": any(status in ("sent", "done") for status in alerts),
        "ready": one["status"] == "ready" and times.parse(one["not_after"], key) > now and not went[key],
    }
    return one["status"] if right.get(one["status"]) else "lost"


def table(rows: list[Json]) -> str:
    """The rows in Markdown."""
    lines = [HEADS, tuple("---" if name == "scenario" else "---:" for name in HEADS)]
    lines += [tuple(str(row[name]) for name in HEADS) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def measure(stack: Stack, orders: int, only: str = "") -> list[Json]:
    """The scenarios, one after the other, on a stack that is down yet."""
    stack("up")
    stack("shop", "add", "shopify", SHOP, "--secret", SECRET)
    stack("shop", "set", "shopify", SHOP, "--title", "Busy", "--sender", "busy@example.com", "--postal", "Street 1, Town")
    rows = []
    with proxied(stack) as proxy:
        for n, scenario in enumerate(one for one in SCENARIOS if only in one.name):
            rows.append(play(stack, proxy, scenario, FIRST + n * 1000, orders))
            sys.stderr.write(f"{scenario.name}: {rows[-1]['seconds']} s\n")
    return rows


def main() -> int:
    """Run it; 0 also where microburst is not there."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.deployed", description=__doc__)
    parser.add_argument("--orders", type=int, default=24, help="for each scenario")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    if not PROXY.exists():
        sys.stdout.write(f"{MISSING}\n")
        return 0
    home = Path(tempfile.mkdtemp(prefix="wellkept-chaos-"))
    stack = Stack(home, free_port())
    try:
        rows = measure(stack, asked.orders, asked.only)
    finally:
        stack("down", code=None)
        shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write(f"{table(rows)}\n")
    broken = [row["scenario"] for row in rows if row["double"] or row["lost"]]
    vacuous = [row["scenario"] for row in rows if row["vacuous"]]
    for what, names in (("Not as promised", broken), ("Put nothing to the test", vacuous)):
        if names:
            sys.stdout.write(f"{what}: {', '.join(names)}\n")
    return 1 if broken or vacuous or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
