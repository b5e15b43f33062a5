"""What the command line and the API answer of a broadcast: its effect, and for whom it waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct, convert, to_builtins

from siyu.channels import channels_of
from siyu.experiments.lift import Lift
from siyu.reach import handed
from siyu.reach.broadcasts import get_broadcast
from siyu.reach.effect import EFFECT_DAYS, Effect, Side, effect_of
from siyu.reach.effect_words import told
from siyu.storage import Stores


def effect(stores: Stores, broadcast: int, days: int = EFFECT_DAYS) -> dict[str, Any]:
    """:class:`EffectAnswer` as plain data. Raises :class:`NotFound`, :class:`Conflict` before it has begun."""
    return to_builtins(EffectAnswer.of(effect_of(stores, get_broadcast(stores, broadcast), days)))


def waiting(stores: Stores, broadcast: int) -> dict[str, Any]:
    """:class:`WaitingAnswer` as plain data. Raises :class:`NotFound`."""
    get_broadcast(stores, broadcast)
    channels = channels_of(stores)
    try:
        return to_builtins(WaitingAnswer.of(handed.waiting(stores, channels, broadcast)))
    finally:
        channels.close()


def remind(stores: Stores, broadcast: int, task: int | None) -> dict[str, Any]:
    """:class:`RemindedAnswer` as plain data. Raises :class:`NotFound`, and what the platform says against it."""
    get_broadcast(stores, broadcast)
    channels = channels_of(stores)
    try:
        return to_builtins(RemindedAnswer(handed.remind(stores, channels, broadcast, task)))
    finally:
        channels.close()


class TaskAnswer(Struct, frozen=True):
    """What one adviser has to confirm. ``open``: messages of it that are not settled."""

    id: int
    account: int
    adviser: str
    people: int
    open: int
    state: str
    handed: datetime | None
    confirmed: datetime | None
    reminders: int


class WaitingAnswer(Struct, frozen=True):
    """``advisers`` who have not confirmed yet, ``open`` messages of theirs, and every task."""

    advisers: int
    open: int
    tasks: list[TaskAnswer]

    @classmethod
    def of(cls, found: handed.Waiting) -> WaitingAnswer:
        tasks = [
            TaskAnswer(
                each.id,
                each.account,
                each.adviser,
                each.people,
                each.open,
                each.state,
                each.handed,
                each.confirmed,
                each.reminders,
            )
            for each in found.tasks
        ]
        return cls(found.advisers, found.open, tasks)


class RemindedAnswer(Struct, frozen=True):
    """Of how many tasks the adviser was reminded."""

    reminded: int


class SideAnswer(Struct, frozen=True):
    """``amount``: what was spent in all."""

    people: int
    opened: int
    clicked: int
    bought: int
    amount: float
    complained: int
    unsubscribed: int

    @classmethod
    def of(cls, side: Side) -> SideAnswer:
        return convert(side, cls, from_attributes=True)


class EffectAnswer(Struct, frozen=True):
    """What a broadcast added: by intention to treat, from ``since`` to ``until``. ``bought`` compares the shares of
    people who bought, ``spent`` what a person spent; ``shows_*`` whether the interval leaves 0 out."""

    days: int
    since: datetime
    until: datetime
    over: bool
    sent: SideAnswer
    holdout: SideAnswer
    bought: Lift
    spent: Lift
    shows_bought: bool
    shows_spent: bool
    zh: str
    en: str

    @classmethod
    def of(cls, effect: Effect) -> EffectAnswer:
        return cls(
            effect.days,
            effect.since,
            effect.until,
            effect.over,
            SideAnswer.of(effect.sent),
            SideAnswer.of(effect.heldout),
            effect.bought,
            effect.spent,
            effect.bought.shows,
            effect.spent.shows,
            *told(effect),
        )
