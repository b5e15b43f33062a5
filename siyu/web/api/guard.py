"""The guard over the API: its rules, the operator's own caps, who is left in peace."""

from __future__ import annotations

from msgspec import to_builtins

from siyu.reach import caps_kept, guard, guard_command, people_left_in_peace
from siyu.reach.guard_command import RuleAnswer, WhatIfAnswer
from siyu.reach.what_if import what_if
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.api.reach_shapes import CapBody, Listed, RuleBody, WhatIfBody
from siyu.web.current import note
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, value_of
from siyu.web.routes import api_ask, api_read, api_write


@api_read("/api/guard", "broadcast.read")
def rules(stores: Stores) -> list[RuleAnswer]:
    """The rules in the order in which they speak, as they are set, and what each held lately."""
    return guard_command.rules(stores)


@api_write("PUT", "/api/guard/{rule:str}", "guard.write", audits="guard_rule_set", about="guard:{rule}")
def set_rule(stores: Stores, actor: Actor, rule: str, data: RuleBody) -> list[RuleAnswer]:
    """Set a rule. Those that the law asks for can't be switched off."""
    guard.set_rule(stores, actor.tag, rule, data.settings, data.enabled)
    note(f"guard:{rule}", settings=data.settings, enabled=data.enabled)
    return guard_command.rules(stores)


@api_ask("/api/guard/{rule:str}/what-if", "broadcast.read")
def try_out(stores: Stores, rule: str, data: WhatIfBody) -> WhatIfAnswer:
    """What the last days would have held if a rule were set so; `new`: with one cap more. Nothing is kept."""
    return WhatIfAnswer.of(what_if(stores, rule, data.settings, data.enabled, data.days))


@api_write("POST", "/api/guard/caps", "guard.write", audits="guard_cap_added")
def add_cap(stores: Stores, actor: Actor, data: CapBody) -> list[RuleAnswer]:
    """Add a cap of one's own; it is the last of those called `cap_…`."""
    name = caps_kept.add_cap(stores, actor.tag, to_builtins(data))
    note(f"guard:{name}", settings=to_builtins(data))
    return guard_command.rules(stores)


@api_write("DELETE", "/api/guard/caps/{cap:str}", "guard.write", audits="guard_cap_removed", about="guard:{cap}")
def remove_cap(stores: Stores, actor: Actor, cap: str) -> None:
    """Take a cap of one's own away."""
    caps_kept.remove_cap(stores, actor.tag, cap)


@api_read("/api/blocklist", "broadcast.read")
def listed(stores: Stores, cursor: CursorText = "", limit: Limit = 50) -> Page[Listed]:
    """People who are left in peace."""
    found = people_left_in_peace.listed(stores, value_of(cursor, int) or 0, limit + 1)
    return page_of(found, limit, lambda row: row.person, lambda row: Listed(row.person, row.at, row.reason, row.by))


@api_write(
    "PUT",
    "/api/blocklist/{person:int}",
    "guard.write",
    audits="person_left_in_peace",
    about="person:{person}",
    status_code=204,
)
def put_on_list(stores: Stores, actor: Actor, person: Id) -> None:
    """Send nothing more to a person, of any kind."""
    people_left_in_peace.add(stores, actor.tag, person, "by_hand")


@api_write(
    "DELETE", "/api/blocklist/{person:int}", "guard.write", audits="person_off_the_list", about="person:{person}"
)
def take_off_list(stores: Stores, person: Id) -> None:
    """Take a person off the do-not-disturb list."""
    people_left_in_peace.remove(stores, person)


ROUTES = [rules, set_rule, try_out, add_cap, remove_cap, listed, put_on_list, take_off_list]
