"""The API of alerts for customers who left their advisers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar.params import QueryParameter

from siyu.reach.lost_friends import command, rules, watching
from siyu.reach.lost_friends.command import AlertAnswer, AlertsSeen, LostRuleAnswer, LostRulesAnswer
from siyu.reach.lost_friends.rules import Draft
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, value_of
from siyu.web.routes import api_read, api_write

Key = Annotated[str, msgspec.Meta(max_length=40)]
Number = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
SEEN_MAX = 500


class LostRuleBody(msgspec.Struct, forbid_unknown_fields=True):
    """When a manager is to hear. `kind` *shop* or *adviser*: `least` people leave in a day; *tag*: somebody with `tag`
    (its number) leaves; *layer*: somebody in `layer` of `scheme` (their keys)."""

    kind: Literal["shop", "adviser", "tag", "layer"]
    least: Annotated[int, msgspec.Meta(ge=0, le=rules.LEAST_MAX)] = 0
    tag: Number | None = None
    scheme: Key = ""
    layer: Key = ""

    def draft(self) -> Draft:
        return Draft(self.kind, self.least, self.tag, self.scheme, self.layer)


class AlertsWish(msgspec.Struct, forbid_unknown_fields=True):
    """`alerts`: their numbers; null for all."""

    alerts: Annotated[list[Number], msgspec.Meta(max_length=SEEN_MAX)] | None = None


@api_read("/api/lost-friends", "people.read")
def alerts(
    stores: Stores,
    unseen: Annotated[bool, QueryParameter(description="Only those nobody has seen.")] = False,
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[AlertAnswer]:
    """Alerts, the newest first."""
    found = watching.list_alerts(stores, unseen=unseen, before=value_of(cursor, int), rows_max=limit + 1)
    return page_of(found, limit, lambda each: each.id, AlertAnswer.of)


@api_write("POST", "/api/lost-friends/seen", "watch.write", audits="alerts_seen", status_code=200)
def seen(stores: Stores, actor: Actor, data: AlertsWish) -> AlertsSeen:
    """Note that alerts were seen."""
    many = watching.see(stores, actor.tag, data.alerts)
    note(alerts=many)
    return AlertsSeen(many)


@api_read("/api/lost-friends/rules", "people.read")
def all_rules(stores: Stores) -> LostRulesAnswer:
    """What is watched."""
    return command.rules_told(stores)


@api_write("POST", "/api/lost-friends/rules", "watch.write", audits="watch_added")
def add(stores: Stores, actor: Actor, data: LostRuleBody) -> LostRuleAnswer:
    """Hear of it from now on."""
    number = rules.add_rule(stores, actor.tag, data.draft())
    note(f"watch:{number}", kind=data.kind)
    return command.rule_told(stores, number)


@api_read("/api/lost-friends/rules/{rule:int}", "people.read")
def one(stores: Stores, rule: Id) -> LostRuleAnswer:
    """One rule."""
    return command.rule_told(stores, rule)


@api_write("PUT", "/api/lost-friends/rules/{rule:int}", "watch.write", audits="watch_changed", about="watch:{rule}")
def change(stores: Stores, rule: Id, data: LostRuleBody) -> LostRuleAnswer:
    """Watch something else instead."""
    rules.change_rule(stores, rule, data.draft())
    return command.rule_told(stores, rule)


@api_write("DELETE", "/api/lost-friends/rules/{rule:int}", "watch.write", audits="watch_removed", about="watch:{rule}")
def remove(stores: Stores, rule: Id) -> None:
    """No longer; what was raised stays."""
    rules.remove_rule(stores, rule)


ROUTES = [alerts, seen, all_rules, add, one, change, remove]
