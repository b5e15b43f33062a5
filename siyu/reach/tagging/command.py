"""What the API and the command line answer of tags that a platform knows too."""

from __future__ import annotations

import msgspec

from siyu.channels.accounts import get_account
from siyu.reach.tagging import links
from siyu.reach.tagging.links import Choice
from siyu.storage import BadInput, Stores


class TagPair(msgspec.Struct):
    """One of the platform's tags (``outside``) and the one here that it is, null where there is none. ``group`` is
    empty where the platform has no groups."""

    outside: str
    group: str
    name: str
    tag: int | None


class TagAlone(msgspec.Struct):
    """A tag here that the platform lacks."""

    tag: int
    group: str
    name: str


class TagSyncAnswer(msgspec.Struct):
    """``here``/``there``: whether missing tags are made on that side. ``waiting``/``failed``: marks at the platform."""

    account: int
    here: bool
    there: bool
    waiting: int
    failed: int
    pairs: list[TagPair]
    alone: list[TagAlone]
    channel: str


def table_told(stores: Stores, account: int) -> TagSyncAnswer:
    """Which of the platform's tags is which of ours. Raises :class:`NotFound`, :class:`BadInput`."""
    found = links.table_of(stores, account)
    return TagSyncAnswer(
        account,
        found.choice.here,
        found.choice.there,
        found.waiting,
        found.failed,
        [TagPair(row.outside, row.group, row.name, row.tag) for row in found.rows],
        [TagAlone(*each) for each in found.ours_alone],
        get_account(stores, account).channel,
    )


def link_named(stores: Stores, by: str, account: int, outside: str, tag: str) -> TagSyncAnswer:
    """Link two tags, each given by number or by name (``group：name`` or the name alone). Raises :class:`BadInput`
    where a name means several or none."""
    links.link(stores, by, account, _outside(stores, account, outside), _ours(stores, account, tag))
    return table_told(stores, account)


def unlink_named(stores: Stores, account: int, outside: str) -> TagSyncAnswer:
    """Let two go separate ways; theirs is given by number or by name."""
    links.unlink(stores, account, _outside(stores, account, outside))
    return table_told(stores, account)


def choose(stores: Stores, account: int, here: bool, there: bool) -> TagSyncAnswer:
    """Say whether missing tags are made here and there."""
    links.choose(stores, account, Choice(here, there))
    return table_told(stores, account)


def _outside(stores: Stores, account: int, given: str) -> str:
    rows = links.table_of(stores, account).rows
    if any(row.outside == given for row in rows):
        return given
    return _one([row.outside for row in rows if given in (row.name, f"{row.group}：{row.name}")], given, "outside")


def _ours(stores: Stores, account: int, given: str) -> int:
    if given.isascii() and given.isdigit():
        return int(given)
    found = links.table_of(stores, account)
    linked = [str(row.tag) for row in found.rows if row.tag is not None and given == row.tag_name]
    alone = [str(number) for number, group, name in found.ours_alone if given in (name, f"{group}：{name}")]
    return int(_one(linked + alone, given, "tag"))


def _one(found: list[str], given: str, field: str) -> str:
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput("tag_unknown", f"没有标签“{given}”。", f"There is no tag “{given}”.", field=field)
    raise BadInput(
        "tag_ambiguous",
        f"有几个标签叫“{given}”，请写成“组：名称”或用编号。",
        f"Several tags are called “{given}”; write “group：name”, or a number.",
        field=field,
    )
