"""Small made-up worlds: people with odd attributes, merges, events with ties and mixed types; and rules about them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from siyu.audiences.fields import PERSON_FIELDS
from siyu.audiences.record import EventRecord, PersonRecord
from siyu.audiences.sql import Moment
from siyu.audiences.values import flat
from siyu.storage import EventLog
from siyu.storage.ledger import to_millis

NOW = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)  # the day after February ends, 12:30 in Shanghai
DAY = 86_400_000
MOMENT = Moment(NOW)
EVENT_NAMES = ("view", "cart", "buy")
PATHS = ("a", "b.c", "价格")

# Few different values, so that rules and events meet; each of a kind that could be mistaken for another.
TEXTS = ("a", "ab", "1", "01", "1.5", "-3", "2026-03-02", "2026-02-31 x", "真", "", "\\'`", "1e3", " 1", "0")
VALUES = (
    *TEXTS,
    0,
    1,
    -3,
    1.5,
    1.0,
    0.1,
    10**15,
    123456.78901,
    True,
    False,
    None,
    ["a", "1"],
    ["a", 1],
    [],
    [None, "ab"],
)

texts = st.sampled_from([text for text in TEXTS if text])
numbers = st.sampled_from([0, 1, -3, 1.5, 2, 123456.789, 0.1, 1000])
values = st.sampled_from(VALUES)
documents = st.fixed_dictionaries(
    {}, optional={"a": values, "b": st.fixed_dictionaries({}, optional={"c": values}), "价格": values}
)


@st.composite
def events(draw: st.DrawFn) -> EventRecord:
    # a handful of moments within two days of each edge: ties are common
    step = draw(st.sampled_from([0, 1, 2, 1000, DAY - 1, DAY, DAY + 1, 2 * DAY, 7 * DAY, 30 * DAY, -1, -DAY]))
    lines = draw(
        st.lists(st.tuples(texts, numbers.map(lambda n: Decimal(str(n)).quantize(Decimal("0.0001")))), max_size=2)
    )
    return EventRecord(
        time=to_millis(NOW) - step,
        name=draw(st.sampled_from(EVENT_NAMES)),
        source=draw(st.sampled_from(["", "shop"])),
        order=draw(st.sampled_from(["", "1"])),
        amount=Decimal(str(draw(numbers))).quantize(Decimal("0.0001")),
        lines=[
            {"sku": sku, "title": "t", "category": sku, "quantity": number, "price": number} for sku, number in lines
        ],
        properties=flat(draw(documents)),
    )


@st.composite
def persons(draw: st.DrawFn) -> PersonRecord:
    keys = ["marketing:webhook", "marketing:any", "marketing:sms"]
    consents = draw(st.frozensets(st.sampled_from(keys)))
    return PersonRecord(
        person=0,
        created=draw(st.sampled_from(["2026-02-28", "2026-03-01"])),
        texts={
            "city": draw(st.sampled_from(["上海", "北京", ""])),
            "birthday": draw(st.sampled_from(["", "2000-02-29", "1990-03-01", "1988-12-31"])),
        },
        minor=draw(st.booleans()),
        attributes=flat(draw(documents)),
        tags=draw(st.frozensets(st.integers(1, 4), max_size=3)),
        layers=draw(st.dictionaries(st.sampled_from(["life", "rfm"]), st.sampled_from(["x", "y"])))
        | draw(st.dictionaries(st.just("tier"), texts)),
        consents=consents,
        refusals=draw(st.frozensets(st.sampled_from(keys))) - consents,
        kinds=draw(st.frozensets(st.sampled_from(["phone", "openid:wx1", "openids"]))),
        events=draw(st.lists(events(), max_size=6)),
    )


@dataclass(frozen=True)
class World:
    """Kept persons by number, and which other nodes their events are spread over."""

    people: tuple[PersonRecord, ...]
    gone: tuple[PersonRecord, ...]

    def nodes(self, person: PersonRecord) -> list[int]:
        """Every second kept person was merged with the node a hundred above."""
        return [person.person, person.person + 100] if person.person % 2 == 0 else [person.person]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    found = draw(st.lists(persons(), min_size=2, max_size=5))
    numbered = tuple(replace(person, person=number) for number, person in enumerate(found, start=1))
    return World(numbered[:-1], numbered[-1:])


def nested(paths: dict[str, Any]) -> str:
    """Dotted paths as the JSON document they came from."""
    document: dict[str, Any] = {}
    for path, value in paths.items():
        *outer, last = path.split(".")
        place = document
        for key in outer:
            place = place.setdefault(key, {})
        place[last] = value
    return json.dumps(document, ensure_ascii=False)


def store(log: EventLog, world: World) -> None:
    """Put the world into an empty event log."""
    for table in ("events", "people", "aliases", "person_stats"):
        log.command(f"TRUNCATE TABLE {table}")
    everybody = [*world.people, *world.gone]
    rows = [(world.nodes(person)[place % len(world.nodes(person))], event)
            for person in everybody for place, event in enumerate(person.events)]  # fmt: skip
    if rows:
        log.insert("events", _event_columns(rows))
    log.insert("people", _people_columns(world))
    log.insert("person_stats", {"person": [person.person for person in world.people]})  # as the projection does
    members = [person.person for person in everybody if len(world.nodes(person)) > 1]
    if members:
        log.insert("aliases", {"member": [number + 100 for number in members], "kept": members})
    log.command("SYSTEM RELOAD DICTIONARY person_of")


def _event_columns(rows: list[tuple[int, EventRecord]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        "person": [person for person, _ in rows],
        "time": [datetime.fromtimestamp(event.time / 1000, UTC) for _, event in rows],
        "name": [event.name for _, event in rows],
        "message_id": [f"m{number}" for number in range(len(rows))],
        "received": [NOW for _ in rows],
        "source": [event.source for _, event in rows],
        "batch": [1 for _ in rows],
        "record": list(range(len(rows))),
        "order": [event.order for _, event in rows],
        "amount": [event.amount for _, event in rows],
        "lines.row": [list(range(len(event.lines))) for _, event in rows],
        "properties": [nested(dict(event.properties)) for _, event in rows],
    }
    for key in ("sku", "title", "category", "quantity", "price"):
        columns[f"lines.{key}"] = [[line[key] for line in event.lines] for _, event in rows]
    return columns


def _people_columns(world: World) -> dict[str, list[Any]]:
    everybody = [*world.people, *world.gone]
    columns: dict[str, list[Any]] = {
        "person": [person.person for person in everybody],
        "version": [1 for _ in everybody],
        "gone": [int(person in world.gone) for person in everybody],
        # half past midnight in Shanghai: the day before in UTC
        "created": [datetime.fromisoformat(f"{person.created}T00:30:00+08:00") for person in everybody],
        "birthday": [date.fromisoformat(text) if (text := person.texts["birthday"]) else None for person in everybody],
        "tags": [sorted(person.tags) for person in everybody],
        "layers": [dict(person.layers) for person in everybody],
        "consents": [sorted(person.consents) for person in everybody],
        "refusals": [sorted(person.refusals) for person in everybody],
        "kinds": [sorted(person.kinds) for person in everybody],
        "minor": [int(person.minor) for person in everybody],
        "attributes": [nested(dict(person.attributes)) for person in everybody],
    }
    for key, field in PERSON_FIELDS.items():
        if key != "tier" and field.kind == "text":  # the tier stands beside the layers
            columns[key] = [person.texts.get(key, "") for person in everybody]
    return columns


# -- rules ---------------------------------------------------------------------------------------------------

_OPERANDS: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "texts": st.lists(texts, min_size=1, max_size=3),
    "number": numbers,
    "range": st.tuples(numbers, numbers).map(lambda pair: sorted(pair)),
    "date": st.sampled_from(["2026-03-02", "2026-02-28", "0001-01-01", "9999-12-31"]),
    "days": st.sampled_from([0, 1, 2, 400, 36_600]),
    "none": st.none(),
}


@st.composite
def filters(draw: st.DrawFn, fields: list[str]) -> dict[str, Any]:
    from siyu.audiences.operators import OPERATORS

    operator = draw(st.sampled_from(list(OPERATORS.values())))
    value = draw(_OPERANDS[operator.takes])
    return {"field": draw(st.sampled_from(fields)), "op": operator.key} | ({} if value is None else {"value": value})


EVENT_FILTERS = filters(
    [
        *(f"properties.{path}" for path in PATHS),
        "properties.none",
        "amount",
        "source",
        "order",
        "line.sku",
        "line.category",
        "line.price",
    ]
)
PERSON_FILTERS = filters([*(f"attributes.{path}" for path in PATHS), "city", "birthday", "created", "minor"])

spans = st.sampled_from([{"n": 1, "unit": "minute"}, {"n": 24, "unit": "hour"}, {"n": 1}, {"n": 2}, {"n": 40}])
windows = st.one_of(
    st.just({"type": "ever"}),
    spans.map(lambda span: {"type": "last", **span}),
    st.just({"type": "between", "from": "2026-02-28", "to": "2026-02-28"}),
    st.just({"type": "between", "from": "2026-02-01", "to": "2026-02-28T04:30:00+00:00"}),
    st.just({"type": "since", "from": "2026-02-28"}),
)
names = st.sampled_from([*EVENT_NAMES, "*"])
where = st.lists(EVENT_FILTERS, max_size=2)
comparisons = st.sampled_from(["at_least", "at_most", "exactly", "more_than", "less_than"])
occasions = st.one_of(
    st.builds(
        lambda of, op, day: {"of": of, "op": op, "date": day},
        st.sampled_from(["first", "last"]),
        st.sampled_from(["before", "after"]),
        st.sampled_from(["2026-02-28", "2026-03-01"]),
    ),
    st.builds(
        lambda of, op, span: {"of": of, "op": op, **span},
        st.sampled_from(["first", "last"]),
        st.sampled_from(["in_last", "longer_ago"]),
        spans,
    ),
)
kept_times = st.builds(lambda measure: {"type": "did", "event": "*", "measure": measure}, occasions)
"""Asked of what is kept per person as events come in, not of the events."""
measures = st.one_of(
    st.builds(lambda op, value: {"of": "count", "op": op, "value": value}, comparisons, st.integers(0, 3)),
    st.builds(
        lambda of, field, op, value: {"of": of, "field": field, "op": op, "value": value},
        st.sampled_from(["sum", "avg", "min", "max"]),
        st.sampled_from(["amount", "properties.a", "properties.b.c"]),
        comparisons,
        numbers,
    ),
    occasions,
)
steps = st.builds(lambda event, where: {"event": event, "where": where}, names, st.lists(EVENT_FILTERS, max_size=1))
plain_steps = st.builds(lambda event: {"event": event}, st.sampled_from(EVENT_NAMES))


@st.composite
def sequences(draw: st.DrawFn) -> dict[str, Any]:
    refused = draw(st.none() | steps)
    found = draw(st.lists(steps | plain_steps, min_size=1 if refused else 2, max_size=4))
    rule: dict[str, Any] = {"type": "sequence", "steps": found, "window": draw(windows)}
    if refused:
        span = draw(st.none() | spans)
        rule["then_not"] = refused | ({"within": span} if span else {})
    if draw(st.booleans()):
        rule["within"] = draw(spans)
    return rule


which = st.sampled_from(["any", "all", "none"])


def _of(kind: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), **parts})


leaves = st.one_of(
    _of("did", event=names, where=where, measure=measures, window=windows),
    _of("did_not", event=names, where=where, window=windows),
    sequences(),
    PERSON_FILTERS.map(lambda one: {"type": "profile", **one}),
    _of("tag", tags=st.lists(st.integers(1, 5), min_size=1, max_size=3), op=which),
    _of(
        "layer",
        scheme=st.sampled_from(["life", "rfm", "none"]),
        layers=st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=2),
        op=st.sampled_from(["is", "is_not"]),
    ),
    _of(
        "consent",
        purpose=st.just("marketing"),
        channel=st.sampled_from(["webhook", "any", "email"]),
        op=st.sampled_from(["given", "refused", "unknown"]),
    ),
    _of(
        "identifier",
        kinds=st.lists(st.sampled_from(["phone", "openid", "openid:wx1", "email"]), min_size=1, max_size=2),
        op=which,
    ),
    _of("audience", audience=st.sampled_from([1, 2]), op=st.sampled_from(["in", "not_in"])),
)

rules = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, rules: {"type": kind, "rules": rules},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)


@st.composite
def tied_worlds(draw: st.DrawFn) -> World:
    """One person whose events fall into very few milliseconds."""
    found = draw(st.lists(st.builds(_tied, st.sampled_from(EVENT_NAMES), st.integers(0, 4)), min_size=2, max_size=9))
    return World((PersonRecord(person=2, created="2026-02-28", texts={"birthday": ""}, events=found),), ())


def _tied(name: str, before: int) -> EventRecord:
    return EventRecord(time=to_millis(NOW) - DAY - before, name=name)


@st.composite
def tied_sequences(draw: st.DrawFn) -> dict[str, Any]:
    apart = draw(st.booleans())
    rule: dict[str, Any] = {"type": "sequence", "steps": draw(st.lists(plain_steps, min_size=2, max_size=3))}
    if apart:
        rule["steps"] = [{"event": name} for name in draw(st.permutations(EVENT_NAMES))]
    elif draw(st.booleans()):
        rule["then_not"] = draw(plain_steps)
    return rule
