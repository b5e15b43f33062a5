"""What the command line, the API and the gallery tell of ready journeys."""

from __future__ import annotations

from msgspec import Struct

from siyu.audiences.queries import names
from siyu.audiences.words import Words
from siyu.reach.journeys import nodes
from siyu.reach.journeys.ready import Ready, ready_journeys
from siyu.reach.journeys.text import goal_said, node_said, trigger_said
from siyu.storage import Stores


class Line(Struct, frozen=True):
    """A text in Chinese and in English."""

    zh: str
    en: str


class ReadyStep(Struct, frozen=True):
    """A step: its `kind`, its title, what happens there, and where its ways lead (`end`: out)."""

    id: str
    kind: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    to: list[str]


class ReadyAnswer(Struct, frozen=True):
    """A ready journey. `needs`: what the operator still chooses or sees to; `trigger`, `goal` and `steps` say it in
    words; `messages` of which `promotional` so many."""

    key: str
    zh: str
    en: str
    why_zh: str
    why_en: str
    needs: list[Line]
    trigger_zh: str
    trigger_en: str
    goal_zh: str
    goal_en: str
    messages: int
    promotional: int
    steps: list[ReadyStep]


class ReadyJourneys(Struct, frozen=True):
    """Every ready journey."""

    journeys: list[ReadyAnswer]


def ready_told(stores: Stores) -> ReadyJourneys:
    """The gallery."""
    known = names(stores)
    zh, en = Words("zh", known), Words("en", known)
    return ReadyJourneys([_told(each, zh, en) for each in ready_journeys()])


def _told(ready: Ready, zh: Words, en: Words) -> ReadyAnswer:
    mine, other = ready.document([], "zh"), ready.document([], "en")
    messages = [node for node in mine.nodes if isinstance(node, nodes.Message)]
    return ReadyAnswer(
        key=ready.key,
        zh=ready.zh,
        en=ready.en,
        why_zh=ready.why_zh,
        why_en=ready.why_en,
        needs=[Line(*each) for each in ready.needs],
        trigger_zh=trigger_said(mine, zh),
        trigger_en=trigger_said(other, en),
        goal_zh=goal_said(mine, zh),
        goal_en=goal_said(other, en),
        messages=len(messages),
        promotional=sum(node.tone == "promotional" for node in messages),
        steps=[
            ReadyStep(
                node.id,
                str(node.__struct_config__.tag),
                node.title,
                translated.title,
                node_said(node, zh),
                node_said(translated, en),
                [to or "end" for to in node.edges().values()],
            )
            for node, translated in zip(mine.nodes, other.nodes, strict=True)
            if not isinstance(node, nodes.Exit)
        ],
    )
