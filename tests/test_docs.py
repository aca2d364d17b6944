"""The pages a stranger reads: every link leads somewhere, every command exists, every alarm is explained, and the Chinese page
shows the same commands as the English one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.alarms import alarms
from infra.cli.main import app
from infra.functions import FUNCTIONS
from infra.stages import Stage

ROOT = Path(__file__).parents[1]
PAGES = sorted([
    *(ROOT / name for name in ("README.md", "README.zh.md", "CHANGELOG.md", "CONTRIBUTING.md", "infra/README.md")),
    *(ROOT / "docs").glob("**/*.md"),
])  # fmt: skip
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"^ {4,}\S.*$", re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
PROGRAM = "./wellkept"
# Where a page leaves out what the reader fills in.
LEFT_OUT = "..."


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(text: str) -> str:
    return FENCE.sub("", text)


def commands(text: str) -> Iterator[list[str]]:
    """Every call of ./wellkept in a page, as words: from blocks, indented lines and inline code."""
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    lines += INDENTED.findall(prose(text))
    lines += [" ".join(code.split()) for code in INLINE.findall(prose(text))]
    for line in lines:
        program, *words = shlex.split(bare(line)) if line.strip().startswith(f"{PROGRAM} ") else [""]
        if program:
            yield [word for word in words if word != LEFT_OUT]


def bare(line: str) -> str:
    """A command without what is said about it, which a wide gap parts from it, and without where its output goes."""
    return re.split(r"\s{2,}|\s[#>]\s", line.strip(), maxsplit=1)[0]


def test_the_commands_of_a_page_are_found():
    page = "Say `./wellkept up`.\n\n```sh\n./wellkept order 5001   # all of it\n./wellkept rules show > my.toml\n```\n"

    assert list(commands(page)) == [["order", "5001"], ["rules", "show"], ["up"]]


@cache
def root() -> Any:
    return typer.main.get_command(app)


def fault(words: list[str]) -> str | None:
    """What is wrong with a command of ours: a name or an option that there is not."""
    command, waiting = root(), list(words)
    while waiting:
        word = waiting.pop(0)
        children = getattr(command, "commands", {})
        options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
        if word.startswith("--"):
            if word not in options:
                return f"{command.name} has no {word}"
            # What follows is its value, unless it is one that is there or not.
            waiting = waiting if getattr(options[word], "is_flag", False) else waiting[1:]
        elif children and word not in children:
            return f"there is no {word!r} in {sorted(children)}"
        else:
            command = children.get(word, command)
    return None


def test_a_wrong_command_would_be_found():
    assert fault(["order", "5001", "--json"]) is None
    assert "no 'ordr'" in str(fault(["ordr", "5001"]))
    assert "no 'reste'" in str(fault(["breaker", "reste"]))
    assert "no --jsn" in str(fault(["order", "5001", "--jsn"]))
    assert fault(["breaker", "--stage", "production", "reset"]) is None


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_exists(page: Path):
    wrong = [(words, problem) for words in commands(page.read_text("utf-8")) if (problem := fault(words))]

    assert wrong == []


def anchors(path: Path) -> set[str]:
    """A page's headings as GitHub makes addresses of them."""
    headings = re.findall(r"^#+ (.+)$", prose(path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> Iterator[str]:
    for target in LINK.findall(prose(page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path):
    assert list(broken(page)) == []


def test_a_broken_link_would_be_found(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](#gone) [c](page.md#here) [d](gone.md) [e](https://example.com)", "utf-8")

    assert list(broken(page)) == ["#gone", "gone.md"]


def shown(page: str) -> list[str]:
    """The commands of a page's blocks, without what is said about them. Drawings hold none."""
    blocks = "\n".join(FENCE.findall((ROOT / page).read_text("utf-8")))
    return [bare(line) for line in blocks.splitlines() if re.match(r"(make|\./wellkept)\b", line)]


def test_the_chinese_page_shows_the_same_commands_and_sections():
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))

    assert shown("README.zh.md") == shown("README.md")
    assert len(shown("README.md")) > 20
    assert [line.count("#") for line in re.findall(r"^#+ ", chinese, re.MULTILINE)] == \
        [line.count("#") for line in re.findall(r"^#+ ", english, re.MULTILINE)]  # fmt: skip
    assert set(LINK.findall(chinese)) - {"README.md"} == set(LINK.findall(english)) - {"README.zh.md"}


def test_the_runbook_explains_every_alarm_and_no_other():
    text = (ROOT / "docs/runbook.md").read_text("utf-8")

    assert set(re.findall(r"^## (\w+Alarm)$", text, re.MULTILINE)) == set(alarms(Stage("production")))


def test_the_runbook_asks_only_for_resources_that_there_are():
    text = (ROOT / "docs/runbook.md").read_text("utf-8")
    asked = set(re.findall(r"(?:errors|run|mapping) ([A-Z]\w+)", text))

    assert asked
    assert asked <= set(FUNCTIONS)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_exists(page: Path):
    text = page.read_text("utf-8")
    lines = [line.strip() for block in FENCE.findall(text) for line in block.splitlines()]
    asked = {word for line in (*lines, *INLINE.findall(prose(text))) if (found := re.match(r"make((?: [a-z]+)+)", bare(line)))
             for word in found[1].split()}  # fmt: skip

    assert asked <= set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
