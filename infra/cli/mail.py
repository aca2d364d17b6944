"""`./wellkept mail`: the laptop's mails as they went out."""

from __future__ import annotations

import email
import webbrowser
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as default_policy
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.effects.outbox import Outbox
from chalicelib.model.tags import TAG, untag

from ..local.connect import settings_of
from ..local.home import Home
from ..local.relay import outcome, read
from ..problems import Problem
from ..stages import LOCAL
from .screen import SCREEN, AsJson, say_json, say_rows


def mail(
    open_: Annotated[bool, typer.Option("--open", help="Open the last one in the browser.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write the text and HTML of each into this folder.")] = None,
    last: Annotated[int, typer.Option("--last", help="Only so many, the latest.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the mails that went out on the local stage: they lie in .wellkept/mail, and nobody gets them."""
    folder = Home().mail
    found = _mails(folder)[-last:]
    if out is not None or open_:
        if not found:
            raise Problem("No mail has gone out yet.", "Try: ./wellkept demo, then ./wellkept clock +3d")
        written = [page for one in found for page in pages(folder / one["file"], out or folder / "pages")]
        SCREEN.print(f"{len(written)} files in {out or folder / 'pages'}", markup=False)
        if open_:
            webbrowser.open(written[-1].resolve().as_uri())
    elif as_json:
        say_json(found)
    else:
        say_rows([{name: one[name] for name in ("time", "to", "subject", "outcome", "file")} for one in found])


def _mails(folder: Path) -> list[dict[str, Any]]:
    """What the book says, with the stage's time for the machine's where the outbox knows it."""
    lines = list(read(folder))
    keys = [untag(line["tags"][TAG]) if TAG in line["tags"] else "" for line in lines]
    told = {entry.action.key: entry.settled_at for entry in Outbox(settings_of(LOCAL)).many([key for key in {*keys} if key])}
    return [
        {
            "time": told.get(key) or datetime.fromtimestamp(line["at"], UTC), "to": ", ".join(line["to"]),
            "subject": line["subject"], "outcome": outcome(line), "file": line["file"], "action": key or None,
        }
        for key, line in zip(keys, lines, strict=True)
    ]  # fmt: skip


def pages(path: Path, folder: Path) -> list[Path]:
    """Write the text and the HTML of a mail, each where there is one; the HTML last."""
    message = email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default_policy)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind, ending in (("plain", ".txt"), ("html", ".html")):
        part = message.get_body((kind,))
        if part is not None:
            target = folder / f"{path.stem}{ending}"
            target.write_text(str(part.get_content()), encoding="utf-8")
            written.append(target)
    return written
