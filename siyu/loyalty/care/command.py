"""What ``siyu care …``, the pages and the API show of care."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from siyu.jobs import preferences
from siyu.loyalty.care import effect, giving, keeping
from siyu.loyalty.care.keeping import Program
from siyu.loyalty.care.model import Care
from siyu.loyalty.care.tables import care_gifts
from siyu.loyalty.coupons import kinds
from siyu.storage import Stores

CAME_TO: Mapping[str, tuple[str, str]] = {
    "given": ("已送出", "Given"),
    "held_out": ("对照组（不送）", "Held out"),
    "empty": ("预算已用完", "The budget was spent"),
    "refused": ("券发不出", "No coupon could be given"),
}


class CareAnswer(msgspec.Struct, frozen=True):
    """A programme of care. `given`: of its `budget`, in points, coupons or greetings."""

    id: int
    care: Care
    stage: Literal["draft", "live", "paused"]
    budget: int
    given: int
    left: int
    created: datetime
    by: str


class CaresAnswer(msgspec.Struct, frozen=True):
    """Every programme, the newest first."""

    programs: list[CareAnswer]


class GroupAnswer(msgspec.Struct, frozen=True):
    """People whose window is over; of them who bought in it, and net sales in yuan."""

    people: int
    buyers: int
    sales: float


class EffectAnswer(msgspec.Struct, frozen=True):
    """What a programme brought: who was `given` something beside who was `held_out`, within `window_days` each.
    `waits`: whose window is not over. `stages`: how many came to which."""

    window_days: int
    given: GroupAnswer
    held_out: GroupAnswer
    waits: int
    stages: dict[str, int]


class DayAnswer(msgspec.Struct, frozen=True):
    """How many a programme is for on a day."""

    program: int
    day: date
    people: int


class CalendarAnswer(msgspec.Struct, frozen=True):
    """The next days of programmes that are live."""

    days: list[DayAnswer]


@dataclass(frozen=True, slots=True)
class Gift:
    """Somebody was thought of."""

    key: str
    person: int
    at: datetime
    stage: str
    gift: str
    much: int


def told(found: Program) -> CareAnswer:
    """One programme."""
    return CareAnswer(
        found.id, found.care, found.stage, found.budget, found.given, found.left, found.created, found.by
    )  # fmt: skip


def all_told(stores: Stores) -> CaresAnswer:
    """Every programme."""
    with stores.ledger.read() as conn:
        return CaresAnswer([told(each) for each in keeping.programs(conn)])


def one_told(stores: Stores, number: int) -> CareAnswer:
    """One programme. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return told(keeping.get(conn, number))


def effect_told(stores: Stores, number: int) -> EffectAnswer:
    """What it brought. Raises :class:`NotFound`."""
    one_told(stores, number)
    found = effect.effect_of(stores, number)
    given, out = (GroupAnswer(each.people, each.buyers, round(each.sum, 2)) for each in (found.given, found.held_out))
    return EffectAnswer(effect.WINDOW_DAYS, given, out, found.waits, found.stages)


def calendar(stores: Stores, days: int) -> Sequence[tuple[date, Sequence[tuple[Program, int]]]]:
    """Day by day, which live programme is for how many."""
    zone = preferences.timezone(stores)
    first = stores.clock.now().astimezone(zone).date()
    with stores.ledger.read() as conn:
        live = keeping.programs(conn, "live")
        coming = [(program, giving.coming(conn, program, first, days, zone)) for program in live]
    return [
        (date.fromordinal(first.toordinal() + place), [(program, found[place][1]) for program, found in coming])
        for place in range(days if coming else 0)
    ]


def calendar_told(stores: Stores, days: int) -> CalendarAnswer:
    """The same for a machine."""
    return CalendarAnswer(
        [DayAnswer(program.id, day, people) for day, each in calendar(stores, days) for program, people in each]
    )


def gifts_of(stores: Stores, program: int, stage: str, after: tuple[int, str] | None, limit: int) -> list[Gift]:
    """Who was thought of, the newest first; behind (milliseconds, key)."""
    row = care_gifts.c
    query = sa.select(*(row[name] for name in Gift.__slots__)).where(row.program == program)
    if stage:
        query = query.where(row.stage == stage)
    if after is not None:
        millis, key = after
        at = sa.type_coerce(row.at, sa.BigInteger)
        query = query.where(sa.or_(at < millis, sa.and_(at == millis, row.key < key)))
    with stores.ledger.read() as conn:
        return [Gift(*each) for each in conn.execute(query.order_by(row.at.desc(), row.key.desc()).limit(limit))]


def coupon_choices(stores: Stores) -> list[tuple[str, str]]:
    """Kinds of coupons that may be a gift: (number, name)."""
    now = stores.clock.now()
    offered = [each for each in kinds.page(stores) if each.codes != "printed" and each.refuses(now) is None]
    return [(str(each.id), each.name) for each in offered]


def card(stores: Stores, persons: Sequence[int]) -> list[Any]:
    """What was given to a person (all nodes), the newest first."""
    row = care_gifts.c
    query = sa.select(care_gifts).where(row.person.in_(list(persons)), row.stage == "given").order_by(row.at.desc())
    with stores.ledger.read() as conn:
        return list(conn.execute(query.limit(5)).all())
