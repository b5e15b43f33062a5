"""What a report is: a name, typed parameters, an answer with a schema, and cells that open into people and events."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from siyu.insight.period import DAYS_MAX, Period, checked_zone, day_of
from siyu.insight.relation import Relation
from siyu.storage import BadInput, NotFound, Stores

PARAMETER_BYTES_MAX = 100_000


class Between(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The parameters that every report has."""

    from_: Annotated[
        date | None,
        Meta(
            description="First day; the oldest event's day if left out", extra={"zh": "开始日期，默认最早一条事件那天"}
        ),
    ] = None
    to: Annotated[
        date | None,
        Meta(
            description="Last day, included; the newest event's day if left out",
            extra={"zh": "结束日期（含），默认最新一条事件那天"},
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """``run(stores, parameters, zone)`` answers; ``cell(stores, parameters, zone, cell)`` is the relation of the
    events (and so the people) behind one number of the answer. ``shows_*`` is one sentence for the reader."""

    name: str
    zh: str
    en: str
    shows_zh: str
    shows_en: str
    parameters: type[Between]
    answer: type[Struct]
    run: Callable[[Stores, Any, str], Struct]
    cell: Callable[[Stores, Any, str, str], Relation]


_REGISTRY: dict[str, Report] = {}


def register(report: Report) -> Report:
    """Make a report known."""
    _REGISTRY[report.name] = report
    return report


def reports() -> dict[str, Report]:
    """All reports by name."""
    return dict(_REGISTRY)


def report_named(name: str) -> Report:
    """A report. Raises :class:`NotFound`."""
    if name not in _REGISTRY:
        raise NotFound(
            "unknown_report",
            f"没有名为“{name[:60]}”的报表，可用：{'、'.join(_REGISTRY)}。用 report list 查看说明。",
            f"There is no report {name[:60]!r}; there are {', '.join(_REGISTRY)}. See: report list.",
            field="name",
        )
    return _REGISTRY[name]


def read_parameters(report: Report, given: Mapping[str, Any]) -> Any:
    """Parameters as given on a command line or in an address, checked. Lists may be written ``a,b,c`` or as JSON.

    Raises :class:`BadInput` naming the parameter.
    """
    kinds = typing.get_type_hints(report.parameters)
    names = {each.encode_name: each.name for each in msgspec.structs.fields(report.parameters)}
    ready: dict[str, Any] = {}
    for name, value in given.items():
        if name not in names:
            raise BadInput(
                "unknown_parameter",
                f"报表 {report.name} 没有参数“{name[:60]}”，可用：{'、'.join(names)}。",
                f"The report {report.name} has no parameter {name[:60]!r}; it has {', '.join(names)}.",
                field=name[:60],
            )
        ready[name] = _read_text(value, kinds[names[name]], name)
    try:
        return msgspec.convert(ready, report.parameters, strict=False)
    except msgspec.ValidationError as error:
        raise _misread(report, str(error)) from error


def _read_text(value: Any, kind: Any, name: str) -> Any:
    if not isinstance(value, str):
        return value
    if len(value) > PARAMETER_BYTES_MAX:
        raise BadInput("parameter_too_long", f"参数 {name} 过长。", f"The parameter {name} is too long.", field=name)
    text = value.strip()
    if not text and type(None) in typing.get_args(kind):
        return None
    if text[:1] in "[{" and text:
        try:
            return msgspec.json.decode(text.encode())
        except msgspec.DecodeError as error:
            raise BadInput(
                "parameter_not_json",
                f"参数 {name} 不是合法的 JSON：{error}。",
                f"The parameter {name} is not valid JSON: {error}.",
                field=name,
            ) from error
    if _is_list(kind):
        return [each.strip() for each in text.split(",") if each.strip()]
    return text


def _is_list(kind: Any) -> bool:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return any(_is_list(each) for each in typing.get_args(kind))
    return typing.get_origin(kind) is list


def _misread(report: Report, text: str) -> BadInput:
    """The library says ``Expected `date`, got `str` - at `$.from```: keep the place."""
    place = text.rsplit("$.", 1)[1].rstrip("`") if "$." in text else ""
    where_zh = f"参数 {place}" if place else "参数"
    where_en = f"the parameter {place}" if place else "the parameters"
    return BadInput(
        "bad_parameter",
        f"报表 {report.name} 的{where_zh}不正确：{text.split(' - at')[0]}。",
        f"In {where_en} of the report {report.name}: {text.split(' - at')[0]}.",
        field=place or None,
    )


def data_days(stores: Stores, zone: str) -> tuple[date, date] | None:
    """The days of the oldest and the newest event; none while there is no event."""
    oldest, newest, count = stores.events.row("SELECT min(time), max(time), count() FROM events")
    return (day_of(oldest, zone), day_of(newest, zone)) if count else None


def period_of(stores: Stores, given: Between, zone: str) -> Period:
    """The period that the parameters mean: what they leave out is taken from the data."""
    checked_zone(zone)
    today = day_of(stores.clock.now(), zone)
    first, last = data_days(stores, zone) or (today, today)
    last = given.to or (max(given.from_, last) if given.from_ else last)
    earliest = max(last - timedelta(days=DAYS_MAX - 1), date(1971, 1, 1))
    return Period(given.from_ or max(min(first, last), earliest), last, zone)
