"""The commands about shops and their data, in the order a newcomer meets them."""

from __future__ import annotations

import typer

from . import buyers, clock, feed, feeds, identity, look, mail, maps, messages, outbox, policy, reasons, shops, uploads


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    from ..demo.play import demo
    from ..demo.rehearsal import rehearse

    app.add_typer(shops.app, name="shop")
    app.add_typer(outbox.breaker_app, name="breaker")
    app.add_typer(buyers.app, name="buyer")
    identity.register(buyers.app)
    app.add_typer(messages.rules, name="rules")
    app.add_typer(maps.app, name="map")
    acting = (messages.preview, messages.cases, outbox.outbox, outbox.answer, mail.mail, clock.clock, outbox.redrive)
    bringing = (demo, rehearse, feed.send, feed.import_, uploads.imports, feeds.pull, feeds.feeds, policy.policy)
    told = (reasons.classify, reasons.correct, reasons.corrections, reasons.reread, reasons.keywords)
    for command in (*bringing, look.events, look.order, *acting, look.query, look.metric, look.reasons, *told, look.replay):
        app.command(command.__name__.rstrip("_"))(command)
