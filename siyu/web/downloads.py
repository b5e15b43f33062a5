"""A table as an Excel file. A text that looks like a formula stays a text."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import xlsxwriter
from litestar.response import Response

from siyu.web.current import current

EXCEL_ROWS_MAX = 1_000_000


def excel(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response[bytes]:
    """An ``.xlsx`` with a frozen, filterable head; ``name`` has no ending. Moments are in the shop's time zone."""
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(name.translate(str.maketrans("", "", "[]:*?/\\'"))[:31] or "Siyu")
        bold = book.add_format({"bold": True, "bottom": 1})
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, list(columns), bold)
        count = 0
        for count, row in enumerate(rows, start=1):
            if count > EXCEL_ROWS_MAX:
                break
            for place, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(count, place, value.astimezone(current().timezone), moments)
                elif isinstance(value, date):
                    sheet.write_datetime(count, place, datetime(value.year, value.month, value.day), days)
                else:
                    sheet.write(count, place, _cell(value))
        sheet.freeze_panes(1, 0)
        if columns:
            sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
            sheet.autofit()
    return Response(
        target.getvalue(),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={
            "content-disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.xlsx')}",
            "cache-control": "no-store",
        },
    )


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple, set)) else str(value)
