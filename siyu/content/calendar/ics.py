"""The calendar as a file that every calendar app reads (RFC 5545). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from siyu.content.calendar.model import CHANNELS, Plan

_OCTETS_MAX = 75


def calendar_file(plans: Iterable[Plan], name: str, installation: str, now: datetime) -> str:
    """Every plan as a day's event. The same plan keeps its UID, so a second import changes and doubles nothing."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Siyu//content calendar//ZH", f"X-WR-CALNAME:{_text(name)}"]
    for plan in plans:
        day = plan.draft.day
        lines += [
            "BEGIN:VEVENT",
            f"UID:plan-{plan.id}@{_text(installation)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(CHANNELS[plan.draft.channel][0] + ' · ' + plan.draft.title)}",
            *([f"DESCRIPTION:{_text(plan.draft.brief)}"] if plan.draft.brief else []),
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _text(given: str) -> str:
    escaped = given.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> str:
    """No line longer than 75 octets, and no character cut in two."""
    parts, part, size = list[str](), "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > _OCTETS_MAX - (1 if parts else 0):
            parts.append(part)
            part, size = "", 0
        part += char
        size += octets
    return "\r\n ".join([*parts, part])
