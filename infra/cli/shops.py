"""`./wellkept shop`: connecting shops, and how they present themselves to their buyers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from chalicelib.effects.secrets import Secrets
from chalicelib.effects.shops import Shops
from chalicelib.model.event import Webhook
from chalicelib.model.profile import Profile
from chalicelib.settings import Settings

from .. import connections, profiles
from ..flow import door
from ..local.connect import outputs, settings_of
from ..problems import Problem
from ..stages import LOCAL, Stage
from . import feeds
from .screen import SCREEN, AsJson, OnStage, say_json

app = typer.Typer(help="Connect shops and list them.", no_args_is_help=True)


@app.command()
def add(
    platform: Annotated[str, typer.Argument(help="One of the modules in chalicelib/platforms, such as shopify or ebay.")],
    name: Annotated[str, typer.Argument(help="Your name for the shop: letters, digits, dots, dashes, underscores.")],
    secret: Annotated[str, typer.Option("--secret", help="What its webhooks are signed with; asked for if left out.")] = "",
    with_: Annotated[list[str] | None, typer.Option("--with", help="NAME=VALUE its platform wants; repeatable.")] = None,
    app_: Annotated[str, typer.Option("--app", help="The connected shop whose address and secret this one shares.")] = "",
    seller: Annotated[str, typer.Option("--seller", help="The platform's own id of it, where an address is shared.")] = "",
    rotate: Annotated[bool, typer.Option("--rotate", help="Keep the secret before this one valid beside it.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Laptop only: a shop of the local platform server.")] = False,
    history: Annotated[bool, typer.Option(help="Also read its history, as far as its platform's API allows.")] = True,
    stage: OnStage = LOCAL,
) -> None:
    """Connect a shop, or give it a new secret. docs/platforms.md says what each platform wants, and where to find it."""
    module = connections.module_of(platform)
    setup = connections.setup_of(with_ or [], module)
    if demo:
        if stage != LOCAL:
            raise Problem("--demo is for the laptop.", "Leave it out, and give the shop's own secret.")
        secret, setup = connections.rehearsal(platform, setup)
    elif not secret and not app_:
        secret = str(typer.prompt(f"Secret ({module.SECRET})", hide_input=True))
    settings = settings_of(stage)
    shop = connections.connect(
        connections.Wanted(platform, name, secret.strip(), setup, app_, seller.strip(), rotate), settings
    )
    also = " (two secrets are valid now)" if len(shop.secrets) > 1 else ""
    SCREEN.print(f"[green]{module.TITLE} shop {name} is connected[/]{also}")
    if not getattr(module, "TRACKER", False) and not Shops(settings.settings_table).profile(f"{platform}/{name}").sender:
        SCREEN.print(f"Until it has a sender its messages are held: ./wellkept shop set {platform} {name} --sender ...")
    _where(module, platform, app_ or name, stage)
    if history:
        feeds.begin(f"{platform}/{name}", settings)


def _where(module: Any, platform: str, name: str, stage: str) -> None:
    """Where its news is to be sent."""
    if getattr(module, "QUEUE", False):
        SCREEN.print(f"Let it write to the queue {outputs(Stage(stage))['InboxQueue']}", soft_wrap=True)
        return
    sample = Webhook(platform, name, {}, b"{}")
    token = "" if getattr(module, "SIGNED", True) or not module.sign(sample, "SECRET", datetime.now(UTC)).token else "/SECRET"
    SCREEN.print(f"Send its webhooks to {door(Stage(stage)).rstrip('/')}/webhooks/{platform}/{name}{token}", soft_wrap=True)


@app.command("set")
def set_(
    platform: Annotated[str, typer.Argument(help="The shop's platform.")],
    name: Annotated[str, typer.Argument(help="Your name for the shop.")],
    title: Annotated[str | None, typer.Option(help="Its name as buyers know it.")] = None,
    sender: Annotated[str | None, typer.Option(help="The mail address it writes from, verified in SES.")] = None,
    reply_to: Annotated[str | None, typer.Option(help="Where answers go.")] = None,
    postal: Annotated[str | None, typer.Option(help="Its postal address, which stands under every mail.")] = None,
    domain: Annotated[str | None, typer.Option(help="Its own domain at the platform, such as name.myshopify.com.")] = None,
    url: Annotated[str | None, typer.Option(help="Where buyers find it: https://...")] = None,
    zone: Annotated[str | None, typer.Option(help="Its time zone, such as Asia/Shanghai.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="One it can answer in, such as en; may be given again.")] = None,
    stage: OnStage = LOCAL,
) -> None:
    """Say how a shop presents itself to its buyers. Only what is given changes; without a sender everything is held."""
    given: dict[str, Any] = {"title": title, "sender": sender, "reply_to": reply_to, "postal": postal, "domain": domain,
                             "url": url, "zone": zone, "languages": tuple(language) if language else None}  # fmt: skip
    changed = profiles.checked({field: value for field, value in given.items() if value is not None})
    if not changed:
        raise Problem("Nothing was given to change.", "See ./wellkept shop set --help.")
    settings, source = settings_of(stage), _known(settings_of(stage), platform, name)
    profile = Shops(settings.settings_table).change(source, **changed)
    if changed.get("sender"):
        SCREEN.print(profiles.verify(profile.sender, settings.local), markup=False)
    _show(profile)


@app.command()
def show(
    platform: Annotated[str, typer.Argument(help="The shop's platform.")],
    name: Annotated[str, typer.Argument(help="Your name for the shop.")],
    stage: OnStage = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Show how a shop presents itself to its buyers."""
    settings = settings_of(stage)
    profile = Shops(settings.settings_table).profile(_known(settings, platform, name))
    if as_json:
        say_json(asdict(profile))
    else:
        _show(profile)


def _show(profile: Profile) -> None:
    for field, value in asdict(profile).items():
        said = ", ".join(value) if isinstance(value, tuple) else value
        SCREEN.print(f"{field:10} {'-' if said in (None, '') else said}", markup=False)


def _known(settings: Settings, platform: str, name: str) -> str:
    """platform/shop, if there is such a shop. Problem otherwise: a profile of a misspelt one would never be used."""
    source = f"{platform}/{name}"
    if source not in {*Secrets(settings).names(), *Shops(settings.settings_table).all()}:
        raise Problem(f"No shop {source} is connected.", f"Connect it: ./wellkept shop add {platform} {name} --secret ...")
    return source


@app.command("list")
def list_(stage: OnStage = LOCAL, as_json: AsJson = False) -> None:
    """List the connected shops."""
    names = Secrets(settings_of(stage)).names()
    if as_json:
        say_json(names)
    else:
        SCREEN.print("\n".join(names) or "none yet; connect one: ./wellkept shop add PLATFORM NAME --secret ...")
