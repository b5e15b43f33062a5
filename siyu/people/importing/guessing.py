"""What a file seems to be: which column means what, by its header and by its values, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from siyu.people.importing.fields import FIELDS, IDENTIFIER_FIELDS, Field, Kind, fields_of, spelled
from siyu.people.importing.model import Plan
from siyu.people.importing.parsing import Checks, as_decimal, as_text, as_time, looks_like_number
from siyu.people.importing.presets import Preset, preset_for
from siyu.people.importing.reading import Table, no_rows

SAMPLE_ROWS = 5_000
SHOWN_VALUES = 4
SURE, LIKELY, PERHAPS = 0.95, 0.8, 0.6
VALUES_FIT = 0.8
"""Share of a column's values that must read as the field, or its header is not believed."""

_PHONE = r"^(\+?86)?[- ]?1[3-9]\d{9}$"
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_NUMERIC = ("quantity", "price", "amount", "order_amount")


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the wizard shows it. ``field`` is the guess ("" for none), ``confidence`` from 0 to 1."""

    name: str
    field: str
    confidence: float
    samples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Guess:
    """What was found out about a file."""

    plan: Plan
    columns: Sequence[Column]
    preset: Preset | None
    table: Mapping[str, Any]
    warnings: Sequence[Mapping[str, str]] = field(default_factory=tuple)


def guess(
    table: Table,
    kind: Kind,
    *,
    source: str,
    timezone: str,
    now: datetime,
    fixed: Mapping[str, str] | None = None,
) -> Guess:
    """The likely plan of a file. ``fixed`` (field → column) is taken as it is. Raises :class:`BadInput` where there
    are no rows."""
    sample = _sample(table)
    texts = {name: as_text(sample[name]) for name in sample.columns}
    preset = preset_for(kind, table.columns)
    found: dict[str, tuple[str, float]] = {name: (column, 1.0) for name, column in (fixed or {}).items()}
    if preset is not None:
        for name, column in preset.mapping_of(table.columns).items():
            if name not in found and column not in _columns(found):
                found[name] = (column, SURE)
    _by_header(kind, sample, texts, found, table.repeated, timezone, now)
    _by_value(texts, found)
    _as_properties(kind, sample, texts, found, table.repeated)
    mapping = {name: column for name, (column, _) in found.items()}
    described = table.describe()
    plan = Plan(
        kind=kind,
        source=source,
        timezone=timezone,
        mapping=mapping,
        encoding=described.get("encoding"),
        delimiter=described.get("delimiter"),
        sheet=described.get("sheet"),
        header=bool(described.get("header", True)),
        day_first=_day_first(texts, mapping),
        numbers=_numbers(texts, sample, mapping),
        returns="prefix" if _returns_by_prefix(texts, mapping) else "negative",
    )
    return Guess(plan, _shown(table, texts, found), preset, described, _warnings(table, texts, mapping))


def _sample(table: Table) -> pl.DataFrame:
    parts: list[pl.DataFrame] = []
    rows = 0
    for chunk in table.chunks():
        parts.append(chunk.frame)
        rows += chunk.frame.height
        if rows >= SAMPLE_ROWS:
            break
    if not rows:
        raise no_rows()
    return pl.concat(parts).head(SAMPLE_ROWS)


def _columns(found: Mapping[str, tuple[str, float]]) -> set[str]:
    return {column for column, _ in found.values()}


def _by_header(
    kind: Kind,
    sample: pl.DataFrame,
    texts: Mapping[str, pl.Series],
    found: dict[str, tuple[str, float]],
    repeated: Sequence[str],
    timezone: str,
    now: datetime,
) -> None:
    scores: list[tuple[float, str, str]] = []
    for each in fields_of(kind):
        for column in sample.columns:
            score = _header_score(each, column)
            if score and column not in repeated and _fits(each.name, sample[column], texts[column], timezone, now):
                scores.append((score, each.name, column))
    for score, name, column in sorted(scores, key=lambda entry: -entry[0]):
        if name not in found and column not in _columns(found):
            found[name] = (column, round(score, 2))


def _header_score(each: Field, column: str) -> float:
    header = spelled(column)
    names = [spelled(name) for name in each.names]
    if header in names:
        return SURE - 0.004 * names.index(header)  # better names stand first
    contained = [name for name in names if len(name) >= (2 if not name.isascii() else 5) and name in header]
    return PERHAPS + 0.01 * max(map(len, contained)) if contained else 0.0


def _fits(name: str, cells: pl.Series, text: pl.Series, timezone: str, now: datetime) -> bool:
    """Whether the values bear the header out."""
    given = int(text.is_not_null().sum())
    if given == 0:
        return name not in ("time", *_NUMERIC)
    if name == "time":
        read = as_time(cells, Checks(len(cells)), timezone, now).is_not_null().sum()
        other = as_time(cells, Checks(len(cells)), timezone, now, day_first=True).is_not_null().sum()
        return max(int(read), int(other)) >= VALUES_FIT * given
    if name in _NUMERIC:
        return int(as_decimal(cells, Checks(len(cells)), "price_bad").is_not_null().sum()) >= VALUES_FIT * given
    if name == "phone":
        return int(text.str.contains(r"^[+\d][\d*\- ]{6,}$").sum()) >= VALUES_FIT * given
    if name == "email":
        return int(text.str.contains("@", literal=True).sum()) >= VALUES_FIT * given
    return True


def _by_value(texts: Mapping[str, pl.Series], found: dict[str, tuple[str, float]]) -> None:
    """Phones and e-mails are known by sight."""
    for name, pattern in (("phone", _PHONE), ("email", _EMAIL)):
        if name in found:
            continue
        for column, text in texts.items():
            given = int(text.is_not_null().sum())
            if column not in _columns(found) and given and int(text.str.contains(pattern).sum()) > 0.9 * given:
                found[name] = (column, LIKELY)
                break


def _as_properties(
    kind: Kind,
    sample: pl.DataFrame,
    texts: Mapping[str, pl.Series],
    found: dict[str, tuple[str, float]],
    repeated: Sequence[str],
) -> None:
    """What is left is kept under its own name: with an order only what all its lines agree on."""
    order = found.get("order", ("", 0.0))[0]
    prefix = "attribute." if kind == "people" else "property."
    for column in sample.columns:
        if column in _columns(found) or column in repeated or texts[column].null_count() == len(texts[column]):
            continue
        if kind == "orders" and not (order and _agrees(texts[order], texts[column])):
            continue
        found[f"{prefix}{column}"] = (column, PERHAPS)


def _agrees(order: pl.Series, text: pl.Series) -> bool:
    counted = (
        pl.DataFrame({"order": order, "text": text})
        .group_by("order")
        .agg(pl.col("text").n_unique().alias("values"), pl.len().alias("lines"))
    )
    several = counted.filter(pl.col("lines") > 1)
    return several.height > 0 and bool((several["values"] == 1).all())


def _day_first(texts: Mapping[str, pl.Series], mapping: Mapping[str, str]) -> bool:
    """True where some first number of ``13/1/2010`` is above twelve and no second one is."""
    first, second = _day_and_month(texts, mapping)
    return first > 12 and second <= 12


def _day_and_month(texts: Mapping[str, pl.Series], mapping: Mapping[str, str]) -> tuple[int, int]:
    text = texts.get(mapping.get("time", ""))
    if text is None:
        return 0, 0
    parts = text.str.extract_groups(r"^(\d{1,2})[/-](\d{1,2})[/-]\d{4}").struct.unnest()
    highest = [parts[name].cast(pl.Int64).max() for name in parts.columns]
    first, second = (int(each) if isinstance(each, int) else 0 for each in highest)
    return first, second


def _numbers(texts: Mapping[str, pl.Series], sample: pl.DataFrame, mapping: Mapping[str, str]) -> tuple[str, ...]:
    free = [column for name, column in mapping.items() if name not in FIELDS]
    return tuple(
        column
        for column in free
        if sample[column].dtype == pl.String
        and texts[column].null_count() < len(texts[column])
        and all(looks_like_number(value) for value in texts[column].drop_nulls().unique().to_list())
    )


def _returns_by_prefix(texts: Mapping[str, pl.Series], mapping: Mapping[str, str]) -> bool:
    """Order numbers such as C536379 beside 536365, and all of them with a negative quantity."""
    if not {"order", "quantity"} <= set(mapping):
        return False
    frame = pl.DataFrame({"order": texts[mapping["order"]], "quantity": texts[mapping["quantity"]]})
    marked = frame.filter(pl.col("order").str.contains(r"^C\d+$"))
    plain = frame.filter(pl.col("order").str.contains(r"^\d+$"))
    return bool(marked.height and plain.height and marked["quantity"].str.starts_with("-").all())


def _shown(table: Table, texts: Mapping[str, pl.Series], found: Mapping[str, tuple[str, float]]) -> list[Column]:
    by_column = {column: (name, confidence) for name, (column, confidence) in found.items()}
    return [
        Column(
            name,
            by_column.get(name, ("", 0.0))[0],
            by_column.get(name, ("", 0.0))[1],
            [value[:60] for value in texts[name].drop_nulls().unique(maintain_order=True).head(SHOWN_VALUES).to_list()],
        )
        for name in table.columns
    ]


def _warnings(table: Table, texts: Mapping[str, pl.Series], mapping: Mapping[str, str]) -> list[dict[str, str]]:
    warnings: list[dict[str, str]] = [
        {
            "code": "duplicate_header",
            "zh": f"表头“{name}”出现了不止一次，各列显示为“{name} (1)”“{name} (2)”。",
            "en": f"The header “{name}” stands more than once; shown as “{name} (1)”, “{name} (2)”.",
        }
        for name in table.repeated
    ]
    first, second = _day_and_month(texts, mapping)
    if 0 < first <= 12 and 0 < second <= 12:
        warnings.append(
            {
                "code": "day_or_month_first",
                "zh": "日期像 3/4/2024，无法判断先月后日还是先日后月，目前按先月后日读取。",
                "en": "Dates such as 3/4/2024 don't tell whether month or day comes first; the month is assumed.",
            }
        )
    if not any(name in mapping for name in IDENTIFIER_FIELDS):
        warnings.append(
            {
                "code": "no_person_column",
                "zh": "没有认出客户列，请指定客户号、手机号或邮箱所在的列。",
                "en": "No column of customers was recognised; say which holds the number, phone or e-mail.",
            }
        )
    return warnings
