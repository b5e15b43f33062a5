"""Columns of cells → columns of values, each with the reason where a cell can't be read.

Everything works on a whole column at once (polars). A value that can't be read becomes null, and the row's first
reason is kept in a :class:`Checks`. Money and quantities are decimals with four places, never floats.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import polars as pl

from siyu.people.importing.model import CELL_CHARACTERS_MAX
from siyu.storage.ledger import to_millis

DECIMAL = pl.Decimal(18, 4)
MOMENT = pl.Datetime("ms", "UTC")
NAIVE = pl.Datetime("ms")

NUMBER_MAX = 10**13
"""Thirteen digits before the point: what Decimal(18, 4) holds, with room for a sum."""

FUTURE_TOLERANCE = timedelta(minutes=10)
ID_CHARACTERS_MAX = 255
EXACT_FLOAT_MAX = 2**53

FORMULA = r"^(=|[@+\-][A-Za-z_]+[(|!])"
"""``=1+1``, ``@SUM(``, ``+cmd|``: what a spreadsheet would compute. A lone sign or a phone number is none."""

_SIGNED = r"^[=@+\-]"
"""Cheap to look for in every cell; only what begins so is looked at closer."""
_QUOTED_NUMBER = r'^="([^"]*)"$'  # Taobao and Excel guard long numbers like this
_MISSING = ("", "-", "--", "—", "null", "none", "nan", "nat", "n/a", "#n/a", "na", "\\n", "无", "空")
_MISSING_BYTES_MAX = max(len(each.encode()) for each in _MISSING)
_CORRUPT = r"^[+\-]?\d(\.\d+)?[eE]\+\d{1,3}$"
_PLAIN_NUMBER = r"^[+\-]?(\d{1,13}(\.\d*)?|\.\d+)$"
_GROUPED_NUMBER = r"^[+\-]?\d{1,3}([,，]\d{3}){1,4}(\.\d+)?$"


class Checks:
    """The first reason why each row is refused, and in which column."""

    def __init__(self, height: int) -> None:
        self.reason = pl.repeat(None, height, dtype=pl.String, eager=True)
        self.column = pl.repeat(None, height, dtype=pl.String, eager=True)

    def mark(self, where: pl.Series, code: str, column: str) -> None:
        """Refuse the rows in ``where`` (nulls: no) that have no earlier reason."""
        new = where.fill_null(False) & self.reason.is_null()
        if new.any():
            height = len(self.reason)
            self.reason = self.reason.zip_with(~new, pl.repeat(code, height, eager=True))
            self.column = self.column.zip_with(~new, pl.repeat(column, height, eager=True))

    @property
    def good(self) -> pl.Series:
        return self.reason.is_null()


def check_cells(cells: pl.Series, checks: Checks, *, unreadable: bool = True) -> None:
    """Refuse what no column may hold: overlong cells, formulas, and (where the text had any) unreadable letters."""
    if cells.dtype != pl.String:
        return
    if _longest(cells) > CELL_CHARACTERS_MAX:
        checks.mark(cells.str.len_chars() > CELL_CHARACTERS_MAX, "cell_too_long", cells.name)
    if unreadable:
        checks.mark(cells.str.contains("\ufffd", literal=True), "unreadable", cells.name)
    signed = cells.str.contains(_SIGNED).fill_null(False)
    if signed.any():
        formula = cells.set(~signed, None).str.contains(FORMULA) & ~cells.str.contains(_QUOTED_NUMBER)
        checks.mark(formula, "formula", cells.name)


def _longest(text: pl.Series) -> int:
    longest = text.str.len_bytes().max()
    return longest if isinstance(longest, int) else 0


def as_text(cells: pl.Series) -> pl.Series:
    """Trimmed text; null for nothing. Whole floats lose their ``.0``; floats too large to be exact keep an exponent
    with a plus, which :func:`as_id` refuses."""
    text = _spelled_out(cells).str.strip_chars()
    if text.str.starts_with('="').any():
        text = text.str.replace(_QUOTED_NUMBER, "$1").str.strip_chars()
    if text.str.starts_with("'").any():
        text = text.str.strip_chars_start("'")
    short = (text.str.len_bytes() <= _MISSING_BYTES_MAX).fill_null(False)
    if not short.any():
        return text
    missing = text.set(~short, None).str.to_lowercase().is_in(_MISSING).fill_null(False)
    return text.set(missing, None) if missing.any() else text


def _spelled_out(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.String:
        return cells
    if isinstance(cells.dtype, pl.Datetime):
        return cells.dt.to_string("iso")
    if not cells.dtype.is_float():
        return cells.cast(pl.String, strict=False)
    cells = cells.set(cells.is_nan().fill_null(False), None)
    if (cells.abs() >= EXACT_FLOAT_MAX).any():
        plain = cells.set(cells.abs() >= EXACT_FLOAT_MAX, None)
        return _spelled_out(plain).zip_with(plain.is_not_null(), cells.cast(pl.String).str.replace("e", "e+"))
    whole = (cells.floor() == cells).fill_null(True)
    integers = cells.set(~whole, None).cast(pl.Int64).cast(pl.String)
    return integers if whole.all() else integers.zip_with(whole, cells.cast(pl.String))


def as_id(cells: pl.Series, checks: Checks) -> pl.Series:
    """A number or name of a thing, as text: ``17850.0`` is 17850; ``3.1e+10`` has lost its digits and is refused."""
    text = as_text(cells)
    if text.str.ends_with(".0").any():
        text = text.str.replace(r"^(\d+)\.0+$", "$1")
    if text.str.contains("+", literal=True).any():
        checks.mark(text.str.contains(_CORRUPT), "id_corrupt", cells.name)
    if _longest(text) > ID_CHARACTERS_MAX:
        checks.mark(text.str.len_chars() > ID_CHARACTERS_MAX, "id_too_long", cells.name)
    return text


def as_decimal(cells: pl.Series, checks: Checks, code: str) -> pl.Series:
    """A decimal with four places (more are rounded); currency signs and thousands separators are read over."""
    if cells.dtype.is_numeric():
        wild = (cells.abs() >= NUMBER_MAX).fill_null(False)
        if cells.dtype.is_float():
            cells = cells.set(cells.is_nan().fill_null(False), None)
        checks.mark(wild, code, cells.name)
        return (cells.set(wild, None) if wild.any() else cells).cast(DECIMAL)
    text = as_text(cells)
    plain = text.str.contains(_PLAIN_NUMBER)
    if not plain.all():
        text = text.str.replace_all(r"[\s¥￥$€£元]", "").str.replace(r"^\(([^)]*)\)$", "-$1")
        grouped = text.str.contains(_GROUPED_NUMBER).fill_null(False)
        if grouped.any():
            text = text.str.replace_all(r"[,，]", "").zip_with(grouped, text)
        plain = text.str.contains(_PLAIN_NUMBER)
    checks.mark(~plain, code, cells.name)
    fits = plain.fill_null(False)
    return (text if fits.all() else text.set(~fits, None)).cast(DECIMAL)


# ---------------------------------------------------------------------------------------------------------------- time

_YEAR_FIRST = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
)
_MONTH_FIRST = ("%m-%d-%Y %H:%M:%S%.f", "%m-%d-%Y %H:%M", "%m-%d-%Y", "%m-%d-%Y %I:%M:%S %p", "%m-%d-%Y %I:%M %p")
_DAY_FIRST = tuple(each.replace("%m-%d", "%d-%m") for each in _MONTH_FIRST)
_NAMED = ("%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M", "%d-%b-%Y", "%b %d, %Y %H:%M:%S", "%b %d, %Y %H:%M", "%b %d, %Y")
_ZONED = ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z")
_ZONE_MARK = r":\d{2}(\.\d+)? ?(Z|[+\-]\d{2}:?\d{2})$"
_DIGITS = r"^\d+(\.\d+)?$"
EXCEL_DAY_ZERO = datetime(1899, 12, 30)


def as_time(cells: pl.Series, checks: Checks, timezone: str, now: datetime, *, day_first: bool = False) -> pl.Series:
    """Moments in UTC. A naive time is read in ``timezone``: of an hour that comes twice the earlier is meant, one
    that the clocks skip is an hour later. Known are ISO (with or without zone), ``2010/12/1 8:26``,
    ``2010年12月1日 8时26分``, ``20101201`` (``082600``), ``12/1/2010 8:26``, ``1-Dec-2010``, Excel's day numbers, and
    seconds or milliseconds since 1970."""
    dtype = cells.dtype
    missing = cells.is_null()
    if isinstance(dtype, pl.Datetime):
        moments = cells.dt.cast_time_unit("ms")
        moments = _in_zone(moments, timezone) if dtype.time_zone is None else moments.dt.convert_time_zone("UTC")
    elif dtype == pl.Date:
        moments = _in_zone(cells.cast(NAIVE), timezone)
    elif dtype.is_numeric():
        moments = _from_numbers(cells.cast(pl.Float64, strict=False), timezone)
        if dtype.is_float():
            missing = missing | cells.is_nan()
    else:
        text = as_text(cells)
        missing = text.is_null()
        moments = _from_text(text, timezone, day_first)
    checks.mark(missing, "time_missing", cells.name)
    checks.mark(moments.is_null(), "time_bad", cells.name)
    millis = moments.dt.timestamp("ms")
    checks.mark(millis > to_millis(now + FUTURE_TOLERANCE), "time_future", cells.name)
    checks.mark(millis < 0, "time_too_old", cells.name)
    return moments


def _in_zone(naive: pl.Series, timezone: str) -> pl.Series:
    local = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    skipped = local.is_null() & naive.is_not_null()
    if skipped.any():
        later = naive.dt.offset_by("1h").dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
        local = local.zip_with(~skipped, later)
    return local.dt.convert_time_zone("UTC")


def _from_text(text: pl.Series, timezone: str, day_first: bool) -> pl.Series:
    """Each distinct text is read once: an order's lines share their time."""
    distinct = text.unique().drop_nulls()
    tidy = (
        distinct.str.replace_all(r"[年月]", "-")
        .str.replace_all("日", " ")
        .str.replace_all(r"[时点分]", ":")
        .str.replace_all("秒", "")
        .str.replace_all("：", ":")
        .str.replace(r"^(\S+) ?(上午|AM|am) ?(\d\S*)$", "$1 $3 AM")
        .str.replace(r"^(\S+) ?(下午|晚上|PM|pm) ?(\d\S*)$", "$1 $3 PM")
        .str.replace(r"(\d)[Tt](\d)", "$1 $2")
        .str.replace_all("/", "-")
        .str.replace(r"^(\d{4})\.(\d{1,2})\.(\d{1,2})", "$1-$2-$3")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars(" :")
        .str.replace(r"^(\d{8})(\d{2})(\d{2})(\d{2})$", "$1 $2:$3:$4")
        .str.replace(r"^(\d{4})(\d{2})(\d{2})$", "$1-$2-$3")
    )
    moments = pl.repeat(None, len(tidy), dtype=MOMENT, eager=True)
    zoned = tidy.str.contains(_ZONE_MARK)
    if zoned.any():
        moments = _first_fit(tidy.set(~zoned, None).str.replace(" (Z|[+-])", "$1"), _ZONED, moments, None)
    numeric = tidy.str.contains(_DIGITS)
    if numeric.any():
        numbers = _from_numbers(tidy.set(~numeric, None).cast(pl.Float64, strict=False), timezone)
        moments = moments.zip_with(moments.is_not_null(), numbers)
    others = tidy.set(zoned | numeric, None)
    moments = _first_fit(
        others, (*_YEAR_FIRST, *(_DAY_FIRST if day_first else _MONTH_FIRST), *_NAMED), moments, timezone
    )
    found = pl.DataFrame({"text": distinct, "moment": moments})
    return pl.DataFrame({"text": text}).join(found, on="text", how="left", maintain_order="left")["moment"]


def _first_fit(text: pl.Series, formats: tuple[str, ...], moments: pl.Series, timezone: str | None) -> pl.Series:
    """Fill the nulls of ``moments`` with the first format that reads the text."""
    for each in formats:
        open_ = moments.is_null() & text.is_not_null()
        if not open_.any():
            break
        read = text.set(~open_, None).str.strptime(
            NAIVE if timezone is not None else MOMENT, each, strict=False, exact=True, cache=False
        )
        if read.null_count() < len(read):
            filled = _in_zone(read, timezone) if timezone is not None else read.dt.convert_time_zone("UTC")
            moments = moments.zip_with(moments.is_not_null(), filled)
    return moments


def _from_numbers(numbers: pl.Series, timezone: str) -> pl.Series:
    """20101201 · Excel's day number · seconds, milliseconds or microseconds since 1970, told apart by their size."""
    frame = pl.DataFrame({"n": numbers})
    n = pl.col("n")
    naive = frame.select(
        pl.when((n >= 19_000_101) & (n <= 21_001_231))
        .then(n.cast(pl.Int64, strict=False).cast(pl.String).str.strptime(NAIVE, "%Y%m%d", strict=False))
        .when((n >= 20_000) & (n < 100_000))
        .then(pl.lit(EXCEL_DAY_ZERO, dtype=NAIVE) + pl.duration(milliseconds=(n * 86_400).round() * 1_000))
        .otherwise(None)
        .alias("moment")
    ).to_series()
    since = frame.select(
        pl.when((n >= 3e8) & (n < 5e9))
        .then(n * 1_000)
        .when((n >= 3e11) & (n < 5e12))
        .then(n)
        .when((n >= 3e14) & (n < 5e15))
        .then(n / 1_000)
        .otherwise(None)
        .round()
        .cast(pl.Int64, strict=False)
        .alias("ms")
    ).to_series()
    absolute = since.cast(NAIVE).dt.replace_time_zone("UTC")
    local = _in_zone(naive, timezone)
    return local.zip_with(local.is_not_null(), absolute)


# ------------------------------------------------------------------------------------------------------------- choices

_YES = {"是", "y", "yes", "true", "1", "同意", "已同意", "√", "given", "on"}
_NO = {"否", "n", "no", "false", "0", "不同意", "拒绝", "×", "withdrawn", "off"}
_MALE = {"男", "male", "m", "先生", "1"}
_FEMALE = {"女", "female", "f", "女士", "小姐", "2"}


def as_yes_no(cells: pl.Series, checks: Checks) -> pl.Series:
    """Yes, no or null (nothing said)."""
    text = as_text(cells).str.to_lowercase()
    yes, no = text.is_in(_YES), text.is_in(_NO)
    checks.mark(~(yes | no) & text.is_not_null(), "consent_bad", cells.name)
    return yes.set(~(yes | no), None)


def as_sex(cells: pl.Series, checks: Checks) -> pl.Series:
    """``male``, ``female`` or null; what is none of the known words is marked as ``sex_bad``."""
    text = as_text(cells).str.to_lowercase()
    text = text.set(text.is_in(("未知", "unknown", "保密", "其他")), None)
    male, female = text.is_in(_MALE), text.is_in(_FEMALE)
    checks.mark(~(male | female) & text.is_not_null(), "sex_bad", cells.name)
    return (
        pl.DataFrame({"m": male, "f": female})
        .select(pl.when("m").then(pl.lit("male")).when("f").then(pl.lit("female")))
        .to_series()
    )


def as_birthday(cells: pl.Series, checks: Checks) -> pl.Series:
    """``2001-02-03``; ``0001-02-03`` where only month and day are known."""
    text = as_text(cells)
    short = text.str.replace_all(r"[月/.]", "-").str.replace("日", "")
    day_only = short.str.contains(r"^\d{1,2}-\d{1,2}$").fill_null(False)
    full = _from_text(text.set(day_only, None), "UTC", False).dt.strftime("%Y-%m-%d")
    partial = ("2000-" + short).str.strptime(pl.Date, "%Y-%m-%d", strict=False).dt.strftime("0001-%m-%d")
    birthday = full.zip_with(~day_only, partial)
    checks.mark(birthday.is_null() & text.is_not_null(), "birthday_bad", cells.name)
    return birthday


def looks_like_number(text: str) -> bool:
    """A value, not a number of a thing: ``007`` and ``13800138000`` are names, ``7`` and ``-3.50`` values."""
    return bool(re.fullmatch(r"[+\-]?(0|[1-9]\d{0,8})(\.\d+)?", text.strip()))
