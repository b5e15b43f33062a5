"""Forms, their versions of notice and consent, their times, and leads, as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.growth.leads.model import Field, FormKind, Limits, Routing, Stage, State
from siyu.growth.leads.tables import lead_forms, lead_slots, lead_texts, leads
from siyu.people.identity import Identifier, normalise
from siyu.people.tables import identifiers, people
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import BadInput, NotFound, Stores, sent

ROWS_MAX = 500


@dataclass(frozen=True, slots=True)
class LeadForm:
    """One form. ``text``: the version of notice and consent shown now (None: none is written yet)."""

    id: int
    slug: str
    kind: FormKind
    name: str
    text_zh: str
    text_en: str
    thanks_zh: str
    thanks_en: str
    fields: tuple[Field, ...]
    routing: Routing
    text: int | None
    lapse_days: int
    limits: Limits
    stage: Stage
    begins: datetime | None
    ends: datetime | None
    created: datetime
    changed: datetime
    by: str

    def shut(self, now: datetime) -> str:
        """Why nobody may send it now: ``not_begun``, ``paused``, ``ended``; "" where they may."""
        if self.stage == "ended" or (self.ends is not None and self.ends <= now):
            return "ended"
        if self.stage == "paused":
            return "paused"
        return "not_begun" if self.stage == "draft" or (self.begins is not None and now < self.begins) else ""


@dataclass(frozen=True, slots=True)
class Text:
    """A version of what people are shown and agree to. ``purpose``: of a further consent, "" for none."""

    id: int
    form: int
    version: int
    notice_zh: str
    notice_en: str
    purpose: str
    consent_zh: str
    consent_en: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked."""

    id: int
    form: int
    starts: datetime
    ends: datetime
    seats: int
    taken: int
    off: bool

    @property
    def left(self) -> int:
        return 0 if self.off else self.seats - self.taken


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead. ``person``: the kept one today, ``node``: who holds the phone; ``device``: by which it was sent;
    ``answered``: when staff were done with it; ``starts``: of what was booked. Free values (name, wish, city, more,
    note) are to be masked where shown."""

    id: int
    mark: str
    form: int
    form_name: str
    text: int
    consent: bool
    person: int
    node: int
    device: str
    name: str
    wish: str
    city: str
    more: Mapping[str, str]
    slot: int | None
    starts: datetime | None
    stage: str
    task: int | None
    holder: str
    at: datetime
    due: datetime
    answered: datetime | None
    late: datetime | None
    converted: datetime | None
    order: str
    cents: int
    lapsed: datetime | None
    note: str
    state: State


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of leads is asked for. ``words``: in a name or a wish; ``phone``: of one number; ``before``: numbers
    below it."""

    form: int | None = None
    state: str = ""
    words: str = ""
    phone: Identifier | None = None
    persons: Sequence[int] | None = None
    holders: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    rows_max: int = 50


_FORM = tuple(lead_forms.c[name] for name in LeadForm.__dataclass_fields__)


def _form(row: Row[Any]) -> LeadForm:
    values: dict[str, Any] = dict(zip(LeadForm.__dataclass_fields__, row, strict=True))
    values["fields"] = msgspec.convert(row.fields, tuple[Field, ...])
    values["routing"] = msgspec.convert(row.routing, Routing)
    values["limits"] = Limits.of(row.kind, row.limits)
    return LeadForm(**values)


def form_in(conn: Connection, number: int) -> LeadForm:
    """Raises :class:`NotFound`."""
    row = conn.execute(sa.select(*_FORM).where(lead_forms.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("lead_form_not_found", f"没有编号为 {number} 的表单。", f"There is no form {number}.")
    return _form(row)


def get_form(stores: Stores, number: int) -> LeadForm:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return form_in(conn, number)


def form_at(stores: Stores, slug: str) -> LeadForm | None:
    """The form of an address."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_FORM).where(lead_forms.c.slug == slug)).one_or_none()
    return None if row is None else _form(row)


def list_forms(
    stores: Stores, words: str = "", stage: str = "", before: int | None = None, rows_max: int = 50
) -> list[LeadForm]:
    """A page of forms, the newest first; ``words`` in name or address."""
    query = sa.select(*_FORM)
    if words:
        within = (lead_forms.c.name, lead_forms.c.slug)
        query = query.where(sa.or_(*(column.icontains(words, autoescape=True) for column in within)))
    if stage:
        query = query.where(lead_forms.c.stage == stage)
    if before is not None:
        query = query.where(lead_forms.c.id < before)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.order_by(lead_forms.c.id.desc()).limit(min(rows_max, ROWS_MAX + 1)))
        return [_form(row) for row in rows]


def form_names(stores: Stores) -> dict[int, str]:
    """Number → name, of the newest."""
    query = sa.select(lead_forms.c.id, lead_forms.c.name).order_by(lead_forms.c.id.desc()).limit(ROWS_MAX)
    with stores.ledger.read() as conn:
        return dict(conn.execute(query).tuples().all())


def text_in(conn: Connection, number: int) -> Text:
    """One version, for ever the same. Raises :class:`NotFound`."""
    columns = (lead_texts.c[name] for name in Text.__dataclass_fields__)
    row = conn.execute(sa.select(*columns).where(lead_texts.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("lead_text_not_found", "没有这个版本。", "There is no such version.")
    return Text(*row)


def get_text(stores: Stores, number: int) -> Text:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return text_in(conn, number)


def texts_of(stores: Stores, form: int) -> list[Text]:
    """Every version of a form, the newest first."""
    columns = (lead_texts.c[name] for name in Text.__dataclass_fields__)
    query = sa.select(*columns).where(lead_texts.c.form == form).order_by(lead_texts.c.version.desc())
    with stores.ledger.read() as conn:
        return [Text(*row) for row in conn.execute(query.limit(ROWS_MAX))]


_SLOT = tuple(lead_slots.c[name] for name in Slot.__dataclass_fields__)


def slots_of(
    stores: Stores, form: int, since: datetime, until: datetime | None = None, *, free: bool = False, most: int = 2_000
) -> list[Slot]:
    """Times from ``since`` on, in order; ``free``: those that can be booked."""
    slot = lead_slots.c
    query = sa.select(*_SLOT).where(slot.form == form, slot.starts >= since)
    if until is not None:
        query = query.where(slot.starts < until)
    if free:
        query = query.where(slot.off.is_(False), slot.taken < slot.seats)
    with stores.ledger.read() as conn:
        return [Slot(*row) for row in conn.execute(query.order_by(slot.starts).limit(most))]


# -- leads ----------------------------------------------------------------------------------------------------

ANSWERED = sa.case((staff_tasks.c.state == "done", staff_tasks.c.ended))
"""SQL: when staff were done with a lead."""
STATE = sa.case(
    (leads.c.stage != "open", leads.c.stage),
    (leads.c.converted.is_not(None), "converted"),
    (leads.c.lapsed.is_not(None), "lapsed"),
    (ANSWERED.is_not(None), "answered"),
    (sa.or_(leads.c.late.is_not(None), staff_tasks.c.late.is_not(None)), "late"),
    else_="new",
)
"""SQL: a lead's :data:`~siyu.growth.leads.model.State`."""
JOINED = (
    leads.join(people, people.c.person == leads.c.person)
    .join(lead_forms, lead_forms.c.id == leads.c.form)
    .outerjoin(staff_tasks, staff_tasks.c.id == leads.c.task)
    .outerjoin(lead_slots, lead_slots.c.id == leads.c.slot)
)
_OTHER: Mapping[str, sa.ColumnElement[Any]] = {
    "form_name": lead_forms.c.name,
    "person": people.c.kept,
    "node": leads.c.person,
    "starts": lead_slots.c.starts,
    "holder": sa.func.coalesce(staff_tasks.c.holder, ""),
    "answered": ANSWERED,
    "state": STATE,
}
_LEAD = tuple(
    (_OTHER[name] if name in _OTHER else leads.c[name]).label(f"l_{name}") for name in Lead.__dataclass_fields__
)


def leads_page(stores: Stores, asked: Asked) -> list[Lead]:
    """The newest first."""
    query = sa.select(*_LEAD).select_from(JOINED).where(*_which(asked))
    if asked.before is not None:
        query = query.where(leads.c.id < asked.before)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.order_by(leads.c.id.desc()).limit(min(asked.rows_max, ROWS_MAX + 1)))
        return [Lead(*row) for row in rows]


def count_leads(stores: Stores, asked: Asked) -> int:
    """How many there are on all pages."""
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(JOINED).where(*_which(asked))).scalar_one()


def get_lead(stores: Stores, number: int) -> Lead:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return lead_in(conn, number)


def lead_in(conn: Connection, number: int) -> Lead:
    """Raises :class:`NotFound`."""
    row = conn.execute(sa.select(*_LEAD).select_from(JOINED).where(leads.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("lead_not_found", f"没有编号为 {number} 的线索。", f"There is no lead {number}.")
    return Lead(*row)


def lead_of_task(stores: Stores, task: int) -> Lead | None:
    """The lead that a task answers."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_LEAD).select_from(JOINED).where(leads.c.task == task)).first()
    return None if row is None else Lead(*row)


def lead_at(stores: Stores, form: int, mark: str) -> Lead | None:
    """The lead of a page's address."""
    mine = sa.and_(leads.c.mark == mark, leads.c.form == form)
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_LEAD).select_from(JOINED).where(mine)).one_or_none()
    return None if row is None else Lead(*row)


def phones_of(stores: Stores, nodes: Sequence[int]) -> dict[int, str]:
    """Node → its phone, the latest, as the people room keeps it."""
    with stores.ledger.read() as conn:
        asked = sent(conn, person=(sa.BigInteger, list(set(nodes))))
        held = sa.select(identifiers.c.person, identifiers.c.value).join(asked, asked.c.person == identifiers.c.person)
        rows = conn.execute(held.where(identifiers.c.kind == "phone").order_by(identifiers.c.since))
        return dict(rows.tuples().all())


def phone_in(words: str) -> Identifier | None:
    """The whole phone that somebody searches for, where it is one."""
    try:
        return normalise("phone", words)
    except BadInput:
        return None


def _which(asked: Asked) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if asked.form is not None:
        found.append(leads.c.form == asked.form)
    if asked.state:
        found.append(STATE.in_([asked.state]))
    if asked.phone is not None:
        held = sa.and_(identifiers.c.kind == asked.phone.kind, identifiers.c.value == asked.phone.value)
        found.append(leads.c.person.in_(sa.select(identifiers.c.person).where(held)))
    elif asked.words:
        within = (leads.c.name, leads.c.wish)
        found.append(sa.or_(*(column.icontains(asked.words, autoescape=True) for column in within)))
    if asked.persons is not None:
        found.append(people.c.kept.in_(asked.persons))
    if asked.holders is not None:
        found.append(sa.func.coalesce(staff_tasks.c.holder, "").in_(asked.holders))
    if asked.since is not None:
        found.append(leads.c.at >= asked.since)
    if asked.until is not None:
        found.append(leads.c.at < asked.until)
    return found
