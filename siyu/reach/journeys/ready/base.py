"""What a ready journey is, and the pen it is written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from siyu.audiences.filters import Filter
from siyu.audiences.operators import Operand
from siyu.audiences.words import Language, Pair
from siyu.channels.protocol import FORM, About, Part
from siyu.reach.content import write
from siyu.reach.journeys import nodes
from siyu.reach.journeys.matching import Match
from siyu.reach.journeys.model import Journey

HOUR = 60
DAY = 24 * HOUR
"""In minutes."""
WRITTEN = ("text", "body")
"""Parts of a channel's content that hold the message; of every other channel's (templates to be approved) the operator
writes it."""
HEADED = ("subject", "title")
FREE_FORMS = ("service",)
"""Forms of content that take a text as it is, best first."""
LEAVING = (Match("complaint_made"), Match("unsubscribed"), Match("friend_lost"))
"""Whoever has had enough is left in peace at once."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account that messages may go by, in the operator's order."""

    number: int
    channel: About


@dataclass(frozen=True)
class Ready:
    """A journey that is ready to be taken up. ``needs``: what the operator still chooses or sees to; what a message
    lacks stands in it as 〔…〕, and is in the way of publishing until it is written."""

    key: str
    zh: str
    en: str
    why_zh: str
    why_en: str
    needs: Sequence[Pair]
    write: Callable[[Pen], Journey]

    def document(
        self, accounts: Sequence[Account], language: Language = "zh", cycle_days: int | None = None
    ) -> Journey:
        """The journey, with titles and notes in a language. Messages are in Chinese: they are the customers'.
        ``cycle_days``: how long the shop's goods last, where that is known."""
        return self.write(Pen(accounts, language, cycle_days))


@dataclass(frozen=True)
class Pen:
    """Writes nodes, for these accounts and in this language."""

    accounts: Sequence[Account]
    language: Language
    cycle_days: int | None = None

    def t(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def message(
        self,
        id: str,
        title: Pair,
        text: str,
        next: str | None,
        *,
        tone: Literal["useful", "promotional"] = "useful",
        kind: Literal["marketing", "service"] = "marketing",
        patience: int = 2 * DAY,
    ) -> nodes.Message:
        """A message by the first account that is open; held ones are asked for again for ``patience`` minutes."""
        return nodes.Message(
            id=id,
            title=self.t(*title),
            channels=tuple(account.number for account in self.accounts),
            content={account.channel.name: content_of(account.channel, text, title[0]) for account in self.accounts},
            kind=kind,
            tone=tone,
            when_held=nodes.WhenHeld("wait", patience),
            next=next,
        )

    def task(
        self, id: str, title: Pair, script: str, minutes: int, next: str | None, *, late: str | None = None
    ) -> nodes.Task:
        """A task with a clock. With ``late``, they wait until it is done or late."""
        return nodes.Task(
            id=id, title=self.t(*title), script=script, minutes=minutes, next=next, wait=late is not None, late=late
        )

    def wait(self, id: str, minutes: int, next: str, title: Pair = ("", "")) -> nodes.Wait:
        return nodes.Wait(id=id, title=self.t(*title), minutes=minutes, next=next)

    def best_hour(self, id: str, hours: int, next: str) -> nodes.BestHour:
        return nodes.BestHour(id=id, title=self.t("等到最佳时段", "At their best hour"), hours=hours, next=next)

    def whether(
        self, id: str, title: Pair, match: Match, minutes: int, *, next: str | None, timeout: str | None
    ) -> nodes.WaitEvent:
        return nodes.WaitEvent(id=id, title=self.t(*title), match=match, minutes=minutes, next=next, timeout=timeout)

    def branch(
        self, id: str, title: Pair, *cases: tuple[Pair, Mapping[str, Any], str], otherwise: str | None
    ) -> nodes.Branch:
        """``cases``: what each is called, its rule, where it leads."""
        told = tuple(nodes.Case(dict(rule), to, self.t(*name)) for name, rule, to in cases)
        return nodes.Branch(id=id, title=self.t(*title), cases=told, otherwise=otherwise)


def content_of(channel: About, text: str, title: str) -> dict[str, str]:
    """A text as content of a channel; empty where the channel takes no text of one's own (approved templates)."""
    form = next((each.name for each in channel.forms if each.name in FREE_FORMS), None)
    if channel.forms and form is None:
        return {}
    start = {FORM: form} if form else {}
    takes = channel.in_form(start)
    said = as_for_everybody(text) if takes.alike else text
    body = {part.name: said for part in takes.parts if part.name in WRITTEN and part.kind == "text"}
    if not body:
        return {}
    heads = {part.name: title for part in takes.parts if part.name in HEADED and part.required}
    return {**start, **heads, **body}


def as_for_everybody(text: str) -> str:
    """What a text says to somebody of whom nothing is known: for channels that tell all the same."""
    part = Part("text", "text", "", "", True, 4_000)
    shop = {"name": "{{ shop.name }}"}
    return write([part], {"text": text}, {"shop": shop}).parts["text"]


def on(event: str, **where: Operand) -> Match:
    """An event; its properties are these, or one of these."""
    return Match(
        event,
        tuple(
            Filter(f"properties.{key}", "one_of" if isinstance(value, list) else "is", value)
            for key, value in where.items()
        ),
    )


def did(event: str, days: int) -> dict[str, Any]:
    """A rule: did it within so many days."""
    return {"type": "did", "event": event, "window": {"type": "last", "n": days}}


def layered(scheme: str, *layers: str) -> dict[str, Any]:
    """A rule: is in one of these layers."""
    return {"type": "layer", "scheme": scheme, "layers": list(layers)}


EVER_BOUGHT: Mapping[str, Any] = {"type": "did", "event": "order_paid"}
HIGH_VALUE = layered("spending", "high")
BOUGHT = Match("order_paid")
CLICKED = Match("message_clicked")
WROTE = Match("customer_wrote")
HANDBOOK: Pair = ("把〔…〕换成自己的链接、礼物和优惠码", "Put your own links, gifts and codes in place of 〔…〕")
ESCALATION: Pair = ("给员工任务选好超时后提醒谁", "Choose who is told when a task is late")
LAYERS: Pair = ("分层每小时自动计算，界限在“分层”页", "Layers are worked out each hour; limits are on their page")
HEY = "{% if person.name %}{{ person.name }}，{% endif %}"
"""Their name where it is known, and nothing where it is not."""
