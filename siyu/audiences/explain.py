"""Why a rule holds for one person, or does not: each condition, whether it holds, and what was found."""

from __future__ import annotations

from typing import Any

from siyu.audiences.compile import SETTINGS, Compiled, Definitions
from siyu.audiences.conditions.base import EventCondition, EventLeaf, PersonCondition
from siyu.audiences.conditions.sequence import Sequence
from siyu.audiences.model import All, AnyOf, Member, NoneOf, Rule
from siyu.audiences.sql import Moment, Query
from siyu.audiences.words import Names, Words
from siyu.storage import EventLog, NotFound
from siyu.storage.ledger import from_millis

EVIDENCE_EVENTS_MAX = 20
NODES_MAX = 10_000

Explanation = dict[str, Any]
"""``holds``, ``zh``, ``en``, ``type``, ``path``; groups have ``rules``, conditions ``found``."""


def kept_of(events: EventLog, person: int) -> int:
    """The kept person that a number stands for today."""
    (kept,) = events.row(
        "SELECT dictGetOrDefault('person_of', 'kept', {p:UInt64}, toUInt32({p:UInt64}))", {"p": person}
    )
    return int(kept)


def explain(
    events: EventLog, rule: Rule, person: int, moment: Moment, definitions: Definitions, names: Names
) -> Explanation:
    """The explanation of a checked rule for a person (any number that was ever theirs).

    Raises :class:`NotFound` where nobody kept has that number.
    """
    kept = kept_of(events, person)
    nodes = [kept, *(int(member) for (member,) in events.rows(
        f"SELECT member FROM aliases FINAL WHERE kept = {{kept:UInt32}} AND member != kept LIMIT {NODES_MAX}",
        {"kept": kept},
    ))]  # fmt: skip
    within = f"person IN ({', '.join(map(str, nodes))})"
    return _Explainer(events, moment, definitions, names, kept, within).run(rule)


class _Explainer:
    def __init__(
        self, events: EventLog, moment: Moment, definitions: Definitions, names: Names, kept: int, within: str
    ) -> None:
        self.events, self.moment, self.definitions = events, moment, definitions
        self.kept, self.within = kept, within
        self.zh, self.en = Words("zh", names), Words("en", names)
        self.truths: dict[str, bool] = {}

    def run(self, rule: Rule) -> Explanation:
        compiled = Compiled(Query(self.moment), self.definitions, within=self.within)
        compiled.bitmap(rule)
        paths = list(compiled.bitmaps)
        columns = ["pop", *(compiled.bitmaps[path] for path in paths)]
        wanted = ", ".join(f"bitmapContains({bitmap}, toUInt32({self.kept}))" for bitmap in columns)
        known, *truths = self.events.row(
            f"SELECT {wanted} FROM {compiled.passes()} {SETTINGS}", compiled.query.parameters
        )
        if not known:
            raise NotFound(
                "person_unknown",
                f"没有编号为 {self.kept} 的客户（可能已注销）。",
                f"There is no person {self.kept} (perhaps erased).",
            )
        self.truths = {path: bool(truth) for path, truth in zip(paths, truths, strict=True)}
        return {"person": self.kept, **self._node(rule, "$")}

    def _node(self, rule: Rule, at: str) -> Explanation:
        said: Explanation = {
            "path": at,
            "type": str(rule.__struct_config__.tag),
            "zh": rule.sentence(self.zh),
            "en": rule.sentence(self.en),
        }
        if isinstance(rule, All | AnyOf | NoneOf):
            inner = [self._node(one, f"{at}.rules[{number}]") for number, one in enumerate(rule.rules)]
            truths = [one["holds"] for one in inner]
            held = all(truths) if isinstance(rule, All) else any(truths) is isinstance(rule, AnyOf)
            return {**said, "holds": held, "rules": inner}
        said["holds"] = self.truths[at]
        if isinstance(rule, Member):
            definition = self.definitions[rule.audience]
            if definition.kind == "live":
                said["rules"] = [self._node(definition.rule, f"{at}→{rule.audience}:$")]
            return said
        if isinstance(rule, EventCondition):
            return {**said, "found": self._events(rule)}
        return {**said, "found": self._value(rule)}

    def _value(self, condition: PersonCondition) -> Explanation:
        query = Query(self.moment)
        found = self.events.rows(
            f"SELECT {condition.found_sql(query)} FROM people FINAL WHERE gone = 0 AND person = {self.kept}",
            query.parameters,
        )
        value = found[0][0] if found else ""
        return {"value": value, "zh": condition.told(self.zh, value or ""), "en": condition.told(self.en, value or "")}

    def _events(self, condition: EventCondition) -> Explanation:
        query = Query(self.moment)
        leaf = condition.leaf(query)
        fine = leaf.fine
        if isinstance(condition, Sequence):
            fine = f"({' OR '.join(condition.conditions(query))})"
        where = " AND ".join(part for part in (leaf.coarse(query), fine, self.within) if part)
        found: Explanation = {"events": self._rows(query, where)}
        (found["matching"],) = self.events.row(f"SELECT count() FROM events WHERE {where} {SETTINGS}", query.parameters)
        figure = self._figure(query, leaf, where)
        return {**found, **({"figure": figure} if figure is not None else {})}

    def _rows(self, query: Query, where: str) -> list[Explanation]:
        rows = self.events.rows(
            f"SELECT toUnixTimestamp64Milli(time), name, message_id, source, batch, record, order, toString(amount), "
            f"toString(properties) FROM events WHERE {where} ORDER BY time DESC, message_id "
            f"LIMIT {EVIDENCE_EVENTS_MAX} {SETTINGS}",
            query.parameters,
        )
        keys = ("name", "message_id", "source", "batch", "record", "order", "amount", "properties")
        return [
            {
                "time": from_millis(row[0]).astimezone(self.moment.zone).isoformat(),
                "zh": self.zh.event(row[1]),
                "en": self.en.event(row[1]),
                **dict(zip(keys, row[1:], strict=True)),
            }
            for row in rows
        ]

    def _figure(self, query: Query, leaf: EventLeaf, where: str) -> float | None:
        if leaf.value is None:
            return None
        found = self.events.rows(
            f"SELECT {leaf.value('')} FROM events WHERE {where} HAVING count() > 0 {SETTINGS}", query.parameters
        )
        return found[0][0] if found else None
