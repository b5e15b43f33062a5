"""The API of tags that a platform knows too."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.reach.tagging import links
from siyu.reach.tagging.command import TagSyncAnswer, table_told
from siyu.reach.tagging.links import Choice
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.paging import Id
from siyu.web.routes import api_acts, api_read

OutsideId = Annotated[str, msgspec.Meta(max_length=128)]


class ChoiceWish(msgspec.Struct, forbid_unknown_fields=True):
    """Whether tags that are missing here, or there, are made by themselves."""

    here: bool
    there: bool


class LinkWish(msgspec.Struct, forbid_unknown_fields=True):
    """The platform's tag and ours that are one."""

    outside: OutsideId
    tag: int


class UnlinkWish(msgspec.Struct, forbid_unknown_fields=True):
    """The platform's tag that goes its own way."""

    outside: OutsideId


@api_read("/api/accounts/{account:int}/tags", "broadcast.read")
def one_tag_sync(stores: Stores, account: Id) -> TagSyncAnswer:
    """Which of the platform's tags is which of ours."""
    return table_told(stores, account)


_act = api_acts("/api/accounts/{account:int}/tags", "channel.write", about="account:{account}")


@_act("choose", "tag_sync_chosen")
def choose_tag_sync(stores: Stores, account: Id, data: ChoiceWish) -> TagSyncAnswer:
    """Say whether missing tags are made here and there."""
    links.choose(stores, account, Choice(data.here, data.there))
    return table_told(stores, account)


@_act("link", "tag_linked")
def link_tags(stores: Stores, actor: Actor, account: Id, data: LinkWish) -> TagSyncAnswer:
    """Say that two tags are one; who has it on one side gets it on the other by and by."""
    links.link(stores, actor.tag, account, data.outside, data.tag)
    return table_told(stores, account)


@_act("unlink", "tag_unlinked")
def unlink_tags(stores: Stores, account: Id, data: UnlinkWish) -> TagSyncAnswer:
    """Let them go separate ways; who has them keeps them."""
    links.unlink(stores, account, data.outside)
    return table_told(stores, account)


ROUTES = [one_tag_sync, choose_tag_sync, link_tags, unlink_tags]
