"""Limits per device, address, pay account and person: seats that are taken in the transaction of the act itself.

A mark (a device, say) has so many seats; a person sits on one once, however often they act. How many are taken is a
condition of the very statement that takes more, so that several processes pass no limit either.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import keyring
from siyu.growth.campaigns.tables import campaigns
from siyu.growth.cheating.model import DAILY, PEOPLE_MAX, Limits, Sort, as_they_come
from siyu.growth.cheating.tables import campaign_limits, limit_counts, limit_seats
from siyu.staff.networks import network_of
from siyu.storage import in_chunks, insert_into, sent

ROWS_A_STATEMENT = 500
_MARK_LETTERS = 24


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """One thing that is limited in one campaign (on one day; 0: in all)."""

    campaign: int
    sort: Sort
    mark: str
    day: int


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody (a kept person) wants to act. ``effort``: whose, 0 for one of their own. What is "" is not known."""

    campaign: int
    person: int
    effort: int = 0
    device: str = ""
    address: str = ""
    account: str = ""

    def marks(self, now: datetime) -> Iterable[tuple[Mark, int]]:
        """Each mark with the seat that is wanted on it."""
        told: Mapping[Sort, str] = {"device": self.device, "address": self.address, "account": self.account}
        for sort, mark in told.items():
            if mark:
                yield Mark(self.campaign, sort, mark, _day(sort, now)), self.person
        if self.effort:
            yield Mark(self.campaign, "person", str(self.person), _day("person", now)), self.effort


def _day(sort: Sort, now: datetime) -> int:
    return now.toordinal() if sort in DAILY else 0


@dataclass
class Seats:
    """The seats of one transaction: read once, taken in the order of the acts, written at the end."""

    conn: Connection
    now: datetime
    limits: Mapping[int, Limits]
    _taken: dict[Mark, int] = field(default_factory=dict[Mark, int])
    _sits: set[tuple[Mark, int]] = field(default_factory=set[tuple[Mark, int]])
    _new: dict[tuple[Mark, int], None] = field(default_factory=dict[tuple[Mark, int], None])

    @classmethod
    def read(cls, conn: Connection, now: datetime, askings: Sequence[Asking]) -> Seats:
        """All that these may come to ask for."""
        seats = cls(conn, now, limits_of(conn, {each.campaign for each in askings}))
        wanted = sorted({pair for each in askings for pair in each.marks(now)})
        if not wanted:
            return seats
        marks = sorted({mark for mark, _ in wanted})
        asked, table = sent(conn, **_columns(marks)), limit_counts.c
        same = sa.and_(*(table[name] == asked.c[name] for name in ("campaign", "sort", "mark", "day")))
        for row in conn.execute(sa.select(limit_counts).select_from(asked.join(limit_counts, same))):
            seats._taken[Mark(row.campaign, row.sort, row.mark, row.day)] = row.taken
        columns = _columns([mark for mark, _ in wanted])
        asked, sits = sent(conn, **columns, seat=(sa.BigInteger, [seat for _, seat in wanted])), limit_seats.c
        same = sa.and_(*(sits[name] == asked.c[name] for name in ("campaign", "sort", "mark", "day", "seat")))
        for row in conn.execute(sa.select(limit_seats).select_from(asked.join(limit_seats, same))):
            seats._sits.add((Mark(row.campaign, row.sort, row.mark, row.day), row.seat))
        return seats

    def refuses(self, asking: Asking) -> str:
        """The first limit that this would pass, as a key of :data:`siyu.growth.cheating.model.SAID`; "" for none."""
        limits = self.limits[asking.campaign]
        for mark, seat in asking.marks(self.now):
            most = limits.most(mark.sort)
            if most and (mark, seat) not in self._sits and self._taken.get(mark, 0) >= most:
                return f"limit_{mark.sort}"
        return ""

    def take(self, asking: Asking) -> None:
        """It happened."""
        for mark, seat in asking.marks(self.now):
            if (mark, seat) not in self._sits:
                self._sits.add((mark, seat))
                self._new[mark, seat] = None
                self._taken[mark] = self._taken.get(mark, 0) + 1

    def write(self) -> bool:
        """Write what was taken; False where another process took a seat meanwhile: the transaction must not stand."""
        many: dict[Mark, int] = {}
        for mark, _ in self._new:
            many[mark] = many.get(mark, 0) + 1
        counts = [
            {**_row(mark), "taken": many[mark], "most": self.limits[mark.campaign].most(mark.sort) or PEOPLE_MAX}
            for mark in sorted(many)
        ]
        seats = [{**_row(mark), "seat": seat, "at": self.now} for mark, seat in sorted(self._new)]
        return _all_written(self.conn, counts, _counting) and _all_written(self.conn, seats, _seating)


def _all_written(conn: Connection, rows: list[dict[str, Any]], insert: Callable[[Connection, Any], Any]) -> bool:
    parts = in_chunks(rows, ROWS_A_STATEMENT)
    return all(len(conn.execute(insert(conn, part)).all()) == len(part) for part in parts)


def _counting(conn: Connection, rows: Any) -> Any:
    adding = insert_into(conn, limit_counts).values(rows)
    told, table = adding.excluded, limit_counts.c
    return adding.on_conflict_do_update(
        index_elements=["campaign", "sort", "mark", "day"],
        set_={"taken": table.taken + told.taken, "most": told.most},
        where=table.taken + told.taken <= told.most,
    ).returning(table.mark)


def _seating(conn: Connection, rows: Any) -> Any:
    return insert_into(conn, limit_seats).values(rows).on_conflict_do_nothing().returning(limit_seats.c.seat)


def _row(mark: Mark) -> dict[str, Any]:
    return {"campaign": mark.campaign, "sort": mark.sort, "mark": mark.mark, "day": mark.day}


def _columns(marks: Sequence[Mark]) -> dict[str, tuple[Any, list[Any]]]:
    return {
        "campaign": (sa.BigInteger, [mark.campaign for mark in marks]),
        "sort": (sa.Text, [mark.sort for mark in marks]),
        "mark": (sa.Text, [mark.mark for mark in marks]),
        "day": (sa.Integer, [mark.day for mark in marks]),
    }


def limits_of(conn: Connection, ids: Iterable[int]) -> dict[int, Limits]:
    """Campaign → its limits; where nobody set them as they come: see :func:`as_they_come`."""
    wanted = sorted(set(ids))
    query = sa.select(campaign_limits.c.campaign, campaign_limits.c.limits)
    kept = dict(conn.execute(query.where(campaign_limits.c.campaign.in_(wanted))).tuples().all())
    found = conn.execute(sa.select(campaigns.c.id, campaigns.c.places).where(campaigns.c.id.in_(wanted)))
    come = {row.id: as_they_come(row.places) for row in found}
    return {each: msgspec.convert({**come.get(each, {}), **_read(kept.get(each, {}))}, Limits) for each in wanted}


def _read(kept: Mapping[str, int]) -> Mapping[str, int]:
    """Limits that were set when money waited as everything did."""
    if "wait_hours" in kept and "money_wait_hours" not in kept:
        return {**kept, "money_wait_hours": kept["wait_hours"]}
    return kept


def fingerprint(home: Path, sort: Sort, text: str) -> str:
    """The mark of an address or account: the same for the same, and nothing can be read from it; "" for nothing."""
    if not text:
        return ""
    if sort == "address":
        text = network_of(text)
    return hmac.new(_key(home), f"{sort}:{text}".encode(), sha256).hexdigest()[:_MARK_LETTERS]


@lru_cache(maxsize=16)
def _key(home: Path) -> bytes:
    return keyring(home).derive("cheating")
