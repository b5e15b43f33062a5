"""What a form asks, how an answer is read, who gets it and until when, and the times that can be booked. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from siyu.growth.codes.model import DAY_MINUTES, Hours
from siyu.people.identity import Identifier, normalise
from siyu.storage import BadInput, SiyuError

FormKind = Literal["form", "booking"]
FORM_KINDS: Mapping[str, tuple[str, str]] = {"form": ("留资", "Lead form"), "booking": ("预约", "Booking")}
FieldKind = Literal["name", "phone", "wish", "city", "text", "lines", "choice"]
OWN_FIELDS: Mapping[str, tuple[str, str]] = {
    "text": ("一行文字", "One line"),
    "lines": ("多行文字", "Several lines"),
    "choice": ("选择", "A choice"),
    "city": ("所在城市", "Their city"),
}
"""Kinds of fields that a shop adds; name, phone and wish are there already."""
Way = Literal["turn", "region", "hand"]
WAYS: Mapping[str, tuple[str, str]] = {
    "turn": ("依次轮流", "In turn"),
    "region": ("按所在城市", "By region"),
    "hand": ("人工分配", "By hand"),
}
Stage = Literal["draft", "live", "paused", "ended"]
STAGES: Mapping[str, tuple[str, str]] = {
    "draft": ("草稿", "Draft"),
    "live": ("使用中", "In use"),
    "paused": ("已暂停", "Paused"),
    "ended": ("已结束", "Ended"),
}
State = Literal["new", "late", "answered", "converted", "lapsed", "cancelled", "dropped"]
STATES: Mapping[str, tuple[str, str]] = {
    "new": ("待答复", "To answer"),
    "late": ("已超时", "Late"),
    "answered": ("已答复", "Answered"),
    "converted": ("已成交", "Bought"),
    "lapsed": ("未成交", "Did not buy"),
    "cancelled": ("已取消预约", "Booking cancelled"),
    "dropped": ("无效", "Dropped"),
}
"""Of a lead, worked out from its task and what came after."""

NAME_CHARACTERS_MAX = 60
TEXT_CHARACTERS_MAX = 1_000
NOTICE_CHARACTERS_MAX = 4_000
ANSWER_CHARACTERS_MAX = 500
LABEL_CHARACTERS_MAX = 30
OWN_FIELDS_MAX = 8
CHOICES_MAX = 20
STAFF_MAX = 200
MINUTES_MAX = 7 * DAY_MINUTES
LAPSE_DAYS_MAX = 365
SEATS_MAX = 1_000
SLOTS_MAX = 2_000
LIMIT_MAX = 100_000
"""Times that are made at once, and that a form holds ahead."""
CLOCK_DAYS = 60
"""A clock that runs only in working hours is looked for so far ahead."""
_KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
_RESERVED = frozenset({"draws", "new"})
_SLUG = re.compile(r"[0-9a-z][0-9a-z\-]{2,39}")


class Field(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a form asks. ``key``: as it is kept; ``label_en``: "" shows the Chinese one."""

    key: str
    kind: FieldKind
    label: str
    label_en: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        return self.label, self.label_en or self.label


class Area(Struct, frozen=True, forbid_unknown_fields=True):
    """A member of staff and the cities whose people are theirs."""

    holder: str
    cities: tuple[str, ...]


class Routing(Struct, frozen=True, forbid_unknown_fields=True):
    """Who gets a lead. ``adviser``: a customer who has an adviser goes to them first; ``staff``: who take turns, and
    who get what no area is for; ``minutes``: of the response clock, which runs in ``hours`` alone (none: always)."""

    way: Way = "turn"
    staff: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()
    adviser: bool = True
    minutes: int = 30
    hours: tuple[Hours, ...] = ()
    escalate_to: str = ""
    script: str = ""


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """Against floods: leads of one device and of one network (0: any) in a day, of the form in an hour (0: any)."""

    device_day: int = 5
    network_day: int = 200
    form_hour: int = 1_000

    @classmethod
    def of(cls, kind: str, given: Mapping[str, int]) -> Limits:
        """What was set, else as it comes: a booking has seats to lose, so it is narrower."""
        come = {"network_day": 20, "form_hour": 200} if kind == "booking" else {}
        return cls(**(come | {name: value for name, value in given.items() if name in cls.__struct_fields__}))


FIRST_FIELDS: tuple[Field, ...] = (
    Field("name", "name", "称呼", "Your name"),
    Field("phone", "phone", "手机号", "Mobile number", required=True),
    Field("wish", "wish", "您的需求", "What you would like"),
)
"""What every form asks first; the phone always."""
NOTICE = (
    "我们（{shop}）收集您填写的称呼、手机号和需求，仅用于就本次咨询与您联系并提供服务。"
    "您可以随时要求查看、更正或删除这些信息。"
)
"""A notice to begin with; the shop writes its own."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody wrote. ``more``: their answers to the shop's own fields, by key."""

    name: str
    phone: Identifier
    wish: str
    city: str
    more: Mapping[str, str]


def unfit(field: str, zh: str, en: str) -> BadInput:
    return BadInput("lead_form_unfit", f"{zh}。", f"{en}.", field=field)


def check_slug(slug: str) -> None:
    """Raises :class:`BadInput` for an address that can't be."""
    if not _SLUG.fullmatch(slug) or slug in _RESERVED:
        raise unfit("slug", "地址须为 3 到 40 个小写字母、数字或横线", "3 to 40 small letters, digits or hyphens")


def check_fields(fields: Sequence[Field]) -> None:
    """Raises :class:`BadInput` at ``fields``: the phone is asked for, once; keys differ; a choice has choices."""
    keys = [each.key for each in fields]
    if len(keys) != len(set(keys)) or not all(_KEY.fullmatch(key) for key in keys):
        raise unfit("fields", "字段的标识须各不相同，由小写字母和数字组成", "Keys differ, of small letters and digits")
    for kind in ("name", "phone", "wish", "city"):
        if sum(each.kind == kind for each in fields) > 1:
            raise unfit("fields", "称呼、手机号、需求和城市各只能有一个", "One name, phone, wish and city each")
    phones = [each for each in fields if each.kind == "phone"]
    if not phones or not phones[0].required:
        raise unfit("fields", "手机号必须有，且必填", "The phone has to be asked for, and given")
    if len(fields) > len(FIRST_FIELDS) + OWN_FIELDS_MAX:
        raise unfit("fields", f"最多 {OWN_FIELDS_MAX} 个自有字段", f"At most {OWN_FIELDS_MAX} fields of your own")
    for each in fields:
        if not 0 < len(each.label.strip()) <= LABEL_CHARACTERS_MAX or len(each.label_en) > LABEL_CHARACTERS_MAX:
            raise unfit("fields", f"字段名须为 1 到 {LABEL_CHARACTERS_MAX} 字", "A field's name is too short or long")
        fit = 2 <= len(set(each.choices)) == len(each.choices) <= CHOICES_MAX
        if (each.kind == "choice" or each.choices) and not fit:
            raise unfit(
                "fields", f"选择须有 2 到 {CHOICES_MAX} 个不同的选项", f"A choice has 2 to {CHOICES_MAX} options"
            )
        if any(not 0 < len(choice) <= LABEL_CHARACTERS_MAX for choice in each.choices):
            raise unfit("fields", f"选项须为 1 到 {LABEL_CHARACTERS_MAX} 字", "An option is too short or too long")


def check_routing(routing: Routing) -> None:
    """Raises :class:`BadInput` by field; who is named is looked up elsewhere."""
    if not 1 <= routing.minutes <= MINUTES_MAX:
        raise unfit("minutes", "答复时限须为 1 分钟到 7 天", "The clock has one minute to seven days")
    if len(routing.staff) > STAFF_MAX or len(routing.areas) > STAFF_MAX:
        raise unfit("staff", f"最多 {STAFF_MAX} 位成员", f"At most {STAFF_MAX} members")
    if routing.way == "turn" and not routing.staff:
        raise unfit("staff", "轮流分配须选成员", "Choose who take turns")
    if routing.way == "region" and not routing.areas:
        raise unfit("areas", "按城市分配须填成员和城市", "Say whose cities are whose")


def check_limits(limits: Limits) -> None:
    """Raises :class:`BadInput` at the limit that can't be."""
    for name in Limits.__struct_fields__:
        least = 1 if name == "device_day" else 0
        if not least <= getattr(limits, name) <= LIMIT_MAX:
            raise unfit(name, f"须为 {least} 到 {LIMIT_MAX:,}", f"{least} to {LIMIT_MAX:,}")


def read(fields: Sequence[Field], given: Mapping[str, str]) -> Answers:
    """What somebody wrote, checked. Raises :class:`Unread` with what is wrong, by key."""
    values: dict[str, str] = {}
    errors: dict[str, SiyuError] = {}
    phone: Identifier | None = None
    for field in fields:
        try:
            if field.kind == "phone":
                phone = _phone(field.key, given.get(field.key, ""))
            else:
                values[field.key] = _value(field, given.get(field.key, ""))
        except BadInput as error:
            errors[field.key] = error
    if errors or phone is None:
        raise Unread(errors)
    first = {field.kind: values[field.key] for field in fields if field.kind in ("name", "wish", "city")}
    own = {field.key: values[field.key] for field in fields if field.kind in ("text", "lines", "choice")}
    more = {key: value for key, value in own.items() if value}
    return Answers(first.get("name", ""), phone, first.get("wish", ""), first.get("city", ""), more)


class Unread(Exception):
    """What somebody wrote can't be taken; ``errors`` by key of the field."""

    def __init__(self, errors: Mapping[str, SiyuError]) -> None:
        super().__init__("answers")
        self.errors = errors


def _phone(key: str, text: str) -> Identifier:
    try:
        return normalise("phone", text.strip())
    except BadInput:
        raise BadInput(
            "lead_phone",
            "请填写能联系到您的手机号，例如 138 0013 8000。",
            "Please give a number at which you can be reached, such as 138 0013 8000.",
            field=key,
        ) from None


def _value(field: Field, text: str) -> str:
    value = text.strip().replace("\r\n", "\n")
    most = NAME_CHARACTERS_MAX if field.kind in ("name", "city") else ANSWER_CHARACTERS_MAX
    if not value:
        if field.required:
            raise BadInput("required", "请填写。", "Please fill this in.", field=field.key)
    elif len(value) > most:
        raise BadInput("too_long", f"最多 {most} 个字。", f"At most {most} characters.", field=field.key)
    elif not all(char.isprintable() or char in "\n\t" for char in value):
        raise BadInput(
            "unprintable", "含有无法显示的字符。", "There are characters that can't be shown.", field=field.key
        )
    elif field.choices and value not in field.choices:
        raise BadInput("not_a_choice", "请从列表中选择。", "Please choose from the list.", field=field.key)
    return value


# -- who gets it, and until when ------------------------------------------------------------------------------


def choose(routing: Routing, turn: int, city: str, works: Callable[[str], bool], adviser: str = "") -> str:
    """The holder of a lead; "" is the pool, from which anybody takes and somebody gives out by hand. ``turn``: the
    how-manieth lead of the form; ``works``: whether a holder is still there; ``adviser``: the person's own."""
    if routing.adviser and adviser and works(adviser):
        return adviser
    if routing.way == "hand":
        return ""
    theirs: list[str] = []
    if routing.way == "region" and city:
        wanted = place_of(city)
        theirs = [each.holder for each in routing.areas if wanted in {place_of(name) for name in each.cities}]
    able = [each for each in theirs if works(each)] or [each for each in routing.staff if works(each)]
    return able[turn % len(able)] if able else ""


def place_of(city: str) -> str:
    """A city however it is written: 上海 and 上海市 are one."""
    return city.strip().removesuffix("市").casefold()


def due_by(now: datetime, minutes: int, hours: Sequence[Hours], zone: ZoneInfo) -> datetime:
    """Until when a lead of ``now`` is to be answered: ``minutes`` later, of which only those within ``hours`` (of the
    zone; none: all) count. What would take more than ``CLOCK_DAYS`` ends there."""
    left = timedelta(minutes=minutes)
    if not hours:
        return now + left
    day = now.astimezone(zone).date()
    for nth in range(CLOCK_DAYS):
        for begins, ends in _spans(day + timedelta(days=nth), hours, zone):
            begins = max(begins, now)
            if begins + left <= ends:
                return begins + left
            left -= max(ends - begins, timedelta())
    return now + timedelta(days=CLOCK_DAYS)


def _spans(day: date, hours: Sequence[Hours], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    return [
        (_moment(day, first, zone), _moment(day, last, zone))
        for weekday, first, last in sorted(hours)
        if weekday == day.weekday()
    ]


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A minute of a day (up to 1440) on the zone's clocks, as UTC."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    return local.replace(tzinfo=zone).astimezone(UTC)


# -- times that can be booked ---------------------------------------------------------------------------------


def slots_of(
    first: date, last: date, hours: Sequence[Hours], minutes: int, zone: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    """Times of ``minutes`` each from the first to the last day, one after the other within each of ``hours``, as UTC.
    A time that the zone's clocks leave out is none; one that they show twice is the earlier. Raises
    :class:`BadInput`."""
    if not 0 <= (last - first).days < 366:
        raise unfit("last", "日期须在一年以内，且不早于第一天", "The days lie within a year, in order")
    if not 5 <= minutes <= DAY_MINUTES:
        raise unfit("length", "每段须为 5 分钟到一天", "A time has five minutes to a day")
    if not hours:
        raise unfit("hours", "请填写可预约的时段", "Say on which days and hours")
    found: dict[datetime, datetime] = {}
    for nth in range((last - first).days + 1):
        day = first + timedelta(days=nth)
        for weekday, begins, ends in sorted(hours):
            if weekday != day.weekday():
                continue
            for minute in range(begins, ends - minutes + 1, minutes):
                at = _moment(day, minute, zone)
                if _shows(at, day, minute, zone):
                    found[at] = at + timedelta(minutes=minutes)
    if not found or len(found) > SLOTS_MAX:
        raise unfit("hours", f"一次须得到 1 到 {SLOTS_MAX} 个时段", f"This has to make 1 to {SLOTS_MAX} times")
    return sorted(found.items())


def _shows(at: datetime, day: date, minute: int, zone: ZoneInfo) -> bool:
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    return at.astimezone(zone).replace(tzinfo=None) == local
