"""Bodies that were taken at the door and can't be taken by whoever reads them: set aside, so that the next go on.

Nothing is lost unseen: the body lies here with its cause until somebody has it read again (by a version that can) or
drops it, as long as raw intake is kept (``inbox_days``). A fault of the stores is no fault of a body; only what a
body's own content brings about sets it aside.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, StatementError

from siyu.jobs.tables import set_aside as table
from siyu.storage import Conflict, InboxRow, NotFound, SiyuError, Stores, Unavailable, value_unfit

log = logging.getLogger(__name__)

INBOX, CALLBACKS = "inbox", "callbacks"
SHOWN_MAX = 100
EXPIRING_A_TURN = 500

_OF_THE_BODY = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError)
_STATES_OF_VALUES = ("22", "23", "54")
"""Classes of PostgreSQL's error codes: data exception, integrity, a value beyond the engine's limits."""

T = TypeVar("T")


class Aside(Struct, frozen=True):
    """A body set aside. ``stream``: where it came in; ``size``: its bytes; ``code``, ``zh``, ``en``: why it is."""

    id: int
    stream: Literal["inbox", "callbacks"]
    kind: str
    source: str
    events: int
    size: int
    received: datetime
    at: datetime
    code: str
    zh: str
    en: str


def blamed(error: Exception) -> bool:
    """Whether a fault comes from what was read, and will come again with it; not from a store that can't work now."""
    if isinstance(error, SiyuError):
        return not isinstance(error, Unavailable)
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return value_unfit(error) or state.startswith(_STATES_OF_VALUES)
    if isinstance(error, StatementError):
        return isinstance(error.orig, _OF_THE_BODY)
    return isinstance(error, _OF_THE_BODY)


def in_halves(
    rows: Sequence[InboxRow], take: Callable[[Sequence[InboxRow]], T], refuse: Callable[[InboxRow, Exception], None]
) -> Iterator[T]:
    """Take rows together. Where one of them is to blame that it fails, take them in halves, and ``refuse`` the one that
    fails alone; what :class:`take` gave for each part, in order. Raises every other fault as it is."""
    try:
        taken = take(rows)
    except Exception as error:
        if not blamed(error):
            raise
        if len(rows) == 1:
            refuse(rows[0], error)
            return
    else:
        yield taken
        return
    middle = len(rows) // 2
    yield from in_halves(rows[:middle], take, refuse)
    yield from in_halves(rows[middle:], take, refuse)


def put_aside(
    conn: Connection, stream: str, row: InboxRow, error: Exception, now: datetime, *, whole: bool = True
) -> None:
    """Keep a body with the cause. ``whole``: none of it is read from now on; else it is a part, the rest was taken."""
    code, zh, en = _cause(error)
    log.error("row %d of %s is set aside: %s", row.id, stream, code)
    values = {"received": row.received, "kind": row.kind, "source": row.source, "events": row.events, "body": row.body}
    cause = {"code": code, "zh": zh, "en": en}
    conn.execute(sa.insert(table).values(stream=stream, number=row.id, at=now, whole=whole, **values, **cause))


def numbers_aside(conn: Connection, stream: str, first: int, last: int) -> set[int]:
    """Which rows of a stream were ever set aside as a whole; what waits no longer came in again under a new number."""
    mine = sa.and_(table.c.stream == stream, table.c.number.between(first, last), table.c.whole)
    return set(conn.execute(sa.select(table.c.number).where(mine)).scalars())


def all_aside(stores: Stores, rows_max: int = SHOWN_MAX) -> list[Aside]:
    """What waits, the latest first."""
    names = ("id", "stream", "kind", "source", "events", "received", "at", "code", "zh", "en")
    columns = [table.c[name] for name in names]
    query = sa.select(*columns, sa.func.length(table.c.body).label("size")).where(table.c.settled.is_(None))
    with stores.ledger.read() as conn:
        return [Aside(**row) for row in conn.execute(query.order_by(table.c.id.desc()).limit(rows_max)).mappings()]


def count_aside(stores: Stores) -> int:
    """How many bodies wait."""
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).where(table.c.settled.is_(None))).scalar_one()


def read_again(stores: Stores, number: int, by: str) -> None:
    """Put one into its stream again, as it came. Raises :class:`NotFound`, :class:`Conflict` where it waits no longer.

    It is on disk there before it is settled here: cut off in between it comes twice, and counts once by its ids.
    """
    row = _waiting(stores, number)
    stream = stores.inbox if row.stream == INBOX else stores.callbacks
    stream.append(row.received, row.kind, row.source, row.events, row.body).result()
    _settle(stores, number, "again", by)


def read_all_again(stores: Stores, by: str) -> int:
    """Have all that wait now read again, oldest first; how many."""
    waiting = sa.select(table.c.id).where(table.c.settled.is_(None)).order_by(table.c.id)
    with stores.ledger.read() as conn:
        numbers = list(conn.execute(waiting).scalars())
    for number in numbers:
        read_again(stores, number, by)
    return len(numbers)


def drop_aside(stores: Stores, number: int, by: str) -> None:
    """Give one up: its content is deleted, that it was there is kept. Raises as :func:`read_again` does."""
    _waiting(stores, number)
    _settle(stores, number, "dropped", by)


def expire_aside(conn: Connection, now: datetime, before: datetime, rows_max: int = EXPIRING_A_TURN) -> int:
    """Delete the content of what was set aside before then and still waits, a turn of it; how many. What waits longest
    goes first; that it was there is kept."""
    waits = sa.and_(table.c.settled.is_(None), table.c.at < before)
    chosen = sa.select(table.c.id).where(waits).order_by(table.c.id).limit(rows_max)
    gone = {"body": None, "settled": now, "outcome": "expired", "by": "retention"}
    return conn.execute(sa.update(table).where(table.c.id.in_(chosen)).values(**gone)).rowcount


def forget_aside(conn: Connection, now: datetime, values: Sequence[str]) -> int:
    """Delete the content of what names somebody who is erased by one of these identifiers; how many bodies."""
    words = b"|".join(re.escape(value.removeprefix("+86").encode()) for value in values)
    named = re.compile(rb"(?<![0-9A-Za-z])(?:\+?86)?(?:" + words + rb")(?![0-9A-Za-z])")
    waiting = conn.execute(sa.select(table.c.id, table.c.body).where(table.c.settled.is_(None)))
    naming = [row.id for row in waiting.yield_per(50) if values and named.search(row.body)]
    gone = {"body": None, "settled": now, "outcome": "erased", "by": "erasure"}
    for number in naming:
        conn.execute(sa.update(table).where(table.c.id == number).values(**gone))
    return len(naming)


def _waiting(stores: Stores, number: int) -> sa.Row[tuple[object, ...]]:
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(table).where(table.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("aside_unknown", "没有这条隔离的数据。", "There is no such body set aside.")
    if row.settled is not None:
        raise Conflict("aside_settled", "这条数据已经处理过了。", "This one has been dealt with already.")
    return row


def _settle(stores: Stores, number: int, outcome: str, by: str) -> None:
    with stores.ledger.write() as conn:
        changed = sa.update(table).where(table.c.id == number, table.c.settled.is_(None))
        conn.execute(changed.values(body=None, settled=stores.clock.now(), outcome=outcome, by=by))


def _cause(error: Exception) -> tuple[str, str, str]:
    """Why, without a word of what was in the body: whose fault is unforeseen is named by its place."""
    if isinstance(error, SiyuError):  # its sentence may hold the value
        place = error.field or "?"
        zh = f"内容不合要求：{place}（{error.code}）。发送方修正后会重新发来；也可以升级后重试。"
        return error.code, zh, f"It is not as it has to be: {place} ({error.code}). Mend the sender, or retry later."
    where = "?"
    for frame, line in traceback.walk_tb(error.__traceback__):
        if "siyu" in Path(frame.f_code.co_filename).parts:
            where = f"{frame.f_globals.get('__name__', '?')}:{line}"
    name = type(error).__name__
    zh = f"处理时出错（{name}，{where}）。升级后可以重试；也请把这一行告诉开发者。"
    en = f"Reading it failed ({name} at {where}). Try again after an upgrade, and tell the developers this line."
    return name, zh, en
