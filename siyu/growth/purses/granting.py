"""Granting rewards, and moving them on: never more than the purse has, never twice for one reason.

Functions that take ``conn`` run in the caller's transaction, with what made the reward due, so that both are true or
neither is. On PostgreSQL the purses' rows are locked in the order of their numbers before anything is decided; SQLite
has one writer. The check of the table stands behind both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.purses.givers import GIVERS, Giver
from siyu.growth.purses.model import COMES_FROM, COUNTS, Outcome, Reward, Stage, Wanted, check_wishes, fitting
from siyu.growth.purses.tables import purses, reward_steps, rewards
from siyu.people.actions import append_own
from siyu.storage import CHUNK_ROWS, Stores, insert_into, sent

DUE_ROWS = 2_000

Told = Callable[[Connection, Sequence[int]], object]
"""Given the persons (nodes) to whom money was granted, or from whom it was taken back."""

_told: list[Told] = []

Keep = Callable[[Connection, datetime, str, Sequence[int], Stage], set[int]]
"""Given the moment, by whom, rewards that are held and the stage they would go on to: those that stay as they are."""

_keeping: list[Keep] = []
VIEW = [rewards.c[name] for name in Reward.__dataclass_fields__]
EVENTS = {"granted": "reward_granted", "paid": "reward_paid", "taken_back": "reward_taken_back"}


def also_told(tell: Told) -> None:
    """Have ``tell`` called, in the same transaction, whenever money is granted or taken back."""
    if tell not in _told:
        _told.append(tell)


def also_asked(keep: Keep) -> None:
    """Have ``keep`` called, in the same transaction, before rewards that are held go on."""
    if keep not in _keeping:
        _keeping.append(keep)


def grant(conn: Connection, at: datetime, by: str, wishes: Sequence[Wanted]) -> list[Outcome]:
    """Grant these (at most ``CHUNK_ROWS``), in their order, as far as their purses go; an outcome for each.

    In the order given, each takes if what is left then covers it. A key that was granted before, or stands twice
    among the wishes, is that same reward and costs nothing more. Raises :class:`ValueError` for an unknown kind, an
    amount of nothing, or a purse of another currency.
    """
    if len(wishes) > CHUNK_ROWS:
        raise ValueError("too many at once")
    check_wishes(wishes)
    first = {wish.key: wish for wish in reversed(wishes)}
    left = _locked(conn, {wish.purse for wish in wishes}, {(wish.purse, wish.kind) for wish in wishes})
    known = _by_keys(conn, list(first))
    asked = [wish for key in dict.fromkeys(wish.key for wish in wishes) if key not in known and (wish := first[key])]
    made = _insert(conn, at, _as_the_purses_go(left, asked))
    _step(conn, at, by, [(each, "", first[each.key].why) for each in made])
    new = {each.key: each for each in made}
    missing = [wish.key for wish in asked if wish.key not in new]
    known |= _by_keys(conn, missing)  # somebody else had the same key from another purse meanwhile
    _follow(conn, at, by, [each for each in made if each.stage == "granted"])
    outcomes: list[Outcome] = []
    for wish in wishes:
        fresh = new.pop(wish.key, None)
        if fresh is not None:
            at_once = fresh.stage == "granted" and GIVERS[fresh.kind].at_once
            known[wish.key] = replace(fresh, stage="paid") if at_once else fresh
        found = known.get(wish.key)
        stage = "" if found is None else found.stage
        outcomes.append(Outcome(wish.key, None if found is None else found.id, stage, new=fresh is not None))
    return outcomes


def move(conn: Connection, at: datetime, by: str, numbers: Sequence[int], to: Stage, why: str = "") -> list[Reward]:
    """Move rewards on to ``to``; those that went, as they are now. Those that are not in a stage before it stay as
    they are, so that doing it twice is doing it once. At most ``CHUNK_ROWS``."""
    asked = sent(conn, id=(sa.BigInteger, sorted(set(numbers))))
    query = (
        sa.select(*VIEW)
        .where(rewards.c.id.in_(sa.select(asked.c.id)), rewards.c.stage.in_(COMES_FROM[to]))
        .order_by(rewards.c.id)
        .with_for_update()
    )
    before = [Reward(*row) for row in conn.execute(query)]
    if to == "taken_back":
        before = _returnable(conn, before)
    held = [each.id for each in before if each.stage == "held"]
    for keep in _keeping if held else ():
        stay = keep(conn, at, by, held, to)
        before = [each for each in before if each.id not in stay]
    if not before:
        return []
    _mark(conn, at, [each.id for each in before], to)
    after = [replace(each, stage=to, changed=at) for each in before]
    _step(conn, at, by, [(now, was.stage, why) for was, now in zip(before, after, strict=True)])
    if to == "granted":
        _follow(conn, at, by, after)
    else:
        _tell(conn, at, after)
    return after


def release(conn: Connection, at: datetime, by: str, numbers: Sequence[int], why: str = "") -> list[Reward]:
    """Let go what was held: it is granted."""
    return move(conn, at, by, numbers, "granted", why)


def release_due(stores: Stores) -> int:
    """Let go what waited long enough, at most ``DUE_ROWS``; how many. Where nothing is due, nothing is written."""
    now = stores.clock.now()
    query = sa.select(rewards.c.id).where(rewards.c.stage == "held", rewards.c.due <= now).order_by(rewards.c.due)
    with stores.ledger.read() as conn:
        numbers = list(conn.execute(query.limit(DUE_ROWS)).scalars())
    if not numbers:
        return 0
    with stores.ledger.write() as conn:
        return len(release(conn, now, "system", numbers))


def drop(conn: Connection, at: datetime, by: str, numbers: Sequence[int], why: str = "") -> list[Reward]:
    """End what was held: the purse has it again."""
    return move(conn, at, by, numbers, "dropped", why)


def pay(conn: Connection, at: datetime, by: str, numbers: Sequence[int], why: str = "") -> list[Reward]:
    """Say that granted rewards have been given."""
    return move(conn, at, by, numbers, "paid", why)


def take_back(conn: Connection, at: datetime, by: str, numbers: Sequence[int], why: str = "") -> list[Reward]:
    """Take back what was granted or paid, where its giver can; the purse has it again."""
    return move(conn, at, by, numbers, "taken_back", why)


def _locked(conn: Connection, numbers: set[int], kinds: set[tuple[int, str]]) -> dict[int, int]:
    """Purse → what is left of it (nothing, where it is closed), locked until the transaction ends."""
    query = sa.select(purses).where(purses.c.id.in_(sorted(numbers))).order_by(purses.c.id).with_for_update()
    found = {row.id: row for row in conn.execute(query)}
    for purse, kind in kinds:
        giver = GIVERS.get(kind)
        if giver is None or purse not in found or found[purse].currency != giver.currency:
            raise ValueError(f"a reward of {kind} can't be taken from purse {purse}")
    return {number: 0 if row.closed is not None else row.total - row.held - row.spent for number, row in found.items()}


def _as_the_purses_go(left: Mapping[int, int], wishes: Sequence[Wanted]) -> list[Wanted]:
    by_purse: dict[int, list[Wanted]] = defaultdict(list)
    for wish in wishes:
        by_purse[wish.purse].append(wish)
    fit: set[str] = set()
    for purse, own in by_purse.items():
        fits = fitting(left[purse], [wish.amount for wish in own])
        fit |= {wish.key for wish, so in zip(own, fits, strict=True) if so}
    return [wish for wish in wishes if wish.key in fit]


def _insert(conn: Connection, at: datetime, wishes: Sequence[Wanted]) -> list[Reward]:
    made: list[Reward] = []
    for first in range(0, len(wishes), 1_000):  # some twelve parameters each: within what a statement may have
        rows = [
            {
                "key": wish.key,
                "purse": wish.purse,
                "person": wish.person,
                "campaign": wish.campaign,
                "kind": wish.kind,
                "amount": wish.amount,
                "title": wish.title,
                "stage": "held" if wish.held or wish.due is not None else "granted",
                "at": at,
                "changed": at,
                "due": wish.due,
            }
            for wish in wishes[first : first + 1_000]
        ]
        insert = insert_into(conn, rewards).values(rows).on_conflict_do_nothing(index_elements=["key"])
        made += [Reward(*row) for row in conn.execute(insert.returning(*VIEW))]
    return sorted(made, key=lambda each: each.id)


def _by_keys(conn: Connection, keys: Sequence[str]) -> dict[str, Reward]:
    if not keys:
        return {}
    asked = sent(conn, key=(sa.Text, list(keys)))
    query = sa.select(*VIEW).where(rewards.c.key.in_(sa.select(asked.c.key)))
    return {row.key: Reward(*row) for row in conn.execute(query)}


def _mark(conn: Connection, at: datetime, numbers: Sequence[int], to: str) -> None:
    asked = sent(conn, id=(sa.BigInteger, list(numbers)))
    which = rewards.c.id.in_(sa.select(asked.c.id))
    conn.execute(sa.update(rewards).where(which).values(stage=to, changed=at))


def _step(conn: Connection, at: datetime, by: str, moved: Sequence[tuple[Reward, str, str]]) -> None:
    """Write the steps, and count them in their purses: (the reward as it is now, its stage before, why)."""
    if not moved:
        return
    rows: list[dict[str, Any]] = []
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for reward, was, why in moved:
        held, spent = (
            (now - before) * reward.amount
            for now, before in zip(COUNTS[reward.stage], COUNTS.get(was, (0, 0)), strict=True)
        )
        sums[reward.purse][0] += held
        sums[reward.purse][1] += spent
        step = {"reward": reward.id, "purse": reward.purse, "stage": reward.stage, "held": held, "spent": spent}
        rows.append({**step, "at": at, "by": by, "why": why})
    conn.execute(sa.insert(reward_steps), rows)
    for purse in sorted(sums):
        held, spent = sums[purse]
        counted = conn.execute(
            sa.update(purses)
            .where(purses.c.id == purse, purses.c.held + purses.c.spent + held + spent <= purses.c.total)
            .values(held=purses.c.held + held, spent=purses.c.spent + spent)
        )
        if counted.rowcount != 1:
            raise RuntimeError(f"purse {purse} would be overdrawn")


def _follow(conn: Connection, at: datetime, by: str, granted: Sequence[Reward]) -> None:
    """Tell what was granted, and have it given."""
    _tell(conn, at, granted)
    by_kind: dict[str, list[Reward]] = defaultdict(list)
    for each in granted:
        by_kind[each.kind].append(each)
    for kind, own in by_kind.items():
        giver = GIVERS[kind]
        giver.give(conn, at, own)
        if giver.at_once:
            pay(conn, at, by, [each.id for each in own])


def _tell(conn: Connection, at: datetime, moved: Sequence[Reward]) -> None:
    """The events, and what money each person got or gave back."""
    append_own(conn, [_event(at, each) for each in moved if each.stage in EVENTS])
    settled = [each for each in moved if each.stage in ("granted", "taken_back")]
    persons = {each.person for each in settled if GIVERS[each.kind].currency == "yuan"}
    if persons:
        for tell in _told:
            tell(conn, sorted(persons))


def _event(at: datetime, reward: Reward) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "reward": reward.id,
        "title": reward.title,
        "kind": reward.kind,
        "campaign": reward.campaign,
    }
    if GIVERS[reward.kind].currency == "yuan":
        properties["cents"] = reward.amount
    else:
        properties["units"] = reward.amount
    return {
        "message_id": f"reward-{reward.id}-{reward.stage}",
        "time": at,
        "name": EVENTS[reward.stage],
        "person": reward.person,
        "properties": properties,
    }


def _returnable(conn: Connection, found: Sequence[Reward]) -> list[Reward]:
    by_giver: dict[str, list[Reward]] = defaultdict(list)
    for each in found:
        by_giver[each.kind].append(each)
    may: set[int] = set()
    for kind, own in by_giver.items():
        giver: Giver | None = GIVERS.get(kind)
        may |= giver.take_back(conn, own) if giver is not None else set()
    return [each for each in found if each.id in may]
