"""Rows of a file of customers → what they say about a person; and saying it, by set.

One row tells a profile, tags and consents. What a file says counts as of now; an empty cell says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl
import sqlalchemy as sa

from siyu.people import actions, consents, tags
from siyu.people.consents import Statement
from siyu.people.importing import properties
from siyu.people.importing.parsing import Checks, as_birthday, as_sex, as_text, as_yes_no
from siyu.people.importing.records import Import
from siyu.people.importing.rows import RowReader
from siyu.people.importing.staging import Slice, Staging
from siyu.people.tables import people, tag_groups
from siyu.people.tables import tags as tags_table
from siyu.people.traits import ATTRIBUTE_NAME_CHARACTERS_MAX
from siyu.storage import CHUNK_ROWS, Stores, in_chunks, insert_into, sent

TAGS_GROUP = "导入"
"""The group of tags that a file names without one."""

TAGS_PARTED_BY = re.compile(r"[、,，;；|\n]+")
TAGS_PER_ROW_MAX = 100
PROFILE_COLUMNS: Mapping[str, str] = {
    "full_name": "name",
    "province": "province",
    "city": "city",
    "occupation": "occupation",
}
CONSENT_PREFIX = "consent."


class ProfileRows(RowReader):
    """Persons of a file of customers."""

    def _columns(self, frame: pl.DataFrame, checks: Checks) -> dict[str, pl.Series]:
        plan = self._plan
        told = [
            as_text(frame[plan.mapping[field]]).str.slice(0, ATTRIBUTE_NAME_CHARACTERS_MAX * 2).alias(name)
            for field, name in PROFILE_COLUMNS.items()
            if field in plan.mapping
        ]
        if "sex" in plan.mapping:
            told.append(as_sex(frame[plan.mapping["sex"]], checks).alias("sex"))
        if "birthday" in plan.mapping:
            told.append(as_birthday(frame[plan.mapping["birthday"]], checks).alias("birthday"))
        return {
            "claim": self._claims.read(frame, checks),
            "told": _object(told, frame.height),
            "origin": _object(self._origin(frame), frame.height),
            "attributes": properties.as_json(frame, plan, "attribute."),
            "tags": self._text(frame, "tags", checks),
            "consents": self._consents(frame, checks),
        }

    def _origin(self, frame: pl.DataFrame) -> list[pl.Series]:
        return [
            as_text(frame[self._plan.mapping[field]]).str.slice(0, 100).alias(field)
            for field in ("origin_source", "origin_staff")
            if field in self._plan.mapping
        ]

    def _consents(self, frame: pl.DataFrame, checks: Checks) -> pl.Series:
        answers = [
            as_yes_no(frame[column], checks).alias(channel)
            for channel, column in properties.columns_of(self._plan, CONSENT_PREFIX).items()
        ]
        return _object(answers, frame.height)


def _object(values: Sequence[pl.Series], height: int) -> pl.Series:
    if not values:
        return pl.repeat("{}", height, eager=True)
    return pl.DataFrame(values).select(pl.struct(pl.all()).struct.json_encode()).to_series()


_ROWS = """
SELECT person, told, origin, attributes, tags, consents
FROM {rows} AS rows INNER JOIN {people} AS people ON people.claim = rows.claim
WHERE hash BETWEEN {{first:UInt64}} AND {{last:UInt64}}
ORDER BY row
"""


@dataclass(frozen=True, slots=True)
class ProfileStore:
    """Says what one import's rows say."""

    stores: Stores
    staging: Staging
    found: Import
    hands: int = 1

    def store(self, part: Slice) -> None:
        """One slice, in transactions of at most ``CHUNK_ROWS`` rows. Saying it again changes nothing, but for
        consents: each is a statement with the import as its evidence, written once."""
        table = self.stores.events.arrow(
            _ROWS.format(rows=self.staging.rows_table, people=self.staging.people_table),
            {"first": part.first, "last": part.last},
            heavy=True,
            seconds_max=600,
        )
        for start in range(0, table.num_rows, CHUNK_ROWS // 4):
            self._tell(table.slice(start, CHUNK_ROWS // 4).to_pylist())

    def _tell(self, rows: Sequence[Mapping[str, Any]]) -> None:
        now = self.stores.clock.now()
        persons = [int(row["person"]) for row in rows]
        with self.stores.ledger.write() as conn:
            actions.tell_profiles(
                conn,
                now,
                [
                    (person, _given(row["told"]), _given(row["attributes"]))
                    for person, row in zip(persons, rows, strict=True)
                ],
            )
            self._note_origins(conn, persons, [_given(row["origin"]) for row in rows])
            named = [(person, name) for person, row in zip(persons, rows, strict=True) for name in _tags(row["tags"])]
            numbers = self._tag_numbers(conn, {name for _, name in named})
            pairs = list(dict.fromkeys((person, numbers[name]) for person, name in named))
            for chunk in in_chunks(pairs):
                tags.give_tags(
                    conn,
                    now,
                    self.found.by,
                    chunk,
                    origin="import",
                    detail=f"{self.found.stream} {self.found.file_name}",
                )
            consents.record(conn, now, self._statements(conn, persons, rows))

    def _note_origins(self, conn: sa.Connection, persons: Sequence[int], origins: Sequence[Mapping[str, Any]]) -> None:
        """What brought them is set once: where nothing but the import's own name stands there."""
        for field in ("origin_source", "origin_staff"):
            said = {person: str(each[field]) for person, each in zip(persons, origins, strict=True) if field in each}
            if not said:
                continue
            asked = sent(conn, person=(sa.BigInteger, list(said)), word=(sa.Text, list(said.values())))
            unset = people.c[field].is_(None) | (people.c[field] == self.found.plan.source)
            changed = conn.execute(
                sa.update(people)
                .where(people.c.person == asked.c.person, unset, people.c[field].is_distinct_from(asked.c.word))
                .values({field: asked.c.word})
                .returning(people.c.person)
            ).scalars()
            actions.mark_changed(conn, self.stores.clock.now(), list(changed))

    def _tag_numbers(self, conn: sa.Connection, names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The tags of these (group, name), made where they are new."""
        if not names:
            return {}
        now = self.stores.clock.now()
        for group in sorted({group for group, _ in names}):
            conn.execute(
                insert_into(conn, tag_groups).values(name=group, exclusive=False, place=99).on_conflict_do_nothing()
            )
        groups = dict(conn.execute(sa.select(tag_groups.c.name, tag_groups.c.id)).tuples().all())
        for group, name in sorted(names):
            conn.execute(
                insert_into(conn, tags_table)
                .values(group=groups[group], name=name, created=now)
                .on_conflict_do_nothing()
            )
        of_group = {number: name for name, number in groups.items()}
        known = conn.execute(sa.select(tags_table.c.id, tags_table.c.group, tags_table.c.name))
        return {(of_group[row.group], row.name): row.id for row in known}

    def _statements(
        self, conn: sa.Connection, persons: Sequence[int], rows: Sequence[Mapping[str, Any]]
    ) -> list[Statement]:
        evidence = self.found.plan.evidence or f"{self.found.stream} {self.found.file_name}"
        now, notice, by = self.stores.clock.now(), self.found.plan.notice, self.found.by
        said = [
            Statement(person, "marketing", channel, bool(given), now, notice, evidence, by)
            for person, row in zip(persons, rows, strict=True)
            for channel, given in _given(row["consents"]).items()
        ]
        if not said:
            return []
        asked = sent(conn, person=(sa.BigInteger, sorted(set(persons))))
        log = consents.consent_log
        written = {
            tuple(row)
            for row in conn.execute(
                sa.select(log.c.person, log.c.channel, log.c.given)
                .join(asked, asked.c.person == log.c.person)
                .where(log.c.evidence == evidence)
            )
        }
        return [each for each in said if (each.person, each.channel, each.given) not in written]


def _given(text: str) -> dict[str, Any]:
    """The members of a JSON object that say something."""
    return {name: value for name, value in msgspec.json.decode(text).items() if value is not None}


def _tags(cell: str) -> Iterator[tuple[str, str]]:
    """(group, name) of each tag in a cell."""
    for part in TAGS_PARTED_BY.split(cell)[:TAGS_PER_ROW_MAX]:
        group, colon, name = part.strip().replace("：", ":").partition(":")
        if not colon:
            group, name = TAGS_GROUP, group
        group, name = group.strip()[: tags.NAME_CHARACTERS_MAX], name.strip()[: tags.NAME_CHARACTERS_MAX]
        if group and name and name.isprintable() and group.isprintable():
            yield group, name
