"""What somebody does with points themselves: staff in the console, a shop's own programs by the API. Each is undone by
a posting that stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.loyalty.points.earning import lasting
from siyu.loyalty.points.model import Capture, Earn, GiveBack, Hold, Release, Spend, TakeBack, Wish
from siyu.loyalty.points.posting import Outcome, post
from siyu.loyalty.points.tables import point_postings
from siyu.people.merges import kept_person
from siyu.people.tables import people
from siyu.storage import BadInput, Conflict, NotFound, Stores

BEGINS = "hand:"
"""What the keys of all this begin with."""
KEY_CHARACTERS_MAX = 100
WHY_CHARACTERS_MAX = 200
POINTS_MAX = 10_000_000
"""At one time: one nought too many is seen before it is given."""
GRACE_DAYS = 30
"""What is given back of points that have ended since can be used so long."""
HOLD_MINUTES_MAX = 60 * 24 * 30

Act = Literal["earn", "spend", "hold", "capture", "release", "take_back", "give_back"]
OF_A_PERSON = ("earn", "spend", "hold")


def _taken_back(key: str, by: str, of: str, now: datetime) -> Wish:
    del now
    return TakeBack(key=key, why=UNDONE, by=by, of=of)


def _given_back(key: str, by: str, of: str, now: datetime) -> Wish:
    return GiveBack(key=key, why=UNDONE, by=by, of=of, grace=now + timedelta(days=GRACE_DAYS))


def _released(key: str, by: str, of: str, now: datetime) -> Wish:
    del now
    return Release(key=key, why=UNDONE, by=by, of=of)


UNDONE = "撤销"
UNDONE_BY = {"earned": _taken_back, "spent": _given_back, "captured": _given_back, "held": _released}
"""Kind of posting → what undoes it."""


def wish(
    conn: Connection,
    now: datetime,
    by: str,
    act: Act,
    key: str,
    why: str,
    *,
    person: int | None = None,
    points: int | None = None,
    of: str | None = None,
    minutes: int = 30,
) -> Wish:
    """What was asked for, checked. Raises :class:`BadInput`, and :class:`NotFound` for an unknown person."""
    _check(act, key, why, person, points, of, minutes)
    key = f"{BEGINS}{key}"
    if act in OF_A_PERSON:
        assert person is not None
        assert points is not None
        node = _living(conn, person)
        if act == "earn":
            until = lasting.of(conn).until(now, preferences.timezone(conn))
            return Earn(key=key, why=why, by=by, person=node, points=points, expires=until)
        if act == "spend":
            return Spend(key=key, why=why, by=by, person=node, points=points)
        return Hold(key=key, why=why, by=by, person=node, points=points, until=now + timedelta(minutes=minutes))
    assert of is not None
    match act:
        case "capture":
            return Capture(key=key, why=why, by=by, of=of)
        case "release":
            return Release(key=key, why=why, by=by, of=of)
        case "take_back":
            return TakeBack(key=key, why=why, by=by, of=of, points=points)
        case _:
            return GiveBack(key=key, why=why, by=by, of=of, points=points, grace=now + timedelta(days=GRACE_DAYS))


def do(
    stores: Stores,
    by: str,
    act: Act,
    key: str,
    why: str,
    *,
    person: int | None = None,
    points: int | None = None,
    of: str | None = None,
    minutes: int = 30,
) -> Outcome:
    """Do it, once for its ``key``; see :func:`wish`. Raises :class:`Conflict` where it can't be done."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        wanted = wish(conn, now, by, act, key, why, person=person, points=points, of=of, minutes=minutes)
        (outcome,) = post(conn, now, [wanted])
    return done(outcome)


def undo(stores: Stores, by: str, number: int) -> Outcome:
    """Post what stands against a posting. Raises :class:`NotFound`, and :class:`Conflict` where nothing can."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        query = sa.select(point_postings.c.key, point_postings.c.kind).where(point_postings.c.id == number)
        row = conn.execute(query).first()
        if row is None:
            raise NotFound("no_posting", f"没有编号为 {number} 的积分记录。", f"There is no posting {number}.")
        against = UNDONE_BY.get(row.kind)
        if against is None:
            raise Conflict(
                "posting_final",
                "这种积分记录不能撤销，可以另外发放或扣减。",
                "A posting of this kind can't be undone; give or take points instead.",
            )
        (outcome,) = post(conn, now, [against(f"{BEGINS}undo:{number}", by, row.key, now)])
    return done(outcome)


def done(outcome: Outcome) -> Outcome:
    """The outcome, where it was done. Raises :class:`Conflict` where it was refused, with the cause."""
    match outcome.refused:
        case None:
            return outcome
        case "not_enough":
            raise Conflict(
                "points_short",
                f"积分不够，可用 {outcome.there}。",
                f"There are not enough points: {outcome.there} may be spent.",
                field="points",
            )
        case "too_much":
            raise Conflict(
                "points_over",
                f"最多还能退 {outcome.there}。",
                f"At most {outcome.there} of it are left to go back.",
                field="points",
            )
        case "unknown":
            raise NotFound("no_posting", "没有这条积分记录。", "There is no such posting.", field="of")
        case "wrong_kind":
            raise Conflict("posting_kind", "这条记录不是那种操作。", "That posting is of another kind.", field="of")
        case _:
            raise Conflict(
                "posting_settled", "这条记录已全部处理，没有剩余。", "Nothing is left of that posting.", field="of"
            )


def _check(act: Act, key: str, why: str, person: int | None, points: int | None, of: str | None, minutes: int) -> None:
    if not 0 < len(key) <= KEY_CHARACTERS_MAX:
        raise BadInput("key_unfit", "请给出不重复的编号。", "Give a key that is used once.", field="key")
    if not 0 < len(why.strip()) <= WHY_CHARACTERS_MAX:
        raise BadInput("why_missing", "请写明原因，客户会看到。", "Say why; the person reads it.", field="why")
    if points is not None and not 0 < points <= POINTS_MAX:
        raise BadInput(
            "points_unfit",
            f"积分应为 1 至 {POINTS_MAX:,} 的整数。",
            f"Points are a whole number from 1 to {POINTS_MAX:,}.",
            field="points",
        )
    if act in OF_A_PERSON and person is None:
        raise BadInput("person_missing", "请给出客户编号。", "Give the person's number.", field="person")
    if act in OF_A_PERSON and points is None:
        raise BadInput("points_missing", "请填写积分。", "Give the points.", field="points")
    if act not in OF_A_PERSON and not of:
        raise BadInput("of_missing", "请给出原记录的编号（key）。", "Give the key of the posting it is of.", field="of")
    if not 0 < minutes <= HOLD_MINUTES_MAX:
        raise BadInput("minutes_unfit", "预留时间过长。", "Points are held for at most 30 days.", field="minutes")


def _living(conn: Connection, person: int) -> int:
    """The kept person of a number that is somebody."""
    kept = kept_person(conn, person)
    gone: Sequence[object] = conn.execute(sa.select(people.c.gone).where(people.c.person == kept)).scalars().all()
    if gone and gone[0]:
        raise NotFound("no_person", "该客户的个人信息已删除。", "That person was erased.", field="person")
    return kept
