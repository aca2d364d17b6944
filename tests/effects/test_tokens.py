"""Access tokens: renewed by one at a time, sealed, begun anew when the seller gives another refresh token."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.effects.keys import Keys
from chalicelib.effects.settings_items import SettingsItems
from chalicelib.effects.tokens import EARLY, LEASE, Tokens
from chalicelib.model.call import Busy, CallFailed, Denied, Token
from tests.aws import stack

SHOP = "shopee/my"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Platform:
    """Hands out access tokens for four hours, each refresh token once."""

    def __init__(self, clock: Clock, first: str = "r0") -> None:
        self._clock, self.good, self.given = clock, first, 0

    def renew(self, refresh: str) -> Token:
        if refresh != self.good:
            raise Denied(f"refresh token {refresh} is spent")
        self.given += 1
        self.good = f"r{self.given}"
        return Token(f"a{self.given}", self._clock() + timedelta(hours=4), self.good)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch):
    clock = Clock()
    with stack(monkeypatch) as settings:
        items = SettingsItems(settings.settings_table)
        keys = Keys(settings)
        yield clock, items, lambda: Tokens(items, keys, clock)


def test_a_token_is_renewed_when_it_ends_and_the_next_refresh_token_is_kept(world: Any):
    clock, _, tokens = world
    platform, mine = Platform(clock), tokens()
    assert mine.get(SHOP, "shop", "r0", platform.renew) == "a1"
    assert mine.get(SHOP, "shop", "r0", platform.renew) == "a1"
    clock.now += timedelta(hours=4) - EARLY / 2
    assert mine.get(SHOP, "shop", "r0", platform.renew) == "a2"
    assert tokens().get(SHOP, "shop", "r0", platform.renew) == "a2", "another container finds it"
    assert platform.given == 2


def test_nothing_of_it_can_be_read_in_the_table(world: Any):
    clock, items, tokens = world
    tokens().get(SHOP, "shop", "a-long-refresh-token", Platform(clock, "a-long-refresh-token").renew)
    said = str(items.get(f"token#{SHOP}#shop"))
    assert "a-long-refresh-token" not in said and "'a1'" not in said


def test_a_refused_token_is_renewed_once_for_all_who_hold_it(world: Any):
    clock, _, tokens = world
    platform, one, other = Platform(clock), tokens(), tokens()
    stale = one.get(SHOP, "shop", "r0", platform.renew)
    assert other.get(SHOP, "shop", "r0", platform.renew) == stale
    assert one.get(SHOP, "shop", "r0", platform.renew, stale) == "a2"
    assert other.get(SHOP, "shop", "r0", platform.renew, stale) == "a2"
    assert platform.given == 2


def test_of_many_at_once_one_renews_and_the_others_wait(world: Any):
    clock, _, tokens = world
    platform, inside, go = Platform(clock), threading.Event(), threading.Event()

    def slow(refresh: str) -> Token:
        inside.set()
        go.wait(5)
        return platform.renew(refresh)

    found: list[str] = []
    first = threading.Thread(target=lambda: found.append(tokens().get(SHOP, "shop", "r0", slow)))
    first.start()
    inside.wait(5)
    for _ in range(3):
        with pytest.raises(Busy):
            tokens().get(SHOP, "shop", "r0", platform.renew)
    go.set()
    first.join()
    assert found == ["a1"] and tokens().get(SHOP, "shop", "r0", platform.renew) == "a1"
    assert platform.given == 1


def test_whoever_ends_while_renewing_is_followed_after_the_lease(world: Any):
    clock, _, tokens = world
    platform = Platform(clock)

    def killed(refresh: str) -> Token:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tokens().get(SHOP, "shop", "r0", killed)
    with pytest.raises(Busy):
        tokens().get(SHOP, "shop", "r0", platform.renew)
    clock.now += LEASE + timedelta(seconds=1)
    assert tokens().get(SHOP, "shop", "r0", platform.renew) == "a1"


def test_the_platforms_trouble_gives_the_lease_back(world: Any):
    clock, _, tokens = world

    def failing(refresh: str) -> Token:
        raise CallFailed("status 503", passing=True)

    with pytest.raises(CallFailed):
        tokens().get(SHOP, "shop", "r0", failing)
    assert tokens().get(SHOP, "shop", "r0", Platform(clock).renew) == "a1"


def test_a_dead_refresh_token_is_not_tried_again_until_the_seller_gives_another(world: Any):
    clock, _, tokens = world
    platform = Platform(clock, "fresh")
    with pytest.raises(Denied):
        tokens().get(SHOP, "shop", "spent", platform.renew)

    def never(refresh: str) -> Token:
        raise AssertionError("the platform was asked again")

    with pytest.raises(Denied, match="spent"):
        tokens().get(SHOP, "shop", "spent", never)
    assert tokens().dead(SHOP, "shop")
    assert tokens().get(SHOP, "shop", "fresh", platform.renew) == "a1"
    assert tokens().dead(SHOP, "shop") is None


def test_kinds_and_shops_do_not_share_tokens(world: Any):
    clock, _, tokens = world
    mine = tokens()
    assert mine.get(SHOP, "shop", "r0", Platform(clock).renew) == "a1"
    assert mine.get(SHOP, "app", "r0", lambda refresh: Token("app1", clock() + timedelta(hours=1))) == "app1"
    assert mine.get("shopee/sg", "shop", "r0", lambda refresh: Token("sg1", clock() + timedelta(hours=1))) == "sg1"
    assert mine.get(SHOP, "shop", "r0", Platform(clock).renew) == "a1"
