"""The commands about maps, and which format a file is taken for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from chalicelib.effects.files import AS_IT_IS, Reading
from chalicelib.formats import shopify_orders, standard
from infra.cli import maps
from infra.cli.main import app
from infra.problems import Problem
from tests.formats import books
from tests.formats.retail import HEADER, SOLD, write
from tests.formats.test_guess import RETURNS

ROWS = [list(RETURNS), *map(list, zip(*RETURNS.values(), strict=True))]


def told(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "售后.csv"
    path.write_bytes("\r\n".join(",".join(f'"{cell}"' for cell in row) for row in ROWS).encode("gbk"))
    return path


def test_a_map_is_proposed_shown_written_and_can_be_tried(export: Path, tmp_path: Path):
    out = tmp_path / "map.yaml"

    done = told("map", "guess", export, "--out", out)
    tried = told("map", "try", export, "--map", out)

    assert done.exit_code == 0, done.output
    assert yaml.safe_load(out.read_text("utf-8"))["kind"] == "returns"
    for text in ("As understood", "requested_at", "2026-03-05", "3 rows of the sample are understood, 0 are not", "no zone"):
        assert text in done.stderr
    assert "3 rows of the sample" in tried.stderr and tried.exit_code == 0


def test_a_map_that_is_there_is_not_overwritten_and_json_is_for_programs(export: Path, tmp_path: Path):
    (tmp_path / "map.yaml").write_text("mine")

    assert "exists already" in str(told("map", "guess", export, "--out", tmp_path / "map.yaml").exception)
    found = json.loads(told("map", "guess", export, "--json", "--zone", "Asia/Shanghai", "--currency", "CNY").stdout)
    assert found["map"]["zone"] == "Asia/Shanghai" and found["left"] == ["仓位"]


def test_a_workbook_gets_a_map_as_well(tmp_path: Path):
    path = books.write(tmp_path / "b.xlsx", [["notes"]], {"退货": [["售后列表"], *ROWS]})

    done = told("map", "guess", path, "--sheet", "退货")

    assert yaml.safe_load(done.stdout)["columns"]["退款编号"] == "return_id"
    assert "no row with two cells" in str(told("map", "guess", path).exception)


def test_what_needs_no_map_or_cannot_have_one_says_so(tmp_path: Path):
    (tmp_path / "h.jsonl").write_text('{"id": 1}\n')

    assert "need no map" in str(told("map", "guess", tmp_path / "h.jsonl").exception)
    done = told("map", "guess", write(tmp_path / "h.csv", ["1,2"], "foo,bar"))
    assert "The map is not whole yet" in done.stderr and "no column is order_id" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: [", "is not YAML"),
        ("kind: orders\nkind: returns\n", "'kind' stands twice"),
        ("columns: {a: order_id, a: sku}", "'a' stands twice"),
        ("!!python/object/apply:os.system ['true']", "is not YAML"),
        ("kind: orders\ncolumns: {2024: order_id}", "map.columns: 2024 is no text to YAML"),
        ("", "map: expected an object"),
        ("x" * (2**20 + 1), "too large to be a map"),
    ],
)
def test_maps_that_are_none_say_where(tmp_path: Path, text: str, words: str):
    (tmp_path / "map.yaml").write_text(text)

    with pytest.raises(Problem) as caught:
        maps.load(tmp_path / "map.yaml")

    assert words in caught.value.what


def test_a_map_that_is_not_there_says_so(tmp_path: Path):
    with pytest.raises(Problem, match="cannot be read"):
        maps.load(tmp_path / "none.yaml")


def test_a_known_format_is_taken_by_its_header(tmp_path: Path, export: Path):
    history = write(tmp_path / "h.csv", [SOLD])
    (tmp_path / "h.jsonl").write_text('{"id": 1}\n')

    assert maps.format_of(history, "", None, AS_IT_IS)[0] == "online_retail"
    assert maps.format_of(tmp_path / "h.jsonl", "", None, AS_IT_IS) == ("standard", standard)
    assert maps.format_of(history, "standard", None, AS_IT_IS)[0] == "standard"
    with pytest.raises(Problem) as caught:
        maps.format_of(export, "", None, Reading())
    assert "is of no known format" in caught.value.what and "map guess" in caught.value.remedy
    with pytest.raises(Problem, match="both given"):
        maps.format_of(history, "standard", export, AS_IT_IS)


def test_rows_of_a_platforms_file_need_a_shop(export: Path, tmp_path: Path):
    assert maps.source_of("online_retail", standard) == "online_retail/main"
    with pytest.raises(Problem) as caught:
        maps.source_of("shopify_orders", shopify_orders)
    assert "--shop shopify/NAME" in caught.value.remedy
    told("map", "guess", export, "--out", tmp_path / "m.yaml")
    with pytest.raises(Problem):
        maps.source_of("map m.yaml", maps.load(tmp_path / "m.yaml"))


def test_import_says_what_is_wrong_before_it_asks_for_a_stack(tmp_path: Path, export: Path):
    assert "is of no known format" in str(told("import", export).exception)
    assert "Whose rows are these?" in str(told("import", _shopify(tmp_path)).exception)
    assert HEADER


def _shopify(folder: Path) -> Path:
    return write(folder / "orders.csv", ["x"], ",".join([*shopify_orders.COLUMNS, *shopify_orders.OPTIONAL]))
