"""Cases: the queue of what waits, one item for each. A case follows from its order's state, where it is always up to date;
here it is written when what waits changes, so an ended one may still be told as answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from ..model import codec
from ..model.case import Case
from .tables import bind, refused


class CaseItem(Model):
    """A case: its id, itself as JSON, and the version of the state it was made from."""

    pk = UnicodeAttribute(hash_key=True)
    case = UnicodeAttribute()
    v = NumberAttribute()


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def cases_table(self) -> str: ...


class Cases:
    """Cases by id."""

    def __init__(self, names: Names) -> None:
        self._items = bind(CaseItem, names.cases_table)

    def keep(self, case: Case, version: int) -> None:
        """Write a case made from this version of the state, if what waits is new; safe to repeat. An older one never wins."""
        stands, text = self._item(case.id), codec.dumps(codec.encode(case)).decode()
        if stands is not None and (stands.v > version or stands.case == text):
            return
        if not case.waits and stands is not None and not _case(stands.case).waits:
            return
        newer = self._items.pk.does_not_exist() | (self._items.v <= version)
        try:
            self._items(case.id, case=text, v=version).save(condition=newer)
        except PutError as err:
            if not refused(err):
                raise

    def get(self, id_: str) -> Case | None:
        """A case, read consistently; None when there is none."""
        item = self._item(id_)
        return None if item is None else _case(item.case)

    def all(self) -> Iterator[Case]:
        """Every case, for operators' commands: it scans."""
        return (_case(item.case) for item in self._items.scan())

    def _item(self, id_: str) -> CaseItem | None:
        try:
            return self._items.get(id_, consistent_read=True)
        except self._items.DoesNotExist:
            return None


def _case(text: str) -> Case:
    return codec.decode(Case, codec.loads(text.encode(), "case"), "case")
