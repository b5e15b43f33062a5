"""Acquire → entry paths (入池路径): what people meet after the scan, and where they stop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from siyu.audiences.conditions.sequence import Step
from siyu.growth.codes.reading import list_codes
from siyu.growth.paths import keeping
from siyu.growth.paths.model import DAYS_MAX, ENTRIES, NAME_CHARACTERS_MAX, PRESETS, STEPS_MAX, EntryPath, PathDraft
from siyu.growth.period import today
from siyu.growth.touchpoints.keeping import list_touchpoints
from siyu.insight.paths import figures_of
from siyu.people.event_names import NAMES
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.charts import funnel
from siyu.web.console.insight_reports import event_choices
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.known import Known
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("acquire", "/entry-paths", "入池路径", "Entry paths", permission="code.read", order=42)

DAYS_OFFERED = (7, 30, 90)
OFFERED_MAX = 200


@page("/entry-paths", "code.read")
def list_all(view: View, stores: Stores) -> Html:
    return view.render("acquire/paths.html", paths=keeping.list_paths(stores), **_words(stores))


def _words(stores: Stores) -> dict[str, Any]:
    codes = {code.id: code.name for code in list_codes(stores, rows_max=OFFERED_MAX)}
    places = {each.id: each.name for each in list_touchpoints(stores, archived=True)}
    return {
        "entries": in_words(ENTRIES),
        "codes": codes,
        "touchpoints": places,
        "label": _label,
    }


def _label(event: str) -> str:
    known = NAMES.get(event)
    return event if known is None else t(known.zh, known.en)


@page("/entry-paths/new", "code.write")
def new(view: View, stores: Stores, preset: str = "") -> Html:
    shown = Form.showing(entry="friend_added", days=30)
    if preset in PRESETS:
        words, entry, steps = PRESETS[preset]
        shown = Form.showing(name=t(*words), entry=entry, steps=", ".join(steps), days=30)
    return _form_page(view, stores, shown)


@submit("/entry-paths/new", "code.write", audits="path_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    draft = _read(form, None)
    with form.errors_kept():
        if form.ok:
            made = keeping.add_path(stores, actor.tag, draft)
            note(f"path:{made.id}", name=made.name)
            return view.redirect(f"/entry-paths/{made.id}", toast=("路径已建好", "It is made"))
    return _form_page(view, stores, form)


@page("/entry-paths/{path:int}/edit", "code.write")
def edit(view: View, stores: Stores, path: Id) -> Html:
    found = keeping.get_path(stores, path)
    form = Form.showing(
        name=found.name,
        entry=found.entry,
        steps=", ".join(step.event for step in found.steps),
        days=found.days,
        touchpoint=found.touchpoint,
        code=found.code,
    )
    return _form_page(view, stores, form, found)


@submit("/entry-paths/{path:int}/edit", "code.write", audits="path_changed", about="path:{path}")
def change(view: View, stores: Stores, form: Form, path: Id) -> Html:
    found = keeping.get_path(stores, path)
    draft = _read(form, found)
    with form.errors_kept():
        if form.ok:
            keeping.change_path(stores, path, draft)
            return view.redirect(f"/entry-paths/{path}", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, found)


def _read(form: Form, before: EntryPath | None) -> PathDraft:
    """A step that was there keeps its filters: they are set by the API."""
    kept = {step.event: step for step in before.steps} if before is not None else {}
    return PathDraft(
        name=form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        entry=form.choice("entry", tuple(ENTRIES)),
        steps=[kept.get(event, Step(event)) for event in _events(form)],
        days=form.whole("days", low=1, high=DAYS_MAX),
        touchpoint=whole(form.get("touchpoint")),
        code=whole(form.get("code")),
    )


def _events(form: Form) -> list[str]:
    text = form.get("steps")
    for mark in "，、；;→\n":
        text = text.replace(mark, ",")
    return [word.strip() for word in text.split(",") if word.strip()]


def _form_page(view: View, stores: Stores, form: Form, path: EntryPath | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    none = ("", t("不限", "Everybody"))
    return show(
        "acquire/path_form.html",
        form=form,
        path=path,
        entries=in_words(ENTRIES),
        presets={key: t(*words) for key, (words, _, _) in PRESETS.items()},
        events=[Known(name, words) for name, words in event_choices(stores, *(n for n in NAMES if NAMES[n].visit))],
        touchpoints=[none, *((each.id, each.name) for each in list_touchpoints(stores))],
        codes=[none, *((code.id, code.name) for code in list_codes(stores, rows_max=OFFERED_MAX))],
        limits=(NAME_CHARACTERS_MAX, STEPS_MAX),
    )


@page("/entry-paths/{path:int}", "code.read")
def one(view: View, stores: Stores, path: Id, days: str = "") -> Html:
    found = keeping.get_path(stores, path)
    span = next((each for each in DAYS_OFFERED if str(each) == days), 30)
    last = today(stores)
    figures = figures_of(stores, found, last - timedelta(days=span - 1), last)
    steps = figures.funnel.steps if figures.funnel is not None else []
    labels = [_label(step.event) for step in steps]
    scans = [] if figures.scans is None else [(t("扫码", "Scanned"), figures.scans)]
    return view.render(
        "acquire/path.html",
        path=found,
        figures=figures,
        steps=list(zip(labels, steps, strict=True)),
        chart=funnel(
            "entry-path",
            t("每一步的人数", "People at each step"),
            [*scans, *((label, step.people) for label, step in zip(labels, steps, strict=True))],
            head=t("步骤", "Step"),
        ),
        span=span,
        offered=DAYS_OFFERED,
        **_words(stores),
    )


@submit("/entry-paths/{path:int}/remove", "code.write", audits="path_removed", about="path:{path}")
def remove(view: View, stores: Stores, path: Id) -> Html:
    gone = keeping.remove_path(stores, path)
    note(f"path:{path}", name=gone.name)
    return view.redirect("/entry-paths", toast=("已删除", "Removed"))


ROUTES = [list_all, new, add, edit, change, one, remove]
