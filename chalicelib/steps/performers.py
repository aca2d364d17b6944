"""What performing is made of on a real stage: the clients of every provider and store, joined to the steps that use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..effects.breaker import Breaker
from ..effects.clock import clock
from ..effects.contacts import Contacts
from ..effects.keys import Keys
from ..effects.mailer import Mailer
from ..effects.outbox import Outbox
from ..effects.publisher import Publisher
from ..effects.shops import Shops
from ..effects.store import Store
from ..effects.vault import Vault
from ..model import state
from ..model.action import ActionKind, Entry
from ..model.person import Channel, Consent
from ..rules import unsubscribe
from ..settings import Settings
from . import message, perform, privacy
from .desk import desk
from .rulebook import rulebook


def effects(settings: Settings) -> perform.Effects:
    """What performing touches."""
    keys, publisher = Keys(settings), Publisher(settings.alarms_topic)
    looking = looking_at(settings, keys)
    providers: dict[Channel, perform.Provider] = {
        Channel.MAIL: Mailer(settings.mail_settings),
        Channel.SMS: publisher.sms,
        Channel.PUSH: publisher.push,
    }
    others: dict[ActionKind, perform.Work] = {ActionKind.ALERT: publisher.alert} | privacy.works(settings, keys)
    return perform.Effects(
        Outbox(settings), desk(settings), lambda entry, now: message.glance(entry, now, looking),
        lambda entry, seen, now: message.look(entry, seen, now, looking), providers, others, clock(settings)
    )


def looking_at(settings: Settings, keys: Keys) -> message.Effects:
    """What looking at a message reads."""
    shops = Shops(settings.settings_table)

    def link(source: str, name: str) -> str:
        return f"{settings.url}/unsubscribe/{unsubscribe.token(keys.get(unsubscribe.KEY), source, name)}"

    return message.Effects(
        Store(settings), Vault(settings, keys), Contacts(settings, keys), Outbox(settings), rulebook(settings).current,
        shops.profile, Breaker(settings).reason, link,
    )  # fmt: skip


def closer(settings: Settings) -> Callable[[Entry, Channel, Consent], None]:
    """Notes a consent entry for the address that an action's message went to."""
    keys = Keys(settings)
    contacts, store, vault, now = Contacts(settings, keys), Store(settings), Vault(settings, keys), clock(settings)

    def close(entry: Entry, channel: Channel, consent: Consent) -> None:
        name = entry.to or _name(entry, channel, now())
        if name:
            contacts.add(entry.action.source, name, consent)

    def _name(entry: Entry, channel: Channel, at: datetime) -> str | None:
        """Whoever sent it ended before noting to whom: the order's buyer tells."""
        data, _ = store.state(entry.action.source, entry.action.subject)
        hashed = state.load(data).buyer if data else None
        buyer = vault.get(entry.action.source, hashed, at) if hashed else None
        address = buyer.person.address(channel) if buyer else None
        return contacts.name(channel, address) if address else None

    return close
