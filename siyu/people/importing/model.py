"""What an import knows before it starts: the plan, and why a row is refused.

Pure: no clock, no files, no SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from siyu.people.consents import CHANNELS
from siyu.people.importing.fields import FREE_PREFIXES, IDENTIFIER_FIELDS, KINDS, Kind, fields_of
from siyu.storage import BadInput

CELL_CHARACTERS_MAX = 32_767
"""What a spreadsheet cell can hold; a longer one is a broken quote or an attack."""

COLUMNS_MAX = 1_024
# ------------------------------------------------------------------------------------------------ why a row is refused


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is refused, in words that name what to mend."""

    code: str
    zh: str
    en: str


REASONS: Mapping[str, Reason] = {
    each.code: each
    for each in (
        Reason("cells_wrong", "单元格数与表头不一致", "the number of cells differs from the header"),
        Reason("cell_too_long", f"单元格超过 {CELL_CHARACTERS_MAX} 个字符", "a cell is longer than 32,767 characters"),
        Reason("unreadable", "含有无法识别的字符（编码混乱）", "characters can't be read (mixed encodings)"),
        Reason("formula", "单元格是公式，不是值", "a cell holds a formula, not a value"),
        Reason("person_missing", "缺少客户", "the customer is missing"),
        Reason("person_bad", "客户标识无效", "the customer identifier is not valid"),
        Reason("order_missing", "缺少订单号", "the order number is missing"),
        Reason("id_corrupt", "编号已损坏（科学计数法）", "a number was damaged by e-notation"),
        Reason("id_too_long", "编号过长", "an identifier is too long"),
        Reason("time_missing", "缺少时间", "the time is missing"),
        Reason("time_bad", "时间无法识别", "the time can't be read"),
        Reason("time_future", "时间在未来", "the time is in the future"),
        Reason("time_too_old", "时间早于 1970 年", "the time is before 1970"),
        Reason("quantity_bad", "数量无效", "the quantity is not a number"),
        Reason("quantity_zero", "数量为零", "the quantity is zero"),
        Reason("quantity_negative", "数量为负", "the quantity is negative"),
        Reason("price_missing", "缺少价格", "the price is missing"),
        Reason("price_bad", "价格无效", "the price is not a number"),
        Reason("price_negative", "价格为负", "the price is negative"),
        Reason("not_paid", "订单未付款或已关闭", "the order is not paid or was closed"),
        Reason("status_unknown", "订单状态无法识别", "the order status is not known"),
        Reason("name_missing", "缺少事件名", "the event name is missing"),
        Reason("name_bad", "事件名无效", "the event name is not valid"),
        Reason("sex_bad", "性别无法识别", "the sex can't be read"),
        Reason("birthday_bad", "生日无法识别", "the birthday can't be read"),
        Reason("consent_bad", "同意一列只能是 是/否", "consent must be yes or no"),
    )
}
"""In the order in which they are looked for: a row is counted under its first."""


# --------------------------------------------------------------------------------------------------------- the plan

RETURN_RULES: tuple[str, ...] = ("negative", "prefix", "none")
SOURCE_PATTERN = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read. Everything in it can be seen and changed before the import starts.

    ``mapping``: field → header. ``encoding``, ``delimiter``, ``sheet``: None = found out.
    ``returns``: which lines are returns: ``negative`` (quantity or amount below zero), ``prefix`` (those, and
    orders whose number is ``return_prefix`` and digits), ``none`` (a negative quantity is refused).
    ``day_first``: 3/4/2024 is the third of April. ``free_lines``: lines at price 0 (gifts) are kept.
    ``numbers``: columns of properties that are numbers. ``notice``, ``evidence``: of consents in the file.
    """

    kind: Kind
    source: str
    timezone: str
    mapping: Mapping[str, str]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: bool = True
    returns: str = "negative"
    return_prefix: str = "C"
    day_first: bool = False
    free_lines: bool = False
    numbers: Sequence[str] = ()
    event_name: str = ""
    notice: str = ""
    evidence: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def plan_from(data: Mapping[str, Any]) -> Plan:
    """A plan from its JSON form. Unknown members and wrong types raise :class:`BadInput`."""
    known = set(Plan.__dataclass_fields__)
    if unknown := set(data) - known:
        name = min(unknown)
        raise BadInput("unknown_setting", f"未知的导入设置“{name}”。", f"Unknown import setting “{name}”.", field=name)
    values = dict(data)
    for name in ("kind", "source", "timezone", "mapping"):
        if name not in values:
            raise BadInput("setting_missing", f"缺少“{name}”。", f"“{name}” is missing.", field=name)
    try:
        return checked(msgspec.convert(values, Plan))
    except msgspec.ValidationError as error:
        where = str(error).rpartition("`$.")[2].rstrip("`") or "plan"
        raise BadInput(
            "bad_setting",
            f"导入设置“{where}”的类型不对。",
            f"The import setting “{where}” has a wrong type.",
            field=where,
        ) from error


def checked(plan: Plan) -> Plan:
    """The plan, if it can be followed. Raises :class:`BadInput` naming the setting."""
    if plan.kind not in KINDS:
        raise BadInput(
            "unknown_kind",
            f"不能导入“{plan.kind}”，可以导入：orders（订单）、events（事件）、people（客户）。",
            f"Can't import “{plan.kind}”; known kinds: orders, events, people.",
            field="kind",
        )
    if not SOURCE_PATTERN.fullmatch(plan.source):
        raise BadInput(
            "bad_source",
            "来源名只能用字母、数字、点、横线和下划线，最多 64 个字符，例如 youzan。",
            "A source's name has letters, digits, dots, dashes and underscores only, 64 at most, such as youzan.",
            field="source",
        )
    check_timezone(plan.timezone)
    if plan.returns not in RETURN_RULES:
        raise BadInput(
            "unknown_returns",
            f"退货规则“{plan.returns}”未知，可用：{'、'.join(RETURN_RULES)}。",
            f"Unknown rule for returns “{plan.returns}”; known: {', '.join(RETURN_RULES)}.",
            field="returns",
        )
    _check_mapping(plan)
    return plan


def check_timezone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises :class:`BadInput`."""
    if name not in available_timezones():
        raise BadInput(
            "unknown_timezone",
            f"未知的时区“{str(name)[:60]}”，请用 Asia/Shanghai 这样的名称。",
            f"Unknown time zone “{str(name)[:60]}”; use a name such as Asia/Shanghai.",
            field="timezone",
        )
    return ZoneInfo(name)


def _check_mapping(plan: Plan) -> None:
    known = {each.name for each in fields_of(plan.kind)}
    for name, column in plan.mapping.items():
        if name not in known and not (name.startswith(FREE_PREFIXES) and name.partition(".")[2]):
            raise BadInput(
                "unknown_field",
                f"未知的字段“{name[:60]}”。可用字段：{'、'.join(sorted(known))}、property.<名称>。",
                f"Unknown field “{name[:60]}”. Known fields: {', '.join(sorted(known))}, property.<name>.",
                field=f"mapping.{name}",
            )
        if name.startswith("consent.") and name.partition(".")[2] not in CHANNELS:
            channels = [f"consent.{each}" for each in CHANNELS]
            raise BadInput(
                "unknown_channel",
                f"“{name[:60]}”不是同意的渠道，可用：{'、'.join(channels)}。",
                f"“{name[:60]}” names no channel of consent; known: {', '.join(channels)}.",
                field=f"mapping.{name}",
            )
        if not column:
            raise BadInput(
                "bad_mapping",
                f"字段“{name}”没有对应的列。",
                f"Field “{name}” names no column.",
                field=f"mapping.{name}",
            )
    if not any(name in plan.mapping for name in IDENTIFIER_FIELDS):
        raise BadInput(
            "no_person_column",
            "没有指明哪一列是客户（客户号、手机号、邮箱…）。请选定那一列（命令行：--map person=客户号）。",
            "No column says who the customer is (number, phone, e-mail…). "
            "Choose it (command line: --map person=CustomerID).",
            field="mapping.person",
        )
    if plan.kind != "people" and "time" not in plan.mapping:
        raise BadInput(
            "no_time_column",
            "没有指明哪一列是时间。请选定那一列（命令行：--map time=付款时间）。",
            "No column says when it happened. Choose it (command line: --map time=InvoiceDate).",
            field="mapping.time",
        )
    if plan.kind == "orders" and not {"price", "amount", "order_amount"} & set(plan.mapping):
        raise BadInput(
            "no_price_column",
            "没有指明价格或金额所在的列。请选定那一列（命令行：--map price=单价）。",
            "No column holds the price or the amount. Choose it (command line: --map price=UnitPrice).",
            field="mapping.price",
        )
    if plan.kind == "events" and "name" not in plan.mapping and not plan.event_name:
        raise BadInput(
            "no_name_column",
            "没有指明事件名所在的列，也没有给出统一的事件名。",
            "No column holds the event name, and no name for all rows was given.",
            field="mapping.name",
        )


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rows refused so far, by reason: how many, and the first row."""

    counts: dict[str, int] = field(default_factory=dict)
    first_rows: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, count: int, first_row: int) -> None:
        if count:
            self.counts[code] = self.counts.get(code, 0) + count
            self.first_rows[code] = min(self.first_rows.get(code, first_row), first_row)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def as_json(self) -> list[dict[str, Any]]:
        """By count, largest first."""
        return [
            {
                "code": code,
                "zh": REASONS[code].zh,
                "en": REASONS[code].en,
                "count": count,
                "first_row": self.first_rows[code],
            }
            for code, count in sorted(self.counts.items(), key=lambda entry: -entry[1])
        ]
