"""A form is sent: once, into the people room by its own way of resolving, to a member of staff with a clock.

Whoever writes a number here has not shown that it is theirs. So the device is not bound to whom the number belongs to,
nobody's name is written over, and a consent that somebody withdrew is not given again by it: the lead says what was
ticked, and staff who have spoken with the person may record it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.cheating.limiting import fingerprint
from siyu.growth.leads import floods, model, reading
from siyu.growth.leads.floods import Flooded
from siyu.growth.leads.model import Answers
from siyu.growth.leads.reading import LeadForm
from siyu.growth.leads.tables import lead_forms, lead_slots, leads
from siyu.jobs import preferences
from siyu.people import actions, consents
from siyu.people.consents import Statement
from siyu.people.resolving import resolve
from siyu.people.tables import people
from siyu.reach.staff_tasks import giving, holders
from siyu.reach.staff_tasks.model import Wish
from siyu.storage import BadInput, Conflict, Stores

SOURCE = "form"
BY = "form"
AGAIN = timedelta(days=1)
"""The same number by the same form (and for the same time) within this is the same lead."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What came in. ``given``: fields by key; ``agreed``: to the notice ``text`` (the version that was on the page),
    ``consent``: also to the further one; ``once``: the form's one-time key; ``region``: where their
    ``address`` is, of which a mark is kept."""

    given: Mapping[str, str]
    text: int
    agreed: bool
    once: str
    device: str = ""
    consent: bool = False
    slot: int | None = None
    region: str = ""
    address: str = ""


def send(stores: Stores, form: int, sending: Sending) -> str:
    """Take it in; the mark of the lead. The same key, or the same number again, is the same lead.

    Raises :class:`~siyu.growth.leads.model.Unread` by field; :class:`BadInput` at ``agreed`` or ``slot``;
    :class:`Conflict` where the form is shut or the time is full; :class:`~siyu.growth.leads.floods.Flooded` where too
    many came from the device, the network, or to the form.
    """
    try:
        return _send(stores, form, sending, fingerprint(stores.home, "address", sending.address))
    except Flooded as flooded:
        floods.turned_away(stores, form, flooded.reason)
        raise


def _send(stores: Stores, form: int, sending: Sending, network: str) -> str:
    now = stores.clock.now()
    with stores.ledger.hurry(), stores.ledger.write() as conn:
        known = conn.execute(sa.select(leads.c.mark).where(leads.c.once == sending.once)).scalar()
        if known is not None:
            return known
        found = reading.form_in(conn, form)
        if found.shut(now):
            raise Conflict("lead_form_shut", "这张表单现在不能提交。", "This form can't be sent now.")
        answers = model.read(found.fields, sending.given)
        _check(conn, found, sending)
        (node,) = resolve(conn, now, SOURCE, [(answers.phone,)])
        same = _same(conn, found, node, sending.slot, now)
        if same is not None:
            return same
        floods.check(conn, form, found.limits, now, sending.device, network)
        _take_slot(conn, found, sending.slot, now)
        return _keep(conn, now, found, node, answers, sending, network)


def _check(conn: Connection, form: LeadForm, sending: Sending) -> None:
    if not sending.agreed:
        raise BadInput("lead_not_agreed", "请先阅读并同意。", "Please read and agree first.", field="agreed")
    if reading.text_in(conn, sending.text).form != form.id:
        raise Conflict("lead_text_strange", "页面已过期，请重新打开。", "The page is too old: open it again.")
    if (form.kind == "booking") != (sending.slot is not None):
        raise BadInput("lead_slot", "请选一个时间。", "Please choose a time.", field="slot")


def _same(conn: Connection, form: LeadForm, node: int, slot: int | None, now: datetime) -> str | None:
    """The lead that this person left here a moment ago."""
    kept = sa.select(people.c.kept).where(people.c.person == node).scalar_subquery()
    mine = sa.select(people.c.person).where(people.c.kept == kept)
    query = sa.select(leads.c.mark).where(
        leads.c.person.in_(mine),
        leads.c.form == form.id,
        leads.c.stage == "open",
        leads.c.at > now - AGAIN,
        leads.c.slot.is_(None) if slot is None else leads.c.slot == slot,
    )
    return conn.execute(query.order_by(leads.c.id.desc()).limit(1)).scalar()


def _take_slot(conn: Connection, form: LeadForm, slot: int | None, now: datetime) -> None:
    """One seat, where there is one: the condition stands in the statement that counts."""
    if slot is None:
        return
    seat = lead_slots.c
    there = sa.and_(seat.id == slot, seat.form == form.id, seat.off.is_(False), seat.starts > now)
    taking = sa.update(lead_slots).where(there, seat.taken < seat.seats).values(taken=seat.taken + 1)
    if not conn.execute(taking).rowcount:
        raise Conflict(
            "lead_slot_full",
            "这个时间刚被约满，请另选一个。",
            "This time has just filled up: choose another.",
            field="slot",
        )


def _keep(
    conn: Connection, now: datetime, form: LeadForm, node: int, answers: Answers, sending: Sending, network: str
) -> str:
    zone = preferences.timezone(conn)
    due = model.due_by(now, form.routing.minutes, form.routing.hours, zone)
    city = answers.city or sending.region
    mark = secrets.token_urlsafe(12)
    row = {
        "mark": mark,
        "once": sending.once,
        "form": form.id,
        "text": sending.text,
        "consent": sending.consent,
        "person": node,
        "device": sending.device,
        "network": network,
        "name": answers.name,
        "wish": answers.wish,
        "city": city,
        "more": dict(answers.more),
        "slot": sending.slot,
        "stage": "open",
        "at": now,
        "due": due,
    }
    number = conn.execute(sa.insert(leads).values(row).returning(leads.c.id)).scalar_one()
    _tell_people(conn, now, form, node, answers, number, sending)
    holder = _holder(conn, form, node, city)
    words = Wish(title=form.name, script=form.routing.script, escalate_to=form.routing.escalate_to)
    (task,) = giving.give_to(conn, now, BY, [(node, holder)], words, due)
    conn.execute(sa.update(leads).where(leads.c.id == number).values(task=task))
    return mark


def _tell_people(
    conn: Connection, now: datetime, form: LeadForm, node: int, answers: Answers, number: int, sending: Sending
) -> None:
    named = sa.select(people.c.name).where(people.c.person == node)
    if answers.name and not conn.execute(named).scalar():
        actions.tell_profiles(conn, now, [(node, {"name": answers.name}, {})])
    actions.note_origins(conn, now, {node: (SOURCE, form.slug)})
    text = reading.text_in(conn, sending.text)
    evidence = f"lead {number}"
    notice = f"{form.slug} v{text.version}"
    agreed = ["service", *([text.purpose] if sending.consent and text.purpose else [])]
    wanted = [each for each in dict.fromkeys(agreed) if not _refused(conn, node, each)]
    consents.record(conn, now, [Statement(node, each, "any", True, now, notice, evidence, BY) for each in wanted])
    told: dict[str, object] = {"form": form.name, "lead": number, "wish": answers.wish[:200], "city": answers.city}
    if sending.slot is not None:
        starts = conn.execute(sa.select(lead_slots.c.starts).where(lead_slots.c.id == sending.slot)).scalar_one()
        told["booked"] = starts.isoformat()
    tell(conn, "lead_received", now, [(number, node, told)])


def _refused(conn: Connection, node: int, purpose: str) -> bool:
    kept = conn.execute(sa.select(people.c.kept).where(people.c.person == node)).scalar_one()
    stated = consents.of_person(conn, kept)
    return any(row["purpose"] == purpose and not row["given"] for row in stated)


def _holder(conn: Connection, form: LeadForm, node: int, city: str) -> str:
    counted = sa.update(lead_forms).where(lead_forms.c.id == form.id).values(turn=lead_forms.c.turn + 1)
    turn = conn.execute(counted.returning(lead_forms.c.turn)).scalar_one() - 1
    there = {each.id for each in holders.all_holders(conn)}
    merged = holders.merged_names(conn)
    adviser = holders.advisers_of(conn, [node]).get(node, "") if form.routing.adviser else ""
    chosen = model.choose(form.routing, turn, city, lambda each: merged.get(each, each) in there, adviser)
    return merged.get(chosen, chosen)


def tell(conn: Connection, name: str, now: datetime, told: Sequence[tuple[int, int, Mapping[str, object]]]) -> None:
    """Own events about leads: (lead, node, properties), each once for ever."""
    rows = [
        {
            "message_id": f"{name}-{number}",
            "time": now,
            "name": name,
            "person": node,
            "properties": {key: value for key, value in properties.items() if value not in ("", None)},
        }
        for number, node, properties in told
    ]
    actions.append_own(conn, rows)
