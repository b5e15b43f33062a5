"""People who took part in one campaign as several: one WeChat account, say, and a new browser for each act.

While they act they are strangers to each other; that they are one person is known when they are merged, which may be as
late as when they come for the money. So it is asked when people are scored, and again when money is about to be paid.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.tables import campaigns, contributions, efforts
from siyu.growth.cheating.tables import suspicions
from siyu.people.tables import people
from siyu.storage import sent


def doubles_of(conn: Connection, campaign: int, persons: Collection[int] | None = None) -> dict[int, int]:
    """Person → as how many they took part: who started more than one may, by several nodes; who did for one effort what
    counts once, more than once; who helped themselves as a new person; and the starters for whom others did. Of these
    kept persons, or of everybody."""
    found: dict[int, int] = {}
    for query in (_started(campaign), _helped(campaign), _themselves(campaign)):
        named = query.subquery()
        asked = sa.select(named)
        if persons is not None:
            these = sa.select(sent(conn, person=(sa.BigInteger, sorted(persons))).c.person)
            asked = asked.where(sa.or_(named.c.person.in_(these), named.c.starter.in_(these)))
        for person, starter, many in conn.execute(asked):
            for each in (int(person), int(starter)):
                found[each] = max(int(many), found.get(each, 0))
    return found if persons is None else {each: many for each, many in found.items() if each in persons}


def _started(campaign: int) -> sa.Select[tuple[int, int, int]]:
    own, nodes = people.alias(), sa.func.count(efforts.c.person.distinct())
    most = sa.select(campaigns.c.each).where(campaigns.c.id == campaign).scalar_subquery()
    return (
        sa.select(own.c.kept.label("person"), own.c.kept.label("starter"), nodes.label("many"))
        .select_from(efforts.join(own, own.c.person == efforts.c.person))
        .where(efforts.c.campaign == campaign)
        .group_by(own.c.kept)
        .having(sa.and_(sa.func.count() > most, nodes > 1))
    )


def _helped(campaign: int) -> sa.Select[tuple[int, int, int]]:
    own, whose = people.alias(), people.alias()
    return (
        sa.select(own.c.kept.label("person"), whose.c.kept.label("starter"), sa.func.count().label("many"))
        .select_from(_acts(own, whose))
        .where(contributions.c.campaign == campaign, contributions.c.stage != "refused")
        .group_by(own.c.kept, whose.c.kept, contributions.c.effort, contributions.c.turn)
        .having(sa.func.count() > 1)
    )


def _themselves(campaign: int) -> sa.Select[tuple[int, int, int]]:
    own, whose = people.alias(), people.alias()
    table = contributions.c
    return (
        sa.select(own.c.kept.label("person"), own.c.kept.label("starter"), (sa.func.count() + 1).label("many"))
        .select_from(_acts(own, whose))
        .where(table.campaign == campaign, table.stage != "refused", table.new_person)
        .where(own.c.kept == whose.c.kept, table.person != efforts.c.person)
        .group_by(own.c.kept)
    )


def _acts(own: sa.FromClause, whose: sa.FromClause) -> sa.Join:
    return (
        contributions.join(efforts, efforts.c.id == contributions.c.effort)
        .join(own, own.c.person == contributions.c.person)
        .join(whose, whose.c.person == efforts.c.person)
    )


def doubled_among(conn: Connection, asked: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Of these (campaign's slug, node), those whose person took part as several and was not released in a review."""
    slugs = sorted({slug for slug, _ in asked if slug})
    if not slugs:
        return set()
    query = sa.select(campaigns.c.slug, campaigns.c.id).where(campaigns.c.slug.in_(slugs))
    numbers = dict(conn.execute(query).tuples().all())
    nodes = sa.select(sent(conn, person=(sa.BigInteger, sorted({node for _, node in asked}))).c.person)
    known = sa.select(people.c.person, people.c.kept).where(people.c.person.in_(nodes))
    kept = dict(conn.execute(known).tuples().all())
    found: set[tuple[str, int]] = set()
    for slug, campaign in numbers.items():
        mine = {node: kept[node] for each, node in asked if each == slug and node in kept}
        released = sa.and_(suspicions.c.campaign == campaign, suspicions.c.stage == "released")
        free = set(conn.execute(sa.select(suspicions.c.person).where(released)).scalars())
        many = doubles_of(conn, campaign, set(mine.values()) - free)
        found |= {(slug, node) for node, person in mine.items() if person in many}
    return found
