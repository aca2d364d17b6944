"""`./wellkept policy`: what holds at a platform, in a country, on a day."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chalicelib.rules import policies
from infra.cli import policy
from infra.problems import Problem

app = typer.Typer()
app.command()(policy.policy)


def run(*words: str) -> str:
    answer = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def read(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json"))
    return found


def test_what_holds_at_a_platform_in_a_country():
    found = read("ebay", "--country", "de")

    assert (found["platform"], found["country"]) == ("ebay", "DE")
    windows = [(row["for"], row["how long"], row["where"]) for row in found["how long buyers may return"]]
    assert windows[:2] == [("change of mind", "14 days", "the law, EU"), ("not as it should be", "2 years", "the law, EU")]
    assert {row["what"]: row["within"] for row in found["how soon to act"]}["refund"] == "2 business days"
    payers = {row["whose doing"]: row["who pays"] for row in found["who pays for the way back"]}
    assert payers == {"seller, carrier, platform": "seller", "buyer, none": "buyer", "unknown": "unknown"}
    assert "nothing by itself" in found["writing to buyers"]


def test_another_day_and_parts_of_a_platform():
    def rows(*words: str) -> list[tuple[str, str]]:
        return [(row["for"], row["how long"]) for row in read(*words)["how long buyers may return"]]

    assert rows("shopee", "--country", "VN", "--on", "2024-02-01")[0] == ("change of mind", "not known")
    assert rows("shopee", "--country", "VN", "--on", "2024-03-02")[0] == ("change of mind", "15 days")
    assert rows("lazada", "--country", "SG")[-1] == ("any, mall", "30 days")
    assert ("fault", "30 days") in rows("ebay", "--country", "DE")  # eBay's own, beside the law's two years
    assert {row["figure"] for row in read("walmart", "--country", "CA")["how the account is judged"]} >= {"refund rate"}


@pytest.mark.parametrize("platform", sorted(policies.contacts()))
def test_every_platform_can_be_shown(platform: str):
    text = run(platform)

    assert "writing to buyers" in text and "--country" in text
    assert read(platform)["how long buyers may return"]


@pytest.mark.parametrize("words", [
    ("etsy",), ("ebay", "--country", "Germany"), ("ebay", "--country", "1A"), ("ebay", "--on", "soon"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_do(words: tuple[str, ...]):
    with pytest.raises(Problem) as caught:
        run(*words)
    assert caught.value.what and caught.value.remedy
