"""An order as the Segment e-commerce spec writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from siyu.storage import BadInput

LINES_MAX = 1_000
MONEY_MAX = Decimal("1e12")
TEXT_CHARACTERS_MAX = 255
FOUR_PLACES = Decimal("0.0001")
ZERO = Decimal(0)


class Line(NamedTuple):
    """One line. ``price`` is of one piece; amounts are in the installation's currency."""

    row: int
    sku: str
    title: str
    category: str
    quantity: Decimal
    price: Decimal


class Order(NamedTuple):
    """``number`` with ``refund`` (part of the key of a partial return, "" where none); ``amount`` is positive."""

    number: str
    refund: str
    amount: Decimal
    lines: Sequence[Line]


def order_of(properties: Mapping[str, Any], where: str) -> Order:
    """Read ``order_id``, ``total`` or ``revenue``, ``products``. Raises :class:`BadInput` naming the field."""
    number = _text(properties, ("order_id", "orderId", "order"), where)
    if not number:
        raise BadInput(
            "missing", f"{where}.order_id：不能为空。", f"{where}.order_id: is missing.", field=f"{where}.order_id"
        )
    products = properties.get("products") or []
    if not isinstance(products, list) or len(products) > LINES_MAX:
        raise _bad(f"{where}.products", f"须为不超过 {LINES_MAX} 项的列表", f"must be a list of at most {LINES_MAX}")
    lines = [_line(product, row, f"{where}.products[{row}]") for row, product in enumerate(products)]
    amount = sum((line.quantity * line.price for line in lines), ZERO)
    for key in ("total", "revenue", "value"):
        if properties.get(key) is not None:
            amount = _money(properties[key], f"{where}.{key}")
            break
    refund = _text(properties, ("refund_id", "return_id"), where)
    return Order(number, refund, amount.quantize(FOUR_PLACES), lines)


def _line(product: Any, row: int, where: str) -> Line:
    if not isinstance(product, dict):
        raise _bad(where, "须为对象", "must be an object")
    quantity = product.get("quantity")
    price = product.get("price")
    return Line(
        row,
        _text(product, ("sku", "product_id", "productId"), where),
        _text(product, ("name", "title"), where),
        _text(product, ("category",), where),
        Decimal(1) if quantity is None else _money(quantity, f"{where}.quantity"),
        ZERO if price is None else _money(price, f"{where}.price"),
    )


def _text(given: Mapping[str, Any], keys: Sequence[str], where: str) -> str:
    for key in keys:
        value = given.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > TEXT_CHARACTERS_MAX:
            raise _bad(f"{where}.{key}", "须为不超过 255 字的文字", "must be a text of at most 255 characters")
        return str(value).strip()
    return ""


def _money(value: Any, field: str) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InvalidOperation
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _bad(field, "须为数字", "must be a number") from None
    if not number.is_finite() or not 0 <= number <= MONEY_MAX:
        raise _bad(field, "须在 0 与一万亿之间", "must be between 0 and 1e12")
    return number.quantize(FOUR_PLACES)


def _bad(field: str, zh: str, en: str) -> BadInput:
    return BadInput("bad_order", f"{field}：{zh}。", f"{field}: {en}.", field=field)
