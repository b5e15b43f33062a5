"""What is seen of the people of one campaign, by set: each question gives the few of whom something is to be said.

Edges lead from who helped to who started; people are kept persons. Where a device, an address or an account has many
people is read from the seats of the limits, so a fingerprint says enough.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.tables import contributions, efforts
from siyu.growth.cheating.doubles import doubles_of
from siyu.growth.cheating.model import HELPERS_MIN, Signs, Sort, beyond
from siyu.growth.cheating.tables import limit_seats
from siyu.people.tables import people
from siyu.storage import sent
from siyu.storage.ledger import to_millis

HOUR, TEN_MINUTES = 3_600_000, 600_000
HOLLOW_PERCENT = 75
TIME_TO_LIVE = timedelta(hours=24)
"""Whoever is newer than that may still start or do something of their own: they are not called hollow."""
LOOKED_BACK = timedelta(days=90)
USUAL_FROM = 10
"""Starters whose helpers tell what is usual in a campaign."""
ONE_DEVICE_FROM = 3
"""Of fewer new helpers on one device nothing is said."""
Found = dict[int, dict[str, Any]]


def signs_of(conn: Connection, campaign: int, gone: Sequence[int], hollow: Sequence[int]) -> dict[int, Signs]:
    """Person → what is seen of them, of those of whom there is anything. ``gone``: who left at once, of anybody;
    ``hollow``: of :func:`silent`, those who have done nothing of their own elsewhere either."""
    found: Found = defaultdict(dict[str, Any])
    _one_device(conn, campaign, hollow, found)
    _crowded(conn, campaign, "account", "account_people", 3, found)
    _own_devices(conn, campaign, found)
    _hasty(conn, campaign, found)
    _rings(conn, campaign, found)
    _crowds(conn, campaign, gone, hollow, found)
    for person, many in doubles_of(conn, campaign).items():
        found[person]["doubled"] = many
    return {person: Signs(**seen) for person, seen in found.items()}


def silent(conn: Connection, now: datetime, campaign: int) -> list[int]:
    """Who is new, helped a day ago or before, and has never started anything in any campaign."""
    edge, opener = _edges(campaign, "edge"), people.alias()
    openers = (
        sa.select(opener.c.kept)
        .select_from(efforts.join(opener, opener.c.person == efforts.c.person))
        .where(efforts.c.opened >= now - LOOKED_BACK)
    )
    old = edge.c.at <= to_millis(now - TIME_TO_LIVE)
    query = sa.select(edge.c.helper).where(edge.c.fresh, old, edge.c.helper.not_in(openers)).distinct()
    return list(conn.execute(query).scalars())


def _edges(campaign: int, name: str) -> sa.CTE:
    """(helper, starter, their nodes, effort, device, at, new), one for each act of a friend that counts or waits."""
    own, whose = people.alias(), people.alias()
    return (
        sa.select(
            own.c.kept.label("helper"),
            whose.c.kept.label("starter"),
            contributions.c.person.label("node"),
            efforts.c.person.label("starter_node"),
            contributions.c.effort,
            contributions.c.device,
            sa.type_coerce(contributions.c.at, sa.BigInteger).label("at"),
            contributions.c.new_person.label("fresh"),
        )
        .join(efforts, efforts.c.id == contributions.c.effort)
        .join(own, own.c.person == contributions.c.person)
        .join(whose, whose.c.person == efforts.c.person)
        .where(
            contributions.c.campaign == campaign,
            contributions.c.stage != "refused",
            own.c.kept != whose.c.kept,
        )
        .cte(name)
    )


def _seats(campaign: int, sort: Sort) -> sa.Subquery:
    """(mark, person), each once."""
    table = limit_seats.c
    query = sa.select(table.mark, people.c.kept.label("person")).join(people, people.c.person == table.seat)
    return query.where(table.campaign == campaign, table.sort == sort).distinct().subquery()


def _seated(seats: sa.FromClause, campaign: int, sort: Sort, node: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """A node as it was kept when it acted sits there."""
    return sa.and_(seats.c.campaign == campaign, seats.c.sort == sort, seats.c.seat == node)


def _crowded(conn: Connection, campaign: int, sort: Sort, name: str, least: int, found: Found) -> None:
    """How many people are on the most crowded device (account) of each."""
    own, all_seats = _seats(campaign, sort), _seats(campaign, sort)
    many = (
        sa.select(all_seats.c.mark, sa.func.count().label("many"))
        .group_by(all_seats.c.mark)
        .having(sa.func.count() >= least)
        .subquery()
    )
    query = sa.select(own.c.person, sa.func.max(many.c.many)).join(many, many.c.mark == own.c.mark)
    for person, count in conn.execute(query.group_by(own.c.person)):
        found[person][name] = int(count)


def _one_device(conn: Connection, campaign: int, hollow: Sequence[int], found: Found) -> None:
    """How many new helpers of one starter share a device with others of them, the starter counted where they sit there
    too. On a shop's tablet everybody acts for somebody else: the same device alone says nothing."""
    edge = _edges(campaign, "edge")
    many = sa.func.count(edge.c.helper.distinct()).label("many")
    idle = sa.func.count(sa.case((edge.c.helper.in_(_these(conn, hollow)), edge.c.helper)).distinct()).label("idle")
    groups = (
        sa.select(edge.c.starter, edge.c.starter_node, edge.c.device, many, idle)
        .where(edge.c.fresh, edge.c.device != "")
        .group_by(edge.c.starter, edge.c.starter_node, edge.c.device)
        .having(many >= ONE_DEVICE_FROM)
        .cte("one_device")
    )
    seen = _device_signs(conn, campaign, groups)
    same = sa.and_(edge.c.starter == groups.c.starter, edge.c.device == groups.c.device)
    helpers = sa.select(edge.c.helper, edge.c.starter).join(groups, same).where(edge.c.fresh).distinct()
    rows = [(starter, starter) for starter in seen] + [(row.helper, row.starter) for row in conn.execute(helpers)]
    for person, starter in rows:
        people_there, share = seen[starter]
        if people_there > found[person].get("device_people", 0):
            found[person] |= {"device_people": people_there, "device_idle": share}


def _device_signs(conn: Connection, campaign: int, groups: sa.CTE) -> dict[int, tuple[int, float]]:
    """Starter → people on the devices of these groups, and which share of the helpers there is hollow."""
    own = limit_seats.alias()
    there = sa.and_(_seated(own, campaign, "device", groups.c.starter_node), own.c.mark == groups.c.device)
    query = sa.select(groups.c.starter, groups.c.many, groups.c.idle, own.c.seat)
    many, idle, seated = defaultdict[int, int](int), defaultdict[int, int](int), set[int]()
    for starter, count, quiet, seat in conn.execute(query.select_from(groups.outerjoin(own, there))):
        many[starter] += int(count)
        idle[starter] += int(quiet)
        if seat is not None:
            seated.add(starter)
    return {starter: (count + (starter in seated), idle[starter] / count) for starter, count in many.items()}


def _own_devices(conn: Connection, campaign: int, found: Found) -> None:
    """How many helped somebody from that one's own device."""
    edge, own = _edges(campaign, "edge"), limit_seats.alias()
    many = sa.func.count(edge.c.helper.distinct())
    theirs = _seated(own, campaign, "device", edge.c.starter_node)
    query = (
        sa.select(edge.c.starter, many)
        .join(own, sa.and_(theirs, own.c.mark == edge.c.device))
        .group_by(edge.c.starter)
        .having(many >= 3)
    )
    for person, count in conn.execute(query):
        found[person]["own_helpers"] = int(count)


def _hasty(conn: Connection, campaign: int, found: Found) -> None:
    """The most efforts that somebody helped within an hour of the clock."""
    edge = _edges(campaign, "edge")
    hour, many = edge.c.at - edge.c.at % HOUR, sa.func.count(edge.c.effort.distinct())
    query = sa.select(edge.c.helper, many).group_by(edge.c.helper, hour).having(many >= 6)
    for person, count in conn.execute(query):
        found[person]["hasty"] = max(int(count), found[person].get("hasty", 0))


def _rings(conn: Connection, campaign: int, found: Found) -> None:
    """Who is helped nearly only by people whom they help: directly, or around a circle of three."""
    edge = _edges(campaign, "edge")
    pair = sa.select(edge.c.helper, edge.c.starter).distinct().cte("pair")
    first, second, third = pair.alias(), pair.alias(), pair.alias()
    back = sa.select(first.c.starter.label("person"), first.c.helper.label("partner")).join(
        second, sa.and_(second.c.helper == first.c.starter, second.c.starter == first.c.helper)
    )
    around = (
        sa.select(first.c.starter.label("person"), first.c.helper.label("partner"))
        .join(second, second.c.helper == first.c.starter)
        .join(third, sa.and_(third.c.helper == second.c.starter, third.c.starter == first.c.helper))
    )
    both = sa.union(back, around).subquery()
    partners = (
        sa.select(both.c.person, sa.func.count().label("many"))
        .group_by(both.c.person)
        .having(sa.func.count() >= 4)
        .subquery()
    )
    helped = sa.select(pair.c.starter, sa.func.count().label("many")).group_by(pair.c.starter).subquery()
    query = sa.select(partners.c.person, partners.c.many, helped.c.many.label("helpers")).join(
        helped, helped.c.starter == partners.c.person
    )
    for person, many, helpers in conn.execute(query):
        found[person] |= {"partners": int(many), "closed": many / helpers}


def _crowds(conn: Connection, campaign: int, gone: Sequence[int], hollow: Sequence[int], found: Found) -> None:
    """Of who has some helpers: which share is hollow, from one address, within ten minutes, left at once."""
    edge = _edges(campaign, "edge")
    helpers = sa.func.count(edge.c.helper.distinct())
    left = _these(conn, gone)
    query = (
        sa.select(
            edge.c.starter,
            helpers,
            sa.func.count(sa.case((edge.c.helper.in_(_these(conn, hollow)), edge.c.helper)).distinct()),
            sa.func.count(sa.case((edge.c.helper.in_(left), edge.c.helper)).distinct()),
        )
        .group_by(edge.c.starter)
        .having(helpers >= 3)
    )
    crowds = {row[0]: tuple(int(each) for each in row[1:]) for row in conn.execute(query)}
    usual = usual_of([empty / many for many, empty, _ in crowds.values() if many >= HELPERS_MIN])
    together = _most_together(conn, campaign, hollow)
    burst = _most_at_once(conn, campaign)
    for starter, (many, empty, gone_many) in crowds.items():
        found[starter] |= {
            "helpers": many,
            "hollow": empty / many,
            "beyond": beyond(many, empty / many, usual),
            "together": together.get(starter, 0) / many,
            "burst": burst.get(starter, 0) / many,
            "left": gone_many / many,
        }
    taking_part = sa.select(edge.c.helper).where(edge.c.helper.in_(left)).distinct()
    for person in conn.execute(taking_part).scalars():
        found[person]["gone"] = True


def usual_of(shares: Sequence[float]) -> float:
    """Of which share of helpers it is usual in a campaign that they are hollow: that of the middle starter."""
    return statistics.median(shares) if len(shares) >= USUAL_FROM else 0.5


def _these(conn: Connection, persons: Sequence[int]) -> sa.Select[tuple[int]]:
    return sa.select(sent(conn, person=(sa.BigInteger, sorted(set(persons)))).c.person)


def _together(conn: Connection, campaign: int, edge: sa.CTE, hollow: Sequence[int]) -> sa.Select[tuple[int, str, int]]:
    """(starter, mark, many) of the addresses from which some of the starter's helpers come, and nearly nobody but
    hollow people: behind a carrier or in a hall there are always others."""
    seat, everybody, own = limit_seats.alias(), limit_seats.alias(), people.alias()
    people_there = sa.func.count(everybody.c.seat.distinct())
    empty_one = own.c.kept.in_(_these(conn, hollow))
    hollow_there = sa.func.count(sa.case((empty_one, everybody.c.seat)).distinct())
    empty = (
        sa.select(everybody.c.mark)
        .join(own, own.c.person == everybody.c.seat)
        .where(everybody.c.campaign == campaign, everybody.c.sort == "address")
        .group_by(everybody.c.mark)
        .having(hollow_there * 100 >= people_there * HOLLOW_PERCENT)
    )
    many = sa.func.count(edge.c.helper.distinct()).label("many")
    return (
        sa.select(edge.c.starter, seat.c.mark, many)
        .join(seat, _seated(seat, campaign, "address", edge.c.node))
        .where(seat.c.mark.in_(empty))
        .group_by(edge.c.starter, seat.c.mark)
        .having(many >= HELPERS_MIN // 2)
    )


def _most_together(conn: Connection, campaign: int, hollow: Sequence[int]) -> dict[int, int]:
    """Starter → how many helpers come from the address that most of them have."""
    query = _together(conn, campaign, _edges(campaign, "edge"), hollow).subquery()
    most = sa.select(query.c.starter, sa.func.max(query.c.many)).group_by(query.c.starter)
    return {starter: int(count) for starter, count in conn.execute(most)}


def _most_at_once(conn: Connection, campaign: int) -> dict[int, int]:
    """Starter → how many helpers came in the ten minutes of the clock in which most did."""
    edge = _edges(campaign, "edge")
    many = sa.func.count(edge.c.helper.distinct()).label("many")
    span = edge.c.at - edge.c.at % TEN_MINUTES
    query = sa.select(edge.c.starter, many).group_by(edge.c.starter, span).having(many >= HELPERS_MIN // 2).subquery()
    most = sa.select(query.c.starter, sa.func.max(query.c.many)).group_by(query.c.starter)
    return {starter: int(count) for starter, count in conn.execute(most)}


def followers_of(
    conn: Connection, campaign: int, patrons: Mapping[int, int], gone: Sequence[int], hollow: Sequence[int]
) -> dict[int, int]:
    """Person → the highest score among the starters (``patrons``: person → score) whose helper they are, if they are
    hollow or left at once."""
    edge = _edges(campaign, "edge")
    asked = sent(
        conn,
        person=(sa.BigInteger, list(patrons)),
        score=(sa.Integer, [patrons[each] for each in patrons]),
    )
    query = (
        sa.select(edge.c.helper, sa.func.max(asked.c.score))
        .join(asked, asked.c.person == edge.c.starter)
        .where(edge.c.helper.in_(_these(conn, [*gone, *hollow])))
        .group_by(edge.c.helper)
    )
    return {person: int(points) for person, points in conn.execute(query)}


def ringed_of(conn: Connection, campaign: int, ring: Sequence[int]) -> dict[int, int]:
    """Person → how many of these (who are in a ring) they helped, or were helped by, whichever is fewer, from two."""
    edge = _edges(campaign, "edge")
    members = _these(conn, ring)
    helps = (
        sa.select(edge.c.helper.label("person"), sa.func.count(edge.c.starter.distinct()).label("many"))
        .where(edge.c.starter.in_(members))
        .group_by(edge.c.helper)
        .subquery()
    )
    helped = (
        sa.select(edge.c.starter.label("person"), sa.func.count(edge.c.helper.distinct()).label("many"))
        .where(edge.c.helper.in_(members))
        .group_by(edge.c.starter)
        .subquery()
    )
    query = (
        sa.select(helps.c.person, helps.c.many, helped.c.many)
        .join(helped, helped.c.person == helps.c.person)
        .where(helps.c.many >= 2, helped.c.many >= 2)
    )
    return {person: min(int(given), int(got)) for person, given, got in conn.execute(query)}
