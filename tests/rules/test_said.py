"""What buyers wrote in imported rows: one spelling in bytes, and nothing else is understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.model.errors import BadPayload
from chalicelib.model.event import Said
from chalicelib.rules import said

NOW = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize("texts", [
    (), (Said("return:3", "a"),), (Said("review:9", "ä\n字 \ud800", NOW, "de"), Said("message:m", "")),
    (Said("return:3", "x" * 30_000),),
])  # fmt: skip
def test_texts_of_a_file_are_sealed_and_opened_as_they_were(texts: tuple[Said, ...]):
    kept = tuple(replace(one, text=one.text[: said.LONGEST].replace("\ud800", "?")) for one in texts)

    assert said.load(said.dump(texts)) == kept


@pytest.mark.parametrize("data", [
    b"{", b"{}", b"[7]", b"[{}]", b'[{"about":"a"}]', b'[{"text":"a"}]', b'[{"about":"a","text":7}]',
    b'[{"about":7,"text":"a"}]', b'[{"about":"a","text":"b","at":"soon"}]', b'[{"about":"a","text":"b","language":7}]',
    b"[" * 5000,
])  # fmt: skip
def test_anything_else_is_a_bad_payload(data: bytes):
    with pytest.raises(BadPayload):
        said.load(data)
