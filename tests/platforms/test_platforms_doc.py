"""The page on platforms is what the modules and the files of reason codes say."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chalicelib import platforms
from chalicelib.model.call import Limit
from chalicelib.platforms import _reasons as reasons
from infra.docs import platforms_doc

PAGE = platforms_doc.text()
every_platform = pytest.mark.parametrize("name", platforms.names())


def section(name: str) -> str:
    """What the page says of one platform."""
    title = platforms.get(name).TITLE
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def row(found: str, first: str) -> list[str]:
    """The cells of the row of a section that begins with a word."""
    line = next(line for line in found.splitlines() if line.startswith(f"| `{first}` |"))
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_page_is_up_to_date():
    """Run `python -m infra.docs.platforms_doc` when it is not."""
    assert platforms_doc.PLACE.read_text("utf-8") == PAGE


@every_platform
def test_every_topic_and_title_stands_on_it(name: str):
    module = platforms.get(name)
    assert f"## {module.TITLE}\n" in PAGE and f"[{module.TITLE}](#" in PAGE
    assert all(f"| `{topic}` |" in section(name) for topic in module.TOPICS)


@every_platform
def test_what_a_shop_is_connected_with_and_how_it_proves_itself(name: str):
    module, found = platforms.get(name), section(name)
    assert f"**Secret:** {module.SECRET}" in found and "**Proof:** " in found
    for word, said in getattr(module, "SETUP", {}).items():
        assert row(found, word)[1] == platforms_doc._cell(said)
    assert ("nothing is signed" in found) == (not getattr(module, "SIGNED", True))
    assert ("the shop whose order the parcel belongs to" in found) == getattr(module, "TRACKER", False)


@every_platform
def test_what_is_read_how_far_back_and_how_often(name: str):
    found, reads = section(name), getattr(platforms.get(name), "READS", {})
    assert ("### Read by its API" in found) == bool(reads)
    table = found.partition("### Read by its API")[2]
    for word, one in reads.items():
        _, title, most, back, often = row(table, word)
        assert title == platforms_doc._cell(one.title) and most
        assert (back != "-") == one.listing == (often != "when something leads to it")


@every_platform
def test_the_remarks_stand_on_it(name: str):
    module, found = platforms.get(name), section(name)
    assert all(f"- {line}" in found for line in (*getattr(module, "QUIRKS", ()), *getattr(module, "LEFT", ())))
    assert all(f"### {title}\n" in found for title in getattr(module, "VOCABULARY", {}))


@pytest.mark.parametrize("file", reasons.names())
def test_every_reason_code_stands_with_its_platform(file: str):
    owner, codes = platforms_doc._owner(file), reasons.codes(file)
    if not owner:
        pytest.skip("its platform's module is not there")
    found = section(owner).partition(f"### Reason codes: {codes.title}\n")[2]
    assert codes.source in found and f"As of {codes.as_of}, version {codes.version}." in found
    for code, said in codes.codes.items():
        _, label, surely, fault, flag, _ = row(found, code)
        assert label.startswith(f"`{said.label}`") and surely == ("precise" if said.precise else "prior")
        assert (fault, flag) == (said.fault, said.flag or "")


def test_codes_belong_to_the_platform_with_the_longest_name_that_fits():
    assert (platforms_doc._owner("shopify"), platforms_doc._owner("shopify_cancel")) == ("shopify", "shopify")
    assert platforms_doc._owner("nobody") == ""


def test_every_table_is_whole():
    """A bar or a new line in what a module says would tear its table."""
    width = 0
    for line in PAGE.splitlines():
        if line.startswith("|"):
            cells = len(re.split(r"(?<!\\)\|", line))
            width = width or cells
            assert cells == width, line
        else:
            width = 0


@pytest.mark.parametrize(
    "rate, burst, said",
    [(3, 3, "3 a second, 3 at once"), (1.0, 1, "1 a second"), (0.05, 20, "3 a minute, 20 at once"),
     (0.0167, 15, "1 a minute, 15 at once"), (0.0056, 1, "20.2 an hour"), (0.0001, 1, "0.4 an hour")],
)  # fmt: skip
def test_limits_in_words(rate: float, burst: int, said: str):
    assert platforms_doc._limit(Limit(rate, burst)) == said


@pytest.mark.parametrize(
    "time, said",
    [(timedelta(days=90), "90 days"), (timedelta(days=1), "day"), (timedelta(minutes=75), "75 minutes"),
     (timedelta(hours=6), "6 hours")],
)  # fmt: skip
def test_lengths_of_time_in_words(time: timedelta, said: str):
    assert platforms_doc._span(time) == said
