"""Acquire → leads: who left their number, who answers until when, and what came of it."""

from __future__ import annotations

from dataclasses import replace

from siyu.growth.leads import command, doing, floods, reading
from siyu.growth.leads.command import LeadAnswer
from siyu.growth.leads.model import STATES, TEXT_CHARACTERS_MAX
from siyu.growth.leads.reading import Asked
from siyu.reach.staff_tasks.command import all_holders
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import downloads, menu, verbs
from siyu.web.current import in_words, may, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.seeing import WHOLE, names_may_be_asked, names_seen, seen
from siyu.web.view import Html, View

menu.page("acquire", "/leads", "线索", "Leads", permission="lead.read", order=31)
verbs.action("leads_exported", "导出线索", "Leads exported")

COLUMNS = (
    Column("name", "称呼", "Name"),
    Column("phone", "手机号", "Phone"),
    Column("wish", "需求", "Wish", narrow=False),
    Column("form", "表单", "Form", narrow=False),
    Column("starts", "预约时间", "Booked for", narrow=False),
    Column("state", "状态", "State"),
    Column("holder", "答复人", "Who answers", narrow=False),
    Column("due", "答复时限", "Due", narrow=False),
    Column("at", "提交", "Sent", narrow=False),
    Column("city", "城市", "City", narrow=False, shown=False),
)
FILTERS = ("state", "form")
EXPORT_ROWS_MAX = 20_000
KINDS = {"new": "info", "late": "bad", "answered": "plain", "converted": "good", "lapsed": "warn"}


def _asked(listing: Listing) -> Asked | None:
    """What the address asks for; None: what the reader may not ask."""
    state = listing.filters["state"] if listing.filters["state"] in STATES else ""
    asked = command.asked_for(whole(listing.filters["form"]), state, listing.words)
    may_ask = not listing.words or asked.phone is not None or names_may_be_asked(listing.words)
    return asked if may_ask else None


def _told(stores: Stores, asked: Asked) -> list[LeadAnswer]:
    return command.answers_of(stores, reading.leads_page(stores, asked), seen=seen, phones=may(WHOLE))


@page("/leads", "lead.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("leads", COLUMNS, filters=FILTERS)
    asked = _asked(listing)
    found = [] if asked is None else _told(stores, replace(asked, before=listing.before, rows_max=ASKED_MAX))
    total = 0 if asked is None else reading.count_leads(stores, asked)
    return view.render(
        "acquire/leads.html",
        fragment="list",
        listing=listing.cut(found, lambda lead: lead.id, total=total),
        states=in_words(STATES),
        badges=KINDS,
        forms=reading.form_names(stores),
    )


@page("/leads.xlsx", "export", audits="leads_exported", about="export")
def export(stores: Stores) -> Html:
    """Those of the list, the newest first; phones as the reader sees them."""
    listing = Listing.read("leads", COLUMNS, filters=FILTERS, views=False)
    asked = _asked(listing)
    rows: list[LeadAnswer] = []
    while asked is not None and len(rows) < EXPORT_ROWS_MAX:
        more = _told(stores, replace(asked, before=rows[-1].id if rows else None, rows_max=reading.ROWS_MAX))
        rows += more
        if len(more) < reading.ROWS_MAX:
            break
    note(rows=len(rows), phones=may(WHOLE))
    states = in_words(STATES)
    columns = [
        *(t("编号", "Number"), t("客户", "Person"), *(column.label for column in COLUMNS[:3]), COLUMNS[9].label),
        *(column.label for column in COLUMNS[3:9]),
        *(t("订单", "Order"), t("其他", "More"), t("备注", "Note")),
    ]
    cells = [
        (
            *(row.id, row.person, row.name, row.phone, row.wish, row.city, row.form_name, row.starts),
            *(states[row.state], row.holder_name, row.due, row.at, row.order),
            *("; ".join(f"{key}: {value}" for key, value in row.more.items()), row.note),
        )
        for row in rows
    ]
    return downloads.excel(t("线索", "Leads"), columns, cells)


@page("/leads/{lead:int}", "lead.read")
def one(view: View, stores: Stores, lead: Id) -> Html:
    return _one(view, stores, lead, None)


def _one(view: View, stores: Stores, lead: int, form: Form | None) -> Html:
    found = command.lead_told(stores, lead, seen=seen, phones=may(WHOLE))
    its = reading.get_form(stores, found.form)
    show = view.render if form is None or form.ok else view.invalid
    return show(
        "acquire/lead.html",
        lead=found,
        labels={field.key: t(*field.words) for field in its.fields},
        form=form or Form.showing(note=found.note, to=found.holder or "pool"),
        text=reading.get_text(stores, found.text),
        holders=[("pool", t("任务池（谁都可以领）", "The pool"))]
        + [(each.id, f"{each.name} {each.more}".strip()) for each in all_holders(stores).holders],
        names=names_seen(stores, [found.person]),
        states=in_words(STATES),
        beside=len(floods.beside(stores, lead)),
        badges=KINDS,
        characters=TEXT_CHARACTERS_MAX,
    )


@submit("/leads/{lead:int}/hand-over", "lead.write", audits="lead_handed_over", about="lead:{lead}")
def hand_over(view: View, stores: Stores, form: Form, lead: Id) -> Html:
    with form.errors_kept():
        doing.hand_over(stores, lead, form.get("to"))
        return view.redirect(f"/leads/{lead}", toast=("已分配", "Given"))
    return _one(view, stores, lead, form)


@submit("/leads/{lead:int}/note", "lead.write", audits="lead_noted", about="lead:{lead}")
def set_note(view: View, stores: Stores, form: Form, lead: Id) -> Html:
    with form.errors_kept():
        text = form.text("note", characters_max=TEXT_CHARACTERS_MAX, lines=True)
        if form.ok:
            before = reading.get_lead(stores, lead).note
            doing.set_note(stores, lead, before if text == seen(before) else text)
            return view.redirect(f"/leads/{lead}", toast=("已保存", "Saved"))
    return _one(view, stores, lead, form)


@submit("/leads/{lead:int}/drop", "lead.write", audits="lead_dropped", about="lead:{lead}")
def drop(view: View, stores: Stores, actor: Actor, lead: Id) -> Html:
    doing.drop(stores, actor.tag, lead)
    return view.redirect(f"/leads/{lead}", toast=("已标记无效", "Dropped"))


@submit("/leads/{lead:int}/cancel", "lead.write", audits="lead_cancelled", about="lead:{lead}")
def cancel(view: View, stores: Stores, actor: Actor, lead: Id) -> Html:
    doing.cancel(stores, actor.tag, lead)
    return view.redirect(f"/leads/{lead}", toast=("预约已取消，名额已让出", "Cancelled: the seat is free"))


@submit("/leads/{lead:int}/drop-all", "lead.write", audits="leads_dropped", about="lead:{lead}")
def drop_all(view: View, stores: Stores, actor: Actor, lead: Id) -> Html:
    """What came with it from the same network."""
    dropped = floods.drop_all(stores, actor.tag, lead)
    note(leads=len(dropped))
    many = len(dropped)
    return view.redirect(
        f"/leads/{lead}", toast=(f"{many} 条已标记无效，名额已让出", f"{many} dropped: seats are free")
    )


ROUTES = [list_all, export, one, hand_over, set_note, drop, drop_all, cancel]
