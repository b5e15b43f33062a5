"""What ``siyu path …``, the API and the console answer of entry paths. Their figures: ``siyu.insight.coming``."""

from __future__ import annotations

from datetime import datetime

import msgspec

from siyu.audiences.conditions.sequence import Step
from siyu.growth.paths import keeping
from siyu.growth.paths.model import EntryPath
from siyu.storage import Stores


class PathAnswer(msgspec.Struct, frozen=True):
    """What people meet after the scan. `entry`: the event that a scan leads to; `steps` after it, within `days`.
    `touchpoint` or `code` (a live code): only who came by it."""

    id: int
    name: str
    touchpoint: int | None
    code: int | None
    entry: str
    steps: list[Step]
    days: int
    created: datetime
    by: str


class PathsAnswer(msgspec.Struct, frozen=True):
    """All entry paths, the newest first."""

    paths: list[PathAnswer]


def path_told(found: EntryPath) -> PathAnswer:
    """One path."""
    own = {name: getattr(found, name) for name in PathAnswer.__struct_fields__ if name != "steps"}
    return PathAnswer(steps=list(found.steps), **own)


def all_told(stores: Stores) -> PathsAnswer:
    """All of them."""
    return PathsAnswer([path_told(each) for each in keeping.list_paths(stores)])
