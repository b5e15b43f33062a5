"""The API of acquisition links (获客助手)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from siyu.channels.accounts import get_account
from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.acquisition import command, links, reading
from siyu.channels.wecom.acquisition.command import LinkAnswer, LinksAnswer, LinksRead, StatisticAnswer
from siyu.channels.wecom.acquisition.links import Draft
from siyu.channels.wecom.acquisition.reading import Came
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import CursorText, Id, Limit, Page, cut, place_of
from siyu.web.routes import api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=128)]
Members = Annotated[list[Word], msgspec.Meta(max_length=500)]
Departments = Annotated[list[Annotated[int, msgspec.Meta(ge=1, lt=2**53)]], msgspec.Meta(max_length=500)]


class LinkBody(msgspec.Struct, forbid_unknown_fields=True):
    """A link. `members` and `departments`: whom people are led to, 500 at most; `preferred`: of them first;
    `skip_verify`: they are friends at once."""

    name: Word
    members: Members = []
    departments: Departments = []
    preferred: Members = []
    skip_verify: bool = True

    def draft(self) -> Draft:
        return Draft(self.name, self.members, self.departments, self.preferred, self.skip_verify)


@api_read("/api/acquisition", "people.read")
def list_all(stores: Stores) -> LinksAnswer:
    """The links that there are, with who came, and what is left of the quota as last read."""
    return command.all_told(stores)


@api_write(
    "POST",
    "/api/accounts/{account:int}/acquisition",
    "acquire.write",
    audits="link_made",
    about="account:{account}",
)
def make(stores: Stores, channels: Channels, actor: Actor, account: Id, data: LinkBody) -> LinkAnswer:
    """Have a link made. Where the platform does not answer the link is looked for, not made twice."""
    number = links.make_link(stores, exchange_of(channels), actor.tag, account, data.draft())
    note(f"link:{number}", name=data.name)
    return command.told(stores, number)


@api_write(
    "POST",
    "/api/accounts/{account:int}/acquisition/read",
    "acquire.write",
    audits="links_read",
    about="account:{account}",
    status_code=200,
)
def read(stores: Stores, account: Id) -> LinksRead:
    """Read links, who came and the quota in the background."""
    get_account(stores, account)
    return LinksRead(reading.ask_to_read(stores, account))


@api_read("/api/acquisition/{link:int}", "people.read")
def one(stores: Stores, link: Id) -> LinkAnswer:
    """One link."""
    return command.told(stores, link)


@api_write("PUT", "/api/acquisition/{link:int}", "acquire.write", audits="link_changed", about="link:{link}")
def change(stores: Stores, channels: Channels, link: Id, data: LinkBody) -> LinkAnswer:
    """Change name and range; it holds for the next visitor."""
    links.change_link(stores, exchange_of(channels), link, data.draft())
    return command.told(stores, link)


@api_write("DELETE", "/api/acquisition/{link:int}", "acquire.write", audits="link_removed", about="link:{link}")
def remove(stores: Stores, channels: Channels, link: Id) -> None:
    """End a link; who came stays."""
    links.remove_link(stores, exchange_of(channels), link)


@api_read("/api/acquisition/{link:int}/people", "people.read")
def people(stores: Stores, link: Id, cursor: CursorText = "", limit: Limit = 50) -> Page[Came]:
    """Who came by a link, by their ids."""
    its, after = links.get_link(stores, link), place_of(cursor, str, str)
    found = reading.who_came(stores, its.account, its.link or "", after=after, rows_max=limit + 1)
    return Page(*cut(found, limit, lambda came: (came.external_userid, came.userid)))


@api_read("/api/acquisition/{link:int}/statistic", "people.read")
def statistic(
    stores: Stores, channels: Channels, link: Id, days: Annotated[int, QueryParameter(ge=1, le=30)] = 30
) -> StatisticAnswer:
    """Who opened a link and became a friend in the last days, by the platform's count."""
    return command.statistic_told(stores, exchange_of(channels), link, days)


ROUTES = [list_all, make, read, one, change, remove, people, statistic]
