"""Settling: what became of messages that were tried, by set, and of those whose worker went away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Channels, Outcome, hands_of
from siyu.channels.tables import accounts
from siyu.reach.arrived import counts_no_more
from siyu.reach.broadcasts import read_sender
from siyu.reach.claiming import Lane, rest, stop
from siyu.reach.outbox import append_message_events, change, delivery_id, message_event
from siyu.reach.tables import attempts, outbox
from siyu.storage import Instant, sent

ATTEMPTS_MAX = 12
BACKOFF_SECONDS = 30.0
BACKOFF_SECONDS_MAX = 3_600.0
UNKNOWN = Outcome("unknown", "no_answer")
HANDED = Outcome("handed")
NOT_CALLED = "not_called"
"""The outcome of an attempt that was written down and not made after all: it reached nobody."""
UNTIL_SETTLED = datetime(2200, 1, 1, tzinfo=UTC)
"""When a message counts that an adviser may confirm any day: in every cap's days, until it is settled."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Messages that were tried, of which the same became: their numbers, the rows of these attempts, how often each
    was tried by now, and the outcome.

    ``abandoned``: our own worker went away, so the receiver need not be spared before the first repeat.
    """

    messages: Sequence[int]
    attempts: Sequence[int]
    tries: int
    outcome: Outcome
    abandoned: bool = False


def settle(
    conn: Connection,
    lane: Lane,
    lease: str,
    tried: Sequence[Tried],
    *,
    now: datetime,
    drops_repeats: bool,
    installation: str,
    rests: bool = False,
) -> None:
    """Record outcomes. Only messages still under this lease move: another worker's word stands.

    ``rests``: the platform takes nothing for now, so the account is left alone for a while.
    """
    _end_attempts(conn, tried, now)
    found = read_sender(conn, lane.broadcast)
    moves: dict[tuple[Any, ...], list[int]] = {}
    for each in tried:
        values = _next(each, now, drops_repeats, found.draft.when_unknown, found.state)
        moves.setdefault(tuple(sorted(values.items())), []).extend(each.messages)
    for key, messages in moves.items():
        _move(conn, lane, lease, dict(key), messages, found.draft.channels, now, installation)
    _mind_account(conn, lane, [each.outcome for each in tried], now, rests)


def _end_attempts(conn: Connection, tried: Sequence[Tried], now: datetime) -> None:
    """Write down the answers: a statement for each answer that there is, however many messages got it."""
    answers: dict[tuple[str, str], tuple[Outcome, list[int]]] = {}
    for each in tried:
        same = (each.outcome.kind, _as_text(each.outcome))
        answers.setdefault(same, (each.outcome, []))[1].extend(each.attempts)
    for outcome, rows in answers.values():
        ids = sent(conn, id=(sa.BigInteger, rows))
        conn.execute(
            sa.update(attempts)
            .where(attempts.c.id.in_(sa.select(ids.c.id)))
            .values(ended=now, outcome=outcome.kind, answer=_answer(outcome))
        )


def settle_abandoned(
    conn: Connection, channels: Channels, now: datetime, machine_now: datetime, installation: str, *, all_of_them: bool
) -> int:
    """Messages whose worker went away. Claimed ones were never tried: they wait again. Tried ones are unknown.

    ``all_of_them`` takes those under a living lease too: for a process that is alone with its home and just began.
    """
    expired = outbox.c.leased_until.is_not(None) if all_of_them else outbox.c.leased_until < machine_now
    rows = conn.execute(
        sa.select(
            outbox.c.id,
            outbox.c.state,
            outbox.c.attempts,
            outbox.c.broadcast,
            outbox.c.account,
            outbox.c.channel,
            outbox.c.kind,
            outbox.c.lease,
        )
        .where(outbox.c.state.in_(["claimed", "attempted"]), expired)
        .limit(10_000)
    ).all()
    claimed = [row for row in rows if row.state == "claimed"]
    for lease in sorted({row.lease for row in claimed}):
        give_back(conn, lease, [row.id for row in claimed if row.lease == lease])
    by_lane: dict[tuple[int, int, str], list[Any]] = {}
    for row in rows:
        if row.state == "attempted":
            by_lane.setdefault((row.broadcast, row.account, row.lease), []).append(row)
    for (broadcast, account, lease), members in by_lane.items():
        last = _last_attempts(conn, [row.id for row in members])
        kept = _handed_already(conn, channels, members, installation)
        lane = Lane(broadcast, account, members[0].channel, members[0].kind, {})
        content = read_sender(conn, broadcast).draft.content.get(lane.channel, {})
        settle(
            conn,
            lane,
            lease,
            [
                Tried([row.id], [last[row.id]], row.attempts, HANDED if row.id in kept else UNKNOWN, abandoned=True)
                for row in members
            ],
            now=now,
            drops_repeats=channels[lane.channel].speaking(account, {}, content).drops_repeats,
            installation=installation,
        )
    return len(rows)


def _handed_already(
    conn: Connection, channels: Channels, members: Sequence[sa.Row[Any]], installation: str
) -> set[int]:
    """Those that a channel keeps for its staff: only the note of it was lost."""
    hands = hands_of(channels).get(members[0].channel)
    if hands is None:
        return set()
    numbers = {delivery_id(installation, row.id): int(row.id) for row in members}
    return {numbers[known] for known in hands.known(conn, list(numbers))}


def give_back(conn: Connection, lease: str, messages: Sequence[int]) -> None:
    """Claimed under this lease and not tried: as if it had not been claimed. Others' claims stand."""
    _wait_again(conn, lease, messages, "claimed")


def put_back(conn: Connection, lease: str, messages: Sequence[int], untried: Sequence[int], now: datetime) -> None:
    """Written down as attempted under this lease, but the call was not made (its attempts: ``untried``): they wait
    again, as if they had not been claimed."""
    ids = sent(conn, id=(sa.BigInteger, list(untried)))
    conn.execute(
        sa.update(attempts).where(attempts.c.id.in_(sa.select(ids.c.id))).values(ended=now, outcome=NOT_CALLED)
    )
    _wait_again(conn, lease, messages, "attempted")


def _wait_again(conn: Connection, lease: str, messages: Sequence[int], state: str) -> None:
    ids = sent(conn, id=(sa.BigInteger, list(messages)))
    conn.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(sa.select(ids.c.id)), outbox.c.state == state, outbox.c.lease == lease)
        .values(state="due", lease=None, leased_until=None, counted=outbox.c.due, attempts=outbox.c.attempts - 1)
    )


def backoff(tries: int) -> timedelta:
    """How long to wait after so many tries: not at all after none, then doubling, up to an hour."""
    return timedelta(seconds=min(BACKOFF_SECONDS * 2 ** (tries - 1), BACKOFF_SECONDS_MAX) if tries > 0 else 0)


def _next(each: Tried, now: datetime, drops_repeats: bool, when_unknown: str, broadcast_state: str) -> dict[str, Any]:
    """The columns a message gets by its outcome. Pure."""
    kind, reason = each.outcome.kind, each.outcome.reason or None
    if kind == "accepted":
        return {"state": "accepted", "reason": None, "settled": now}
    if kind == "handed":
        return {"state": "handed", "reason": None, "counted": UNTIL_SETTLED}
    if kind == "refused":
        return {"state": "refused", "reason": reason, "settled": now, "counted": None}
    again = kind == "passing" or drops_repeats or when_unknown == "send_again"
    if not again:
        return {"state": "unknown", "reason": reason, "settled": now}
    if broadcast_state == "cancelled":
        if kind == "unknown":
            return {"state": "unknown", "reason": reason, "settled": now}
        return {"state": "cancelled", "reason": "cancelled", "settled": now, "counted": None}
    if each.tries >= ATTEMPTS_MAX:
        if kind == "unknown":
            return {"state": "unknown", "reason": reason, "settled": now}
        return {"state": "refused", "reason": "gave_up", "settled": now, "counted": None}
    wait = each.outcome.retry_after_seconds
    due = now + max(backoff(each.tries - each.abandoned), timedelta(seconds=wait or 0))
    # An unknown one may have arrived: it goes on counting from when it was tried.
    return {"state": "due", "reason": reason, "due": due} | ({} if kind == "unknown" else {"counted": due})


def _move(
    conn: Connection,
    lane: Lane,
    lease: str,
    values: dict[str, Any],
    messages: Sequence[int],
    ways: Sequence[int],
    now: datetime,
    installation: str,
) -> None:
    state = values["state"]
    if state == "refused":
        other = next_way(conn, lane, ways)
        if other is not None:
            values = {"state": "due", "reason": None, "due": now, "counted": now} | other
    if values.get("counted", now) is None:
        values = values | {"counted": counts_no_more(outbox)}
    open_to_us = sa.and_(outbox.c.lease == lease, outbox.c.state.in_(["attempted", "unknown"]))
    values = values | {"lease": lease if values["state"] == "unknown" else None, "leased_until": None}
    moved = change(conn, messages, open_to_us, values)
    if not moved or values["state"] not in ("accepted", "refused"):
        return
    told = sent(conn, id=(sa.BigInteger, list(moved)))
    extra = {} if state == "accepted" else {"reason": outbox.c.reason}
    append_message_events(
        conn,
        lane.broadcast,
        message_event(f"message_{state}", "", sa.literal(now, Instant), installation, extra),
        outbox.c.id.in_(sa.select(told.c.id)),
    )


def next_way(conn: Connection, lane: Lane, ways: Sequence[int]) -> dict[str, Any] | None:
    """The account after this one in the broadcast's order of preference, if there is one left."""
    place = list(ways).index(lane.account) + 1 if lane.account in ways else len(ways)
    for number in list(ways)[place:]:
        channel = conn.execute(
            sa.select(accounts.c.channel).where(accounts.c.id == number, accounts.c.disabled.is_(None))
        ).scalar()
        if channel is not None:
            return {"account": number, "channel": channel}
    return None


def _mind_account(conn: Connection, lane: Lane, outcomes: Sequence[Outcome], now: datetime, rests: bool) -> None:
    """What the outcomes say of the account itself: stop it, or let it rest when everything passes."""
    stopped = next((outcome for outcome in outcomes if outcome.account_stopped), None)
    if stopped is not None:
        stop(conn, lane.account, stopped.reason)
    passing = [outcome for outcome in outcomes if outcome.kind == "passing"]
    if stopped is None and passing and (rests or len(passing) == len(outcomes)):
        wait = min(outcome.retry_after_seconds or BACKOFF_SECONDS for outcome in passing)
        rest(conn, lane.account, now + timedelta(seconds=wait))


def _last_attempts(conn: Connection, messages: Sequence[int]) -> dict[int, int]:
    ids = sent(conn, id=(sa.BigInteger, list(messages)))
    rows = conn.execute(
        sa.select(attempts.c.message, sa.func.max(attempts.c.id))
        .where(attempts.c.message.in_(sa.select(ids.c.id)))
        .group_by(attempts.c.message)
    )
    return {int(message): int(attempt) for message, attempt in rows}


def _as_text(outcome: Outcome) -> str:
    return outcome.reason if not outcome.answer else json.dumps(_answer(outcome), sort_keys=True, default=str)


def _answer(outcome: Outcome) -> Mapping[str, Any]:
    return {"reason": outcome.reason, **outcome.answer}
