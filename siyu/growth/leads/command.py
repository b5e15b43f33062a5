"""What ``siyu form …``, ``siyu lead …``, the API and the console answer of forms and leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import msgspec

from siyu.growth.codes import hours
from siyu.growth.leads import figures, floods, reading
from siyu.growth.leads.figures import Count
from siyu.growth.leads.keeping import FormDraft, Shown
from siyu.growth.leads.model import Area, Field, FormKind, Limits, Routing, Stage, State, Way
from siyu.growth.leads.reading import Asked, Lead, LeadForm, Slot
from siyu.growth.period import moments_of, span_of
from siyu.people.masking import masked
from siyu.reach.staff_tasks import holders
from siyu.storage import BadInput, Stores

Seen = Callable[[Any], Any]
"""How a free value is shown to who reads."""


def whole(value: Any) -> Any:
    """As it is: for whom everything may be shown."""
    return value


class RoutingAnswer(msgspec.Struct, frozen=True):
    """Who gets a lead. `way`: `turn` (the `staff` take turns), `region` (by city: `areas`, else the staff in turn),
    `hand` (nobody yet: the pool). `adviser`: a customer's own adviser first. `minutes`: of the response clock, which
    runs in `hours` alone (`1-5 09:00-18:00`; none: always). `escalate_to`: the login of who is told what is late."""

    way: Way
    staff: list[str]
    areas: list[Area]
    adviser: bool
    minutes: int
    hours: list[str]
    escalate_to: str
    script: str


class LimitsAnswer(msgspec.Struct, frozen=True):
    """Against floods: leads of a device and of a network in a day, of the form in an hour; 0: any number."""

    device_day: int
    network_day: int
    form_hour: int


class TextAnswer(msgspec.Struct, frozen=True):
    """A version of what people are shown: the notice they have to agree to, and a further consent they may give for
    `purpose` (empty: none is asked for). Versions never change: a lead names its own."""

    id: int
    version: int
    notice_zh: str
    notice_en: str
    purpose: str
    consent_zh: str
    consent_en: str
    at: datetime
    by: str


class CountAnswer(msgspec.Struct, frozen=True):
    """Of leads: `sent` in; `answered` by staff; of those `due` (answered, or past their time) `in_time`; `converted` by
    an order afterwards, worth `cents`."""

    sent: int
    answered: int
    due: int
    in_time: int
    converted: int
    cents: int


class FormLine(msgspec.Struct, frozen=True):
    """A lead form (`form`) or a booking (`booking`) at `path`. `looked` (devices) and `count` are of 30 days."""

    id: int
    slug: str
    path: str
    kind: FormKind
    name: str
    stage: Stage
    begins: datetime | None
    ends: datetime | None
    looked: int
    count: CountAnswer
    created: datetime
    changed: datetime
    by: str


class FormAnswer(FormLine, frozen=True):
    """A form with what it asks, who gets its leads, and what people agree to."""

    text_zh: str = ""
    text_en: str = ""
    thanks_zh: str = ""
    thanks_en: str = ""
    fields: list[Field] = []
    routing: RoutingAnswer | None = None
    text: TextAnswer | None = None
    lapse_days: int = 30
    limits: LimitsAnswer | None = None


class FormsAnswer(msgspec.Struct, frozen=True):
    """A page of forms, the newest first. `next`: give it as `before` for the page behind; null at the end."""

    forms: list[FormLine]
    next: int | None


class TextsAnswer(msgspec.Struct, frozen=True):
    """Every version of a form, the newest first."""

    texts: list[TextAnswer]


class SlotAnswer(msgspec.Struct, frozen=True):
    """A time that can be booked; `off`: nobody books it any more."""

    id: int
    starts: datetime
    ends: datetime
    seats: int
    taken: int
    off: bool


class SlotsAnswer(msgspec.Struct, frozen=True):
    """Times ahead, in order; `added`: how many are new."""

    slots: list[SlotAnswer]
    added: int = 0


class LeadAnswer(msgspec.Struct, frozen=True):
    """A lead. `phone` and free texts are masked for who may not see them. `state`: new, late, answered, converted,
    lapsed (no order in the form's days), cancelled, dropped; `holder`: who answers, empty for the pool; `text`: the
    version that they agreed to, `consent`: also to the further one; `starts`: of a booking."""

    id: int
    form: int
    form_name: str
    person: int
    name: str
    phone: str
    wish: str
    city: str
    more: dict[str, str]
    starts: datetime | None
    state: State
    holder: str
    holder_name: str
    task: int | None
    at: datetime
    due: datetime
    answered: datetime | None
    converted: datetime | None
    order: str
    cents: int
    text: int
    consent: bool
    note: str


class DroppedAnswer(msgspec.Struct, frozen=True):
    """The leads of one network that were dropped, by number."""

    leads: list[int]


class LeadsAnswer(msgspec.Struct, frozen=True):
    """A page of leads, the newest first. `next`: give it as `before`; null at the end; `all`: on all pages."""

    leads: list[LeadAnswer]
    next: int | None
    all: int


class HolderFigures(msgspec.Struct, frozen=True):
    """Of who answers; `holder` empty: the pool."""

    holder: str
    name: str
    count: CountAnswer


class LeadDay(msgspec.Struct, frozen=True):
    """One day."""

    day: date
    sent: int


class FormFiguresAnswer(msgspec.Struct, frozen=True):
    """From `first` to `last`: devices that `looked` for the first time, leads, by who answers and by day; `refused`:
    how many were turned away by a limit of the `device`, the `network`, the `form`."""

    form: int
    first: date
    last: date
    looked: int
    count: CountAnswer
    holders: list[HolderFigures]
    days: list[LeadDay]
    refused: dict[str, int] = {}


def told(stores: Stores, number: int, seen: Seen = whole) -> FormAnswer:
    """One form. Raises :class:`NotFound`."""
    found = reading.get_form(stores, number)
    text = None if found.text is None else _text(reading.get_text(stores, found.text))
    (line,) = lines_told(stores, [found])
    more: dict[str, Any] = {name: getattr(found, name) for name in ("text_zh", "text_en", "thanks_zh", "thanks_en")}
    more |= {"fields": list(found.fields), "routing": _routing(found.routing, seen), "lapse_days": found.lapse_days}
    more["limits"] = LimitsAnswer(**msgspec.structs.asdict(found.limits))
    return FormAnswer(**msgspec.structs.asdict(line), **more, text=text)


def forms_told(
    stores: Stores, words: str = "", stage: str = "", before: int | None = None, limit: int = 50
) -> FormsAnswer:
    """A page of forms. Raises :class:`BadInput`."""
    _check_limit(limit)
    found = reading.list_forms(stores, words, stage, before, limit + 1)
    shown = found[:limit]
    return FormsAnswer(lines_told(stores, shown), shown[-1].id if len(found) > len(shown) else None)


def lines_told(stores: Stores, found: Sequence[LeadForm]) -> list[FormLine]:
    """Forms as lines of a list."""
    counts = figures.counts_of(stores, [form.id for form in found])
    return [_line(form, *counts[form.id]) for form in found]


def texts_told(stores: Stores, number: int) -> TextsAnswer:
    """Raises :class:`NotFound`."""
    reading.get_form(stores, number)
    return TextsAnswer([_text(each) for each in reading.texts_of(stores, number)])


def slots_told(stores: Stores, number: int, added: int = 0) -> SlotsAnswer:
    """Times from now on. Raises :class:`NotFound`."""
    reading.get_form(stores, number)
    return SlotsAnswer([slot_told(each) for each in reading.slots_of(stores, number, stores.clock.now())], added)


def slot_told(slot: Slot) -> SlotAnswer:
    """One time."""
    return SlotAnswer(slot.id, slot.starts, slot.ends, slot.seats, slot.taken, slot.off)


def leads_told(
    stores: Stores, asked: Asked, limit: int = 50, *, seen: Seen = whole, phones: bool = True
) -> LeadsAnswer:
    """A page of leads; ``phones``: whether they may be seen whole. Raises :class:`BadInput`."""
    _check_limit(limit)
    found = reading.leads_page(stores, replace(asked, rows_max=limit + 1))
    shown = found[:limit]
    more = shown[-1].id if len(found) > len(shown) else None
    answers = answers_of(stores, shown, seen=seen, phones=phones)
    return LeadsAnswer(answers, more, reading.count_leads(stores, asked))


def lead_told(stores: Stores, number: int, *, seen: Seen = whole, phones: bool = True) -> LeadAnswer:
    """One lead. Raises :class:`NotFound`."""
    return answers_of(stores, [reading.get_lead(stores, number)], seen=seen, phones=phones)[0]


def answers_of(stores: Stores, found: Sequence[Lead], *, seen: Seen = whole, phones: bool = True) -> list[LeadAnswer]:
    """Leads as they are answered, to who may see so much."""
    held = reading.phones_of(stores, [lead.node for lead in found])
    with stores.ledger.read() as conn:
        names = holders.names_of(conn, {lead.holder for lead in found if lead.holder})
    return [_lead(lead, held.get(lead.node, ""), names.get(lead.holder, ""), seen, phones) for lead in found]


def figures_told(
    stores: Stores, number: int, first: date | None = None, last: date | None = None, seen: Seen = whole
) -> FormFiguresAnswer:
    """Raises :class:`NotFound`, :class:`BadInput`."""
    found = figures.figures_of(stores, number, *span_of(stores, first, last))
    return FormFiguresAnswer(
        number,
        found.first,
        found.last,
        found.looked,
        _count(found.whole),
        [HolderFigures(holder, seen(name), _count(count)) for holder, name, count in found.holders],
        [LeadDay(day, sent) for day, sent in found.days],
        {**floods.refused_of(stores, number, *moments_of(stores, found.first, found.last))},
    )


def asked_for(
    form: int | None = None, state: str = "", words: str = "", person: int | None = None, before: int | None = None
) -> Asked:
    """What a list is asked for; ``words``: a whole phone, or words of a name or a wish."""
    phone = reading.phone_in(words) if words else None
    persons = None if person is None else [person]
    return Asked(form, state, words, phone, persons, before=before)


def drafted(draft: FormDraft, given: Mapping[str, Any]) -> FormDraft:
    """With what is given instead; ``routing``, ``shown`` and ``limits`` by name, ``hours`` as lines. Raises
    :class:`BadInput`."""
    values = dict(given)
    if "routing" in values:
        values["routing"] = routed(draft.routing, values["routing"])
    if "shown" in values:
        values["shown"] = replace(draft.shown, **values["shown"])
    if "limits" in values:
        values["limits"] = msgspec.structs.replace(draft.limits or Limits.of(draft.kind, {}), **values["limits"])
    if "fields" in values:
        values["fields"] = tuple(values["fields"])
    return replace(draft, **values)


def routed(routing: Routing, given: Mapping[str, Any]) -> Routing:
    """With what is given instead. Raises :class:`BadInput` at ``hours``."""
    values = dict(given)
    if "hours" in values:
        values["hours"] = hours.read("\n".join(values["hours"]))
    for name in ("staff", "areas"):
        if name in values:
            values[name] = tuple(values[name])
    return msgspec.structs.replace(routing, **values)


def draft_of(stores: Stores, form: LeadForm) -> FormDraft:
    """As it is, to be changed."""
    text = None if form.text is None else reading.get_text(stores, form.text)
    shown = Shown() if text is None else Shown(**{each.name: getattr(text, each.name) for each in fields_of(Shown)})
    same = {each.name: getattr(form, each.name) for each in fields_of(FormDraft) if each.name != "shown"}
    return FormDraft(**same, shown=shown)


def _check_limit(limit: int) -> None:
    if not 0 < limit <= reading.ROWS_MAX:
        raise BadInput(
            "limit_unfit", f"每页 1 到 {reading.ROWS_MAX} 条。", f"A page has 1 to {reading.ROWS_MAX}.", field="limit"
        )


def _line(form: LeadForm, looked: int, count: Count) -> FormLine:
    same = ("id", "slug", "kind", "name", "stage", "begins", "ends", "created", "changed", "by")
    values: dict[str, Any] = {name: getattr(form, name) for name in same}
    return FormLine(**values, path=f"/m/f/{form.slug}", looked=looked, count=_count(count))


def _routing(routing: Routing, seen: Seen) -> RoutingAnswer:
    return RoutingAnswer(
        routing.way,
        list(routing.staff),
        list(routing.areas),
        routing.adviser,
        routing.minutes,
        hours.write(routing.hours).splitlines(),
        routing.escalate_to,
        seen(routing.script),
    )


def _text(text: reading.Text) -> TextAnswer:
    return TextAnswer(**{name: getattr(text, name) for name in TextAnswer.__struct_fields__})


def _count(count: Count) -> CountAnswer:
    return CountAnswer(**{name: getattr(count, name) for name in CountAnswer.__struct_fields__})


_FREE = ("name", "wish", "city", "note", "order")
_OTHER = ("phone", "holder_name", "more")
_AS_IT_IS = tuple(name for name in LeadAnswer.__struct_fields__ if name not in (*_FREE, *_OTHER))


def _lead(lead: Lead, phone: str, holder_name: str, seen: Seen, phones: bool) -> LeadAnswer:
    values: dict[str, Any] = {name: getattr(lead, name) for name in _AS_IT_IS}
    values |= {name: seen(getattr(lead, name)) for name in _FREE}
    shown = phone if phones or not phone else masked("phone", phone)
    return LeadAnswer(**values, phone=shown, holder_name=seen(holder_name), more=seen(dict(lead.more)))
