"""Rows of an order file → lines, as they are staged. One row is one line."""

from __future__ import annotations

import polars as pl

from siyu.people.importing import properties
from siyu.people.importing.parsing import DECIMAL, Checks, as_decimal, as_id, as_text
from siyu.people.importing.rows import RowReader
from siyu.people.importing.statuses import PAID, RETURNED, UNPAID


class OrderRows(RowReader):
    """Lines of an order file."""

    def _columns(self, frame: pl.DataFrame, checks: Checks) -> dict[str, pl.Series]:
        claim = self._claims.read(frame, checks)
        order = self._order(frame, checks)
        time = self._time(frame, checks)
        returned = self._returned_by_status(frame, checks)
        if order is not None:
            returned = returned | self._returned_by_number(order)
        quantity, returned = self._quantity(frame, checks, returned)
        price, amount, total, returned = self._money(frame, checks, quantity, returned)
        return {
            "claim": claim,
            **({} if order is None else {"key": order}),
            "returned": returned.cast(pl.UInt8),
            "time": time,
            "sku": self._text(frame, "sku", checks, identifier=True),
            "title": self._text(frame, "title", checks),
            "category": self._text(frame, "category", checks),
            "quantity": quantity,
            "price": price,
            "amount": amount,
            "total": total,
            "properties": properties.as_json(frame, self._plan),
        }

    def _order(self, frame: pl.DataFrame, checks: Checks) -> pl.Series | None:
        """The order number; None where the file has none (the staging then makes one of customer and time)."""
        cells = self._column(frame, "order")
        if cells is None:
            return None
        order = as_id(cells, checks)
        checks.mark(order.is_null(), "order_missing", cells.name)
        return order

    def _returned_by_number(self, order: pl.Series) -> pl.Series:
        if self._plan.returns != "prefix" or not self._plan.return_prefix:
            return pl.repeat(False, len(order), eager=True)
        prefix = self._plan.return_prefix
        return order.str.starts_with(prefix).fill_null(False) & (order.str.len_chars() > len(prefix))

    def _returned_by_status(self, frame: pl.DataFrame, checks: Checks) -> pl.Series:
        cells = self._column(frame, "status")
        if cells is None:
            return pl.repeat(False, frame.height, eager=True)
        status = as_text(cells).str.to_lowercase()
        returned = status.is_in(RETURNED).fill_null(False)
        checks.mark(status.is_in(UNPAID), "not_paid", cells.name)
        checks.mark(~(returned | status.is_in(PAID).fill_null(False)), "status_unknown", cells.name)
        return returned

    def _quantity(self, frame: pl.DataFrame, checks: Checks, returned: pl.Series) -> tuple[pl.Series, pl.Series]:
        """How many, always positive, and which lines are returns. Without a column each line is one piece."""
        cells = self._column(frame, "quantity")
        if cells is None:
            return pl.repeat(1, frame.height, eager=True).cast(DECIMAL), returned
        quantity = as_decimal(cells, checks, "quantity_bad")
        checks.mark(quantity.is_null(), "quantity_bad", cells.name)
        checks.mark(quantity == 0, "quantity_zero", cells.name)
        negative = (quantity < 0).fill_null(False)
        if self._plan.returns == "none":
            checks.mark(negative, "quantity_negative", cells.name)
        return quantity.abs(), returned | negative

    def _money(
        self, frame: pl.DataFrame, checks: Checks, quantity: pl.Series, returned: pl.Series
    ) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series]:
        """Unit price, amount of the line (null: quantity × price), amount of the order (null: sum of the lines)."""
        price = self._price(frame, checks)
        amount = self._paid(frame, "amount", checks)
        total = self._paid(frame, "order_amount", checks)
        paid = amount if amount is not None else total
        if paid is not None:
            negative = (paid < 0).fill_null(False)
            if self._plan.returns == "none":
                checks.mark(negative, "price_negative", paid.name)
            returned = returned | negative
        given = [each for each in (price, paid) if each is not None]
        nothing = pl.repeat(True, frame.height, eager=True)
        for each in given:
            nothing = nothing & (each.is_null() | ((each == 0) & (not self._plan.free_lines)))
        checks.mark(nothing, "price_missing", given[0].name)
        price = _unit_price(price, paid, quantity)
        empty = pl.repeat(None, frame.height, dtype=DECIMAL, eager=True)
        return (
            price,
            empty if amount is None else amount.abs(),
            empty if total is None else total.abs(),
            returned,
        )

    def _price(self, frame: pl.DataFrame, checks: Checks) -> pl.Series | None:
        cells = self._column(frame, "price")
        if cells is None:
            return None
        price = as_decimal(cells, checks, "price_bad")
        checks.mark(price < 0, "price_negative", cells.name)
        return price

    def _paid(self, frame: pl.DataFrame, field: str, checks: Checks) -> pl.Series | None:
        cells = self._column(frame, field)
        return None if cells is None else as_decimal(cells, checks, "price_bad")


def _unit_price(price: pl.Series | None, paid: pl.Series | None, quantity: pl.Series) -> pl.Series:
    """The price of one piece; where only an amount is known, that divided by the quantity (rounded, while the
    amount itself is kept)."""
    if paid is None:
        assert price is not None
        return price
    frame = pl.DataFrame({"paid": paid.abs(), "quantity": quantity})
    share = frame.select(
        (pl.col("paid").cast(pl.Float64) / pl.col("quantity").cast(pl.Float64)).alias("share")
    ).to_series()
    share = share.set(~share.is_finite().fill_null(False), None).round(4).cast(DECIMAL)
    return share if price is None else price.zip_with(price.is_not_null(), share)
