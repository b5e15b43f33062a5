"""What an account has read of its platform: how far the reading is that runs, when it was last read whole, how much
there is. The same for every platform that can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from siyu.channels.accounts import AccountView
from siyu.channels.ocean.tables import ocean_clues, ocean_reads
from siyu.channels.official_account.asking import LIST_JOB
from siyu.channels.orders.backfill import backfill_of
from siyu.channels.wechat.tables import wechat_readings, wechat_tags, wechat_users
from siyu.channels.wechat.users import FOLLOWING
from siyu.channels.wecom.syncing import WORDS, sync_status
from siyu.jobs import JobStatus, find
from siyu.storage import Stores


@dataclass(frozen=True, slots=True)
class Part:
    """One list: how many are known (None: not counted), and when it was last read to its end."""

    name: str
    zh: str
    en: str
    count: int | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """``job``: the one that runs, or the last; ``failed``: the platform's code, where the last try came to nothing."""

    parts: tuple[Part, ...]
    job: JobStatus | None = None
    failed: str = ""

    @property
    def ended(self) -> datetime | None:
        """When all of it was last read: the earliest of its parts."""
        moments = [part.ended for part in self.parts]
        return min((at for at in moments if at is not None), default=None) if all(moments) else None


def reading_of(stores: Stores, account: AccountView, *, counted: bool = True) -> Reading | None:
    """Of one account; None where there is nothing to read. ``counted``: with the sizes, which take a moment."""
    look = _LOOKS.get(account.channel)
    return None if look is None else look(stores, account, counted)


def _wecom(stores: Stores, account: AccountView, counted: bool) -> Reading:
    status = sync_status(stores, account.id, counted=counted)
    parts = [Part(name, *words, status.counts.get(name), status.ended.get(name)) for name, words in WORDS.items()]
    return Reading(tuple(parts), status.job)


def _followers(stores: Stores, account: AccountView, counted: bool) -> Reading:
    jobs = find(stores, names=[LIST_JOB], key=f"{LIST_JOB}-{account.id}", rows_max=1)
    users, tags, readings = wechat_users.c, wechat_tags.c, wechat_readings.c
    with stores.ledger.read() as conn:
        following = sa.and_(users.account == account.id, users.state == FOLLOWING)
        followers = conn.execute(sa.select(sa.func.count()).select_from(wechat_users).where(following)).scalar_one()
        count, read = conn.execute(
            sa.select(sa.func.count(), sa.func.max(tags.read)).where(tags.account == account.id)
        ).one()
        listed = conn.execute(sa.select(readings.finished).where(readings.account == account.id)).scalar_one_or_none()
    parts = (
        Part("followers", "粉丝", "followers", followers, listed),
        Part("tags", "标签", "tags", count, read or listed),
    )
    return Reading(parts, jobs[0] if jobs else None)


def _leads(stores: Stores, account: AccountView, counted: bool) -> Reading:
    reads, clues = ocean_reads.c, ocean_clues.c
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(reads.read, reads.failed).where(reads.account == account.id)).all()
        count = conn.execute(sa.select(sa.func.count()).where(clues.account == account.id)).scalar_one()
    ended = min((row.read for row in rows if row.read is not None), default=None)
    failed = next((row.failed for row in rows if row.failed), "")
    return Reading((Part("leads", "线索", "leads", count, ended),), None, failed)


def _orders(stores: Stores, account: AccountView, counted: bool) -> Reading | None:
    last = backfill_of(stores, account.id)
    if last is None:
        return None
    part = Part("orders", "补读订单", "orders read", last.found, last.ended)
    return Reading((part,), last.job)


_LOOKS: Mapping[str, Callable[[Stores, AccountView, bool], Reading | None]] = {
    "wecom": _wecom,
    "official_account": _followers,
    "ocean": _leads,
    "youzan": _orders,
}
