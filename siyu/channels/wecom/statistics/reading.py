"""Reading what the platform counted. A reading goes step by step; one that was cut off goes on behind its last step,
and what is read again replaces what was read before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom import mirror
from siyu.channels.wecom.contacts import members_with_customers
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.statistics.days import (
    AGAIN_DAYS,
    DAYS_MAX,
    FIRST_DAYS,
    day_told,
    each_day,
    last_whole,
    many_spans,
    seconds,
    spans,
)
from siyu.channels.wecom.statistics.measures import GROUPS, MEMBERS, Kind
from siyu.channels.wecom.statistics.tables import wecom_member_days
from siyu.channels.wecom.statistics.tables import wecom_statistic_reads as reads
from siyu.channels.wecom.tables import wecom_groups
from siyu.jobs import Job, JobStatus, enqueue, find
from siyu.jobs.model import UNFINISHED
from siyu.jobs.tables import jobs
from siyu.storage import BadInput, Stores, in_chunks, insert_into

READ = "wecom_read_statistics"
OWNERS_A_CALL = 100
NOT_IN_SIGHT = (40003, 50002, 60011, 60111, 84074)
"""Of a member: left, out of the app's sight, or no longer with customers. Their days stay as they were read."""


def ask_to_read(stores: Stores, account: int, days: int | None = None) -> int:
    """Have an account's last ``days`` whole days read in the background, both of members and of groups; the job's
    number. None: since the last reading, and the last three once more. Raises :class:`NotFound`, :class:`BadInput`."""
    if usable_account(stores, account).channel != WECOM.name:
        words = "只有企业微信账号有这些统计。", "Only WeCom accounts have these figures."
        raise BadInput("account_no_statistics", *words, field="account")
    if days is not None and not 1 <= days <= DAYS_MAX:
        words = f"天数须为 1 到 {DAYS_MAX}。", f"Between 1 and {DAYS_MAX} days."
        raise BadInput("statistics_days", *words, field="days")
    last = last_whole(stores.clock.now())
    with stores.ledger.write() as conn:
        many = min(_since_read(conn, account, last) if days is None else days, DAYS_MAX)
        # The days stand in the job: one that was cut off reads the same when it goes on.
        arguments = {
            "account": account,
            "first": (last - timedelta(days=many - 1)).isoformat(),
            "last": last.isoformat(),
        }
        return enqueue(conn, READ, arguments, now=stores.clock.now(), key=_key(account, wished=days is not None))


def _since_read(conn: Connection, account: int, last: date) -> int:
    newest = sa.select(sa.func.max(wecom_member_days.c.day)).where(wecom_member_days.c.account == account)
    known = conn.execute(newest).scalar()
    return FIRST_DAYS if known is None else max((last - date.fromisoformat(known)).days, 0) + AGAIN_DAYS


def _key(account: int, *, wished: bool) -> str:
    """The nightly reading does not stand in the way of one that somebody wishes for."""
    return f"{READ}:{account}:wished" if wished else f"{READ}:{account}"


def latest_reading(stores: Stores, account: int) -> JobStatus | None:
    """The latest reading of an account; None where there was none."""
    keys = (_key(account, wished=wished) for wished in (True, False))
    found = [each for key in keys for each in find(stores, names=[READ], key=key, rows_max=1)]
    return max(found, key=lambda each: each.id, default=None)


@dataclass(frozen=True)
class Step:
    """One part of a reading: ``run`` reads and keeps it, and says how many rows it kept."""

    part: str
    run: Callable[[], int]


@dataclass(frozen=True)
class Reader:
    """Reads for one account."""

    stores: Stores
    client: PlatformClient
    account: int

    def read(self, job: Job, first: date, last: date) -> Mapping[str, int]:
        """Members, then groups; ``out_of_sight`` counts members of whom the platform tells nothing."""
        members = members_with_customers(self.client)
        steps = [*self._of_members(members, first, last), *self._of_groups(first, last)]
        done = self._done(job)
        rows, unseen = 0, 0
        for place, step in enumerate(steps):
            job.progress(place, len(steps))
            if step.part in done:
                continue
            try:
                rows += step.run()
            except PlatformError as error:
                if error.platform_code not in NOT_IN_SIGHT:
                    raise
                unseen += 1
            self._note(step.part, job)
        job.progress(len(steps), len(steps))
        self._forget(job)
        return {"days": (last - first).days + 1, "members": len(members), "rows": rows, "out_of_sight": unseen}

    # --- steps

    def _of_members(self, members: Sequence[str], first: date, last: date) -> Iterator[Step]:
        """A member a call, because several are told as one sum."""
        for userid in members:
            yield Step(f"member {userid}", partial(self._member, userid, first, last))

    def _of_groups(self, first: date, last: date) -> Iterator[Step]:
        """A hundred owners of one day, or a month of one owner: whichever takes fewer calls."""
        owners = self._owners()
        by_owner = len(owners) * many_spans(first, last)
        by_day = -(-len(owners) // OWNERS_A_CALL) * ((last - first).days + 1)
        if by_owner <= by_day:
            for owner in owners:
                yield Step(f"owner {owner}", partial(self._owner, owner, first, last))
            return
        for day in each_day(first, last):
            yield Step(f"day {day}", partial(self._day, owners, day))

    def _owners(self) -> list[str]:
        group = wecom_groups.c
        query = sa.select(group.owner).where(
            group.account == self.account, group.owner != "", group.dismissed.is_(None)
        )
        with self.stores.ledger.read() as conn:
            return list(conn.execute(query.distinct().order_by(group.owner)).scalars())

    def _member(self, userid: str, first: date, last: date) -> int:
        told: dict[str, Mapping[str, Any]] = {}
        for start, end in spans(first, last):
            body = {"userid": [userid], "start_time": seconds(start), "end_time": seconds(end)}
            answer = self.client.call("get_user_behavior_data", body=body)
            told |= {day_told(row["stat_time"]): row for row in answer.get("behavior_data") or []}
        return self._keep(MEMBERS, [(userid, day, row) for day, row in told.items()])

    def _owner(self, owner: str, first: date, last: date) -> int:
        told: dict[str, Mapping[str, Any]] = {}
        for start, end in spans(first, last):
            answer = self.client.call("groupchat/statistic_group_by_day", body=self._asking([owner], start, end))
            told |= {day_told(row["stat_time"]): row.get("data") or {} for row in answer.get("items") or []}
        return self._keep(GROUPS, [(owner, day, row) for day, row in told.items()])

    def _day(self, owners: Sequence[str], day: date) -> int:
        told: dict[str, Mapping[str, Any]] = {}
        for some in in_chunks(owners, OWNERS_A_CALL):
            told |= self._together(some, day)
        return self._keep(GROUPS, [(owner, day.isoformat(), row) for owner, row in told.items()])

    def _together(self, owners: Sequence[str], day: date) -> dict[str, Mapping[str, Any]]:
        """One owner out of sight has the whole call refused: then by halves."""
        try:
            asked = {**self._asking(owners, day, day), "offset": 0, "limit": 1_000}
            answer = self.client.call("groupchat/statistic", body=asked)
        except PlatformError as error:
            if error.platform_code not in NOT_IN_SIGHT or len(owners) == 1:
                raise
            half = len(owners) // 2
            return self._seen(owners[:half], day) | self._seen(owners[half:], day)
        return {str(row["owner"]): row.get("data") or {} for row in answer.get("items") or []}

    def _seen(self, owners: Sequence[str], day: date) -> dict[str, Mapping[str, Any]]:
        """The same; nothing of one who is out of sight."""
        try:
            return self._together(owners, day)
        except PlatformError as error:
            if error.platform_code not in NOT_IN_SIGHT:
                raise
            return {}

    def _asking(self, owners: Sequence[str], first: date, last: date) -> dict[str, Any]:
        return {
            "day_begin_time": seconds(first),
            "day_end_time": seconds(last),
            "owner_filter": {"userid_list": list(owners)},
        }

    def _keep(self, kind: Kind, found: Sequence[tuple[str, str, Mapping[str, Any]]]) -> int:
        now = self.stores.clock.now()
        rows = [
            {"who": who, "day": day, **{each.name: each.read(row) for each in kind.measures}, "read": now}
            for who, day, row in found
        ]
        with self.stores.ledger.write() as conn:
            mirror.put(conn, kind.table, self.account, rows, always=True)
        return len(rows)

    # --- how far it is

    def _done(self, job: Job) -> set[str]:
        """What this job has read before it was cut off; what jobs left behind that have ended is forgotten."""
        going_on = sa.select(jobs.c.id).where(jobs.c.state.in_(UNFINISHED))
        with self.stores.ledger.write() as conn:
            conn.execute(sa.delete(reads).where(reads.c.job != job.id, reads.c.job.not_in(going_on)))
            return set(conn.execute(sa.select(reads.c.part).where(reads.c.job == job.id)).scalars())

    def _note(self, part: str, job: Job) -> None:
        with self.stores.ledger.write() as conn:
            conn.execute(insert_into(conn, reads).values(job=job.id, part=part).on_conflict_do_nothing())

    def _forget(self, job: Job) -> None:
        with self.stores.ledger.write() as conn:
            conn.execute(sa.delete(reads).where(reads.c.job == job.id))
