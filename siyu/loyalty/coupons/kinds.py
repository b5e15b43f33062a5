"""Coupon kinds as a shop keeps them. Once one is taken, what it promised is never changed: only its name, how many
there are, and whether it is still given."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.coupons.model import (
    BUDGET_CENTS_MAX,
    CODE_CHARACTERS,
    DAYS_MAX,
    GRACE_DAYS_MAX,
    NAME_CHARACTERS_MAX,
    PER_PERSON_MAX,
    STOCK_MAX,
    Codes,
    Kind,
    code_of,
    most_cents,
)
from siyu.loyalty.coupons.stacking import Shipping, Terms
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.loyalty.coupons.taking import kind_of, locked
from siyu.loyalty.points.model import POINTS_MAX
from siyu.storage import BadInput, Conflict, NotFound, Stores

ROWS_MAX = 500
CODE_CHARACTERS_MIN = 4

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
Days = Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)]
Stock = Annotated[int, msgspec.Meta(ge=1, le=STOCK_MAX)]
PerPerson = Annotated[int, msgspec.Meta(ge=1, le=PER_PERSON_MAX)]
Budget = Annotated[int, msgspec.Meta(ge=1, le=BUDGET_CENTS_MAX)]
Price = Annotated[int, msgspec.Meta(ge=1, le=POINTS_MAX)]
Grace = Annotated[int, msgspec.Meta(ge=0, le=GRACE_DAYS_MAX)]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon kind as it is asked for. It holds from `begins` until `ends`, or for `days` from being taken, or what is
    shorter of both. `per_person`: how many one may have; null: as many as one likes."""

    name: Name
    terms: Terms
    begins: datetime | None = None
    ends: datetime | None = None
    days: Days | None = None
    codes: Codes = "own"
    code: Annotated[str, msgspec.Meta(max_length=CODE_CHARACTERS)] = ""
    stock: Stock | None = None
    per_person: PerPerson | None = 1
    budget_cents: Budget | None = None
    price_points: Price | None = None
    comes_back: bool = True
    grace_days: Grace = 0


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What may be changed at any time."""

    name: Name
    stock: Stock | None
    per_person: PerPerson | None
    budget_cents: Budget | None
    price_points: Price | None


def make(stores: Stores, by: str, wanted: Wanted) -> Kind:
    """Make a kind. Raises :class:`BadInput`, :class:`Conflict` (its shared code is another's)."""
    now = stores.clock.now()
    checked = _checked(now, wanted)
    with stores.ledger.write() as conn:
        if checked["code"] is not None:
            _require_free(conn, str(checked["code"]))
        row = {**checked, "created": now, "by": by}
        made = conn.execute(sa.insert(coupon_kinds).values(row).returning(*coupon_kinds.c)).one()
        return kind_of(made)


def revise(stores: Stores, number: int, wanted: Wanted) -> Kind:
    """Make it another, as long as nobody has one. Raises as :func:`make`, and :class:`Conflict`, :class:`NotFound`."""
    checked = _checked(stores.clock.now(), wanted)
    with stores.ledger.write() as conn:
        _one(conn, number)
        if conn.execute(sa.select(coupons.c.id).where(coupons.c.kind == number).limit(1)).first() is not None:
            raise Conflict(
                "coupons_out",
                "已有人领取，规则不能再改；可改名称、数量和预算，或停发后另建一种。",
                "Somebody has one: its rules stand. Change its name, number or budget, or stop it and make another.",
            )
        if checked["code"] is not None:
            _require_free(conn, str(checked["code"]), but=number)
        conn.execute(sa.update(coupon_kinds).where(coupon_kinds.c.id == number).values(checked))
        return _one(conn, number)


def change(stores: Stores, number: int, wanted: Change) -> Kind:
    """Change what may be changed. Raises :class:`NotFound`, :class:`BadInput`, :class:`Conflict` (less than what has
    been taken or spent)."""
    with stores.ledger.write() as conn:
        found = _one(conn, number)
        if wanted.stock is not None and wanted.stock < found.taken:
            raise Conflict(
                "stock_taken",
                f"已领 {found.taken} 张，库存不能更少。",
                f"{found.taken} are taken already: the stock can't be less.",
                field="stock",
            )
        if wanted.budget_cents is not None and wanted.budget_cents < found.spent_cents + found.promised_cents:
            raise Conflict(
                "budget_taken",
                "已核销和待核销的优惠已超过这个预算，不能更低。",
                "What was used and what is still open comes to more than this budget.",
                field="budget_cents",
            )
        _require_bounded(found.terms, wanted.budget_cents)
        _require_priced(found.codes, wanted.price_points)
        row = msgspec.structs.asdict(wanted)
        conn.execute(sa.update(coupon_kinds).where(coupon_kinds.c.id == number).values({**row, "name": _name(wanted)}))
        return _one(conn, number)


def stop(stores: Stores, number: int, *, stopped: bool) -> Kind:
    """Give none any more, or go on. What was taken stays as it is. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        _one(conn, number)
        when = stores.clock.now() if stopped else None
        conn.execute(sa.update(coupon_kinds).where(coupon_kinds.c.id == number).values(stopped=when))
        return _one(conn, number)


def get(stores: Stores, number: int) -> Kind:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        query = sa.select(coupon_kinds).where(coupon_kinds.c.id == number)
        row = conn.execute(query).one_or_none()
    if row is None:
        raise _missing(number)
    return kind_of(row)


def page(stores: Stores, before: int | None = None, rows_max: int = 50) -> list[Kind]:
    """A page of them, the newest first."""
    query = sa.select(coupon_kinds).order_by(coupon_kinds.c.id.desc()).limit(min(rows_max, ROWS_MAX + 1))
    if before is not None:
        query = query.where(coupon_kinds.c.id < before)
    with stores.ledger.read() as conn:
        return [kind_of(row) for row in conn.execute(query)]


def _one(conn: Connection, number: int) -> Kind:
    """A kind, nobody else's until the transaction ends."""
    found = locked(conn, {number}).get(number)
    if found is None:
        raise _missing(number)
    return found


def _missing(number: int) -> NotFound:
    return NotFound("no_coupon_kind", f"没有编号为 {number} 的优惠券。", f"There is no coupon kind {number}.")


def _name(wanted: Wanted | Change) -> str:
    name = wanted.name.strip()
    if not name:
        raise BadInput("coupon_name", "请填写名称。", "Give it a name.", field="name")
    return name


def _checked(now: datetime, wanted: Wanted) -> dict[str, object]:
    """The columns of a kind that is asked for."""
    if wanted.ends is None and wanted.days is None:
        raise BadInput(
            "coupon_lasts",
            "请填写截止时间，或领取后几天内有效。",
            "Say when it ends, or for how many days it holds from being taken.",
            field="days",
        )
    if wanted.ends is not None and (wanted.ends <= now or (wanted.begins is not None and wanted.begins >= wanted.ends)):
        raise BadInput(
            "coupon_ends",
            "截止时间须在开始时间和现在之后。",
            "It has to end after it begins, and after now.",
            field="ends",
        )
    if isinstance(wanted.terms.gives, Shipping) != (wanted.terms.layer == "shipping"):
        raise BadInput(
            "coupon_layer",
            "运费券属于运费一层，其他券属于商品或订单一层。",
            "What takes off the shipping is of the shipping's layer, all else of the goods' or the order's.",
            field="layer",
        )
    _require_bounded(wanted.terms, wanted.budget_cents)
    _require_priced(wanted.codes, wanted.price_points)
    row: dict[str, object] = {**msgspec.structs.asdict(wanted), "terms": msgspec.to_builtins(wanted.terms)}
    return {**row, "name": _name(wanted), "code": _shared_code(wanted)}


def _shared_code(wanted: Wanted) -> str | None:
    if wanted.codes != "shared":
        return None
    code = code_of(wanted.code)
    if not (CODE_CHARACTERS_MIN <= len(code) < CODE_CHARACTERS and code.isascii() and code.isalnum()):
        raise BadInput(
            "coupon_code",
            f"通用码由 {CODE_CHARACTERS_MIN} 到 {CODE_CHARACTERS - 1} 位字母或数字组成。",
            f"A shared code has {CODE_CHARACTERS_MIN} to {CODE_CHARACTERS - 1} letters or digits.",
            field="code",
        )
    return code


def _require_free(conn: Connection, code: str, but: int | None = None) -> None:
    same = sa.select(coupon_kinds.c.id).where(coupon_kinds.c.code == code)
    if conn.execute(same if but is None else same.where(coupon_kinds.c.id != but)).first() is not None:
        raise Conflict(
            "coupon_code_taken", "另一种券已用这个通用码。", "Another kind has this shared code.", field="code"
        )


def _require_bounded(terms: Terms, budget_cents: int | None) -> None:
    if budget_cents is not None and most_cents(terms) is None:
        raise BadInput(
            "coupon_unbounded",
            "设了预算的券须有最高优惠金额（折扣券填“最多减”，不可用“每满减”），否则发出后可能无法兑现。",
            "With a budget, each coupon has to have a most that it takes off, or one given out might not be honoured.",
            field="budget_cents",
        )


def _require_priced(codes: Codes, price_points: int | None) -> None:
    if codes == "printed" and price_points is not None:
        raise BadInput(
            "coupon_printed_price",
            "印制券不属于任何人，不能用积分兑换。",
            "Printed codes are nobody's: points can't buy them.",
            field="price_points",
        )
