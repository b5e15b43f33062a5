"""What staff do with coupons by hand: give, take back, redeem at the counter, undo it within some minutes."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from siyu.loyalty.coupons import pricing, queries, redeeming
from siyu.loyalty.coupons.exchange import exchange
from siyu.loyalty.coupons.model import REFUSALS, WHY_CHARACTERS_MAX, Refused, Take, Taken, code_of
from siyu.loyalty.coupons.pricing import Found, Order, Quote
from siyu.loyalty.coupons.redeeming import order_key
from siyu.loyalty.coupons.stacking import Line
from siyu.loyalty.coupons.taking import take
from siyu.people.actions import require_person
from siyu.storage import BadInput, Conflict, NotFound, Stores

UNDO_MINUTES = 30
"""So long staff may undo what they redeemed at the counter."""


def give(stores: Stores, by: str, kind: int, person: int, why: str = "", key: str = "") -> Taken:
    """Give a person a coupon; with the same ``key`` the same one. Raises :class:`NotFound` for the person,
    :class:`Conflict` where there is none to be had, :class:`BadInput`."""
    why = _why(why)
    with stores.ledger.write() as conn:
        kept = require_person(conn, person)
        wish = Take(kind, kept, f"hand:{key or uuid4().hex}"[:200], why, by)
        (answer,) = take(conn, stores.clock.now(), [wish])
    return _taken(answer)


def exchange_points(stores: Stores, by: str, kind: int, person: int, key: str) -> Taken:
    """Give a person a coupon for its price in points. Raises as :func:`give`."""
    with stores.ledger.write() as conn:
        kept = require_person(conn, person)
        answer = exchange(conn, stores.clock.now(), kind, kept, key[:150] or uuid4().hex, by)
    return _taken(answer)


def take_back(stores: Stores, by: str, number: int, why: str = "") -> queries.Shown:
    """Take an open coupon from its person. Raises :class:`NotFound`, :class:`Conflict` (it is not open)."""
    why = _why(why)
    queries.one(stores, number)
    with stores.ledger.write() as conn:
        if not redeeming.take_back(conn, stores.clock.now(), by, [number], why):
            raise Conflict("coupon_not_open", "只有还没用的券可以收回。", "Only an open coupon can be taken back.")
    return queries.one(stores, number)


def look(stores: Stores, typed: str) -> Found:
    """The coupon of a code, at the counter. Raises :class:`NotFound`."""
    code = code_of(typed)
    now = stores.clock.now()
    with stores.ledger.read() as conn:
        looked = pricing.quote(conn, now, Order(order_key("?counter"), now, [Line("", "", 1)]), [code])
    if not looked.found:
        raise NotFound(
            "no_coupon_code", "没有这张券，请核对券码。", "There is no such coupon; check its code.", field="code"
        )
    return looked.found[0]


def at_the_counter(
    stores: Stores, by: str, typed: str, cents: int, number: str = "", person: int | None = None, once: str = ""
) -> tuple[Quote, str]:
    """Redeem a code for a sale of so many cents; what it took, and the order's key. ``number``: of the receipt;
    without it ``once`` names the sale, so that a form that is sent twice redeems once. Raises :class:`Conflict`,
    :class:`NotFound`."""
    found = look(stores, typed)
    now = stores.clock.now()
    key = (
        order_key(number.strip()[:100])
        if number.strip()
        else order_key(f"counter-{once or uuid4().hex}"[:100], "counter")
    )
    order = Order(key, now, [_line(found, cents)], 0, person)
    with stores.ledger.write() as conn:
        return pricing.use(conn, now, by, order, [typed]), key


def undo(stores: Stores, by: str, number: int, *, at_any_time: bool = False) -> queries.Shown:
    """Undo a use, within ``UNDO_MINUTES`` where it is not said otherwise. Raises :class:`NotFound`,
    :class:`Conflict`."""
    found = queries.one(stores, number)
    now = stores.clock.now()
    if found.stage != "used" or found.used is None:
        raise Conflict("coupon_not_used", "这张券没有被核销。", "This coupon has not been used.")
    if not at_any_time and now - found.used > timedelta(minutes=UNDO_MINUTES):
        raise Conflict(
            "coupon_undo_late",
            f"核销超过 {UNDO_MINUTES} 分钟，不能在柜台撤销。请由运营在券的页面撤销，或做退货。",
            f"It was used more than {UNDO_MINUTES} minutes ago: an operator can undo it on the coupon's page.",
        )
    with stores.ledger.write() as conn:
        redeeming.undo(conn, now, by, [number])
    return queries.one(stores, number)


def just_used(stores: Stores, by: str, rows_max: int = 10) -> list[queries.Shown]:
    """What this one of the staff redeemed within the last ``UNDO_MINUTES``, the newest first."""
    since = stores.clock.now() - timedelta(minutes=UNDO_MINUTES)
    with stores.ledger.read() as conn:
        mine = queries.used_by(conn, by, since, rows_max)
    return [queries.one(stores, number) for number in mine]


def _line(found: Found, cents: int) -> Line:
    """The sale at the counter as one line of goods that the coupon is for: staff look that it has them."""
    goods = found.kind.terms.goods
    sku = goods.skus[0] if goods.skus else ""
    category = goods.categories[0] if goods.categories and not goods.skus else ""
    return Line(sku, category, cents)


def _why(why: str) -> str:
    why = why.strip()
    if len(why) > WHY_CHARACTERS_MAX:
        raise BadInput(
            "why_too_long",
            f"说明最多 {WHY_CHARACTERS_MAX} 字。",
            f"At most {WHY_CHARACTERS_MAX} characters.",
            field="why",
        )
    return why


def _taken(answer: Taken | Refused) -> Taken:
    if isinstance(answer, Refused):
        zh, en = REFUSALS[answer.why]
        raise Conflict(f"coupon_{answer.why}", f"{zh}。", f"{en}.", why=answer.why)
    return answer
