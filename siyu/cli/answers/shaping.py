"""A shape as a published JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Moment = Annotated[datetime, msgspec.Meta(tz=True)]

Schemas = Mapping[str, Callable[[], dict[str, Any]]]
"""Name of the published file → its schema, made when it is asked for."""

Answers = Mapping[tuple[str, ...], str]
"""A command's words → the name of the schema of what it answers."""


def schema_of(title: str, shape: Any) -> dict[str, Any]:
    return {"$schema": DIALECT, "title": title, **msgspec.json.schema(shape)}


def shaped(title: str, shape: Any) -> Callable[[], dict[str, Any]]:
    return lambda: schema_of(title, shape)
