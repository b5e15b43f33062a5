"""What a touchpoint is, what may belong to it, and how a cost lies over days. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from siyu.storage import BadInput

NAME_CHARACTERS_MAX = 60
NOTE_CHARACTERS_MAX = 200
MARK_CHARACTERS_MAX = 120
MARKS_MAX = 500
CENTS_MAX = 10**13
COST_DAYS_MAX = 1_100

KINDS: Mapping[str, tuple[str, str]] = {
    "douyin": ("抖音", "Douyin"),
    "xiaohongshu": ("小红书", "Xiaohongshu"),
    "weibo": ("微博", "Weibo"),
    "kuaishou": ("快手", "Kuaishou"),
    "bilibili": ("B站", "Bilibili"),
    "zhihu": ("知乎", "Zhihu"),
    "channels": ("视频号", "WeChat Channels"),
    "taobao": ("淘宝", "Taobao"),
    "jd": ("京东", "JD"),
    "pinduoduo": ("拼多多", "Pinduoduo"),
    "meituan": ("美团点评", "Meituan and Dianping"),
    "counter": ("门店台卡", "Shop counter"),
    "parcel": ("包裹卡", "Parcel card"),
    "exchange": ("异业互推", "Cross-brand exchange"),
    "ads": ("付费广告", "Paid advertising"),
    "staff": ("员工", "Staff"),
    "seeds": ("种子用户", "Seed users"),
    "koc": ("KOC", "KOC"),
    "search": ("分享后搜索", "Search after a share"),
    "other": ("其他", "Something else"),
}

MARKS: Mapping[str, tuple[str, str]] = {
    "code": ("活码", "Live code"),
    "way": ("渠道码", "Code at WeCom"),
    "state": ("渠道标识", "Channel state"),
    "utm": ("链接来源 utm_source", "utm_source of links"),
    "campaign": ("裂变活动", "Campaign"),
}
"""What may belong to a touchpoint. A live code and a code at WeCom by number, a campaign by its address, the others by
the text that comes back with who came."""
NUMBERED = ("code", "way")


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One place where people come from. ``archived``: it is offered no more, its figures stay."""

    id: int
    name: str
    kind: str
    note: str
    archived: datetime | None
    created: datetime
    changed: datetime
    by: str


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Something that belongs to one touchpoint: ``kind`` of :data:`MARKS`."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Cost:
    """Money spent on a touchpoint from ``first`` to ``last`` (both counted), in cents, the same every day."""

    id: int
    touchpoint: int
    first: date
    last: date
    cents: int
    note: str
    at: datetime
    by: str

    def between(self, first: date, last: date) -> int:
        """Cents of it that lie on these days. Days that follow one another add up to the whole, to the cent: what is
        spent by the end of a day is rounded down, and a day is what was added."""
        return self._by(last) - self._by(date.fromordinal(first.toordinal() - 1))

    def _by(self, day: date) -> int:
        days = (self.last - self.first).days + 1
        return self.cents * max(0, min(days, (day - self.first).days + 1)) // days


def checked_name(name: str) -> str:
    """Raises :class:`BadInput`."""
    name = name.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise BadInput(
            "touchpoint_name",
            f"请填写名称，最多 {NAME_CHARACTERS_MAX} 字。",
            f"Give it a name of at most {NAME_CHARACTERS_MAX} characters.",
            field="name",
        )
    return name


def checked_kind(kind: str) -> str:
    """Raises :class:`BadInput`."""
    if kind not in KINDS:
        raise BadInput("touchpoint_kind", "请选择种类。", "Choose a kind.", field="kind")
    return kind


def checked_note(note: str) -> str:
    """Raises :class:`BadInput`."""
    if len(note.strip()) > NOTE_CHARACTERS_MAX:
        raise BadInput(
            "touchpoint_note",
            f"备注最多 {NOTE_CHARACTERS_MAX} 字。",
            f"A note has at most {NOTE_CHARACTERS_MAX} characters.",
            field="note",
        )
    return note.strip()


def checked_marks(marks: Iterable[Mark]) -> list[Mark]:
    """Without blanks and doubles, in order. Raises :class:`BadInput`."""
    found = sorted({Mark(mark.kind, mark.value.strip()) for mark in marks if mark.value.strip()})
    for mark in found:
        if mark.kind not in MARKS or len(mark.value) > MARK_CHARACTERS_MAX or not mark.value.isprintable():
            raise _unfit(mark)
        if mark.kind in NUMBERED and not (mark.value.isascii() and mark.value.isdecimal() and len(mark.value) < 19):
            raise _unfit(mark)
    if len(found) > MARKS_MAX:
        raise BadInput("marks_many", f"最多 {MARKS_MAX} 个。", f"At most {MARKS_MAX} of them.", field="marks")
    return found


def _unfit(mark: Mark) -> BadInput:
    return BadInput(
        "mark_unfit",
        f"“{mark.value[:40]}”不能归到触点。",
        f"{mark.value[:40]!r} can't belong to a touchpoint.",
        field=mark.kind if mark.kind in MARKS else "marks",
    )


def checked_cost(first: date, last: date, yuan: Decimal) -> int:
    """Its cents. Raises :class:`BadInput`."""
    cents = yuan * 100 if yuan.is_finite() else Decimal(-1)
    if cents != cents.to_integral_value() or not 0 < cents <= CENTS_MAX:
        raise BadInput(
            "cost_unfit",
            "金额应大于 0，最多两位小数。",
            "An amount is more than 0 with at most two decimals.",
            field="amount",
        )
    if not 0 <= (last - first).days < COST_DAYS_MAX or not 1990 < first.year <= last.year < 2200:
        raise BadInput(
            "cost_days",
            f"时间段须为 1 到 {COST_DAYS_MAX} 天。",
            f"A cost lies over 1 to {COST_DAYS_MAX} days.",
            field="last",
        )
    return int(cents)


def spent(costs: Sequence[Cost], first: date, last: date) -> int:
    """Cents of all these that lie on these days."""
    return sum(cost.between(first, last) for cost in costs)
