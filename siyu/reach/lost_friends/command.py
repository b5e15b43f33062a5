"""What the command line and the API answer of alerts for lost friends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from siyu.reach.lost_friends import rules, watching
from siyu.reach.lost_friends.rules import LostRule
from siyu.reach.lost_friends.watching import Alert
from siyu.storage import Stores


class LostRuleAnswer(Struct, frozen=True):
    """When a manager hears. `kind`: shop or adviser (`least` people in a day), tag, or layer (of `scheme`)."""

    id: int
    kind: str
    least: int
    tag: int | None
    scheme: str
    layer: str
    zh: str
    en: str
    created: datetime
    by: str

    @classmethod
    def of(cls, rule: LostRule) -> LostRuleAnswer:
        return cls(**{name: getattr(rule, name) for name in cls.__struct_fields__})


class LostRulesAnswer(Struct, frozen=True):
    """Every rule, the oldest first."""

    rules: list[LostRuleAnswer]


class AlertAnswer(Struct, frozen=True):
    """An alert. `day`: the shop's; `staff`: whom they left, empty for the whole shop; `person`: who left, null where
    many did; `many`: who left that day, as known by now; `zh`, `en`: the rule in words."""

    id: int
    rule: int
    day: str
    staff: str
    person: int | None
    many: int
    zh: str
    en: str
    at: datetime
    seen: datetime | None
    seen_by: str

    @classmethod
    def of(cls, alert: Alert) -> AlertAnswer:
        given: dict[str, Any] = {name: getattr(alert, name) for name in cls.__struct_fields__}
        given["person"] = alert.person or None
        return cls(**given)


class AlertsAnswer(Struct, frozen=True):
    """Alerts, the newest first."""

    alerts: list[AlertAnswer]


class AlertsSeen(Struct, frozen=True):
    """How many nobody had seen before."""

    seen: int


class LostRuleRemoved(Struct, frozen=True):
    """The number of the rule that is no more."""

    removed: int


def rule_told(stores: Stores, number: int) -> LostRuleAnswer:
    """Raises :class:`NotFound`."""
    return LostRuleAnswer.of(rules.get_rule(stores, number))


def rules_told(stores: Stores) -> LostRulesAnswer:
    """Every rule."""
    return LostRulesAnswer([LostRuleAnswer.of(each) for each in rules.list_rules(stores)])


def alerts_told(stores: Stores, *, unseen: bool, rows_max: int = 500) -> AlertsAnswer:
    """The newest."""
    found = watching.list_alerts(stores, unseen=unseen, rows_max=rows_max)
    return AlertsAnswer([AlertAnswer.of(each) for each in found])
