"""What platforms still allow: how many messages of a kind, to how many people, until when. Read, never written here.

Each platform says it in a module of its own; ``registry.allowances_of`` asks the one of an account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.storage import sent

Period = Literal["now", "today", "month", "paid"]
PERIODS: Mapping[Period, tuple[str, str]] = {
    "now": ("此刻", "now"),
    "today": ("今天", "today"),
    "month": ("本月", "this month"),
    "paid": ("已购买", "bought"),
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of one kind of message. ``each``: as many one receiver may get in the period (None: as many as they
    allowed, or as were bought); ``receivers``: all whom it could reach; ``open``: those who may still get one;
    ``used``: messages in the period; ``left``: messages that may still be sent in it."""

    key: str
    zh: str
    en: str
    period: Period
    each: int | None
    receivers: int
    open: int
    used: int
    left: int
    mass: bool = False
    """Whether messages to single customers use it up."""


class Allowing(Protocol):
    """``only``: of these addresses alone; None: of everybody."""

    def __call__(
        self,
        conn: Connection,
        account: int,
        settings: Mapping[str, Any],
        now: datetime,
        only: Sequence[str] | None = None,
    ) -> list[Allowance]: ...


def capped(
    names: tuple[str, str, str],
    period: Period,
    each: int,
    receivers: int,
    had: Mapping[int, int],
    *,
    mass: bool = True,
) -> Allowance:
    """Of what is limited by receiver: ``names`` key, Chinese, English; ``had``: receivers by how many they had (those
    who had none may be missing)."""
    used = sum(times * many for times, many in had.items())
    full = sum(many for times, many in had.items() if times >= each)
    left = each * receivers - sum(min(times, each) * many for times, many in had.items())
    return Allowance(*names, period, each, receivers, max(receivers - full, 0), used, max(left, 0), mass)


def of_these(
    conn: Connection, query: sa.Select[Any], address: sa.ColumnElement[str], only: Sequence[str] | None
) -> sa.Select[Any]:
    """The query of these addresses alone; of all where None are named."""
    if only is None:
        return query
    asked = sent(conn, id=(sa.Text, list(only)))
    return query.where(address.in_(sa.select(asked.c.id)))
