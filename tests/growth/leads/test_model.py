"""What a form asks, who gets a lead, until when, and which times can be booked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from siyu.growth.codes import hours
from siyu.growth.leads.model import (
    FIRST_FIELDS,
    Area,
    Field,
    Routing,
    Unread,
    check_fields,
    check_routing,
    check_slug,
    choose,
    due_by,
    read,
    slots_of,
)
from siyu.storage import BadInput

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
OWN = Field("size", "choice", "面积", choices=("小", "大"))


def works(holder: str) -> bool:
    return not holder.endswith("9")


def test_a_phone_however_it_is_written_is_one_identifier() -> None:
    wide = "13800138000".translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    spelt = {read(FIRST_FIELDS, {"phone": text}).phone for text in ("138 0013 8000", "+86-13800138000", wide)}
    assert [each.value for each in spelt] == ["+8613800138000"]


@pytest.mark.parametrize("phone", ["", "123", "1380013800", "没有", "138001380001234567"])
def test_what_is_no_phone_is_said_at_its_field(phone: str) -> None:
    with pytest.raises(Unread) as raised:
        read(FIRST_FIELDS, {"phone": phone, "name": "王"})
    assert set(raised.value.errors) == {"phone"}
    assert phone not in raised.value.errors["phone"].zh or not phone


def test_everything_wrong_is_said_at_once() -> None:
    asked = (*FIRST_FIELDS, OWN, Field("street", "text", "街道", required=True))
    with pytest.raises(Unread) as raised:
        read(asked, {"phone": "x", "name": "王" * 61, "size": "中", "street": " "})
    assert set(raised.value.errors) == {"phone", "name", "size", "street"}


def test_answers_to_own_fields_are_kept_by_key_and_a_city_is_the_city() -> None:
    asked = (*FIRST_FIELDS, OWN, Field("where", "city", "城市"))
    found = read(asked, {"phone": "13800138000", "size": "大", "where": "上海", "wish": "试听\r\n周末", "other": "x"})
    assert (found.city, found.wish, found.more) == ("上海", "试听\n周末", {"size": "大"})


@pytest.mark.parametrize(
    "fields",
    [
        FIRST_FIELDS[:1],
        (*FIRST_FIELDS, FIRST_FIELDS[0]),
        (structs.replace(FIRST_FIELDS[1], required=False),),
        (*FIRST_FIELDS, Field("a b", "text", "x")),
        (*FIRST_FIELDS, Field("size", "choice", "x", choices=("一",))),
        (*FIRST_FIELDS, Field("size", "choice", "x", choices=("一", "一"))),
        (*FIRST_FIELDS, *(Field(f"f{n}", "text", "x") for n in range(9))),
    ],
)
def test_a_form_that_can_not_be_asked_is_refused(fields: tuple[Field, ...]) -> None:
    with pytest.raises(BadInput):
        check_fields(fields)
    check_fields((*FIRST_FIELDS, OWN))


@pytest.mark.parametrize("slug", ["ab", "draws", "Ab-cd", "a/b", "-abc", "a" * 41])
def test_an_address_that_can_not_be_is_refused(slug: str) -> None:
    with pytest.raises(BadInput):
        check_slug(slug)


@pytest.mark.parametrize("routing", [Routing(), Routing("region"), Routing("hand", minutes=0)])
def test_a_routing_that_leads_nowhere_is_refused(routing: Routing) -> None:
    with pytest.raises(BadInput):
        check_routing(routing)


@given(st.lists(st.sampled_from(["staff:1", "staff:2", "staff:3"]), unique=True, min_size=1), st.integers(0, 50))
def test_in_turn_everybody_gets_as_many(staff: list[str], rounds: int) -> None:
    routing = Routing("turn", tuple(staff))
    got = [choose(routing, turn, "", works) for turn in range(rounds * len(staff))]
    assert all(got.count(each) == rounds for each in staff)


def test_who_has_left_gets_none_and_nobody_left_is_the_pool() -> None:
    assert {choose(Routing("turn", ("staff:9", "staff:1")), turn, "", works) for turn in range(4)} == {"staff:1"}
    assert choose(Routing("turn", ("staff:9",)), 0, "", works) == ""
    assert choose(Routing("hand", ("staff:1",)), 0, "", works) == ""


def test_a_region_goes_to_whose_it_is_and_the_rest_takes_turns() -> None:
    routing = Routing("region", ("staff:3",), (Area("staff:1", ("上海市", "杭州")), Area("staff:9", ("北京",))))
    assert [choose(routing, 0, city, works) for city in ("上海", "杭州市", "北京", "", "拉萨")] == [
        *("staff:1", "staff:1", "staff:3", "staff:3", "staff:3")
    ]


def test_a_customer_goes_to_their_own_adviser_unless_the_form_says_otherwise() -> None:
    routing = Routing("turn", ("staff:1",))
    assert choose(routing, 0, "", works, "staff:2") == "staff:2"
    assert choose(routing, 0, "", works, "staff:9") == "staff:1", "who has left answers nobody"
    assert choose(structs.replace(routing, adviser=False), 0, "", works, "staff:2") == "staff:1"


def test_the_clock_runs_in_working_hours_alone() -> None:
    shop = hours.read("1-5 09:00-18:00")
    assert due_by(MONDAY, 30, shop, SHANGHAI) == MONDAY + timedelta(minutes=30)
    evening = MONDAY.replace(hour=9, minute=50)  # 17:50
    assert due_by(evening, 30, shop, SHANGHAI).astimezone(SHANGHAI).isoformat() == "2026-03-03T09:20:00+08:00"
    saturday = MONDAY + timedelta(days=5)
    assert due_by(saturday, 30, shop, SHANGHAI).astimezone(SHANGHAI).isoformat() == "2026-03-09T09:30:00+08:00"
    assert due_by(saturday, 30, (), SHANGHAI) == saturday + timedelta(minutes=30)


@given(st.integers(0, 7 * 1440), st.integers(1, 600), st.integers(0, 600))
def test_who_comes_later_is_never_due_earlier_and_a_longer_clock_never_ends_sooner(
    after: int, minutes: int, more: int
) -> None:
    shop = hours.read("1-6 10:00-12:00;2,4 14:00-20:00")
    at = MONDAY + timedelta(minutes=after)
    due = due_by(at, minutes, shop, SHANGHAI)
    assert due >= at + timedelta(minutes=minutes)
    assert due_by(at + timedelta(minutes=more), minutes, shop, SHANGHAI) >= due
    assert due_by(at, minutes + more, shop, SHANGHAI) >= due


def test_times_are_those_of_the_shops_clocks() -> None:
    found = slots_of(date(2026, 3, 2), date(2026, 3, 8), hours.read("1,3 09:00-10:30"), 40, SHANGHAI)
    shown = [at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") for at, _ in found]
    assert shown == ["03-02 09:00", "03-02 09:40", "03-04 09:00", "03-04 09:40"]
    assert {ends - at for at, ends in found} == {timedelta(minutes=40)}


def test_an_hour_that_the_clocks_leave_out_is_none_and_one_shown_twice_is_one() -> None:
    spring = slots_of(date(2026, 3, 29), date(2026, 3, 29), hours.read("7 01:00-04:00"), 60, BERLIN)
    assert [at.hour for at, _ in spring] == [0, 1], "02:00 is not there"
    autumn = slots_of(date(2026, 10, 25), date(2026, 10, 25), hours.read("7 01:00-04:00"), 60, BERLIN)
    assert len(autumn) == 3


@pytest.mark.parametrize(
    ("first", "last", "spans", "minutes"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "1 09:00-10:00", 30),
        (date(2026, 3, 2), date(2028, 3, 1), "1 09:00-10:00", 30),
        (date(2026, 3, 2), date(2026, 3, 2), "1 09:00-10:00", 90),
        (date(2026, 3, 2), date(2026, 12, 31), "1-7 00:00-24:00", 5),
        (date(2026, 3, 2), date(2026, 3, 3), "", 30),
    ],
)
def test_times_that_would_be_none_or_too_many_are_refused(first: date, last: date, spans: str, minutes: int) -> None:
    with pytest.raises(BadInput):
        slots_of(first, last, hours.read(spans), minutes, SHANGHAI)
