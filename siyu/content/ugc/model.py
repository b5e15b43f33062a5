"""Collections and what is handed in to them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from siyu.storage import BadInput

TITLE_CHARACTERS_MAX = 60
WORDS_CHARACTERS_MAX = 500
NAME_CHARACTERS_MAX = 20
CONSENT_CHARACTERS_MAX = 4_000
PICTURE_BYTES_MAX = 1_000_000
DEVICE_A_DAY = 10
CALLS_MAX = 1_000

CONSENT_ZH = (
    "我同意将我提交的照片与文字（含其中的肖像和署名）用于本店的宣传内容，包括消息、朋友圈、社群和商品页。"
    "照片与文字是我自己的，没有他人的个人信息。我可以随时在提交页撤回，撤回后本店不再使用，也不影响此前已发出的内容。"
)
CONSENT_EN = (
    "I agree that the shop may use the photo and words I hand in (with my likeness and the name I give) in what it "
    "publishes: messages, moments, groups and product pages. They are my own and tell nothing personal of others. I "
    "can take this back at any time on the page where I handed it in; the shop then uses them no more; what was "
    "sent before is not affected."
)
STAGES: Mapping[str, tuple[str, str]] = {
    "waiting": ("待审核", "To be looked at"),
    "accepted": ("已采纳", "Accepted"),
    "refused": ("未采纳", "Not accepted"),
    "withdrawn": ("已撤回", "Taken back"),
}
AGES: Mapping[str, tuple[str, str]] = {
    "adult": ("已满 18 周岁", "18 or older"),
    "guardian": ("未满 18 周岁，监护人同意", "Under 18, with a guardian's consent"),
}


@dataclass(frozen=True, slots=True)
class CallDraft:
    """What an operator decides of a collection."""

    title: str
    words_zh: str = ""
    words_en: str = ""
    consent_zh: str = CONSENT_ZH
    consent_en: str = CONSENT_EN
    tags: Sequence[str] = ()
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A collection as it is kept. ``text``: the version of the consent shown now."""

    id: int
    slug: str
    title: str
    words_zh: str
    words_en: str
    tags: Sequence[str]
    text: int
    stage: str
    ends: datetime | None
    created: datetime
    changed: datetime
    by: str

    def open(self, now: datetime) -> bool:
        return self.stage == "live" and (self.ends is None or self.ends > now)


@dataclass(frozen=True, slots=True)
class Text:
    """One version of the consent."""

    id: int
    call: int
    version: int
    zh: str
    en: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody handed in, without its picture."""

    id: int
    mark: str
    call: int
    text: int
    person: int | None
    device: str
    name: str
    words: str
    age: str
    stage: str
    at: datetime
    decided: datetime | None
    decided_by: str
    comment: str
    withdrawn: datetime | None
    pictured: bool


@dataclass(frozen=True, slots=True)
class Handing:
    """What came in. ``text``: the version of the consent on the page; ``agreed``: whether it was ticked; ``age``: of
    :data:`AGES`; ``once``: the form's one-time key; ``picture``: JPEG, drawn anew."""

    text: int
    agreed: bool
    age: str
    once: str
    name: str = ""
    words: str = ""
    picture: bytes | None = None
    device: str = ""
    person: int | None = None


def checked_call(draft: CallDraft) -> CallDraft:
    """Raises :class:`BadInput` by field."""
    title = draft.title.strip()
    if not title or len(title) > TITLE_CHARACTERS_MAX or not title.isprintable():
        most = TITLE_CHARACTERS_MAX
        raise unfit("title", f"标题须为 1 至 {most} 字", f"A title has 1 to {most} characters")
    for name in ("words_zh", "words_en"):
        if len(getattr(draft, name)) > WORDS_CHARACTERS_MAX:
            most = WORDS_CHARACTERS_MAX
            raise unfit(name, f"最多 {most} 字", f"At most {most} characters")
    if not draft.consent_zh.strip():
        raise unfit("consent_zh", "请写明授权内容：没有授权的内容不能使用", "Say what they agree to")
    if max(len(draft.consent_zh), len(draft.consent_en)) > CONSENT_CHARACTERS_MAX:
        most = CONSENT_CHARACTERS_MAX
        raise unfit("consent_zh", f"最多 {most} 字", f"At most {most} characters")
    return draft


def checked_handing(handing: Handing) -> tuple[str, str]:
    """The name and the words, trimmed. Raises :class:`BadInput` by field."""
    words, name = handing.words.strip(), " ".join(handing.name.split())
    if not words and handing.picture is None:
        raise unfit("words", "请写几句话，或选一张照片", "Write a few words, or choose a photo")
    if len(words) > WORDS_CHARACTERS_MAX:
        raise unfit("words", f"最多 {WORDS_CHARACTERS_MAX} 字", f"At most {WORDS_CHARACTERS_MAX} characters")
    if len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise unfit(
            "name", f"署名最多 {NAME_CHARACTERS_MAX} 字", f"A name has at most {NAME_CHARACTERS_MAX} characters"
        )
    if handing.picture is not None and len(handing.picture) > PICTURE_BYTES_MAX:
        raise unfit("picture", "照片太大，请换一张", "The photo is too large: choose another")
    if handing.age not in AGES:
        raise unfit("age", "请选择年龄；未满 18 周岁须监护人同意", "Say your age; under 18 a guardian has to agree")
    if not handing.agreed:
        raise unfit("agreed", "请先阅读并同意授权", "Please read and agree first")
    return name, words


def as_template(words: str) -> str:
    """Words of a stranger as a text of ours: nothing in them is Liquid."""
    return words.replace("{{", "｛｛").replace("{%", "｛%").replace("}}", "｝｝").replace("%}", "%｝")


def unfit(where: str, zh: str, en: str) -> BadInput:
    """An error at a field."""
    return BadInput("ugc_unfit", f"{zh}。", f"{en}.", field=where)
