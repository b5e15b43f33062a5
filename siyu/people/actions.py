"""What can be done to a person: the profile, and the news that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people import families
from siyu.people.merges import kept_person
from siyu.people.tables import own_events, people
from siyu.people.traits import ATTRIBUTES_MAX, COLUMNS, checked_traits
from siyu.storage import BadInput, Conflict, Stores, sent
from siyu.storage.ledger import Instant

FIRST_TOUCH = timedelta(days=1)
"""A campaign seen within this of a person's first event is what brought them."""

mark_changed = families.mark_changed
"""``mark_changed(conn, at, persons)``: have the event log's row of these persons written anew."""


def append_own(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append the product's own events, in the transaction that makes them true.

    Each row: ``message_id`` (unique for ever), ``time``, ``name`` (of ``event_names``), ``person``, ``properties``,
    and ``source`` where it is not "siyu".
    """
    if rows:
        conn.execute(sa.insert(own_events), [{"source": "siyu", **row} for row in rows])


def require_person(conn: Connection, person: int) -> int:
    """The kept person of a node, alive. Raises :class:`NotFound`, or :class:`Conflict` where erased."""
    kept = kept_person(conn, person)
    if conn.execute(sa.select(people.c.gone).where(people.c.person == kept)).scalar_one() is not None:
        raise Conflict("person_erased", f"客户 {person} 已被删除。", f"Person {person} has been erased.")
    return kept


def set_profile(stores: Stores, by: str, person: int, traits: Mapping[str, Any]) -> dict[str, Any]:
    """Set profile columns and attributes by hand; null clears. What changed, as name → (before, after).

    A cleared value is cleared on every node, or an older one would show again. Raises :class:`BadInput`.
    """
    flags = {name: traits[name] for name in ("minor", "no_profiling") if name in traits}
    if not all(isinstance(value, bool) for value in flags.values()):
        raise BadInput("bad_trait", "须为 true 或 false。", "Must be true or false.", field=next(iter(flags)))
    columns, attributes = checked_traits({k: v for k, v in traits.items() if k not in flags}, "profile")
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        kept = require_person(conn, person)
        nodes = families.members_of(conn, [kept])[kept]
        rows = conn.execute(sa.select(people).where(people.c.person.in_(nodes)).order_by(people.c.changed)).all()
        before: dict[str, Any] = {}
        for row in rows:
            before |= {k: v for k in COLUMNS if (v := getattr(row, k)) is not None} | row.attributes
        before |= {name: any(getattr(row, name) for row in rows) for name in flags}
        cleared = [name for name, value in {**columns, **attributes}.items() if value is None]
        for row in rows:
            values: dict[str, Any] = {name: None for name in cleared if name in COLUMNS}
            left = {name: value for name, value in row.attributes.items() if name not in cleared}
            if row.person == kept:
                left |= {name: value for name, value in attributes.items() if value is not None}
                values |= {**columns, **flags, "changed": now}
            elif flags:
                values |= flags
            if left != row.attributes:
                values["attributes"] = _limited(left)
            if values:
                conn.execute(sa.update(people).where(people.c.person == row.person).values(**values))
        mark_changed(conn, now, [kept])
    after = {**columns, **attributes, **flags}
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}


def _limited(attributes: dict[str, Any]) -> dict[str, Any]:
    """The newest ``ATTRIBUTES_MAX``; a client that invents names can't grow a profile for ever."""
    return dict(list(attributes.items())[-ATTRIBUTES_MAX:])


def tell_profiles(
    conn: Connection, at: datetime, told: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any]]]
) -> None:
    """What events or files say about nodes: (node, profile columns, attributes), in order, the later word counts.

    At most ``CHUNK_ROWS``. A null clears.
    """
    columns: dict[int, dict[str, Any]] = {}
    attributes: dict[int, dict[str, Any]] = {}
    for node, new_columns, new_attributes in told:
        columns.setdefault(node, {}).update(new_columns)
        attributes.setdefault(node, {}).update(new_attributes)
    asked = sent(conn, person=(sa.BigInteger, list(columns)))
    found = conn.execute(
        sa.select(people.c.person, people.c.attributes, *(people.c[name] for name in COLUMNS))
        .join(asked, asked.c.person == people.c.person)
        .where(people.c.gone.is_(None))
    ).all()
    changed: list[dict[str, Any]] = []
    for row in found:
        merged = {**row.attributes, **attributes[row.person]}
        merged = _limited({name: value for name, value in merged.items() if value is not None})
        values = {name: columns[row.person].get(name, getattr(row, name)) for name in COLUMNS}
        if merged != row.attributes or any(values[name] != getattr(row, name) for name in COLUMNS):
            changed.append({"of": row.person, "attributes": merged, "changed": at, **values})
    if changed:
        conn.execute(sa.update(people).where(people.c.person == sa.bindparam("of")), changed)
        mark_changed(conn, at, [row["of"] for row in changed])


def note_origins(conn: Connection, at: datetime, campaigns: Mapping[int, tuple[str, str]]) -> None:
    """Remember what brought newcomers: node → (source, campaign). Said once; older persons keep their origin."""
    asked = sent(
        conn,
        person=(sa.BigInteger, list(campaigns)),
        source=(sa.Text, [source for source, _ in campaigns.values()]),
        campaign=(sa.Text, [campaign for _, campaign in campaigns.values()]),
    )
    touched = conn.execute(
        sa.update(people)
        .where(
            people.c.person == asked.c.person,
            people.c.origin_campaign.is_(None),
            people.c.created >= sa.literal(at - FIRST_TOUCH, Instant),
        )
        .values(
            origin_campaign=asked.c.campaign,
            origin_source=sa.func.coalesce(sa.func.nullif(asked.c.source, ""), people.c.origin_source),
        )
        .returning(people.c.person)
    )
    mark_changed(conn, at, list(touched.scalars()))
