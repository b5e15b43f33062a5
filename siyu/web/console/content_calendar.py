"""Content → calendar (日历): a month of plans between festivals and working days, its mix, and what really went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Response

from siyu.content.calendar import keeping, reading
from siyu.content.calendar.days import lunar_of, marks_between, weeks_of
from siyu.content.calendar.ics import calendar_file
from siyu.content.calendar.mix import mix_of
from siyu.content.calendar.model import CHANNELS, Draft, Plan
from siyu.content.pieces.model import CLASSES, Asked
from siyu.content.pieces.reading import list_pieces
from siyu.growth.period import today
from siyu.reach.links import installation_name
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.current import current, in_words, note, t
from siyu.web.forms import Form
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page(
    "content", "/content/calendar", "日历", "Calendar", permission="content.read", order=30, also=("/content/plans",)
)

HOME = "/content/calendar"
PIECES_OFFERED = 200


@page("/content/calendar", "content.read")
def show(view: View, stores: Stores, month: str = "") -> Html:
    """A month; ``month`` as 2026-11."""
    now = today(stores)
    year, number = _month(month, now)
    weeks = weeks_of(year, number)
    first, last = weeks[0][0], weeks[-1][-1]
    begins = date(year, number, 1)
    ends = (begins.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    plans = reading.plans_between(stores, first, last)
    mix = mix_of([each.draft for each in plans], begins, ends)
    own = reading.own_days(stores)
    return view.render(
        "content/calendar.html",
        month=begins,
        before=(begins - timedelta(days=1)).strftime("%Y-%m"),
        after=(ends + timedelta(days=1)).strftime("%Y-%m"),
        now=now,
        weeks=weeks,
        by_day=_by_day(plans),
        marks=marks_between(first, last, own),
        lunar={day: lunar_of(day) for week in weeks for day in week},
        sent=reading.sent_by_day(stores, first, last),
        own=own,
        mix=mix,
        fix=_fix_url,
        fix_day=max(begins, min(ends, now)),
        classes=_classes(),
        channels=in_words(CHANNELS),
        form=Form.showing(),
    )


def _month(text: str, now: date) -> tuple[int, int]:
    """What an address gets wrong is this month."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return now.year, now.month
    return (found.year, found.month) if 1901 <= found.year < 2099 else (now.year, now.month)


def _by_day(plans: Sequence[Plan]) -> dict[date, list[Plan]]:
    found: dict[date, list[Plan]] = {}
    for plan in plans:
        found.setdefault(plan.draft.day, []).append(plan)
    return found


def _fix_url(classes: dict[str, str], day: date) -> str:
    return "/content/plans/new?" + urlencode({"day": day.isoformat(), **classes})


def _classes() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    return {name: (t(*words), list(in_words(dict(allowed)).items())) for name, (words, allowed) in CLASSES.items()}


# -- one plan -----------------------------------------------------------------------------------------------


@page("/content/plans/new", "content.write")
def new(
    view: View,
    stores: Stores,
    day: str = "",
    piece: int | None = None,
    tone: str = "",
    pillar: str = "",
    lasting: str = "",
    question: str = "",
    value: str = "",
) -> Html:
    """Empty, or as a warning's fix asks for."""
    wanted = {"tone": tone, "pillar": pillar, "lasting": lasting, "question": question, "value": value}
    first = Draft(today(stores), "broadcast", "")
    given = {name: text for name, text in wanted.items() if text in CLASSES[name][1]}
    values = {**_values(first), **given, "piece": piece or "", "day": day or first.day.isoformat()}
    return _form_page(view, stores, Form.showing(**values))


@submit("/content/plans/new", "content.write", audits="content_plan_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            number = keeping.add_plan(stores, actor.tag, draft)
            note(f"content_plan:{number}", name=draft.title, day=draft.day.isoformat())
            return view.redirect(_back(draft.day), toast=("已排入日历", "Planned"))
    return _form_page(view, stores, form)


@page("/content/plans/{plan:int}", "content.read")
def one(view: View, stores: Stores, plan: Id) -> Html:
    found = reading.get_plan(stores, plan)
    return _form_page(view, stores, Form.showing(**_values(found.draft)), found)


@submit("/content/plans/{plan:int}", "content.write", audits="content_plan_changed", about="content_plan:{plan}")
def change(view: View, stores: Stores, form: Form, plan: Id) -> Html:
    found = reading.get_plan(stores, plan)
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            keeping.change_plan(stores, plan, draft)
            return view.redirect(_back(draft.day), toast=("已保存", "Saved"))
    return _form_page(view, stores, form, found)


def _form_page(view: View, stores: Stores, form: Form, plan: Plan | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    pieces = list_pieces(stores, Asked(scripts=False), rows_max=PIECES_OFFERED)
    return show(
        "content/plan_form.html",
        form=form,
        plan=plan,
        back=_back(plan.draft.day) if plan else HOME,
        pieces=[("", t("不用素材，只写想法", "None: a brief only")), *((each.id, each.draft.title) for each in pieces)],
        channels=list(in_words(CHANNELS).items()),
        classes=_classes(),
        drafts=_drafts(plan),
    )


def _drafts(plan: Plan | None) -> str:
    """Where the message of a plan is written."""
    if plan is None:
        return ""
    asked: dict[str, Any] = {"name": plan.draft.title, "plan": plan.id}
    pages = {
        "broadcast": f"/broadcasts/new?{urlencode(asked)}",
        "group_post": "/group-posts/new",
        "moment": "/moments/new",
    }
    return pages.get(plan.draft.channel, "")


def _read(form: Form) -> Draft:
    return Draft(
        day_of(form.get("day")),
        form.get("channel"),
        form.text("title", required=not form.get("piece"), characters_max=80),
        form.text("brief", characters_max=500, lines=True),
        form.whole("piece", low=1) if form.get("piece") else None,
        **{name: form.get(name) for name in CLASSES},
    )


def _values(draft: Draft) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    return {**values, "day": draft.day.isoformat(), "piece": draft.piece or ""}


def day_of(text: str) -> date:
    """A day as it was typed. Raises :class:`BadInput`."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput(
            "plan_day", "请填写日期，如 2026-11-22。", "Give a day, such as 2026-11-22.", field="day"
        ) from error


def _back(day: date) -> str:
    return f"{HOME}?month={day:%Y-%m}"


@submit("/content/plans/{plan:int}/move", "content.write", audits="content_plan_moved", about="content_plan:{plan}")
def move(view: View, stores: Stores, form: Form, plan: Id, day: str = "") -> Html:
    """To another day, by drag, by key or by form; the toast leads back."""
    target = day_of(form.get("day") or day)
    stood = keeping.move_plan(stores, plan, target)
    note(day=target.isoformat())
    undo = f"/content/plans/{plan}/move?day={stood.isoformat()}" if stood != target else ""
    words = (f"已移到 {target.month} 月 {target.day} 日", f"Moved to {target.isoformat()}")
    return view.done(toast=words, undo=undo, back=_back(target))


@submit("/content/plans/{plan:int}/remove", "content.write", audits="content_plan_removed", about="content_plan:{plan}")
def remove(view: View, stores: Stores, plan: Id) -> Html:
    gone = keeping.remove_plan(stores, plan)
    undo = f"/content/plans/{plan}/restore"
    return view.redirect(_back(gone.draft.day), toast=("已从日历删除", "Taken out"), undo=undo)


@submit(
    "/content/plans/{plan:int}/restore", "content.write", audits="content_plan_restored", about="content_plan:{plan}"
)
def restore(view: View, stores: Stores, plan: Id) -> Html:
    back = keeping.restore_plan(stores, plan)
    return view.done(toast=("已恢复", "Put back"), back=_back(back.draft.day))


@submit("/content/plans/{plan:int}/done", "content.write", audits="content_plan_done", about="content_plan:{plan}")
def done(view: View, stores: Stores, plan: Id) -> Html:
    """Sent elsewhere: it counts as done; again takes that back."""
    found = reading.get_plan(stores, plan)
    keeping.note_done(stores, plan, "" if found.done else "sent")
    words = ("已改回未完成", "Open again") if found.done else ("已标为完成", "Marked as done")
    return view.redirect(_back(found.draft.day), toast=words, undo=f"/content/plans/{plan}/done")


# -- the shop's own days, the file --------------------------------------------------------------------------


@submit("/content/calendar/days", "content.write", audits="own_day_added")
def add_day(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    day = day_of(form.get("day"))
    number = keeping.add_day(stores, actor.tag, day, form.get("name"), yearly=form.flag("yearly"))
    note(f"own_day:{number}", name=form.get("name")[:20])
    return view.redirect(_back(day), toast=("已添加", "Added"))


@submit("/content/calendar/days/{number:int}/remove", "content.write", audits="own_day_removed")
def remove_day(view: View, stores: Stores, number: Id) -> Html:
    keeping.remove_day(stores, number)
    return view.redirect(HOME, toast=("已删除", "Removed"))


@page("/content/calendar.ics", "content.read")
def download(stores: Stores) -> Response[bytes]:
    """All plans from a quarter ago to a year ahead, for any calendar app."""
    now = today(stores)
    plans = reading.plans_between(stores, now - timedelta(days=30), now + timedelta(days=365))
    name = t("内容日历", "Content calendar")
    text = calendar_file(plans, f"{current().shop} · {name}", installation_name(stores.home), stores.clock.now())
    file = quote(f"{name}.ics")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{file}"}
    return Response(text.encode(), media_type="text/calendar; charset=utf-8", headers=headers)


ROUTES = [show, new, add, one, change, move, remove, restore, done, add_day, remove_day, download]
