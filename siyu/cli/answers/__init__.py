"""The shape of every ``--json`` answer: published as JSON Schema in the reference, held to by the tests.

A file a subject. Reports, imports and rules have theirs in their rooms. A command without an entry is a failing test.
"""

from __future__ import annotations

from siyu.cli.answers import (
    commerce,
    coupons,
    growth,
    installation,
    library,
    members,
    people,
    platforms,
    points,
    sending,
    wording,
)
from siyu.cli.answers.shaping import Answers, Schemas

_FILES = (people, sending, platforms, growth, members, commerce, coupons, points, library, wording, installation)

SCHEMAS: Schemas = {name: schema for each in _FILES for name, schema in each.SCHEMAS.items()}
"""Name of the published file (``schemas/<name>.json``) → its schema. Reports are published as ``report-<name>``."""

ANSWERS: Answers = {words: name for each in _FILES for words, name in each.ANSWERS.items()}
"""A command's words → the schema of what it answers; ``report NAME`` answers as ``report-NAME``."""
