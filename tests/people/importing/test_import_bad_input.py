"""Bad files end in a sentence that names what to mend; bad rows in the rejects, each with one reason."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import datetime

import polars as pl
import pytest
import xlsxwriter

from siyu.storage import BadInput, Stores
from tests.people.importing.shop import HEADER, MAPPING, brought_in, events, reasons, refused, table

GOOD = "7,A1,2024-03-01,s1,t,1,2"

ROWS = [
    ("person_missing", ",A2,2024-03-01,s1,t,1,2"),
    ("person_missing", "nan,A2,2024-03-01,s1,t,1,2"),
    ("person_bad", "undefined,A2,2024-03-01,s1,t,1,2"),
    ("order_missing", "7,,2024-03-01,s1,t,1,2"),
    ("id_corrupt", "7,3.1e+10,2024-03-01,s1,t,1,2"),
    ("id_corrupt", "7,A2,2024-03-01,6.9E+12,t,1,2"),
    ("id_too_long", f"7,{'A' * 300},2024-03-01,s1,t,1,2"),
    ("time_missing", "7,A2,,s1,t,1,2"),
    ("time_bad", "7,A2,gestern,s1,t,1,2"),
    ("time_bad", "7,A2,2024-13-40,s1,t,1,2"),
    ("time_future", "7,A2,2031-01-01,s1,t,1,2"),
    ("time_too_old", "7,A2,1889-01-01,s1,t,1,2"),
    ("quantity_bad", "7,A2,2024-03-01,s1,t,two,2"),
    ("quantity_bad", "7,A2,2024-03-01,s1,t,,2"),
    ("quantity_zero", "7,A2,2024-03-01,s1,t,0,2"),
    ("price_missing", "7,A2,2024-03-01,s1,t,1,"),
    ("price_missing", "7,A2,2024-03-01,s1,t,1,0"),
    ("price_bad", "7,A2,2024-03-01,s1,t,1,free"),
    ("price_bad", '7,A2,2024-03-01,s1,t,1,"1,23"'),
    ("price_bad", "7,A2,2024-03-01,s1,t,1,99999999999999999999"),
    ("price_negative", "7,A2,2024-03-01,s1,t,1,-2"),
    ("formula", "7,A2,2024-03-01,s1,=1+1,1,2"),
    ("formula", "7,A2,2024-03-01,s1,@SUM(A1),1,2"),
    ("formula", "7,A2,2024-03-01,s1,+cmd|' /C calc'!A0,1,2"),
    ("cells_wrong", "7,A2,2024-03-01,s1,t,1,2,3"),
    ("cells_wrong", "7,A2,2024-03-01"),
    ("cell_too_long", f"7,A2,2024-03-01,s1,{'x' * 40_000},1,2"),
]


@pytest.mark.parametrize(("code", "row"), ROWS, ids=[f"{code}-{place}" for place, (code, _) in enumerate(ROWS)])
def test_a_bad_row_is_refused_with_its_reason_and_the_good_one_kept(stores: Stores, code: str, row: str) -> None:
    report = brought_in(stores, table(GOOD, row), mapping=MAPPING)
    assert reasons(report) == {code: 1}
    assert (report["accepted"], report["rejected"], len(events(stores))) == (1, 1, 1)
    assert refused(stores, report).splitlines()[1].startswith("3,")


def test_a_cell_of_ten_megabytes_is_one_bad_row(stores: Stores) -> None:
    report = brought_in(stores, table(GOOD, f'7,A2,2024-03-01,s1,"{"x" * 10_000_000}",1,2', GOOD))
    assert (reasons(report), report["accepted"]) == ({"cell_too_long": 1}, 2)
    assert len(refused(stores, report)) < 100_000


def test_a_quote_that_is_never_closed_takes_no_more_than_its_row_with_it(stores: Stores) -> None:
    report = brought_in(stores, table(GOOD, '7,A2,2024-03-01,s1,12" ruler,1,2', "8,A3,2024-03-01,s2,t,1,2"))
    assert (report["accepted"], report["rejected"]) == (3, 0)


def test_the_refused_rows_hold_the_cells_as_they_were_and_nothing_that_computes(stores: Stores) -> None:
    report = brought_in(stores, table(GOOD, "7,A2,2024-03-01,s1,=1+1,-3,2"))
    line = refused(stores, report).splitlines()[1]
    assert (
        line
        == '3,单元格是公式，不是值,"a cell holds a formula, not a value",Description,7,A2,2024-03-01,s1,\'=1+1,-3,2'
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "big5"])
def test_any_encoding_is_found_out(stores: Stores, encoding: str) -> None:
    titles = "馬克杯與盤子的商品資料" if encoding == "big5" else "马克杯与盘子的商品资料"
    header = (
        "客戶編號,order,date,title,quantity,price" if encoding == "big5" else "客户编号,order,date,title,quantity,price"
    )
    options = {"mapping": {"person": header.split(",")[0]}}
    brought_in(stores, table(f"7,A1,2024-03-01,{titles},1,2", header=header).encode(encoding), **options)
    assert events(stores, "lines.title") == [([titles],)]


def test_a_gbk_file_with_lines_of_utf8_is_read_line_by_line(stores: Stores) -> None:
    header = "客户编号,订单号,付款时间,商品名称,数量,单价\n".encode("gbk")
    lines = [f"7,A{n},2024-03-01,杯子和盘子,1,2\n".encode("gbk") for n in range(5)] + [
        "7,B1,2024-03-02,马克杯,1,2\n".encode()
    ]
    report = brought_in(stores, header + b"".join(lines))
    assert report["rejected"] == 0
    assert {title for ((title,),) in events(stores, "lines.title")} == {"杯子和盘子", "马克杯"}


def test_bytes_that_no_encoding_reads_are_one_bad_row(stores: Stores) -> None:
    report = brought_in(
        stores, table(GOOD, "7,A2,2024-03-01,s1,杯子,1,2").encode() + b"7,A3,2024-03-01,s1,\xff\xfe\xff,1,2\n"
    )
    assert (reasons(report), report["accepted"]) == ({"unreadable": 1}, 2)


def test_emoji_are_letters_like_others(stores: Stores) -> None:
    brought_in(stores, table("7,A1,2024-03-01,s1,🎁 礼盒 👨‍👩‍👧,1,2"))
    assert events(stores, "lines.title") == [(["🎁 礼盒 👨‍👩‍👧"],)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_any_delimiter_is_found_out(stores: Stores, delimiter: str) -> None:
    assert brought_in(stores, table(GOOD, GOOD).replace(",", delimiter))["lines"]["sold"] == 2


@pytest.mark.parametrize(
    "time",
    [
        "2024-03-01 10:05:00",
        "2024/3/1 10:05",
        "2024.03.01 10:05",
        "2024年3月1日 10时05分",
        "2024年3月1日 10:05:00",
        "2024-03-01T10:05:00",
        "2024-03-01T02:05:00Z",
        "2024-03-01T10:05:00.000+08:00",
        "20240301100500",
        "3/1/2024 10:05",
        "3/1/2024 10:05:00 AM",
        "2024/3/1 上午10:05",
        "1-Mar-2024 10:05",
        "45352.4201388889",
        "1709258700",
        "1709258700000",
    ],
)
def test_times_are_read_in_every_usual_form(stores: Stores, time: str) -> None:
    brought_in(stores, table(f"7,A1,{time},s1,t,1,2"))
    assert events(stores, "toString(time)") == [("2024-03-01 02:05:00.000",)]


def test_days_first_are_found_out_by_the_values(stores: Stores) -> None:
    brought_in(stores, table("7,A1,13/2/2024,s1,t,1,2", "7,A2,2/3/2024,s1,t,1,2"))
    assert [str(time)[:10] for (time,) in events(stores, "time")] == ["2024-02-12", "2024-03-01"]


def test_numbers_guarded_against_excel_lose_their_guard(stores: Stores) -> None:
    brought_in(stores, table('7,"=""2024030100001""",2024-03-01,\'6901234,t,1,2'))
    assert events(stores, "order, lines.sku") == [("2024030100001", ["6901234"])]


WHOLE = [
    ("no_rows", HEADER + "\n"),
    ("file_empty", ""),
    ("no_rows", "\n\n\n"),
    ("file_is_html", "<html><table><tr><td>订单号</td></tr></table></html>"),
    ("file_not_a_table", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100),
    ("file_damaged", b"PK\x03\x04 this is no archive"),
    ("file_damaged", b"PAR1 this is no parquet file PAR1"),
    ("no_person_column", "a,b\n1,2\n"),
]


@pytest.mark.parametrize(("code", "content"), WHOLE, ids=[f"{code}-{place}" for place, (code, _) in enumerate(WHOLE)])
def test_a_file_that_can_t_be_used_is_refused_as_a_whole(stores: Stores, code: str, content: str | bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        brought_in(stores, content)
    assert refusal.value.code == code
    assert refusal.value.zh.endswith("。")


@pytest.mark.parametrize("content", ["会员名单见附件\n", " \n", HEADER])
def test_text_under_the_name_of_a_workbook_is_told_to_be_none(stores: Stores, content: str) -> None:
    with pytest.raises(BadInput) as refusal:
        brought_in(stores, content, name="会员.XLSX")
    assert refusal.value.code == "file_no_workbook"
    assert "“会员.XLSX”不是 Excel 工作簿" in refusal.value.zh
    assert "另存为 .xlsx" in refusal.value.zh


def test_a_table_of_text_is_read_whatever_its_name(stores: Stores) -> None:
    assert brought_in(stores, table(GOOD), name="订单.xls")["accepted"] == 1


def test_a_header_that_stands_twice_has_to_be_told_apart(stores: Stores) -> None:
    content = table("7,A1,2024-03-01,s1,1,2,3", header="CustomerID,InvoiceNo,InvoiceDate,StockCode,Quantity,价,价")
    with pytest.raises(BadInput) as refusal:
        brought_in(stores, content, mapping={"price": "价"})
    assert refusal.value.code == "duplicate_header"
    assert "价 (2)" in refusal.value.zh
    brought_in(stores, content, mapping={"price": "价 (2)"})
    assert events(stores, "toFloat64(amount)") == [(3.0,)]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"mapping": {"person": "Nobody"}}, "column_not_found"),
        ({"mapping": {"colour": "StockCode"}}, "unknown_field"),
        ({"timezone": "Mars/Olympus"}, "unknown_timezone"),
        ({"source": "有赞"}, "bad_source"),
        ({"settings": {"returns": "sometimes"}}, "unknown_returns"),
        ({"settings": {"encoding": "klingon"}}, "unknown_encoding"),
        ({"settings": {"shape": "round"}}, "unknown_setting"),
        ({"settings": {"free_lines": "perhaps"}}, "bad_setting"),
        ({"kind": "dreams"}, "unknown_kind"),
    ],
)
def test_a_plan_that_can_t_be_followed_is_refused(stores: Stores, options: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        brought_in(stores, table(GOOD), **options)
    assert refusal.value.code == code


def test_a_zip_bomb_is_stopped(stores: Stores) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("orders.csv", "w") as member:
        for _ in range(100):
            member.write(b"0" * (1 << 20))
    with pytest.raises(BadInput) as refusal:
        brought_in(stores, target.getvalue(), name="orders.zip")
    assert refusal.value.code == "zip_bomb"


def test_a_gzip_bomb_is_stopped(stores: Stores) -> None:
    with pytest.raises(BadInput) as refusal:
        brought_in(stores, gzip.compress(b"0" * (100 << 20)), name="orders.csv.gz")
    assert refusal.value.code == "zip_bomb"


def test_packed_files_are_unpacked(stores: Stores) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("订单.csv", table(GOOD))
    assert brought_in(stores, target.getvalue(), name="orders.zip")["events"] == 1
    assert brought_in(stores, gzip.compress(table(GOOD).encode()), name="o.gz", source="two")["events"] == 1


def workbook(*rows: list[object]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    for place, row in enumerate(rows):
        sheet.write_row(place, 0, row)
    book.close()
    return target.getvalue()


def test_an_excel_file_with_a_title_above_its_header_is_read(stores: Stores) -> None:
    content = workbook(
        ["订单报表 2024"],
        ["客户编号", "订单号", "付款时间", "商品名称", "数量", "单价"],
        [17850, 1001, datetime(2024, 3, 1, 10, 5), "杯子", 2, 3.5],
        [17850, 1.2345678901234567e17, datetime(2024, 3, 1), "杯子", 1, 1],
    )
    report = brought_in(stores, content, name="订单.xlsx")
    assert events(stores, "order, toString(time), toString(amount)") == [("1001", "2024-03-01 02:05:00.000", "7")]
    assert reasons(report) == {"id_corrupt": 1}
    assert refused(stores, report).splitlines()[1].startswith("4,")


def test_a_parquet_file_brings_its_own_types(stores: Stores) -> None:
    target = io.BytesIO()
    pl.DataFrame(
        {
            "customer_id": [17850.0, None],
            "order": ["A1", "A2"],
            "time": [datetime(2024, 3, 1, 10, 5)] * 2,
            "sku": [1, 2],
            "quantity": [2, 1],
            "price": [2.55, float("nan")],
        }
    ).write_parquet(target)
    report = brought_in(stores, target.getvalue(), name="orders.parquet")
    assert events(stores, "order, lines.sku, toString(amount)") == [("A1", ["1"], "5.1")]
    assert reasons(report) == {"person_missing": 1}
