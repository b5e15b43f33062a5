"""The shape of an import's report: what ``siyu import --json`` prints and ``report.result`` of the API holds."""

from __future__ import annotations

from typing import Any

import msgspec


class Reason(msgspec.Struct):
    """Rows refused for one reason; ``first_row`` as a spreadsheet numbers it."""

    code: str
    zh: str
    en: str
    count: int
    first_row: int


class Note(msgspec.Struct):
    """Something that was read in one of two possible ways, and how often."""

    code: str
    zh: str
    en: str
    count: int


class Orders(msgspec.Struct):
    """Events stored by this import."""

    paid: int
    amended: int
    returned: int


class Lines(msgspec.Struct):
    """``known``: lines of the file that were stored before."""

    sold: int
    returned: int
    known: int


class Amounts(msgspec.Struct):
    """Decimals as text."""

    sold: str
    returned: str


class Persons(msgspec.Struct):
    named: int
    new: int


class ImportReport(msgspec.Struct):
    """``orders``, ``lines``, ``amounts`` are there for orders; ``known`` (events stored before) for events. Every row
    of the file is either accepted or rejected. Times are UTC; ``rejects`` is a path, inside the home folder unless
    ``--rejects`` named one; null where no file was made."""

    import_: int = msgspec.field(name="import")
    kind: str
    state: str
    file: str
    source: str
    timezone: str
    mapping: dict[str, str]
    batch: int
    rows: int
    rejected: int
    reasons: list[Reason]
    accepted: int
    people: Persons
    events: int
    first: str | None
    last: str | None
    rejects: str | None
    notes: list[Note]
    seconds: float
    orders: Orders | None = None
    lines: Lines | None = None
    amounts: Amounts | None = None
    known: int | None = None


def answer_schema() -> dict[str, Any]:
    """JSON Schema of the report."""
    return {"title": "import", **msgspec.json.schema(ImportReport)}
