"""The API of what platforms still allow."""

from __future__ import annotations

from siyu.channels.registry import Channels
from siyu.reach import quota_command
from siyu.reach.quota_command import MembersAnswer, QuotasAnswer
from siyu.storage import Stores
from siyu.web.paging import Id
from siyu.web.routes import api_read


@api_read("/api/quotas", "broadcast.read")
def list_all(stores: Stores) -> QuotasAnswer:
    """What every account may still send today and this month, to how many people and groups."""
    return quota_command.all_told(stores)


@api_read("/api/people/{person:int}/quotas", "people.read")
def of_person(stores: Stores, channels: Channels, person: Id) -> QuotasAnswer:
    """What one person may still get, by every account that has an address of theirs."""
    return quota_command.person_told(stores, channels, person)


@api_read("/api/accounts/{account:int}/member-quotas", "broadcast.read")
def of_members(stores: Stores, account: Id) -> MembersAnswer:
    """What each member of a WeCom account is asked to send this month, and for how many taps we wait."""
    return quota_command.members_told(stores, account)


ROUTES = [list_all, of_person, of_members]
