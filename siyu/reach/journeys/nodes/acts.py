"""What is done for the person at a step: a message, a tag, an attribute, a staff task."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from siyu.audiences.words import Words
from siyu.reach.journeys.nodes.base import Edges, OneWay
from siyu.reach.journeys.nodes.waits import check_minutes, span
from siyu.reach.journeys.rewards import TERMS
from siyu.reach.limits import SCRIPT_CHARACTERS_MAX
from siyu.storage import BadInput

TAGS_MAX = 20


class WhenHeld(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What becomes of a message that the guard holds on every channel of its step: it is given up at once (``skip``),
    or asked for again every quarter of an hour until ``minutes`` have passed (``wait``), for those reasons that pass by
    themselves (a cap, the mix, a rest after a complaint)."""

    do: Literal["skip", "wait"] = "skip"
    minutes: int = 1440


class Message(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="message"):
    """``channels``: accounts in order of preference, of which the guard takes the first that is open; ``content`` by
    channel, in Liquid, as broadcasts have it. Sent once each time that somebody is in the journey.
    ``held``: where those go whom it could not be sent to; ``pieces`` by channel: of which piece of the library, and
    which version, the words are."""

    channels: tuple[int, ...] = ()
    content: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    kind: Literal["marketing", "service"] = "marketing"
    tone: Literal["useful", "promotional"] = "useful"
    when_held: WhenHeld = WhenHeld()
    when_unknown: Literal["leave", "send_again"] = "leave"
    held: str | None = None
    pieces: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    own_way_when_held: bool = False
    """Whether ``held`` means something: otherwise they go on as the others do."""

    def edges(self) -> Edges:
        return {"next": self.next, "held": self.held} if self.own_way_when_held else {"next": self.next}

    def check(self, at: str) -> None:
        if self.when_held.do == "wait":
            check_minutes(self.when_held.minutes, f"{at}.when_held.minutes")

    def sentence(self, words: Words) -> str:
        return words.t(f"发送消息「{self.title or self.id}」", f"send “{self.title or self.id}”")


class Tag(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="tag"):
    """Tags put on and taken off, by number."""

    add: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()

    def check(self, at: str) -> None:
        if not 1 <= len(self.add) + len(self.remove) <= TAGS_MAX:
            raise BadInput(
                "journey_tags", f"须选 1 至 {TAGS_MAX} 个标签。", f"1 to {TAGS_MAX} tags.", field=f"{at}.add"
            )

    def sentence(self, words: Words) -> str:
        on = "、".join(words.tag(tag) for tag in self.add)
        off = "、".join(words.tag(tag) for tag in self.remove)
        said = [words.t(f"打标签 {on}", f"tag {on}")] if on else []
        said += [words.t(f"去掉标签 {off}", f"untag {off}")] if off else []
        return words.t("，", ", ").join(said)


class Attribute(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="attribute"):
    """Attributes of the person set to values (None takes one away)."""

    set: dict[str, Any]

    def check(self, at: str) -> None:
        if not 1 <= len(self.set) <= TAGS_MAX:
            raise BadInput(
                "journey_attributes",
                f"须填 1 至 {TAGS_MAX} 个属性。",
                f"1 to {TAGS_MAX} attributes.",
                field=f"{at}.set",
            )

    def sentence(self, words: Words) -> str:
        said = ", ".join(f"{key} = {value}" for key, value in self.set.items())
        return words.t(f"设置 {said}", f"set {said}")


class Task(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="task"):
    """A task for staff, with a script and a clock. Those with ``wait`` set stay until it is done (``next``) or its time
    is over (``late``)."""

    script: str
    minutes: int = 60
    escalate_to: str = ""
    """The login of who is told when it is late; nobody where empty."""
    wait: bool = False
    late: str | None = None

    def edges(self) -> Edges:
        return {"next": self.next, "late": self.late} if self.wait else {"next": self.next}

    def check(self, at: str) -> None:
        if not 0 < len(self.script.strip()) <= SCRIPT_CHARACTERS_MAX:
            raise BadInput(
                "journey_script",
                f"话术须为 1 至 {SCRIPT_CHARACTERS_MAX} 字。",
                f"A script has 1 to {SCRIPT_CHARACTERS_MAX} characters.",
                field=f"{at}.script",
            )
        check_minutes(self.minutes, f"{at}.minutes")

    def sentence(self, words: Words) -> str:
        within = span(self.minutes, words)
        name = self.title or self.id
        return words.t(f"员工任务「{name}」，{within}内完成", f"task “{name}”, due within {within}")


class Reward(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="reward"):
    """What a room above gives (points, a coupon): ``gives`` is the name it registered, ``terms`` what it asks for."""

    gives: str
    terms: dict[str, Any] = field(default_factory=dict[str, Any])

    def sentence(self, words: Words) -> str:
        if (asked := TERMS.get(self.gives)) is None:
            return words.t(f"发放 {self.gives}", f"give {self.gives}")
        number = self.terms.get(asked.name, "?")
        return words.t(f"发放{asked.zh}：{number}", f"give {asked.en}: {number}")
