"""Who is who, kept in the vault's table: who stands under a hashed identifier, and what ties members.

Three kinds of item, each changed under a condition on its version: `who#member` (where it stands), `who#id#hash` (who stands
there) and `who#tie#a|b`. A member's own item is written before anything that names it, so whoever is forgotten is found
wherever they are named. A tie counts once its one item is there; from either end the same is seen.

Forgetting marks the member first, then removes what names it, then the member. Whoever ties looks at both members afterwards:
either they see the mark and take the tie back, or the forgetting comes after them and finds it.

Nothing is deleted: what is taken away is emptied, its version goes on, and DynamoDB removes the rest within two days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from ..model import codec
from ..model.errors import Conflict
from ..model.identity import Crowd, Standing, Tie, TieKind
from .tables import bind, refused

TRIES = 8
# For how long a member's item outlives the member, so that whoever tidies finds what still names them.
GRACE = timedelta(days=30)
_WHO, _ID, _TIE = "who#", "who#id#", "who#tie#"
T = TypeVar("T", Standing, Crowd, Tie)
Stands = Callable[[Tie | None, Tie], bool]


class Names(Protocol):
    """Where things are; Settings is one."""

    @property
    def buyers_table(self) -> str: ...


class IdentityItem(Model):
    """A member, an identifier or a tie as JSON, none when it was emptied; how often it was written; `ttl` in seconds."""

    pk = UnicodeAttribute(hash_key=True)
    said = UnicodeAttribute(null=True)
    v = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)


class Identities:
    """Members, identifiers and ties."""

    def __init__(self, names: Names) -> None:
        self._items = bind(IdentityItem, names.buyers_table)

    def stand(self, member: str, ids: tuple[str, ...], until: datetime) -> tuple[str, ...] | None:
        """Note under which identifiers a member stands now; those it stood under before and does no more. None while it is
        being forgotten."""

        def change(now: Standing | None) -> Standing:
            found = now or Standing((), (), until)
            return found if found.gone else replace(found, ids=ids, until=max(found.until, until))

        before, after = self._change(_WHO + member, Standing, change)
        return None if after is None or after.gone else tuple(sorted(set(before.ids if before else ()) - set(ids)))

    def note(self, member: str, until: datetime) -> None:
        """Let there be a member, wherever it stands."""
        self._change(_WHO + member, Standing, lambda now: now or Standing((), (), until))

    def enter(self, id_: str, member: str, until: datetime, most: int) -> Crowd:
        """Put a member under an identifier; who else stands there. Of two that enter at once, the later sees the earlier.

        Once more than `most` stand there it is `shared`: nobody enters it any more, and it keeps those who did until `close`.
        """

        def change(now: Crowd | None) -> Crowd:
            found = now or Crowd((), until)
            members = tuple(sorted({*found.members, member}))
            return found if found.shared else Crowd(members, max(found.until, until), len(members) > most or None)

        after = self._change(_ID + id_, Crowd, change)[1]
        return replace(after, members=tuple(one for one in after.members if one != member)) if after else Crowd((), until)

    def close(self, id_: str) -> None:
        """Empty a shared identifier; it stays shared for as long as it is kept."""
        self._change(_ID + id_, Crowd, lambda now: replace(now, members=()) if now else None)

    def leave(self, id_: str, member: str) -> None:
        """Take a member away from an identifier; safe to repeat."""

        def change(now: Crowd | None) -> Crowd | None:
            left = tuple(one for one in now.members if one != member) if now else ()
            return replace(now, members=left) if now and (left or now.shared) else None

        self._change(_ID + id_, Crowd, change)

    def tie(self, tie: Tie, stands: Stands) -> bool:
        """Tie two members, where that stands against the tie they have. False when it does not, or one is being forgotten."""
        if not (self._joined(tie.a, tie.b) and self._joined(tie.b, tie.a)):
            self._parted(tie.a, tie.b)
            return False
        before, after = self._change(_TIE + _pair(tie.a, tie.b), Tie, lambda now: tie if stands(now, tie) else now)
        if any(self.standing(one) is None for one in (tie.a, tie.b)):
            self._parted(tie.a, tie.b)
            return False
        return after != before

    def untie(self, one: str, other: str, only: TieKind | None = None) -> None:
        """Take a tie away, of whatever kind or only of one; safe to repeat."""
        self._change(_TIE + _pair(one, other), Tie, lambda now: now if now and only and now.kind is not only else None)

    def prolong(self, member: str, until: datetime) -> None:
        """Keep a member's ties until then, or as long as their other ends are kept; whoever said them."""
        for tie in self.ties(member):
            other = self.standing(tie.b if tie.a == member else tie.a)
            last = min(until, other.until) if other else tie.until
            self._change(_TIE + _pair(tie.a, tie.b), Tie, lambda now, last=last: _longer(now, last))  # type: ignore[misc]

    def standing(self, member: str) -> Standing | None:
        """Where a member stands; None for one that nobody noted, and while it is being forgotten."""
        found = self._read(_WHO + member, Standing)[0]
        return None if found is None or found.gone else found

    def ties(self, member: str) -> list[Tie]:
        """Every tie of a member."""
        found = self.standing(member)
        read = (self._read(_TIE + _pair(member, other), Tie)[0] for other in (found.ties if found else ()))
        return [tie for tie in read if tie is not None]

    def all_ties(self) -> Iterator[Tie]:
        """Every tie there is, for operators' commands: it scans."""
        for item in self._items.scan(self._items.pk.startswith(_TIE) & self._items.said.exists()):
            if (found := _decoded(item, Tie)) is not None:
                yield found

    def members(self) -> Iterator[tuple[str, Standing]]:
        """Every member noted, also those being forgotten, for operators' commands: it scans."""
        for item in self._items.scan(self._items.pk.startswith(_WHO) & self._items.said.exists()):
            if not item.pk.startswith((_ID, _TIE)) and (found := _decoded(item, Standing)) is not None:
                yield item.pk.removeprefix(_WHO), found

    def forget(self, member: str) -> None:
        """Remove all that names a member; safe to repeat, also half-way."""
        _, marked = self._change(_WHO + member, Standing, lambda now: replace(now, gone=True) if now else None)
        if marked is None:
            return
        for id_ in marked.ids:
            self.leave(id_, member)
        for other in marked.ties:
            self.untie(member, other)
            self._unnamed(other, member)
        self._change(_WHO + member, Standing, lambda now: None)

    def _joined(self, member: str, other: str) -> bool:
        """Name the other end in a member's item; False where there is no such member (any more)."""

        def change(now: Standing | None) -> Standing | None:
            return replace(now, ties=tuple(sorted({*now.ties, other}))) if now and not now.gone else now

        after = self._change(_WHO + member, Standing, change)[1]
        return after is not None and not after.gone

    def _parted(self, one: str, other: str) -> None:
        """Take away a tie, and what names its other end at either."""
        self.untie(one, other)
        self._unnamed(one, other)
        self._unnamed(other, one)

    def _unnamed(self, member: str, other: str) -> None:
        self._change(_WHO + member, Standing, lambda now: _without(now, other))

    def _change(self, pk: str, cls: type[T], change: Callable[[T | None], T | None]) -> tuple[T | None, T | None]:
        """What stood under a key and what stands there now. Conflict when others keep changing it."""
        for _ in range(TRIES):
            before, version = self._read(pk, cls)
            after = change(before)
            if after == before or self._write(pk, after, version):
                return before, after
        raise Conflict(f"{pk[:60]} changed under {TRIES} attempts to write it")

    def _read(self, pk: str, cls: type[T]) -> tuple[T | None, int]:
        try:
            item = self._items.get(pk, consistent_read=True)
        except self._items.DoesNotExist:
            return None, 0
        return _decoded(item, cls), int(item.v or 0)

    def _write(self, pk: str, after: Standing | Crowd | Tie | None, version: int) -> bool:
        stands = self._items.pk.does_not_exist() if version == 0 else (self._items.v == version)
        text = codec.dumps(codec.encode(after)).decode() if after else None
        ends = after.until + (GRACE if isinstance(after, Standing) else timedelta(0)) if after else datetime.now(UTC)
        try:
            self._items(pk, said=text, v=version + 1, ttl=int(ends.timestamp())).save(condition=stands)
        except PutError as err:
            if refused(err):
                return False
            raise
        return True


def _decoded(item: Any, cls: type[T]) -> T | None:
    return codec.decode(cls, codec.loads(item.said.encode(), "identity"), "identity") if item.said else None


def _longer(now: Tie | None, until: datetime) -> Tie | None:
    return replace(now, until=max(now.until, until)) if now else None


def _without(now: Standing | None, member: str) -> Standing | None:
    return replace(now, ties=tuple(one for one in now.ties if one != member)) if now else None


def _pair(one: str, other: str) -> str:
    return f"{min(one, other)}|{max(one, other)}"
