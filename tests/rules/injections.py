"""Hostile text, as it may stand in a name, a product's title, an order number or a shop's title.

What fits on a line is in injections.txt: templates of many engines, format strings, HTML and scripts. Here is the rest.
"""

from __future__ import annotations

from pathlib import Path

_HEADERS = [
    "x\r\nBcc: other@example.com", "x\nBcc: other@example.com", "x\rBcc: other@example.com", "x\r\n\r\n<b>body</b>",
    "x\n\n> note", "x%0d%0aBcc: other@example.com", "x\x0bBcc: y", "x\x0cBcc: y", "x\x1cBcc: y", "x\x85Bcc: y",
    "x\u2028Bcc: y", "x\u2029Bcc: y", "\r\n.\r\n", "x\r\nContent-Type: text/html", "=?utf-8?q?x?=",
    "=?utf-8?b?PGI+?=", "x\n- item", "- item", "> quote", "* x", "x\n\nsubject: y", "subject: y", "sms: y", "-- \nx",
    "\x00", "x\x00y", "\x1b[31mred\x1b[0m", "\x07", "x\ty", "\x7f", "--boundary--", "To: other@example.com",
    "\nTo: other@example.com", "x\r\n\tfolded", "x\r\n folded",
]  # fmt: skip
_LETTERS = [
    "\u202etxt.exe", "\u202dx\u202c", "\u2066x\u2069", "\u2067x\u2069", "\u2068x\u2069", "\u200ex\u200f", "\u061cx",
    "a\u200bb", "a\u2060b", "\ufeffx", "a\u00adb", "\u180ex", "x\ufff9y\ufffaz\ufffb", "e" + "\u0301" * 300,
    "Z\u0351\u036b\u0343\u032a\u0302\u036b", "\U000e0041\U000e0042", "\ud800", "x\udfffy", "\ue000", "\uffff",
    "\U0010ffff", "\u3164", "\u2800", "مرحبا", "שלום <b>", "👩\u200d👩\u200d👧", "🇩🇪", "ａｂｃ＜ｓ＞", "\u02bcx\u02b9",
    "ﷺ", "꧁༺x༻꧂", "аdmin", "x" * 100_000, "<b>" * 20_000, "{{" * 20_000, "&" * 20_000, " " * 100_000, "\n" * 100_000,
    "x " * 50_000, "字" * 50_000, "\u200d" * 5_000, "https://evil.example/login", "http://127.0.0.1/",
    "www.evil.example", "evil.example", "call +1 555 0100", "you won 1000 USD", "=cmd|'/C calc'!A0", "+1+1",
    "@SUM(1)", "-1", "'; DROP TABLE orders; --", "../../etc/passwd", "file:///etc/passwd", "C:\\x", "null", "None",
    "undefined", "NaN", "true", "0", "", " ", "\\", "\\n", "\\u003cb\\u003e", "%3Cb%3E",
]  # fmt: skip
PAYLOADS = [*Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines(), *_HEADERS, *_LETTERS]
