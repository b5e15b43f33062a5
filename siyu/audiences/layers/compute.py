"""Working layers out, by set in the event log; only what changed is written to the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences.compile import KEPT_PEOPLE, SETTINGS, Compiled
from siyu.audiences.context import definitions, moment
from siyu.audiences.layers.kept import scheme, schemes
from siyu.audiences.layers.model import Scheme
from siyu.audiences.sql import Query
from siyu.audiences.tables import layer_schemes, person_layers
from siyu.audiences.words import Pair
from siyu.people.actions import append_own, mark_changed
from siyu.storage import CHUNK_ROWS, Stores, insert_into, sent

Progress = Callable[[int, int, str], None]


def compute_all(stores: Stores, progress: Progress = lambda done, of, stage: None) -> dict[str, Any]:
    """Work out every enabled scheme; how many people changed layer, by scheme."""
    with stores.ledger.read() as conn:
        wanted = [each for each in schemes(conn) if each.enabled]
    changed: dict[str, int] = {}
    for place, each in enumerate(wanted):
        progress(place, len(wanted), each.key)
        changed[each.key] = compute(stores, each.key)
    return {"changed": changed}


def compute(stores: Stores, key: str) -> int:
    """Work out one scheme; how many people changed layer.

    Each change is written with its event ``layer_changed`` and a note for the projection. The first computation of
    a scheme tells no events: being there from the start is no change.
    """
    with stores.ledger.read() as conn:
        known = scheme(conn, key)
    found = _differences(stores, known)
    changed = 0
    for chunk in found.to_batches(CHUNK_ROWS):
        rows = chunk.to_pylist()
        with stores.ledger.write() as conn:
            changed += _write(stores, conn, known, {row["person"]: row["layer"] for row in rows})
    with stores.ledger.write() as conn:
        now = stores.clock.now()
        row = {"name": key, "definition": {"values": dict(known.values)}, "changed": now, "computed": now}
        conn.execute(
            insert_into(conn, layer_schemes)
            .values(row)
            .on_conflict_do_update(index_elements=[layer_schemes.c.name], set_={"computed": now})
        )
    return changed


def _differences(stores: Stores, known: Scheme) -> pa.Table:
    """Arrow rows (person, layer) where the projection shows another layer ('' for none)."""
    query = Query(moment(stores))
    held = f"layers[{query.text(known.key)}]"
    return stores.events.arrow(
        f"SELECT p.person AS person, CAST(n.layer, 'String') AS layer FROM "
        f"(SELECT person, toString({held}) AS held FROM {KEPT_PEOPLE}) AS p "
        f"LEFT JOIN ({_placed(stores, known, query)}) AS n ON p.person = n.person WHERE n.layer != p.held {SETTINGS}",
        query.parameters,
        heavy=True,
    )


def _placed(stores: Stores, known: Scheme, query: Query) -> str:
    """SQL: rows (person, layer): by the scheme's own SQL, or all its rules in one pass, an earlier one going before a
    later."""
    if known.sql is not None:
        return known.sql(known.values, query.moment.now)
    compiled = Compiled(query, definitions(stores))
    taken, columns = "", list[str]()
    for layer in known.layers:
        assert layer.rule is not None
        held = compiled.bitmap(layer.rule, layer.key)
        columns.append(f"({query.text(layer.key)}, {f'bitmapAndnot({held}, {taken})' if taken else held})")
        taken = f"bitmapOr({taken}, {held})" if taken else held
    return (
        f"SELECT arrayJoin(bitmapToArray(pair.2)) AS person, pair.1 AS layer "
        f"FROM (SELECT arrayJoin([{', '.join(columns)}]) AS pair FROM {compiled.passes()})"
    )


def _write(stores: Stores, conn: Connection, known: Scheme, placed: Mapping[int, str]) -> int:
    """Write one chunk; how many of it really changed (the projection may have been behind)."""
    now = stores.clock.now()
    persons = sorted(placed)
    asked = sent(conn, person=(sa.BigInteger, persons))
    query = sa.select(person_layers.c.person, person_layers.c.layer).where(
        person_layers.c.scheme == known.key, person_layers.c.person.in_(sa.select(asked.c.person))
    )
    held: dict[int, str] = {row.person: row.layer for row in conn.execute(query)}
    moved = {person: layer for person, layer in placed.items() if held.get(person, "") != layer}
    mark_changed(conn, now, persons)
    if not moved:
        return 0
    gone = [person for person, layer in moved.items() if not layer]
    if gone:
        out = sent(conn, person=(sa.BigInteger, gone))
        conn.execute(
            sa.delete(person_layers).where(
                person_layers.c.scheme == known.key, person_layers.c.person.in_(sa.select(out.c.person))
            )
        )
    rows = [
        {"person": person, "scheme": known.key, "layer": layer, "since": now}
        for person, layer in moved.items()
        if layer
    ]
    if rows:
        insert = insert_into(conn, person_layers)
        conn.execute(
            insert.on_conflict_do_update(
                index_elements=[person_layers.c.person, person_layers.c.scheme],
                set_={"layer": insert.excluded.layer, "since": insert.excluded.since},
            ),
            rows,
        )
    if known.computed is not None:
        append_own(
            conn, [_told(known.key, person, held.get(person, ""), layer, now) for person, layer in moved.items()]
        )
    return len(moved)


def _told(key: str, person: int, old: str, new: str, now: datetime) -> dict[str, Any]:
    return {
        "message_id": f"layer-{key}-{person}-{int(now.timestamp() * 1000)}",
        "time": now,
        "name": "layer_changed",
        "person": person,
        "properties": {"scheme": key, "from": old, "to": new},
    }


def preview(stores: Stores, wished: Scheme) -> dict[str, int]:
    """How many people a scheme, kept or only wished for, would put into each layer now; '' for none."""
    query = Query(moment(stores))
    rows = stores.events.rows(
        f"SELECT CAST(n.layer, 'String') AS found, count() FROM (SELECT person FROM {KEPT_PEOPLE}) AS p "
        f"LEFT JOIN ({_placed(stores, wished, query)}) AS n ON p.person = n.person GROUP BY found {SETTINGS}",
        query.parameters,
        heavy=True,
    )
    found = {str(layer): int(people) for layer, people in rows}
    return {layer.key: found.get(layer.key, 0) for layer in wished.layers} | {"": found.get("", 0)}


def distribution(stores: Stores, key: str) -> dict[str, int]:
    """How many people are in each layer of a scheme now, '' for none; as the projection has it."""
    rows = stores.events.rows(
        f"SELECT toString(layers[{{key:String}}]) AS layer, count() FROM {KEPT_PEOPLE} GROUP BY layer", {"key": key}
    )
    return {layer: int(people) for layer, people in rows}


def layers_of(conn: Connection, persons: Sequence[int]) -> dict[int, dict[str, str]]:
    """The layers of these (kept) persons: scheme → layer. What the projection asks for."""
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    found: dict[int, dict[str, str]] = defaultdict(dict)
    query = sa.select(person_layers).where(person_layers.c.person.in_(sa.select(asked.c.person)))
    for row in conn.execute(query):
        found[row.person][row.scheme] = row.layer
    return found


@dataclass(frozen=True, slots=True)
class HeldLayer:
    """A layer that a person is in, with its scheme in words, and since when."""

    scheme: str
    scheme_label: Pair
    layer: str
    label: Pair
    since: datetime


def held_by(conn: Connection, person: int) -> list[HeldLayer]:
    """The layers of a kept person, in the order of the schemes; those of schemes that are switched off left out."""
    rows = {row.scheme: row for row in conn.execute(sa.select(person_layers).where(person_layers.c.person == person))}
    found: list[HeldLayer] = []
    for known in schemes(conn):
        row = rows.get(known.key)
        if row is not None and known.enabled:
            words = next((each.label for each in known.layers if each.key == row.layer), (row.layer, row.layer))
            found.append(HeldLayer(known.key, known.label, row.layer, words, row.since))
    return found
