"""Audiences, rules and layers over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from siyu.audiences import actions, catalogue, layers, queries
from siyu.audiences.command import person_number
from siyu.audiences.fields import EVENT_FIELDS, PERSON_FIELDS
from siyu.audiences.model import Rule, to_json
from siyu.audiences.operators import OPERATORS
from siyu.audiences.queries import Audience
from siyu.people import tags
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import CursorText, Limit, cut, value_of
from siyu.web.routes import api_act, api_ask, api_read, api_write
from siyu.web.seeing import asked_fairly, seen

TAG = ["audiences"]


class RuleBody(Struct, forbid_unknown_fields=True):
    """A rule to be asked."""

    rule: dict[str, Any]


class ExplainBody(Struct, forbid_unknown_fields=True):
    """A rule and a person: a number, or ``kind=value``."""

    rule: dict[str, Any]
    person: str


class AudienceBody(Struct, forbid_unknown_fields=True):
    """An audience to be made or changed. ``version``: the one the change began with."""

    name: str
    rule: dict[str, Any]
    kind: Literal["live", "snapshot"] = "live"
    refresh_minutes: int = 60
    version: int | None = None


class NameBody(Struct, forbid_unknown_fields=True):
    name: str


class Counted(Struct):
    people: int
    approximate: bool


class Said(Struct):
    zh: str
    en: str


class Checked(Struct):
    valid: bool
    rule: dict[str, Any]


class AudienceAnswer(Struct):
    id: int
    name: str
    kind: str
    rule: dict[str, Any]
    version: int
    zh: str
    en: str
    size: int | None
    computed: datetime | None
    created: datetime
    changed: datetime
    by: str
    archived: bool
    refresh_minutes: int


class Members(Struct):
    """How many there are, and a page of them by number; `next`: the cursor of the page behind it, null at the end."""

    people: int
    members: list[int]
    next: str | None


class Refreshed(Struct):
    """How many people are in an audience now, and how many joined and left since it was last computed."""

    size: int | None
    joined: int
    left: int


def _asked(raw: dict[str, Any]) -> Rule:
    rule = actions.parse_rule(raw)
    asked_fairly(to_json(rule))
    return rule


def answer(stores: Stores, audience: Audience) -> AudienceAnswer:
    zh, en = queries.said(stores, audience.rule)
    return AudienceAnswer(
        audience.id, audience.name, audience.kind, to_json(audience.rule), audience.version, zh, en, audience.size,
        audience.computed, audience.created, audience.changed, audience.by, audience.archived is not None,
        audience.refresh_minutes,
    )  # fmt: skip


@api_ask("/api/rules/validate", "audience.read", tags=TAG)
def validate(data: RuleBody) -> Checked:
    """Check a rule. What is wrong with it is answered as an error with the JSON path in `field`."""
    return Checked(True, to_json(_asked(data.rule)))


@api_ask("/api/rules/sentence", "audience.read", tags=TAG)
def sentence(stores: Stores, data: RuleBody) -> Said:
    """A rule as a Chinese and an English sentence."""
    return Said(*queries.said(stores, _asked(data.rule)))


@api_ask("/api/rules/count", "audience.read", tags=TAG)
def count(stores: Stores, actor: Actor, data: RuleBody) -> Counted:
    """How many people a rule holds for; a newer count by the same caller ends this one.

    `approximate` where so many events are kept that a sample was asked.
    """
    rule = _asked(data.rule)
    with stores.events.superseding(f"count {actor.tag}"):  # one running count for each who edits
        found = queries.estimate(stores, rule)
    return Counted(found.people, found.approximate)


@api_ask("/api/rules/explain", "audience.read", tags=TAG)
def explain(stores: Stores, data: ExplainBody) -> dict[str, Any]:
    """Why a rule holds for a person, or does not: each condition, and what was found."""
    return seen(queries.explained(stores, _asked(data.rule), person_number(stores, data.person)))


@api_read("/api/rules/catalogue", "audience.read", tags=TAG)
def offered(stores: Stores) -> dict[str, Any]:
    """What a rule can be made of: events seen, fields, operators, attributes, tags, layers, audiences."""
    return form_catalogue(stores)


@api_read("/api/rules/properties", "audience.read", tags=TAG)
def properties(stores: Stores, event: str = "*") -> list[dict[str, Any]]:
    """The properties seen with an event, with their kinds and usual values."""
    return [seen(msgspec.to_builtins(each)) for each in catalogue.properties(stores, event[:200])]


def event_catalogue(stores: Stores) -> dict[str, Any]:
    """What a condition on events can be made of."""
    return {
        "events": [{"key": each.name, "zh": each.zh, "en": each.en} for each in catalogue.events(stores)],
        "event_fields": [
            {
                "key": each.key,
                "zh": each.label[0],
                "en": each.label[1],
                "kind": each.kind,
                "many": each.over is not None,
            }
            for each in EVENT_FIELDS.values()
        ],
        "values": {f"line.{key}": seen(catalogue.line_values(stores, key)) for key in ("sku", "title", "category")},
        "operators": [
            {"key": each.key, "kind": each.kind, "takes": each.takes, "zh": each.label[0], "en": each.label[1]}
            for each in OPERATORS.values()
        ],
    }


def form_catalogue(stores: Stores) -> dict[str, Any]:
    """Everything the editor offers; read from samples, kept for some minutes."""
    with stores.ledger.read() as conn:
        known = layers.schemes(conn)
        tagged = tags.all_tags(conn)
    columns = ("city", "province", "sex", "occupation", "origin_source", "origin_campaign", "origin_staff")
    of_events = event_catalogue(stores)
    return of_events | {
        "person_fields": [
            {"key": each.key, "zh": each.label[0], "en": each.label[1], "kind": each.kind}
            for each in PERSON_FIELDS.values()
        ],
        "attributes": [seen(msgspec.to_builtins(each)) for each in catalogue.attributes(stores)],
        "values": of_events["values"] | {column: seen(catalogue.person_values(stores, column)) for column in columns},
        "tags": [{"key": each.id, "zh": each.name, "en": each.name} for each in tagged],
        "schemes": [
            {
                "key": each.key,
                "zh": each.label[0],
                "en": each.label[1],
                "layers": [{"key": one.key, "zh": one.label[0], "en": one.label[1]} for one in each.layers],
            }
            for each in known
        ],
        "audiences": [{"key": each.id, "zh": each.name, "en": each.name} for each in queries.all_audiences(stores)],
        "kinds": catalogue.identifier_kinds(stores),
    }


@api_read("/api/audiences", "audience.read", tags=TAG)
def list_audiences(stores: Stores) -> list[AudienceAnswer]:
    """Every audience that is not archived, the latest changed first."""
    return [answer(stores, each) for each in queries.all_audiences(stores)]


@api_write("POST", "/api/audiences", "audience.write", audits="audience_created", tags=TAG)
def create(stores: Stores, actor: Actor, data: AudienceBody) -> AudienceAnswer:
    """Keep a rule as an audience: live, or a snapshot of who it holds for now."""
    rule = _asked(data.rule)
    number = actions.create(stores, actor.tag, data.name, rule, data.kind, data.refresh_minutes)
    note(f"audience:{number}", name=data.name)
    return answer(stores, queries.get(stores, number))


@api_read("/api/audiences/{number:int}", "audience.read", tags=TAG)
def one(stores: Stores, number: int) -> AudienceAnswer:
    """One audience."""
    return answer(stores, queries.get(stores, number))


@api_write(
    "PUT",
    "/api/audiences/{number:int}",
    "audience.write",
    audits="audience_edited",
    about="audience:{number}",
    tags=TAG,
)
def change(stores: Stores, actor: Actor, number: int, data: AudienceBody) -> AudienceAnswer:
    """Change an audience. With `version`, refused where somebody else was faster."""
    rule = _asked(data.rule)
    actions.edit(
        stores, actor.tag, number, name=data.name, rule=rule, refresh_minutes=data.refresh_minutes, seen=data.version
    )
    return answer(stores, queries.get(stores, number))


@api_write(
    "POST", "/api/audiences/{number:int}/archive", "audience.write", audits="audience_archived",
    about="audience:{number}", tags=TAG, status_code=204,
)  # fmt: skip
def archive(stores: Stores, number: int) -> None:
    """Put an audience away. Rules that refer to it go on meaning the same."""
    actions.archive(stores, number)


@api_write(
    "POST", "/api/audiences/{number:int}/snapshot", "audience.write", audits="audience_frozen",
    about="audience:{number}", tags=TAG,
)  # fmt: skip
def snapshot(stores: Stores, actor: Actor, number: int, data: NameBody) -> AudienceAnswer:
    """A static copy of an audience as it is now."""
    return answer(stores, queries.get(stores, actions.snapshot_of(stores, actor.tag, number, data.name)))


@api_read("/api/audiences/{number:int}/members", "audience.read", tags=TAG)
def members(stores: Stores, number: int, cursor: CursorText = "", limit: Limit = 100) -> Members:
    """The members by number, a page at a time."""
    size, found = queries.members_page(stores, number, value_of(cursor, int) or 0, limit + 1)
    return Members(size, *cut(found, limit, int))


@api_read("/api/audiences/{number:int}/why", "audience.read", tags=TAG)
def why(stores: Stores, number: int, person: str) -> dict[str, Any]:
    """Why a person (number, or `kind=value`) is in an audience or not, and when they joined and left."""
    return seen(queries.why(stores, number, person_number(stores, person)))


@api_read("/api/audiences/{number:int}/history", "audience.read", tags=TAG)
def history(stores: Stores, number: int) -> list[dict[str, Any]]:
    """Who joined and left lately, with the conditions that changed."""
    queries.get(stores, number)
    return seen(queries.history(stores, number))


@api_write(
    "POST", "/api/audiences/{number:int}/restore", "audience.write", audits="audience_restored",
    about="audience:{number}", tags=TAG, status_code=204,
)  # fmt: skip
def restore(stores: Stores, number: int) -> None:
    """Bring an archived audience back."""
    actions.archive(stores, number, archived=False)


@api_act(
    "/api/audiences/{number:int}/refresh", "audience.write", audits="audience_refreshed",
    about="audience:{number}", tags=TAG,
)  # fmt: skip
def refresh(stores: Stores, number: int) -> Refreshed:
    """Bring a live audience up to date now."""
    return Refreshed(**actions.refresh(stores, number))


ROUTES = [
    validate, sentence, count, explain, offered, properties, list_audiences, create, one, change, archive, snapshot,
    restore, refresh, members, why, history,
]  # fmt: skip
