"""Who a row is about: identifier columns → one text per row that names all identifiers, in one spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from siyu.people.identity import Identifier, normalise
from siyu.people.importing.fields import IDENTIFIER_FIELDS
from siyu.people.importing.parsing import Checks, as_id
from siyu.storage import BadInput

BETWEEN = "\x1e"
INSIDE = "\x1f"
REMEMBERED_MAX = 200_000


class Claims:
    """Reads the identifier columns of a file. One per import: it remembers spellings it has worked out."""

    def __init__(self, mapping: Mapping[str, str], source: str) -> None:
        self._columns = [
            (f"customer:{source}" if name == "person" else name, mapping[name])
            for name in IDENTIFIER_FIELDS
            if name in mapping
        ]
        self._known: dict[str, dict[str, str | None]] = {kind: {} for kind, _ in self._columns}

    def read(self, frame: pl.DataFrame, checks: Checks) -> pl.Series:
        """The claim of each row, null where nobody is named. An unusable identifier (a masked phone) is passed over
        where another one says who it is."""
        spelled: list[pl.Series] = []
        given = pl.repeat(False, frame.height, eager=True)
        first_column = self._columns[0][1]
        for kind, column in self._columns:
            text = as_id(frame[column], checks)
            given = given | text.is_not_null()
            spelled.append(self._spelled(kind, text).alias(kind))
        claims = pl.DataFrame(spelled).select(pl.concat_str(pl.all(), separator=BETWEEN, ignore_nulls=True)).to_series()
        nobody = pl.DataFrame(spelled).select(pl.all_horizontal(pl.all().is_null())).to_series()
        checks.mark(nobody & ~given, "person_missing", first_column)
        checks.mark(nobody, "person_bad", first_column)
        return claims.set(nobody, None)

    def _spelled(self, kind: str, text: pl.Series) -> pl.Series:
        known = self._known[kind]
        if len(known) > REMEMBERED_MAX:
            known.clear()
        distinct = text.unique().drop_nulls()
        values = distinct.to_list()
        for value in values:
            if value not in known:
                known[value] = _normal(kind, value)
        found = pl.DataFrame(
            {"text": distinct, "claim": [known[value] for value in values]},
            schema={"text": pl.String, "claim": pl.String},
        )
        return pl.DataFrame({"text": text}).join(found, on="text", how="left", maintain_order="left")["claim"]


def _normal(kind: str, value: str) -> str | None:
    try:
        identifier = normalise(kind, value)
    except BadInput:
        return None
    return f"{identifier.kind}{INSIDE}{identifier.value}"


def claim_of(text: str) -> tuple[Identifier, ...]:
    """The identifiers that :meth:`Claims.read` put into one text."""
    parts: Sequence[str] = text.split(BETWEEN)
    return tuple(Identifier(*part.split(INSIDE, 1)) for part in parts)
