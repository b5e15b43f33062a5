"""Offers that are a coupon: what it takes off the product, and taken when somebody goes on to the shop with it.

Offers and coupons are rooms that do not know each other; here they meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.commerce.goods.model import Good
from siyu.commerce.links.opening import Opening
from siyu.loyalty.coupons.model import Refused, Take
from siyu.loyalty.coupons.stacking import Coupon, Line, off
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.loyalty.coupons.taking import kind_of, take
from siyu.people.tables import people
from siyu.storage import Conflict, Stores

PARAMETER = "siyu_coupon"


def worth(conn: Connection, kinds: Sequence[int], good: Good, person: int | None, now: datetime) -> Mapping[int, int]:
    """See :data:`siyu.commerce.offers.asking.WorthOf`: of one of the product, bought alone."""
    if good.cents is None:
        return {}
    held = _held(conn, kinds, person, now)
    lines = [Line(good.key, good.category, good.cents)]
    rows = conn.execute(sa.select(coupon_kinds).where(coupon_kinds.c.id.in_(kinds)))
    found: dict[int, int] = {}
    for kind in map(kind_of, rows):
        if kind.id in held or (kind.refuses(now) is None and kind.left != 0):
            offs = off([Coupon(kind.id, kind.terms)], lines, 0)
            found[kind.id] = sum(each.cents for each in offs or ())
    return {number: cents for number, cents in found.items() if cents}


def _held(conn: Connection, kinds: Sequence[int], person: int | None, now: datetime) -> set[int]:
    """Of these, what the person has already and may use."""
    if person is None:
        return set()
    kept = sa.select(people.c.kept).where(people.c.person == person).scalar_subquery()
    mine = coupons.c.person.in_(sa.select(people.c.person).where(people.c.kept == kept))
    usable = sa.and_(mine, coupons.c.stage == "open", coupons.c.ends > now, coupons.c.kind.in_(kinds))
    return set(conn.execute(sa.select(coupons.c.kind).where(usable)).scalars())


def taken_along(stores: Stores, opening: Opening, address: str) -> str:
    """The shop's address with the code of the visitor's own coupon, where their offer is one: taken once for each offer
    and person. Raises :class:`Conflict` where there is none left for them."""
    offer = opening.choice.offer
    if offer is None or offer.kind != "coupon" or offer.coupon is None:
        return address
    person = opening.visitor.node
    wish = Take(offer.coupon, person, f"offer:{offer.id}:{person}", offer.name[:60], "offer")
    with stores.ledger.hurry(), stores.ledger.write() as conn:
        (got,) = take(conn, stores.clock.now(), [wish])
    if isinstance(got, Refused):
        raise Conflict(
            "offer_coupon_gone",
            "优惠券刚刚领完或您已领过，请刷新看现在的价格。",
            "No coupon is left for you: open it again for the price now.",
        )
    before, mark, fragment = address.partition("#")
    joined = f"{before}{'&' if '?' in before else '?'}{urlencode({PARAMETER: got.code})}"
    return f"{joined}{mark}{fragment}"
