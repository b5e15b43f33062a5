"""``/m/f/<form>``: a lead form or a booking, sent once; ``/m/f/<form>/<mark>``: what was left, and taking it back.

Whoever knows a number and a time is led to the lead that was left with them; so a booking is taken back only on the
device that made it. Anybody else asks the shop.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from siyu.growth.leads import doing, reading, sending
from siyu.growth.leads.model import Field, Unread
from siyu.growth.leads.reading import Lead, LeadForm, Slot, Text
from siyu.growth.leads.sending import Sending
from siyu.storage import BadInput, SiyuError
from siyu.web.current import current
from siyu.web.limits import TooMany
from siyu.web.mobile import friendly
from siyu.web.mobile.routes import page, submit
from siyu.web.mobile.visit import Answer, Visit

AGREED, CONSENT, SLOT, TEXT = "agreed", "consent", "slot", "text"
"""Fields of our own; those of the shop stand under ``f_<key>``."""
DAYS_SHOWN = 14
BY = "person"


@page("/m/f/{slug}")
def show(visit: Visit, slug: str) -> Answer:
    form = reading.form_at(visit.stores, slug)
    if form is None or form.stage == "draft":
        return friendly.show(visit, friendly.unknown())
    shut = form.shut(visit.stores.clock.now())
    if shut:
        return _shut(visit, form, shut)
    if not visit.robot and visit.shared.form_looks.get((form.id, visit.device)) is None:
        visit.shared.form_looks.put((form.id, visit.device), True)
        visit.shared.looking.take((form.id, visit.device))
    return _form(visit, form)


@submit("/m/f/{slug}")
def send(visit: Visit, slug: str) -> Answer:
    form = reading.form_at(visit.stores, slug)
    if form is None or form.stage == "draft":
        return friendly.show(visit, friendly.unknown())
    shut = form.shut(visit.stores.clock.now())
    if shut:
        return _shut(visit, form, shut)
    seconds = visit.shared.form_sends.take(current().address, visit.stores.clock.now().timestamp())
    if seconds:
        raise TooMany(seconds)
    try:
        return visit.to(f"/m/f/{slug}/{sending.send(visit.stores, form.id, _sending(visit, form))}")
    except Unread as unread:
        for key, error in unread.errors.items():
            visit.form.fail(BadInput(error.code, error.zh, error.en, field=f"f_{key}"))
    except SiyuError as error:
        if error.status >= 500:
            raise
        visit.form.fail(error)
    return _form(visit, form)


def _sending(visit: Visit, form: LeadForm) -> Sending:
    asked = visit.form
    text = asked.get(TEXT)
    slot = asked.get(SLOT)
    return Sending(
        given={field.key: asked.get(f"f_{field.key}") for field in form.fields},
        text=int(text) if text.isdecimal() and len(text) < 16 else (form.text or 0),
        agreed=asked.flag(AGREED),
        once=visit.once,
        device=visit.device,
        consent=asked.flag(CONSENT),
        slot=int(slot) if slot.isdecimal() and len(slot) < 16 else None,
        region=visit.shared.regions.city(current().address),
        address=current().address,
    )


def _form(visit: Visit, form: LeadForm) -> Answer:
    now = visit.stores.clock.now()
    days: list[tuple[date, list[Slot]]] = []
    if form.kind == "booking":
        days = _days(reading.slots_of(visit.stores, form.id, now, free=True))
        if not days:
            return friendly.show(visit, friendly.full(None))
    if form.text is None:
        return friendly.show(visit, friendly.resting())
    show_it = visit.page if visit.form.ok else visit.invalid
    context: dict[str, Any] = {
        "form": form,
        "asked": visit.form,
        "fields": [_shown(field) for field in form.fields],
        "text": _text(visit, form.text),
        "days": days[:DAYS_SHOWN],
        "zone": current().timezone.key,
    }
    return show_it("lead_form.html", **context)


def _days(slots: list[Slot]) -> list[tuple[date, list[Slot]]]:
    """By day, on the shop's clocks."""
    found: dict[date, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.starts.astimezone(current().timezone).date(), []).append(slot)
    return list(found.items())


def _shown(field: Field) -> dict[str, Any]:
    """A field as the page draws it: the kind of its control, and what a phone may fill in by itself."""
    control = "choice" if field.choices else "lines" if field.kind in ("lines", "wish") else "line"
    fills = {"name": "name", "phone": "tel", "city": "address-level2"}.get(field.kind, "off")
    return {
        "name": f"f_{field.key}",
        "words": field.words,
        "required": field.required,
        "control": control,
        "type": "tel" if field.kind == "phone" else "text",
        "fills": fills,
        "choices": field.choices,
    }


def _text(visit: Visit, number: int) -> Text:
    return reading.get_text(visit.stores, number)


# -- what was left --------------------------------------------------------------------------------------------


@page("/m/f/{slug}/{mark}")
def left(visit: Visit, slug: str, mark: str) -> Answer:
    """Says thank you, and when the booking is; nothing of whom it is of."""
    found = _lead(visit, slug, mark)
    if found is None:
        return friendly.show(visit, friendly.unknown())
    form, lead = found
    now = visit.stores.clock.now()
    mine = lead.device == visit.device and lead.stage == "open"
    to_come = lead.starts is not None and lead.starts > now
    shown: dict[str, Any] = {"may_cancel": mine and to_come, "to_come": to_come, "zone": current().timezone.key}
    return visit.page("lead_left.html", form=form, lead=lead, **shown)


@submit("/m/f/{slug}/{mark}")
def take_back(visit: Visit, slug: str, mark: str) -> Answer:
    """Cancel a booking; doing it again changes nothing."""
    found = _lead(visit, slug, mark)
    if found is None:
        return friendly.show(visit, friendly.unknown())
    if found[1].device == visit.device:
        doing.cancel(visit.stores, BY, found[1].id)
    return visit.to(f"/m/f/{slug}/{mark}")


def _lead(visit: Visit, slug: str, mark: str) -> tuple[LeadForm, Lead] | None:
    form = reading.form_at(visit.stores, slug)
    lead = None if form is None else reading.lead_at(visit.stores, form.id, mark)
    return None if form is None or lead is None else (form, lead)


def _shut(visit: Visit, form: LeadForm, shut: str) -> Answer:
    if shut == "not_begun":
        return friendly.show(visit, friendly.not_begun(form.begins))
    return friendly.show(visit, friendly.resting() if shut == "paused" else friendly.ended(form.ends))


ROUTES = [show, send, left, take_back]
