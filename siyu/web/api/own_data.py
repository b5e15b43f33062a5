"""The API of a person's right to see everything that is kept of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from siyu.insight.own_data import everything_of
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_act


class OwnData(msgspec.Struct):
    """All that is kept of a person: `tables` by name, each with its rows as they stand; `events`, the newest first;
    `nodes`: the numbers that were merged into this person."""

    format: int
    at: datetime
    person: int
    nodes: list[int]
    tables: dict[str, list[dict[str, Any]]]
    events: list[dict[str, Any]]


@api_act(
    "/api/people/{person:int}/own-data",
    "people.erase",
    audits="own_data_exported",
    about="person:{person}",
    repeatable=False,
)
def export(stores: Stores, person: Id) -> OwnData:
    """Everything that is kept of a person, for the person who asks for it. Noted in the audit log."""
    found = msgspec.convert(everything_of(stores, person), OwnData)
    note(tables=len(found.tables), events=len(found.events))
    return found


ROUTES = [export]
