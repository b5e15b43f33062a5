"""Lists of people: search, filters, sorting, paging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from siyu.people import families
from siyu.people.finding import find_exactly
from siyu.people.moments import NEVER, aware, utc
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.paging import cursor_of, place_of

Sort = Literal["last_seen", "created", "orders", "spent"]
PAGE_MAX = 200
ROWS_A_PERSON = 8
"""How many of the latest rows are looked at for each line of a page that is sorted by them."""
LATEST_MILLIS = 4_102_444_800_000  # 2100


@dataclass(frozen=True)
class Search:
    """What a list of people is asked for. Filters are joined by "and"; a list within one by "or"."""

    text: str = ""  # part of a name, or an exact identifier, or #number
    in_names: bool = True  # False: the text is looked for among identifiers and numbers alone
    tags: Sequence[int] = ()
    layers: Mapping[str, str] = field(default_factory=dict)
    cities: Sequence[str] = ()
    provinces: Sequence[str] = ()
    sexes: Sequence[str] = ()
    sources: Sequence[str] = ()
    campaigns: Sequence[str] = ()
    kinds: Sequence[str] = ()  # holds an identifier of this kind
    consent: str = ""  # "marketing:email": given, "-marketing:email": refused
    seen_since: datetime | None = None
    seen_before: datetime | None = None
    orders_min: int = 0
    spent_min: Decimal = Decimal(0)
    sort: Sort = "last_seen"
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of a list. Amounts are in the installation's currency; ``last_seen`` None: never."""

    person: int
    name: str
    sex: str
    city: str
    province: str
    origin_source: str
    origin_campaign: str
    created: datetime
    tags: Sequence[int]
    layers: Mapping[str, str]
    kinds: Sequence[str]
    last_seen: datetime | None
    last_paid: datetime | None
    orders: int
    spent: Decimal


@dataclass(frozen=True, slots=True)
class PeoplePage:
    rows: Sequence[PersonRow]
    next: str | None  # cursor


def people_page(stores: Stores, search: Search, cursor: str | None = None, limit: int = 50) -> PeoplePage:
    """The next ``limit`` people (at most ``PAGE_MAX``) in the order asked for. Raises :class:`BadInput`."""
    limit = max(1, min(limit, PAGE_MAX))
    where, parameters = _where(stores, search)
    rows: list[PersonRow] = []
    while True:
        keys = _ranked(stores, search, where, parameters, place_of(cursor or "", int, int), limit + 1)
        found = rows_of(stores, [person for _, person in keys])
        rows += [found[person] for _, person in keys if person in found]  # erased ones fall out
        cursor = cursor_of(*keys[-1]) if keys else None
        if len(keys) <= limit or len(rows) > limit:
            break
    more = len(rows) > limit
    rows = rows[:limit]
    return PeoplePage(rows, cursor_of(_key(search.sort, rows[-1]), rows[-1].person) if more else None)


def count_people(stores: Stores, search: Search) -> int:
    """How many people fit the search."""
    where, parameters = _where(stores, search)
    stats = _having(search)
    if row := _told_by_a_row(search):
        sql = f"SELECT groupBitmap({PERSON}) FROM person_stats {_within(where, row)}"
        return int(stores.events.row(sql, {**parameters, **_having_values(search)})[0])
    if stats:
        asked = f"SELECT {PERSON} AS who FROM person_stats {_within(where)} GROUP BY who HAVING {stats}"
        return int(stores.events.row(f"SELECT count() FROM ({asked})", {**parameters, **_having_values(search)})[0])
    if not where:
        return int(stores.events.row("SELECT count() FROM people FINAL WHERE gone = 0")[0])
    return int(stores.events.row(f"SELECT count() FROM people FINAL WHERE gone = 0 AND {where}", parameters)[0])


def people_found(stores: Stores, search: Search) -> list[int]:
    """Everybody who fits the search, by number: what an export of a list holds. Erased ones may be among them."""
    where, parameters = _where(stores, search)
    stats = _having(search)
    if stats:
        sql = f"SELECT {PERSON} AS who FROM person_stats {_within(where)} GROUP BY who HAVING {stats} ORDER BY who"
    else:
        sql = f"SELECT person FROM people FINAL WHERE gone = 0 AND {where or '1'} ORDER BY person"
    table = stores.events.arrow(sql, {**parameters, **_having_values(search)}, heavy=True)
    return table.column(0).to_pylist()


def _key(sort: Sort, row: PersonRow) -> int:
    if sort == "created":
        return round(row.created.timestamp() * 1000)
    if sort == "last_seen":
        return round((row.last_seen or NEVER).timestamp() * 1000)
    return row.orders if sort == "orders" else round(row.spent * 10_000)


_RANKS: Mapping[Sort, str] = {
    "last_seen": "toUnixTimestamp64Milli(max(person_stats.last_seen))",
    "orders": "toInt64(sum(person_stats.orders))",
    "spent": "toInt64(sum(person_stats.spent) * 10000)",
}


def _ranked(
    stores: Stores,
    search: Search,
    where: str,
    parameters: Mapping[str, Any],
    after: tuple[int, int] | None,
    limit: int,
) -> list[tuple[int, int]]:
    """(rank, person) in order, behind ``after``."""
    behind = "1"
    direction, beyond = ("ASC", ">") if search.ascending else ("DESC", "<")
    order = f"ORDER BY rank {direction}, who {direction}"
    values: dict[str, Any] = {**parameters, "limit": limit}
    if after is not None:
        behind = f"(rank, who) {beyond} ({{rank:Int64}}, {{who:UInt32}})"
        values |= {"rank": after[0], "who": after[1]}
    if search.sort == "created" and not _having(search):
        sql = (
            "SELECT toUnixTimestamp64Milli(created) AS rank, person AS who FROM people FINAL "
            f"WHERE gone = 0 AND {where or '1'} AND {behind} {order} LIMIT {{limit:UInt32}}"
        )
        return _keys(stores, sql, values)
    rank = _RANKS.get(search.sort, _RANKS["last_seen"])
    values |= _having_values(search)
    sql = (
        f"SELECT {rank} AS rank, {PERSON} AS who FROM person_stats %s "
        f"GROUP BY who HAVING {behind} AND {_having(search) or '1'} {order} LIMIT {{limit:UInt32}}"
    )
    if (
        search.sort == "last_seen" and not search.ascending and not search.text
    ):  # a text finds few: looking at the latest first helps nobody
        recent = "last_seen >= {since:DateTime64(3)}"
        if where or _having(search):  # these look at all of a person's rows
            recent = f"{PERSON} IN (SELECT {PERSON} FROM person_stats WHERE {recent})"
        found = _keys(stores, sql % _within(where, recent), values | _since(stores, after, limit))
        if len(found) == limit:
            return found
    return _keys(stores, sql % _within(where), values)


def _keys(stores: Stores, sql: str, values: Mapping[str, Any]) -> list[tuple[int, int]]:
    return [(int(rank), int(who)) for rank, who in stores.events.rows(sql, values)]


def _since(stores: Stores, after: tuple[int, int] | None, limit: int) -> dict[str, Any]:
    """A moment so late that grouping what lies behind it is quick, and early enough for the page, also where a filter
    leaves one in ``ROWS_A_PERSON``. Exact, because a person's last moment is in one row: whoever was seen since has
    that row among those looked at."""
    rows = stores.events.rows(
        "SELECT last_seen FROM person_stats WHERE last_seen <= fromUnixTimestamp64Milli({until:Int64}) "
        "ORDER BY last_seen DESC LIMIT 1 OFFSET {skipped:UInt32}",
        {"until": after[0] if after else LATEST_MILLIS, "skipped": limit * ROWS_A_PERSON},
    )
    return {"since": aware(rows[0][0]) if rows else NEVER}


def _within(where: str, *also: str) -> str:
    conditions = list(also)
    if where:
        conditions.append(f"{PERSON} IN (SELECT person FROM people FINAL WHERE gone = 0 AND {where})")
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _told_by_a_row(search: Search) -> str:
    """The condition on statistics over a single row, where one row that meets it decides; "" where it takes a sum."""
    asked = [search.seen_since is not None, search.seen_before is not None, bool(search.orders_min)]
    if search.spent_min or sum(asked) != 1:
        return ""
    if search.seen_since is not None:
        return "last_seen >= {seen_since:DateTime64(3)}"
    return "orders >= 1" if search.orders_min == 1 else ""


def _having(search: Search) -> str:
    parts: list[str] = []
    if search.seen_since is not None:
        parts.append("max(person_stats.last_seen) >= {seen_since:DateTime64(3)}")
    if search.seen_before is not None:
        parts.append("max(person_stats.last_seen) < {seen_before:DateTime64(3)}")
    if search.orders_min:
        parts.append("sum(person_stats.orders) >= {orders_min:UInt64}")
    if search.spent_min:
        parts.append("sum(person_stats.spent) >= {spent_min:Decimal(38, 4)}")
    return " AND ".join(parts)


def _having_values(search: Search) -> dict[str, Any]:
    return {
        "seen_since": search.seen_since or NEVER,
        "seen_before": search.seen_before or NEVER,
        "orders_min": search.orders_min,
        "spent_min": search.spent_min,
    }


def _where(stores: Stores, search: Search) -> tuple[str, dict[str, Any]]:
    """The filters that the projection answers, as SQL; "" where there are none."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    texts = (
        ("city", search.cities),
        ("province", search.provinces),
        ("sex", search.sexes),
        ("origin_source", search.sources),
        ("origin_campaign", search.campaigns),
    )
    for column, wanted in texts:
        if wanted:
            parts.append(f"{column} IN {{{column}:Array(String)}}")
            values[column] = list(wanted)
    if search.tags:
        parts.append("hasAny(tags, {tags:Array(UInt32)})")
        values["tags"] = list(search.tags)
    if search.kinds:
        parts.append("hasAny(kinds, {kinds:Array(String)})")
        values["kinds"] = list(search.kinds)
    for place, (scheme, layer) in enumerate(search.layers.items()):
        parts.append(f"layers[{{scheme{place}:String}}] = {{layer{place}:String}}")
        values |= {f"scheme{place}": scheme, f"layer{place}": layer}
    if search.consent:
        column = "refusals" if search.consent.startswith("-") else "consents"
        parts.append(f"has({column}, {{consent:String}})")
        values["consent"] = search.consent.lstrip("-")
    if text := search.text.strip():
        persons = find_exactly(stores, text)
        named = " OR positionUTF8(name, {text:String}) > 0" if search.in_names else ""
        parts.append(f"(person IN {{persons:Array(UInt32)}}{named})")
        values |= {"persons": persons, "text": text}
    return " AND ".join(parts), values


def rows_of(stores: Stores, persons: Sequence[int]) -> dict[int, PersonRow]:
    """The lines of these kept persons, by number, in two look-ups for all; one not projected yet is missing."""
    if not persons:
        return {}
    asked = {"persons": list(persons)}
    shown = stores.events.rows(
        "SELECT person, name, sex, city, province, origin_source, origin_campaign, created, tags, layers, kinds "
        "FROM people FINAL WHERE person IN {persons:Array(UInt32)} AND gone = 0",
        asked,
    )
    nodes = {person: [person] for person in persons}
    with stores.ledger.read() as conn:
        nodes |= families.members_of(conn, persons)
    kept_of = {node: kept for kept, members in nodes.items() for node in members}
    stats = stores.events.rows(
        "SELECT person, max(last_seen), max(last_paid), sum(orders), sum(spent) FROM person_stats "
        "WHERE person IN {nodes:Array(UInt32)} GROUP BY person",
        {"nodes": list(kept_of)},
    )
    of: dict[int, list[tuple[Any, ...]]] = {}
    for node, *figures in stats:
        of.setdefault(kept_of[node], []).append(tuple(figures))
    return {row[0]: _line(row, of.get(row[0], [])) for row in shown}


def _line(row: tuple[Any, ...], figures: Sequence[tuple[Any, ...]]) -> PersonRow:
    person, name, sex, city, province, source, campaign, created, tags, layers, kinds = row
    return PersonRow(
        person,
        name,
        sex,
        city,
        province,
        source,
        campaign,
        utc(created) or NEVER,
        tags,
        layers,
        kinds,
        last_seen=utc(max((each[0] for each in figures), default=None)),
        last_paid=utc(max((each[1] for each in figures), default=None)),
        orders=sum(each[2] for each in figures),
        spent=sum((each[3] for each in figures), Decimal(0)),
    )


def origins(stores: Stores) -> list[str]:
    """Where people come from: the commonest sources, for a filter."""
    rows = stores.events.rows(
        "SELECT origin_source FROM people WHERE gone = 0 AND origin_source != '' "
        "GROUP BY origin_source ORDER BY count() DESC LIMIT 20"
    )
    return [str(source) for (source,) in rows]
