"""Floods of forms with invented numbers: what stops them, what is said of them, and how their seats come back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.growth.codes import hours
from siyu.growth.leads import command, floods, following, keeping, reading
from siyu.growth.leads.floods import Flooded
from siyu.growth.leads.keeping import FormDraft
from siyu.growth.leads.model import Limits
from siyu.growth.leads.reading import LeadForm
from siyu.growth.leads.tables import leads
from siyu.jobs.model import Job
from siyu.people.tables import people
from siyu.storage import BadInput, ManualClock, Stores
from tests.growth.leads.forms import a_form, come

HOME, HALL = "203.0.113.9", "198.51.100.7"


def phone(number: int) -> str:
    return f"139{number:08d}"


def wait(stores: Stores, **time: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(**time))


def a_booking(stores: Stores, seats: int) -> LeadForm:
    form = a_form(stores, live=False, kind="booking")
    day = stores.clock.now().date() + timedelta(days=1)
    keeping.add_slots(stores, form.id, day, day, hours.read("1-7 10:00-11:00"), 60, seats)
    return keeping.put_to_use(stores, form.id)


def refused(stores: Stores, form: int) -> dict[str, int]:
    today = stores.clock.now()
    return {**floods.refused_of(stores, form, today - timedelta(days=1), today + timedelta(hours=1))}


def test_a_booking_takes_so_many_from_one_network_in_a_day_whatever_their_numbers(each_stores: Stores) -> None:
    stores = each_stores
    form = a_booking(stores, seats=100)
    (slot,) = reading.slots_of(stores, form.id, stores.clock.now())
    for each in range(20):
        come(stores, form, phone(each), slot=slot.id, device=f"d{each}", address=HOME)
    with pytest.raises(Flooded) as caught:
        come(stores, form, phone(20), slot=slot.id, device="d20", address=HOME)
    assert (caught.value.reason, "手机流量" in caught.value.zh) == ("network", True)
    come(stores, form, phone(21), slot=slot.id, device="d21", address=HALL)
    assert refused(stores, form.id) == {"network": 1}


def test_a_form_takes_so_many_in_an_hour_from_wherever_they_come(stores: Stores) -> None:
    form = a_form(stores, limits=Limits(form_hour=3))
    for each in range(3):
        come(stores, form, phone(each), device=f"d{each}", address=f"203.0.113.{each}")
    with pytest.raises(Flooded) as caught:
        come(stores, form, phone(3), device="d3", address="203.0.113.3")
    assert caught.value.reason == "form"
    wait(stores, hours=1, seconds=1)
    come(stores, form, phone(3), device="d3", address="203.0.113.3")


def test_who_is_turned_away_leaves_nobody_behind(stores: Stores) -> None:
    form = a_form(stores, limits=Limits(form_hour=1))
    come(stores, form, phone(1))
    with stores.ledger.read() as conn:
        before = conn.execute(sa.select(sa.func.count()).select_from(people)).scalar_one()
    with pytest.raises(Flooded):
        come(stores, form, phone(2))
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(people)).scalar_one() == before


def test_the_same_lead_again_is_never_turned_away(stores: Stores) -> None:
    form = a_form(stores, limits=Limits(form_hour=1))
    first = come(stores, form, phone(1), once="a")
    assert come(stores, form, phone(1), once="b").id == first.id


def test_no_limit_is_said_by_nought(stores: Stores) -> None:
    form = a_form(stores, limits=Limits(network_day=0, form_hour=0))
    for each in range(30):
        come(stores, form, phone(each), device=f"d{each}", address=HOME)
    assert refused(stores, form.id) == {}


@pytest.mark.parametrize("limits", [Limits(device_day=0), Limits(network_day=-1), Limits(form_hour=10**9)])
def test_limits_that_cannot_be_are_refused_by_field(stores: Stores, limits: Limits) -> None:
    with pytest.raises(BadInput) as caught:
        keeping.add_form(stores, "staff:1", FormDraft("试听", limits=limits))
    assert caught.value.field in Limits.__struct_fields__


def test_limits_are_as_they_come_until_somebody_sets_one(stores: Stores) -> None:
    booking = a_booking(stores, seats=1)
    assert booking.limits == Limits(5, 20, 200)
    draft = command.drafted(command.draft_of(stores, booking), {"limits": {"network_day": 50}})
    changed = keeping.change_form(stores, "staff:1", booking.id, draft)
    assert changed.limits == Limits(5, 50, 200)


def test_what_a_network_made_up_is_dropped_at_once_and_its_seats_are_free(each_stores: Stores) -> None:
    stores = each_stores
    form = a_booking(stores, seats=4)
    (slot,) = reading.slots_of(stores, form.id, stores.clock.now())
    made_up = [come(stores, form, phone(each), slot=slot.id, address=HOME) for each in range(3)]
    honest = come(stores, form, phone(9), slot=slot.id, address=HALL)
    assert floods.drop_all(stores, "staff:1", made_up[1].id) == [each.id for each in made_up]
    (now,) = reading.slots_of(stores, form.id, stores.clock.now())
    assert (now.taken, reading.get_lead(stores, honest.id).stage) == (1, "open")
    assert floods.drop_all(stores, "staff:1", made_up[1].id) == []


def test_the_mark_of_a_network_can_not_be_read_and_is_forgotten_after_a_month(stores: Stores) -> None:
    form = a_form(stores)
    lead = come(stores, form, address=HOME)

    def mark() -> str:
        with stores.ledger.read() as conn:
            return conn.execute(sa.select(leads.c.network).where(leads.c.id == lead.id)).scalar_one()

    assert mark() not in ("", HOME)
    wait(stores, days=31)
    following.follow(stores, Job(1, following.JOB, {}))
    assert mark() == ""


def test_the_figures_of_a_form_say_how_many_were_turned_away(stores: Stores) -> None:
    form = a_form(stores, limits=Limits(form_hour=1))
    come(stores, form, phone(1))
    for each in (2, 3):
        with pytest.raises(Flooded):
            come(stores, form, phone(each))
    assert command.figures_told(stores, form.id).refused == {"form": 2}
