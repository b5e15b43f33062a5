"""Carrying out at WeCom what was decided here, step by step. Each step may be cut off anywhere and is taken up again.

A refusal is no error of these functions: it is noted on the code, in the operator's words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom import codes as platform
from siyu.channels.wecom.codes import Made, Way
from siyu.growth.ways.tables import wecom_ways as table
from siyu.storage import SiyuError, Stores, at_machine_speed

BUSY = timedelta(seconds=120)
"""Machine time: longer than the calls of one step may take."""
AGAIN = timedelta(seconds=30)
AGAIN_ACCOUNT = timedelta(minutes=10)
ASKED_FOR_SECONDS = 180.0
"""How long a code that nobody confirmed to exist is looked for before it is made again."""
ROUND_MAX = 200
STEPS_MAX = 3
WORKING = ("making", "changing", "removing", "live")


def carry_out(stores: Stores, exchange: Exchange, code: int) -> None:
    """Take the next steps of one code, unless somebody is on it already."""
    for _ in range(STEPS_MAX):
        row = _claim(stores, code)
        if row is None:
            return
        try:
            became = _step(stores, platform.client_of(stores, exchange, row.account), row)
        except PlatformError as error:
            became = _after(error, row, stores.clock.now())
        except SiyuError as error:  # the account is disabled or gone
            became = {"problem": _words(error), "next": stores.clock.now() + AGAIN_ACCOUNT}
        _release(stores, code, became)


def carry_on(stores: Stores, exchange: Exchange) -> int:
    """Everything whose time has come, and codes that expired; how many were looked at."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        over = sa.and_(table.c.expires <= now, table.c.stage.in_(("live", "changing")))
        conn.execute(sa.update(table).where(over).values(stage="removing", wanted=None, problem=None, next=now))
    query = sa.select(table.c.id).where(table.c.next <= now).order_by(table.c.next).limit(ROUND_MAX)
    with stores.ledger.read() as conn:
        due = list(conn.execute(query).scalars())
    for code in due:
        carry_out(stores, exchange, code)
    return len(due)


def _claim(stores: Stores, code: int) -> Row[Any] | None:
    """The row, for this caller alone; None where nothing is to be done now. That it is about to be made is on disk
    before the call: ``called`` of the row given is as it was before."""
    machine, now = datetime.now(UTC), stores.clock.now()
    free = sa.or_(table.c.busy_until.is_(None), table.c.busy_until < machine)
    due = sa.and_(table.c.id == code, table.c.next <= now, table.c.stage.in_(WORKING), free)
    with stores.ledger.write() as conn:
        row = conn.execute(sa.select(table).where(due)).one_or_none()
        if row is None:
            return None
        values: dict[str, Any] = {"busy_until": machine + BUSY}
        if row.stage == "making" and row.called is None:
            values["called"] = now
        conn.execute(sa.update(table).where(table.c.id == code).values(**values))
    return row


def _release(stores: Stores, code: int, became: dict[str, Any]) -> None:
    with stores.ledger.write() as conn:
        conn.execute(sa.update(table).where(table.c.id == code).values(busy_until=None, **became))


def _step(stores: Stores, client: PlatformClient, row: Row[Any]) -> dict[str, Any]:
    """What the row becomes. Raises :class:`PlatformError`."""
    return _STEPS[row.stage](stores, client, row)


def _make(stores: Stores, client: PlatformClient, row: Row[Any]) -> dict[str, Any]:
    now = stores.clock.now()
    if row.called is None:
        return _live(platform.add_way(client, row.kind, row.state, _way(row.way)), row, now)
    if row.kind == "join":  # nobody can say whether it is there
        return {"stage": "unknown", "next": None}
    found = platform.find_way(client, row.state, row.called, now, lambda names: _known(stores, names))
    if found is not None:
        return _live(found, row, now)
    if (now - row.called).total_seconds() < at_machine_speed(stores.clock, ASKED_FOR_SECONDS):
        return {"next": now + AGAIN}
    return {"called": None, "next": now}


def _live(made: Made, row: Row[Any], now: datetime) -> dict[str, Any]:
    values = {"stage": "live", "config_id": made.config_id, "qr": made.qr, "problem": None}
    return {**values, "next": None if made.qr else now}


def _change(stores: Stores, client: PlatformClient, row: Row[Any]) -> dict[str, Any]:
    wanted = _way(row.wanted)
    if row.kind == "join":
        wanted = platform.with_groups_made(client, row.config_id, _way(row.way), wanted)
    platform.change_way(client, row.kind, row.config_id, row.state, wanted)
    return {"stage": "live", "way": msgspec.to_builtins(wanted), "wanted": None, "next": None}


def _remove(stores: Stores, client: PlatformClient, row: Row[Any]) -> dict[str, Any]:
    platform.remove_way(client, row.kind, row.config_id)
    return {"stage": "removed", "ended": stores.clock.now(), "next": None, "problem": None}


def _picture(stores: Stores, client: PlatformClient, row: Row[Any]) -> dict[str, Any]:
    return {"qr": platform.picture_of(client, row.kind, row.config_id), "next": None}


_STEPS: dict[str, Callable[[Stores, PlatformClient, Row[Any]], dict[str, Any]]] = {
    "making": _make,
    "changing": _change,
    "removing": _remove,
    "live": _picture,
}


def _after(error: PlatformError, row: Row[Any], now: datetime) -> dict[str, Any]:
    """What the row becomes after a call that came to nothing."""
    problem = _words(error)
    if error.platform_code == platform.GONE and row.stage in ("changing", "live"):
        return {"stage": "removed", "ended": now, "next": None, "wanted": None, "problem": problem}
    if row.stage == "making" and row.called is None:
        return _after_making(error, row.kind, problem, now)
    passing = error.unknown or error.failure.kind == "passing"
    if passing or row.stage in ("making", "removing"):
        return {"problem": problem, "next": now + (AGAIN if passing else AGAIN_ACCOUNT)}
    return {"stage": "live", "wanted": None, "problem": problem, "next": None}


def _after_making(error: PlatformError, kind: str, problem: dict[str, Any], now: datetime) -> dict[str, Any]:
    if error.unknown and kind == "join":
        return {"stage": "unknown", "problem": problem, "next": None}
    if error.unknown:
        return {"problem": problem, "next": now + AGAIN}
    if error.failure.kind == "passing":
        return {"called": None, "problem": problem, "next": now + AGAIN}
    return {"stage": "refused", "called": None, "problem": problem, "next": None}


def _known(stores: Stores, names: Sequence[str]) -> set[str]:
    with stores.ledger.read() as conn:
        found = conn.execute(sa.select(table.c.config_id).where(table.c.config_id.in_(list(names)))).scalars()
        return {str(each) for each in found}


def _words(error: SiyuError) -> dict[str, Any]:
    return {"code": error.code, "zh": error.zh, "en": error.en}


def _way(told: Any) -> Way:
    return msgspec.convert(told, Way)
