"""What each way of sending takes of a text, a card or a medium, counted as the platform counts: one table. Pure.

The editor shows it as one types, the server refuses by it. ``source`` names the platform's document; "house" is a limit
of our own where the platform says none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from siyu.storage import BadInput

Unit = Literal["bytes", "characters", "sms"]
MEGABYTE = 1_000_000
SMS_ONE, SMS_EACH = 70, 67
"""Characters in a message alone, and in each of several."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so much of a field, in a unit. ``bytes`` are of UTF-8: a Chinese character is three."""

    most: int
    unit: Unit
    source: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which something is sent. ``texts``: limit by field of a message; ``media``: bytes by kind of medium
    that it carries; ``kinds``: kinds of piece that it carries; ``channel``: the channel of broadcasts that goes this
    way, ``parts``: which of its parts is which field."""

    name: str
    zh: str
    en: str
    kinds: frozenset[str]
    texts: Mapping[str, Limit]
    media: Mapping[str, int]
    attachments_max: int = 0
    channel: str = ""
    parts: Mapping[str, str] | None = None


_ALL = frozenset(
    {"article", "video", "live", "game", "image", "voice", "file", "link", "miniprogram", "poster", "script"}
)
_WECOM_MEDIA = {"image": 10 * MEGABYTE, "video": 10 * MEGABYTE, "file": 20 * MEGABYTE}
_CARDS = {
    "link_title": Limit(128, "bytes", "WeCom 92137"),
    "link_description": Limit(512, "bytes", "WeCom 92137"),
    "link_url": Limit(2_048, "bytes", "WeCom 92137"),
    "program_title": Limit(64, "bytes", "WeCom 92137"),
}
_PARTS = {name: name for name in ("text", *_CARDS)}
WAYS: Mapping[str, Way] = {
    way.name: way
    for way in (
        Way(
            "wecom_mass",
            "企业微信群发",
            "WeCom mass message",
            _ALL - {"voice"},
            {"text": Limit(4_000, "bytes", "WeCom 92135"), **_CARDS},
            _WECOM_MEDIA,
            9,
            "wecom",
            _PARTS,
        ),
        Way(
            "wecom_welcome",
            "企业微信欢迎语",
            "WeCom welcome",
            _ALL - {"voice"},
            {"text": Limit(4_000, "bytes", "WeCom 92137"), **_CARDS},
            _WECOM_MEDIA,
            9,
        ),
        Way(
            "wecom_moment",
            "客户朋友圈",
            "WeCom moment",
            _ALL - {"voice", "file", "miniprogram"},
            {"text": Limit(2_000, "characters", "WeCom 95094"), "link_title": Limit(64, "bytes", "WeCom 95094")},
            {"image": 10 * MEGABYTE, "video": 10 * MEGABYTE},
            9,
        ),
        Way(
            "wecom_service",
            "微信客服",
            "WeCom customer service",
            _ALL,
            {"text": Limit(2_048, "bytes", "WeCom 94677")},
            {**_WECOM_MEDIA, "voice": 2 * MEGABYTE},
        ),
        Way(
            "official_account",
            "公众号消息",
            "Official account message",
            _ALL - {"voice", "file", "miniprogram"},
            {"text": Limit(600, "characters", "house"), "title": Limit(64, "characters", "house")},
            {"image": 10 * MEGABYTE},
            1,
            "official_account",
            {"text": "text", "title": "title"},
        ),
        Way(
            "sms",
            "短信",
            "SMS",
            frozenset({"article", "live", "game", "link", "script"}),
            {"text": Limit(500, "sms", "SMS services: 70 in one, 67 each of several")},
            {},
        ),
        Way(
            "email",
            "邮件",
            "E-mail",
            _ALL,
            {"text": Limit(20_000, "characters", "house"), "title": Limit(200, "characters", "house")},
            {},
            0,
            "email",
            {"body": "text", "subject": "title"},
        ),
    )
}
UNITS: Mapping[Unit, tuple[str, str]] = {
    "bytes": ("字节（一个汉字 3 字节）", "bytes (a Chinese character is three)"),
    "characters": ("字", "characters"),
    "sms": ("字", "characters"),
}
FIELDS: Mapping[str, tuple[str, str]] = {
    "text": ("文字", "Text"),
    "title": ("标题", "Title"),
    "link_title": ("链接标题", "Title of the link"),
    "link_description": ("链接描述", "Description of the link"),
    "link_url": ("网址", "Address"),
    "program_title": ("小程序卡片标题", "Title of the card"),
    "medium": ("素材文件", "Medium"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a field there is, of how much one way takes."""

    way: str
    field: str
    has: int
    most: int
    unit: Unit
    source: str

    @property
    def over(self) -> int:
        return max(self.has - self.most, 0)

    @property
    def percent(self) -> int:
        return min(100, -(-100 * self.has // self.most))


@dataclass(frozen=True, slots=True)
class Fit:
    """How a piece fits one way: whether it is carried at all, and each field measured."""

    way: Way
    carried: bool
    measures: tuple[Measure, ...]
    messages: int = 1
    """As how many it is billed."""

    @property
    def fits(self) -> bool:
        return self.carried and not any(each.over for each in self.measures)


def counted(text: str, unit: Unit) -> int:
    """How long a text is, as a platform counts."""
    return len(text.encode()) if unit == "bytes" else len(text)


def messages_of(text: str) -> int:
    """As how many short messages a text is billed."""
    return 1 if len(text) <= SMS_ONE else -(-len(text) // SMS_EACH)


def fit(kind: str, body: Mapping[str, str], title: str = "", sizes: Mapping[str, int] | None = None) -> list[Fit]:
    """How a piece of this kind with this body fits every way. ``sizes``: bytes of the media, by field."""
    return [_fit(way, kind, body, title, sizes or {}) for way in WAYS.values()]


def _fit(way: Way, kind: str, body: Mapping[str, str], title: str, sizes: Mapping[str, int]) -> Fit:
    texts = as_message(kind, body, title)
    found = [
        Measure(way.name, name, counted(texts[name], limit.unit), limit.most, limit.unit, limit.source)
        for name, limit in way.texts.items()
        if texts.get(name)
    ]
    medium = {"image": "image", "poster": "image", "video": "video", "file": "file", "voice": "voice"}.get(kind)
    if medium is not None and medium in way.media and sizes.get("medium"):
        found.append(Measure(way.name, "medium", sizes["medium"], way.media[medium], "bytes", "WeCom 90253"))
    billed = messages_of(texts.get("text", "")) if way.name == "sms" else 1
    return Fit(way, kind in way.kinds, tuple(found), billed)


def as_message(kind: str, body: Mapping[str, str], title: str = "") -> dict[str, str]:
    """A piece as the fields of a message: ``text``, ``title``, those of its card."""
    found = {"text": body.get("text", ""), "title": title}
    if kind == "miniprogram":
        return {**found, "program_title": body.get("card_title", "")}
    if body.get("link"):
        found |= {"link_title": title, "link_url": body["link"], "link_description": body.get("summary", "")}
    return found


def over(channel: str, parts: Iterable[str], content: Mapping[str, str]) -> list[Measure]:
    """What of a channel's content (text by part) is more than it takes. Parts that are not among ``parts`` are left
    out."""
    way = next((each for each in WAYS.values() if each.channel == channel), None)
    if way is None or way.parts is None:
        return []
    known = set(parts)
    found: list[Measure] = []
    for part, name in way.parts.items():
        limit = way.texts.get(name)
        if limit is not None and part in known:
            has = counted(content.get(part, ""), limit.unit)
            found.append(Measure(way.name, part, has, limit.most, limit.unit, limit.source))
    return [each for each in found if each.over]


def said(measure: Measure) -> tuple[str, str]:
    """What is too much and what to do, in Chinese and English."""
    way, (unit_zh, unit_en) = WAYS[measure.way], UNITS[measure.unit]
    zh, en = FIELDS.get(measure.field, FIELDS["text"])
    less = -(-measure.over // 3) if measure.unit == "bytes" else measure.over
    return (
        f"{way.zh}的{zh}最多 {measure.most:,} {unit_zh}，现在 {measure.has:,}；请删去约 {less:,} 个汉字",
        f"{way.en}: {en.lower()} takes {measure.most:,} {unit_en}; it has {measure.has:,}. Take out some {less:,}",
    )


def require(measures: Sequence[Measure], at: str = "") -> None:
    """Raise :class:`BadInput` at ``<at>.<field>`` for the first that is too much."""
    for each in measures:
        if each.over:
            zh, en = said(each)
            raise BadInput("content_too_long", f"{zh}。", f"{en}.", field=f"{at}.{each.field}" if at else each.field)
