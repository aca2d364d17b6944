"""`./wellkept shop`: connecting shops."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from chalicelib import platforms
from chalicelib.effects.secrets import Secrets
from chalicelib.model.errors import UnknownPlatform

from ..flow import door
from ..local.connect import settings_of
from ..problems import Problem
from ..stages import LOCAL, Stage
from .screen import SCREEN, AsJson, OnStage, say_json

app = typer.Typer(help="Connect shops and list them.", no_args_is_help=True)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,80}")


@app.command()
def add(
    platform: Annotated[str, typer.Argument(help="One of the modules in chalicelib/platforms, such as shopify or standard.")],
    name: Annotated[str, typer.Argument(help="Your name for the shop: letters, digits, dots, dashes, underscores.")],
    secret: Annotated[str, typer.Option("--secret", help="What its webhooks are signed with.", prompt=True, hide_input=True)],
    rotate: Annotated[bool, typer.Option("--rotate", help="Keep the secret before this one valid beside it.")] = False,
    stage: OnStage = LOCAL,
) -> None:
    """Connect a shop, or give it a new secret."""
    try:
        module = platforms.get(platform)
    except UnknownPlatform as err:
        raise Problem(str(err), "Choose one of these.") from None
    if not _NAME.fullmatch(name):
        raise Problem(f"{name!r} is not a shop's name.", "Use up to 80 letters, digits, dots, dashes and underscores.")
    if not secret.strip():
        raise Problem("The secret is empty.", f"For {module.TITLE} it is {module.SECRET}.")
    settings = settings_of(stage)
    shop = Secrets(settings).add(f"{platform}/{name}", secret.strip(), keep_old=rotate)
    SCREEN.print(
        f"[green]{module.TITLE} shop {name} is connected[/]{' (two secrets are valid now)' if len(shop.secrets) > 1 else ''}"
    )
    SCREEN.print(f"Send its webhooks to {door(Stage(stage)).rstrip('/')}/webhooks/{platform}/{name}", soft_wrap=True)


@app.command("list")
def list_(stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """List the connected shops."""
    names = Secrets(settings_of(stage)).names()
    if as_json:
        say_json(names)
    else:
        SCREEN.print("\n".join(names) or "none yet; connect one: ./wellkept shop add PLATFORM NAME --secret ...")
