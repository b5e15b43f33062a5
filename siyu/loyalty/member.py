"""What a member sees of their points, on their phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.loyalty.coupons.exchange import exchange
from siyu.loyalty.coupons.model import REFUSALS, Kind, Refused, Taken
from siyu.loyalty.coupons.stacking import Terms
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.loyalty.coupons.taking import kind_of
from siyu.loyalty.coupons.words import face, sentence, terms_told
from siyu.loyalty.points.tables import point_entries, point_lots, point_postings
from siyu.storage import Conflict, Stores, sent

HISTORY_MAX = 50
ENDING_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Line:
    """Points that came or went: ``id`` of the posting."""

    id: int
    at: datetime
    why: str
    points: int


def history(conn: Connection, nodes: Sequence[int], before: int | None = None, limit: int = HISTORY_MAX) -> list[Line]:
    """What happened to the points of these nodes, the newest first. What moved between what they have and what is set
    aside for them shows as it went."""
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    points = sa.func.sum(point_entries.c.points)
    query = (
        sa.select(point_postings.c.id, point_postings.c.at, point_postings.c.why, points)
        .join(point_entries, point_entries.c.posting == point_postings.c.id)
        .where(point_entries.c.kind == "person", point_entries.c.of.in_(sa.select(asked.c.person)))
        .group_by(point_postings.c.id, point_postings.c.at, point_postings.c.why)
        .having(points != 0)
        .order_by(point_postings.c.id.desc())
        .limit(limit)
    )
    rows = conn.execute(query if before is None else query.where(point_postings.c.id < before))
    return [Line(number, at, why, int(many)) for number, at, why, many in rows]


def ending(conn: Connection, nodes: Sequence[int], now: datetime) -> list[tuple[datetime, int]]:
    """When points end, the first first: (moment, points)."""
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    row = point_lots.c
    query = (
        sa.select(row.expires, sa.func.sum(row.left))
        .where(row.of.in_(sa.select(asked.c.person)), row.left > 0, row.expires > now)
        .group_by(row.expires)
        .order_by(row.expires)
        .limit(ENDING_SHOWN)
    )
    return [(expires, int(left)) for expires, left in conn.execute(query)]


Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Coupon:
    """One that a member may show at the counter. ``face``: what stands large on it; ``terms``: for what it holds."""

    id: int
    name: str
    code: str
    begins: datetime
    ends: datetime
    face: Words
    terms: Words


def coupons_of(conn: Connection, nodes: Sequence[int], now: datetime, number: int | None = None) -> list[Coupon]:
    """The coupons that these nodes may use, or will, those that end first before the others; or one of them."""
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    row = coupons.c
    query = (
        sa.select(row.id, coupon_kinds.c.name, row.code, row.begins, row.ends, coupon_kinds.c.terms)
        .join(coupon_kinds, coupon_kinds.c.id == row.kind)
        .where(row.person.in_(sa.select(asked.c.person)), row.stage == "open", row.ends > now)
        .order_by(row.ends, row.id)
        .limit(COUPONS_SHOWN)
    )
    rows = conn.execute(query if number is None else query.where(row.id == number))
    found: list[Coupon] = []
    for each in rows:
        terms = msgspec.convert(each.terms, Terms)
        found.append(Coupon(each.id, each.name, each.code, each.begins, each.ends, face(terms), terms_told(terms)))
    return found


def for_points(conn: Connection, now: datetime) -> list[tuple[Kind, int, Words]]:
    """The kinds of coupons that points buy now: (kind, price, its rules), the cheapest first."""
    query = sa.select(coupon_kinds).where(coupon_kinds.c.price_points.is_not(None), coupon_kinds.c.stopped.is_(None))
    rows = conn.execute(query.order_by(coupon_kinds.c.price_points).limit(KINDS_SHOWN))
    kinds = [kind_of(row) for row in rows]
    zone = preferences.timezone(conn)
    return [
        (kind, kind.price_points, sentence(kind, zone))
        for kind in kinds
        if kind.price_points is not None and kind.refuses(now) is None and kind.left != 0
    ]


def buy(stores: Stores, person: int, kind: int, once: str) -> Taken:
    """A coupon for points, once for the one-time key of the form. Raises :class:`Conflict` in words."""
    with stores.ledger.hurry(), stores.ledger.write() as conn:
        found = exchange(conn, stores.clock.now(), kind, person, f"member:{once}", "member")
    if isinstance(found, Refused):
        zh, en = REFUSALS[found.why]
        raise Conflict("no_exchange", f"{zh}，没有扣积分。", f"{en}: nothing was spent.")
    return found


COUPONS_SHOWN, KINDS_SHOWN = 50, 20
