"""A form is sent: once, to one person, to one member of staff, with a clock; and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec import structs

from siyu.growth.codes import hours
from siyu.growth.leads import doing, figures, following, forgetting, keeping, looking, reading
from siyu.growth.leads.keeping import FormDraft, Shown
from siyu.growth.leads.model import FIRST_FIELDS, Area, Field, Routing, Unread
from siyu.growth.leads.reading import Asked, LeadForm, Slot
from siyu.growth.leads.tables import leads
from siyu.growth.period import span_of
from siyu.growth.visitors.tables import visitor_devices
from siyu.jobs.model import Job
from siyu.people import consents
from siyu.people.tables import own_events, people
from siyu.reach.staff_tasks import doing as tasks
from siyu.reach.staff_tasks import queries
from siyu.reach.staff_tasks.doing import Result
from siyu.reach.staff_tasks.model import EVERYTHING
from siyu.storage import BadInput, Conflict, ManualClock, SiyuError, Stores
from tests.growth.leads.forms import NOTICE, PHONE, a_form, a_member, come
from tests.people.calls import drained, track


def events(stores: Stores, name: str) -> list[dict[str, Any]]:
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(own_events).where(own_events.c.name == name).order_by(own_events.c.id))
        return [{"person": row.person, **row.properties} for row in rows]


def wait(stores: Stores, **time: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(**time))


def follow(stores: Stores) -> Mapping[str, Any]:
    return following.follow(stores, Job(1, following.JOB, {})) or {}


def a_booking(stores: Stores, seats: int = 1, **more: Any) -> tuple[LeadForm, list[Slot]]:
    form = a_form(stores, live=False, kind="booking", **more)
    day = stores.clock.now().date() + timedelta(days=1)
    keeping.add_slots(stores, form.id, day, day, hours.read("1-7 10:00-12:00"), 60, seats)
    return keeping.put_to_use(stores, form.id), reading.slots_of(stores, form.id, stores.clock.now())


def test_a_lead_is_a_person_with_a_phone_a_task_with_a_clock_and_an_event(each_stores: Stores) -> None:
    stores = each_stores
    anna = a_member(stores, "anna")
    form = a_form(stores, routing=Routing("turn", (anna,), minutes=30))
    lead = come(stores, form, "138 0013 8000")
    assert reading.phones_of(stores, [lead.node]) == {lead.node: "+8613800138000"}
    assert lead.task is not None
    task = queries.one_task(stores, EVERYTHING, lead.task)
    assert (task.person, task.title, task.holder, task.due - lead.at) == (
        lead.person,
        "免费试听",
        anna,
        timedelta(minutes=30),
    )
    (told,) = events(stores, "lead_received")
    assert (told["person"], told["form"], told["lead"], told["wish"]) == (lead.node, "免费试听", lead.id, "周末试听")
    assert "13800138000" not in str(told)
    assert events(stores, "task_given") != []


def test_the_same_form_sent_twice_and_the_same_number_again_are_one_lead(stores: Stores) -> None:
    form = a_form(stores)
    first = come(stores, form, once="a")
    assert come(stores, form, once="a").id == first.id
    assert come(stores, form, "+86 138-0013-8000", once="b").id == first.id
    wait(stores, days=2)
    assert come(stores, form, once="c").id != first.id
    assert come(stores, form, "13900139000", once="d").person != first.person


def test_many_phones_of_one_number_at_once_are_one_lead(each_stores: Stores) -> None:
    stores = each_stores
    form = a_form(stores)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda nth: come(stores, form, once=f"n{nth}").id, range(8)))
    assert len(set(found)) == 1


def test_a_number_written_by_anybody_proves_nothing(each_stores: Stores) -> None:
    stores = each_stores
    form = a_form(stores)
    lead = come(stores, form, consent=True, device="a device")
    consents.state_consent(stores, "staff:1", lead.person, "marketing", "any", False)
    wait(stores, days=2)
    again = come(stores, form, given={"name": "别人"}, consent=True, once="again", device="another")
    assert again.person == lead.person
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(people.c.name).where(people.c.person == lead.person)).scalar() == "王小明"
        assert conn.execute(sa.select(visitor_devices)).all() == []
        said = consents.of_person(conn, lead.person)
    assert not consents.allows(said, "marketing", "sms"), "what was withdrawn is not given again by a form"
    assert (again.consent, again.name) == (True, "别人"), "the lead says what was written"


def test_what_was_agreed_to_is_kept_word_by_word(stores: Stores) -> None:
    form = a_form(stores)
    lead = come(stores, form, consent=True)
    with stores.ledger.read() as conn:
        log = {row["purpose"]: row for row in consents.log_of(conn, lead.person)}
    assert set(log) == {"service", "marketing"}
    assert (log["marketing"]["notice"], log["marketing"]["evidence"]) == (f"{form.slug} v1", f"lead {lead.id}")
    newer = keeping.change_form(
        stores, "staff:1", form.id, FormDraft("免费试听", shown=structs_of(NOTICE, notice_zh="另一份告知。"))
    )
    assert newer.text != lead.text
    assert reading.get_text(stores, lead.text).notice_zh == NOTICE.notice_zh
    assert [each.version for each in reading.texts_of(stores, form.id)] == [2, 1]
    back = keeping.change_form(stores, "staff:1", form.id, FormDraft("免费试听", shown=NOTICE))
    assert back.text == lead.text, "the same words are the same version"


def structs_of(shown: Shown, **more: str) -> Shown:
    return Shown(**({name: getattr(shown, name) for name in Shown.__dataclass_fields__} | more))


def test_without_agreeing_or_a_phone_nothing_is_kept(stores: Stores) -> None:
    form = a_form(stores)
    with pytest.raises(BadInput) as raised:
        come(stores, form, agreed=False)
    assert raised.value.field == "agreed"
    with pytest.raises(Unread):
        come(stores, form, "12345")
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(people)).scalar_one() == 0


def test_a_form_without_a_notice_is_not_put_to_use(stores: Stores) -> None:
    draft = keeping.add_form(stores, "staff:1", FormDraft("问一问"))
    with pytest.raises(BadInput):
        keeping.put_to_use(stores, draft.id)
    with pytest.raises(Conflict):
        keeping.end(stores, draft.id)
        keeping.put_to_use(stores, draft.id)


def test_who_is_shut_out_is_told_so(stores: Stores) -> None:
    form = a_form(stores)
    keeping.pause(stores, form.id)
    with pytest.raises(Conflict):
        come(stores, form)
    keeping.put_to_use(stores, form.id)
    for nth in range(5):
        come(stores, form, f"1380013800{nth}", device="one device")
    with pytest.raises(Conflict):
        come(stores, form, "13800138009", device="one device")
    wait(stores, days=2)
    come(stores, form, "13800138009", device="one device", once="later")


def test_staff_take_turns_a_region_is_whose_it_is_and_by_hand_is_the_pool(stores: Stores) -> None:
    anna, ben = a_member(stores, "anna"), a_member(stores, "ben")
    turns = a_form(stores, routing=Routing("turn", (anna, ben)))
    assert [come(stores, turns, f"1380013800{nth}").holder for nth in range(4)] == [anna, ben, anna, ben]
    city = (*FIRST_FIELDS, Field("city", "city", "城市"))
    by_city = Routing("region", (ben,), (Area("anna", ("上海",)),))
    region = a_form(stores, routing=by_city, fields=city)
    assert come(stores, region, "13800138011", given={"city": "上海市"}).holder == anna
    assert come(stores, region, "13800138012", region="上海").holder == anna, "else by their address"
    assert come(stores, region, "13800138013", given={"city": "拉萨"}, region="上海").holder == ben
    by_hand = come(stores, a_form(stores), "13800138014")
    assert by_hand.holder == ""
    assert doing.hand_over(stores, by_hand.id, "ben").holder == ben


def test_a_time_is_never_oversold(each_stores: Stores) -> None:
    stores = each_stores
    form, slots = a_booking(stores, seats=3)

    def book(nth: int) -> str:
        try:
            return come(stores, form, f"138001380{nth:02}", once=f"n{nth}", slot=slots[0].id).mark
        except SiyuError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(book, range(12)))
    assert found.count("lead_slot_full") == 9
    assert reading.slots_of(stores, form.id, stores.clock.now())[0].left == 0
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(leads)).scalar_one() == 3
        assert conn.execute(sa.select(sa.func.count()).select_from(people)).scalar_one() == 3, (
            "who got none is not kept"
        )


def test_a_seat_given_back_is_given_back_once(each_stores: Stores) -> None:
    stores = each_stores
    form, slots = a_booking(stores)
    lead = come(stores, form, slot=slots[0].id)
    with pytest.raises(BadInput):
        keeping.change_slot(stores, form.id, slots[0].id, seats=0)
    for _ in range(2):
        assert doing.cancel(stores, "staff:1", lead.id).state == "cancelled"
    assert reading.slots_of(stores, form.id, stores.clock.now())[0].left == 1
    assert lead.task is not None
    assert queries.one_task(stores, EVERYTHING, lead.task).state == "cancelled"
    assert come(stores, form, once="again", slot=slots[0].id).id != lead.id


@pytest.mark.parametrize("slot", [None, 999_999])
def test_a_booking_needs_a_time_that_is_there(stores: Stores, slot: int | None) -> None:
    form, _ = a_booking(stores)
    with pytest.raises(SiyuError) as raised:
        come(stores, form, slot=slot)
    assert raised.value.field == "slot"


def test_times_that_passed_or_were_switched_off_are_not_booked(stores: Stores) -> None:
    form, slots = a_booking(stores)
    keeping.change_slot(stores, form.id, slots[1].id, off=True)
    with pytest.raises(Conflict):
        come(stores, form, slot=slots[1].id)
    assert [each.id for each in reading.slots_of(stores, form.id, stores.clock.now(), free=True)] == [slots[0].id]
    wait(stores, days=3)
    with pytest.raises(Conflict):
        come(stores, form, slot=slots[0].id)
    with pytest.raises(BadInput):
        keeping.add_slots(stores, form.id, date(2020, 1, 1), date(2020, 1, 2), hours.read("1-7 10:00-12:00"), 60, 1)


def test_what_was_not_answered_in_time_is_told_once(each_stores: Stores) -> None:
    stores = each_stores
    form = a_form(stores, routing=Routing("hand", minutes=30))
    quick, slow = come(stores, form, "13800138001"), come(stores, form, "13800138002")
    assert quick.task is not None
    assert slow.task is not None
    tasks.finish(stores, EVERYTHING, "staff:1", quick.task, Result())
    wait(stores, minutes=31)
    assert follow(stores)["late"] == 1
    assert follow(stores)["late"] == 0
    assert [told["lead"] for told in events(stores, "lead_late")] == [slow.id]
    states = {each.id: each.state for each in reading.leads_page(stores, Asked())}
    assert states == {quick.id: "answered", slow.id: "late"}
    tasks.finish(stores, EVERYTHING, "staff:1", slow.task, Result())
    assert reading.get_lead(stores, slow.id).state == "answered"
    whole = figures.figures_of(stores, form.id, *span_of(stores, None, None)).whole
    assert (whole.sent, whole.answered, whole.due, whole.in_time) == (2, 2, 2, 1)


def test_an_order_afterwards_converts_and_none_lapses(each_stores: Stores) -> None:
    stores = each_stores
    form = a_form(stores, lapse_days=7)
    buyer, other = come(stores, form, "13800138001"), come(stores, form, "13800138002")
    wait(stores, days=1)
    drained(stores, {"type": "identify", "userId": "u1", "traits": {"phone": "13800138001"}})
    bought = {"order_id": "o1", "total": 12.5}
    drained(stores, track("u1", "Order Completed", timestamp=stores.clock.now().isoformat(), properties=bought))
    assert follow(stores)["converted"] == 1
    assert follow(stores)["converted"] == 0
    found = reading.get_lead(stores, buyer.id)
    assert (found.state, found.order, found.cents) == ("converted", "o1", 1250)
    wait(stores, days=7)
    assert follow(stores)["lapsed"] == 1
    assert [told["lead"] for told in events(stores, "lead_lapsed")] == [other.id]
    assert reading.get_lead(stores, other.id).state == "lapsed"
    assert [told["lead"] for told in events(stores, "lead_converted")] == [buyer.id]


def test_figures_count_who_looked_and_lists_find_by_number_and_words(each_stores: Stores) -> None:
    stores = each_stores
    form = a_form(stores)
    looking.saw(stores, [(form.id, "a"), (form.id, "b"), (form.id, "a")])
    lead = come(stores, form)
    come(stores, form, "13900139000", given={"name": "李", "wish": ""})
    assert figures.counts_of(stores, [form.id])[form.id][0] == 2
    assert [each.id for each in reading.leads_page(stores, Asked(words="小明"))] == [lead.id]
    assert [each.id for each in reading.leads_page(stores, Asked(phone=reading.phone_in(PHONE)))] == [lead.id]
    assert reading.count_leads(stores, Asked(state="new")) == 2
    dropped = doing.drop(stores, "staff:1", lead.id)
    assert (dropped.state, reading.count_leads(stores, Asked(state="new"))) == ("dropped", 1)
    assert doing.set_note(stores, lead.id, " 打不通 ").note == "打不通"


def test_who_is_erased_leaves_a_number_and_nothing_they_wrote(each_stores: Stores) -> None:
    stores = each_stores
    form = a_form(stores)
    looking.saw(stores, [(form.id, "theirs")])
    lead = come(stores, form, device="theirs")
    doing.set_note(stores, lead.id, "王小明要周末")
    with stores.ledger.write() as conn:
        forgetting.forget_people(conn, stores.clock.now(), [lead.node])
    left = reading.get_lead(stores, lead.id)
    assert (left.name, left.wish, left.note, dict(left.more)) == ("", "", "", {})
    assert figures.counts_of(stores, [form.id])[form.id] == (0, figures.Count(sent=1))


def test_fields_of_ones_own_are_kept_with_the_form(stores: Stores) -> None:
    asked = (*FIRST_FIELDS, Field("size", "choice", "面积", "Size", choices=("小", "大")))
    form = a_form(stores, fields=asked)
    assert reading.get_form(stores, form.id).fields == asked
    assert come(stores, form, given={"size": "大"}).more == {"size": "大"}
    with pytest.raises(BadInput):
        keeping.change_form(stores, "staff:1", form.id, FormDraft("x", fields=asked[:1], shown=NOTICE))
    assert structs.replace(asked[3], key="area") != asked[3]
