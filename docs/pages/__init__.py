"""One function per kind of reference page; each answers its files as name → text."""

from __future__ import annotations

from collections.abc import Callable

from docs.pages import answers, api, channels, commands, evidence, imports, jobs, reports, rooms, settings

ALL_PAGES: tuple[Callable[[], dict[str, str]], ...] = (
    settings.pages,
    commands.pages,
    answers.pages,
    jobs.pages,
    reports.pages,
    imports.pages,
    rooms.pages,
    channels.pages,
    api.pages,
    evidence.pages,
)
