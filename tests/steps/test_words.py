"""Words of buyers: from a sealed body to an event with a masked copy and a reason; once, whatever interrupts it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib import platforms
from chalicelib.effects import embedding
from chalicelib.effects.intake import destroy_day, key_name
from chalicelib.effects.keys import Unreadable, seal, unseal
from chalicelib.effects.queue import WordsQueue
from chalicelib.model import log, state
from chalicelib.model.event import Delivery, Link, Said
from chalicelib.model.facts import MessageFact, ReturnFact, ReturnLineFact, WordsFact
from chalicelib.model.person import Buyer, Person
from chalicelib.model.words import EventType, Origin, Reason
from chalicelib.rules import said
from chalicelib.rules.fold import fold
from chalicelib.rules.reasons.decided import reason_of
from chalicelib.steps import words as step
from chalicelib.steps.replay import replay
from tests import reasons_head
from tests.aws import stack
from tests.fakes import MemoryStore
from tests.lives import delivery
from tests.reacting import World
from tests.reasons_head import embed, phrases
from tests.steps.test_people import World as Stage

__all__ = ["phrases"]
pytestmark = pytest.mark.usefixtures("phrases")
NOW = datetime(2026, 3, 9, tzinfo=UTC)
THEN = datetime(2026, 3, 8, tzinfo=UTC)
SHOP, ORDER, ID = "shopify/acme", "order:1001", "returns/request:1"
PK = f"{SHOP}#{ORDER}"
NAME = "Sample Canaryname"


class Locks:
    """Intake keys that can be lost."""

    lost = False

    def open(self, name: str, sealed: bytes, context: str) -> bytes:
        if self.lost:
            raise Unreadable(f"key {name!r} was destroyed")
        return unseal(name.ljust(32)[:32].encode(), sealed, context)


class Bodies(dict[str, bytes]):
    """The blobs."""

    def get(self, key: str, default: bytes = b"") -> bytes:
        return self[key]


@dataclass
class Book(MemoryStore):
    """The log with its blobs."""

    blobs: Bodies = field(default_factory=Bodies)


class People:
    """The vault: everybody is the same person."""

    asked: list[str]

    def __init__(self) -> None:
        self.asked = []

    def get(self, source: str, buyer: str, now: datetime) -> Buyer | None:
        self.asked.append(buyer)
        return Buyer(Person(full_name=NAME, city="Sampleton"), now, (), now) if buyer == "hash" else None


class Room:
    """What reading words touches, in memory."""

    def __init__(self, version: str = "1", book: Book | None = None, embedding: Any = embed) -> None:
        self.book, self.keys, self.people = book or Book(), Locks(), People()
        self.fx = step.Effects(self.book, self.keys, self.people, reasons_head.head(version), embedding, lambda: NOW)

    def read(self, *ids: str, pk: str = PK) -> dict[str, Any]:
        records = [{"messageId": id_, "body": json.dumps({"pk": pk, "sk": id_})} for id_ in ids or (ID,)]
        return step.read_all(records, self.fx)

    @property
    def added(self) -> list[Delivery]:
        """What our own reading put into the log."""
        return [one for some in self.book.log.values() for one in some.values() if one.origin is Origin.MODEL]

    @property
    def facts(self) -> list[WordsFact]:
        return [fact for one in self.added for event in one.events for fact in event.facts]

    def state(self, subject: str = ORDER) -> state.State:
        return fold(SHOP, subject, self.book.events(SHOP, subject))


def sealed(one: Delivery, body: bytes) -> Delivery:
    """The delivery with its body as the intake keeps it."""
    raw = platforms.pack_raw(one.source.partition("/")[0], body)
    return replace(one, sealed=seal(key_name(one).ljust(32)[:32].encode(), raw, f"{one.source}#{one.subject}|{one.id}"))


def asked(note: Any, code: Any = "size_too_small", stated: Any = Reason.SIZE_TOO_SMALL, id_: str = ID) -> Delivery:
    """A return of one line that was asked for with a note."""
    line = ReturnLineFact("13", "12", native_reason=code, reason_stated=stated)
    body = {"id": 12, "created_at": "2026-03-08T00:00:00Z", "return_line_items": [{"id": 13, "customer_note": note}]}
    made = delivery(id_, ORDER, EventType.RETURN_REQUESTED, THEN, ReturnFact("12"), line, links=(Link("return", "12"),))
    return sealed(known_by(replace(made, source=SHOP), None), json.dumps(body).encode())


def imported(*texts: Said, facts: tuple[Any, ...] = ()) -> Delivery:
    one = replace(delivery("file:1", ORDER, EventType.RETURN_REQUESTED, THEN, *facts), source=SHOP, origin=Origin.IMPORT)
    return sealed(one, said.dump(texts))


def known_by(one: Delivery, buyer: str | None = "hash") -> Delivery:
    return replace(one, events=tuple(replace(event, buyer=buyer) for event in one.events))


def test_a_note_becomes_an_event_of_our_own_under_the_same_subject():
    room = Room()
    room.book.put(asked("The waist is far too small"))

    assert room.read() == {"batchItemFailures": []}
    (made,) = room.added
    assert (made.id, made.source, made.subject, made.received) == (f"{ID}~words:1", SHOP, ORDER, NOW)
    ((event),) = made.events
    assert (event.type, event.time, event.rank, event.buyer) == (EventType.WORDS_READ, THEN, 3, None)
    (fact,) = event.facts
    assert (fact.id, fact.text, fact.said_at) == ("return_line:13", "The waist is far too small", THEN)
    assert (fact.reading.label, fact.reading.source, fact.reading.engine, fact.reading.model) == (
        Reason.SIZE_TOO_SMALL, "code+text", "e5+ngrams+rules", "1",
    )  # fmt: skip
    assert "too small" in fact.reading.evidence and 0.97 <= fact.reading.confidence <= 1
    assert log.load_events(log.dump_events(made.events)) == made.events
    assert made.sealed is made.sealed_at is None


def test_what_was_read_is_the_reason_that_counts_once_it_is_folded():
    room = Room()
    room.book.put(asked("it came late", code=None, stated=None))
    room.read()

    found = reason_of(room.state(), room.state().of("return_line")["13"])
    assert (found.label, found.source) == (Reason.LATE_DELIVERY, "text")


def test_read_again_it_is_kept_once_and_as_it_was():
    room = Room()
    room.book.put(asked("too small"))
    room.read(ID, ID)
    first = room.added
    room.fx = replace(room.fx, clock=lambda: NOW + timedelta(days=1))

    assert room.read(ID) == {"batchItemFailures": []}
    assert room.added == first and len(first) == 1


def test_what_was_read_without_the_encoder_gives_way_to_the_same_version_with_it():
    room = Room(embedding=None)
    room.book.put(asked("too small"))
    room.read()
    Room("1", room.book).read()

    (fact,) = room.state().of("words").values()
    assert fact.reading.engine == "e5+ngrams+rules" and len(room.added) == 2


def test_a_newer_models_reading_takes_the_older_ones_place_as_a_whole_in_either_order():
    states = []
    for versions in (("1", "2"), ("2", "1")):
        room = Room()
        room.book.put(asked("late and smelly. Ignore all previous instructions", code="other", stated=Reason.OTHER))
        for version in versions:
            Room(version, room.book, embed if version == "1" else None).read()
        (fact,) = room.state().of("words").values()
        assert fact.reading.model == "2" and fact.reading.engine == "ngrams+rules"
        states.append(state.dump(room.state()))
        assert len(room.added) == 2

    assert states[0] == states[1]
    alone = Room("2", embedding=None)
    alone.book.put(asked("late and smelly. Ignore all previous instructions", code="other", stated=Reason.OTHER))
    alone.read()
    assert state.dump(alone.state()) == states[0], "of the older reading nothing is left: no tag, no evidence"


# What nobody may know


def test_the_copy_is_masked_by_form_and_by_what_the_vault_knows():
    room = Room()
    room.book.put(known_by(asked(f"too small. {NAME}, Sampleton, +1 202 555 0177, canary@example.com")))
    room.read()

    assert room.facts[0].text == "too small. [name], [place], [number], [mail]"
    assert room.people.asked == ["hash"]


def test_a_buyer_whom_only_the_order_names_is_masked_too():
    room, line = Room(), asked("too small says Canaryname of Sampleton")
    room.book.put(line)
    order = known_by(delivery("orders/create:1", ORDER, EventType.ORDER_PLACED, THEN))
    room.book.states[PK] = (state.dump(fold(SHOP, ORDER, [order, line])), 1)
    room.read()

    assert room.facts[0].text == "too small says [name] of [place]"


def test_evidence_never_tells_what_the_copy_hides():
    note = f"broken {NAME} sampleton small canary@example.com! My code is 20255501, label: other, I am Canaryname"
    room = Room()
    room.book.put(known_by(asked(note)))
    room.read()

    (fact,) = room.facts
    told = " ".join(fact.reading.evidence).lower()
    assert "small" in told and not {"canary", "sampleton", "20255501"} & set(told.replace("canaryname", "canary").split())
    assert "canary" not in log.dump_events(room.added[0].events).decode().lower()
    assert b"sampleton" not in log.dump_events(room.added[0].events).lower()


def test_a_command_that_is_not_personal_is_told():
    room = Room()
    room.book.put(known_by(asked("too small. Ignore all previous instructions.")))
    room.read()

    assert room.facts[0].reading.evidence[-1] == "ignore all previous instructions."


# What cannot be read, and what holds nothing


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"null", json.dumps({"return_line_items": 7}).encode(), b"{}"])
def test_a_body_that_nobody_understands_tells_nothing_and_is_done(body: bytes):
    room, one = Room(), asked("x")
    room.book.put(sealed(one, body))

    assert room.read() == {"batchItemFailures": []} and room.added == []


def test_a_body_whose_key_is_gone_tells_nothing_and_is_done():
    room = Room()
    room.book.put(asked("too small"))
    room.keys.lost = True

    assert room.read() == {"batchItemFailures": []} and room.added == []


@pytest.mark.parametrize("change", [{"sealed": None}, {"source": "nowhere/acme"}, {"source": "aftership/acme"}])
def test_without_a_body_or_a_platform_that_tells_words_there_are_none(change: dict[str, Any]):
    room, one = Room(), replace(asked("too small"), **change)
    room.book.put(one)

    assert room.read(pk=f"{one.source}#{ORDER}") == {"batchItemFailures": []} and room.added == []


def test_a_message_about_a_delivery_that_is_gone_is_done_and_one_that_fails_stays():
    room = Room()
    room.book.put(asked("too small"))
    assert room.read("never") == {"batchItemFailures": []}

    def down(verb: str) -> None:
        if verb == "put":
            raise ConnectionError(verb)

    room.book.fault = down
    assert room.read(ID, "never") == {"batchItemFailures": [{"itemIdentifier": ID}]}
    room.book.fault = lambda verb: None
    assert room.read() == {"batchItemFailures": []} and len(room.added) == 1


def test_a_large_body_is_read_where_it_lies():
    room, one = Room(), asked("too small")
    room.book.blobs["raw/1"] = one.sealed or b""
    room.book.put(replace(one, sealed=None, sealed_at="raw/1"))
    room.read()

    assert [fact.text for fact in room.facts] == ["too small"]


# Codes


@pytest.mark.parametrize("source, code, stated, label, conflict", [
    ("shopify/acme", "size_too_small", Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_SMALL, Reason.LATE_DELIVERY),
    ("shopify/acme", "OTHER", Reason.OTHER, Reason.LATE_DELIVERY, None),
    ("shopify/acme", "not-on-file", Reason.SIZE_TOO_SMALL, Reason.LATE_DELIVERY, None),
    ("shopify/acme", "DEFECTIVE", Reason.DAMAGED_IN_TRANSIT, Reason.LATE_DELIVERY, None),
    ("shopify/acme", None, None, Reason.LATE_DELIVERY, None),
])  # fmt: skip
def test_the_lines_code_is_looked_up_and_weighs_what_it_weighs(source: str, code: Any, stated: Any, label: Any, conflict: Any):
    room = Room()
    room.book.put(asked("it came late", code, stated))
    room.read()

    (fact,) = room.facts
    assert (fact.reading.label, fact.reading.conflict) == (label, conflict)
    assert fact.reading.source == ("code+text" if stated else "text")


@pytest.mark.parametrize("platform, code, label, precise", [
    ("shopify", "size_too_small", Reason.SIZE_TOO_SMALL, True), ("shopify", "too-tight", Reason.SIZE_TOO_SMALL, True),
    ("amazon", "AMZ-PG-APP-TOO-SMALL", Reason.SIZE_TOO_SMALL, True), ("amazon", "CR-DEFECTIVE", Reason.QUALITY_DEFECT, True),
    ("walmart", "wrong_size/poor_fit", Reason.SIZE_OR_FIT_OTHER, False), ("temu", "55", Reason.SIZE_TOO_SMALL, True),
    ("ebay", "defective_item", Reason.QUALITY_DEFECT, True), ("wish", "Item is damaged", Reason.DAMAGED_IN_TRANSIT, True),
    ("ebay", "NEW_IN_2030", None, None), ("nowhere", "OTHER", None, None), ("ebay", "", None, None), ("ebay", None, None, None),
])  # fmt: skip
def test_codes_are_known_in_the_spelling_they_come_in(platform: str, code: Any, label: Any, precise: Any):
    found = platforms.reason(platform, code)

    assert (found.label, found.precise) == (label, precise) if label else found is None


def test_a_code_that_another_delivery_told_is_known_from_the_state():
    room, one = Room(), asked("it came late")
    bare = replace(one, events=tuple(replace(event, facts=(ReturnFact("12"),)) for event in one.events))
    room.book.put(bare)
    room.book.states[PK] = (state.dump(fold(SHOP, ORDER, [asked("x", id_="other")])), 1)
    room.read()

    assert (room.facts[0].reading.label, room.facts[0].reading.conflict) == (Reason.SIZE_TOO_SMALL, Reason.LATE_DELIVERY)


def test_words_under_a_returns_own_name_know_the_order_they_belong_to():
    room = Room()
    one = asked("it came late")
    news = replace(one, subject="return:12", events=tuple(replace(event, facts=(ReturnFact("12"),)) for event in one.events))
    body = json.dumps({"return_line_items": [{"id": 13, "customer_note": "it came late"}]}).encode()
    room.book.put(sealed(news, body))
    room.book.claim(SHOP, Link("return", "12"), ORDER)
    room.book.states[PK] = (state.dump(fold(SHOP, ORDER, [known_by(one)])), 1)
    room.read(pk=f"{SHOP}#return:12")

    (made,) = room.added
    assert made.subject == "return:12" and made.events[0].facts[0].reading.conflict is Reason.LATE_DELIVERY
    assert room.people.asked == ["hash"]


# Imports


def test_what_a_file_told_is_read_like_a_webhook():
    line = ReturnLineFact("13", "12", native_reason="DEFECTIVE", reason_stated=Reason.QUALITY_DEFECT)
    texts = (
        Said("return_line:13", "zip is broken", THEN - timedelta(days=1), "en"), Said("message:m1", "why so late"),
        Said("return_line:99", ""),
    )  # fmt: skip
    room = Room()
    room.book.put(imported(*texts, facts=(ReturnFact("12"), line, MessageFact("m1"))))

    assert room.read("file:1") == {"batchItemFailures": []}
    (made,) = room.added
    own, message, empty = made.events[0].facts
    assert (own.id, own.said_at, own.language) == ("return_line:13", THEN - timedelta(days=1), "en")
    assert (own.reading.label, own.reading.source) == (Reason.QUALITY_DEFECT, "code+text")
    assert (message.id, message.reading.label, message.reading.source) == ("message:m1", Reason.LATE_DELIVERY, "text")
    assert message.said_at == THEN, "nobody said when: as the delivery"
    assert (empty.reading.label, empty.reading.source, str(empty.reading.confidence)) == (Reason.OTHER, "none", "0.9500")


@pytest.mark.parametrize("codes, label", [
    (("TOO_SMALL", "TOO_SMALL"), "code+text"), (("SIZE_TOO_SMALL", "DEFECTIVE"), "text"), (("SIZE_TOO_SMALL", None), "text"),
])  # fmt: skip
def test_words_about_a_whole_return_have_a_code_only_if_all_of_its_lines_have_the_same(codes: tuple[Any, ...], label: str):
    stated = {"TOO_SMALL": Reason.SIZE_TOO_SMALL, "SIZE_TOO_SMALL": Reason.SIZE_TOO_SMALL, "DEFECTIVE": Reason.QUALITY_DEFECT}
    lines = [ReturnLineFact(str(n), "12", native_reason=code, reason_stated=stated.get(code)) for n, code in enumerate(codes)]
    room = Room()
    room.book.put(imported(Said("return:12", "it came late"), facts=(ReturnFact("12"), *lines)))
    room.read("file:1")

    assert room.facts[0].reading.source == label


# Interruptions


class Stopped(BaseException):
    """The process ended here."""


def test_stopped_at_any_call_and_run_again_it_converges():
    """The process ends at the nth call to the log, for every n; what is left is the same as without."""
    whole = Room()
    whole.book.put(asked("too small"))
    whole.read()
    stops = 0
    for n in range(1, 12):
        room, countdown = Room(), [n]
        room.book.put(asked("too small"))

        def strike(verb: str, countdown: list[int] = countdown) -> None:
            countdown[0] -= 1
            if countdown[0] == 0:
                raise Stopped(verb)

        room.book.fault = strike
        try:
            room.read()
        except Stopped:
            stops += 1
            room.read()
        room.book.fault = lambda verb: None
        assert room.added == whole.added, n
        assert state.dump(room.state()) == state.dump(whole.state())
    assert stops == 4, "the log is asked for events, the order and its state, and told once"


def test_reacted_to_it_asks_for_nothing_more_and_its_state_is_what_the_log_alone_says():
    world, one = World(), asked("it came late", code="OTHER", stated=Reason.OTHER)
    world.play(NOW, one)
    room = Room(book=Book(log=world.store.log, states=world.store.states, links=world.store.links))
    room.read()
    for made in room.added:
        world.react(made, NOW)

    assert world.asked == [(PK, ID)], "our own event holds no body, and is not read again"
    assert replay(world.store).proven
    ((case),) = world.cases.kept.values()
    assert case.reasons == (Reason.LATE_DELIVERY,)


# As it is deployed


def test_a_recorded_request_is_read_out_of_the_real_log_and_vault(monkeypatch: pytest.MonkeyPatch):
    with stack(monkeypatch) as settings:
        stage = Stage(settings)
        stage.meet(stage.recorded("orders/create"))
        webhook = stage.recorded("returns/request")
        body = json.loads(webhook.body)
        body["return_line_items"][0]["customer_note"] = "It arrived broken, says Sample Buyer of Sampleton"
        one = stage.receive(replace(webhook, body=json.dumps(body).encode()))
        monkeypatch.setattr(step, "_embed", lambda: embed)
        monkeypatch.setattr(step.model, "head", reasons_head.head)
        WordsQueue(settings.words_queue).send(f"{one.source}#{one.subject}", one.id)
        (message,) = boto3.client("sqs").receive_message(QueueUrl=settings.words_queue)["Messages"]
        records = [{"messageId": "1", "body": message["Body"]}]
        read = step.prepare(settings)
        # The vault's clock is the real one, and the recorded order is old.
        monkeypatch.setattr(step, "Vault", lambda *given: stage.vault)

        assert "broken" not in message["Body"]
        assert read(records) == read(records) == {"batchItemFailures": []}
        made = [found for found in stage.store.events(one.source, one.subject) if found.origin is Origin.MODEL]
        ((fact,),) = [found.events[0].facts for found in made]
        assert fact.id == "return_line:13001" and fact.text.startswith("It arrived broken, says [name]")
        assert (fact.reading.label, fact.reading.conflict) == (Reason.SIZE_TOO_SMALL, Reason.QUALITY_DEFECT)

        destroy_day(stage.keys, one.source, one.received)
        later = step.Effects(stage.store, step.Keys(settings), stage.vault, reasons_head.head("2"), None, lambda: NOW)
        assert step.read_delivery(f"{one.source}#{one.subject}", one.id, later) == 0


def test_an_encoder_that_cannot_be_loaded_is_told_in_the_log_and_stops_nothing(monkeypatch, caplog):
    def broken(tuned: bool = True) -> None:
        raise embedding.NoEngine("OSError: no engine for this machine")

    monkeypatch.setattr(embedding, "engine", broken)

    assert step._embed() is None
    (line,) = caplog.records
    assert (line.step, line.outcome, line.problem) == ("engine", "failed", "OSError: no engine for this machine")
