"""From kept callbacks to mirrors and news: each once, by time, whatever crashes when.

A step is one ledger transaction: the cursor moves, repeats are dropped, mirrors change, and news are on disk in the
inbox before it commits. A crash before the commit takes all of it back but the news, which are told again under the
same keys; the drain drops them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback, Hurry, NoHurry, Receivers, Told, key_of
from siyu.channels.platform.hearing import note_heard
from siyu.channels.platform.news import tell
from siyu.channels.platform.tables import callbacks_seen, callbacks_strange
from siyu.channels.tables import accounts
from siyu.jobs.aside import CALLBACKS, in_halves, put_aside
from siyu.jobs.tables import cursors
from siyu.jobs.turns import keep_doing
from siyu.storage import BadInput, InboxRow, Stores, gathered, insert_into, put_rows, sent
from siyu.storage.ledger import to_millis
from siyu.storage.sets import Column

CURSOR = "callbacks"
ROWS_A_STEP = 1_000
IDLE_SECONDS = 0.05
REMEMBERED = timedelta(days=30)
"""How long keys are kept. What is told of a time before that is somebody's replay, and is not believed."""
AHEAD_MAX = timedelta(days=1)
"""What is told of a time beyond that has no time that can be believed: it happened as it came."""
STRANGE_SHOWN = 100
UNREADABLE = "?"
LATE = "late"
AGAIN = "again:"
"""Before the key of what was kept as strange and applied later."""


class Applier:
    """One per installation at a time, by turn."""

    def __init__(self, stores: Stores, receivers: Receivers, hurry: Hurry | None = None) -> None:
        self._stores = stores
        self._receivers = receivers
        self._hurry = hurry or NoHurry()
        self._looked_back = True

    def run_forever(self, stop: threading.Event) -> None:
        """Until ``stop``, as :func:`keep_doing` does; first what an earlier version could not understand."""
        self._looked_back = False
        keep_doing(self._round, stop, "callbacks")

    def _round(self) -> float:
        if not self._looked_back:
            self.apply_again()
            self._looked_back = True
        return 0.0 if self.step() else IDLE_SECONDS

    def step(self) -> int:
        """Apply the next rows; how many were read. What can't be applied is set aside."""
        with self._stores.ledger.read() as conn:
            place = _place(conn)
        rows = self._stores.callbacks.after(place, ROWS_A_STEP)
        if rows:
            deque(in_halves(rows, self._take, self._refuse), 0)
        return len(rows)

    def _take(self, rows: Sequence[InboxRow]) -> None:
        with self._stores.ledger.write() as conn:
            if _move(conn, rows):
                self._apply(conn, rows)

    def _refuse(self, row: InboxRow, error: Exception) -> None:
        with self._stores.ledger.write() as conn:
            if _move(conn, [row]):
                put_aside(conn, CALLBACKS, row, error, self._stores.clock.now())

    def _apply(self, conn: Connection, rows: Sequence[InboxRow]) -> None:
        note_heard(conn, rows)
        new = self._unseen(conn, rows)
        known: dict[tuple[str, int], list[Callback]] = {}
        strange: list[tuple[InboxRow, str]] = []
        for row in new:
            callback = self._understood(row)
            if isinstance(callback, str):
                strange.append((row, callback))
            else:
                known.setdefault((row.kind, int(row.source)), []).append(callback)
        _count_strange(conn, strange)
        self._hurry.note(conn, [row for row in new if self._hurries(row)])
        self._change(conn, known)

    def _change(self, conn: Connection, known: Mapping[tuple[str, int], list[Callback]]) -> None:
        """Mirrors and news, platform by platform."""
        names = _names_of(conn, {account for _, account in known})
        for (platform, account), callbacks in known.items():
            callbacks.sort(key=lambda each: (each.time, each.number))
            news = self._receivers[platform].apply(conn, account, callbacks)
            tell(self._stores, f"{platform}:{names.get(account, account)}", news)

    def apply_again(self) -> int:
        """Kinds that nobody knew when they came and that this version knows: apply what was kept of them, each once;
        how many. Cut off, it begins anew, and leaves out what was applied."""
        with self._stores.ledger.read() as conn:
            wanted, end = self._known_by_now(conn), _place(conn)
        if not wanted:
            return 0
        place = done = 0
        while rows := [row for row in self._stores.callbacks.after(place, ROWS_A_STEP) if row.id <= end]:
            place = rows[-1].id
            done += sum(in_halves(rows, partial(self._apply_kept, wanted), self._keep_refused))
        with self._stores.ledger.write() as conn:
            for account, name in wanted:
                same = sa.and_(callbacks_strange.c.account == account, callbacks_strange.c.name == name)
                conn.execute(sa.delete(callbacks_strange).where(same))
        return done

    def _known_by_now(self, conn: Connection) -> set[tuple[int, str]]:
        found = conn.execute(
            sa.select(callbacks_strange.c.account, callbacks_strange.c.name, callbacks_strange.c.platform)
        )
        return {
            (row.account, row.name)
            for row in found
            if row.platform in self._receivers and row.name in self._receivers[row.platform].known
        }

    def _keep_refused(self, row: InboxRow, error: Exception) -> None:
        with self._stores.ledger.write() as conn:
            put_aside(conn, CALLBACKS, row, error, self._stores.clock.now())

    def _apply_kept(self, wanted: set[tuple[int, str]], rows: Sequence[InboxRow]) -> int:
        read = [(row, self._understood(row)) for row in rows]
        mine = {
            row.id: callback
            for row, callback in read
            if isinstance(callback, Callback) and (callback.account, callback.name) in wanted
        }
        known: dict[tuple[str, int], list[Callback]] = {}
        with self._stores.ledger.write() as conn:
            for row in self._unseen(conn, [row for row in rows if row.id in mine], AGAIN) if mine else ():
                known.setdefault((row.kind, int(row.source)), []).append(mine[row.id])
            self._change(conn, known)
        return sum(map(len, known.values()))

    def _unseen(self, conn: Connection, rows: Sequence[InboxRow], mark: str = "") -> list[InboxRow]:
        """Without repeats, of earlier steps and within this one."""
        by_key: dict[tuple[int, str], InboxRow] = {}
        for row in rows:
            by_key.setdefault((int(row.source), mark + key_of(row.body)), row)
        for known in self._seen(conn, list(by_key)):
            del by_key[known]
        columns = _columns(list(by_key))
        now = to_millis(self._stores.clock.now())
        put_rows(conn, insert_into(conn, callbacks_seen), {**columns, "at": (sa.BigInteger, [now] * len(by_key))})
        return list(by_key.values())

    def _seen(self, conn: Connection, keys: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        """Those of the keys that are kept."""
        given, seen = sent(conn, **_columns(keys)), callbacks_seen.c
        same = sa.and_(seen.account == given.c.account, seen.key == given.c.key)
        found = gathered(conn, sa.select(seen.account, seen.key).join_from(given, callbacks_seen, same))
        return list(zip(found[0], found[1], strict=True))

    def _hurries(self, row: InboxRow) -> bool:
        receiver = self._receivers.get(row.kind)
        return receiver is not None and receiver.hurries(row.body)

    def _understood(self, row: InboxRow) -> Callback | str:
        """The callback, or the name under which something not understood is counted."""
        receiver = self._receivers.get(row.kind)
        told = _read(receiver.read, row.body) if receiver is not None else None
        if receiver is None or told is None:
            return UNREADABLE
        if told.name not in receiver.known:
            return told.name[:200] or UNREADABLE
        time = told.time or row.received
        if time < row.received - REMEMBERED:
            return LATE
        if time > row.received + AHEAD_MAX:
            time = row.received
        return Callback(row.kind, int(row.source), key_of(row.body), told.name, time, told.fields, row.id)


def waiting(stores: Stores) -> int:
    """How many callbacks are on disk and not applied yet."""
    with stores.ledger.read() as conn:
        return max(stores.callbacks.last() - _place(conn), 0)


def strange_callbacks(stores: Stores, of: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """What came and is not understood (``of`` these accounts), the latest first: account, name, platform, times, last,
    number."""
    query = sa.select(callbacks_strange).order_by(callbacks_strange.c.last.desc()).limit(STRANGE_SHOWN)
    if of is not None:
        query = query.where(callbacks_strange.c.account.in_(of))
    with stores.ledger.read() as conn:
        return [dict(row) for row in conn.execute(query).mappings()]


def forget_old_callbacks(stores: Stores, rows_max: int = 5_000) -> int:
    """Drop keys and applied bodies past ``REMEMBERED``, a turn of at most ``rows_max`` each; how many went."""
    before = stores.clock.now() - REMEMBERED
    with stores.ledger.write() as conn:
        place = _place(conn)
        old = sa.select(callbacks_seen.c.key).where(callbacks_seen.c.at < before).limit(rows_max)
        gone = conn.execute(
            sa.delete(callbacks_seen).where(callbacks_seen.c.at < before, callbacks_seen.c.key.in_(old))
        ).rowcount
    return gone + stores.callbacks.purge(before, place, rows_max)


def _columns(keys: Sequence[tuple[int, str]]) -> dict[str, Column]:
    return {
        "account": (sa.BigInteger, [account for account, _ in keys]),
        "key": (sa.Text, [key for _, key in keys]),
    }


def _place(conn: Connection) -> int:
    return conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar_one_or_none() or 0


def _move(conn: Connection, rows: Sequence[InboxRow]) -> bool:
    """Take these next rows; False where another process was quicker."""
    to = rows[-1].id
    moved = insert_into(conn, cursors).values(name=CURSOR, place=to)
    not_yet = cursors.c.place < rows[0].id
    moved = moved.on_conflict_do_update(index_elements=["name"], set_={"place": to}, where=not_yet)
    return conn.execute(moved.returning(cursors.c.place)).first() is not None


def _names_of(conn: Connection, numbers: set[int]) -> dict[int, str]:
    rows = conn.execute(sa.select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(numbers)))
    return {row.id: row.name for row in rows}


def _read(read: Any, body: bytes) -> Told | None:
    try:
        return read(body)
    except BadInput:
        return None


def _count_strange(conn: Connection, strange: Sequence[tuple[InboxRow, str]]) -> None:
    for row, name in strange:
        counted = insert_into(conn, callbacks_strange).values(
            account=int(row.source), name=name, platform=row.kind, times=1, last=row.received, number=row.id
        )
        counted = counted.on_conflict_do_update(
            index_elements=["account", "name"],
            set_={"times": callbacks_strange.c.times + 1, "last": row.received, "number": row.id},
        )
        conn.execute(counted)
