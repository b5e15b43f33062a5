"""What happened to coupons, written down beside what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.coupons.tables import coupon_steps
from siyu.storage import insert_into, put_rows
from siyu.storage.ledger import to_millis


class Step(NamedTuple):
    """``what`` of :data:`siyu.loyalty.coupons.model.WHAT`."""

    coupon: int
    what: str
    by: str = "system"
    order: str | None = None
    off_cents: int = 0
    why: str = ""


def note(conn: Connection, now: datetime, steps: Sequence[Step]) -> None:
    """Write these down."""
    if not steps:
        return
    put_rows(
        conn,
        insert_into(conn, coupon_steps),
        {
            "coupon": (sa.BigInteger, [each.coupon for each in steps]),
            "what": (sa.Text, [each.what for each in steps]),
            "at": (sa.BigInteger, [to_millis(now)] * len(steps)),
            "by": (sa.Text, [each.by for each in steps]),
            "order": (sa.Text, [each.order for each in steps]),
            "off_cents": (sa.BigInteger, [each.off_cents for each in steps]),
            "why": (sa.Text, [each.why for each in steps]),
        },
    )
