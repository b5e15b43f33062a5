"""When a target is open, as people write it: a line a span, ``1-5 09:00-18:00``. Monday is 1, Sunday 7. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from siyu.growth.codes.model import DAY_MINUTES, Hours
from siyu.storage import BadInput

LINES_MAX = 28
_LINE = re.compile(r"([1-7](?:-[1-7])?(?:,[1-7](?:-[1-7])?)*)\s+(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def read(text: str) -> tuple[Hours, ...]:
    """The spans of a text; a span over midnight becomes two. Raises :class:`BadInput` at ``hours``."""
    lines = [line.strip() for line in re.split(r"[\n;；]", text) if line.strip()]
    if len(lines) > LINES_MAX:
        raise _unfit(lines[LINES_MAX])
    found: set[Hours] = set()
    for line in lines:
        match = _LINE.fullmatch(line.replace("，", ",").replace("：", ":").replace("–", "-"))
        if match is None:
            raise _unfit(line)
        first, last = int(match[2]) * 60 + int(match[3]), int(match[4]) * 60 + int(match[5])
        if first >= DAY_MINUTES or last > DAY_MINUTES or int(match[3]) > 59 or int(match[5]) > 59 or first == last:
            raise _unfit(line)
        for day in _days(match[1]):
            if first < last:
                found.add((day, first, last))
            else:
                found.add((day, first, DAY_MINUTES))
                found |= {((day + 1) % 7, 0, last)} if last else set()
    return tuple(sorted(found))


def write(hours: Iterable[Hours]) -> str:
    """As :func:`read` reads it: days of the same span in one line."""
    by_span = sorted(((first, last), day) for day, first, last in hours)
    return "\n".join(
        f"{_ranges([day for _, day in days])} {_time(first)}-{_time(last)}"
        for (first, last), days in groupby(by_span, key=itemgetter(0))
    )


def _days(text: str) -> Iterable[int]:
    for part in text.split(","):
        first, _, last = part.partition("-")
        low, high = int(first) - 1, int(last or first) - 1
        yield from range(low, high + 1) if low <= high else (*range(low, 7), *range(high + 1))


def _ranges(days: Sequence[int]) -> str:
    parts: list[str] = []
    for _, run in groupby(enumerate(days), key=lambda each: each[1] - each[0]):
        members = [day + 1 for _, day in run]
        parts.append(str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}")
    return ",".join(parts)


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _unfit(line: str) -> BadInput:
    return BadInput(
        "hours_unfit",
        f"时段“{line[:40]}”看不懂。请写成“1-5 09:00-18:00”：星期（1 到 7）空格 起止时间，一行一段。",
        f"“{line[:40]}” is no span. Write “1-5 09:00-18:00”: weekdays (1 is Monday), a blank, from and to; one a line.",
        field="hours",
    )
