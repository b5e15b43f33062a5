"""What the command line and the API answer of acquisition links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins

import siyu.channels.wecom.acquisition.tasks as _handlers  # registers the jobs
from siyu.channels.platform.exchange import Exchange
from siyu.channels.wecom.acquisition import links, reading
from siyu.channels.wecom.acquisition.links import Draft, Link
from siyu.channels.wecom.acquisition.reading import Came
from siyu.jobs import run_to_end
from siyu.storage import Stores


class LinkAnswer(Struct, frozen=True):
    """A link. ``state``: calling, there, unavailable, refused, gone. ``came``: people who became friends by it,
    ``chatted``: who wrote, ``channels``: how many by channel of the address; ``opened`` and ``asked`` count visits
    with a channel. ``read``: when who came was read last."""

    id: int
    account: int
    name: str
    url: str
    members: list[str]
    departments: list[int]
    preferred: list[str]
    skip_verify: bool
    state: str
    created: datetime | None
    by: str
    opened: int
    asked: int
    came: int
    chatted: int
    channels: dict[str, int]
    read: datetime | None

    @classmethod
    def of(cls, link: Link) -> LinkAnswer:
        return cls(
            link.id,
            link.account,
            link.name,
            link.url,
            link.members,
            link.departments,
            link.first,
            link.skip_verify,
            link.state,
            link.created,
            link.by,
            link.opened,
            link.asked,
            link.came,
            link.chatted,
            link.channels,
            link.read,
        )


class Lot(Struct, frozen=True):
    """A part of the quota: so many, until then."""

    until: datetime
    balance: int


class QuotaAnswer(Struct, frozen=True):
    """What new friends by links may still cost, as read at ``read``."""

    account: int
    total: int
    balance: int
    lots: list[Lot]
    read: datetime


class LinksAnswer(Struct, frozen=True):
    """The links that there are, the newest first; quotas of accounts that were read."""

    links: list[LinkAnswer]
    quotas: list[QuotaAnswer]


class PeopleAnswer(Struct, frozen=True):
    """Who came by a link, by their ids: at most 1,000 behind ``after`` (an external_userid)."""

    people: list[Came]


class StatisticAnswer(Struct, frozen=True):
    """By the platform's count of the last ``days``: who opened the link, who became a friend by it."""

    days: int
    clicked: int
    new: int


class LinksRead(Struct, frozen=True):
    """The job that reads."""

    job: int


class LinkRemoved(Struct, frozen=True):
    """The number of the link that is no more."""

    removed: int


def told(stores: Stores, number: int) -> LinkAnswer:
    """One link. Raises :class:`NotFound`."""
    return LinkAnswer.of(links.get_link(stores, number))


def all_told(stores: Stores, account: int | None = None) -> LinksAnswer:
    """Every link, and quotas."""
    found = links.list_links(stores, account)
    numbers = {each.account for each in found} | ({account} if account else set())
    quotas = [answer for number in sorted(numbers) if (answer := quota_told(stores, number)) is not None]
    return LinksAnswer([LinkAnswer.of(each) for each in found], quotas)


def quota_told(stores: Stores, account: int) -> QuotaAnswer | None:
    """As last read; None before."""
    found = reading.quota_of(stores, account)
    if found is None:
        return None
    return QuotaAnswer(account, found.total, found.balance, [Lot(*each) for each in found.lots], found.read)


def people_told(stores: Stores, number: int, after: str = "", rows_max: int = 1_000) -> PeopleAnswer:
    """Who came by a link, from behind a customer on."""
    found = links.get_link(stores, number)
    place = (after, "\U0010ffff") if after else None
    rows = reading.who_came(stores, found.account, found.link or "", after=place, rows_max=rows_max)
    return PeopleAnswer(rows)


def statistic_told(stores: Stores, exchange: Exchange, number: int, days: int) -> StatisticAnswer:
    """Asked of the platform."""
    return StatisticAnswer(days, *links.statistic(stores, exchange, number, days))


def draft_of(found: Link) -> Draft:
    """A link as a draft, to be changed in parts."""
    return Draft(found.name, found.members, found.departments, found.first, found.skip_verify)


def changed(stores: Stores, number: int, given: Mapping[str, Any]) -> Draft:
    """A link's draft with what is given instead."""
    return replace(draft_of(links.get_link(stores, number)), **given)


def read_now(stores: Stores, account: int, *, alone: bool) -> Mapping[str, Any]:
    """Read and wait for the end (command line). Raises :class:`SiyuError`."""
    run_to_end(stores, lambda: reading.ask_to_read(stores, account), alone=alone)
    return to_builtins(all_told(stores, account))


__all__ = ["_handlers", "all_told", "changed", "draft_of", "quota_told", "read_now", "statistic_told", "told"]
