"""What a piece of content is: its kinds and their fields, its classes, the states of its versions. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from siyu.storage import BadInput

FieldKind = Literal["line", "text", "link", "code", "image", "video", "voice", "file"]
Words = tuple[str, str]

TITLE_CHARACTERS_MAX = 80
SUITS_CHARACTERS_MAX = 200
COMMENT_CHARACTERS_MAX = 500
TAG_CHARACTERS_MAX = 30
TAGS_MAX = 20
TEXT_CHARACTERS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. ``line`` and ``text`` are Liquid; ``image``, ``video``, ``voice`` and ``file`` are a
    medium's sha-256; the rest is taken as it stands."""

    name: str
    kind: FieldKind
    zh: str
    en: str
    characters_max: int
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of piece. ``suits``: what it is good for; ``either``: fields of which one is needed."""

    name: str
    zh: str
    en: str
    suits_zh: str
    suits_en: str
    fields: tuple[Field, ...]
    either: tuple[str, ...] = ()


def _words(required: bool = False) -> Field:
    return Field("text", "text", "随附的话", "Words that go with it", 4_000, required)


_LINK = Field("link", "link", "网址", "Address", 2_000)
_COVER = Field("cover", "image", "封面图", "Cover", 64)
_SUMMARY = Field("summary", "line", "摘要", "Summary", 120)


def _of(medium: FieldKind, zh: str, en: str, required: bool = True) -> Field:
    return Field("medium", medium, zh, en, 64, required)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "article",
            "图文",
            "Article",
            "讲清楚一件事：选购知识、使用方法、品牌故事",
            "Explains one thing: how to choose, how to use, the brand's story",
            (_words(), _SUMMARY, _LINK, Field("body", "text", "正文", "Body", TEXT_CHARACTERS_MAX), _COVER),
            ("link", "body"),
        ),
        Kind(
            "video",
            "短视频",
            "Short video",
            "30 秒内看懂：演示、开箱、前后对比",
            "Understood in half a minute: demonstration, unboxing, before and after",
            (_words(), _SUMMARY, _of("video", "视频", "Film", required=False), _LINK, _COVER),
            ("medium", "link"),
        ),
        Kind(
            "live",
            "直播",
            "Live show",
            "预约与开播提醒：有时间、有主播、有理由来",
            "Announces a show: when, who, and why to come",
            (
                _words(required=True),
                _SUMMARY,
                Field("host", "line", "主播", "Host", 30),
                Field("starts", "line", "开播时间", "When it begins", 40, required=True),
                Field("link", "link", "直播间网址", "Address of the show", 2_000),
                _COVER,
            ),
        ),
        Kind(
            "game",
            "H5 互动",
            "H5 game",
            "抽奖、测试、小游戏：低门槛地参与一次",
            "A draw, a quiz, a small game: an easy way to take part",
            (_words(), _SUMMARY, Field("link", "link", "网址", "Address", 2_000, required=True), _COVER),
        ),
        Kind(
            "image",
            "图片",
            "Picture",
            "一眼看完：海报之外的实拍、买家秀、对比图",
            "Seen at a glance: real photos, buyers' pictures, comparisons",
            (_of("image", "图片", "Picture"), _words()),
        ),
        Kind(
            "voice",
            "语音",
            "Voice",
            "有温度的一句话：回访、答谢、提醒",
            "A warm word: following up, thanking, reminding",
            (_of("voice", "语音文件", "Recording"), Field("text", "text", "文字稿", "Transcript", 4_000)),
        ),
        Kind(
            "file",
            "文件与电子书",
            "File or e-book",
            "值得留着的资料：手册、清单、电子书",
            "Worth keeping: a manual, a checklist, an e-book",
            (_of("file", "文件", "File", required=False), _words(), _LINK),
            ("medium", "link"),
        ),
        Kind(
            "link",
            "链接",
            "Link",
            "带客户去一个页面：商品、活动、问卷",
            "Leads to a page: goods, an event, a survey",
            (_words(), _SUMMARY, Field("link", "link", "网址", "Address", 2_000, required=True), _COVER),
        ),
        Kind(
            "miniprogram",
            "小程序卡片",
            "Mini-program card",
            "不离开微信就能下单、预约、领券",
            "Orders, bookings and coupons without leaving WeChat",
            (
                _words(),
                Field("card_title", "line", "卡片标题", "Title on the card", 20, required=True),
                Field("appid", "code", "小程序 AppId", "App id", 64, required=True),
                Field("page", "code", "页面路径", "Page", 1_000, required=True),
                Field("cover", "image", "封面图（520×416）", "Cover (520×416)", 64, required=True),
            ),
        ),
        Kind(
            "poster",
            "海报",
            "Poster",
            "适合转发和朋友圈：一图一事一码",
            "For forwarding and moments: one picture, one thing, one code",
            (_of("image", "海报图片", "Picture of the poster"), _words()),
        ),
        Kind(
            "script",
            "话术",
            "Script",
            "员工一对一时用：回答、跟进、挽回",
            "For staff, one to one: answering, following up, winning back",
            (
                Field("asked", "line", "客户怎么问（关键词）", "What the customer says", 200),
                Field("text", "text", "话术", "Script", 4_000, required=True),
            ),
        ),
    )
}

TONES: Mapping[str, Words] = {"useful": ("有用", "Useful"), "promotional": ("促销", "Promotional")}
PILLARS: Mapping[str, Words] = {
    "brand": ("品牌", "Brand"),
    "ugc": ("用户内容", "Users' own"),
    "interactive": ("互动", "Interactive"),
}
LASTINGS: Mapping[str, Words] = {"evergreen": ("常青", "Evergreen"), "topical": ("热点", "Topical")}
QUESTIONS: Mapping[str, Words] = {
    "why_kind": ("为什么需要这类东西", "Why one needs this kind of thing"),
    "why_this": ("为什么选这个", "Why this one and not another"),
    "what_i_get": ("我能得到什么", "What one gets"),
}
VALUES: Mapping[str, Words] = {
    "knowledge": ("知识", "Knowledge"),
    "benefit": ("利益", "Benefit"),
    "feeling": ("情感", "Feeling"),
}
CLASSES: Mapping[str, tuple[Words, Mapping[str, Words]]] = {
    "tone": (("性质", "Tone"), TONES),
    "pillar": (("内容支柱", "Pillar"), PILLARS),
    "lasting": (("时效", "Lasting"), LASTINGS),
    "question": (("回答哪个问题", "Question it answers"), QUESTIONS),
    "value": (("价值", "Value"), VALUES),
}
"""The classes of a piece, by column: name, and what it may be."""

STAGES: Mapping[str, Words] = {
    "draft": ("草稿", "Draft"),
    "submitted": ("待审批", "Waiting for approval"),
    "returned": ("已退回", "Sent back"),
    "approved": ("已发布", "Published"),
}
"""Of a version."""
OPEN = ("draft", "returned")
"""A version in these may be changed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an operator decides of a piece, but for what it says. Classes as in :data:`CLASSES`."""

    kind: str
    title: str
    tone: str = "useful"
    pillar: str = "brand"
    lasting: str = "evergreen"
    question: str = "what_i_get"
    value: str = "knowledge"
    tags: Sequence[str] = ()
    suits: str = ""
    stage: str = ""
    audience: int | None = None
    persona: int | None = None
    holder: str = ""
    begins: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece as it is kept. ``version`` is the published one; ``latest`` the newest, in ``latest_stage``."""

    id: int
    draft: Draft
    version: int | None
    latest: int
    latest_stage: str
    post: int | None
    withdrawn: datetime | None
    archived: datetime | None
    created: datetime
    changed: datetime
    by: str

    def shut(self, now: datetime) -> str:
        """Why it may not be sent now: ``unpublished``, ``withdrawn``, ``archived``, ``not_begun``, ``ended``; ""."""
        draft = self.draft
        reasons = (
            ("withdrawn", self.withdrawn is not None),
            ("archived", self.archived is not None),
            ("ended", draft.ends is not None and draft.ends <= now),
            ("unpublished", self.version is None),
            ("not_begun", draft.begins is not None and draft.begins > now),
        )
        return next((name for name, holds in reasons if holds), "")


SHUT: Mapping[str, Words] = {
    "unpublished": ("还没有审批通过的版本", "has no approved version yet"),
    "withdrawn": ("作者已撤回授权", "its author has taken the consent back"),
    "archived": ("已归档", "is put away"),
    "not_begun": ("还没到开始使用的时间", "may not be used yet"),
    "ended": ("已过有效期", "is past its end"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a piece. ``body``: text by field."""

    piece: int
    number: int
    body: Mapping[str, str]
    stage: str
    created: datetime
    changed: datetime
    by: str
    submitted: datetime | None = None
    submitted_by: str = ""
    decided: datetime | None = None
    decided_by: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """A version of a piece, as what uses it names it. ``altered``: the words were changed there."""

    piece: int
    version: int
    altered: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Which pieces: by words (title, tags, what they suit), kind, classes, tag. ``usable``: only what may be sent
    now; ``holder``: scripts of one's own beside the team's (None: of everybody)."""

    words: str = ""
    kind: str = ""
    tag: str = ""
    stage: str = ""
    classes: Mapping[str, str] = field(default_factory=dict[str, str])
    usable: bool = False
    archived: bool = False
    scripts: bool | None = None
    holder: str | None = None


def checked(draft: Draft) -> Draft:
    """The draft in order: trimmed, tags each once. Raises :class:`BadInput` by field."""
    title = draft.title.strip()
    if not title or len(title) > TITLE_CHARACTERS_MAX or not title.isprintable():
        raise unfit("title", f"标题须为 1 至 {TITLE_CHARACTERS_MAX} 字", f"1 to {TITLE_CHARACTERS_MAX} characters")
    if draft.kind not in KINDS:
        raise unfit("kind", "没有这种内容", "There is no such kind")
    for name, ((zh, en), allowed) in CLASSES.items():
        if getattr(draft, name) not in allowed:
            raise unfit(name, f"请选择“{zh}”", f"Choose the {en.lower()}")
    suits = draft.suits.strip()
    if len(suits) > SUITS_CHARACTERS_MAX:
        raise unfit("suits", f"最多 {SUITS_CHARACTERS_MAX} 字", f"At most {SUITS_CHARACTERS_MAX} characters")
    if draft.begins is not None and draft.ends is not None and draft.ends <= draft.begins:
        raise unfit("ends", "有效期须晚于开始时间", "It must end after it begins")
    return Draft(
        draft.kind,
        title,
        draft.tone,
        draft.pillar,
        draft.lasting,
        draft.question,
        draft.value,
        checked_tags(draft.tags),
        suits,
        draft.stage.strip(),
        draft.audience,
        draft.persona,
        draft.holder,
        draft.begins,
        draft.ends,
    )


def checked_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Each once, trimmed. Raises :class:`BadInput` at ``tags``."""
    found = tuple(dict.fromkeys(each.strip() for each in tags if each.strip()))
    if len(found) > TAGS_MAX or any(len(each) > TAG_CHARACTERS_MAX or not each.isprintable() for each in found):
        raise unfit(
            "tags",
            f"最多 {TAGS_MAX} 个标签，每个最多 {TAG_CHARACTERS_MAX} 字",
            f"At most {TAGS_MAX} tags of {TAG_CHARACTERS_MAX} characters each",
        )
    return found


def unfit(where: str, zh: str, en: str) -> BadInput:
    """An error at a field."""
    return BadInput("piece_unfit", f"{zh}。", f"{en}.", field=where)
