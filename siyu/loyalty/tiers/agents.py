"""Own agents: whoever has the right is looked after by one member of staff, and stays with them.

Who may be one is a list that the shop keeps. A new customer goes to whom the fewest have; who loses the right goes back
to the usual ways. Members are named as tasks name their holders (``staff:3``, ``wecom:1:zhangsan``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.tiers.model import Plan
from siyu.loyalty.tiers.tables import tier_agent_pool, tier_agents, tier_stale, tier_standings
from siyu.people.tables import people
from siyu.storage import BadInput, NotFound, Stores, sent

RIGHT = "own_agent"
POOL_MAX = 200


def pool(conn: Connection) -> dict[str, int]:
    """Who may be an own agent, and how many they look after."""
    many = sa.func.count(tier_agents.c.person)
    query = (
        sa.select(tier_agent_pool.c.holder, many)
        .outerjoin(tier_agents, tier_agents.c.holder == tier_agent_pool.c.holder)
        .group_by(tier_agent_pool.c.holder)
        .order_by(tier_agent_pool.c.holder)
    )
    return dict(conn.execute(query).tuples().all())


def set_pool(stores: Stores, holders: Sequence[str]) -> None:
    """These alone may be own agents. Whom another looked after gets one of these. Raises :class:`BadInput`."""
    wished = sorted(set(holders))
    if len(wished) > POOL_MAX:
        raise BadInput(
            "tier_agents", f"最多 {POOL_MAX} 位专属顾问。", f"At most {POOL_MAX} own agents.", field="agents"
        )
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(tier_agent_pool))
        if wished:
            conn.execute(sa.insert(tier_agent_pool), [{"holder": each} for each in wished])
        gone = tier_agents.c.holder.not_in(sa.select(tier_agent_pool.c.holder))
        conn.execute(sa.delete(tier_agents).where(gone))
        without = sa.select(tier_standings.c.person).where(
            tier_standings.c.tier != "", tier_standings.c.person.not_in(sa.select(tier_agents.c.person))
        )
        conn.execute(sa.insert(tier_stale).from_select(["person"], without))


def choose(conn: Connection, now: datetime, by: str, person: int, holder: str) -> None:
    """Have this member look after a kept person who has the right. Raises :class:`BadInput`, :class:`NotFound`."""
    if holder not in pool(conn):
        raise BadInput("tier_agent", "请先把成员加入专属顾问名单。", "Put them on the list first.", field="holder")
    changed = sa.update(tier_agents).where(tier_agents.c.person == person)
    if not conn.execute(changed.values(holder=holder, since=now, by=by)).rowcount:
        raise NotFound("no_tier_agent", "该客户没有专属顾问这项权益。", "They have no right to an own agent.")


def agents_of(conn: Connection, persons: Sequence[int]) -> dict[int, str]:
    """Node → who looks after the person, of those who have an own agent."""
    asked = sent(conn, person=(sa.BigInteger, list(set(persons))))
    query = (
        sa.select(asked.c.person, tier_agents.c.holder)
        .select_from(asked)
        .join(people, people.c.person == asked.c.person)
        .join(tier_agents, tier_agents.c.person == people.c.kept)
    )
    return dict(conn.execute(query).tuples().all())


def settle(conn: Connection, now: datetime, plan: Plan, tiers: Mapping[int, str], gone: Sequence[int]) -> None:
    """Give an own agent to those of these (kept person → tier) who have the right, and take away what went with a tier;
    ``gone``: nodes that are another's now."""
    entitled = {person for person, tier in tiers.items() if RIGHT in plan.rights(plan.rank(tier))}
    asked = sent(conn, person=(sa.BigInteger, [*tiers, *gone]))
    query = sa.select(tier_agents.c.person, tier_agents.c.holder)
    there = dict(conn.execute(query.join(asked, asked.c.person == tier_agents.c.person)).tuples().all())
    lost = [person for person in there if person not in entitled]
    if lost:
        out = sent(conn, person=(sa.BigInteger, lost))
        conn.execute(sa.delete(tier_agents).where(tier_agents.c.person.in_(sa.select(out.c.person))))
    new = sorted(entitled - there.keys())
    load = Counter(pool(conn)) if new else Counter[str]()
    rows: list[dict[str, object]] = []
    for person in new:
        if not load:
            return
        holder = min(load, key=lambda each: (load[each], each))
        load[holder] += 1
        rows.append({"person": person, "holder": holder, "since": now, "by": "tiers"})
    if rows:
        conn.execute(sa.insert(tier_agents), rows)
