"""What a persona is, and whether a text is what they would say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from siyu.storage import BadInput

NAME_CHARACTERS_MAX = 20
SIGNATURE_CHARACTERS_MAX = 60
TONE_CHARACTERS_MAX = 300
WORD_CHARACTERS_MAX = 20
WORDS_MAX = 100
STORY_CHARACTERS_MAX = 500
STORIES_MAX = 30
EMOJI_MOST_MAX = 50

KINDS: Mapping[str, tuple[str, str, str, str]] = {
    "adviser": (
        "顾问",
        "Adviser",
        "懂产品、帮着挑：建议具体，不催单",
        "Knows the goods, helps to choose; no pushing",
    ),
    "friend": (
        "朋友",
        "Friend",
        "像闺蜜一样分享：说自己的体验和小事",
        "Shares like a friend: small things of their own",
    ),
    "expert": ("专家", "Expert", "讲原理、给依据：克制，不夸大", "Explains why, gives grounds; restrained"),
    "butler": ("管家", "Butler", "记得住、办得好：提醒、跟进、善后", "Remembers and takes care: reminds, follows up"),
}
"""Kind → name (zh, en) and how they speak (zh, en)."""
ADDRESSES = ("", "您", "你")
_LOGO_LIKE = re.compile(r"官方|旗舰|客服|小助手|公司|集团|official|service|team", re.IGNORECASE)
_INTRODUCED = re.compile(r"我(?:是|叫)([\w·]{1,12})", re.UNICODE)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
_CALLS = (
    "亲爱的",
    "亲们",
    "亲，",
    "宝子",
    "宝贝",
    "姐妹",
    "家人们",
    "老铁",
    "小主",
    "尊敬的客户",
    "尊敬的用户",
    "集美",
)
"""Ways to address people of which a persona has its own or none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an operator decides of a persona."""

    name: str
    kind: str = "adviser"
    portrait: str = ""
    signature: str = ""
    tone: str = ""
    address: str = ""
    calls: Sequence[str] = ()
    never: Sequence[str] = ()
    emoji_most: int = 3
    stories: Sequence[str] = ()
    moments: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona as it is kept."""

    id: int
    draft: Draft
    archived: datetime | None
    created: datetime
    changed: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place of a text that is not what a persona would say. ``begin`` to ``end`` are characters of the text as it
    was given; ``instead``: what one might write."""

    kind: str
    rule: str
    begin: int
    end: int
    text: str
    zh: str
    en: str
    law: str = ""
    instead: tuple[str, ...] = ()


def checked(draft: Draft) -> Draft:
    """In order. Raises :class:`BadInput` by field."""
    name = draft.name.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise unfit(
            "name", f"名字须为 1 至 {NAME_CHARACTERS_MAX} 字", f"A name has 1 to {NAME_CHARACTERS_MAX} characters"
        )
    if draft.kind not in KINDS:
        raise unfit("kind", "请选择类型", "Choose a kind")
    if draft.address not in ADDRESSES:
        raise unfit("address", "称呼只能是“您”或“你”", "People are addressed as 您 or 你")
    for field, most in (("signature", SIGNATURE_CHARACTERS_MAX), ("tone", TONE_CHARACTERS_MAX)):
        if len(getattr(draft, field)) > most:
            raise unfit(field, f"最多 {most} 字", f"At most {most} characters")
    if not 0 <= draft.emoji_most <= EMOJI_MOST_MAX:
        raise unfit("emoji_most", f"须为 0 至 {EMOJI_MOST_MAX}", f"From 0 to {EMOJI_MOST_MAX}")
    return Draft(
        name,
        draft.kind,
        draft.portrait.strip(),
        draft.signature.strip(),
        draft.tone.strip(),
        draft.address,
        _words("calls", draft.calls, WORDS_MAX, WORD_CHARACTERS_MAX),
        _words("never", draft.never, WORDS_MAX, WORD_CHARACTERS_MAX),
        draft.emoji_most,
        _words("stories", draft.stories, STORIES_MAX, STORY_CHARACTERS_MAX),
        _words("moments", draft.moments, STORIES_MAX, STORY_CHARACTERS_MAX),
    )


def _words(field: str, given: Iterable[str], many: int, most: int) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(each.strip() for each in given if each.strip()))
    if len(found) > many or any(len(each) > most for each in found):
        raise unfit(field, f"最多 {many} 条，每条最多 {most} 字", f"At most {many}, of {most} characters each")
    return found


def unfit(where: str, zh: str, en: str) -> BadInput:
    """An error at a field."""
    return BadInput("persona_unfit", f"{zh}。", f"{en}.", field=where)


def advice(draft: Draft) -> list[tuple[str, str]]:
    """What would make this persona more of a person: sentences in Chinese and English."""
    found: list[tuple[str, str]] = []
    if _LOGO_LIKE.search(draft.name):
        found.append(("名字像机构：换成一个亲切的人名。", "The name is that of an office: take a friendly one."))
    if not draft.portrait:
        found.append(("还没有头像：用真人照片，不用标志。", "No portrait yet: a real face, no logo."))
    if not draft.signature:
        found.append(
            (
                "还没有签名，例如“每天 3 条省钱小技巧的美妆顾问”。",
                "No signature yet: “an adviser with 3 tips a day”.",
            )
        )
    if not draft.stories:
        found.append(("还没有故事：写一两件自己的事，客户才信。", "No stories yet: one or two of their own."))
    if len(draft.moments) < 3:
        found.append(("朋友圈素材少于 3 条：日常比广告更像人。", "Fewer than 3 moments of daily life."))
    return found


def check(text: str, persona: Draft) -> list[Finding]:
    """Where a text is not what this persona would say: words they never say, another form of address, another name,
    more emoji than theirs. Places are of the text as given; nothing within Liquid counts."""
    bare = _LIQUID.sub(lambda found: "\0" * len(found.group()), text)
    found = [*_never(bare, persona), *_addressed(bare, persona), *_called(bare, persona), *_named(bare, persona)]
    emoji = list(_EMOJI.finditer(bare))
    if len(emoji) > persona.emoji_most:
        place = emoji[persona.emoji_most]
        most = persona.emoji_most
        found.append(
            _finding(
                "emoji",
                bare,
                place.start(),
                place.end(),
                f"“{persona.name}”一条里最多用 {most} 个表情，这里有 {len(emoji)} 个",
                f"“{persona.name}” uses at most {most} emoji in a text; here are {len(emoji)}",
            )
        )
    return sorted(found, key=lambda each: (each.begin, each.end))


def _never(text: str, persona: Draft) -> list[Finding]:
    zh, en = f"“{persona.name}”从不说“{{}}”", f"“{persona.name}” never says “{{}}”"
    return [
        _finding("never", text, each.start(), each.end(), zh.format(word), en.format(word))
        for word in persona.never
        for each in re.finditer(re.escape(word), text, re.IGNORECASE)
    ]


def _addressed(text: str, persona: Draft) -> list[Finding]:
    other = {"您": "你", "你": "您"}.get(persona.address)
    if other is None:
        return []
    zh = f"“{persona.name}”称呼客户用“{persona.address}”，不用“{other}”"
    en = f"“{persona.name}” addresses people as {persona.address}, not {other}"
    places = [each for each in re.finditer(other, text) if text[each.end() : each.end() + 1] != "们"]
    return [_finding("address", text, each.start(), each.end(), zh, en, (persona.address,)) for each in places]


def _called(text: str, persona: Draft) -> list[Finding]:
    own = {each.rstrip("，") for each in persona.calls}
    found: list[Finding] = []
    for word in _CALLS:
        bare = word.rstrip("，")
        if any(bare in each or each in bare for each in own):
            continue
        for each in re.finditer(re.escape(word), text):
            zh = f"“{persona.name}”不这样叫客户：“{bare}”"
            en = f"“{persona.name}” does not call people “{bare}”"
            found.append(_finding("called", text, each.start(), each.start() + len(bare), zh, en, tuple(persona.calls)))
    return found


def _named(text: str, persona: Draft) -> list[Finding]:
    """Another name than theirs where the text says who speaks."""
    found: list[Finding] = []
    for each in _INTRODUCED.finditer(text):
        said = each.group(1)
        if persona.name in said or _is_role(said, persona):
            continue
        zh, en = f"自称“{said}”，但这个人设叫“{persona.name}”", f"It says “{said}”; the persona is “{persona.name}”"
        found.append(_finding("name", text, each.start(1), each.end(1), zh, en, (persona.name,)))
    return found


def _is_role(said: str, persona: Draft) -> bool:
    """我是您的顾问 is who they are; 我是说 is nobody."""
    zh = KINDS[persona.kind][0]
    return zh in said or said[0] in "您你说想在不为真这那一因否个来要从" or "的" in said


def _finding(rule: str, text: str, begin: int, end: int, zh: str, en: str, instead: tuple[str, ...] = ()) -> Finding:
    return Finding("persona", f"persona_{rule}", begin, end, text[begin:end], zh, en, "", instead)
