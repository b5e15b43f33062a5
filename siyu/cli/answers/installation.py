"""What commands answer about the installation: settings, keys, webhooks, reports, backups, faults."""

from __future__ import annotations

from typing import Any

import msgspec

from siyu.cli.answers.shaping import Answers, Moment, Schemas, shaped
from siyu.hooks.answers import DeliveryAnswer, HookAnswer
from siyu.jobs.aside import Aside


class Both(msgspec.Struct):
    zh: str
    en: str


class Held(msgspec.Struct):
    """What a backup holds; ``note`` says what to do about the key. ``file`` and ``bytes`` are there after a backup,
    ``home`` after it was restored."""

    format: int
    at: Moment
    people: int
    events: int
    with_key: bool
    version: str
    note: Both
    file: str | msgspec.UnsetType = msgspec.UNSET
    bytes: int | msgspec.UnsetType = msgspec.UNSET
    home: str | msgspec.UnsetType = msgspec.UNSET


class SettingsTold(msgspec.Struct):
    """Settings by name; see settings.md for what each means."""

    settings: dict[str, str | int | bool]


class WriteKeyMade(msgspec.Struct):
    """A key under which events come in, the source that they get, and its kind: page or server."""

    number: int
    key: str
    source: str
    kind: str


class SnippetTold(msgspec.Struct):
    """What to put into a web page, mini program, app or server."""

    place: str
    code: str


class ApiKeyMade(msgspec.Struct):
    """A key for the API, shown this once, and its role."""

    key: str
    role: str


class HooksTold(msgspec.Struct):
    hooks: list[HookAnswer]


class HookTested(msgspec.Struct):
    """What the receiver said: ``status`` 0 and a ``fault`` where it said nothing."""

    status: int
    fault: str | None
    milliseconds: int


class HookRemoved(msgspec.Struct):
    removed: int


class LogTold(msgspec.Struct):
    """The newest deliveries first."""

    deliveries: list[DeliveryAnswer]


class Resent(msgspec.Struct):
    delivery: int
    state: str


class Parameter(msgspec.Struct):
    """One parameter of a report: its meaning, its default, its own JSON Schema."""

    name: str
    zh: str
    en: str
    required: bool
    default: Any
    schema: dict[str, Any]


class ReportTold(msgspec.Struct):
    name: str
    zh: str
    en: str
    shows_zh: str
    shows_en: str
    parameters: list[Parameter]


class ReportsTold(msgspec.Struct):
    reports: list[ReportTold]


class Fault(msgspec.Struct):
    """``field`` names the argument, the place in a rule, or the setting; ``detail`` holds numbers and names."""

    code: str
    zh: str
    en: str
    field: str | msgspec.UnsetType = msgspec.UNSET
    detail: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Failed(msgspec.Struct):
    """What any command answers that ends with status 1 or 2."""

    error: Fault


class AsideTold(msgspec.Struct):
    """What waits, the latest first."""

    aside: list[Aside]


class AsideAgain(msgspec.Struct):
    """How many will be read again."""

    again: int


class AsideDropped(msgspec.Struct):
    """Whose content was deleted."""

    dropped: int


class VersionTold(msgspec.Struct):
    version: str


SCHEMAS: Schemas = {
    "report-list": shaped("report list", ReportsTold),
    "settings": shaped("settings", SettingsTold),
    "key-write": shaped("key write", WriteKeyMade),
    "key-snippet": shaped("key snippet", SnippetTold),
    "key-api": shaped("key api", ApiKeyMade),
    "hook": shaped("hook", HookAnswer),
    "hook-list": shaped("hook list", HooksTold),
    "hook-test": shaped("hook test", HookTested),
    "hook-remove": shaped("hook remove", HookRemoved),
    "hook-log": shaped("hook log", LogTold),
    "hook-resend": shaped("hook resend", Resent),
    "aside-list": shaped("aside list", AsideTold),
    "aside-again": shaped("aside again", AsideAgain),
    "aside-drop": shaped("aside drop", AsideDropped),
    "backup": shaped("backup", Held),
    "error": shaped("error", Failed),
    "version": shaped("version", VersionTold),
}

ANSWERS: Answers = {
    ("report",): "report-list",
    ("settings", "list"): "settings",
    ("settings", "set"): "settings",
    ("key", "write"): "key-write",
    ("key", "narrow"): "key-write",
    ("key", "snippet"): "key-snippet",
    ("key", "api"): "key-api",
    ("aside", "list"): "aside-list",
    ("aside", "again"): "aside-again",
    ("aside", "drop"): "aside-drop",
    ("backup",): "backup",
    ("restore",): "backup",
    ("hook", "list"): "hook-list",
    ("hook", "add"): "hook",
    ("hook", "test"): "hook-test",
    ("hook", "pause"): "hook",
    ("hook", "enable"): "hook",
    ("hook", "secret"): "hook",
    ("hook", "remove"): "hook-remove",
    ("hook", "replay"): "hook",
    ("hook", "log"): "hook-log",
    ("hook", "resend"): "hook-resend",
}
