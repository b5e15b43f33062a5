"""The queue of review: who is suspected and why, what waits because of it, what somebody decides, and what it saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.reading import campaigns_of, missing
from siyu.growth.campaigns.tables import campaigns, contributions
from siyu.growth.cheating import holding
from siyu.growth.cheating.limiting import limits_of
from siyu.growth.cheating.model import SORTS, STAGES, Limits, Reason
from siyu.growth.cheating.tables import campaign_limits, reward_reviews, suspicions
from siyu.growth.purses import granting
from siyu.growth.purses.model import Reward
from siyu.growth.purses.tables import purses, rewards
from siyu.people.tables import people
from siyu.storage import BadInput, NotFound, Stores, insert_into, sent

ROWS_MAX = 500
REWARDS_SHOWN = 100
WHY_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Case:
    """A person of a campaign against whom something speaks. ``waits``: currency → smallest units under review."""

    id: int
    campaign: int
    name: str
    person: int
    score: int
    reasons: Sequence[Reason]
    stage: str
    at: datetime
    changed: datetime
    decided: datetime | None
    by: str
    why: str
    waits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """Currency → smallest units of rewards that were held for review in all, wait for it now, were released, were
    dropped (saved); ``refused``: acts that passed a limit, by sort; ``cases`` by stage."""

    held: Mapping[str, int]
    waits: Mapping[str, int]
    released: Mapping[str, int]
    saved: Mapping[str, int]
    refused: Mapping[str, int]
    cases: Mapping[str, int]


_CASE = [
    *(suspicions.c.id, suspicions.c.campaign, campaigns.c.name, suspicions.c.person, suspicions.c.score),
    *(suspicions.c.reasons, suspicions.c.stage, suspicions.c.at, suspicions.c.changed, suspicions.c.decided),
    *(suspicions.c.by, suspicions.c.why),
]


def list_cases(
    stores: Stores, stage: str = "open", campaign: int | None = None, before: int | None = None, rows_max: int = 50
) -> list[Case]:
    """A page of them, the newest first; ``stage`` "": all."""
    query = sa.select(*_CASE).join(campaigns, campaigns.c.id == suspicions.c.campaign).order_by(suspicions.c.id.desc())
    if stage:
        query = query.where(suspicions.c.stage == stage)
    if campaign is not None:
        query = query.where(suspicions.c.campaign == campaign)
    if before is not None:
        query = query.where(suspicions.c.id < before)
    with stores.ledger.read() as conn:
        return _cases(conn, query.limit(min(rows_max, ROWS_MAX + 1)))


def cases_of(stores: Stores, nodes: Sequence[int]) -> list[Case]:
    """Those of one person (by any node), the newest first."""
    query = sa.select(*_CASE).join(campaigns, campaigns.c.id == suspicions.c.campaign).order_by(suspicions.c.id.desc())
    with stores.ledger.read() as conn:
        return _cases(conn, query.where(suspicions.c.person.in_(list(nodes))).limit(ROWS_MAX))


def get_case(stores: Stores, case: int) -> Case:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _case(conn, case)


def _case(conn: Connection, case: int) -> Case:
    query = sa.select(*_CASE).join(campaigns, campaigns.c.id == suspicions.c.campaign)
    found = _cases(conn, query.where(suspicions.c.id == case))
    if not found:
        raise NotFound("no_review", f"没有编号为 {case} 的审核。", f"There is no review {case}.")
    return found[0]


def _cases(conn: Connection, query: sa.Select[tuple[object, ...]]) -> list[Case]:
    rows = conn.execute(query).mappings().all()
    asked = sa.select(sent(conn, id=(sa.BigInteger, [row["id"] for row in rows])).c.id)
    waits: dict[int, dict[str, int]] = defaultdict(dict[str, int])
    sums = (
        sa.select(reward_reviews.c.suspicion, purses.c.currency, sa.func.sum(rewards.c.amount))
        .join(rewards, rewards.c.id == reward_reviews.c.reward)
        .join(purses, purses.c.id == rewards.c.purse)
        .where(reward_reviews.c.suspicion.in_(asked), reward_reviews.c.outcome == "")
        .group_by(reward_reviews.c.suspicion, purses.c.currency)
    )
    for number, currency, units in conn.execute(sums):
        waits[number][currency] = int(units)
    found: list[Case] = []
    for row in rows:
        values: dict[str, Any] = dict(row)
        values["reasons"] = msgspec.convert(row["reasons"], list[Reason])
        found.append(Case(**values, waits=waits.get(row["id"], {})))
    return found


def rewards_of(stores: Stores, case: int) -> list[tuple[Reward, str]]:
    """The newest rewards under review for a case, each with its outcome ("" while it waits)."""
    query = (
        sa.select(*granting.VIEW, reward_reviews.c.outcome)
        .join(reward_reviews, reward_reviews.c.reward == rewards.c.id)
        .where(reward_reviews.c.suspicion == case)
        .order_by(rewards.c.id.desc())
        .limit(REWARDS_SHOWN)
    )
    with stores.ledger.read() as conn:
        return [(Reward(*row[:-1]), row[-1]) for row in conn.execute(query)]


def release(stores: Stores, by: str, case: int, why: str = "") -> Case:
    """In the person's favour: what waits is granted (or waits on for what it waited for before), and no score holds
    their rewards in this campaign again. What was dropped before is granted again, as far as its purse goes: so a drop
    is undone. Raises :class:`NotFound`, :class:`BadInput`."""
    now = stores.clock.now()
    why = _why(why)
    with stores.ledger.write() as conn:
        _case(conn, case)
        _decide(conn, now, by, case, "released", why)
        holding.put_back(conn, now, by, _waiting(conn, case), why)
        holding.grant_again(conn, now, by, case)
        return _case(conn, case)


def drop(stores: Stores, by: str, case: int, why: str = "", *, take_back: bool = False) -> Case:
    """Against the person: what waits is dropped, and the purse has it again; ``take_back``: also what was granted in
    this campaign and not given yet. What comes later waits for review. What was released before and still waits for
    its day is dropped, too. Raises :class:`NotFound`, :class:`BadInput`."""
    now = stores.clock.now()
    why = _why(why)
    with stores.ledger.write() as conn:
        found = _case(conn, case)
        _decide(conn, now, by, case, "dropped", why)
        holding.hold_again(conn, case)
        waiting = _waiting(conn, case)
        holding.end(conn, now, by, waiting, "dropped")
        granting.drop(conn, now, by, waiting, why)
        if take_back:
            _take_back(conn, now, by, found, why)
        return _case(conn, case)


def _take_back(conn: Connection, now: datetime, by: str, case: Case, why: str) -> None:
    query = (
        sa.select(rewards.c.id)
        .join(people, people.c.person == rewards.c.person)
        .join(campaigns, campaigns.c.slug == rewards.c.campaign)
        .where(people.c.kept == case.person, campaigns.c.id == case.campaign, rewards.c.stage == "granted")
    )
    taken = granting.take_back(conn, now, by, list(conn.execute(query).scalars()), why)
    rows = [
        {
            "reward": each.id,
            "suspicion": case.id,
            "campaign": case.campaign,
            "at": now,
            "then": "grant",
            "outcome": "dropped",
            "ended": now,
            "by": by,
        }
        for each in taken
    ]
    if rows:
        conn.execute(insert_into(conn, reward_reviews).values(rows).on_conflict_do_nothing())


def _why(why: str) -> str:
    why = why.strip()
    if len(why) > WHY_CHARACTERS_MAX:
        raise BadInput(
            "why_too_long",
            f"说明最多 {WHY_CHARACTERS_MAX} 字。",
            f"At most {WHY_CHARACTERS_MAX} characters.",
            field="why",
        )
    return why


def _decide(conn: Connection, now: datetime, by: str, case: int, stage: str, why: str) -> None:
    values = {"stage": stage, "decided": now, "changed": now, "by": by, "why": why}
    conn.execute(sa.update(suspicions).where(suspicions.c.id == case).values(values))


def _waiting(conn: Connection, case: int) -> list[int]:
    table = reward_reviews.c
    query = sa.select(table.reward).where(table.suspicion == case, table.outcome == "").order_by(table.reward)
    return list(conn.execute(query).scalars())


def figures_of(stores: Stores, campaign: int | None = None) -> Figures:
    """Of one campaign, or of all."""
    sums = (
        sa.select(reward_reviews.c.outcome, purses.c.currency, sa.func.sum(rewards.c.amount))
        .join(rewards, rewards.c.id == reward_reviews.c.reward)
        .join(purses, purses.c.id == rewards.c.purse)
        .group_by(reward_reviews.c.outcome, purses.c.currency)
    )
    refused = (
        sa.select(contributions.c.why, sa.func.count())
        .where(contributions.c.stage == "refused", contributions.c.why.in_([f"limit_{sort}" for sort in SORTS]))
        .group_by(contributions.c.why)
    )
    cases = sa.select(suspicions.c.stage, sa.func.count()).group_by(suspicions.c.stage)
    if campaign is not None:
        sums = sums.where(reward_reviews.c.campaign == campaign)
        refused = refused.where(contributions.c.campaign == campaign)
        cases = cases.where(suspicions.c.campaign == campaign)
    by_outcome: dict[str, dict[str, int]] = defaultdict(dict[str, int])
    held: dict[str, int] = defaultdict(int)
    with stores.ledger.read() as conn:
        for outcome, currency, units in conn.execute(sums):
            by_outcome[outcome][currency] = int(units)
            held[currency] += int(units)
        passed = {why.removeprefix("limit_"): int(many) for why, many in conn.execute(refused)}
        counted = {stage: int(many) for stage, many in conn.execute(cases)}
    return Figures(
        dict(held),
        by_outcome.get("", {}),
        by_outcome.get("released", {}),
        by_outcome.get("dropped", {}),
        {sort: passed.get(sort, 0) for sort in SORTS},
        {stage: counted.get(stage, 0) for stage in STAGES},
    )


def get_limits(stores: Stores, campaign: int) -> Limits:
    """Of a campaign. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        if not campaigns_of(conn, [campaign]):
            raise missing(campaign)
        return limits_of(conn, [campaign])[campaign]


def set_limits(stores: Stores, by: str, campaign: int, limits: Limits) -> Limits:
    """What holds from now on, also while the campaign runs: it changes who is looked at, and no promise. Raises
    :class:`NotFound`."""
    row = {"campaign": campaign, "limits": msgspec.to_builtins(limits), "changed": stores.clock.now(), "by": by}
    with stores.ledger.write() as conn:
        if not campaigns_of(conn, [campaign]):
            raise missing(campaign)
        putting = insert_into(conn, campaign_limits).values(row)
        told = {name: putting.excluded[name] for name in ("limits", "changed", "by")}
        conn.execute(putting.on_conflict_do_update(index_elements=["campaign"], set_=told))
    return limits
