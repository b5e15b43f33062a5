"""The parts that every page is made of: fields, words for figures, cursors, limits, files in and out, lists."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Request, post
from litestar.testing import TestClient

from siyu.channels.registry import channels_of
from siyu.people.consents import CHANNELS
from siyu.storage import BadInput, ManualClock, SiyuError, Stores
from siyu.web import charts, downloads, errors, uploads, view, wording
from siyu.web.current import Call, current, enter
from siyu.web.forms import WHOLE_MAX, Form
from siyu.web.limits import ADDRESSES_MAX, Bucket
from siyu.web.listing import Column, Listing
from siyu.web.paging import cursor_of, place_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def call(stores: Stores) -> Call:
    made = Call(stores, id="0123", path="/people", timezone=SHANGHAI)
    enter(made)
    return made


# ---- fields


@given(st.text(max_size=30))
def test_a_whole_number_is_read_or_refused_at_its_field_never_raised(raw: str) -> None:
    form = Form({"n": [raw]})
    value = form.whole("n", low=1, high=100)
    assert 1 <= value <= 100
    assert form.ok or set(form.errors) == {"n"}
    assert form.get("n") == raw


@given(st.integers(0, WHOLE_MAX))
def test_a_whole_number_written_with_commas_is_that_number(number: int) -> None:
    assert Form({"n": [f"{number:,}"]}).whole("n") == number


@pytest.mark.parametrize("raw", ["", "x", "nan", "inf", "-1", "1e999", "1" * 40, "１２三"])
def test_an_amount_that_is_none_is_refused(raw: str) -> None:
    form = Form({"price": [raw]})
    assert form.decimal("price") == 0
    assert not form.ok


@pytest.mark.parametrize(("raw", "amount"), [("12.5", "12.5"), ("1,234.50", "1234.50"), ("¥8", "8"), ("０.５", "0.5")])
def test_an_amount_is_read_as_people_write_it(raw: str, amount: str) -> None:
    form = Form({"price": [raw]})
    assert (form.decimal("price"), form.ok) == (Decimal(amount), True)


def test_a_moment_is_read_in_the_shops_time_zone() -> None:
    form = Form({"at": ["2026-11-22T14:05"]})
    assert form.moment("at") == datetime(2026, 11, 22, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize("raw", ["yesterday", "2026-13-01T00:00", "0001-01-01T00:00", "9999-99-99"])
def test_a_moment_that_is_none_is_refused(raw: str) -> None:
    form = Form({"at": [raw]})
    assert form.moment("at") is None
    assert form.error("at")


def test_a_text_is_trimmed_bounded_and_printable() -> None:
    form = Form({"a": ["  王 小雨 "], "b": ["x" * 201], "c": ["a\x00b"], "d": ["a\r\nb"], "e": [" "]})
    assert form.text("a") == "王 小雨"
    form.text("b")
    form.text("c")
    assert form.text("d", lines=True) == "a\nb"
    form.text("e", required=True)
    assert set(form.errors) == {"b", "c", "e"}


def test_an_error_of_an_action_lands_at_its_field_and_a_fault_does_not() -> None:
    form = Form({"name": ["x"]})
    with form.errors_kept():
        raise BadInput("taken", "已有同名标签。", "The name is taken.", field="name")
    assert form.error("name") == "已有同名标签。"
    with pytest.raises(ZeroDivisionError), form.errors_kept():
        raise ZeroDivisionError


def test_a_choice_outside_the_list_is_refused() -> None:
    form = Form({"role": ["root"], "days": ["1", "9"]})
    assert form.choice("role", ("a", "b")) == "a"
    assert form.choices("days", ("1", "2")) == ["1"]
    assert set(form.errors) == {"role", "days"}


def test_what_is_stored_is_shown_as_a_field_wants_it() -> None:
    form = Form.showing(on=True, off=False, at=datetime(2026, 11, 22, 6, 5, tzinfo=UTC), none=None, many=[1, 2])
    assert (form.flag("on"), form.flag("off"), form.get("at")) == (True, False, "2026-11-22 14:05")
    assert "none" not in form
    assert form.all("many") == ["1", "2"]


# ---- words


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0", "0"),
        (12345, "12,345", "12,345"),
        (123456, "12.3万", "123.5k"),
        (12345678, "1,235万", "12.3M"),
        (340000000, "3.4亿", "340.0M"),
        (-123456, "-12.3万", "-123.5k"),
        (None, "—", "—"),
    ],
)
def test_large_counts_are_short_in_either_language(value: int | None, zh: str, en: str, call: Call) -> None:
    assert wording.count(value) == zh
    call.language = "en"
    assert wording.count(value) == en


def test_money_moments_and_shares_are_written_one_way() -> None:
    assert wording.money(Decimal("1234.5")) == "¥1,234.50"
    assert wording.money(Decimal("-3")) == "-¥3.00"
    assert wording.money(1234567, short=True) == "¥123.5万"
    assert wording.percent(0.1234) == "12.3%"
    assert wording.moment(datetime(2026, 11, 22, 6, 5, tzinfo=UTC)) == "2026-11-22 14:05"
    assert wording.day(datetime(2026, 11, 22, 17, 0, tzinfo=UTC)) == "2026-11-23"
    assert wording.bytes_(1_234_567) == "1.2 MB"


@pytest.mark.parametrize(
    ("ago", "zh"),
    [
        (timedelta(seconds=10), "刚刚"),
        (timedelta(minutes=3), "3 分钟前"),
        (timedelta(hours=5), "5 小时前"),
        (timedelta(days=40), "40 天前"),
        (timedelta(days=-2), "2 天后"),
    ],
)
def test_how_long_ago_is_said_in_one_unit(ago: timedelta, zh: str, stores: Stores) -> None:
    assert isinstance(stores.clock, ManualClock)
    assert wording.ago(stores.clock.now() - ago) == zh


# ---- cursors, limits, addresses


@given(st.integers(), st.text(), st.booleans())
def test_a_cursor_gives_back_the_place_it_was_made_of(number: int, text: str, flag: bool) -> None:
    number = max(-(2**63), min(number, 2**63 - 1))
    assert place_of(cursor_of(number, text, flag), int, str, bool) == (number, text, flag)


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    with suppress(BadInput):
        found = place_of(text, int, str)
        assert found is None or (isinstance(found[0], int) and isinstance(found[1], str))


@pytest.mark.parametrize("place", [(2**63, 1), (-(2**63) - 1, 1)])
def test_a_place_that_no_store_can_hold_is_no_cursor(place: tuple[int, int]) -> None:
    with pytest.raises(BadInput):
        place_of(cursor_of(*place), int, int)


def test_a_moment_without_a_zone_is_no_cursor() -> None:
    with pytest.raises(BadInput):
        place_of(cursor_of("2026-11-23T10:00:00", 1), datetime, int)


def test_a_bucket_empties_and_fills_again_for_each_caller() -> None:
    bucket = Bucket(60)
    assert [bucket.take("a", 0.0) for _ in range(61)] == [0.0] * 60 + [1.0]
    assert bucket.take("b", 0.0) == 0
    assert bucket.wait("a", 0.25) == 0.75
    assert [bucket.take("a", 1.0), bucket.take("a", 1.0)] == [0.0, 1.0]


def test_a_bucket_remembers_a_bounded_number_of_callers() -> None:
    bucket = Bucket(1)
    for number in range(ADDRESSES_MAX + 10):
        bucket.take(str(number), 0.0)
    assert len(bucket._left) == ADDRESSES_MAX  # pyright: ignore[reportPrivateUsage]


def test_an_address_keeps_its_filters_and_forgets_its_place(call: Call) -> None:
    call.query = "q=%E7%8E%8B&cursor=abc&sort=name"
    assert view.with_query(sort="-name") == "/people?q=%E7%8E%8B&sort=-name"
    assert view.with_query(q=None, sort=None) == "/people"


def test_json_in_a_page_can_not_end_its_script() -> None:
    assert "</script>" not in str(view.json_script({"name": "</script><script>alert(1)</script>"}))


# ---- lists

COLUMNS = (
    Column("name", "姓名", "Name", sort=True),
    Column("spent", "消费", "Spent", sort=True, numeric=True),
    Column("note", "备注", "Note", shown=False),
)


def test_a_list_is_what_its_address_says(call: Call) -> None:
    call.query = "q=+王&sort=-spent&columns=note,name&layer=new&cursor=c"
    listing = Listing.read("people", COLUMNS, sort="name", filters=("layer",))
    assert (listing.words, listing.sort, listing.descending, listing.cursor) == ("王", "spent", True, "c")
    assert [column.key for column in listing.columns] == ["name", "note"]
    assert listing.filters == {"layer": "new"}
    assert listing.filtered


@pytest.mark.parametrize("query", ["sort=password", "sort=-note", "columns=x", "sort=&columns=", "q=%00"])
def test_an_address_that_is_wrong_falls_back_to_the_default(call: Call, query: str) -> None:
    call.query = query
    listing = Listing.read("people", COLUMNS, sort="-spent")
    assert (listing.sort, listing.descending) == ("spent", True)
    assert [column.key for column in listing.columns] == ["name", "spent"]


# ---- files


def test_a_list_held_whole_is_shown_in_pages(call: Call) -> None:
    found, shown = list(range(7)), []
    while True:
        listing = Listing.read("people", COLUMNS).paged(found, 3)
        assert listing.total == 7
        shown += listing.rows
        if listing.next is None:
            break
        call.query = f"cursor={listing.next}"
    assert shown == found


def test_a_place_behind_the_end_of_a_list_is_its_first_page(call: Call) -> None:
    call.query = f"cursor={cursor_of(9)}"
    assert list(Listing.read("people", COLUMNS).paged([1, 2], 3).rows) == [1, 2]


def test_an_excel_file_holds_what_was_given_and_no_formula() -> None:
    moment = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)
    rows = [("=1+1", Decimal("12.5"), moment, None, ["a", "b"]), ("https://example.com", 3, moment, True, "x")]
    answer = downloads.excel("成交/额[1]", ["a", "b", "c", "d", "e"], rows)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == ["=1+1", 12.5, datetime(2026, 11, 22, 14, 5), None, "a, b"]
    assert sheet["A2"].data_type == "s"
    assert sheet.freeze_panes == "A2"


def _door(folder: Path, bytes_max: int) -> Any:
    @post("/file", request_max_body_size=None)
    async def take(request: Request[Any, Any, Any]) -> dict[str, Any]:
        got = await uploads.receive(request, folder, bytes_max=bytes_max)
        return {"name": got.name, "bytes": got.bytes, "sha256": got.sha256, "fields": got.fields}

    def refused(request: Request[Any, Any, Any], error: SiyuError) -> Any:
        return errors.answer(request, error)

    app = Litestar([take], exception_handlers={SiyuError: refused})

    async def within(scope: Any, receive: Any, send: Any) -> None:
        enter(Call(current().stores, path="/api/x") if scope["type"] == "http" else Call(current().stores))
        await app(scope, receive, send)

    return within


def test_a_file_from_a_form_goes_to_disk_with_the_fields_beside_it(tmp_path: Path) -> None:
    with TestClient(_door(tmp_path / "in", 1_000_000)) as http:
        answer = http.post("/file", data={"kind": "orders"}, files={"file": ("../订单.csv", b"a,b\n" * 1000)})
    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["bytes"]) == ("订单.csv", 4000)
    assert answer.json()["fields"] == {"kind": "orders"}
    (stored,) = (tmp_path / "in").iterdir()
    assert stored.read_bytes() == b"a,b\n" * 1000


def test_a_bare_body_is_a_file_too(tmp_path: Path) -> None:
    with TestClient(_door(tmp_path / "in", 1_000_000)) as http:
        answer = http.post("/file", content=b"x" * 10, headers={"x-file-name": "a%20b.csv"})
    assert (answer.json()["name"], answer.json()["bytes"]) == ("a b.csv", 10)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"files": {"file": ("a.csv", b"x" * 2000)}}, 413),
        ({"content": b"x" * 2000}, 413),
        ({"files": {"file": ("a.csv", b"")}}, 400),
        ({"content": b""}, 400),
        ({"content": b"--b\r\nnonsense", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 400),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
    ],
)
def test_an_upload_that_fails_leaves_nothing_behind(tmp_path: Path, arguments: dict[str, Any], status: int) -> None:
    with TestClient(_door(tmp_path / "in", 1000)) as http:
        assert http.post("/file", **arguments).status_code == status
    assert list((tmp_path / "in").iterdir()) == []


# ---- charts


def test_a_chart_carries_the_table_behind_it() -> None:
    chart = charts.line("sales", "成交额", ["1月", "2月"], [("新客", [1, None]), ("老客", [3, 4])], head="月份")
    assert chart.columns == ["月份", "新客", "老客"]
    assert chart.rows == [["1月", 1, 3], ["2月", None, 4]]


def test_a_funnel_of_nobody_has_no_shares() -> None:
    assert charts.funnel("f", "漏斗", [("看过", 0), ("买过", 0)]).rows == [["看过", 0, None], ["买过", 0, None]]


def test_whatever_sends_can_be_agreed_to(stores: Stores) -> None:
    channels = channels_of(stores)
    sending = {name for name, channel in channels.items() if channel.about.sends}
    channels.close()
    assert sending <= set(CHANNELS)
