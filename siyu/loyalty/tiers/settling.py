"""Working out where people stand: their facts read by set, the course decided in memory, what changed written by set.

One way for everything: news, nights, merges and new plans note who is stale, and whoever is stale is settled here.
Doing it again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.loyalty.tiers import agents, facts, keeping
from siyu.loyalty.tiers.course import MIDNIGHT, Course, Fact, Standing, course, shown
from siyu.loyalty.tiers.keeping import Version
from siyu.loyalty.tiers.model import NONE, Plan
from siyu.loyalty.tiers.tables import tier_changes, tier_facts, tier_stale, tier_standings
from siyu.people.families import mark_changed, members_of
from siyu.people.of_many import append_of_many
from siyu.people.tables import people
from siyu.storage import Stores, insert_into, sent
from siyu.storage.ledger import to_millis

STALE_A_STEP = 1_000
WHYS: Mapping[str, tuple[str, str]] = {
    "up": ("成长值达到升级线", "Value reached the way up"),
    "down": ("成长值低于保级线，宽限期已过", "Value was below what it takes to stay, and the grace is over"),
    "plan": ("启用了新的等级方案", "Another plan came into force"),
    "joined": ("客户档案合并或拆分", "Profiles were joined or parted"),
}


class Kept(NamedTuple):
    """A row of ``tier_standings`` as it bears on what comes."""

    tier: str
    falls: int | None
    turns: int | None
    value: int
    since: datetime
    plan: int


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody came to another tier."""

    person: int
    before: str
    after: str
    up: bool
    why: str
    value: int
    needed: int


def work(stores: Stores) -> int:
    """Follow the news, and settle whoever is stale; how many standings were worked out."""
    while facts.follow(stores):
        pass
    return settle_stale(stores)


def settle_stale(stores: Stores) -> int:
    """Settle everybody who is stale; how many."""
    done = 0
    while step := _step(stores):
        done += step
    return done


def _step(stores: Stores) -> int:
    now = stores.clock.now()
    today = now.astimezone(preferences.timezone(stores)).date().toordinal()
    with stores.ledger.write() as conn:
        version = keeping.in_force(conn)
        if version is None:
            return 0
        query = sa.select(tier_stale.c.id, tier_stale.c.person).order_by(tier_stale.c.id).limit(STALE_A_STEP)
        rows = conn.execute(query).all()
        if not rows:
            return 0
        settle(conn, now, today, version, sorted({row.person for row in rows}))
        done = sent(conn, id=(sa.BigInteger, [row.id for row in rows]))
        conn.execute(sa.delete(tier_stale).where(tier_stale.c.id.in_(sa.select(done.c.id))))
        return len(rows)


def settle(conn: Connection, now: datetime, today: int, version: Version, nodes: Sequence[int]) -> list[Change]:
    """Have the standings of the persons of these nodes be what they are now; what changed."""
    families = members_of(conn, nodes)
    told = _facts(conn, families)
    before = _standings(conn, [node for family in families.values() for node in family])
    rows: dict[int, Kept] = {}
    changes: list[Change] = []
    warned: list[tuple[int, str, int]] = []
    for person, family in families.items():
        found = course(version.plan, told.get(person, ()), today)
        mine = [before[node] for node in family if node in before]
        kept, change = _one(version, person, mine, person in before, found, now, today)
        if not told.get(person) and kept.tier == NONE:
            if person in before:
                rows[person] = kept
        else:
            rows[person] = kept
        if change is not None:
            changes.append(change)
        if kept.falls is not None and all(each.falls is None for each in mine) and kept.falls > today:
            warned.append((person, kept.tier, kept.falls))
    moved = {person: row for person, row in rows.items() if before.get(person) != row}
    gone = [node for person, family in families.items() for node in family if node != person and node in before]
    _write(conn, moved, gone)
    _note(conn, now, version, changes)
    _tell(conn, now, version.plan, changes, warned)
    agents.settle(conn, now, version.plan, {person: row.tier for person, row in rows.items()}, gone)
    mark_changed(conn, now, sorted(person for person, row in moved.items() if _tier_of(before, person) != row.tier))
    return changes


def _one(
    version: Version, person: int, mine: Sequence[Kept], own: bool, found: Course, now: datetime, today: int
) -> tuple[Kept, Change | None]:
    """The row of a person whose nodes had these rows, and what changed."""
    plan = version.plan
    best = max(mine, key=lambda each: (plan.rank(each.tier), each.falls is None, each.falls or 0), default=None)
    was = Standing() if best is None else Standing(plan.rank(best.tier), best.falls if plan.rank(best.tier) else None)
    now_shown = shown(plan, was, found.standing, today)
    key = plan.key(now_shown.rank)
    old = NONE if best is None else best.tier
    since = now if best is None or old != key else best.since
    kept = Kept(key, now_shown.falls, found.standing.falls, found.value, since, version.id)
    if old == key:
        return kept, None
    up = now_shown.rank > was.rank
    why = "plan" if best is not None and best.plan != version.id else "up" if up else "down"
    if best is None and not _since_it_began(found, version):
        why = "plan"
    if len(mine) > 1 or (not own and best is not None):
        why = "joined"
    tier = plan.tier(now_shown.rank if up else was.rank)
    needed = 0 if tier is None else tier.up if up else tier.stay
    return kept, Change(person, old, key, up, why, found.value, needed)


def _tier_of(before: Mapping[int, Kept], person: int) -> str:
    return before[person].tier if person in before else NONE


def _since_it_began(found: Course, version: Version) -> bool:
    """Whether something that happened since the plan began made the last step: else its beginning made it."""
    last = found.steps[-1].at if found.steps else MIDNIGHT
    return version.begins is None or last > to_millis(version.begins)


def _facts(conn: Connection, families: Mapping[int, Sequence[int]]) -> dict[int, list[Fact]]:
    asked = sent(conn, person=(sa.BigInteger, [node for family in families.values() for node in family]))
    query = (
        sa.select(people.c.kept, *(tier_facts.c[name] for name in ("day", "at", "base", "cents", "deed")))
        .join(asked, asked.c.person == tier_facts.c.person)
        .join(people, people.c.person == tier_facts.c.person)
    )
    found: dict[int, list[Fact]] = defaultdict(list)
    for person, day, at, base, cents, deed in conn.execute(query):
        found[person].append(Fact(day, to_millis(at), base, cents, deed))
    return found


def _standings(conn: Connection, nodes: Sequence[int]) -> dict[int, Kept]:
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    columns = [tier_standings.c[name] for name in Kept._fields]
    query = sa.select(tier_standings.c.person, *columns).join(asked, asked.c.person == tier_standings.c.person)
    return {person: Kept(*rest) for person, *rest in conn.execute(query)}


def _write(conn: Connection, rows: Mapping[int, Kept], gone: Sequence[int]) -> None:
    if gone:
        asked = sent(conn, person=(sa.BigInteger, list(gone)))
        conn.execute(sa.delete(tier_standings).where(tier_standings.c.person.in_(sa.select(asked.c.person))))
    if rows:
        put = insert_into(conn, tier_standings)
        put = put.on_conflict_do_update(
            index_elements=["person"], set_={name: getattr(put.excluded, name) for name in Kept._fields}
        )
        conn.execute(put, [{"person": person, **row._asdict()} for person, row in rows.items()])


def _note(conn: Connection, now: datetime, version: Version, changes: Sequence[Change]) -> None:
    if changes:
        rows = [
            {
                "person": each.person,
                "at": now,
                "before": each.before,
                "after": each.after,
                "why": each.why,
                "value": each.value,
                "needed": each.needed,
                "plan": version.id,
            }
            for each in changes
        ]
        conn.execute(sa.insert(tier_changes), rows)


def _tell(
    conn: Connection, now: datetime, plan: Plan, changes: Sequence[Change], warned: Sequence[tuple[int, str, int]]
) -> None:
    """As events, so that journeys can greet. What the beginning of a plan makes is told to nobody: it is no news."""
    at = to_millis(now)
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for each in changes:
        if each.why in ("up", "down"):
            groups[f"tier_{each.why}", each.before, each.after].append(each.person)
    for (name, before, after), persons in groups.items():
        told: dict[str, Any] = {"tier": after, "from": before, "name": _name(plan, after)}
        append_of_many(conn, key=f"{name}-{before}-{after}-{at}", name=name, time=now, properties=told, persons=persons)
    falling: dict[tuple[str, int], list[int]] = defaultdict(list)
    for person, tier, falls in warned:
        falling[tier, falls].append(person)
    for (tier, falls), persons in falling.items():
        told = {"tier": tier, "name": _name(plan, tier), "until": date.fromordinal(falls).isoformat()}
        key = f"tier_at_risk-{tier}-{falls}-{at}"
        append_of_many(conn, key=key, name="tier_at_risk", time=now, properties=told, persons=persons)


def _name(plan: Plan, key: str) -> str:
    tier = plan.tier(plan.rank(key))
    return "" if tier is None else tier.name


def parted_or_joined(conn: Connection, nodes: Sequence[int]) -> None:
    """See :func:`siyu.people.families.also_told`."""
    if nodes:
        asked = sent(conn, person=(sa.BigInteger, list(nodes)))
        conn.execute(sa.insert(tier_stale).from_select(["person"], sa.select(asked.c.person)))
