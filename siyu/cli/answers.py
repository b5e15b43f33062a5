"""The shape of every ``--json`` answer: published as JSON Schema in the reference, held to by the tests.

Reports, imports and rules have theirs in their rooms; the rest is here. A command without an entry is a failing test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from siyu.channels.wechat.commands import CodeAnswer, CodesAnswer, ReadingAnswer, StandingAnswer
from siyu.channels.wecom.service.command import Answered, ChatDetail, ChatsAnswer
from siyu.cli.sending_answers import MediaTold, MediumRemoved, MediumTold, WelcomeRemoved
from siyu.cli.sync_answers import SyncTold
from siyu.growth.command import CodeAnswer as LiveCodeAnswer
from siyu.growth.command import CodesAnswer as LiveCodesAnswer
from siyu.growth.command import FiguresAnswer as LiveCodeFigures
from siyu.growth.command import MadeAudience as LiveCodeAudience
from siyu.hooks.answers import DeliveryAnswer, HookAnswer
from siyu.people.importing.answers import answer_schema
from siyu.reach.command import EffectAnswer, RemindedAnswer, WaitingAnswer
from siyu.reach.welcome_command import WelcomeAnswer, WelcomesAnswer

DIALECT = "https://json-schema.org/draft/2020-12/schema"


Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Counted(msgspec.Struct):
    """How many people a rule means at ``now``, the rule as it was read, and its sentences."""

    people: int
    zh: str
    en: str
    now: Moment
    rule: dict[str, Any]


class AudienceLine(msgspec.Struct):
    """``size``: people when last computed, null before."""

    id: int
    name: str
    kind: Literal["live", "snapshot"]
    size: int | None


class AudiencesTold(msgspec.Struct):
    """Every audience that is not archived."""

    audiences: list[AudienceLine]


class AudienceRefreshed(msgspec.Struct):
    """How many people are in it now, and how many joined and left since it was last computed."""

    size: int | None
    joined: int
    left: int


class AudienceArchived(msgspec.Struct):
    """The audience, and whether it is put away now."""

    audience: int
    archived: bool


class SchemeTold(msgspec.Struct):
    """A scheme of layers. ``layers``: people in each as last worked out; ``values``: the thresholds in force."""

    key: str
    zh: str
    en: str
    own: bool
    enabled: bool
    computed: Moment | None
    values: dict[str, int | str]
    layers: dict[str, int]


class SchemesTold(msgspec.Struct):
    """Every scheme of layers."""

    schemes: list[SchemeTold]


class LayersComputed(msgspec.Struct):
    """How many people changed layer, by scheme."""

    changed: dict[str, int]


class LayersPreviewed(msgspec.Struct):
    """How many people each layer would have; ``none``: in no layer."""

    layers: dict[str, int]
    none: int


class SchemeRemoved(msgspec.Struct):
    """The key of the scheme that was taken away."""

    removed: str


class AudienceMade(msgspec.Struct):
    """The audience made of the people behind a figure."""

    audience: int
    name: str
    kind: Literal["live", "snapshot"]
    people: int
    zh: str
    en: str


class Exported(msgspec.Struct):
    """``people`` were meant, ``rows`` were written; a file for advertising leaves out those who did not agree to
    sharing, counted in ``without_consent``. ``audience`` is null for everybody."""

    file: str
    format: Literal["csv", "xlsx", "parquet"]
    purpose: Literal["list", "advertising"]
    audience: int | None
    people: int
    rows: int
    without_consent: int
    bytes: int


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
    """A key under which events come in, and the source that they get."""

    key: str
    source: str


class ApiKeyMade(msgspec.Struct):
    """A key for the API, shown this once, and its role."""

    key: str
    role: str


class AccountCheckTold(msgspec.Struct):
    """Whether the account works, and in words what was found."""

    works: bool
    zh: str
    en: str
    detail: dict[str, Any]


class AccountTold(msgspec.Struct):
    """An account without its secrets, but for those just made up. ``callback``: the path that its platform calls, null
    where it calls nobody; ``stopped``: why nothing is sent now."""

    id: int
    channel: str
    name: str
    settings: dict[str, Any]
    created: Moment
    disabled: Moment | None
    checked: Moment | None
    check: AccountCheckTold | None
    stopped: str | None
    callback: str | None
    secrets: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class ToldAgain(msgspec.Struct):
    """How many reports of leads are told again within minutes."""

    waiting: int


class AccountsTold(msgspec.Struct):
    accounts: list[AccountTold]


class ChannelSetting(msgspec.Struct):
    name: str
    kind: Literal["text", "number", "choice", "yes_no", "secret"]
    zh: str
    en: str


class ChannelTold(msgspec.Struct):
    """A channel, and the settings that its accounts take. ``sends``: whether messages may leave through it."""

    name: str
    zh: str
    en: str
    sends: bool
    settings: list[ChannelSetting]


class ChannelsTold(msgspec.Struct):
    channels: list[ChannelTold]


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


class VersionTold(msgspec.Struct):
    version: str


def explained() -> dict[str, Any]:
    """A rule's explanation nests as the rule does, so its schema refers to itself."""
    node: dict[str, Any] = {
        "type": "object",
        "required": ["type", "path", "holds", "zh", "en"],
        "properties": {
            "type": {"type": "string"},
            "path": {"type": "string", "description": "where in the rule, such as $.rules[0]"},
            "holds": {"type": "boolean"},
            "zh": {"type": "string"},
            "en": {"type": "string"},
            "rules": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            "found": {"description": "for a condition: what was found of the person, and the events that matched"},
        },
    }
    return {
        "$schema": DIALECT,
        "title": "audience explain",
        "description": "Why a rule holds for a person, or does not: the rule's tree, and what was found at each leaf.",
        "allOf": [{"$ref": "#/$defs/Node"}],
        "required": ["person"],
        "properties": {"person": {"type": "integer"}},
        "$defs": {"Node": node},
    }


def schema_of(title: str, shape: Any) -> dict[str, Any]:
    return {"$schema": DIALECT, "title": title, **msgspec.json.schema(shape)}


def _imported() -> dict[str, Any]:
    return {"$schema": DIALECT, **answer_schema()}


def _shaped(title: str, shape: Any) -> Callable[[], dict[str, Any]]:
    return lambda: schema_of(title, shape)


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "import": _imported,
    "export-people": _shaped("export people", Exported),
    "audience-count": _shaped("audience count", Counted),
    "audience-explain": explained,
    "audience-list": _shaped("audience list", AudiencesTold),
    "audience-refresh": _shaped("audience refresh", AudienceRefreshed),
    "audience-archive": _shaped("audience archive", AudienceArchived),
    "layers": _shaped("layers", SchemeTold),
    "layers-list": _shaped("layers list", SchemesTold),
    "layers-compute": _shaped("layers compute", LayersComputed),
    "layers-preview": _shaped("layers preview", LayersPreviewed),
    "layers-remove": _shaped("layers remove", SchemeRemoved),
    "audience-from-report": _shaped("audience from-report", AudienceMade),
    "broadcast-effect": _shaped("broadcast effect", EffectAnswer),
    "broadcast-waiting": _shaped("broadcast waiting", WaitingAnswer),
    "broadcast-remind": _shaped("broadcast remind", RemindedAnswer),
    "welcome": _shaped("welcome", WelcomeAnswer),
    "welcome-list": _shaped("welcome list", WelcomesAnswer),
    "wechat-show": _shaped("wechat show", StandingAnswer),
    "wechat-codes": _shaped("wechat codes", CodesAnswer),
    "wechat-code": _shaped("wechat code", CodeAnswer),
    "wechat-read": _shaped("wechat read", ReadingAnswer),
    "welcome-remove": _shaped("welcome remove", WelcomeRemoved),
    "codes": _shaped("codes", LiveCodeAnswer),
    "codes-list": _shaped("codes list", LiveCodesAnswer),
    "codes-figures": _shaped("codes figures", LiveCodeFigures),
    "codes-audience": _shaped("codes audience", LiveCodeAudience),
    "media": _shaped("media", MediumTold),
    "media-list": _shaped("media list", MediaTold),
    "media-remove": _shaped("media remove", MediumRemoved),
    "service-list": _shaped("service list", ChatsAnswer),
    "service-show": _shaped("service show", ChatDetail),
    "service-answer": _shaped("service answer", Answered),
    "report-list": _shaped("report list", ReportsTold),
    "settings": _shaped("settings", SettingsTold),
    "key-write": _shaped("key write", WriteKeyMade),
    "key-api": _shaped("key api", ApiKeyMade),
    "account": _shaped("account", AccountTold),
    "account-list": _shaped("account list", AccountsTold),
    "account-channels": _shaped("account channels", ChannelsTold),
    "account-tell-again": _shaped("account tell-again", ToldAgain),
    "account-check": _shaped("account check", AccountCheckTold),
    "account-sync": _shaped("account sync", SyncTold),
    "hook": _shaped("hook", HookAnswer),
    "hook-list": _shaped("hook list", HooksTold),
    "hook-test": _shaped("hook test", HookTested),
    "hook-remove": _shaped("hook remove", HookRemoved),
    "hook-log": _shaped("hook log", LogTold),
    "hook-resend": _shaped("hook resend", Resent),
    "backup": _shaped("backup", Held),
    "error": _shaped("error", Failed),
    "version": _shaped("version", VersionTold),
}
"""Name of the published file (``schemas/<name>.json``) → its schema. Reports are published as ``report-<name>``."""

ANSWERS: Mapping[tuple[str, ...], str] = {
    ("import", "orders"): "import",
    ("import", "events"): "import",
    ("import", "people"): "import",
    ("export", "people"): "export-people",
    ("audience", "count"): "audience-count",
    ("audience", "explain"): "audience-explain",
    ("audience", "list"): "audience-list",
    ("audience", "refresh"): "audience-refresh",
    ("audience", "archive"): "audience-archive",
    ("audience", "restore"): "audience-archive",
    ("layers", "list"): "layers-list",
    ("layers", "compute"): "layers-compute",
    ("layers", "preview"): "layers-preview",
    ("layers", "set"): "layers",
    ("layers", "add"): "layers",
    ("layers", "remove"): "layers-remove",
    ("layers", "restore"): "layers",
    ("audience", "from-report"): "audience-from-report",
    ("broadcast", "effect"): "broadcast-effect",
    ("broadcast", "waiting"): "broadcast-waiting",
    ("broadcast", "remind"): "broadcast-remind",
    ("wechat", "show"): "wechat-show",
    ("wechat", "codes"): "wechat-codes",
    ("wechat", "code"): "wechat-code",
    ("wechat", "read"): "wechat-read",
    ("welcome", "list"): "welcome-list",
    ("welcome", "add"): "welcome",
    ("welcome", "change"): "welcome",
    ("welcome", "on"): "welcome",
    ("welcome", "off"): "welcome",
    ("welcome", "remove"): "welcome-remove",
    ("codes", "list"): "codes-list",
    ("codes", "show"): "codes",
    ("codes", "add"): "codes",
    ("codes", "change"): "codes",
    ("codes", "again"): "codes",
    ("codes", "remove"): "codes",
    ("codes", "figures"): "codes-figures",
    ("codes", "audience"): "codes-audience",
    ("media", "list"): "media-list",
    ("media", "add"): "media",
    ("media", "remove"): "media-remove",
    ("service", "list"): "service-list",
    ("service", "show"): "service-show",
    ("service", "answer"): "service-answer",
    ("service", "transfer"): "service-show",
    ("report",): "report-list",
    ("settings", "list"): "settings",
    ("settings", "set"): "settings",
    ("key", "write"): "key-write",
    ("key", "api"): "key-api",
    ("backup",): "backup",
    ("restore",): "backup",
    ("account", "list"): "account-list",
    ("account", "channels"): "account-channels",
    ("account", "open"): "account",
    ("account", "change"): "account",
    ("account", "check"): "account-check",
    ("account", "disable"): "account",
    ("account", "enable"): "account",
    ("account", "renew"): "account",
    ("account", "tell-again"): "account-tell-again",
    ("account", "sync"): "account-sync",
    ("account", "sync-status"): "account-sync",
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
"""A command's words → the schema of what it answers; ``report NAME`` answers as ``report-NAME``."""
