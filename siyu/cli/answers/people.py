"""What commands answer about people: audiences, layers, files in and out."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from siyu.cli.answers.shaping import DIALECT, Answers, Moment, Schemas, shaped
from siyu.people.importing.answers import answer_schema
from siyu.reach.best_hour_words import BestHourAnswer
from siyu.reach.lost_friends import command as lost_friends


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


class OwnDataTold(msgspec.Struct):
    """Where everything that is kept of a person was written: rows by table, and how many events."""

    person: int
    tables: dict[str, int]
    events: int
    file: str


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


def _imported() -> dict[str, Any]:
    return {"$schema": DIALECT, **answer_schema()}


SCHEMAS: Schemas = {
    "lost-friends-list": shaped("lost-friends list", lost_friends.AlertsAnswer),
    "lost-friends-see": shaped("lost-friends see", lost_friends.AlertsSeen),
    "lost-friends-rule": shaped("lost-friends rule", lost_friends.LostRuleAnswer),
    "lost-friends-rules": shaped("lost-friends rules", lost_friends.LostRulesAnswer),
    "lost-friends-remove": shaped("lost-friends remove", lost_friends.LostRuleRemoved),
    "import": _imported,
    "export-person": shaped("export person", OwnDataTold),
    "export-people": shaped("export people", Exported),
    "audience-count": shaped("audience count", Counted),
    "audience-explain": explained,
    "audience-list": shaped("audience list", AudiencesTold),
    "audience-refresh": shaped("audience refresh", AudienceRefreshed),
    "audience-archive": shaped("audience archive", AudienceArchived),
    "layers": shaped("layers", SchemeTold),
    "person-best-hour": shaped("person best-hour", BestHourAnswer),
    "layers-list": shaped("layers list", SchemesTold),
    "layers-compute": shaped("layers compute", LayersComputed),
    "layers-preview": shaped("layers preview", LayersPreviewed),
    "layers-remove": shaped("layers remove", SchemeRemoved),
    "audience-from-report": shaped("audience from-report", AudienceMade),
}

ANSWERS: Answers = {
    ("person", "best-hour"): "person-best-hour",
    ("lost-friends", "list"): "lost-friends-list",
    ("lost-friends", "see"): "lost-friends-see",
    ("lost-friends", "rules"): "lost-friends-rules",
    ("lost-friends", "add"): "lost-friends-rule",
    ("lost-friends", "change"): "lost-friends-rule",
    ("lost-friends", "remove"): "lost-friends-remove",
    ("import", "orders"): "import",
    ("import", "events"): "import",
    ("import", "people"): "import",
    ("export", "person"): "export-person",
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
}
