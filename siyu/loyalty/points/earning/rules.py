"""The rules of earning that a shop keeps. One is never changed: it ends, and another follows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.earning.model import Rule
from siyu.loyalty.points.tables import point_rules
from siyu.storage import BadInput, NotFound, Stores

RULES_MAX = 100
"""That give at one time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule and the time within which it gives for what happens."""

    id: int
    rule: Rule
    begins: datetime
    ends: datetime | None
    by: str

    def gives_at(self, moment: datetime) -> bool:
        return self.begins <= moment and (self.ends is None or moment < self.ends)


def begin(stores: Stores, by: str, rule: Rule) -> int:
    """From now on this gives too. Raises :class:`BadInput` where there are too many."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        giving = sa.select(sa.func.count()).where(point_rules.c.ends.is_(None))
        if conn.execute(giving).scalar_one() >= RULES_MAX:
            raise BadInput(
                "rules_many",
                f"最多同时有 {RULES_MAX} 条积分规则，请先停用一些。",
                f"At most {RULES_MAX} rules may give at one time; end some first.",
            )
        return _begin(conn, now, by, rule)


def end(stores: Stores, number: int) -> None:
    """It gives nothing for what happens from now on. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        _end(conn, stores.clock.now(), number)


def follow_up(stores: Stores, by: str, number: int, rule: Rule) -> int:
    """From now on this gives in the place of another. Raises :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _end(conn, now, number)
        return _begin(conn, now, by, rule)


def get(stores: Stores, number: int) -> Kept:
    """One of them. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        found = next((each for each in all_rules(conn) if each.id == number), None)
    if found is None:
        raise NotFound("no_point_rule", "没有这条积分规则。", "There is no such rule of points.")
    return found


def _end(conn: Connection, now: datetime, number: int) -> None:
    one = sa.and_(point_rules.c.id == number, point_rules.c.ends.is_(None))
    if not conn.execute(sa.update(point_rules).where(one).values(ends=now)).rowcount:
        raise NotFound("no_point_rule", "没有这条在用的积分规则。", "There is no such rule that gives points.")


def _begin(conn: Connection, now: datetime, by: str, rule: Rule) -> int:
    row = {"rule": msgspec.to_builtins(rule), "begins": now, "created": now, "by": by}
    return int(conn.execute(sa.insert(point_rules).values(row).returning(point_rules.c.id)).scalar_one())


def all_rules(conn: Connection) -> Sequence[Kept]:
    """Those that give, and those that did, newest first."""
    rows = conn.execute(sa.select(point_rules).order_by(point_rules.c.id.desc()))
    return [Kept(row.id, msgspec.convert(row.rule, Rule), row.begins, row.ends, row.by) for row in rows]
