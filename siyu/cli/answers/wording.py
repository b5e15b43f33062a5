"""The shapes of what ``siyu wording …`` and ``siyu calendar …`` answer."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.content.calendar import command as calendar
from siyu.content.wording import command as wording

SCHEMAS: Schemas = {
    "wording-check": shaped("wording check", wording.FindingsAnswer),
    "wording-words": shaped("wording words", wording.WordsAnswer),
    "wording-word": shaped("wording add", wording.WordAnswer),
    "wording-removed": shaped("wording remove", wording.WordRemoved),
    "calendar": shaped("calendar show", calendar.CalendarAnswer),
    "calendar-plan": shaped("calendar add", calendar.PlanAnswer),
    "calendar-moved": shaped("calendar move", calendar.MovedAnswer),
    "calendar-removed": shaped("calendar remove", calendar.PlanRemoved),
}

ANSWERS: Answers = {
    ("wording", "check"): "wording-check",
    ("wording", "words"): "wording-words",
    ("wording", "add"): "wording-word",
    ("wording", "remove"): "wording-removed",
    ("calendar", "show"): "calendar",
    ("calendar", "add"): "calendar-plan",
    ("calendar", "move"): "calendar-moved",
    ("calendar", "remove"): "calendar-removed",
}
