"""What ``siyu referral …`` and the API answer of the referral graph."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from siyu.growth.referral import bringing, queries
from siyu.growth.referral.bringing import Bringing
from siyu.growth.referral.figures import KDay, k_by_day
from siyu.growth.referral.queries import Kin
from siyu.storage import BadInput, Stores
from siyu.storage.paging import cursor_of, place_of


class KinAnswer(msgspec.Struct, frozen=True):
    """A person in the graph. `direct`: brought themselves; `size`: everybody below; `deepest`: generations below;
    `own_cents`: granted to them, `cents`: to everybody below. `at`, `campaign`, `source`: how they were brought."""

    person: int
    inviter: int | None
    direct: int
    size: int
    deepest: int
    own_cents: int
    cents: int
    at: datetime | None
    campaign: str | None
    source: str | None


class PersonAnswer(msgspec.Struct, frozen=True):
    """A person's place. `above`: the inviter first, then that one's inviter, to the root. `brought`: whom they brought
    themselves, the highest number first; `next`: give it as `before`."""

    place: KinAnswer
    above: list[int]
    brought: list[KinAnswer]
    next: int | None


class TopAnswer(msgspec.Struct, frozen=True):
    """Who brought the most. `next`: give it as `cursor`; null at the end."""

    people: list[KinAnswer]
    next: str | None


class KDayAnswer(msgspec.Struct, frozen=True):
    """A day. `k`: people whom that day's `newcomers` brought within 7 days, per newcomer (`open` until these days are
    over); `conversion`: `brought` per invitation seen; `cost_cents`: money granted that day per person brought. Null:
    nobody to divide by."""

    day: date
    newcomers: int
    by_newcomers: int
    open: bool
    k: float | None
    brought: int
    inviters: int
    invitations: int
    conversion: float | None
    cycle_hours: float | None
    cents: int
    cost_cents: float | None


class KAnswer(msgspec.Struct, frozen=True):
    """A period. `total.k` is of the days that are not open any more."""

    first: date
    last: date
    total: KDayAnswer
    days: list[KDayAnswer]


class BroughtAnswer(msgspec.Struct, frozen=True):
    """What became of it. `inviter`: who counts as the one that brought them."""

    state: Literal["brought", "same", "taken", "self", "in_tree", "unknown"]
    zh: str
    en: str
    person: int
    inviter: int | None


def _kin(found: Kin) -> KinAnswer:
    return KinAnswer(**{name: getattr(found, name) for name in KinAnswer.__struct_fields__})


def _day(found: KDay) -> KDayAnswer:
    return KDayAnswer(**{name: getattr(found, name) for name in KDayAnswer.__struct_fields__})


def person_told(stores: Stores, person: int, before: int | None, limit: int) -> PersonAnswer:
    """Raises :class:`NotFound`."""
    place, above = queries.kin_of(stores, person)
    found = queries.brought_by(stores, person, before, limit + 1)
    following = found[limit - 1].person if len(found) > limit else None
    return PersonAnswer(_kin(place), above, [_kin(each) for each in found[:limit]], following)


def top_told(stores: Stores, order: queries.Order, cursor: str, limit: int) -> TopAnswer:
    """Raises :class:`BadInput` for an unknown order."""
    if order not in queries.ORDERS:
        raise BadInput("order_unknown", "请选择一种排序。", "Choose an order.", field="order")
    place = place_of(cursor, int, int)
    found = queries.top(stores, order, place, limit + 1)
    rows = found[:limit]
    following = cursor_of(getattr(rows[-1], order), rows[-1].person) if len(found) > limit else None
    return TopAnswer([_kin(each) for each in rows], following)


def k_told(stores: Stores, first: date | None, last: date | None) -> KAnswer:
    """Raises :class:`BadInput`."""
    found = k_by_day(stores, first, last)
    return KAnswer(found.first, found.last, _day(found.total), [_day(each) for each in found.days])


def bring(stores: Stores, by: str, person: int, inviter: int, at: datetime | None, campaign: str) -> BroughtAnswer:
    """Keep that ``inviter`` brought ``person``: for apps that know it."""
    moment = at or stores.clock.now()
    if moment > stores.clock.now():
        raise BadInput("at_future", "时间不能晚于现在。", "The time can't lie ahead.", field="at")
    (found,) = bringing.bring_all(stores, by, "api", [Bringing(person, inviter, moment, campaign)])
    return BroughtAnswer(found.state, *bringing.STATES[found.state], found.person, found.inviter)
