"""Moments on people's own clocks. Pure; milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from siyu.storage.ledger import from_millis, to_millis

MINUTE = 60_000
DAY = 86_400_000


def shown_next(now: int, zone: ZoneInfo, clock: str, days: int = 0, weekdays: Sequence[int] = ()) -> int:
    """The first moment later than ``now`` at which clocks of ``zone`` show ``clock``, ``days`` whole days on at the
    least, on one of ``weekdays`` (1 Monday to 7 Sunday; none: any)."""
    local = from_millis(now).astimezone(zone)
    wanted = time.fromisoformat(clock)
    day = local.date() + timedelta(days=days)
    for _ in range(9):  # a week, and a day more where today's moment is over
        moment = on_clock(datetime.combine(day, wanted), zone)
        if moment > now and (not weekdays or day.isoweekday() in weekdays):
            return moment
        day += timedelta(days=1)
    raise AssertionError("a weekday comes every week")


def on_clock(local: datetime, zone: ZoneInfo) -> int:
    """When clocks of ``zone`` show ``local`` (naive). Where they go forward over it: the moment of the jump; where they
    show it twice: the first time."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return to_millis(moment)
    before, after = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    while after - before > timedelta(seconds=1):  # the offset changes between the two: where?
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return to_millis(after.replace(microsecond=0))
