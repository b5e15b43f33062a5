"""Membership → points → rules: what earns points; a rule is ended and followed by another, never changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from siyu.loyalty.goods import Goods
from siyu.loyalty.points.command import said
from siyu.loyalty.points.earning import rules
from siyu.loyalty.points.earning.model import POINTS_MAX, EventRule, OrderRule, Rule, When
from siyu.loyalty.points.earning.trying import Tried, tried
from siyu.loyalty.points.earning.words import WEEKDAYS
from siyu.people.event_names import NAMES
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import verbs
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.known import Known
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

verbs.action("point_rule_begun", "开始积分规则", "Rule of points begun")
verbs.action("point_rule_ended", "停用积分规则", "Rule of points ended")
verbs.subject("point_rule", "积分规则", "Rule of points", "/points/rules#rule-{}")

SORTS = {"order": ("消费积分", "For what is paid"), "event": ("行为积分", "For doing something")}


@page("/points/rules", "points.read")
def list_all(view: View, stores: Stores) -> Html:
    with stores.ledger.read() as conn:
        found = rules.all_rules(conn)
    return view.render(
        "membership/point_rules.html",
        giving=[each for each in found if each.ends is None],
        ended=[each for each in found if each.ends is not None],
        said={each.id: _said(each.rule) for each in found},
    )


def _said(rule: Rule) -> str:
    return t(*said(rule))


@page("/points/rules/new", "points.write")
def new(view: View, sort: str = "order") -> Html:
    return _page(view, Form.showing(sort=sort if sort in SORTS else "order", rate="1", times_a_day=1, points=5), None)


@page("/points/rules/{rule:int}/follow", "points.write")
def follow(view: View, stores: Stores, rule: Id) -> Html:
    kept = rules.get(stores, rule)
    return _page(view, _shown(kept.rule), kept)


@submit("/points/rules/new", "points.write", audits="point_rule_begun")
def begin(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    return _write(view, stores, actor, form, None)


@submit("/points/rules/{rule:int}/follow", "points.write", audits="point_rule_begun", about="point_rule:{rule}")
def begin_after(view: View, stores: Stores, actor: Actor, form: Form, rule: Id) -> Html:
    return _write(view, stores, actor, form, rules.get(stores, rule))


@submit("/points/rules/try", "points.write", audits=None)
def try_one(view: View, stores: Stores, form: Form) -> Html:
    """What it would have given: the form stays as it is."""
    after = form.whole("after", required=False)
    kept = rules.get(stores, after) if after else None
    found = None
    with form.errors_kept():
        rule = _read(form)
        if form.ok:
            found = (_said(rule), tried(stores, rule))
    return _page(view, form, kept, found)


@submit("/points/rules/{rule:int}/end", "points.write", audits="point_rule_ended", about="point_rule:{rule}")
def end(view: View, stores: Stores, rule: Id) -> Html:
    rules.end(stores, rule)
    return view.redirect("/points/rules", toast=("已停用；发出的积分不变", "Ended; what it gave stays"))


def _write(view: View, stores: Stores, actor: Actor, form: Form, after: rules.Kept | None) -> Html:
    with form.errors_kept():
        rule = _read(form)
        if form.ok:
            made = (
                rules.begin(stores, actor.tag, rule)
                if after is None
                else rules.follow_up(stores, actor.tag, after.id, rule)
            )
            note(f"point_rule:{made}", name=rule.name)
            return view.redirect("/points/rules", toast=("规则已生效", "It gives from now on"))
    return _page(view, form, after)


def _page(view: View, form: Form, after: rules.Kept | None, found: tuple[str, Tried] | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    events = [Known(each.name, t(each.zh, each.en)) for each in NAMES.values() if each.visit]
    return show(
        "membership/point_rule_form.html",
        form=form,
        after=after,
        after_said="" if after is None else _said(after.rule),
        sorts=[(key, t(*words), "") for key, words in SORTS.items()],
        events=events,
        weekdays=[(str(n), t(*words)) for n, words in enumerate(WEEKDAYS, start=1)],
        found=found,
    )


def _read(form: Form) -> Rule:
    """The rule that a form says. Raises :class:`BadInput`."""
    name = form.text("name", required=True, characters_max=40)
    when = When(
        weekdays=tuple(int(day) for day in form.choices("weekdays", [str(n) for n in range(1, 8)])),
        first=_day(form, "first"),
        last=_day(form, "last"),
    )
    tiers = tuple(form.words("tiers"))
    if form.choice("sort", list(SORTS)) == "event":
        event = form.text("event", required=True, characters_max=100)
        points = form.whole("points", low=1, high=POINTS_MAX)
        a_day = form.whole("times_a_day", low=1, high=1_000)
        ever = form.whole("times_ever", required=False, high=1_000_000) or None
        made: Rule = EventRule(
            name=name, event=event, points=points, when=when, tiers=tiers, times_a_day=a_day, times_ever=ever
        )
    else:
        rate = form.decimal("rate", low=Decimal("0.01"), high=Decimal(10_000)) * 100
        if rate != rate.to_integral_value():
            raise BadInput("rate_unfit", "最多两位小数。", "At most two decimals.", field="rate")
        goods = Goods(
            skus=tuple(form.words("skus")), categories=tuple(form.words("categories")), but=tuple(form.words("but"))
        )
        most = form.whole("order_points_max", required=False, high=POINTS_MAX) or None
        made = OrderRule(name=name, rate=int(rate), goods=goods, when=when, tiers=tiers, order_points_max=most)
    if not form.ok:
        return made
    try:
        return msgspec.convert(msgspec.to_builtins(made), OrderRule | EventRule)
    except msgspec.ValidationError as error:
        raise BadInput("rule_unfit", f"规则有误：{error}", f"The rule is unfit: {error}") from error


def _day(form: Form, name: str) -> date | None:
    moment = form.moment(name)
    return None if moment is None else moment.date()


def _shown(rule: Rule) -> Form:
    told: dict[str, Any] = {
        "sort": "event" if isinstance(rule, EventRule) else "order",
        "name": rule.name,
        "tiers": ", ".join(rule.tiers),
        "weekdays": [str(day) for day in rule.when.weekdays],
        "first": rule.when.first and rule.when.first.isoformat(),
        "last": rule.when.last and rule.when.last.isoformat(),
        "rate": "1",
        "points": 5,
        "times_a_day": 1,
    }
    if isinstance(rule, EventRule):
        own: dict[str, Any] = {name: getattr(rule, name) for name in ("event", "points", "times_a_day", "times_ever")}
    else:
        own = {name: ", ".join(getattr(rule.goods, name)) for name in ("skus", "categories", "but")}
        own |= {"rate": f"{Decimal(rule.rate) / 100:f}", "order_points_max": rule.order_points_max}
    return Form.showing(**(told | own))


ROUTES = [list_all, new, follow, begin, begin_after, try_one, end]
