"""The plain reading of a rule: slow, over Python values, one person at a time. The query must agree with it for
every person; tests hold them to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from siyu.audiences.compile import Definitions
from siyu.audiences.model import All, AnyOf, Member, NoneOf, Rule
from siyu.audiences.record import PersonRecord
from siyu.audiences.sql import Moment

Snapshots = Mapping[int, Collection[int]]
"""The members of the audiences that are snapshots."""


def holds(rule: Rule, person: PersonRecord, moment: Moment, definitions: Definitions, snapshots: Snapshots) -> bool:
    """Does the rule hold for this (kept) person at this moment?"""
    if isinstance(rule, All):
        return all(holds(inner, person, moment, definitions, snapshots) for inner in rule.rules)
    if isinstance(rule, AnyOf):
        return any(holds(inner, person, moment, definitions, snapshots) for inner in rule.rules)
    if isinstance(rule, NoneOf):
        return not any(holds(inner, person, moment, definitions, snapshots) for inner in rule.rules)
    if isinstance(rule, Member):
        definition = definitions[rule.audience]
        if definition.kind == "snapshot":
            inside = person.person in snapshots[rule.audience]
        else:
            inside = holds(definition.rule, person, moment, definitions, snapshots)
        return inside is (rule.op == "in")
    return rule.reads(person, moment)
