"""Forms: made, changed, put to use, paused, ended; their versions of notice and consent; their times."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.codes.model import Hours
from siyu.growth.leads import model, reading
from siyu.growth.leads.model import (
    FIRST_FIELDS,
    FORM_KINDS,
    LAPSE_DAYS_MAX,
    NAME_CHARACTERS_MAX,
    NOTICE_CHARACTERS_MAX,
    SEATS_MAX,
    SLOTS_MAX,
    TEXT_CHARACTERS_MAX,
    Field,
    FormKind,
    Limits,
    Routing,
    Stage,
    unfit,
)
from siyu.growth.leads.reading import LeadForm, Slot
from siyu.growth.leads.tables import lead_forms, lead_slots, lead_texts
from siyu.jobs import preferences
from siyu.people.consents import PURPOSES
from siyu.reach.staff_tasks import holders
from siyu.reach.staff_tasks.model import check_text
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into


@dataclass(frozen=True, slots=True)
class Shown:
    """What people agree to. ``notice``: what is done with what they write, they have to agree; ``purpose``: of a
    further consent, which they may leave out ("": none is asked for)."""

    notice_zh: str = ""
    notice_en: str = ""
    purpose: str = ""
    consent_zh: str = ""
    consent_en: str = ""


@dataclass(frozen=True, slots=True)
class FormDraft:
    """What an operator decides. ``slug``: "" makes one up; it and ``kind`` stay as they were first. ``limits``: None
    leaves them as they come."""

    name: str
    kind: FormKind = "form"
    slug: str = ""
    text_zh: str = ""
    text_en: str = ""
    thanks_zh: str = ""
    thanks_en: str = ""
    fields: tuple[Field, ...] = FIRST_FIELDS
    routing: Routing = field(default_factory=lambda: Routing("hand"))
    shown: Shown = field(default_factory=Shown)
    lapse_days: int = 30
    limits: Limits | None = None
    begins: datetime | None = None
    ends: datetime | None = None


def add_form(stores: Stores, by: str, draft: FormDraft) -> LeadForm:
    """Keep a draft, which nobody can send yet. Raises :class:`BadInput` by field."""
    slug = draft.slug.strip() or secrets.token_hex(4)
    _check(draft, slug)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(lead_forms.c.id).where(lead_forms.c.slug == slug)).first() is not None:
            raise unfit("slug", "这个地址已被另一张表单使用", "Another form has this address")
        values = {**_values(conn, draft), "slug": slug, "kind": draft.kind, "stage": "draft"}
        made = sa.insert(lead_forms).values(**values, created=now, changed=now, by=by)
        number = conn.execute(made.returning(lead_forms.c.id)).scalar_one()
        _show(conn, number, draft.shown, now, by)
        return reading.form_in(conn, number)


def change_form(stores: Stores, by: str, number: int, draft: FormDraft) -> LeadForm:
    """Change what may be changed: all but address and kind. Another notice or consent is another version. Raises
    :class:`NotFound`, :class:`BadInput`, :class:`Conflict`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _changeable(conn, number)
        _check(draft, found.slug)
        if found.stage != "draft":
            _ready(draft.shown.notice_zh, draft.routing)
        conn.execute(sa.update(lead_forms).where(lead_forms.c.id == number).values(**_values(conn, draft), changed=now))
        _show(conn, number, draft.shown, now, by)
        return reading.form_in(conn, number)


def put_to_use(stores: Stores, number: int) -> LeadForm:
    """From now on it can be sent. Raises :class:`NotFound`, :class:`Conflict`; :class:`BadInput` where it has no
    notice, nobody to answer, or no time to book."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _changeable(conn, number)
        _ready("" if found.text is None else reading.text_in(conn, found.text).notice_zh, found.routing)
        free = sa.select(lead_slots.c.id).where(
            lead_slots.c.form == number, lead_slots.c.off.is_(False), lead_slots.c.starts > now
        )
        if found.kind == "booking" and conn.execute(free.limit(1)).first() is None:
            raise unfit("slots", "请先添加可预约的时段", "Add times that can be booked first")
        return _staged(conn, number, "live", now)


def pause(stores: Stores, number: int) -> LeadForm:
    """Its page says that it rests. Raises :class:`NotFound`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        _changeable(conn, number)
        return _staged(conn, number, "paused", stores.clock.now())


def end(stores: Stores, number: int) -> LeadForm:
    """For ever: its page says so, its leads and figures stay. Raises :class:`NotFound`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        _changeable(conn, number)
        return _staged(conn, number, "ended", stores.clock.now())


def add_slots(
    stores: Stores, number: int, first: date, last: date, hours: Sequence[Hours], minutes: int, seats: int
) -> int:
    """Make times that can be booked, on the shop's clocks; how many are new: a time that is there keeps its seats.
    Raises :class:`NotFound`, :class:`BadInput`, :class:`Conflict`."""
    if not 1 <= seats <= SEATS_MAX:
        raise unfit("seats", f"每段名额须为 1 到 {SEATS_MAX}", f"A time has 1 to {SEATS_MAX} seats")
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if _changeable(conn, number).kind != "booking":
            raise unfit("kind", "只有预约才有时段", "Only bookings have times")
        found = model.slots_of(first, last, hours, minutes, preferences.timezone(conn))
        rows = [
            {"form": number, "starts": starts, "ends": ends, "seats": seats} for starts, ends in found if starts > now
        ]
        if not rows:
            raise unfit("last", "这些时段都已过去", "All of these have passed")
        slot = lead_slots.c
        ahead = sa.select(sa.func.count()).where(slot.form == number, slot.starts > now)
        if conn.execute(ahead).scalar_one() + len(rows) > 2 * SLOTS_MAX:
            raise unfit("last", f"往后最多 {2 * SLOTS_MAX} 个时段", f"At most {2 * SLOTS_MAX} times ahead")
        adding = insert_into(conn, lead_slots).values(rows).on_conflict_do_nothing()
        return len(conn.execute(adding.returning(lead_slots.c.id)).all())


def change_slot(stores: Stores, number: int, slot: int, *, seats: int | None = None, off: bool | None = None) -> Slot:
    """Other seats, never fewer than are taken; ``off``: nobody books it any more, who has stays. Raises
    :class:`NotFound`, :class:`BadInput`."""
    if seats is not None and not 1 <= seats <= SEATS_MAX:
        raise unfit("seats", f"每段名额须为 1 到 {SEATS_MAX}", f"A time has 1 to {SEATS_MAX} seats")
    values: dict[str, Any] = {} if seats is None else {"seats": seats}
    values |= {} if off is None else {"off": off}
    with stores.ledger.write() as conn:
        which = sa.and_(lead_slots.c.id == slot, lead_slots.c.form == number)
        if conn.execute(sa.select(lead_slots.c.id).where(which)).first() is None:
            raise NotFound("lead_slot_not_found", "没有这个时段。", "There is no such time.")
        fits = which if seats is None else sa.and_(which, lead_slots.c.taken <= seats)
        if values and not conn.execute(sa.update(lead_slots).where(fits).values(values)).rowcount:
            raise unfit("seats", "已预约的比这多", "More than that are booked")
        return Slot(*conn.execute(sa.select(*(lead_slots.c[n] for n in Slot.__dataclass_fields__)).where(which)).one())


def _staged(conn: Connection, number: int, stage: Stage, now: datetime) -> LeadForm:
    conn.execute(sa.update(lead_forms).where(lead_forms.c.id == number).values(stage=stage, changed=now))
    return reading.form_in(conn, number)


def _changeable(conn: Connection, number: int) -> LeadForm:
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(lead_forms.c.id).where(lead_forms.c.id == number).with_for_update())
    found = reading.form_in(conn, number)
    if found.stage == "ended":
        raise Conflict("lead_form_ended", "这张表单已结束，不能再改。", "This form has ended for good.")
    return found


def _show(conn: Connection, number: int, shown: Shown, now: datetime, by: str) -> None:
    """What is shown from now on: the version that says it already, or a new one."""
    values = {name: getattr(shown, name).strip() for name in Shown.__dataclass_fields__}
    if not values["notice_zh"]:
        return
    table = lead_texts.c
    same = sa.select(table.id).where(table.form == number, *(table[name] == value for name, value in values.items()))
    version = conn.execute(same.order_by(table.id).limit(1)).scalar()
    if version is None:
        last = conn.execute(sa.select(sa.func.max(table.version)).where(table.form == number)).scalar() or 0
        made = sa.insert(lead_texts).values(form=number, version=last + 1, at=now, by=by, **values)
        version = conn.execute(made.returning(table.id)).scalar_one()
    conn.execute(sa.update(lead_forms).where(lead_forms.c.id == number).values(text=version))


def _values(conn: Connection, draft: FormDraft) -> dict[str, Any]:
    routing = msgspec.structs.replace(
        draft.routing,
        staff=tuple(dict.fromkeys(_holder(conn, each, "staff") for each in draft.routing.staff)),
        areas=tuple(
            msgspec.structs.replace(each, holder=_holder(conn, each.holder, "areas")) for each in draft.routing.areas
        ),
    )
    holders.check_login(conn, routing.escalate_to)
    model.check_routing(routing)
    return {
        "name": draft.name.strip(),
        "fields": msgspec.to_builtins(draft.fields),
        "routing": msgspec.to_builtins(routing),
        "lapse_days": draft.lapse_days,
        "limits": {} if draft.limits is None else msgspec.structs.asdict(draft.limits),
        "begins": draft.begins,
        "ends": draft.ends,
        **{name: getattr(draft, name).strip() for name in ("text_zh", "text_en", "thanks_zh", "thanks_en")},
    }


def _holder(conn: Connection, text: str, at: str) -> str:
    try:
        found = holders.holder_named(conn, text)
    except BadInput as error:
        raise BadInput(error.code, error.zh, error.en, field=at) from None
    if not found:
        raise unfit(at, "请选成员", "Choose members")
    return found


def _check(draft: FormDraft, slug: str) -> None:
    model.check_slug(slug)
    model.check_fields(draft.fields)
    if draft.limits is not None:
        model.check_limits(draft.limits)
    if draft.kind not in FORM_KINDS:
        raise unfit("kind", "没有这种表单", "There is no such kind of form")
    if not 0 < len(draft.name.strip()) <= NAME_CHARACTERS_MAX or not draft.name.isprintable():
        raise unfit("name", f"名称须为 1 到 {NAME_CHARACTERS_MAX} 个字", f"1 to {NAME_CHARACTERS_MAX} characters")
    for name in ("text_zh", "text_en", "thanks_zh", "thanks_en"):
        if len(getattr(draft, name)) > TEXT_CHARACTERS_MAX or "\0" in getattr(draft, name):
            raise unfit(name, f"最多 {TEXT_CHARACTERS_MAX} 个字", f"At most {TEXT_CHARACTERS_MAX} characters")
    _check_shown(draft.shown)
    if not 1 <= draft.lapse_days <= LAPSE_DAYS_MAX:
        raise unfit("lapse_days", f"须为 1 到 {LAPSE_DAYS_MAX} 天", f"1 to {LAPSE_DAYS_MAX} days")
    if draft.begins is not None and draft.ends is not None and draft.ends <= draft.begins:
        raise unfit("ends", "结束须晚于开始", "It ends after it begins")
    check_text(draft.name, draft.routing.script, draft.routing.minutes)


def _check_shown(shown: Shown) -> None:
    for name in ("notice_zh", "notice_en", "consent_zh", "consent_en"):
        if len(getattr(shown, name)) > NOTICE_CHARACTERS_MAX or "\0" in getattr(shown, name):
            raise unfit(name, f"最多 {NOTICE_CHARACTERS_MAX} 个字", f"At most {NOTICE_CHARACTERS_MAX} characters")
    if shown.purpose and (shown.purpose not in PURPOSES or not shown.consent_zh.strip()):
        raise unfit("consent_zh", "请写明对方同意的是什么", "Say what they consent to")
    if shown.purpose and not shown.notice_zh.strip():
        raise unfit("notice_zh", "请先写隐私告知", "Write the notice first")


def _ready(notice: str, routing: Routing) -> None:
    if not notice.strip():
        raise unfit(
            "notice_zh", "启用前须写隐私告知：收集什么、做什么用", "It needs a notice: what is kept, and for what"
        )
    model.check_routing(routing)
