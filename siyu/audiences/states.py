"""The states of audiences in the event log: who was in them, and for whom each condition held, as bitmaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siyu.audiences.compile import Compiled, Definitions
from siyu.audiences.model import Leaf, Rule, leaves
from siyu.audiences.sql import Moment, Query, instant
from siyu.storage import EventLog
from siyu.storage.ledger import to_millis


@dataclass(frozen=True)
class Change:
    """Somebody who joined or left between two states, and the conditions (by number, see :func:`own_leaves`) that
    changed for them, with what holds now."""

    person: int
    joined: bool
    leaves: tuple[tuple[int, bool], ...]


def own_leaves(rule: Rule) -> list[tuple[str, Leaf]]:
    """The conditions of a rule in the order in which states number them, from 1."""
    return leaves(rule)


def keep(
    events: EventLog,
    rule: Rule,
    moment: Moment,
    definitions: Definitions,
    audience: int,
    version: int,
    computed: datetime,
) -> None:
    """Store the members, and those of each condition, as a state of an audience."""
    compiled = Compiled(Query(moment), definitions)
    all_of_it = compiled.bitmap(rule)
    own = [compiled.bitmaps[at] for at, _ in own_leaves(rule)]
    columns = ", ".join(f"(toUInt16({number}), {bitmap})" for number, bitmap in enumerate([all_of_it, *own]))
    at = instant(to_millis(computed))
    events.command(
        f"INSERT INTO audience_states (audience, version, leaf, computed, members) "
        f"SELECT {audience}, {version}, leaf.1, {at}, leaf.2 "
        f"FROM (SELECT arrayJoin([{columns}]) AS leaf FROM {compiled.passes()}) {compiled.settings()}",
        compiled.query.parameters,
        heavy=True,
    )


def keep_selected(
    events: EventLog, select: str, parameters: Mapping[str, Any], audience: int, version: int, computed: datetime
) -> None:
    """Store the persons that a SELECT of the event log gives (its column ``kept``) as a state of an audience."""
    at = instant(to_millis(computed))
    events.command(
        f"INSERT INTO audience_states (audience, version, leaf, computed, members) "
        f"SELECT {audience}, {version}, 0, {at}, groupBitmapState(kept) FROM ({select})",
        parameters,
        heavy=True,
    )


def has_state(events: EventLog, audience: int, version: int) -> bool:
    """Whether this version of an audience has been computed."""
    (found,) = events.row(
        "SELECT count() FROM audience_states WHERE audience = {a:UInt32} AND version = {v:UInt32} AND leaf = 0",
        {"a": audience, "v": version},
    )
    return found > 0


def size_of_state(events: EventLog, audience: int, version: int) -> int:
    """How many people are in a computed version of an audience."""
    (size,) = events.row(
        "SELECT groupBitmapMerge(members) FROM audience_states "
        "WHERE audience = {a:UInt32} AND version = {v:UInt32} AND leaf = 0",
        {"a": audience, "v": version},
    )
    return int(size)


def forget_states(events: EventLog, audience: int, before: int) -> None:
    """Drop the states of an audience with a version below this."""
    if before > 1:
        events.command(f"DELETE FROM audience_states WHERE audience = {int(audience)} AND version < {int(before)}")


def changes(events: EventLog, audience: int, old: int, new: int, after: int, limit: int) -> list[Change]:
    """Who joined or left between two states, in order of number, above ``after``, at most ``limit``."""
    found = events.rows(
        """
        WITH
            states AS (
                SELECT leaf, groupBitmapMergeStateIf(members, version = {old:UInt32}) AS was,
                    groupBitmapMergeStateIf(members, version = {new:UInt32}) AS is
                FROM audience_states
                WHERE audience = {audience:UInt32} AND version IN ({old:UInt32}, {new:UInt32}) GROUP BY leaf
            ),
            (SELECT bitmapSubsetLimit(bitmapXor(was, is), toUInt32({after:UInt32} + 1), {limit:UInt32})
             FROM states WHERE leaf = 0) AS changed
        SELECT person, maxIf(holds, leaf = 0), arraySort(groupArrayIf((leaf, holds), leaf > 0))
        FROM (
            SELECT leaf, arrayJoin(bitmapToArray(bitmapAnd(bitmapXor(was, is), changed))) AS person,
                bitmapContains(is, person) AS holds
            FROM states
        )
        GROUP BY person ORDER BY person
        """,
        {"audience": audience, "old": old, "new": new, "after": after, "limit": limit},
    )
    return [
        Change(person, bool(joined), tuple((int(leaf), bool(holds)) for leaf, holds in changed))
        for person, joined, changed in found
    ]


def contains_sql(audience: int, version: int, person: str) -> str:
    """SQL: whether the person (an expression, the kept one) is in a state of an audience."""
    return (
        f"bitmapContains((SELECT groupBitmapMergeState(members) FROM audience_states "
        f"WHERE audience = {int(audience)} AND version = {int(version)} AND leaf = 0), toUInt32({person}))"
    )
