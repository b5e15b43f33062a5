"""Membership → tiers: who stands where, plans with versions, what rights are for, trials on the past."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from siyu.audiences.words import Pair
from siyu.loyalty.tiers import agents, keeping, queries, trying
from siyu.loyalty.tiers.model import DEFAULT, GROWTH_MAX, RIGHTS, TIERS_MAX, Deed, Plan, Tier
from siyu.loyalty.tiers.queries import Asked
from siyu.loyalty.tiers.settling import WHYS
from siyu.people import event_names
from siyu.reach.staff_tasks import holders
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, value_of
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View

menu.page("membership", "/tiers", "等级", "Tiers", permission="tier.read", order=20)

DEEDS_MAX = 10
KEY = re.compile(r"[a-z][a-z0-9_]{0,19}")
CHANGES_SHOWN = 10
STAGES: dict[str, Pair] = {
    "draft": ("草稿", "Draft"),
    "in_force": ("生效中", "In force"),
    "past": ("已停用", "Past"),
}
COLUMNS = (
    Column("person", "客户", "Person"),
    Column("tier", "等级", "Tier"),
    Column("value", "成长值", "Value", numeric=True),
    Column("since", "自", "Since", narrow=False),
    Column("falls", "将降级", "Comes down", narrow=False),
)
CHANGE_COLUMNS = (
    Column("person", "客户", "Person"),
    Column("change", "变化", "Change"),
    Column("why", "原因", "Why", narrow=False),
    Column("value", "成长值", "Value", numeric=True, narrow=False),
    Column("at", "时间", "When"),
)


@page("/tiers", "tier.read")
def overview(view: View, stores: Stores) -> Html:
    with stores.ledger.read() as conn:
        version = keeping.in_force(conn)
        rows = [] if version is None else queries.distribution(conn, version.plan)
        changes = queries.all_changes(conn, None, CHANGES_SHOWN)
        versions = keeping.all_versions(conn)
        pool = agents.pool(conn)
        names = holders.names_of(conn, set(pool))
    return view.render(
        "membership/tiers.html",
        version=version,
        rows=rows,
        people=sum(row.people for row in rows),
        changes=changes,
        names=names_seen(stores, {row.person for row in changes}),
        versions=versions,
        stages=in_words(STAGES),
        pool=[(names.get(holder, holder), many) for holder, many in pool.items()],
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"rights": RIGHTS, "whys": in_words(WHYS), "tier_name": _tier_name}


def _tier_name(plan: Plan | None, key: str) -> str:
    """A tier as it is called; its key, where this plan has none of that key."""
    tier = None if plan is None else plan.tier(plan.rank(key))
    return (key or t("无等级", "no tier")) if tier is None else t(tier.name, tier.name_en or tier.name)


@page("/tiers/people", "tier.read")
def people(view: View, stores: Stores) -> Html:
    listing = Listing.read("tier_people", COLUMNS, filters=("tier", "falling"))
    with stores.ledger.read() as conn:
        version = keeping.in_force(conn)
        asked = Asked(
            listing.filters["tier"][:20], listing.filters["falling"] == "1", _after(listing.cursor), ASKED_MAX
        )
        found = queries.standings(conn, asked)
    shown = listing.cut(found, lambda row: f"{row.value}.{row.person}")
    return view.render(
        "membership/people.html",
        fragment="list",
        listing=shown,
        version=version,
        names=names_seen(stores, {row.person for row in shown.rows}),
        tiers=[]
        if version is None
        else [(tier.key, t(tier.name, tier.name_en or tier.name)) for tier in version.plan.tiers],
        day=_day,
        **_words(),
    )


def _after(cursor: str) -> tuple[int, int] | None:
    text = value_of(cursor, str) or ""
    value, _, person = text.partition(".")
    fit = value.isascii() and value.isdigit() and person.isascii() and person.isdigit() and len(text) < 40
    return (int(value), int(person)) if fit else None


def _day(ordinal: int | None) -> str:
    return "" if ordinal is None else date.fromordinal(ordinal).isoformat()


@page("/tiers/changes", "tier.read")
def changes(view: View, stores: Stores) -> Html:
    listing = Listing.read("tier_changes", CHANGE_COLUMNS)
    with stores.ledger.read() as conn:
        version = keeping.in_force(conn)
        found = queries.all_changes(conn, listing.before, ASKED_MAX)
    shown = listing.cut(found, lambda row: row.id)
    return view.render(
        "membership/changes.html",
        fragment="list",
        listing=shown,
        version=version,
        names=names_seen(stores, {row.person for row in shown.rows}),
        **_words(),
    )


# -- plans --------------------------------------------------------------------------------------------------


@page("/tiers/plans/new", "tier.write")
def new(view: View, stores: Stores) -> Html:
    """Begins with the plan in force, or with the default one."""
    with stores.ledger.read() as conn:
        version = keeping.in_force(conn)
    return _form_page(view, _shown(DEFAULT if version is None else version.plan, ""))


@submit("/tiers/plans/new", "tier.write", audits="tier_plan_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        plan = _read(form)
        if plan is not None:
            number = keeping.save(stores, actor.tag, plan, form.text("note", characters_max=200))
            note(f"tier_plan:{number}")
            return view.redirect(f"/tiers/plans/{number}", toast=("草稿已保存", "The draft is kept"))
    return _form_page(view, form, invalid=True)


@page("/tiers/plans/{plan:int}", "tier.read")
def one(view: View, stores: Stores, plan: Id) -> Html:
    with stores.ledger.read() as conn:
        found = keeping.get(conn, plan)
        held = keeping.in_force(conn)
    trials = [trying.get(stores, row.id) for row in trying.of_plan(stores, plan)]
    return view.render(
        "membership/plan.html",
        found=found,
        held=held,
        stages=in_words(STAGES),
        trials=trials,
        form=Form.showing(months=12),
        months_max=trying.MONTHS_MAX,
        label=event_names.label,
        **_words(),
    )


@page("/tiers/plans/{plan:int}/edit", "tier.write")
def edit(view: View, stores: Stores, plan: Id) -> Html:
    with stores.ledger.read() as conn:
        found = keeping.get(conn, plan)
    return _form_page(view, _shown(found.plan, found.note), plan if found.stage == "draft" else None)


@submit("/tiers/plans/{plan:int}/edit", "tier.write", audits="tier_plan_changed", about="tier_plan:{plan}")
def change(view: View, stores: Stores, actor: Actor, form: Form, plan: Id) -> Html:
    with form.errors_kept():
        wished = _read(form)
        if wished is not None:
            keeping.save(stores, actor.tag, wished, form.text("note", characters_max=200), plan)
            return view.redirect(f"/tiers/plans/{plan}", toast=("已保存", "Kept"))
    return _form_page(view, form, plan, invalid=True)


@submit("/tiers/plans/{plan:int}/begin", "tier.write", audits="tier_plan_began", about="tier_plan:{plan}")
def begin(view: View, stores: Stores, plan: Id) -> Html:
    keeping.begin(stores, plan)
    return view.redirect("/tiers", toast=("已启用，正在后台计算等级", "In force; tiers are being worked out"))


@submit("/tiers/plans/{plan:int}/drop", "tier.write", audits="tier_plan_dropped", about="tier_plan:{plan}")
def drop(view: View, stores: Stores, plan: Id) -> Html:
    keeping.drop(stores, plan)
    return view.redirect("/tiers", toast=("草稿已删除", "The draft is gone"))


@submit("/tiers/plans/{plan:int}/try", "tier.write", audits="tier_plan_tried", about="tier_plan:{plan}")
def try_it(view: View, stores: Stores, actor: Actor, form: Form, plan: Id) -> Html:
    months = form.whole("months", low=1, high=trying.MONTHS_MAX)
    if not form.ok:
        raise next(iter(form.errors.values()))
    trying.ask(stores, actor.tag, plan, months)
    return view.redirect(f"/tiers/plans/{plan}#trials", toast=("正在后台试算", "It is being tried"))


def _form_page(view: View, form: Form, plan: int | None = None, *, invalid: bool = False) -> Html:
    used = [n for n in range(TIERS_MAX) if form.get(f"tiers.{n}.name")]
    deeds = [n for n in range(DEEDS_MAX) if form.get(f"deeds.{n}.event")]
    return (view.invalid if invalid else view.render)(
        "membership/plan_form.html",
        form=form,
        plan=plan,
        tiers=range(min(TIERS_MAX, max(used, default=-1) + 2)),
        deeds=range(min(DEEDS_MAX, max(deeds, default=-1) + 2)),
        events=[(each.name, t(each.zh, each.en)) for each in event_names.NAMES.values() if each.kind == "behaviour"],
        plain=[(name, right) for name, right in RIGHTS.items() if not right.unit_zh],
        numbered=[(name, right) for name, right in RIGHTS.items() if right.unit_zh],
    )


def _shown(plan: Plan, text: str) -> Form:
    values: dict[str, Any] = {"window_days": plan.window_days, "rate": f"{plan.rate / 100:g}", "note": text}
    for n, tier in enumerate(plan.tiers):
        at = f"tiers.{n}."
        values |= {at + name: getattr(tier, name) for name in ("key", "name", "name_en", "up", "stay", "grace_days")}
        values |= {at + right: much if RIGHTS[right].unit_zh else True for right, much in tier.rights.items()}
    for n, deed in enumerate(plan.deeds):
        values |= {f"deeds.{n}.{name}": getattr(deed, name) for name in ("event", "growth", "times_a_day")}
    return Form.showing(**values)


def _read(form: Form) -> Plan | None:
    """The plan of a form; None, with the errors at their fields, where it can't be read."""
    window = form.whole("window_days", low=1, high=3_650)
    rate = form.decimal("rate", high=Decimal(10_000))
    deeds = tuple(_deed(form, f"deeds.{n}.") for n in range(DEEDS_MAX) if form.get(f"deeds.{n}.event").strip())
    rows = [n for n in range(TIERS_MAX) if form.get(f"tiers.{n}.name").strip()]
    tiers = tuple(_tier(form, place, f"tiers.{n}.") for place, n in enumerate(rows))
    if not tiers:
        form.fail(
            BadInput("tier_none", "至少要有一个等级。", "There has to be one tier at least.", field="tiers.0.name")
        )
    if not form.ok:
        return None
    return Plan(window_days=window, rate=int(rate * 100), deeds=deeds, tiers=tiers)


def _tier(form: Form, place: int, at: str) -> Tier:
    rights = {
        name: form.whole(at + name, high=right.most, required=False) for name, right in RIGHTS.items() if right.unit_zh
    }
    rights |= {name: int(form.flag(at + name)) for name, right in RIGHTS.items() if not right.unit_zh}
    key = form.get(at + "key").strip() or f"tier_{place + 1}"
    if not KEY.fullmatch(key):
        form.fail(
            BadInput(
                "tier_key",
                "编号用小写字母、数字和下划线，字母开头。",
                "Small letters, digits, underscores.",
                field=at + "key",
            )
        )
        key = "x"
    return Tier(
        key=key,
        name=form.text(at + "name", required=True, characters_max=40),
        name_en=form.text(at + "name_en", characters_max=40),
        up=form.whole(at + "up", low=1, high=GROWTH_MAX),
        stay=form.whole(at + "stay", high=GROWTH_MAX),
        grace_days=form.whole(at + "grace_days", high=365),
        rights={name: much for name, much in rights.items() if much},
    )


def _deed(form: Form, at: str) -> Deed:
    return Deed(
        event=form.text(at + "event", required=True, characters_max=100),
        growth=form.whole(at + "growth", low=1, high=1_000_000),
        times_a_day=form.whole(at + "times_a_day", low=1, high=1_000),
    )


# -- own agents ---------------------------------------------------------------------------------------------


@page("/tiers/agents", "tier.write")
def agents_page(view: View, stores: Stores) -> Html:
    with stores.ledger.read() as conn:
        pool = agents.pool(conn)
        there = holders.all_holders(conn)
    form = Form.showing(agents=", ".join(pool))
    return view.render("membership/agents.html", form=form, choices=there, pool=pool)


@submit("/tiers/agents", "tier.write", audits="tier_agents_changed", about="tier_agents")
def agents_save(view: View, stores: Stores, form: Form) -> Html:
    with stores.ledger.read() as conn:
        there = holders.all_holders(conn)
        pool = agents.pool(conn)
    with form.errors_kept():
        wished = form.words("agents")
        strange = [each for each in wished if each not in {one.id for one in there}]
        if strange:
            raise BadInput(
                "tier_agent",
                f"没有这位成员：{strange[0][:60]}。",
                f"There is no such member: {strange[0][:60]}.",
                field="agents",
            )
        if form.ok:
            agents.set_pool(stores, wished)
            note(agents=len(wished))
            return view.redirect("/tiers", toast=("已保存，正在后台分配", "Kept; they are being given out"))
    return view.invalid("membership/agents.html", form=form, choices=there, pool=pool)


ROUTES = [
    *(overview, people, changes, new, add, one, edit, change, begin, drop, try_it, agents_page, agents_save),
]
