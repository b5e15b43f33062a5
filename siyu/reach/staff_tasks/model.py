"""What a task is: its states, outcomes, the ladder of closeness, and who looks at it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from siyu.channels.protocol import Part
from siyu.reach import content
from siyu.reach.limits import MINUTES_MAX, SCRIPT_CHARACTERS_MAX, TITLE_CHARACTERS_MAX
from siyu.storage import BadInput

State = Literal["open", "taken", "late", "done", "cancelled"]
STATES: Mapping[str, tuple[str, str]] = {
    "open": ("待办", "To do"),
    "taken": ("进行中", "Under way"),
    "late": ("已超时", "Late"),
    "done": ("已完成", "Done"),
    "cancelled": ("已取消", "Cancelled"),
}
"""In the order of the board. A late one is still to be done; ``taken`` says whether somebody has begun."""
UNDONE = ("open", "taken", "late")

RUNGS: Mapping[str, tuple[str, str]] = {
    "text": ("文字", "text"),
    "voice": ("语音或电话", "voice"),
    "video": ("视频", "video"),
    "meeting": ("见面", "meeting"),
}
"""The ladder of closeness, from its foot."""
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "reached": ("联系上了", "reached"),
    "no_answer": ("没有回应", "no answer"),
    "declined": ("客户婉拒", "declined"),
}
CANCELLED_FOR: Mapping[str, tuple[str, str]] = {
    "goal": ("客户已达成旅程目标", "they reached the journey's goal"),
    "leave_when": ("客户做了让他离开旅程的事", "they did what makes one leave the journey"),
    "stopped": ("旅程已停止", "the journey was stopped"),
    "erased": ("客户已被删除", "the person was erased"),
}
"""Why a task was taken back, where nobody did it by hand."""

ADVISER, POOL = "adviser", ""
NOTE_CHARACTERS_MAX = 1_000
PERSONS_MAX = 10_000
"""Given at once, in one transaction."""

SCRIPT = Part("script", "text", "话术", "Script", False, SCRIPT_CHARACTERS_MAX)


@dataclass(frozen=True, slots=True)
class Origin:
    """The step of a journey that gives tasks."""

    journey: int
    version: int
    node: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Tasks given by hand. ``to``: ``adviser`` (each person's own, the pool where there is none), ``""`` the pool, or
    a holder; ``escalate_to``: a login, "" for nobody."""

    title: str
    script: str = ""
    minutes: int = 60
    to: str = ADVISER
    escalate_to: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks at tasks: all of them, or their own (by every name they have), those told to them when late, and the
    pool."""

    everything: bool
    names: tuple[str, ...] = ()


EVERYTHING = Looker(True)


@dataclass(frozen=True, slots=True)
class Task:
    """One task. ``person`` is the kept one today; ``script`` is Liquid."""

    id: int
    person: int
    title: str
    script: str
    template: str
    journey: int | None
    version: int | None
    node: str | None
    run: int | None
    by: str
    holder: str
    state: State
    created: datetime
    due: datetime
    escalate_to: str
    taken: datetime | None
    late: datetime | None
    escalated_to: str | None
    ended: datetime | None
    ended_by: str | None
    why: str
    outcome: str
    rung: str
    note: str

    @property
    def undone(self) -> bool:
        return self.state in UNDONE


def check_text(title: str, script: str, minutes: int) -> None:
    """Raise :class:`BadInput` by field for what no task can say."""
    if not 0 < len(title.strip()) <= TITLE_CHARACTERS_MAX:
        raise BadInput(
            "task_title",
            f"任务名须为 1 至 {TITLE_CHARACTERS_MAX} 字。",
            f"A task's title has 1 to {TITLE_CHARACTERS_MAX} characters.",
            field="title",
        )
    if not 1 <= minutes <= MINUTES_MAX:
        raise BadInput(
            "task_minutes",
            f"时限须为 1 分钟至 {MINUTES_MAX // 1440} 天。",
            f"The time is from one minute to {MINUTES_MAX // 1440} days.",
            field="minutes",
        )
    check_script(script)


def check_script(script: str, field: str = "script") -> None:
    """Raise :class:`BadInput` for a script that can't be written out for a person."""
    try:
        content.check_content([SCRIPT], {"script": script}, "task")
    except BadInput as error:
        raise BadInput(error.code, error.zh, error.en, field=field) from None


def written_out(script: str, fields: Mapping[str, Any], language: str = "zh") -> str:
    """The script as one reads it to the person. A template that fails on their values is shown as it stands."""
    try:
        return content.write([SCRIPT], {"script": script}, fields, language).parts["script"]
    except BadInput:
        return script
