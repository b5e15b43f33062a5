"""How the fields of a template (:mod:`siyu.content.fields`) are read of persons, by set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences.tables import person_layers
from siyu.content.fields import TITLES
from siyu.jobs import preferences
from siyu.loyalty.tiers.rights import tiers_held
from siyu.people.tables import people, person_tags, tags
from siyu.storage import Stores, gathered, sent

PERSONS_MAX = 10_000


_PROFILE = ("name", "sex", "province", "city", "occupation", "birthday")
_SHOWN_AS = {"sex": "title"}


def load(stores: Stores, persons: Sequence[int], roots: Iterable[str]) -> dict[int, dict[str, Any]]:
    """The fields of at most ``PERSONS_MAX`` kept persons, by person. Only what is asked for is read: a root with all
    its fields (``person``), or a field of it (``person.name``)."""
    asked = set(roots)
    wanted = {each.partition(".")[0] for each in asked}
    language = str(preferences.get(stores, "language"))
    shop = {"name": preferences.get(stores, "shop_name")} if "shop" in wanted else {}
    documents: dict[int, dict[str, Any]] = {person: {"shop": shop} for person in persons}
    if "person" in wanted:
        for person, profile in _profiles(stores, persons, language, asked).items():
            documents[person]["person"] = profile
    if wanted & {"orders", "favourite"}:
        for person, found in _bought(stores, persons).items():
            documents[person].update(found)
    return documents


def _profiles(stores: Stores, persons: Sequence[int], language: str, asked: set[str]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {person: {"attributes": {}, "tags": [], "layers": {}} for person in persons}

    def wanted(name: str) -> bool:
        return "person" in asked or f"person.{name}" in asked

    with stores.ledger.read() as conn:
        given = sent(conn, person=(sa.BigInteger, list(persons)))
        _read_profiles(conn, given, [name for name in _PROFILE if wanted(_SHOWN_AS.get(name, name))], found)
        if wanted("attributes"):
            _read_attributes(conn, given, found)
        if wanted("tags"):
            _read_tags(conn, given, stores.clock.now(), found)
        if wanted("layers"):
            layered = sa.select(person_layers.c.person, person_layers.c.scheme, person_layers.c.layer)
            for row in conn.execute(layered.join(given, given.c.person == person_layers.c.person)):
                found[row.person]["layers"][row.scheme] = row.layer
        if wanted("tier"):
            for person, tier in tiers_held(conn, persons).items():
                found[person]["tier"] = tier.name if language == "zh" else tier.name_en or tier.name
    for profile in found.values():
        title = TITLES.get(str(profile.pop("sex", "")))
        if title:
            profile["title"] = title[0] if language == "zh" else title[1]
    return found


def _read_profiles(
    conn: Connection, given: sa.FromClause, names: Sequence[str], found: Mapping[int, dict[str, Any]]
) -> None:
    """Of merged nodes, the one changed last has the last word."""
    if not names:
        return
    columns = [people.c[name] for name in names]
    query = sa.select(people.c.changed, people.c.person, people.c.kept, *columns)
    rows = list(zip(*gathered(conn, query.join(given, given.c.person == people.c.kept)), strict=True))
    for _, _, kept, *values in sorted(rows) if len(rows) > len(found) else rows:
        profile = found[kept]
        for name, value in zip(names, values, strict=True):
            if value:
                profile[name] = value


def _read_attributes(conn: Connection, given: sa.FromClause, found: Mapping[int, dict[str, Any]]) -> None:
    query = sa.select(people.c.kept, people.c.attributes).join(given, given.c.person == people.c.kept)
    for row in conn.execute(query.order_by(people.c.changed)):
        found[row.kept]["attributes"].update({key: value for key, value in row.attributes.items() if value is not None})


def _read_tags(conn: Connection, given: sa.FromClause, now: datetime, found: Mapping[int, dict[str, Any]]) -> None:
    named = (
        sa.select(person_tags.c.person, tags.c.name)
        .join(tags, tags.c.id == person_tags.c.tag)
        .join(given, given.c.person == person_tags.c.person)
        .where(sa.or_(person_tags.c.expires.is_(None), person_tags.c.expires > now))
        .order_by(person_tags.c.at)
    )
    for row in conn.execute(named):
        found[row.person]["tags"].append(row.name)


_BOUGHT = """
SELECT dictGetOrDefault('person_of', 'kept', toUInt64(person), person) AS who,
    countIf(name = 'order_paid'), toFloat64(sum(amount)), dateDiff('day', max(time), {now:DateTime64(3, 'UTC')}),
    topK(1)(if(name = 'order_paid', arrayFirst(c -> c != '', lines.category), '')) AS category,
    topK(1)(if(name = 'order_paid', arrayFirst(t -> t != '', lines.title), '')) AS title
FROM events
WHERE person IN (SELECT member FROM (
        SELECT arrayJoin({persons:Array(UInt32)}) AS member
        UNION ALL SELECT member FROM aliases WHERE kept IN {persons:Array(UInt32)}))
    AND name IN ('order_paid', 'order_amended')
GROUP BY who
"""


def _bought(stores: Stores, persons: Sequence[int]) -> dict[int, dict[str, Any]]:
    asked = {"persons": list(persons), "now": stores.clock.now()}
    found: dict[int, dict[str, Any]] = {}
    for who, count, amount, days, category, title in stores.events.rows(_BOUGHT, asked):
        favourite = {"category": category[0] if category else "", "title": title[0] if title else ""}
        found[who] = {
            "orders": {"count": count, "amount": f"{amount:.2f}", "days_since": max(int(days), 0)},
            "favourite": {name: value for name, value in favourite.items() if value},
        }
    return found
