"""Cases: what waits, by when, and what happens on silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.model import codec
from chalicelib.model.case import Case, CaseStatus
from chalicelib.model.facts import Due, ReturnFact
from chalicelib.model.state import State
from chalicelib.model.words import GoodsAxis, MoneyAxis, Reason, RequestAxis
from chalicelib.rules import cases, policies
from chalicelib.rules.fold import fold
from tests.lives import SOURCE, approval, day, order_life

LIFE = order_life()


def state(source: str = SOURCE, **changes) -> State:
    """The order whose return was asked for on the sixth day, and that return changed."""
    found = fold(SOURCE, "order:1001", LIFE[:5])
    one: ReturnFact = replace(found.of("return")["1001-r"], **changes)
    return replace(found, source=source, facts={**found.facts, "return": {one.id: one}})


def case(source: str = SOURCE, **changes) -> Case:
    (found,) = cases.of(state(source, **changes))
    return found


def test_a_return_that_was_asked_for_is_a_case():
    assert case() == Case(
        "shopify/acme#return:1001-r", SOURCE, "order:1001", "1001-r", day(6), CaseStatus.OPEN,
        Due("seller", "answer the request", day(8), "nothing happens by itself: the request stays open"),
        (Reason.SIZE_TOO_SMALL,), "description",
    )  # fmt: skip


def test_an_order_without_returns_has_none():
    assert cases.of(fold(SOURCE, "order:1001", LIFE[:4])) == []


def test_a_case_follows_its_return_to_the_end():
    told = [cases.of(fold(SOURCE, "order:1001", [*LIFE[:5], *more]))[0] for more in ([], [approval()], [approval(), LIFE[5]])]

    assert [one.status for one in told] == [CaseStatus.OPEN, CaseStatus.ANSWERED, CaseStatus.CLOSED]
    assert [one.due.actor for one in told] == ["seller", "buyer", "nobody"]
    assert len({(one.id, one.opened_at) for one in told}) == 1


@pytest.mark.parametrize("changes, status, actor", [
    ({"request": RequestAxis.NEEDS_REVIEW}, CaseStatus.OPEN, "seller"),
    ({"request": RequestAxis.DECLINED}, CaseStatus.ANSWERED, "nobody"),
    ({"request": RequestAxis.WITHDRAWN}, CaseStatus.ANSWERED, "nobody"),
    ({"request": RequestAxis.EXPIRED}, CaseStatus.CLOSED, "nobody"),
    ({"request": RequestAxis.APPROVED, "goods": GoodsAxis.AWAITING}, CaseStatus.ANSWERED, "buyer"),
    ({"request": RequestAxis.APPROVED, "goods": GoodsAxis.IN_TRANSIT}, CaseStatus.ANSWERED, "buyer"),
    ({"request": RequestAxis.APPROVED, "goods": GoodsAxis.KEPT}, CaseStatus.ANSWERED, "seller"),
    ({"closed_at": day(9)}, CaseStatus.CLOSED, "nobody"),
    ({"money": MoneyAxis.DONE}, CaseStatus.CLOSED, "nobody"),
    ({"money": MoneyAxis.PENDING}, CaseStatus.OPEN, "seller"),
])  # fmt: skip
def test_where_a_case_is_follows_the_axes(changes: dict, status: CaseStatus, actor: str):
    found = case(**changes)

    assert (found.status, found.due.actor) == (status, actor)


def test_money_is_promised_within_two_days_of_the_goods():
    found = case(request=RequestAxis.APPROVED, goods=GoodsAxis.RECEIVED, received_at=day(12))

    assert found.due == Due("seller", "give the money back", day(14), "nothing happens by itself")


@pytest.mark.parametrize("platform, at, silence", [
    ("amazon", day(8), "A-to-z"), ("walmart", day(8), "lost"), ("tiktok_shop", day(8), "approves"),
    ("lazada", day(9), "refunds"), ("shopee", day(8), "deadline it sent"), ("woocommerce", day(8), "nothing happens"),
    ("temu", day(8), "not known"),
    # Asked for on Saturday: Monday, Tuesday, Wednesday.
    ("ebay", datetime(2026, 3, 11, 12, tzinfo=UTC), "step in"), ("etsy", day(8), "not known"),
])  # fmt: skip
def test_the_deadline_is_the_platforms_or_else_our_own(platform: str, at: datetime, silence: str):
    due = case(f"{platform}/acme").due

    assert due.at == at
    assert silence in (due.on_timeout or "")


def test_a_deadline_that_the_platform_sent_comes_first():
    sent = Due("seller", "accept or dispute", day(7), "the buyer is refunded")

    assert case("shopee/acme", due=sent).due == sent
    assert case("shopee/acme", due=sent, closed_at=day(8)).due.actor == "nobody"


@pytest.mark.parametrize("asked, days, answer", [
    (datetime(2026, 3, 2, 9, tzinfo=UTC), 3, datetime(2026, 3, 5, 9, tzinfo=UTC)),
    (datetime(2026, 3, 5, 9, tzinfo=UTC), 3, datetime(2026, 3, 10, 9, tzinfo=UTC)),
    (datetime(2026, 3, 7, 9, tzinfo=UTC), 1, datetime(2026, 3, 9, 9, tzinfo=UTC)),
])  # fmt: skip
def test_business_days_leave_out_the_weekend(asked: datetime, days: int, answer: datetime):
    assert replace(policies.deadline("ebay"), days=days).after(asked) == answer


def test_a_return_without_a_time_takes_the_first_that_is_known():
    assert case(requested_at=None, approved_at=day(7), closed_at=day(9)).opened_at == day(7)
    assert case(requested_at=None).opened_at == day(0)
    alone = replace(state(requested_at=None), facts={"return": state(requested_at=None).facts["return"]})
    assert cases.of(alone)[0].due.at < day(0) - timedelta(days=365)


def test_reasons_are_named_once_and_their_group_if_they_agree():
    def reasoned(*labels: Reason | None) -> Case:
        found = state()
        line = found.of("return_line")["1001-rl"]
        lines = {str(n): replace(line, id=str(n), reason_stated=label) for n, label in enumerate(labels)}
        return cases.of(replace(found, facts={**found.facts, "return_line": lines}))[0]

    same = reasoned(Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_SMALL, Reason.NOT_AS_DESCRIBED)
    assert (same.reasons, same.group) == ((Reason.NOT_AS_DESCRIBED, Reason.SIZE_TOO_SMALL), "description")
    mixed = reasoned(Reason.SIZE_TOO_SMALL, Reason.DAMAGED_IN_TRANSIT)
    assert (len(mixed.reasons), mixed.group) == (2, None)
    assert reasoned(None).reasons == (Reason.OTHER,)
    assert (reasoned().reasons, reasoned().group) == ((), None)


def test_a_case_goes_to_json_and_back():
    for one in (case(), case(closed_at=day(9))):
        assert codec.decode(Case, codec.loads(codec.dumps(codec.encode(one))), "case") == one
