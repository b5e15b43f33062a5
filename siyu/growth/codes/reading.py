"""Live codes and their targets as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.engine import Connection, Row

from siyu.growth.codes.model import ALERT_BEFORE, ALERT_SHARE, Kind, Mode, Stage, Target
from siyu.growth.codes.tables import code_targets, live_codes
from siyu.growth.ways.tables import wecom_ways
from siyu.storage import NotFound, Prepared, Stores

ROWS_MAX = 500
KNOWN_MAX = 200
_TARGET = [code_targets.c[name] for name in Target.__struct_fields__ if name != "barred"]
_READ = code_targets.outerjoin(wecom_ways, wecom_ways.c.id == code_targets.c.way)
_NOT_THERE = sa.and_(code_targets.c.way.is_not(None), sa.or_(wecom_ways.c.qr == "", wecom_ways.c.ended.is_not(None)))
_BARRED = sa.func.coalesce(_NOT_THERE, False).label("barred")
_COUNTED = (
    *(code_targets.c[name] for name in ("code", "id", "given", "given_day", "day")),
    sa.cast(_BARRED, sa.Integer).label("barred"),
)


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A code as it is kept; see ``tables.py``."""

    id: int
    slug: str
    name: str
    kind: Kind
    mode: Mode
    owner: int | None
    welcome: str
    stage: Stage
    starts: datetime | None
    ends: datetime | None
    created: datetime
    changed: datetime
    by: str


def codes_of(conn: Connection, numbers: Sequence[int]) -> dict[int, LiveCode]:
    """By number."""
    return {code.id: code for code in map(_code, _CODES_OF.execute(conn, asked={"code": numbers}))}


def code_at(stores: Stores, slug: str) -> LiveCode | None:
    """The code of an address."""
    with stores.ledger.read() as conn:
        row = conn.execute(_CODES.where(live_codes.c.slug == slug)).one_or_none()
    return None if row is None else _code(row)


def get_code(stores: Stores, code: int) -> LiveCode:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return code_in(conn, code)


def code_in(conn: Connection, code: int) -> LiveCode:
    """Raises :class:`NotFound`."""
    found = codes_of(conn, [code]).get(code)
    if found is None:
        raise NotFound("live_code_not_found", f"没有编号为 {code} 的活码。", f"There is no live code {code}.")
    return found


def list_codes(
    stores: Stores, words: str = "", stage: str = "", before: int | None = None, rows_max: int = 50
) -> list[LiveCode]:
    """A page of codes, the newest first; ``words`` in name or address; the numbers below ``before``."""
    query = _CODES.where(*_which(words, stage))
    if before is not None:
        query = query.where(live_codes.c.id < before)
    with stores.ledger.read() as conn:
        found = conn.execute(query.order_by(live_codes.c.id.desc()).limit(min(rows_max, ROWS_MAX + 1)))
        return [_code(row) for row in found]


def count_codes(stores: Stores, words: str = "", stage: str = "") -> int:
    """How many there are on all pages."""
    with stores.ledger.read() as conn:
        query = sa.select(sa.func.count()).select_from(live_codes).where(*_which(words, stage))
        return conn.execute(query).scalar_one()


def to_look_after(now: datetime) -> sa.Select[tuple[int]]:
    """How many live codes have a target that is about to end or to be full; see :func:`model.running_out`."""
    target = code_targets.c
    open_still = sa.and_(target.off.is_(False), target.follower.is_(None))
    low = sa.or_(target.ends <= now + ALERT_BEFORE, target.given >= target.seats * ALERT_SHARE)
    joined = code_targets.join(live_codes, live_codes.c.id == target.code)
    return (
        sa.select(sa.func.count(sa.distinct(target.code)))
        .select_from(joined)
        .where(live_codes.c.stage == "live", open_still, low)
    )


class Known:
    """Targets as they were read last, so that of the many that a code may have only what is counted is read again.

    One thread's: whoever is given them puts there what it counts itself, and what of it is not true (its transaction
    failed, another process counted too) is mended at the next reading.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[datetime, dict[int, Target]]] = {}

    def targets_of(self, conn: Connection, codes: Mapping[int, LiveCode]) -> dict[int, dict[int, Target]]:
        """By code and number, in their order; the caller may put there what it counts."""
        kept = {code: self._kept[code][1] for code, each in codes.items() if self._is_known(each)}
        new = targets_of(conn, [code for code in codes if code not in kept]) if len(kept) < len(codes) else {}
        if kept:
            counted = _COUNTS_OF.gathered(conn, asked={"code": list(kept)})
            for code, number, given, given_day, day, barred in zip(*counted, strict=True):
                its = kept[code][number]
                if (its.given, its.given_day, its.day, its.barred) != (given, given_day, day, bool(barred)):
                    kept[code][number] = replace(its, given=given, given_day=given_day, day=day, barred=bool(barred))
        if len(self._kept) > KNOWN_MAX:
            self._kept.clear()
        self._kept |= {code: (codes[code].changed, targets) for code, targets in new.items()}
        return kept | new

    def _is_known(self, code: LiveCode) -> bool:
        return code.id in self._kept and self._kept[code.id][0] == code.changed


def get_target(stores: Stores, code: int, target: int) -> Target:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        code_in(conn, code)
        found = targets_of(conn, [code]).get(code, {}).get(target)
    if found is None:
        raise NotFound("target_not_found", "没有这个承接对象。", "There is no such target.")
    return found


def targets_of(conn: Connection, codes: Sequence[int]) -> dict[int, dict[int, Target]]:
    """By code and number, in their order."""
    query = (
        sa.select(code_targets.c.code, *_TARGET, _BARRED).select_from(_READ).where(code_targets.c.code.in_(list(codes)))
    )
    found: dict[int, dict[int, Target]] = {}
    for row in conn.execute(query.order_by(code_targets.c.code, code_targets.c.place, code_targets.c.id)):
        target = _target(row)
        found.setdefault(row.code, {})[target.id] = target
    return found


def _which(words: str, stage: str) -> list[sa.ColumnElement[bool]]:
    within = (live_codes.c.name, live_codes.c.slug)
    which: list[sa.ColumnElement[bool]] = []
    if words:
        which.append(sa.or_(*(column.icontains(words, autoescape=True) for column in within)))
    if stage:
        which.append(live_codes.c.stage == stage)
    return which


_CODES = sa.select(*(live_codes.c[name] for name in LiveCode.__dataclass_fields__))
_OF = {"code": sa.BigInteger}
_CODES_OF = Prepared(lambda asked: _CODES.where(live_codes.c.id.in_(sa.select(asked.c.code))), asked=_OF)
_COUNTS_OF = Prepared(
    lambda asked: sa.select(*_COUNTED).select_from(_READ).where(code_targets.c.code.in_(sa.select(asked.c.code))),
    asked=_OF,
)


def _code(row: Row[Any]) -> LiveCode:
    return LiveCode(*row)


def _target(row: Row[Any]) -> Target:
    values: dict[str, Any] = dict(zip(Target.__struct_fields__, row[1:], strict=True))
    hours = tuple(tuple(each) for each in row.hours)
    values |= {"regions": tuple(row.regions), "hours": hours, "barred": bool(row.barred)}
    return Target(**values)
