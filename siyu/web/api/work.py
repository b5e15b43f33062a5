"""The API of what members and groups did by day, as the platform counted it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar.params import QueryParameter

from siyu.channels.accounts import get_account
from siyu.channels.wecom.statistics import command, reading
from siyu.channels.wecom.statistics.command import WorkAnswer, WorkDaysAnswer, WorkRead
from siyu.channels.wecom.statistics.days import DAYS_MAX
from siyu.channels.wecom.statistics.measures import KINDS
from siyu.storage import Stores
from siyu.web.paging import Id
from siyu.web.routes import api_read, api_write

Which = Annotated[Literal["members", "groups"], QueryParameter(description="Of members, or of owners of groups.")]
Days = Annotated[int, QueryParameter(ge=1, le=DAYS_MAX, description="The last whole days.")]
Who = Annotated[str, QueryParameter(max_length=128, description="One user id; all without.")]


class WorkWish(msgspec.Struct, forbid_unknown_fields=True):
    """`days`: so many whole days; null for those since the last reading, and the last three once more."""

    days: Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)] | None = None


@api_read("/api/accounts/{account:int}/work", "report.read")
def work(stores: Stores, account: Id, of: Which = "members", days: Days = 30, who: Who = "") -> WorkAnswer:
    """In all, by day, and a line a member or owner."""
    return command.told(stores, KINDS[of], command.days_of(stores, account, days, who))


@api_read("/api/accounts/{account:int}/work/days", "report.read")
def work_days(stores: Stores, account: Id, of: Which = "members", days: Days = 30, who: Who = "") -> WorkDaysAnswer:
    """A line a member or owner and day, the newest first; 100,000 at most."""
    return command.days_told(stores, KINDS[of], command.days_of(stores, account, days, who))


@api_write(
    "POST",
    "/api/accounts/{account:int}/work/read",
    "jobs.write",
    audits="work_read",
    about="account:{account}",
    status_code=200,
)
def read(stores: Stores, account: Id, data: WorkWish) -> WorkRead:
    """Have the platform's figures read in the background."""
    get_account(stores, account)
    return WorkRead(reading.ask_to_read(stores, account, data.days))


ROUTES = [work, work_days, read]
