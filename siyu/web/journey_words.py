"""What the console calls steps of journeys, states, refusals and ways to leave; the parts that its editor is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.audiences import queries as audiences
from siyu.audiences.words import Words
from siyu.channels import accounts
from siyu.channels.media import all_media
from siyu.channels.protocol import About, Part
from siyu.channels.registry import Channels
from siyu.content.fields import FIELDS
from siyu.growth.ways import ways
from siyu.growth.ways.ways import Wanted
from siyu.people.event_names import NAMES
from siyu.reach.journeys import queries
from siyu.reach.journeys.checking import Problem, problems
from siyu.reach.journeys.drafts import document_of
from siyu.reach.journeys.model import Journey, to_json
from siyu.reach.journeys.rewards import REWARDS, TERMS
from siyu.reach.journeys.text import goal_said, node_said, text_of, trigger_said
from siyu.staff import queries as staff
from siyu.storage import Stores
from siyu.web.api.audiences import form_catalogue
from siyu.web.current import current, may, t
from siyu.web.library_offered import library_offered

OFFERED_MAX = 500
"""Codes and journeys that a field of the editor offers."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of step: ``tone`` colours its card."""

    type: str
    zh: str
    en: str
    icon: str
    tone: str
    help_zh: str
    help_en: str


KINDS: Sequence[Kind] = (
    Kind("message", "消息", "Message", icon="message-2", tone="act", help_zh="发一条", help_en="send one"),
    Kind("wait", "等待", "Wait", icon="hourglass", tone="wait", help_zh="一段时间", help_en="for a while"),
    Kind("wait_until", "等到时刻", "Wait until", icon="clock", tone="wait", help_zh="几点", help_en="a time"),
    Kind("wait_event", "等行为", "Wait for", icon="hand-click", tone="wait", help_zh="或到时限", help_en="or time out"),
    Kind("best_hour", "最佳时段", "Best hour", icon="stars", tone="wait", help_zh="因人而异", help_en="each their own"),
    Kind("branch", "条件分流", "By rule", icon="arrows-split", tone="way", help_zh="按规则", help_en="who goes where"),
    Kind("split", "随机分流", "By lot", icon="arrows-shuffle", tone="way", help_zh="按比例", help_en="by share"),
    Kind("tag", "标签", "Tag", icon="tag", tone="act", help_zh="打上或去掉", help_en="on or off"),
    Kind("attribute", "改资料", "Profile", icon="user-edit", tone="act", help_zh="设属性", help_en="set attributes"),
    Kind("task", "员工任务", "Task", icon="checklist", tone="act", help_zh="带话术与时限", help_en="script and clock"),
    Kind("reward", "奖励", "Reward", icon="gift", tone="act", help_zh="发放", help_en="give"),
    Kind("journey", "子旅程", "Sub-journey", icon="route", tone="way", help_zh="送入另一个", help_en="enter another"),
    Kind("exit", "离开", "Leave", icon="door-exit", tone="end", help_zh="到此为止", help_en="the end"),
)

TONES: Mapping[str, str] = {"running": "good", "paused": "warn", "closing": "info", "stopped": "bad"}
LEFT: Mapping[str, tuple[str, str]] = {
    "end": ("走完", "came to the end"),
    "goal": ("达成目标", "reached the goal"),
    "leave_when": ("满足退出条件", "had a reason to leave"),
    "merged": ("与他人合并", "was merged"),
    "stopped": ("旅程停止", "the journey was stopped"),
    "erased": ("资料已删除", "was erased"),
}
FIELDS_CHANGED: Mapping[str, tuple[str, str]] = {
    "name": ("名称", "name"),
    "trigger": ("触发", "trigger"),
    "start": ("第一步", "first step"),
    "entry": ("进入规则", "rules of entry"),
    "goal": ("目标", "goal"),
    "leave_when": ("退出条件", "reasons to leave"),
    "priority": ("优先级", "priority"),
    "note": ("备注", "note"),
    "pieces": ("素材", "pieces of the library"),
    "title": ("名称", "title"),
    "type": ("种类", "kind"),
    "next": ("下一步", "next step"),
    "content": ("内容", "content"),
    "channels": ("账号", "accounts"),
    "minutes": ("时长", "how long"),
    "cases": ("条件", "rules"),
    "otherwise": ("其余去向", "where others go"),
    "arms": ("比例", "shares"),
    "match": ("行为", "event"),
    "timeout": ("到时限的去向", "where a time-out leads"),
    "script": ("话术", "script"),
    "add": ("打上的标签", "tags put on"),
    "remove": ("去掉的标签", "tags taken off"),
    "kind": ("消息种类", "kind of message"),
    "tone": ("内容性质", "tone"),
    "when_held": ("被分寸拦截时", "what is done when the guard holds it"),
    "when_unknown": ("结果未知时", "what is done when the outcome is unknown"),
    "held": ("发不出的去向", "where those go whom it could not be sent to"),
    "own_way_when_held": ("发不出时另走一路", "a way of their own for those"),
    "clock": ("时刻", "time of day"),
    "days": ("天数", "days"),
    "weekdays": ("星期", "weekdays"),
    "hours": ("小时数", "hours"),
    "set": ("属性", "attributes"),
    "escalate_to": ("超时提醒谁", "who is told when it is late"),
    "wait": ("是否等待完成", "whether it is waited for"),
    "late": ("超时的去向", "where a late task leads"),
    "gives": ("奖励", "reward"),
    "terms": ("奖励条件", "terms of the reward"),
    "journey": ("子旅程", "sub-journey"),
}


def kind_words(type: str) -> str:
    """What a kind of step is called; the key of one that is not known."""
    return next((t(kind.zh, kind.en) for kind in KINDS if kind.type == type), type)


def node_name(journey: Journey, id: str) -> str:
    """What a step is called: its title, else its kind; its id where the document has no such step."""
    node = next((each for each in journey.nodes if each.id == id), None)
    if node is None:
        return id or t("入口", "Way in")
    return node.title or kind_words(type_of(node))


def node_names(stores: Stores, journey: int, versions: Iterable[int]) -> dict[str, str]:
    """What the steps of these versions are called, by id; the latest speaks. Raises :class:`NotFound`."""
    documents = [document_of(stores, journey, each) for each in sorted(set(versions))]
    return {node.id: node_name(document, node.id) for document in documents for node in document.nodes}


def type_of(node: Any) -> str:
    """The kind of a step as documents write it."""
    return str(node.__struct_config__.tag)


def words_now(stores: Stores) -> Words:
    """Sentences in the reader's language, with the names of tags, audiences, events."""
    return Words(current().language, audiences.names(stores))


def said(stores: Stores, journey: Journey) -> dict[str, str]:
    """Each step in words by its id; '' what brings people in, ``goal`` what it is for."""
    words = words_now(stores)
    steps = {node.id: node_said(node, words) for node in journey.nodes}
    return steps | {"": trigger_said(journey, words), "goal": goal_said(journey, words)}


def told(stores: Stores, channels: Channels, journey: Journey, number: int | None, *, checked: bool) -> dict[str, Any]:
    """What the editor shows of a document: itself, in words, as text, and (``checked``) what is wrong with it."""
    found = problems(stores, channels, journey, number) if checked else []
    return {
        "document": to_json(journey),
        "said": said(stores, journey),
        "text": text_of(journey, words_now(stores)),
        "problems": [problem(each) for each in found],
    }


def problem(each: Problem) -> dict[str, Any]:
    return {"node": each.node, "level": each.level, "words": t(each.zh, each.en), "field": each.field}


def kinds() -> list[dict[str, str]]:
    """The kinds of steps for the editor. Rewards are offered where there is something to give."""
    return [{"type": each.type, "label": t(each.zh, each.en), "icon": each.icon, "tone": each.tone} for each in KINDS]


def kinds_offered() -> list[Kind]:
    """What may be put into a journey here."""
    return [each for each in KINDS if each.type != "reward" or REWARDS]


def offered(stores: Stores, channels: Channels, number: int) -> dict[str, Any]:
    """Everything that a form of the editor lets one choose from."""
    usable = [
        each for each in accounts.list_accounts(stores) if each.disabled is None and channels[each.channel].about.sends
    ]
    return {
        "rules": _rules(stores),
        "audiences": [[each.id, each.name] for each in audiences.all_audiences(stores)],
        "codes": [
            [each.state, each.name, "group" if each.kind == "join" else "friend"]
            for each in ways.list_ways(stores, Wanted(rows_max=OFFERED_MAX))
        ]
        if may("code.read")
        else [],
        "accounts": [{"id": each.id, "name": each.name, "channel": each.channel} for each in usable],
        "channels": {name: _about(channel.about) for name, channel in channels.items()},
        "library": library_offered(stores, channels) if may("content.read") else [],
        "media": [[each.sha256, each.name] for each in all_media(stores, "image")],
        "fields": [{"path": each.path, "label": t(each.zh, each.en)} for each in FIELDS],
        "staff": [[each.login, each.name] for each in staff.members(stores) if each.disabled is None],
        "rewards": [_reward(stores, name) for name in REWARDS],
        "journeys": [
            [each.journey.id, each.journey.name]
            for each in queries.page(stores, rows_max=OFFERED_MAX)
            if each.journey.id != number
        ],
    }


def _reward(stores: Stores, name: str) -> dict[str, Any]:
    """What a step may give, and what it is asked beside."""
    terms = TERMS.get(name)
    if terms is None:
        return {"key": name, "label": name}
    offered = None if terms.offered is None else [[number, words] for number, words in terms.offered(stores)]
    return {"key": name, "label": t(terms.zh, terms.en), "term": terms.name, "ask": t(*terms.label), "offered": offered}


def _rules(stores: Stores) -> dict[str, Any]:
    """What rules are chosen from, with events that nobody has done yet too: a journey may wait for the first."""
    found = form_catalogue(stores)
    known = {each["key"] for each in found["events"]}
    rest = [{"key": each.name, "zh": each.zh, "en": each.en} for each in NAMES.values() if each.name not in known]
    return found | {"events": [*found["events"], *rest]}


def _about(about: About) -> dict[str, Any]:
    return {
        "label": t(about.zh, about.en),
        "parts": [_part(part) for part in about.parts],
        "forms": [{"name": each.name, "parts": [part.name for part in each.parts]} for each in about.forms],
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "kind": part.kind,
        "label": t(part.zh, part.en),
        "help": t(part.help_zh, part.help_en),
        "characters_max": part.characters_max,
        "choices": [[value, t(zh, en)] for value, zh, en in part.choices],
    }
