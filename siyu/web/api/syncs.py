"""The API of syncs: reading a platform's members, customers, tags and groups."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from siyu.channels.accounts import get_account
from siyu.channels.wecom import command
from siyu.channels.wecom.syncing import cancel_sync, start_sync
from siyu.storage import Stores
from siyu.web.paging import Id
from siyu.web.routes import api_acts, api_read

List = Annotated[str, msgspec.Meta(max_length=40)]


class SyncWish(msgspec.Struct, forbid_unknown_fields=True):
    """``only``: some of tags, members, contacts, groups; all of them where it is empty."""

    only: Annotated[list[List], msgspec.Meta(max_length=10)] = []


class SyncAnswer(msgspec.Struct):
    """``state``: of the latest sync (waiting, running, done, failed, cancelled), null where there was none. ``counts``:
    what is known now; ``ended``: when each list was last read whole."""

    account: int
    state: str | None
    stage: str
    done: int
    all: int | None
    error: dict[str, str] | None
    counts: dict[str, int]
    ended: dict[str, datetime]


def _answer(stores: Stores, account: int) -> SyncAnswer:
    get_account(stores, account)
    return SyncAnswer(**command.status(stores, account))


@api_read("/api/accounts/{account:int}/sync", "broadcast.read")
def one_sync(stores: Stores, account: Id) -> SyncAnswer:
    """How far the latest sync of an account is."""
    return _answer(stores, account)


_act = api_acts("/api/accounts/{account:int}", "channel.write", about="account:{account}")


@_act("sync", "sync_started")
def begin_sync(stores: Stores, account: Id, data: SyncWish) -> SyncAnswer:
    """Read the company's lists in the background; where that goes on already, nothing new begins."""
    start_sync(stores, account, data.only)
    return _answer(stores, account)


@_act("sync/cancel", "sync_cancelled")
def stop_sync(stores: Stores, account: Id) -> SyncAnswer:
    """Stop it; what was read stays."""
    cancel_sync(stores, account)
    return _answer(stores, account)


ROUTES = [one_sync, begin_sync, stop_sync]
