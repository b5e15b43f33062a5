"""The API of points: balances, statements, what a shop's own programs post, rules, liability."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from siyu.loyalty.points import command
from siyu.loyalty.points.by_hand import HOLD_MINUTES_MAX, KEY_CHARACTERS_MAX, POINTS_MAX, WHY_CHARACTERS_MAX
from siyu.loyalty.points.command import (
    LiabilityAnswer,
    OverviewAnswer,
    PointsAnswer,
    PostedAnswer,
    RuleAnswer,
    RulesAnswer,
    StatementAnswer,
    TriedAnswer,
)
from siyu.loyalty.points.earning.model import EventRule, OrderRule
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_ask, api_read, api_write

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
Points = Annotated[int, msgspec.Meta(ge=1, le=POINTS_MAX)]


class PostBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be posted, once for its `key`: a second call with it answers the first posting. `earn`, `spend` and
    `hold` want `person` and `points`; `capture` and `release` want `of`, the key of a hold; `take_back` (of an earning)
    and `give_back` (of a spending) want `of`, and all that is left where `points` is not said. A hold is released after
    `minutes`. `why` is read by the person."""

    act: Literal["earn", "spend", "hold", "capture", "release", "take_back", "give_back"]
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=KEY_CHARACTERS_MAX)]
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=WHY_CHARACTERS_MAX)]
    person: Number | None = None
    points: Points | None = None
    of: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=HOLD_MINUTES_MAX)] = 30


class RuleBody(msgspec.Struct, forbid_unknown_fields=True):
    """A rule of earning. `after`: the rule that ends at the same moment, in whose place this one gives."""

    rule: OrderRule | EventRule
    after: Number | None = None


class TryBody(msgspec.Struct, forbid_unknown_fields=True):
    """A rule that is not begun."""

    rule: OrderRule | EventRule


@api_read("/api/points", "points.read")
def overview(stores: Stores) -> OverviewAnswer:
    """What is out now, what it is worth, and what the last proof found."""
    return command.overview_told(stores)


@api_read("/api/points/liability", "points.read")
def liability(stores: Stores, first: date | None = None, last: date | None = None) -> LiabilityAnswer:
    """What was outstanding and what changed it, by month, from one day to another (this year, where none is said)."""
    return command.liability_told(stores, first, last)


@api_read("/api/people/{person:int}/points", "points.read")
def points_of(stores: Stores, person: Id, at: datetime | None = None) -> PointsAnswer:
    """What a person has; and what they could spend `at` a past moment."""
    if at is not None and at.tzinfo is None:
        raise BadInput("zone_missing", "时间需带时区。", "A moment needs its time zone.", field="at")
    return command.points_told(stores, person, at)


@api_read("/api/people/{person:int}/points/postings", "points.read")
def statement(stores: Stores, person: Id, before: int | None = None, limit: Limit = 50) -> StatementAnswer:
    """A person's postings, the newest first, with the balance after each."""
    return command.statement_told(stores, person, before, limit)


@api_write("POST", "/api/points/postings", "points.give", audits="points_posted")
def post(stores: Stores, actor: Actor, data: PostBody) -> PostedAnswer:
    """Give, spend, hold, capture, release, take back or give back."""
    done = command.do(
        stores,
        actor.tag,
        data.act,
        data.key,
        data.why,
        person=data.person,
        points=data.points,
        of=data.of,
        minutes=data.minutes,
    )
    note("" if data.person is None else f"person:{data.person}", act=data.act, points=data.points, posting=done.posting)
    return done


acts = api_acts("/api/points/postings/{posting:int}", "points.give", about="posting:{posting}")


@acts("undo", "points_undone")
def undo(stores: Stores, actor: Actor, posting: Id) -> PostedAnswer:
    """Post what stands against an earning, a spending or a hold; once."""
    return command.undo(stores, actor.tag, posting)


@api_read("/api/points/rules", "points.read")
def rules(stores: Stores) -> RulesAnswer:
    """The rules of earning, those that ended too."""
    return command.rules_told(stores)


@api_write("POST", "/api/points/rules", "points.write", audits="point_rule_begun")
def begin(stores: Stores, actor: Actor, data: RuleBody) -> RuleAnswer:
    """From now on this gives."""
    made = command.begin(stores, actor.tag, data.rule, data.after)
    note(f"point_rule:{made.id}", name=made.rule.name)
    return made


@api_ask("/api/points/rules/try", "points.read")
def try_rule(stores: Stores, data: TryBody) -> TriedAnswer:
    """What a rule would have given in the last 30 days; nothing is begun."""
    return command.tried_told(stores, data.rule)


rule_acts = api_acts("/api/points/rules/{rule:int}", "points.write", about="point_rule:{rule}")


@rule_acts("end", "point_rule_ended")
def end(stores: Stores, rule: Id) -> RuleAnswer:
    """It gives nothing for what happens from now on."""
    return command.end(stores, rule)


ROUTES = [overview, liability, points_of, statement, post, undo, rules, begin, try_rule, end]
