"""Encodings: found where the bytes leave no doubt, else never guessed; and read while the file streams by."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from chalicelib.effects import encoding, files
from chalicelib.effects.files import Reading
from chalicelib.model.errors import BadPayload
from tests.formats.retail import HEADER, SOLD, outcome

WORDS = {
    language: text.split()
    for language, text in {
        "zh": "质量问题 尺码不合适 连衣裙红色 收到商品少件 七天无理由退货 卖家发错货 玻璃杯 运输途中损坏 蓝牙耳机 不想要了",
        "ja": "ガラスのコップ サイズが小さい 赤いワンピース 注文番号 商品が届かない イメージと違う 部品が足りない",
        "ko": "유리컵 사이즈가 작아요 빨간 원피스 주문 번호 상품이 도착하지 않았어요 색상이 다릅니다 부품이 부족합니다",
        "de": "Größe passt nicht für Mädchen Käsekuchen übergroß Tüte weiß Küche Gefäß Stück",
        "fr": "déçu de la qualité très petit été arrivé cassé à côté pièces français Noël façon",
        "es": "tamaño pequeño señora artículo dañado también cómodo año corazón número",
        "pt": "não serviu tamanho errado peça não chegou câmera três opções botão coração",
    }.items()
}
CODINGS = {"zh": "gb18030", "ja": "cp932", "ko": "cp949", **dict.fromkeys(("de", "fr", "es", "pt"), "cp1252")}


def file_of(language: str, rows: int, seed: int) -> str:
    chance = random.Random(seed)
    lines = (f"{100_000 + n},SKU-{n},{' '.join(chance.sample(WORDS[language], 4))},{n % 9}" for n in range(rows))
    return "\r\n".join(["id,sku,title,quantity", *lines]) + "\r\n"


def titles(path: Path, block: int = files.BLOCK, coding: str | None = None) -> list[str]:
    batches = files.read(path, ("id", "title"), block=block, reading=Reading(encoding=coding))
    return [value.decode() for batch in batches for value in batch.columns["title"].to_pylist()]


@pytest.mark.parametrize("rows", [4, 30, 400])
@pytest.mark.parametrize("language", WORDS)
def test_each_encoding_is_found_and_read_whatever_the_blocks(tmp_path: Path, language: str, rows: int):
    for seed in range(5):
        text = file_of(language, rows, seed)
        wanted = [line.split(",")[2] for line in text.splitlines()[1:]]
        for coding in (CODINGS[language], "utf-8", "utf-8-sig", "utf-16"):
            (tmp_path / "h.csv").write_bytes(text.encode(coding))
            assert titles(tmp_path / "h.csv") == wanted, coding
            assert titles(tmp_path / "h.csv", block=311) == wanted, coding


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf16_by_its_mark_and_a_unit_that_is_none_is_refused_alone(tmp_path: Path, mark: str):
    half = "\ud8d8".encode(mark, "surrogatepass")
    text = "\ufeff" + file_of("zh", 3, 1)
    (tmp_path / "h.csv").write_bytes(text.encode(mark) + "9,x,".encode(mark) + half + "y,1\r\n".encode(mark))

    found = titles(tmp_path / "h.csv")

    assert found[:3] == [line.split(",")[2] for line in text.splitlines()[1:]]
    assert any(ord(one) >= encoding.FOREIGN for one in found[3])


def test_a_late_first_foreign_byte_decides_for_the_whole_file(tmp_path: Path):
    ascii_ = "".join(f"{n},SKU,PLAIN TITLE,1\n" for n in range(20_000))
    late = "1,S,质量问题很大,2\n2,S,尺码不合适,3\n".encode("gbk")
    (tmp_path / "h.csv").write_bytes(f"id,sku,title,quantity\n{ascii_}".encode() + late)

    assert titles(tmp_path / "h.csv", block=10_000)[-2:] == ["质量问题很大", "尺码不合适"]


def test_an_encoding_that_is_named_wins(tmp_path: Path):
    (tmp_path / "h.csv").write_bytes("id,title\n1,Łódź\n2,ü\n".encode("cp1250"))

    assert titles(tmp_path / "h.csv", coding="windows-1250") == ["Łódź", "ü"]
    with pytest.raises(BadPayload, match="--encoding: no encoding 'rot13' is offered; there are: utf-8,"):
        titles(tmp_path / "h.csv", coding="rot13")


@pytest.mark.parametrize(
    ("said", "meant"), [("GBK", "gb18030"), ("Shift_JIS", "cp932"), ("latin-1", "iso8859-1"), ("UTF8", "utf-8")]
)
def test_encodings_by_their_usual_names(said: str, meant: str):
    assert encoding.named(said) == meant


def test_a_byte_that_the_encoding_does_not_know_refuses_its_row_alone(tmp_path: Path):
    rows = [SOLD.replace("GLASS BALL", word) for word in WORDS["zh"]]
    lines = [line.encode("gb18030") for line in rows]
    lines[3] = lines[3].replace(b"LIGHTS", b"LI\xffGHTS")
    (tmp_path / "h.csv").write_bytes(b"\n".join([HEADER.encode(), *lines]))

    found = outcome(tmp_path / "h.csv")

    assert [(one.line, one.column) for one in found.refused] == [(5, "Description")]
    assert "\\xff" in found.refused[0].value and "--encoding" in found.refused[0].cause
    assert found.taken == len(rows) - 1


@pytest.mark.parametrize(
    "lines",
    [
        [b"price \xa3 6.95"],  # one stray byte
        [b"caf\xe9", b"caf\xe9"],  # two
        ["Größe 1".encode(), "für 2".encode(), b"stra\xdfe", b"gro\xdf", b"wei\xdf"],  # UTF-8, and rows that are not
        ["zażółć gęślą jaźń".encode("cp1250"), "łódź żółw ćma".encode("cp1250"), "śruba źle".encode("cp1250")],
        ["příliš žluťoučký kůň".encode("cp1250"), "účet č. řádek".encode("cp1250")],
        ["размер не подошёл".encode("cp1251"), "качество плохое".encode("cp1251")],
        ["şapka küçük geldi ığdır".encode("cp1254"), "ağır değil".encode("cp1254")],
        ["尺寸不合適 品質問題 與描述不符".encode("big5"), "沒收到貨 寄錯商品".encode("big5")],
        [bytes(range(0x80, 0x100))],
    ],
)
def test_what_is_not_plain_is_left_as_utf8_and_so_refused(lines: list[bytes]):
    assert encoding.judged(b"\n".join(lines)) == "utf-8"


def test_it_is_better_than_the_usual_library_on_short_exports():
    """The reason for rules of our own: charset-normalizer (a development dependency's) on the same small files."""
    normalizer = pytest.importorskip("charset_normalizer")
    ours = theirs = wrong = 0
    for language, coding in CODINGS.items():
        for seed in range(20):
            text = file_of(language, 4, seed)
            data = text.encode(coding)
            found = encoding.judged(b"\n".join(line for line in data.splitlines() if not line.isascii()))
            right = found != "utf-8" and data.decode(found) == text
            best = normalizer.from_bytes(data).best()
            ours, wrong = ours + right, wrong + (not right and found != "utf-8")
            theirs += best is not None and str(best) == text

    assert (ours, wrong) == (140, 0)
    assert theirs < 100
