"""What can be done with points, and what it means in entries. Pure: no store, no clock.

Every posting's entries add up to zero. Points that a person has are *lots* 批次, each with its end; what is spent is
taken from the lots that end first, of equal ends from the oldest. A lot is named by the posting that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Kind = Literal["person", "held", "owed", "budget", "issued", "spent", "expired"]
PostingKind = Literal[
    "earned", "spent", "held", "captured", "released", "taken_back", "given_back", "funded", "expired"
]

POINTS_MAX = 1_000_000_000
"""Of one posting."""


class Account(NamedTuple):
    kind: Kind
    of: int


ISSUED, SPENT, EXPIRED = Account("issued", 0), Account("spent", 0), Account("expired", 0)
UNWRITTEN = 1 << 60
"""Postings that are not written yet are numbered from here, so that a lot of theirs is younger than any other."""


class Entry(NamedTuple):
    account: Account
    lot: int
    points: int


class Lot(NamedTuple):
    """``of``: the node of people who has it. A lot without an end lasts."""

    lot: int
    of: int
    left: int
    expires: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Something to be done, once for its ``key``. ``why`` is read by the person, ``by`` says who did it."""

    key: str
    why: str
    by: str = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earn(Wish):
    """Give a person points: new ones, or those of a campaign's ``budget``. What they owe is paid first."""

    person: int
    points: int
    expires: datetime | None = None
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend(Wish):
    person: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Wish):
    """Set points aside, to be captured or released; released at ``until``."""

    person: int
    points: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(Wish):
    """Spend what is left of the hold whose key is ``of``."""

    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Wish):
    """Give the person again what is left of the hold whose key is ``of``."""

    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Wish):
    """Undo so many points of the earning whose key is ``of`` (all that is left of it, where no number is said): of its
    own lot, then of others, and what is missing is owed. What of it had expired is as if never issued."""

    of: str
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack(Wish):
    """Undo so many points of the spending whose key is ``of`` (all that is left of it, where no number is said): into
    the lots they were of; those of a lot that has ended since get until ``grace``."""

    of: str
    points: int | None = None
    grace: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund(Wish):
    """Put so many points into a campaign's budget."""

    budget: int
    points: int


Refusal = Literal["not_enough", "unknown", "wrong_kind", "nothing_left", "too_much", "budget_spent"]


class Refused(Exception):  # it is an answer
    """Why a wish is not done; ``there`` is how much there would have been."""

    def __init__(self, why: Refusal, there: int = 0) -> None:
        super().__init__(why)
        self.why: Refusal = why
        self.there = there


@dataclass(frozen=True, slots=True)
class Drawn:
    """A posting as it will be: its entries, the lot it makes, until when it holds. The ledger numbers it anew."""

    number: int
    kind: PostingKind
    entries: Sequence[Entry]
    of: int | None = None
    lot: Lot | None = None
    until: datetime | None = None


class Past(NamedTuple):
    """A posting that wishes refer to: ``entries`` are its own and those of what came of it since."""

    number: int
    kind: PostingKind
    entries: list[Entry]


@dataclass(slots=True)
class Book:
    """What of the ledger a group of wishes bears on. :meth:`draw` does one after another, each seeing those before."""

    now: datetime
    nodes: Mapping[int, Sequence[int]]
    """Person → the nodes that are they; spending draws on the lots of all."""
    balances: dict[Account, int]
    lots: dict[int, Lot]
    """Lots with something left, and those of postings that wishes refer to."""
    past: dict[str, Past]
    """By key."""
    _next: int = UNWRITTEN

    def draw(self, wish: Wish) -> Drawn:
        """What is to be posted; the book is as after it. Raises :class:`Refused`, and then nothing has changed."""
        drawn = self._drawn(wish)
        if sum(entry.points for entry in drawn.entries):
            raise AssertionError("entries that do not add up to zero")
        self._next += 1
        for account, lot, points in drawn.entries:
            self.balances[account] = self.balances.get(account, 0) + points
            if account.kind == "person" and lot != drawn.number:
                self.lots[lot] = self.lots[lot]._replace(left=self.lots[lot].left + points)
        if drawn.lot is not None:
            self.lots[drawn.number] = drawn.lot
        for before in self.past.values():
            if before.number == drawn.of:
                before.entries.extend(drawn.entries)
        self.past[wish.key] = Past(drawn.number, drawn.kind, list(drawn.entries))
        return drawn

    def _drawn(self, wish: Wish) -> Drawn:
        match wish:
            case Earn():
                return self._earned(wish)
            case Spend():
                taken = self._taken(wish.person, wish.points)
                return Drawn(self._next, "spent", [*taken, *_moved(taken, SPENT)])
            case Hold():
                taken = self._taken(wish.person, wish.points)
                held = [Entry(Account("held", entry.account.of), entry.lot, -entry.points) for entry in taken]
                return Drawn(self._next, "held", [*taken, *held], until=wish.until)
            case Capture():
                number, back = self._off_the_hold(wish.of)
                return Drawn(self._next, "captured", [*back, *_moved(back, SPENT)], of=number)
            case Release():
                number, back = self._off_the_hold(wish.of)
                again = [Entry(Account("person", entry.account.of), entry.lot, -entry.points) for entry in back]
                return Drawn(self._next, "released", [*back, *again], of=number)
            case TakeBack():
                return self._taken_back(wish)
            case GiveBack():
                return self._given_back(wish)
            case Fund():
                _check(wish.points)
                return Drawn(
                    self._next,
                    "funded",
                    [Entry(ISSUED, 0, -wish.points), Entry(Account("budget", wish.budget), 0, wish.points)],
                )
            case _:
                raise TypeError(type(wish))

    def _earned(self, wish: Earn) -> Drawn:
        _check(wish.points)
        source = ISSUED if wish.budget is None else Account("budget", wish.budget)
        if source is not ISSUED and self.balances.get(source, 0) < wish.points:
            raise Refused("budget_spent", self.balances.get(source, 0))
        entries, rest = [Entry(source, 0, -wish.points)], wish.points
        for node in self.nodes[wish.person]:
            owed = Account("owed", node)
            if paid := min(rest, -self.balances.get(owed, 0)):
                entries.append(Entry(owed, 0, paid))
                rest -= paid
        if not rest:
            return Drawn(self._next, "earned", entries)
        entries.append(Entry(Account("person", wish.person), self._next, rest))
        return Drawn(self._next, "earned", entries, lot=Lot(self._next, wish.person, rest, wish.expires))

    def _taken(self, person: int, points: int) -> list[Entry]:
        """So many of a person's points, out of their lots."""
        _check(points)
        mine = [lot for lot in self._in_turn(person) if lot.expires is None or lot.expires > self.now]
        there = sum(lot.left for lot in mine)
        if there < points:
            raise Refused("not_enough", there)
        return _out_of(mine, points)

    def _in_turn(self, person: int) -> list[Lot]:
        """A person's lots with something left, those that end first before others."""
        nodes = set(self.nodes[person])
        return sorted((lot for lot in self.lots.values() if lot.of in nodes and lot.left), key=_turn)

    def _taken_back(self, wish: TakeBack) -> Drawn:
        number, left = self._past(wish.of, ("earned",), lambda account: account.kind in ("issued", "budget"))
        (source, _), there = next(iter(left.items()))
        points = -there if wish.points is None else _check(wish.points)
        if points > -there:
            raise Refused("too_much", -there)
        entries, rest = [Entry(source, 0, points)], points
        all_of_it = self.past[wish.of].entries
        person = next(entry.account.of for entry in all_of_it if entry.account.kind in ("person", "owed"))
        own = self.lots.get(number)
        if own is not None and own.left:
            entries += _out_of([own], min(rest, own.left))
            rest -= min(rest, own.left)
        expired = sum(entry.points for entry in all_of_it if entry.account == EXPIRED and entry.lot == number)
        if unissued := min(rest, expired):
            entries.append(Entry(EXPIRED, number, -unissued))
            rest -= unissued
        others = [lot for lot in self._in_turn(person) if lot.lot != number]
        if taken := min(rest, sum(lot.left for lot in others)):
            entries += _out_of(others, taken)
            rest -= taken
        if rest:
            entries.append(Entry(Account("owed", person), 0, -rest))
        return Drawn(self._next, "taken_back", entries, of=number)

    def _given_back(self, wish: GiveBack) -> Drawn:
        number, left = self._past(wish.of, ("spent", "captured"), lambda account: account == SPENT)
        there = sum(left.values())
        rest = there if wish.points is None else _check(wish.points)
        if rest > there:
            raise Refused("too_much", there)
        entries: list[Entry] = []
        late = 0
        node = 0
        # what was taken last comes back first: those are the lots that last longest
        for lot in sorted((self.lots[lot] for _, lot in left), key=_turn, reverse=True):
            points = min(rest, left[SPENT, lot.lot])
            rest -= points
            if not points:
                break
            entries.append(Entry(SPENT, lot.lot, -points))
            if lot.expires is None or lot.expires > self.now:
                entries.append(Entry(Account("person", lot.of), lot.lot, points))
            else:
                late, node = late + points, lot.of
        if not late:
            return Drawn(self._next, "given_back", entries, of=number)
        entries.append(Entry(Account("person", node), self._next, late))
        return Drawn(self._next, "given_back", entries, of=number, lot=Lot(self._next, node, late, wish.grace))

    def _off_the_hold(self, key: str) -> tuple[int, list[Entry]]:
        number, left = self._past(key, ("held",), lambda account: account.kind == "held")
        return number, [Entry(account, lot, -points) for (account, lot), points in left.items()]

    def _past(
        self, key: str, kinds: Sequence[PostingKind], chosen: Callable[[Account], bool]
    ) -> tuple[int, dict[tuple[Account, int], int]]:
        """The number of a posting, and what of it still stands in the chosen accounts, by lot."""
        before = self.past.get(key)
        if before is None:
            raise Refused("unknown")
        if before.kind not in kinds:
            raise Refused("wrong_kind")
        stands: dict[tuple[Account, int], int] = {}
        for account, lot, points in before.entries:
            if chosen(account):
                stands[account, lot] = stands.get((account, lot), 0) + points
        left = {where: points for where, points in stands.items() if points}
        if not left:
            raise Refused("nothing_left")
        return before.number, left


def _out_of(lots: Sequence[Lot], points: int) -> list[Entry]:
    """So many points out of these lots, one after another."""
    entries: list[Entry] = []
    for lot in lots:
        if part := min(points, lot.left):
            entries.append(Entry(Account("person", lot.of), lot.lot, -part))
            points -= part
    return entries


def _moved(entries: Sequence[Entry], to: Account) -> list[Entry]:
    """The other side of ``entries``: what they took, lot by lot, at ``to``."""
    return [Entry(to, entry.lot, -entry.points) for entry in entries]


def _turn(lot: Lot) -> tuple[bool, float, int]:
    """Those that end first come first; of equal ends the oldest; those without an end last."""
    return lot.expires is None, lot.expires.timestamp() if lot.expires else 0.0, lot.lot


def _check(points: int) -> int:
    if not 0 < points <= POINTS_MAX:
        raise ValueError("points are whole numbers above nothing")
    return points
