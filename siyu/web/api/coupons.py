"""The API of coupons: kinds, giving, what codes take off an order, redeeming, cancelling."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.loyalty.coupons import command, hand, kinds, queries
from siyu.loyalty.coupons.command import (
    CouponAnswer,
    CouponsAnswer,
    GivenBackAnswer,
    KindAnswer,
    KindsAnswer,
    Number,
    OrderAsked,
    PersonNumber,
    QuoteAnswer,
    Source,
    TakenAnswer,
)
from siyu.loyalty.coupons.kinds import Change, Wanted
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.api.ways import Word
from siyu.web.current import note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_ask, api_read, api_write

Key = Annotated[str, msgspec.Meta(max_length=100)]


class GiveBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who gets one. `key`: the reason; with the same key the same coupon. `points`: for its price in points."""

    person: PersonNumber
    key: Key
    why: Word = ""
    points: bool = False


class WhyBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why it is done."""

    why: Word = ""


class CancelBody(msgspec.Struct, forbid_unknown_fields=True):
    """The order that was cancelled or wholly returned."""

    order: Number
    source: Source = ""


@api_read("/api/coupon-kinds", "coupon.read")
def list_kinds(stores: Stores, before: int | None = None, limit: Limit = 50) -> KindsAnswer:
    """Coupon kinds, the newest first."""
    return command.kinds_told(stores, before, limit)


@api_write("POST", "/api/coupon-kinds", "coupon.write", audits="coupon_kind_made")
def make(stores: Stores, actor: Actor, data: Wanted) -> KindAnswer:
    """Make a coupon kind."""
    made = kinds.make(stores, actor.tag, data)
    note(f"coupon_kind:{made.id}", name=made.name)
    return command.kind_told(stores, made)


@api_read("/api/coupon-kinds/{kind:int}", "coupon.read")
def one_kind(stores: Stores, kind: Id) -> KindAnswer:
    """One kind."""
    return command.kind_told(stores, kinds.get(stores, kind))


@api_write(
    "PUT", "/api/coupon-kinds/{kind:int}", "coupon.write", audits="coupon_kind_changed", about="coupon_kind:{kind}"
)
def change(stores: Stores, kind: Id, data: Change) -> KindAnswer:
    """Change its name, stock, limit a person, budget or price in points; its rules stand."""
    return command.kind_told(stores, kinds.change(stores, kind, data))


acts = api_acts("/api/coupon-kinds/{kind:int}", "coupon.write", about="coupon_kind:{kind}")


@acts("stop", "coupon_kind_stopped")
def stop(stores: Stores, kind: Id) -> KindAnswer:
    """Give none any more; what was taken stays."""
    return command.kind_told(stores, kinds.stop(stores, kind, stopped=True))


@acts("resume", "coupon_kind_resumed")
def resume(stores: Stores, kind: Id) -> KindAnswer:
    """Give it again."""
    return command.kind_told(stores, kinds.stop(stores, kind, stopped=False))


@api_write(
    "POST", "/api/coupon-kinds/{kind:int}/give", "coupon.give", audits="coupon_given", about="coupon_kind:{kind}"
)
def give(stores: Stores, actor: Actor, kind: Id, data: GiveBody) -> TakenAnswer:
    """Give a person one, or sell it for points; once for a key."""
    if data.points:
        taken = hand.exchange_points(stores, actor.tag, kind, data.person, data.key)
    else:
        taken = hand.give(stores, actor.tag, kind, data.person, data.why, data.key)
    note(f"coupon:{taken.coupon}", person=data.person)
    return command.taken_told(taken)


@api_read("/api/coupons", "coupon.read")
def list_coupons(
    stores: Stores,
    kind: int | None = None,
    person: int | None = None,
    stage: Word = "",
    before: int | None = None,
    limit: Limit = 50,
) -> CouponsAnswer:
    """Coupons, the newest first."""
    return command.coupons_told(stores, kind, person, stage[:20], before, limit)


@api_read("/api/coupons/{coupon:int}", "coupon.read")
def one_coupon(stores: Stores, coupon: Id) -> CouponAnswer:
    """One coupon."""
    return command.coupon_told(queries.one(stores, coupon))


@api_write(
    "POST", "/api/coupons/{coupon:int}/take-back", "coupon.give", audits="coupon_taken_back", about="coupon:{coupon}"
)
def take_back(stores: Stores, actor: Actor, coupon: Id, data: WhyBody) -> CouponAnswer:
    """Take an open coupon from its person."""
    return command.coupon_told(hand.take_back(stores, actor.tag, coupon, data.why))


@api_write("POST", "/api/coupons/{coupon:int}/undo", "coupon.redeem", audits="coupon_undone", about="coupon:{coupon}")
def undo(stores: Stores, actor: Actor, coupon: Id) -> CouponAnswer:
    """Undo a use: the coupon is open again."""
    return command.coupon_told(hand.undo(stores, actor.tag, coupon, at_any_time=True))


@api_ask("/api/coupons/quote", "coupon.redeem")
def quote(stores: Stores, data: OrderAsked) -> QuoteAnswer:
    """What codes would take off an order, line by line; nothing is written."""
    return command.quoted(stores, data)


@api_write("POST", "/api/coupons/redeem", "coupon.redeem", audits="coupon_redeemed")
def redeem(stores: Stores, actor: Actor, data: OrderAsked) -> QuoteAnswer:
    """Use codes for an order, all of them or none. Asked again for the same order and lines: the same answer."""
    found = command.redeemed(stores, actor.tag, data)
    note(order=data.order)
    return found


@api_write("POST", "/api/coupons/cancel", "coupon.redeem", audits="coupon_order_cancelled")
def cancel(stores: Stores, actor: Actor, data: CancelBody) -> GivenBackAnswer:
    """The order was cancelled or wholly returned: its coupons come back by their kinds' rules."""
    note(order=data.order)
    return command.cancelled(stores, actor.tag, data.order, data.source)


ROUTES = [
    *(list_kinds, make, one_kind, change, stop, resume, give),
    *(list_coupons, one_coupon, take_back, undo, quote, redeem, cancel),
]
