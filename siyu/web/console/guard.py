"""Reach → the guard: its rules, the operator's own caps, what a change would have held, who is left in peace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siyu.channels.wecom.weekly import GROUP_POSTS_WEEK, MOMENTS_WEEK
from siyu.jobs import preferences
from siyu.reach import caps_kept, guard, people_left_in_peace, results
from siyu.reach.guard import RuleState
from siyu.reach.rules.caps import OWN_FIELDS, own_number
from siyu.reach.ways_out import way_out
from siyu.reach.what_if import DAYS, NEW_CAP, WhatIf, can_be_judged, what_if
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, ROWS_MAX
from siyu.web.paging import CursorText, Id, cut, value_of
from siyu.web.reach_words import reach_words
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("reach", "/guard", "分寸与额度", "Guard and quota", permission="broadcast.read", order=30)


def _states(stores: Stores) -> dict[str, RuleState]:
    with stores.ledger.read() as conn:
        return {state.rule.name: state for state in guard.load_guard(conn, preferences.timezone(conn)).rules}


def _page(view: View, stores: Stores, wrong: str = "", form: Form | None = None, cursor: str = "") -> Html:
    states = _states(stores)
    forms = {name: Form.showing(**state.settings, enabled=state.enabled) for name, state in states.items()}
    forms[NEW_CAP] = Form.showing(**{field.name: field.default for field in OWN_FIELDS}, enabled=True)
    if form is not None:
        forms[wrong] = form
    left = people_left_in_peace.listed(stores, value_of(cursor, int) or 0, ASKED_MAX)
    listed, following = cut(left, ROWS_MAX, lambda row: row.person)
    show = view.render if form is None else view.invalid
    return show(
        "reach/guard.html",
        states=list(states.values()),
        forms=forms,
        own={name for name in states if own_number(name) is not None},
        judged={name for name, state in states.items() if can_be_judged(state)},
        cap_fields=OWN_FIELDS,
        new_cap=NEW_CAP,
        todo={name: t(*way_out(name)) for name in states},
        week=results.held_lately(stores, 7),
        held=results.held_lately(stores),
        many={name: int(preferences.get(stores, name)) for name in (GROUP_POSTS_WEEK, MOMENTS_WEEK)},
        listed=listed,
        listed_next=following,
        listed_reasons=in_words(people_left_in_peace.REASONS),
        **reach_words(),
    )


def _given(stores: Stores, form: Form, rule: str) -> dict[str, Any]:
    state = _states(stores).get(rule)
    fields = OWN_FIELDS if rule == NEW_CAP else () if state is None else state.rule.fields
    return {field.name: form.flag(field.name) if field.kind == "yes_no" else form.get(field.name) for field in fields}


@page("/guard", "broadcast.read")
def show(view: View, stores: Stores, cursor: CursorText = "") -> Html:
    return _page(view, stores, cursor=cursor)


@submit("/guard/rules/{rule:str}", "guard.write", audits="guard_rule_set", about="guard:{rule}")
def set_rule(view: View, stores: Stores, actor: Actor, form: Form, rule: str) -> Html:
    with form.errors_kept():
        guard.set_rule(stores, actor.tag, rule, _given(stores, form, rule), form.flag("enabled"))
        return view.redirect(
            "/guard", toast=("已保存，对之后的每条消息生效", "Saved; it holds for every message from now on")
        )
    return _page(view, stores, rule, form)


@submit("/guard/caps", "guard.write", audits="guard_cap_added")
def add_cap(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        given = _given(stores, form, NEW_CAP)
        name = caps_kept.add_cap(stores, actor.tag, given)
        note(f"guard:{name}", settings=given)
        return view.redirect("/guard", toast=("已添加，立即生效", "Added; it holds from now on"))
    return _page(view, stores, NEW_CAP, form)


@submit("/guard/caps/{cap:str}/remove", "guard.write", audits="guard_cap_removed", about="guard:{cap}")
def remove_cap(view: View, stores: Stores, actor: Actor, cap: str) -> Html:
    caps_kept.remove_cap(stores, actor.tag, cap)
    return view.redirect("/guard", toast=("已删除这条上限", "The cap is gone"))


@submit("/guard/what-if/{rule:str}", "broadcast.read", audits=None)
def try_out(view: View, stores: Stores, form: Form, rule: str) -> Html:
    """What the change in the form would have done; a part of the page, below the form."""
    problem: BadInput | None = None
    answer: WhatIf | None = None
    try:
        answer = what_if(stores, rule, _given(stores, form, rule), form.flag("enabled"))
    except BadInput as error:
        problem = error
    names = {name: t(state.rule.zh, state.rule.en) for name, state in _states(stores).items()}
    return view.render(
        "reach/what_if.html",
        rule=rule,
        days=DAYS,
        answer=answer,
        problem=problem,
        by_day=[] if answer is None else _by_day(answer),
        rows=[] if answer is None else _rows(answer, names),
    )


def _rows(answer: WhatIf, names: Mapping[str, str]) -> list[tuple[str, int, int, int]]:
    was, now, would = (answer.by_rule(each) for each in (answer.was, answer.now, answer.would))
    known = [*names, *sorted(set(would) - set(names))]
    named = {**names, "cap_0": t("新上限", "The new cap")}
    return [
        (named.get(name, name), was.get(name, 0), now.get(name, 0), would.get(name, 0))
        for name in known
        if name in was or name in now or name in would
    ]


def _by_day(answer: WhatIf) -> list[tuple[str, int, int, int]]:
    """Days on which something is held, one way or the other."""
    counts = zip(*(answer.by_day(each) for each in (answer.was, answer.now, answer.would)), strict=True)
    return [(day.isoformat(), *each) for day, each in zip(answer.days, counts, strict=True) if any(each)]


@submit("/guard/list", "guard.write", audits="person_left_in_peace")
def put_on_list(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    person = form.whole("person", low=1)
    people_left_in_peace.add(stores, actor.tag, person, "by_hand")
    note(f"person:{person}")
    undo = f"/guard/list/{person}/remove"
    return view.redirect("/guard", toast=("已加入免打扰名单", "Left in peace from now on"), undo=undo)


@submit("/guard/list/{person:int}/remove", "guard.write", audits="person_off_the_list", about="person:{person}")
def take_off_list(view: View, stores: Stores, person: Id) -> Html:
    people_left_in_peace.remove(stores, person)
    return view.redirect("/guard", toast=("已移出名单", "Taken off the list"))


ROUTES = [show, set_rule, add_cap, remove_cap, try_out, put_on_list, take_off_list]
