"""A list of goods as a file has it: CSV or Excel, its columns found by their headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from siyu.commerce.goods.keeping import Told, tell
from siyu.commerce.goods.model import BATCH_MAX, CENTS_MAX, checked, checked_key
from siyu.people.importing.opening import open_table
from siyu.storage import BadInput, SiyuError, Stores, in_chunks

ROWS_MAX = 20_000
FAULTS_SHOWN = 20
BYTES_MAX = 20_000_000

HEADERS: Mapping[str, tuple[str, ...]] = {
    "key": (
        "商品编号",
        "商品编码",
        "商家编码",
        "货号",
        "编号",
        "sku",
        "sku编码",
        "商品id",
        "id",
        "key",
        "productid",
        "stockcode",
    ),
    "name": ("商品名称", "名称", "商品", "品名", "标题", "name", "title", "productname", "description"),
    "category": ("类目", "分类", "商品类目", "商品分类", "品类", "category"),
    "cents": ("价格", "售价", "单价", "价格(元)", "售价(元)", "price", "unitprice"),
    "cycle_days": ("使用周期", "使用周期(天)", "周期", "周期(天)", "cycledays", "cycle", "lasts"),
    "suits": ("适合", "适合谁", "适用人群", "suits", "forwhom"),
    "picture": ("图片", "图片地址", "主图", "picture", "image", "imageurl"),
    "url": ("购买地址", "商品链接", "链接", "网址", "url", "link"),
    "on_sale": ("在售", "是否在售", "上架", "状态", "onsale", "active"),
}
"""Headers as shops write them; blanks, case and full-width brackets do not count."""
_YES = frozenset({"是", "在售", "上架", "y", "yes", "true", "1", "on"})
_NO = frozenset({"否", "下架", "停售", "n", "no", "false", "0", "off"})


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was left out: its number as a spreadsheet shows it, and why."""

    row: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a file: rows ``read``, goods ``added``, ``changed`` and the ``same``; ``kept``: goods of which
    staff's own fields were left; ``faults``: rows left out, the first of them; ``left_out``: how many."""

    read: int
    added: int
    changed: int
    same: int
    kept: int
    left_out: int
    faults: Sequence[Fault]


def take_file(stores: Stores, by: str, path: Path, name: str) -> Report:
    """Take in a kept file; the same again changes nothing. Raises :class:`BadInput` for what is no table, has no column
    of numbers, or too many rows."""
    good: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    read = 0
    for row, cells in _rows(path, name):
        read += 1
        if read > ROWS_MAX:
            raise BadInput("file_long", f"一次最多 {ROWS_MAX} 行。", f"At most {ROWS_MAX} rows at once.", field="file")
        try:
            key, fields = checked_key(cells.get("key")), checked(_fields(cells))
            good.setdefault(key, {}).update(fields)
        except SiyuError as error:
            faults.append(Fault(row, error.zh, error.en))
    told = [{"key": key, **fields} for key, fields in good.items()]
    done = [tell(stores, by, "file", chunk) for chunk in in_chunks(told, BATCH_MAX)] or [Told(0, 0, 0, {})]
    return Report(
        read,
        sum(each.added for each in done),
        sum(each.changed for each in done),
        sum(each.same for each in done),
        sum(len(each.kept) for each in done),
        len(faults),
        faults[:FAULTS_SHOWN],
    )


def _rows(path: Path, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    table = open_table(path, name)
    known = {header: field for field, headers in HEADERS.items() for header in headers}
    columns: dict[str, str] = {}
    for column in table.columns:
        field = known.get(re.sub(r"[\s_]+", "", column).casefold().replace("（", "(").replace("）", ")"))
        if field is not None:
            columns.setdefault(field, column)
    if "key" not in columns:
        raise BadInput(
            "no_goods_key",
            f"没有找到“商品编号”列。文件的列是：{'、'.join(table.columns[:20])}。",
            f"There is no column of goods' numbers. Its columns: {', '.join(table.columns[:20])}.",
            field="file",
        )
    for chunk in table.chunks():
        frame = chunk.frame.select(list(columns.values()))
        for row, cells in zip(chunk.rows, frame.iter_rows(), strict=True):
            texts = ("" if cell is None else str(cell).strip() for cell in cells)
            yield int(row), dict(zip(columns, texts, strict=True))


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """What a row says; an empty cell says nothing."""
    told: dict[str, Any] = {}
    for field, text in cells.items():
        if field == "key" or not text:
            continue
        if field == "cents":
            told[field] = _cents(text)
        elif field == "cycle_days":
            told[field] = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else text
        elif field == "on_sale":
            told[field] = True if text.casefold() in _YES else False if text.casefold() in _NO else text
        else:
            told[field] = text
    return told


def _cents(text: str) -> int:
    try:
        cents = Decimal(text.replace(",", "").lstrip("¥￥$ ")) * 100
        if not cents.is_finite() or cents != cents.to_integral_value() or not 0 <= cents <= CENTS_MAX:
            raise InvalidOperation
        return int(cents)
    except InvalidOperation:
        raise BadInput(
            "goods_price", f"价格“{text[:30]}”不是数字。", f"The price “{text[:30]}” is no number.", field="cents"
        ) from None
