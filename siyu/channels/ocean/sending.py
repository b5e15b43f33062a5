"""Tells the platform what became of a lead: added on WeCom, bought. Once each; the attempt is on disk before the call.

A call that got no answer is *unknown*. The platform says nowhere that it drops repeats, so it is repeated only where
the account's owner says so; otherwise it stays and is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.ocean.clues import LIFE
from siyu.channels.ocean.tables import ocean_clues, ocean_conversions
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import Account
from siyu.storage import CHUNK_ROWS, Stores, at_machine_speed, insert_into

ROWS_A_ROUND = 200
TRIES_MAX = 10
AGAIN_SECONDS = 60.0
AGAIN_SECONDS_MAX = 6 * 3_600.0
SENDING_MAX = timedelta(minutes=10)
"""Longer than a call may take: after it, its process is gone."""

LIFE_STATES = {"added": "CLUE_HIGH_INTENTION", "bought": "CONVERSION_CLASS"}
BY_PEOPLE = 1
"""What happened was done by people, not by a robot."""


class Conversion(NamedTuple):
    """``conversion``: added (on WeCom) or bought; ``amount`` in yuan, None where there is none."""

    account: int
    clue: str
    conversion: str
    at: datetime
    amount: Decimal | None = None


def note(conn: Connection, now: datetime, conversions: Iterable[Conversion]) -> int:
    """Enter conversions, each lead's each kind once, for ever; how many are new."""
    new = 0
    rows = [
        {
            "account": each.account,
            "clue": each.clue,
            "conversion": each.conversion,
            "at": each.at,
            "amount": "" if each.amount is None else str(each.amount),
            "state": "waiting",
            "due": now,
        }
        for each in conversions
    ]
    for first in range(0, len(rows), CHUNK_ROWS // 10):
        part = insert_into(conn, ocean_conversions).values(rows[first : first + CHUNK_ROWS // 10])
        done = conn.execute(part.on_conflict_do_nothing().returning(ocean_conversions.c.clue))
        new += len(done.all())
    return new


def send_due(stores: Stores, client: PlatformClient, account: Account) -> int:
    """Tell what is due; how many were tried. Stops at the first failure of the account itself."""
    _settle_abandoned(stores, account)
    claimed = _claimed(stores, account)
    for place, each in enumerate(claimed):
        error = _call(client, account, each)
        _settle(stores, account, each, error)
        if error is not None and error.failure.kind == "account":
            _give_back(stores, account, claimed[place + 1 :])
            return place + 1
    return len(claimed)


def counts(conn: Connection, account: int) -> dict[str, int]:
    """How many conversions are in each state."""
    table = ocean_conversions.c
    rows = conn.execute(sa.select(table.state, sa.func.count()).where(table.account == account).group_by(table.state))
    return {row.state: row[1] for row in rows}


def send_again(stores: Stores, account: int) -> int:
    """Have what failed or got no answer told once more; how many."""
    table = ocean_conversions.c
    values = {"state": "waiting", "due": stores.clock.now(), "tries": 0}
    with stores.ledger.write() as conn:
        mine = sa.and_(table.account == account, table.state.in_(["failed", "unknown"]))
        return conn.execute(sa.update(ocean_conversions).where(mine).values(**values)).rowcount


class _Claimed(NamedTuple):
    """One conversion that is on disk as being told, and whose lead it is."""

    clue: str
    conversion: str
    amount: str
    tries: int
    kind: str
    owner: str


def _claimed(stores: Stores, account: Account) -> list[_Claimed]:
    """What is due, on disk as being told."""
    table, now = ocean_conversions.c, stores.clock.now()
    due = (
        sa.select(table.clue, table.conversion)
        .where(table.account == account.id, table.state == "waiting", table.due <= now)
        .order_by(table.due)
        .limit(ROWS_A_ROUND)
    )
    with stores.ledger.write() as conn:
        wanted = sa.tuple_(table.clue, table.conversion).in_(due)
        mine = sa.and_(table.account == account.id, table.state == "waiting", wanted)
        taken = sa.update(ocean_conversions).where(mine).values(state="sending", tried=now, tries=table.tries + 1)
        claimed = conn.execute(taken.returning(table.clue, table.conversion, table.amount, table.tries)).all()
        clues = ocean_clues.c
        asked = sa.select(clues.clue, clues.kind, clues.owner)
        about = asked.where(clues.account == account.id, clues.clue.in_([row.clue for row in claimed]))
        known = {row.clue: row for row in conn.execute(about)}
    return [
        _Claimed(row.clue, row.conversion, row.amount, row.tries, known[row.clue].kind, known[row.clue].owner)
        for row in claimed
    ]


def _call(client: PlatformClient, account: Account, told: _Claimed) -> PlatformError | None:
    name, body = _body(account, told)
    try:
        client.call(name, body=body)
    except PlatformError as error:
        return error
    return None


def _body(account: Account, told: _Claimed) -> tuple[str, dict[str, Any]]:
    """The call, and what it says."""
    about: dict[str, Any] = {"clue_id": told.clue}
    if told.amount:
        about["event_data"] = {"deal_sub_amount": float(told.amount)}
    if told.kind == LIFE:
        state = LIFE_STATES[told.conversion]
        return "clue/life/callback", {**about, "local_account_ids": [int(told.owner)], "clue_convert_state": state}
    state = str(account.settings.get(f"state_{told.conversion}") or "")
    by = {"source": "siyu", "source_type": BY_PEOPLE}
    return "clue/callback", {**about, "advertiser_ids": [int(told.owner)], "clue_convert_state": state, **by}


def _settle(stores: Stores, account: Account, told: _Claimed, error: PlatformError | None) -> None:
    now = stores.clock.now()
    if error is None:
        values: dict[str, Any] = {"state": "sent", "code": ""}
    else:
        values = {"state": _state_after(account, told.tries, error), "code": str(error.platform_code)}
        pause = error.retry_after_seconds or min(AGAIN_SECONDS * 2**told.tries, AGAIN_SECONDS_MAX)
        values["due"] = now + timedelta(seconds=pause)
    _move(stores, account, told, values)


def _state_after(account: Account, tries: int, error: PlatformError) -> str:
    if error.unknown:
        return "waiting" if account.settings.get("resend") and tries < TRIES_MAX else "unknown"
    passing = error.failure.kind in ("passing", "account")
    return "waiting" if passing and tries < TRIES_MAX else "failed"


def _move(stores: Stores, account: Account, told: _Claimed, values: dict[str, Any]) -> None:
    table = ocean_conversions.c
    mine = sa.and_(table.account == account.id, table.clue == told.clue, table.conversion == told.conversion)
    with stores.ledger.write() as conn:
        conn.execute(sa.update(ocean_conversions).where(mine, table.state == "sending").values(**values))


def _give_back(stores: Stores, account: Account, untried: Sequence[_Claimed]) -> None:
    """What was claimed and not tried waits again."""
    later = stores.clock.now() + timedelta(seconds=AGAIN_SECONDS)
    for told in untried:
        _move(stores, account, told, {"state": "waiting", "due": later, "tries": told.tries - 1})


def _settle_abandoned(stores: Stores, account: Account) -> None:
    """Of a process that ended in a call nobody knows whether it arrived."""
    table = ocean_conversions.c
    longest = timedelta(seconds=at_machine_speed(stores.clock, SENDING_MAX.total_seconds()))
    old = table.tried < stores.clock.now() - longest
    state = "waiting" if account.settings.get("resend") else "unknown"
    with stores.ledger.write() as conn:
        mine = sa.and_(table.account == account.id, table.state == "sending", old)
        conn.execute(sa.update(ocean_conversions).where(mine).values(state=state))
