"""Rewards that are held for a person's decision: when they are due, and when a score has risen since.

What else a reward waits for (the return window, its effort) goes on meanwhile and is kept with the review: whoever
releases the reward puts it back where it would be without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.tables import campaigns
from siyu.growth.cheating.limiting import limits_of
from siyu.growth.cheating.model import Limits
from siyu.growth.cheating.tables import reward_reviews, suspicions
from siyu.growth.purses import granting
from siyu.growth.purses.givers import currency_of
from siyu.growth.purses.model import Outcome, Stage, Wanted
from siyu.growth.purses.tables import rewards
from siyu.people.tables import people
from siyu.storage import insert_into, sent

SYSTEM = "system"
AGAIN = ":again"
"""Ends the key of a reward that is granted in the place of one that was dropped."""


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A person of a campaign whose rewards wait for review."""

    suspicion: int
    campaign: int


def grant(conn: Connection, at: datetime, by: str, wishes: Sequence[Wanted]) -> list[Outcome]:
    """As :func:`siyu.growth.purses.granting.grant`; rewards of whom a score speaks against are held for review, and
    those of a campaign whose rewards wait are held so long."""
    limits = _limits(conn, {wish.campaign for wish in wishes})
    suspects = _suspects(conn, wishes, limits)
    held = [_held(wish, at, limits.get(wish.campaign), (wish.campaign, wish.person) in suspects) for wish in wishes]
    outcomes = granting.grant(conn, at, by, held)
    rows = [
        _review(outcome.reward, suspects[wish.campaign, wish.person], at, *_then(wish))
        for wish, outcome in zip(wishes, outcomes, strict=True)
        if outcome.new and outcome.reward is not None and (wish.campaign, wish.person) in suspects
    ]
    if rows:
        conn.execute(insert_into(conn, reward_reviews).values(rows).on_conflict_do_nothing())
    return outcomes


def _held(wish: Wanted, at: datetime, limits: Limits | None, suspect: bool) -> Wanted:
    if suspect:
        return replace(wish, held=True, due=None, why="review")
    hours = 0 if limits is None else limits.waits(money=currency_of(wish.kind) == "yuan")
    if not hours or wish.held:
        return wish
    until = at + timedelta(hours=hours)
    return replace(wish, due=until if wish.due is None else max(until, wish.due))


def _then(wish: Wanted) -> tuple[str, datetime | None]:
    """What a reward would wait for without the review, and until when."""
    return ("due", wish.due) if wish.due is not None else ("wait" if wish.held else "grant", None)


def _review(reward: int, suspect: _Suspect, at: datetime, then: str, due: datetime | None) -> dict[str, Any]:
    told = {"reward": reward, "suspicion": suspect.suspicion, "campaign": suspect.campaign}
    return told | {"at": at, "then": then, "due": due}


def _limits(conn: Connection, slugs: set[str]) -> dict[str, Limits]:
    query = sa.select(campaigns.c.id, campaigns.c.slug).where(campaigns.c.slug.in_(sorted(slugs)))
    names = {row.id: row.slug for row in conn.execute(query)}
    return {names[campaign]: limits for campaign, limits in limits_of(conn, names).items()}


def _suspects(
    conn: Connection, wishes: Sequence[Wanted], limits: Mapping[str, Limits]
) -> dict[tuple[str, int], _Suspect]:
    """(campaign, node) → who is to be reviewed before they are given anything."""
    pairs = sorted({(wish.campaign, wish.person) for wish in wishes})
    asked = sent(conn, slug=(sa.Text, [slug for slug, _ in pairs]), person=(sa.BigInteger, [one for _, one in pairs]))
    query = (
        sa.select(asked.c.slug, asked.c.person, suspicions.c.id, suspicions.c.campaign, suspicions.c.score)
        .select_from(asked.join(campaigns, campaigns.c.slug == asked.c.slug))
        .join(people, people.c.person == asked.c.person)
        .join(suspicions, sa.and_(suspicions.c.campaign == campaigns.c.id, suspicions.c.person == people.c.kept))
        .where(suspicions.c.stage != "released")
    )
    return {
        (row.slug, row.person): _Suspect(row.id, row.campaign)
        for row in conn.execute(query)
        if row.score >= limits[row.slug].review_from
    }


def hold(conn: Connection, at: datetime, numbers: Sequence[int]) -> int:
    """Put what these suspicions' persons have waiting, of the same campaign, under review; how many rewards."""
    asked = sa.select(sent(conn, id=(sa.BigInteger, sorted(set(numbers)))).c.id)
    query = (
        sa.select(rewards.c.id, rewards.c.due, suspicions.c.id.label("suspicion"), suspicions.c.campaign)
        .select_from(suspicions)
        .join(campaigns, campaigns.c.id == suspicions.c.campaign)
        .join(people, people.c.kept == suspicions.c.person)
        .join(rewards, sa.and_(rewards.c.person == people.c.person, rewards.c.campaign == campaigns.c.slug))
        .outerjoin(reward_reviews, reward_reviews.c.reward == rewards.c.id)
        .where(suspicions.c.id.in_(asked), rewards.c.stage == "held", reward_reviews.c.reward.is_(None))
        .order_by(rewards.c.id)
    )
    rows = [
        _review(row.id, _Suspect(row.suspicion, row.campaign), at, "wait" if row.due is None else "due", row.due)
        for row in conn.execute(query)
    ]
    for first in range(0, len(rows), 1_000):
        part = rows[first : first + 1_000]
        conn.execute(insert_into(conn, reward_reviews).values(part).on_conflict_do_nothing())
        mine = sa.select(sent(conn, id=(sa.BigInteger, [row["reward"] for row in part])).c.id)
        conn.execute(sa.update(rewards).where(rewards.c.id.in_(mine), rewards.c.stage == "held").values(due=None))
    return len(rows)


def keep_under_review(conn: Connection, at: datetime, by: str, numbers: Sequence[int], to: Stage) -> set[int]:
    """See :data:`siyu.growth.purses.granting.Keep`. What the system would let go stays until somebody decides; what
    anybody decides, or the campaign's rules drop, ends the review."""
    asked = sa.select(sent(conn, reward=(sa.BigInteger, list(numbers))).c.reward)
    table = reward_reviews.c
    waits = sa.and_(table.reward.in_(asked), table.outcome == "")
    found = set(conn.execute(sa.select(table.reward).where(waits)).scalars())
    if not found:
        return set()
    if by == SYSTEM and to == "granted":
        conn.execute(sa.update(reward_reviews).where(waits).values(then="grant", due=None))
        return found
    end(conn, at, by, sorted(found), "released" if to == "granted" else "dropped")
    return set()


def end(
    conn: Connection, at: datetime, by: str, numbers: Sequence[int], outcome: Literal["released", "dropped"]
) -> None:
    """The reviews of these rewards are over."""
    asked = sa.select(sent(conn, reward=(sa.BigInteger, list(numbers))).c.reward)
    waits = sa.and_(reward_reviews.c.reward.in_(asked), reward_reviews.c.outcome == "")
    conn.execute(sa.update(reward_reviews).where(waits).values(outcome=outcome, ended=at, by=by))


def put_back(conn: Connection, at: datetime, by: str, numbers: Sequence[int], why: str) -> list[int]:
    """End the reviews of these rewards in their favour: each is granted, or waits on for what it waited for before.
    Those that were granted."""
    asked = sa.select(sent(conn, reward=(sa.BigInteger, list(numbers))).c.reward)
    table = reward_reviews.c
    waits = sa.and_(table.reward.in_(asked), table.outcome == "")
    ready = sa.or_(table.then == "grant", sa.and_(table.then == "due", table.due <= at))
    free = list(conn.execute(sa.select(table.reward).where(waits, ready)).scalars())
    later = [
        (row.reward, row.due) for row in conn.execute(sa.select(table.reward, table.due).where(waits, sa.not_(ready)))
    ]
    end(conn, at, by, numbers, "released")
    timed = [{"number": reward, "until": due} for reward, due in later if due is not None]
    if timed:
        which = sa.and_(rewards.c.id == sa.bindparam("number"), rewards.c.stage == "held")
        conn.execute(sa.update(rewards).where(which).values(due=sa.bindparam("until")), timed)
    return [each.id for each in granting.release(conn, at, by, free, why)] if free else []


def hold_again(conn: Connection, case: int) -> None:
    """What was released and still waits for its day, or its effort, is under review again."""
    still = sa.select(rewards.c.id).where(rewards.c.stage == "held")
    table = reward_reviews.c
    mine = sa.and_(table.suspicion == case, table.outcome == "released", table.reward.in_(still))
    conn.execute(sa.update(reward_reviews).where(mine).values(outcome="", ended=None, by=""))


def grant_again(conn: Connection, at: datetime, by: str, case: int) -> None:
    """What a decision dropped is granted once more, in the place of what was dropped, as far as the purse goes."""
    query = (
        sa.select(rewards)
        .join(reward_reviews, reward_reviews.c.reward == rewards.c.id)
        .where(reward_reviews.c.suspicion == case, reward_reviews.c.outcome == "dropped")
        .where(rewards.c.stage.in_(("dropped", "taken_back")), rewards.c.key.not_like(f"%{AGAIN}"))
        .order_by(rewards.c.id)
    )
    lost = conn.execute(query).all()
    names = ("purse", "person", "kind", "amount", "title", "campaign")
    wishes = [Wanted(f"{row.key}{AGAIN}", **{name: getattr(row, name) for name in names}) for row in lost]
    outcomes = granting.grant(conn, at, by, wishes) if wishes else []
    for row, outcome in zip(lost, outcomes, strict=True):
        if outcome.new:
            end = sa.update(reward_reviews).where(reward_reviews.c.reward == row.id)
            conn.execute(end.values(outcome="released", ended=at, by=by))
