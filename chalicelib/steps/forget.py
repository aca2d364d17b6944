"""Forget: once a day, destroy the intake keys that sealed the raw bodies of more than 30 days ago. Without them they are noise.

Each run covers two months of days, so runs that were skipped are made up for; destroying what is gone is no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..effects import log
from ..effects.clock import Clock, clock, system
from ..effects.intake import destroy_day
from ..effects.keys import Keys
from ..effects.shops import Shops
from ..settings import Settings

KEPT_DAYS = 30
LOOK_BACK_DAYS = 90


@dataclass(frozen=True, slots=True)
class Effects:
    """What forgetting touches. `destroy` makes noise of a shop's bodies of one day."""

    shops: Callable[[], Iterable[str]]
    destroy: Callable[[str, date], None]
    clock: Clock
    system: Clock = system


def prepare(settings: Settings) -> Callable[[Mapping[str, Any]], dict[str, int]]:
    """The step."""
    keys = Keys(settings)
    shops = Shops(settings.settings_table)
    fx = Effects(shops.all, lambda source, day: destroy_day(keys, source, day), clock(settings))
    return lambda event: forget(fx)


def forget(fx: Effects) -> dict[str, int]:
    """Destroy the keys of every shop's days from 31 to 90 days ago; how many shops and days these were."""
    with log.unit("forget"):
        gone, shops = days(fx.clock().date(), fx.system().date()), sorted(fx.shops())
        for source in shops:
            for day in gone:
                fx.destroy(source, day)
        found = {"shops": len(shops), "days": len(gone)}
        log.note(**found)
        return found


def days(today: date, real: date) -> list[date]:
    """The days whose bodies are too old. Never the real today: on the laptop, whose clock may be ahead, bodies still come in
    under its key."""
    found = (today - timedelta(days=back) for back in range(KEPT_DAYS + 1, LOOK_BACK_DAYS + 1))
    return [day for day in found if day < real]
