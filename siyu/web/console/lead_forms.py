"""Acquire → lead forms and bookings: what they ask, who answers, which times can be booked, what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import msgspec

from siyu.growth.codes import hours
from siyu.growth.leads import command, keeping, reading
from siyu.growth.leads.floods import REASONS
from siyu.growth.leads.keeping import FormDraft, Shown
from siyu.growth.leads.model import (
    FIRST_FIELDS,
    FORM_KINDS,
    LABEL_CHARACTERS_MAX,
    LAPSE_DAYS_MAX,
    LIMIT_MAX,
    MINUTES_MAX,
    NAME_CHARACTERS_MAX,
    NOTICE,
    NOTICE_CHARACTERS_MAX,
    OWN_FIELDS,
    OWN_FIELDS_MAX,
    SEATS_MAX,
    STAGES,
    STATES,
    TEXT_CHARACTERS_MAX,
    WAYS,
    Area,
    Field,
    Limits,
    Routing,
    unfit,
)
from siyu.growth.leads.reading import LeadForm, Slot
from siyu.growth.period import today
from siyu.people.consents import PURPOSES
from siyu.reach.staff_tasks.command import all_holders
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.charts import Chart, bars
from siyu.web.current import current, in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("acquire", "/forms", "表单与预约", "Forms and bookings", permission="lead.read", order=30)

COLUMNS = (
    Column("name", "名称", "Name"),
    Column("kind", "种类", "Kind", narrow=False),
    Column("stage", "状态", "State"),
    Column("looked", "看过", "Looked", numeric=True, narrow=False),
    Column("sent", "线索", "Leads", numeric=True),
    Column("in_time", "按时答复", "In time", numeric=True, narrow=False),
    Column("converted", "成交", "Bought", numeric=True),
)
DAYS_OFFERED = (7, 30, 90)
SLOTS_SHOWN = 200
TEXTS = ("text_zh", "text_en", "thanks_zh", "thanks_en")
NOTICES = ("notice_zh", "notice_en", "consent_zh", "consent_en")
BUILT_IN = {field.key: field for field in FIRST_FIELDS}


@page("/forms", "lead.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("forms", COLUMNS, filters=("stage",))
    stage = listing.filters["stage"] if listing.filters["stage"] in STAGES else ""
    found = reading.list_forms(stores, listing.words, stage, listing.before, ASKED_MAX)
    listing = listing.cut(found, lambda form: form.id)
    lines = {line.id: line for line in command.lines_told(stores, listing.rows)}
    return view.render(
        "acquire/forms.html", fragment="list", listing=listing, lines=lines, days=DAYS_OFFERED[1], **_words()
    )


def _words() -> dict[str, Any]:
    return {
        "kinds": in_words(FORM_KINDS),
        "stages": in_words(STAGES),
        "states": in_words(STATES),
        "ways": in_words(WAYS),
        "own_fields": in_words(OWN_FIELDS),
        "purposes": in_words(PURPOSES),
    }


# -- writing one ----------------------------------------------------------------------------------------------


def _form_page(view: View, stores: Stores, form: Form, found: LeadForm | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    holders = [(each.id, f"{each.name} {each.more}".strip()) for each in all_holders(stores).holders]
    return show(
        "acquire/form_form.html",
        form=form,
        found=found,
        holders=holders,
        rows=range(_rows_shown(form)),
        characters=(NAME_CHARACTERS_MAX, TEXT_CHARACTERS_MAX, NOTICE_CHARACTERS_MAX, LABEL_CHARACTERS_MAX),
        **_words(),
    )


def _read(form: Form, found: LeadForm | None = None) -> FormDraft:
    kind = found.kind if found is not None else form.choice("kind", tuple(FORM_KINDS), default="form")
    return FormDraft(
        name=form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX),
        kind=kind,  # pyright: ignore[reportArgumentType]
        slug=form.text("slug", characters_max=40),
        **{each: form.text(each, characters_max=TEXT_CHARACTERS_MAX, lines=True) for each in TEXTS},
        fields=_fields(form, found),
        routing=_routing(form),
        shown=Shown(
            purpose=form.choice("purpose", ("", *PURPOSES), default=""),
            **{each: form.text(each, characters_max=NOTICE_CHARACTERS_MAX, lines=True) for each in NOTICES},
        ),
        lapse_days=form.whole("lapse_days", low=1, high=LAPSE_DAYS_MAX),
        limits=_limits(form, kind),
        begins=form.moment("begins"),
        ends=form.moment("ends"),
    )


def _limits(form: Form, kind: str) -> Limits | None:
    """Nothing written: as they come."""
    written = {name: form.whole(name, low=0, high=LIMIT_MAX) for name in Limits.__struct_fields__ if form.get(name)}
    return msgspec.structs.replace(Limits.of(kind, {}), **written) if written else None


def _rows_shown(form: Form) -> int:
    """Those that are filled, and one more; three at least."""
    used = max((row + 1 for row in range(OWN_FIELDS_MAX) if form.get(f"label_{row}")), default=0)
    return min(OWN_FIELDS_MAX, max(3, used + 1))


def _fields(form: Form, found: LeadForm | None) -> tuple[Field, ...]:
    """Name, phone and wish as they are (or were called over the API), then what stands in the rows."""
    before = {field.key: field for field in found.fields} if found is not None else {}
    first = [before.get(key, known) for key, known in BUILT_IN.items()]
    asked = [field for field in first if field.kind == "phone" or form.flag(f"ask_{field.kind}")]
    own: list[Field] = []
    taken = {field.key for field in asked}
    for row in range(OWN_FIELDS_MAX):
        label = form.text(f"label_{row}", characters_max=LABEL_CHARACTERS_MAX)
        if not label:
            continue
        kind = form.choice(f"kind_{row}", tuple(OWN_FIELDS), default="text")
        key = form.get(f"key_{row}") or next(name for n in range(99) if (name := f"own{n}") not in taken)
        taken.add(key)
        choices = tuple(form.words(f"choices_{row}")) if kind == "choice" else ()
        english = form.text(f"label_en_{row}", characters_max=LABEL_CHARACTERS_MAX)
        own.append(Field(key, kind, label, english, form.flag(f"required_{row}"), choices))  # pyright: ignore[reportArgumentType]
    return (*asked, *own)


def _routing(form: Form) -> Routing:
    return Routing(
        way=form.choice("way", tuple(WAYS), default="turn"),  # pyright: ignore[reportArgumentType]
        staff=tuple(form.all("staff")),
        areas=tuple(_area(line) for line in form.get("areas").splitlines() if line.strip()),
        adviser=form.flag("adviser"),
        minutes=form.whole("minutes", low=1, high=MINUTES_MAX),
        hours=hours.read(form.get("hours")),
        escalate_to=form.text("escalate_to", characters_max=80),
        script=form.text("script", characters_max=2_000, lines=True),
    )


def _area(line: str) -> Area:
    """``anna 上海、杭州``."""
    holder, _, cities = line.strip().partition(" ")
    names = tuple(name for name in cities.replace("、", ",").replace("，", ",").replace(" ", "").split(",") if name)
    if not names:
        raise unfit("areas", "一行一位：登录名、空格、城市（顿号分隔）", "A line each: login, a blank, cities")
    return Area(holder, names)


def _shown(draft: FormDraft) -> Form:
    routing = draft.routing
    rows: dict[str, object] = {}
    for row, field in enumerate(each for each in draft.fields if each.key not in BUILT_IN):
        rows |= {f"key_{row}": field.key, f"label_{row}": field.label, f"label_en_{row}": field.label_en}
        rows |= {
            f"kind_{row}": field.kind,
            f"required_{row}": field.required,
            f"choices_{row}": "、".join(field.choices),
        }
    asked = {f"ask_{field.kind}": True for field in draft.fields if field.key in BUILT_IN}
    return Form.showing(
        name=draft.name,
        kind=draft.kind,
        slug=draft.slug,
        **{each: getattr(draft, each) for each in TEXTS},
        **{each: getattr(draft.shown, each) for each in (*NOTICES, "purpose")},
        lapse_days=draft.lapse_days,
        **({} if draft.limits is None else msgspec.structs.asdict(draft.limits)),
        begins=draft.begins,
        ends=draft.ends,
        way=routing.way,
        staff=routing.staff,
        areas="\n".join(f"{each.holder} {'、'.join(each.cities)}" for each in routing.areas),
        adviser=routing.adviser,
        minutes=routing.minutes,
        hours=hours.write(routing.hours),
        escalate_to=routing.escalate_to,
        script=routing.script,
        **asked,
        **rows,
    )


@page("/forms/new", "lead.write")
def new(view: View, stores: Stores) -> Html:
    shop = current().shop
    draft = FormDraft("", routing=Routing("turn"), shown=Shown(notice_zh=NOTICE.format(shop=shop)))
    return _form_page(view, stores, _shown(draft))


@submit("/forms/new", "lead.write", audits="lead_form_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            made = keeping.add_form(stores, actor.tag, draft)
            note(f"lead_form:{made.id}", name=made.name)
            return view.redirect(f"/forms/{made.id}", toast=("已存为草稿，启用后才能填写", "Kept as a draft"))
    return _form_page(view, stores, form)


@page("/forms/{number:int}/edit", "lead.write")
def edit(view: View, stores: Stores, number: Id) -> Html:
    found = reading.get_form(stores, number)
    return _form_page(view, stores, _shown(command.draft_of(stores, found)), found)


@submit("/forms/{number:int}/edit", "lead.write", audits="lead_form_changed", about="lead_form:{number}")
def change(view: View, stores: Stores, actor: Actor, form: Form, number: Id) -> Html:
    found = reading.get_form(stores, number)
    with form.errors_kept():
        draft = _read(form, found)
        if form.ok:
            keeping.change_form(stores, actor.tag, number, draft)
            return view.redirect(f"/forms/{number}", toast=("已保存", "Saved"))
    return _form_page(view, stores, form, found)


# -- one form -------------------------------------------------------------------------------------------------


@page("/forms/{number:int}", "lead.read")
def one(view: View, stores: Stores, number: Id, days: int = DAYS_OFFERED[1]) -> Html:
    return _one(view, stores, number, Form.showing(length=60, seats=1), days)


def _one(view: View, stores: Stores, number: int, form: Form, days: int = DAYS_OFFERED[1]) -> Html:
    span = days if days in DAYS_OFFERED else DAYS_OFFERED[1]
    found = command.told(stores, number)
    last = today(stores)
    figures = command.figures_told(stores, number, last - timedelta(days=span - 1), last)
    call = current()
    address = f"{'https' if call.secure else 'http'}://{call.host}{found.path}"
    show = view.render if form.ok else view.invalid
    return show(
        "acquire/form.html",
        found=found,
        form=form,
        figures=figures,
        span=span,
        offered=DAYS_OFFERED,
        address=address,
        chart=_chart([(each.day, each.sent) for each in figures.days]),
        days=_by_day(reading.slots_of(stores, number, stores.clock.now(), most=SLOTS_SHOWN)),
        texts=command.texts_told(stores, number).texts,
        names={each.id: each.name for each in all_holders(stores).holders},
        reasons=in_words(REASONS),
        **_words(),
    )


def _by_day(slots: Sequence[Slot]) -> list[tuple[date, list[Slot]]]:
    """On the shop's clocks."""
    zone = current().timezone
    return [(day, list(of_day)) for day, of_day in groupby(slots, lambda slot: slot.starts.astimezone(zone).date())]


def _chart(days: Sequence[tuple[date, int]]) -> Chart:
    return bars(
        "leads-by-day",
        t("每天的线索", "Leads by day"),
        [f"{day:%m-%d}" for day, _ in days],
        [(t("线索", "Leads"), [sent for _, sent in days])],
        head=t("日期", "Day"),
    )


@submit("/forms/{number:int}/slots", "lead.write", audits="lead_slots_added", about="lead_form:{number}")
def add_slots(view: View, stores: Stores, form: Form, number: Id) -> Html:
    with form.errors_kept():
        first, last = form.moment("first", required=True), form.moment("last", required=True)
        minutes = form.whole("length", low=5, high=1_440)
        seats = form.whole("seats", low=1, high=SEATS_MAX)
        spans = hours.read(form.get("hours"))
        if form.ok and first is not None and last is not None:
            zone = current().timezone
            days = first.astimezone(zone).date(), last.astimezone(zone).date()
            added = keeping.add_slots(stores, number, *days, spans, minutes, seats)
            return view.redirect(f"/forms/{number}", toast=(f"新增 {added} 个时段", f"{added} new times"))
    return _one(view, stores, number, form)


@submit("/forms/{number:int}/slots/{slot:int}", "lead.write", audits="lead_slot_changed", about="lead_form:{number}")
def switch_slot(view: View, stores: Stores, form: Form, number: Id, slot: Id) -> Html:
    """Take a time out of booking, or back into it."""
    keeping.change_slot(stores, number, slot, off=form.get("off", "1") == "1")
    return view.redirect(f"/forms/{number}", toast=("已保存", "Saved"))


TOASTS: Mapping[str, tuple[str, str]] = {
    "live": ("已启用", "In use"),
    "paused": ("已暂停", "Resting"),
    "ended": ("已结束，数据保留", "Ended; its figures stay"),
}


@submit("/forms/{number:int}/use", "lead.write", audits="lead_form_used", about="lead_form:{number}")
def use(view: View, stores: Stores, number: Id) -> Html:
    form = Form.showing(length=60, seats=1)
    with form.errors_kept():
        keeping.put_to_use(stores, number)
        return view.redirect(f"/forms/{number}", toast=TOASTS["live"])
    form.general += [*form.errors.values()]
    return _one(view, stores, number, form)


@submit("/forms/{number:int}/pause", "lead.write", audits="lead_form_paused", about="lead_form:{number}")
def pause(view: View, stores: Stores, number: Id) -> Html:
    keeping.pause(stores, number)
    return view.redirect(f"/forms/{number}", toast=TOASTS["paused"])


@submit("/forms/{number:int}/end", "lead.write", audits="lead_form_ended", about="lead_form:{number}")
def end(view: View, stores: Stores, number: Id) -> Html:
    keeping.end(stores, number)
    return view.redirect(f"/forms/{number}", toast=TOASTS["ended"])


ROUTES = [list_all, new, add, edit, change, one, add_slots, switch_slot, use, pause, end]
