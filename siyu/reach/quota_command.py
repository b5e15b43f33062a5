"""What the command line and the API answer of platforms' limits."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, to_builtins

from siyu.channels import Channels, channels_of
from siyu.channels.accounts import usable_account
from siyu.channels.allowances import Allowance
from siyu.channels.wecom import allowed
from siyu.reach import intending, quotas
from siyu.reach.cost_command import CostsAnswer, costs_told
from siyu.reach.daily_use import Room, room_for
from siyu.reach.guard import reason_words
from siyu.reach.intending import Counted
from siyu.reach.membership import members_of
from siyu.storage import Stores


class AllowanceAnswer(Struct, frozen=True):
    """What is left of one kind of message. ``period``: now, today, month, paid; ``each``: as many one receiver may get
    in it (null: as many as they allowed, or as were bought); ``receivers``: all whom it could reach; ``open``: those
    who may still get one; ``used``: messages in the period; ``left``: messages that may still be sent in it."""

    key: str
    zh: str
    en: str
    period: str
    each: int | None
    receivers: int
    open: int
    used: int
    left: int

    @classmethod
    def of(cls, found: Allowance) -> AllowanceAnswer:
        return cls(*(getattr(found, name) for name in cls.__struct_fields__))


class AccountQuotaAnswer(Struct, frozen=True):
    """One account and what its platform leaves."""

    account: int
    name: str
    channel: str
    allowances: list[AllowanceAnswer]

    @classmethod
    def of(cls, found: quotas.AccountQuota) -> AccountQuotaAnswer:
        return cls(found.account, found.name, found.channel, [AllowanceAnswer.of(each) for each in found.allowances])


class QuotasAnswer(Struct, frozen=True):
    """Every account whose platform sets limits."""

    accounts: list[AccountQuotaAnswer]


class MemberUseAnswer(Struct, frozen=True):
    """What a member is asked to send this month: to customers, to groups, and tasks that wait for a tap."""

    userid: str
    name: str
    customers: int
    groups: int
    waiting: int


class MembersAnswer(Struct, frozen=True):
    """Members with something to send, those who wait for most first."""

    members: list[MemberUseAnswer]


class HeldReason(Struct, frozen=True):
    """People whom one reason holds."""

    reason: str
    zh: str
    en: str
    people: int


class RoomAnswer(Struct, frozen=True):
    """A limit of an account: `need`: what the broadcast takes at once; `beside`: what running journeys take until its
    period ends, as they did lately; `left`: what may still be sent in it; `enough`: it holds both."""

    account: int
    name: str
    key: str
    zh: str
    en: str
    period: str
    need: int
    beside: int
    left: int
    enough: bool

    @classmethod
    def of(cls, found: Room) -> RoomAnswer:
        limit = found.allowance
        words = (limit.key, limit.zh, limit.en, limit.period)
        return cls(found.account, found.name, *words, found.need, found.beside, found.left, found.enough)


class ForecastAnswer(Struct, frozen=True):
    """A broadcast before it starts: whom it would reach by account, and why not the others: ``causes`` (unreachable,
    month, today, closed, guard, holdout) add up to ``will_hold``, as ``held`` does by reason; ``left``: what its
    accounts may still send when it starts; ``cost``: at today's prices; ``beside``: the limits that running journeys
    use up too."""

    audience: int
    approximate: bool
    will_reach: int
    will_hold: int
    delayed: int
    reached: dict[str, int]
    causes: dict[str, int]
    held: list[HeldReason]
    left: list[AccountQuotaAnswer]
    cost: CostsAnswer
    beside: list[RoomAnswer]


def all_told(stores: Stores) -> QuotasAnswer:
    """Every account."""
    return QuotasAnswer([AccountQuotaAnswer.of(each) for each in quotas.standing(stores)])


def person_told(stores: Stores, channels: Channels, person: int) -> QuotasAnswer:
    """One person. Raises :class:`NotFound`."""
    return QuotasAnswer([AccountQuotaAnswer.of(each) for each in quotas.of_person(stores, channels, person)])


def members_told(stores: Stores, account: int) -> MembersAnswer:
    """Members of a WeCom account; nobody of another. Raises :class:`NotFound`."""
    usable_account(stores, account)
    with stores.ledger.read() as conn:
        rows = allowed.by_member(conn, account, stores.clock.now())
    names = MemberUseAnswer.__struct_fields__
    return MembersAnswer([MemberUseAnswer(*(getattr(each, name) for name in names)) for each in rows])


def forecast_told(stores: Stores, counted: Counted) -> ForecastAnswer:
    """What a count says, with its causes and what its accounts have left."""
    held = sorted(counted.counts.held.items(), key=lambda each: -each[1])
    return ForecastAnswer(
        counted.size,
        counted.approximate,
        counted.reached,
        counted.held,
        counted.counts.delayed,
        {str(account): many for account, many in counted.counts.reach.items()},
        quotas.told_apart(counted.counts.held),
        [HeldReason(reason, *reason_words(reason), many) for reason, many in held],
        [AccountQuotaAnswer.of(each) for each in quotas.standing(stores, counted.accounts, counted.moment)],
        costs_told(counted.costs),
        [RoomAnswer.of(each) for each in room_for(stores, counted.counts.reach, counted.moment)],
    )


def count(stores: Stores, broadcast: int, *, exact: bool = False) -> dict[str, Any]:
    """:class:`ForecastAnswer` as plain data. Raises :class:`NotFound`, :class:`BadInput`."""
    channels = channels_of(stores)
    try:
        counted = intending.count_broadcast(stores, channels, members_of, broadcast, exact=exact)
        return to_builtins(forecast_told(stores, counted))
    finally:
        channels.close()


def quota(stores: Stores, person: int | None = None) -> dict[str, Any]:
    """:class:`QuotasAnswer` as plain data. Raises :class:`NotFound`."""
    channels = channels_of(stores)
    try:
        return to_builtins(all_told(stores) if person is None else person_told(stores, channels, person))
    finally:
        channels.close()


def members(stores: Stores, account: int) -> dict[str, Any]:
    """:class:`MembersAnswer` as plain data. Raises :class:`NotFound`."""
    return to_builtins(members_told(stores, account))
