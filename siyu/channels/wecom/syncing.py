"""Beginning a sync, and how far each account's is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.wecom.tables import (
    wecom_contacts,
    wecom_group_members,
    wecom_groups,
    wecom_members,
    wecom_reads,
    wecom_tags,
)
from siyu.jobs import JobStatus, cancel, enqueue, find
from siyu.storage import BadInput, Stores

SYNC = "wecom_sync"
ALL = ("tags", "members", "contacts", "groups")
WORDS: Mapping[str, tuple[str, str]] = {
    "tags": ("标签", "tags"),
    "members": ("成员与部门", "members and departments"),
    "contacts": ("客户", "customers"),
    "groups": ("客户群", "customer groups"),
}
STATES = ("half", "friend")


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """``job``: the latest sync, None where there was none. ``counts`` by ``ALL``: what the mirror holds now.
    ``ended``: when each list was last read whole."""

    job: JobStatus | None
    counts: Mapping[str, int]
    ended: Mapping[str, datetime]


def start_sync(stores: Stores, account: int, only: Sequence[str] = ()) -> int:
    """Have a company read; the job's number (of the one that runs already, where one does).

    Raises :class:`NotFound`, :class:`BadInput`: no WeCom account, a list that there is not.
    """
    if usable_account(stores, account).channel != "wecom":
        raise BadInput(
            "account_cannot_sync", "只有企业微信账号可以同步。", "Only WeCom accounts can be synced.", field="account"
        )
    for what in only:
        if what not in ALL:
            raise BadInput("sync_unknown", f"可同步：{'、'.join(ALL)}。", f"There are: {', '.join(ALL)}.", field="only")
    with stores.ledger.write() as conn:
        arguments = {"account": account, **({"only": list(only)} if only else {})}
        return enqueue(conn, SYNC, arguments, now=stores.clock.now(), key=f"{SYNC}:{account}")


def cancel_sync(stores: Stores, account: int) -> bool:
    """Ask the running sync to stop; False where none runs. What was read stays, the next one begins anew."""
    status = sync_status(stores, account).job
    if status is None or not status.unfinished:
        return False
    with stores.ledger.write() as conn:
        return cancel(conn, status.id, stores.clock.now())


def sync_status(stores: Stores, account: int, *, counted: bool = True) -> SyncStatus:
    """The latest sync of an account, and what its mirror holds (not ``counted``: without its sizes)."""
    found = find(stores, names=[SYNC], key=f"{SYNC}:{account}", rows_max=1)
    reads = wecom_reads.c
    with stores.ledger.read() as conn:
        ended = conn.execute(
            sa.select(reads.what, sa.func.max(reads.ended).label("ended"))
            .where(reads.account == account, reads.ended.is_not(None))
            .group_by(reads.what)
        )
        last = {row.what: row.ended for row in ended}
        counts = {
            name: conn.execute(
                sa.select(sa.func.count()).select_from(table).where(table.c.account == account, there)
            ).scalar_one()
            for name, table, there in (_COUNTED if counted else ())
        }
    return SyncStatus(found[0] if found else None, counts, last)


_COUNTED = (
    ("tags", wecom_tags, wecom_tags.c.gone.is_(None)),
    ("members", wecom_members, wecom_members.c.gone.is_(None)),
    ("contacts", wecom_contacts, wecom_contacts.c.state.in_(STATES)),
    ("groups", wecom_groups, wecom_groups.c.dismissed.is_(None)),
    ("group_members", wecom_group_members, wecom_group_members.c.left.is_(None)),
)


def contacts_known(stores: Stores, account: int) -> int:
    """How many friendships the mirror holds, of whatever state."""
    with stores.ledger.read() as conn:
        mine = wecom_contacts.c.account == account
        return conn.execute(sa.select(sa.func.count()).select_from(wecom_contacts).where(mine)).scalar_one()
