"""What the command line and the API answer of rehearsals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins

from siyu.channels import Channels, channels_of
from siyu.reach import costs
from siyu.reach.cost_command import CostsAnswer, costs_told
from siyu.reach.costs import Cost
from siyu.reach.journeys import rehearsals
from siyu.reach.journeys.drafts import get
from siyu.reach.journeys.rehearsals import Rehearsal
from siyu.reach.needs import Need, needs_of
from siyu.reach.quota_command import AllowanceAnswer
from siyu.storage import NotFound, Stores


class LimitAnswer(Struct, frozen=True):
    """A limit of a platform. `need`: messages in its period (of a day: the busiest; of a month: 30 days at this rate);
    `may`: all that it lets through in a whole period; `enough` null: nothing can be said."""

    allowance: AllowanceAnswer
    need: int
    may: int
    enough: bool | None


class NeedAnswer(Struct, frozen=True):
    """Messages of one account: in all, on the busiest day, over 30 days at this rate, by local day."""

    account: int
    messages: int
    busiest: int
    month: int
    days: dict[str, int]
    limits: list[LimitAnswer]

    @classmethod
    def of(cls, found: Need) -> NeedAnswer:
        limits = [
            LimitAnswer(AllowanceAnswer.of(each.allowance), each.need, each.may, each.enough) for each in found.limits
        ]
        return cls(found.account, found.messages, found.busiest, found.month, dict(found.days), limits)


class RehearsedStep(Struct, frozen=True):
    """A step: people who came to it, and rest there at the end; of a message: how many would have gone (`delayed` of
    them after the quiet hours) and been held, by reason; of a task: how many would have been given."""

    id: str
    came: int
    here: int
    reached: int
    delayed: int
    held: dict[str, int]
    tasks: int


class RehearsalAnswer(Struct, frozen=True):
    """A rehearsal of a draft. While `ended` is false there are no figures yet; `job`: who works at it. `one_in`: of how
    many people one was walked (the figures are multiplied); `left`: people by how; `refused`: why some did not come in;
    `needs`: messages by account beside the platforms' limits; `cost`: at today's prices."""

    id: int
    journey: int
    days: int
    begun: datetime
    by: str
    job: int | None
    ended: bool
    one_in: int
    entered: int
    goals: int
    refused: dict[str, int]
    left: dict[str, int]
    entered_by_day: dict[str, int]
    held: dict[str, int]
    rewards: dict[str, int]
    steps: list[RehearsedStep]
    needs: list[NeedAnswer]
    cost: CostsAnswer


def rehearsal_told(stores: Stores, channels: Channels, journey: int) -> RehearsalAnswer:
    """The last rehearsal of a journey. Raises :class:`NotFound` where there is none."""
    get(stores, journey)
    found = rehearsals.latest(stores, journey)
    if found is None:
        raise NotFound("rehearsal_not_found", "这个旅程还没有排练过。", "This journey was not rehearsed yet.")
    return told(stores, channels, found)


def needs(stores: Stores, found: Rehearsal) -> list[Need]:
    """What it would have needed of platforms, by account."""
    if found.found is None:
        return []
    used = sorted({account for _, account in found.found.sent})
    return needs_of(stores, {account: found.found.messages_of(account) for account in used}, found.days)


def costs_of(stores: Stores, channels: Channels, kept: Rehearsal) -> list[Cost]:
    """What its messages would have cost at today's prices."""
    if kept.found is None:
        return []
    return costs.planned(stores, channels, kept.found.messages_by_account(), kept.found.pieces_by_account())


def told(stores: Stores, channels: Channels, kept: Rehearsal) -> RehearsalAnswer:
    """One rehearsal."""
    found, figures = kept.found, kept.figures()
    begun = (kept.id, kept.journey, kept.days, kept.begun, kept.by, kept.job)
    if found is None or figures is None:
        return RehearsalAnswer(*begun, False, 1, 0, 0, {}, {}, {}, {}, {}, [], [], costs_told([]))
    steps = [
        RehearsedStep(
            node.id,
            figures.nodes[node.id].came,
            figures.nodes[node.id].here,
            found.reached_at(node.id),
            found.delayed[node.id],
            found.held_at(node.id),
            found.tasks[node.id],
        )
        for node in kept.document.nodes
    ]
    return RehearsalAnswer(
        *begun,
        True,
        found.one_in,
        found.entered,
        found.goals,
        dict(figures.refused),
        dict(found.left),
        dict(sorted(found.entered_by_day.items())),
        found.held_by_reason(),
        dict(found.rewards),
        steps,
        [NeedAnswer.of(each) for each in needs(stores, kept)],
        costs_told(costs_of(stores, channels, kept)),
    )


def rehearse(stores: Stores, by: str, journey: int, days: int) -> Mapping[str, Any]:
    """Rehearse the draft now: :class:`RehearsalAnswer` as plain data. Raises :class:`BadInput`, :class:`NotFound`."""
    channels = channels_of(stores)
    try:
        return to_builtins(told(stores, channels, rehearsals.rehearse_now(stores, channels, by, journey, days)))
    finally:
        channels.close()


def shown(stores: Stores, journey: int) -> Mapping[str, Any]:
    """The last one as plain data. Raises :class:`NotFound`."""
    channels = channels_of(stores)
    try:
        return to_builtins(rehearsal_told(stores, channels, journey))
    finally:
        channels.close()
