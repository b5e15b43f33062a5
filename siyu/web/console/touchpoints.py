"""Acquire → touchpoints (触点): where people come from, what it cost, what they are worth."""

from __future__ import annotations

from datetime import date, timedelta

from siyu.growth.campaigns.reading import list_campaigns
from siyu.growth.codes.reading import list_codes
from siyu.growth.period import today
from siyu.growth.touchpoints import keeping
from siyu.growth.touchpoints.model import KINDS, MARKS, NAME_CHARACTERS_MAX, NOTE_CHARACTERS_MAX, Mark, Touchpoint
from siyu.growth.ways import ways
from siyu.growth.ways.ways import Wanted
from siyu.insight.touchpoints import figures_of
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import known, menu
from siyu.web.console.home import ANSWERS
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.known import Known
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("acquire", "/touchpoints", "触点", "Touchpoints", permission="code.read", order=40)

DAYS_OFFERED = (7, 30, 90)
OFFERED_MAX = 200


@page("/touchpoints", "code.read")
def list_all(view: View, stores: Stores, days: str = "") -> Html:
    span = next((each for each in DAYS_OFFERED if str(each) == days), 30)
    last = today(stores)
    found = figures_of(stores, last - timedelta(days=span - 1), last, ANSWERS)
    return view.render(
        "acquire/touchpoints.html",
        found=found,
        lines=[line for line in found.lines if line.touchpoint is not None and line.touchpoint.archived is None],
        archived=[line for line in found.lines if line.touchpoint is not None and line.touchpoint.archived is not None],
        span=span,
        offered=DAYS_OFFERED,
        kinds=in_words(KINDS),
    )


@page("/touchpoints/new", "code.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(kind="counter"))


@submit("/touchpoints/new", "code.write", audits="touchpoint_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    name, kind, words, marks = _read(form)
    with form.errors_kept():
        if form.ok:
            made = keeping.add_touchpoint(stores, actor.tag, name, kind, words, marks)
            note(f"touchpoint:{made.id}", name=made.name)
            return view.redirect(f"/touchpoints/{made.id}", toast=("触点已建好", "It is made"))
    return _form_page(view, stores, form)


@page("/touchpoints/{touchpoint:int}/edit", "code.write")
def edit(view: View, stores: Stores, touchpoint: Id) -> Html:
    found = keeping.get_touchpoint(stores, touchpoint)
    marks = keeping.marks_of(stores).get(touchpoint, [])
    same = {kind: "，".join(mark.value for mark in marks if mark.kind == kind) for kind in MARKS}
    return _form_page(view, stores, Form.showing(name=found.name, kind=found.kind, note=found.note, **same), found)


@submit(
    "/touchpoints/{touchpoint:int}/edit", "code.write", audits="touchpoint_changed", about="touchpoint:{touchpoint}"
)
def change(view: View, stores: Stores, form: Form, touchpoint: Id) -> Html:
    found = keeping.get_touchpoint(stores, touchpoint)
    name, kind, words, marks = _read(form)
    with form.errors_kept():
        if form.ok:
            keeping.change_touchpoint(stores, touchpoint, name, kind, words, marks)
            return view.redirect(f"/touchpoints/{touchpoint}", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, found)


def _read(form: Form) -> tuple[str, str, str, list[Mark]]:
    return (
        form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        form.choice("kind", tuple(KINDS), default="other"),
        form.text("note", characters_max=NOTE_CHARACTERS_MAX),
        [Mark(kind, word) for kind in MARKS for word in form.words(kind)],
    )


def _form_page(view: View, stores: Stores, form: Form, touchpoint: Touchpoint | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    codes = list_codes(stores, rows_max=OFFERED_MAX)
    kept = ways.list_ways(stores, Wanted(rows_max=OFFERED_MAX))
    return show(
        "acquire/touchpoint_form.html",
        form=form,
        touchpoint=touchpoint,
        kinds=in_words(KINDS),
        marks=in_words(MARKS),
        choices={
            "code": [Known(str(code.id), code.name, f"/c/{code.slug}") for code in codes],
            "way": [Known(str(way.id), way.name, way.state) for way in kept],
            "state": known.states(stores),
            "utm": [],
            "campaign": [Known(each.slug, each.name) for each in list_campaigns(stores, rows_max=OFFERED_MAX)],
        },
        characters=(NAME_CHARACTERS_MAX, NOTE_CHARACTERS_MAX),
    )


# -- one touchpoint -----------------------------------------------------------------------------------------


@page("/touchpoints/{touchpoint:int}", "code.read")
def one(view: View, stores: Stores, touchpoint: Id, days: str = "") -> Html:
    return _one(view, stores, touchpoint, None, days)


def _one(view: View, stores: Stores, touchpoint: int, form: Form | None, days: str = "") -> Html:
    found = keeping.get_touchpoint(stores, touchpoint)
    span = next((each for each in DAYS_OFFERED if str(each) == days), 30)
    last = today(stores)
    figures = figures_of(stores, last - timedelta(days=span - 1), last, ANSWERS)
    line = next(each for each in figures.lines if each.touchpoint is not None and each.touchpoint.id == touchpoint)
    show = view.render if form is None else view.invalid
    return show(
        "acquire/touchpoint.html",
        touchpoint=found,
        line=line,
        total=figures.total,
        costs=keeping.costs_of(stores, touchpoint).get(touchpoint, []),
        marks=_named(stores, keeping.marks_of(stores).get(touchpoint, [])),
        mark_words=in_words(MARKS),
        kinds=in_words(KINDS),
        form=form or Form.showing(first=f"{last:%Y-%m-%d}", last=f"{last:%Y-%m-%d}"),
        span=span,
        offered=DAYS_OFFERED,
    )


def _named(stores: Stores, marks: list[Mark]) -> list[tuple[Mark, str, str]]:
    """Each with what people call it, and its page."""
    codes = {str(code.id): code.name for code in list_codes(stores, rows_max=OFFERED_MAX)}
    kept = {str(way.id): way.name for way in ways.list_ways(stores, Wanted(removed=True, rows_max=OFFERED_MAX))}
    runs = {each.slug: each for each in list_campaigns(stores, rows_max=OFFERED_MAX)}
    told: list[tuple[Mark, str, str]] = []
    for mark in marks:
        if mark.kind == "code":
            told.append((mark, codes.get(mark.value, f"#{mark.value}"), f"/codes/{mark.value}"))
        elif mark.kind == "way":
            told.append((mark, kept.get(mark.value, f"#{mark.value}"), f"/ways/{mark.value}"))
        elif mark.kind == "campaign" and mark.value in runs:
            told.append((mark, runs[mark.value].name, f"/campaigns/{runs[mark.value].id}"))
        else:
            told.append((mark, mark.value, ""))
    return told


@submit("/touchpoints/{touchpoint:int}/costs", "code.write", audits="touchpoint_cost_added",
        about="touchpoint:{touchpoint}")  # fmt: skip
def add_cost(view: View, stores: Stores, actor: Actor, form: Form, touchpoint: Id) -> Html:
    first, last = _day(form, "first"), _day(form, "last")
    yuan = form.decimal("amount")
    words = form.text("note", characters_max=NOTE_CHARACTERS_MAX)
    with form.errors_kept():
        if form.ok:
            made = keeping.add_cost(stores, actor.tag, touchpoint, first, last, yuan, words)
            note(f"touchpoint:{touchpoint}", cost=made.id, cents=made.cents)
            return view.redirect(f"/touchpoints/{touchpoint}", toast=("花费已记录", "Written down"))
    return _one(view, stores, touchpoint, form)


def _day(form: Form, name: str) -> date:
    text = form.text(name, required=True)
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.fail(BadInput("not_a_day", "请填写日期，如 2026-12-31。", "Give a day, such as 2026-12-31.", field=name))
        return date(2000, 1, 1)


@submit("/touchpoints/{touchpoint:int}/costs/{cost:int}/remove", "code.write", audits="touchpoint_cost_removed",
        about="touchpoint:{touchpoint}")  # fmt: skip
def remove_cost(view: View, stores: Stores, touchpoint: Id, cost: Id) -> Html:
    gone = keeping.remove_cost(stores, touchpoint, cost)
    note(f"touchpoint:{touchpoint}", cost=gone.id, cents=gone.cents)
    return view.redirect(f"/touchpoints/{touchpoint}", toast=("已删除", "Removed"))


@submit("/touchpoints/{touchpoint:int}/archive", "code.write", audits="touchpoint_archived",
        about="touchpoint:{touchpoint}")  # fmt: skip
def archive(view: View, stores: Stores, touchpoint: Id) -> Html:
    keeping.archive_touchpoint(stores, touchpoint, archived=True)
    return view.redirect(f"/touchpoints/{touchpoint}", toast=("已停用，数据保留", "Put away; its figures stay"))


@submit("/touchpoints/{touchpoint:int}/restore", "code.write", audits="touchpoint_restored",
        about="touchpoint:{touchpoint}")  # fmt: skip
def restore(view: View, stores: Stores, touchpoint: Id) -> Html:
    keeping.archive_touchpoint(stores, touchpoint, archived=False)
    return view.redirect(f"/touchpoints/{touchpoint}", toast=("已恢复", "It is back"))


ROUTES = [list_all, new, add, edit, change, one, add_cost, remove_cost, archive, restore]
