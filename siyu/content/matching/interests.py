"""What people did, by tag, decayed, counted by set in the event log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from siyu.content.matching.model import ACTS, Counted, Settings
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.ledger import to_millis

LOOK_BACK_DAYS = 730
"""What is older counts for so little that it isn't read."""
TAGS_MAX = 500
"""The tags that weigh most."""
TAG_CHARACTERS_MAX = 60

_WEIGHT = "transform(name, {acts:Array(String)}, {weights:Array(Float64)}, 0.)"
_DECAY = "exp2(-(({now:Int64} - toUnixTimestamp64Milli(time)) / 86400000.) / {half:Float64})"
_TAGS = (
    "arrayDistinct(arrayFilter(tag -> tag != '' AND length(tag) <= {long:UInt32}, arrayConcat("
    "arrayMap(category -> toString(category), lines.category), "
    "[ifNull(properties.category.:String, ''), ifNull(properties.tag.:String, '')], "
    "ifNull(properties.tags.:`Array(Nullable(String))`, []))))"
)


def counted(stores: Stores, now: datetime, settings: Settings, persons: Sequence[int] | None = None) -> Counted:
    """What everybody (or these) did until ``now``. An order's tags are the categories of its lines; other acts name a
    category, a tag, or tags of content."""
    asked = {
        "acts": list(ACTS),
        "weights": list(ACTS.values()),
        "now": to_millis(now),
        "since": to_millis(now - timedelta(days=LOOK_BACK_DAYS)),
        "half": settings.half_life_days,
        "long": TAG_CHARACTERS_MAX * 4,
        "many": TAGS_MAX,
    }
    among = ""
    if persons is not None:
        asked["persons"] = list(persons)
        among = f" AND {PERSON} IN {{persons:Array(UInt32)}}"
    inner = (
        f"SELECT {PERSON} AS who, arrayJoin({_TAGS}) AS tag, {_WEIGHT} * {_DECAY} AS weight FROM events "
        "WHERE name IN {acts:Array(String)} AND time >= fromUnixTimestamp64Milli({since:Int64}) "
        f"AND time <= fromUnixTimestamp64Milli({{now:Int64}}){among}"
    )
    rows = stores.events.rows(
        "WITH counted AS (SELECT who, toString(tag) AS named, sum(weight) AS weighs "
        f"FROM ({inner}) GROUP BY who, named), "
        "best AS (SELECT named FROM counted GROUP BY named ORDER BY sum(weighs) DESC, named LIMIT {many:UInt32}) "
        "SELECT who, named, weighs FROM counted WHERE named IN (SELECT named FROM best) ORDER BY who, named",
        asked,
        heavy=True,
    )
    tags = sorted({str(row[1]) for row in rows})
    place = {tag: number for number, tag in enumerate(tags)}
    return Counted(
        tags,
        np.array([int(row[0]) for row in rows], dtype=np.int64),
        np.array([place[str(row[1])] for row in rows], dtype=np.int64),
        np.array([float(row[2]) for row in rows], dtype=np.float64),
    )
