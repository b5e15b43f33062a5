"""Good rows on their way: tables of the event log that live as long as one import.

Staged rows are ordered by a hash of their order (or event), so that a part of the import, a *slice*, is one range
read and holds whole orders. Tables are named by the import's number; making them anew empties them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from siyu.people.importing.fields import Kind
from siyu.storage import EventLog

SLICE_ROWS = 1_000_000
"""Rows composed by one statement: bounds its memory (about 500 MB) and the time until the next progress. Each makes a
part per month of the file; measured on 4 million lines: 4.9 s in four slices, 6.8 s in eleven."""

HASH_VALUES = 2**64

# Read once and dropped: merging the parts would be work for nothing.
_ENGINE = """
ENGINE = MergeTree ORDER BY (hash, row)
SETTINGS min_bytes_for_wide_part = 1073741824, max_bytes_to_merge_at_max_space_in_pool = 1
"""

_LINES = """
CREATE TABLE {table} (
    row UInt32,
    claim String,
    time DateTime64(3, 'UTC'),
    key String DEFAULT lower(hex(sipHash128(claim, time))),
    returned UInt8,
    sku String,
    title String,
    category String,
    quantity Decimal(18, 4),
    price Decimal(18, 4),
    amount Nullable(Decimal(18, 4)),
    total Nullable(Decimal(18, 4)),
    properties String,
    hash UInt64 MATERIALIZED cityHash64(key)
)
"""

_FACTS = """
CREATE TABLE {table} (
    row UInt32,
    claim String,
    time DateTime64(3, 'UTC'),
    name String,
    message_id String,
    properties String,
    key String MATERIALIZED if(message_id = '', lower(hex(sipHash128(claim, time, name, properties))), message_id),
    hash UInt64 MATERIALIZED cityHash64(key)
)
"""

_PROFILES = """
CREATE TABLE {table} (
    row UInt32,
    claim String,
    told String,
    origin String,
    attributes String,
    tags String,
    consents String,
    hash UInt64 MATERIALIZED cityHash64(claim)
)
"""

_COLUMNS = {"orders": _LINES, "events": _FACTS, "people": _PROFILES}

_PEOPLE = """
CREATE TABLE {table} (claim String, person UInt32) ENGINE = MergeTree ORDER BY claim
"""

_STORED = """
CREATE TABLE {table} (
    key String,
    returned UInt8,
    lines UInt64,
    amount Decimal(38, 4),
    counts Map(String, UInt64)
) ENGINE = MergeTree ORDER BY (key, returned)
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """A range of hashes, both ends included."""

    first: int
    last: int


class Staging:
    """The staged rows of one import."""

    def __init__(self, events: EventLog, number: int, kind: Kind) -> None:
        self._events = events
        self._kind = kind
        self.rows_table = f"import_{number}_rows"
        self.people_table = f"import_{number}_people"
        self.stored_table = f"import_{number}_stored"

    def begin(self) -> None:
        """Empty tables."""
        self.drop()
        self._events.command(_COLUMNS[self._kind].format(table=self.rows_table) + _ENGINE)

    def exists(self) -> bool:
        (found,) = self._events.row(
            "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = {name:String}",
            {"name": self.rows_table},
        )
        return bool(found)

    def add(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self._events.insert_arrow(self.rows_table, rows.to_arrow(compat_level=pl.CompatLevel.oldest()))

    def drop(self) -> None:
        for table in (self.rows_table, self.people_table, self.stored_table):
            self._events.command(f"DROP TABLE IF EXISTS {table}")

    def count(self) -> int:
        (rows,) = self._events.row(f"SELECT count() FROM {self.rows_table}")
        return int(rows)

    def slices(self, rows: int) -> list[Slice]:
        """Ranges that together hold every staged row once."""
        parts = max(1, -(-rows // SLICE_ROWS))
        edges = [place * HASH_VALUES // parts for place in range(parts + 1)]
        return [Slice(first, after - 1) for first, after in pairwise(edges)]

    # --- people

    def claims(self) -> list[str]:
        """Every distinct claim, in the order in which the file first names it."""
        found = self._events.arrow(
            f"SELECT claim FROM {self.rows_table} GROUP BY claim ORDER BY min(row)", heavy=True, seconds_max=600
        )
        return [str(claim) for claim in found.column("claim").to_pylist()]

    def begin_people(self) -> None:
        self._events.command(f"DROP TABLE IF EXISTS {self.people_table}")
        self._events.command(_PEOPLE.format(table=self.people_table))

    def add_people(self, claims: Sequence[str], nodes: Sequence[int]) -> None:
        rows = pl.DataFrame({"claim": claims, "person": nodes}, schema={"claim": pl.String, "person": pl.UInt32})
        self._events.insert_arrow(self.people_table, rows.to_arrow(compat_level=pl.CompatLevel.oldest()))

    # --- what is stored already

    def begin_stored(self) -> None:
        self._events.command(f"DROP TABLE IF EXISTS {self.stored_table}")
        self._events.command(_STORED.format(table=self.stored_table))
