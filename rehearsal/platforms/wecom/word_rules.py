"""Rules for sensitive words (D.11): what members may not write to customers."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import body_of
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import Member
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CONTACT = "/cgi-bin/externalcontact"
RULES_MAX, NAME_MAX, WORDS_MAX, WORD_MAX, NODES_MAX = 100, 20, 300, 32, 1_000
BAD_WORDS, TOO_MANY, NO_RULE, BAD_RANGE, BAD_NAME, BAD_SEMANTICS = 41068, 41069, 41070, 41076, 41077, 41084
BLOCKS, WARNS = 1, 2
SEMANTICS = {1: re.compile(r"1[3-9]\d{9}"), 2: re.compile(r"[\w.+-]+@[\w-]+\.\w+"), 3: re.compile("红包")}


class Rule(msgspec.Struct, frozen=True):
    rule_id: str
    created: int
    name: str = ""
    words: tuple[str, ...] = ()
    semantics: tuple[int, ...] = ()
    kind: int = BLOCKS
    users: tuple[str, ...] = ()
    departments: tuple[int, ...] = ()


def _rules(corp: Corp) -> Any:
    return corp.drawer("word_rules", Rule)


def _rule(corp: Corp, body: dict[str, Any]) -> Rule:
    found = _rules(corp).get(str(body.get("rule_id", "")))
    if found is None:
        raise Refusal(NO_RULE)
    return found


def _checked(corp: Corp, rule: Rule) -> Rule:
    if not 1 <= len(rule.name) <= NAME_MAX:
        raise Refusal(BAD_NAME)
    if len(rule.words) > WORDS_MAX or not all(1 <= len(each) <= WORD_MAX for each in rule.words):
        raise Refusal(BAD_WORDS)
    if not set(rule.semantics) <= set(SEMANTICS) or not (rule.words or rule.semantics):
        raise Refusal(BAD_SEMANTICS)
    if rule.kind not in (BLOCKS, WARNS):
        raise Refusal(40058, "intercept_type")
    if not 1 <= len(rule.users) + len(rule.departments) <= NODES_MAX:
        raise Refusal(BAD_RANGE)
    for userid in rule.users:
        corp.member(userid)
    if any(str(each) not in corp.departments for each in rule.departments):
        raise Refusal(60123)
    return rule


def _told(body: dict[str, Any], semantics: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, field in (("rule_name", "name"), ("intercept_type", "kind")):
        if name in body:
            told[field] = body[name]
    if "word_list" in body:
        told["words"] = tuple(body["word_list"])
    if semantics is not None:
        told["semantics"] = tuple(semantics)
    return told


def _range(body: dict[str, Any], name: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    given = body.get(name) or {}
    return tuple(given.get("user_list") or ()), tuple(given.get("department_list") or ())


@ROUTES.post(f"{CONTACT}/add_intercept_rule")
def add(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    if len(_rules(corp)) >= RULES_MAX:
        raise Refusal(TOO_MANY)
    users, departments = _range(body, "applicable_range")
    last = max((int(each.rule_id) for each in _rules(corp).values()), default=world.now() * 1_000)
    rule = Rule(str(last + 1), world.now(), users=users, departments=departments)
    rule = msgspec.structs.replace(rule, **_told(body, body.get("semantics_list")))
    _rules(corp).put(rule.rule_id, _checked(corp, rule))
    return {"rule_id": rule.rule_id}


@ROUTES.get(f"{CONTACT}/get_intercept_rule_list")
def rules(world: WeCom, request: Request) -> Answer:
    found = _rules(world.caller(request)).values()
    rows = [{"rule_id": each.rule_id, "rule_name": each.name, "create_time": each.created} for each in found]
    return {"rule_list": rows}


@ROUTES.post(f"{CONTACT}/get_intercept_rule")
def get(world: WeCom, request: Request) -> Answer:
    rule = _rule(world.caller(request), body_of(request))
    told = {
        "rule_id": int(rule.rule_id),  # a text everywhere else
        "rule_name": rule.name,
        "word_list": list(rule.words),
        "extra_rule": {"semantics_list": list(rule.semantics)},
        "intercept_type": rule.kind,
        "applicable_range": {"user_list": list(rule.users), "department_list": list(rule.departments)},
    }
    return {"rule": told}


@ROUTES.post(f"{CONTACT}/update_intercept_rule")
def update(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    rule = _rule(corp, body)
    added, removed = _range(body, "add_applicable_range"), _range(body, "remove_applicable_range")
    users = tuple(each for each in dict.fromkeys((*rule.users, *added[0])) if each not in removed[0])
    departments = tuple(each for each in dict.fromkeys((*rule.departments, *added[1])) if each not in removed[1])
    told = _told(body, (body.get("extra_rule") or {}).get("semantics_list"))
    changed = msgspec.structs.replace(rule, users=users, departments=departments, **told)
    _rules(corp).put(rule.rule_id, _checked(corp, changed))
    return {}


@ROUTES.post(f"{CONTACT}/del_intercept_rule")
def remove(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    _rules(corp).remove(_rule(corp, body_of(request)).rule_id)
    return {}


def stopped(corp: Corp, member: Member, text: str) -> bool:
    """Whether a rule that blocks keeps the member from writing this."""
    return any(_stops(corp, rule, member, text) for rule in _rules(corp).values() if rule.kind == BLOCKS)


def _stops(corp: Corp, rule: Rule, member: Member, text: str) -> bool:
    if member.userid not in corp.expand(rule.users, rule.departments):
        return False
    return any(each in text for each in rule.words) or any(SEMANTICS[each].search(text) for each in rule.semantics)
