"""Claiming: which messages go next, taken by compare-and-set under a lease, after the guard has spoken again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import accounts
from siyu.people.tables import people
from siyu.reach.arrived import counts_no_more, may_have_arrived
from siyu.reach.guard import Guard, Way, speak_again
from siyu.reach.journeys.left import left_early
from siyu.reach.model import ACTIVE
from siyu.reach.outbox import CLAIM_LOCK, append_message_events, change, message_event
from siyu.reach.priorities import rank_of
from siyu.reach.rules import QUIET_HOURS
from siyu.reach.rules.bars import passing
from siyu.reach.tables import broadcasts, outbox, paces
from siyu.storage import Instant, gathered, insert_into, sent

POSTPONED_ROWS = 5_000
"""Messages that are put off until morning in one transaction."""

LEASE = timedelta(minutes=5)
"""Longer than any call may take; after it, what was claimed is another worker's to settle."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The messages of one sender that go through one account."""

    broadcast: int
    account: int
    channel: str
    kind: str
    settings: dict[str, Any]  # the account's


@dataclass(frozen=True, slots=True)
class Claim:
    """What one worker holds: the messages, in order, the persons they go to, the how-manieth try of each it is."""

    lane: Lane
    lease: str
    messages: Sequence[int]
    persons: Sequence[int]
    tries: Sequence[int]


class _Waiting(NamedTuple):
    """A message that waits: its number and person, who speaks for them today, their zone, how often it was tried."""

    id: int
    person: int
    kept: int
    zone: str | None
    tries: int
    journey: int | None


def lanes(conn: Connection, now: datetime, served: Mapping[tuple[int, int], int] | None = None) -> list[Lane]:
    """Where something may be sent now; stopped or resting accounts left out, and where all wait (for the morning, for
    an adviser): nobody writes then.

    By rank (the kind, then the sender's priority); of one rank those first whose last turn is longest ago, by
    ``served`` ((sender, account) → a number that grows), then the oldest: where an account may only send so fast, its
    senders take turns, and none keeps another waiting until it is done.
    """
    active = sa.select(broadcasts.c.id, broadcasts.c.kind, broadcasts.c.priority, broadcasts.c.channels)
    senders = {row.id: row for row in conn.execute(active.where(broadcasts.c.state.in_(ACTIVE)))}
    open_accounts = {
        row.id: row
        for row in conn.execute(
            sa.select(accounts.c.id, accounts.c.channel, accounts.c.settings)
            .outerjoin(paces, paces.c.account == accounts.c.id)
            .where(accounts.c.disabled.is_(None), paces.c.stopped.is_(None))
            .where(sa.or_(paces.c.rests_until.is_(None), paces.c.rests_until <= now))
        )
    }
    pairs = [(row.id, number) for row in senders.values() for number in row.channels if number in open_accounts]
    turns = served or {}
    waiting = sorted(
        _with_something_due(conn, pairs, now),
        key=lambda pair: (
            -rank_of(senders[pair[0]].kind, senders[pair[0]].priority),
            turns.get(pair, 0),
            pair[0],
            senders[pair[0]].channels.index(pair[1]),
        ),
    )
    return [
        Lane(sender, number, account.channel, senders[sender].kind, dict(account.settings))
        for sender, number in waiting
        if (account := open_accounts[number])
    ]


def _with_something_due(conn: Connection, pairs: Sequence[tuple[int, int]], now: datetime) -> Sequence[tuple[int, int]]:
    """Which of these (sender, account) have a message to send, in one question: journeys have hundreds of senders."""
    if not pairs:
        return []
    asked = sent(
        conn,
        broadcast=(sa.BigInteger, [sender for sender, _ in pairs]),
        account=(sa.BigInteger, [account for _, account in pairs]),
    )
    mine = sa.and_(outbox.c.account == asked.c.account, outbox.c.broadcast == asked.c.broadcast)
    waits = sa.and_(outbox.c.state == sa.literal_column("'due'"), outbox.c.due <= now)
    rows = conn.execute(sa.select(asked.c.broadcast, asked.c.account).where(sa.exists().where(mine, waits)))
    return [(row.broadcast, row.account) for row in rows]


def claim(
    conn: Connection,
    guard: Guard,
    lane: Lane,
    way: Way,
    *,
    lease: str,
    now: datetime,
    machine_now: datetime,
    rows_max: int,
    installation: str,
) -> Claim:
    """Take up to ``rows_max`` messages of a lane, at most one a person. Those that may not go after all are held; those
    beyond the platform's quota of the day or month wait for the next.

    ``now`` is the product's time (due, caps); ``machine_now`` the machine's (leases, rates).
    """
    if conn.dialect.name == "postgresql":
        # A cap counts what others have claimed: two claims side by side would not see each other's.
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(CLAIM_LOCK)))
    rows_max = claimed_max = min(rows_max, _allowance(conn, lane, machine_now))
    if guard.quiet_until(now, lane.channel, lane.kind) is not None:
        rows_max = POSTPONED_ROWS  # most will wait until morning: they are put off by set, to be out of the way
    node, kept = people.alias(), people.alias()
    columns = (outbox.c.id, outbox.c.person, node.c.kept, kept.c.timezone, outbox.c.attempts, broadcasts.c.journey)
    query = (
        sa.select(*columns)
        .join(broadcasts, broadcasts.c.id == outbox.c.broadcast)
        .join(node, node.c.person == outbox.c.person)
        .join(kept, kept.c.person == node.c.kept)
        .where(
            outbox.c.account == lane.account,
            outbox.c.broadcast == lane.broadcast,
            outbox.c.state == sa.literal_column("'due'"),  # spelt out, so that SQLite sees that its index fits
            outbox.c.due <= now,
            broadcasts.c.state.in_(ACTIVE),
        )
        .order_by(outbox.c.due, outbox.c.id)
        .limit(rows_max)
    )
    waiting = [_Waiting._make(row) for row in zip(*gathered(conn, query), strict=True)]
    waiting = _awake(conn, guard, lane, now, waiting)[:claimed_max]
    if not waiting:
        return Claim(lane, lease, [], [], [])
    waiting = list({row.kept: row for row in reversed(waiting)}.values())[::-1]  # of merged ones, one at a time
    held = speak_again(conn, guard, way, lane.kind, lane.broadcast, now, [row.id for row in waiting])
    if waiting[0].journey is not None:
        held |= left_early(conn, [row.id for row in waiting])
    later = passing(way.channel, now)
    waits = {number: later[reason] for number, reason in held.items() if reason in later}
    for reason in {held[number] for number in waits}:
        _put_off(conn, [number for number in waits if held[number] == reason], later[reason], reason)
    stopped = {number: reason for number, reason in held.items() if number not in waits}
    if stopped:
        hold(conn, lane.broadcast, stopped, now, installation)
    taken = [row for row in waiting if row.id not in held]
    if taken:
        values = {
            "state": "claimed",
            "lease": lease,
            "leased_until": machine_now + LEASE,
            "counted": now,
            "reason": None,
            "attempts": outbox.c.attempts + 1,
        }
        mine = set(change(conn, [row.id for row in taken], outbox.c.state == "due", values))  # or given up meanwhile
        taken = [row for row in taken if row.id in mine]
        _spend(conn, lane, len(taken))
    return Claim(
        lane, lease, [row.id for row in taken], [row.person for row in taken], [row.tries + 1 for row in taken]
    )


def _awake(conn: Connection, guard: Guard, lane: Lane, now: datetime, waiting: Sequence[_Waiting]) -> list[_Waiting]:
    """Those for whom it is not quiet where they are; the others wait until it no longer is."""
    asleep: dict[datetime, list[int]] = {}
    ends = {zone: guard.quiet_until(now, lane.channel, lane.kind, zone) for zone in {row.zone for row in waiting}}
    for row in waiting:
        until = ends[row.zone]
        if until is not None:
            asleep.setdefault(until, []).append(row.id)
    for until, numbers in asleep.items():
        _put_off(conn, numbers, until, QUIET_HOURS.name)
    return [row for row in waiting if ends[row.zone] is None]


def _put_off(conn: Connection, numbers: Sequence[int], until: datetime, reason: str) -> None:
    ids = sent(conn, id=(sa.BigInteger, list(numbers)))
    conn.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(sa.select(ids.c.id)), outbox.c.state == "due")
        .values(due=until, counted=until, reason=reason)
    )


def hold(conn: Connection, broadcast: int, held: dict[int, str], now: datetime, installation: str) -> None:
    """Hold messages that were to go, each for its reason, and tell of it."""
    for reason in sorted(set(held.values())):
        which = [number for number, why in held.items() if why == reason]
        ids = sent(conn, id=(sa.BigInteger, which))
        mine = outbox.c.id.in_(sa.select(ids.c.id))
        silent = may_have_arrived(outbox)  # tried, without an answer: it is not sent again, but was it held?
        conn.execute(
            sa.update(outbox)
            .where(mine)
            .values(
                state=sa.case((silent, "unknown"), else_="held"),
                reason=sa.case((silent, "no_answer"), else_=reason),
                settled=sa.case((silent, sa.literal(now, Instant)), else_=sa.null()),
                counted=counts_no_more(outbox),
                decided=now,
                lease=None,
                leased_until=None,
            )
        )
        extra = {"reason": sa.literal(reason), "stage": sa.literal("claim")}
        append_message_events(
            conn,
            broadcast,
            message_event("message_held", "", sa.literal(now, Instant), installation, extra),
            sa.and_(mine, outbox.c.state == "held"),
        )


def rest(conn: Connection, account: int, until: datetime) -> None:
    """Leave an account alone until then: the platform asked for it."""
    _pace(conn, account, {"rests_until": until})


def stop(conn: Connection, account: int, reason: str) -> None:
    """Send nothing more through an account until a person has looked."""
    _pace(conn, account, {"stopped": reason})


def release(conn: Connection, account: int) -> None:
    """Go on with an account."""
    _pace(conn, account, {"stopped": None, "rests_until": None})


def _pace(conn: Connection, account: int, values: dict[str, Any]) -> None:
    row: dict[str, Any] = {"account": account, "tokens": 0.0, "at": _EPOCH} | values
    conn.execute(
        insert_into(conn, paces).values(row).on_conflict_do_update(index_elements=[paces.c.account], set_=values)
    )


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _allowance(conn: Connection, lane: Lane, machine_now: datetime) -> int:
    """How many the account's rate allows now: a bucket that holds one second's worth, shared by all workers."""
    rate = int(lane.settings.get("per_second") or 0)
    if not rate:
        return 1_000_000
    row = conn.execute(sa.select(paces).where(paces.c.account == lane.account)).one_or_none()
    tokens = (
        float(rate)
        if row is None
        else min(float(rate), row.tokens + rate * max((machine_now - row.at).total_seconds(), 0.0))
    )
    _pace(conn, lane.account, {"tokens": tokens, "at": machine_now})
    return int(tokens)


def _spend(conn: Connection, lane: Lane, messages: int) -> None:
    if lane.settings.get("per_second"):
        conn.execute(
            sa.update(paces).where(paces.c.account == lane.account).values(tokens=paces.c.tokens - float(messages))
        )
