"""The commands about shops and their data, in the order a newcomer meets them."""

from __future__ import annotations

import typer

from . import feed, look, shops


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    from ..demo.play import demo

    app.add_typer(shops.app, name="shop")
    for command in (demo, feed.send, feed.import_, look.events, look.order, look.query, look.metric, look.replay):
        app.command(command.__name__.rstrip("_"))(command)
