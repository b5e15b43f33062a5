"""The API of lead forms, bookings, and the leads that come in by them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar.params import QueryParameter

from siyu.growth.codes import hours
from siyu.growth.leads import command, doing, floods, keeping, reading
from siyu.growth.leads.command import (
    FormAnswer,
    FormFiguresAnswer,
    FormsAnswer,
    LeadAnswer,
    LeadsAnswer,
    SlotAnswer,
    SlotsAnswer,
    TextsAnswer,
)
from siyu.growth.leads.keeping import FormDraft
from siyu.growth.leads.model import (
    LAPSE_DAYS_MAX,
    LIMIT_MAX,
    MINUTES_MAX,
    NOTICE_CHARACTERS_MAX,
    SEATS_MAX,
    TEXT_CHARACTERS_MAX,
    Area,
    Field,
    Way,
)
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import may, note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_read, api_write
from siyu.web.seeing import WHOLE, names_may_be_asked, seen

Word = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS_MAX)]
Notice = Annotated[str, msgspec.Meta(max_length=NOTICE_CHARACTERS_MAX)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=MINUTES_MAX)]
Seats = Annotated[int, msgspec.Meta(ge=1, le=SEATS_MAX)]
LapseDays = Annotated[int, msgspec.Meta(ge=1, le=LAPSE_DAYS_MAX)]
Fields = Annotated[list[Field], msgspec.Meta(max_length=20)]
Spans = Annotated[list[Annotated[str, msgspec.Meta(max_length=80)]], msgspec.Meta(max_length=28)]
Stages = Literal["", "draft", "live", "paused", "ended"]
InState = Annotated[
    Literal["", "new", "late", "answered", "converted", "lapsed", "cancelled", "dropped"], QueryParameter(name="state")
]
Purposes = Literal["", "marketing", "service", "profiling", "sharing"]


class RoutingBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who gets a lead; what is not given stays. `staff` and each area's `holder`: logins, or ids of
    `/api/tasks/holders`. `hours`: spans as `1-5 09:00-18:00`; `minutes` of the clock run in them alone."""

    way: Way | msgspec.UnsetType = msgspec.UNSET
    staff: Annotated[list[Word], msgspec.Meta(max_length=200)] | msgspec.UnsetType = msgspec.UNSET
    areas: Annotated[list[Area], msgspec.Meta(max_length=200)] | msgspec.UnsetType = msgspec.UNSET
    adviser: bool | msgspec.UnsetType = msgspec.UNSET
    minutes: Minutes | msgspec.UnsetType = msgspec.UNSET
    hours: Spans | msgspec.UnsetType = msgspec.UNSET
    escalate_to: Word | msgspec.UnsetType = msgspec.UNSET
    script: Annotated[str, msgspec.Meta(max_length=2_000)] | msgspec.UnsetType = msgspec.UNSET


class ShownBody(msgspec.Struct, forbid_unknown_fields=True):
    """What people agree to; what is not given stays. Another wording is another version; versions are kept."""

    notice_zh: Notice | msgspec.UnsetType = msgspec.UNSET
    notice_en: Notice | msgspec.UnsetType = msgspec.UNSET
    purpose: Purposes | msgspec.UnsetType = msgspec.UNSET
    consent_zh: Notice | msgspec.UnsetType = msgspec.UNSET
    consent_en: Notice | msgspec.UnsetType = msgspec.UNSET


class LimitsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Against floods: leads of a device and of a network in a day, of the form in an hour; 0: any number; what is not
    given stays."""

    device_day: Annotated[int, msgspec.Meta(ge=1, le=LIMIT_MAX)] | msgspec.UnsetType = msgspec.UNSET
    network_day: Annotated[int, msgspec.Meta(ge=0, le=LIMIT_MAX)] | msgspec.UnsetType = msgspec.UNSET
    form_hour: Annotated[int, msgspec.Meta(ge=0, le=LIMIT_MAX)] | msgspec.UnsetType = msgspec.UNSET


class FormChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is given replaces what was; kind and slug stay. `fields`: all of them, in order; the phone has to be asked
    for. `lapse_days`: without an order for so long, a lead has not become one."""

    name: Word | msgspec.UnsetType = msgspec.UNSET
    text_zh: Text | msgspec.UnsetType = msgspec.UNSET
    text_en: Text | msgspec.UnsetType = msgspec.UNSET
    thanks_zh: Text | msgspec.UnsetType = msgspec.UNSET
    thanks_en: Text | msgspec.UnsetType = msgspec.UNSET
    fields: Fields | msgspec.UnsetType = msgspec.UNSET
    routing: RoutingBody | msgspec.UnsetType = msgspec.UNSET
    shown: ShownBody | msgspec.UnsetType = msgspec.UNSET
    lapse_days: LapseDays | msgspec.UnsetType = msgspec.UNSET
    limits: LimitsBody | msgspec.UnsetType = msgspec.UNSET
    begins: Moment | msgspec.UnsetType | None = msgspec.UNSET
    ends: Moment | msgspec.UnsetType | None = msgspec.UNSET


class FormBody(FormChange, forbid_unknown_fields=True):
    """A form to be made. `slug` (empty: made up) and `kind` stay."""

    kind: Literal["form", "booking"] = "form"
    slug: Word = ""


class SlotsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Times of `minutes` each, one after the other within `hours` from `first` to `last`, on the shop's clocks; `seats`
    in each."""

    first: date
    last: date
    hours: Spans
    minutes: Annotated[int, msgspec.Meta(ge=5, le=1_440)]
    seats: Seats = 1


class SlotBody(msgspec.Struct, forbid_unknown_fields=True):
    """`seats`: never fewer than are taken; `off`: nobody books it any more."""

    seats: Seats | None = None
    off: bool | None = None


class HandBody(msgspec.Struct, forbid_unknown_fields=True):
    """`to`: a login, an id of `/api/tasks/holders`, or `pool`."""

    to: Word


class DroppedAnswer(msgspec.Struct, frozen=True):
    """Which leads were dropped."""

    leads: list[int]


class NoteBody(msgspec.Struct, forbid_unknown_fields=True):
    """What staff write about it."""

    note: Text


def _given(body: msgspec.Struct) -> dict[str, Any]:
    found = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
    return {name: _given(value) if name in ("routing", "shown", "limits") else value for name, value in found.items()}


def _lead(stores: Stores, number: int) -> LeadAnswer:
    return command.lead_told(stores, number, seen=seen, phones=may(WHOLE))


@api_read("/api/forms", "lead.read")
def list_all(
    stores: Stores, q: str = "", stage: Stages = "", before: int | None = None, limit: Limit = 50
) -> FormsAnswer:
    """Forms, the newest first, with figures of 30 days. `q` looks in name and address."""
    return command.forms_told(stores, q[:200], stage, before, limit)


@api_write("POST", "/api/forms", "lead.write", audits="lead_form_added")
def add(stores: Stores, actor: Actor, data: FormBody) -> FormAnswer:
    """Make a form: a draft, which nobody can send yet."""
    made = keeping.add_form(stores, actor.tag, command.drafted(FormDraft(""), _given(data)))
    note(f"lead_form:{made.id}", name=made.name)
    return command.told(stores, made.id)


@api_read("/api/forms/{number:int}", "lead.read")
def one(stores: Stores, number: Id) -> FormAnswer:
    """One form."""
    return command.told(stores, number)


@api_write("PATCH", "/api/forms/{number:int}", "lead.write", audits="lead_form_changed", about="lead_form:{number}")
def change(stores: Stores, actor: Actor, number: Id, data: FormChange) -> FormAnswer:
    """Change what may be changed: all but address and kind."""
    draft = command.draft_of(stores, reading.get_form(stores, number))
    keeping.change_form(stores, actor.tag, number, command.drafted(draft, _given(data)))
    return command.told(stores, number)


@api_read("/api/forms/{number:int}/texts", "lead.read")
def texts(stores: Stores, number: Id) -> TextsAnswer:
    """Every version of notice and consent that people were shown."""
    return command.texts_told(stores, number)


@api_read("/api/forms/{number:int}/slots", "lead.read")
def slots(stores: Stores, number: Id) -> SlotsAnswer:
    """Times ahead that can be booked."""
    return command.slots_told(stores, number)


@api_write("POST", "/api/forms/{number:int}/slots", "lead.write", audits="lead_slots_added", about="lead_form:{number}")
def add_slots(stores: Stores, number: Id, data: SlotsBody) -> SlotsAnswer:
    """Make times that can be booked. One that is there already stays as it is."""
    spans = hours.read("\n".join(data.hours))
    added = keeping.add_slots(stores, number, data.first, data.last, spans, data.minutes, data.seats)
    return command.slots_told(stores, number, added)


@api_write(
    "PATCH",
    "/api/forms/{number:int}/slots/{slot:int}",
    "lead.write",
    audits="lead_slot_changed",
    about="lead_form:{number}",
)
def change_slot(stores: Stores, number: Id, slot: Id, data: SlotBody) -> SlotAnswer:
    """Change a time's seats, or switch it off; who has booked it keeps it."""
    return command.slot_told(keeping.change_slot(stores, number, slot, seats=data.seats, off=data.off))


form_acts = api_acts("/api/forms/{number:int}", "lead.write", about="lead_form:{number}")


@form_acts("use", "lead_form_used")
def use(stores: Stores, number: Id) -> FormAnswer:
    """Put it to use. It needs a notice, who answers, and of a booking times."""
    keeping.put_to_use(stores, number)
    return command.told(stores, number)


@form_acts("pause", "lead_form_paused")
def pause(stores: Stores, number: Id) -> FormAnswer:
    """Its page says that it rests."""
    keeping.pause(stores, number)
    return command.told(stores, number)


@form_acts("end", "lead_form_ended")
def end(stores: Stores, number: Id) -> FormAnswer:
    """End it for good: its leads and figures stay."""
    keeping.end(stores, number)
    return command.told(stores, number)


@api_read("/api/forms/{number:int}/figures", "lead.read")
def figures(stores: Stores, number: Id, first: date | None = None, last: date | None = None) -> FormFiguresAnswer:
    """Looked, sent in, answered in time, converted; the last 30 days where nothing is said."""
    return command.figures_told(stores, number, first, last, seen)


@api_read("/api/leads", "lead.read")
def leads(
    stores: Stores,
    lead_form: int | None = None,
    in_state: InState = "",
    q: str = "",
    person: int | None = None,
    before: int | None = None,
    limit: Limit = 50,
) -> LeadsAnswer:
    """Leads, the newest first. `lead_form`: of one form; `q`: a whole phone number, or words of a name or wish."""
    words = q[:200].strip()
    asked = command.asked_for(lead_form, in_state, words, person, before)
    if words and asked.phone is None and not names_may_be_asked(words):
        return LeadsAnswer([], None, 0)
    return command.leads_told(stores, asked, limit, seen=seen, phones=may(WHOLE))


@api_read("/api/leads/{lead:int}", "lead.read")
def lead_of(stores: Stores, lead: Id) -> LeadAnswer:
    """One lead."""
    return _lead(stores, lead)


lead_acts = api_acts("/api/leads/{lead:int}", "lead.write", about="lead:{lead}")


@lead_acts("hand-over", "lead_handed_over")
def hand_over(stores: Stores, lead: Id, data: HandBody) -> LeadAnswer:
    """Say who is to answer."""
    doing.hand_over(stores, lead, data.to)
    return _lead(stores, lead)


@lead_acts("note", "lead_noted")
def set_note(stores: Stores, lead: Id, data: NoteBody) -> LeadAnswer:
    """Keep a note of staff."""
    doing.set_note(stores, lead, data.note)
    return _lead(stores, lead)


@lead_acts("drop", "lead_dropped")
def drop(stores: Stores, actor: Actor, lead: Id) -> LeadAnswer:
    """It was none: its seat is free, its task is taken back."""
    doing.drop(stores, actor.tag, lead)
    return _lead(stores, lead)


@lead_acts("drop-all", "leads_dropped")
def drop_all(stores: Stores, actor: Actor, lead: Id) -> DroppedAnswer:
    """Made up, as all are that came with it: from the same network within a day, by the same form, unanswered. Their
    seats are free, their tasks are taken back, for good."""
    dropped = floods.drop_all(stores, actor.tag, lead)
    note(leads=len(dropped))
    return DroppedAnswer(dropped)


@lead_acts("cancel", "lead_cancelled")
def cancel(stores: Stores, actor: Actor, lead: Id) -> LeadAnswer:
    """Cancel a booking: its seat is free."""
    doing.cancel(stores, actor.tag, lead)
    return _lead(stores, lead)


ROUTES = [
    *(list_all, add, one, change, texts, slots, add_slots, change_slot, use, pause, end, figures),
    *(leads, lead_of, hand_over, set_note, drop, drop_all, cancel),
]
