"""Reads leads window by window, page by page; where it stopped, it goes on. What was read before is not told again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from siyu.channels.ocean.clues import ADS, LIFE, kept
from siyu.channels.ocean.tables import ocean_reads
from siyu.channels.platform import callbacks
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.documents import Document
from siyu.channels.platform.reading import CHINA, inner, listed
from siyu.channels.protocol import Account
from siyu.storage import Stores, insert_into

PAGE_SIZE = 100
PAGES_MAX = 1_000
OVERLAP = timedelta(hours=1)
"""A lead may be shown some time after it was made: each window begins this much before the end of the last."""
WINDOW_MAX = timedelta(days=7)
DAYS_BACK = 7


@dataclass(frozen=True, slots=True)
class _Window:
    since: datetime
    until: datetime
    page: int


def numbers(account: Account, name: str) -> list[int]:
    """The numbers of a setting that lists them."""
    given = str(account.settings.get(name) or "").replace("，", ",")
    return [int(part) for part in given.split(",") if part.strip().isdigit()]


def kinds_of(account: Account) -> list[str]:
    """The kinds of leads that the account reads."""
    found = [ADS] if numbers(account, "advertiser_ids") else []
    return [*found, LIFE] if numbers(account, "local_account_ids") else found


def read_leads(stores: Stores, client: PlatformClient, account: Account, kind: str) -> int:
    """Read up to now; how many leads came by, new or not. Raises :class:`PlatformError`: what was read stays read."""
    count = 0
    while (window := _open_window(stores, account, kind)) is not None:
        page = window.page
        while True:
            found, last = _page(client, account, kind, window, page)
            for waiting in [callbacks.keep(stores, account, kept(account, kind, clue)) for clue in found]:
                waiting.result()
            count += len(found)
            if last:
                break
            page += 1
            _note(stores, account, kind, {"page": page})
        since = window.until - OVERLAP
        done = {"since": since, "until": None, "page": 1, "read": stores.clock.now(), "failed": None}
        _note(stores, account, kind, done)
        if window.until >= stores.clock.now() - OVERLAP:
            return count
    return count


def note_failure(stores: Stores, account: Account, kind: str, code: str) -> None:
    """Say on the account's page why its leads could not be read."""
    _note(stores, account, kind, {"failed": code})


def _open_window(stores: Stores, account: Account, kind: str) -> _Window | None:
    """The window that was being read, or a new one up to now."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        mine = sa.and_(ocean_reads.c.account == account.id, ocean_reads.c.kind == kind)
        row = conn.execute(sa.select(ocean_reads).where(mine)).one_or_none()
        if row is not None and row.until is not None:
            return _Window(row.since, row.until, row.page)
        since = now - timedelta(days=int(account.settings.get("days_back") or DAYS_BACK)) if row is None else row.since
        until = min(now, since + WINDOW_MAX)
        if until <= since:
            return None
        opened: dict[str, Any] = {"since": since, "until": until, "page": 1}
        stored = insert_into(conn, ocean_reads).values(account=account.id, kind=kind, **opened)
        conn.execute(stored.on_conflict_do_update(index_elements=["account", "kind"], set_=opened))
        return _Window(since, until, 1)


def _page(
    client: PlatformClient, account: Account, kind: str, window: _Window, page: int
) -> tuple[list[Document], bool]:
    """The leads of one page, and whether it is the last."""
    data = ask(client, account, kind, window.since, window.until, page, PAGE_SIZE)
    found, pages_in_all = listed(data, "list"), _pages_in_all(inner(data, "page_info"))
    return found, page >= PAGES_MAX or (len(found) < PAGE_SIZE if pages_in_all is None else page >= pages_in_all)


def ask(
    client: PlatformClient, account: Account, kind: str, since: datetime, until: datetime, page: int, size: int
) -> Document:
    """One page of leads as the platform gives it. Raises :class:`PlatformError`."""
    asked = {"start_time": _written(since), "end_time": _written(until), "page": page, "page_size": size}
    if kind == LIFE:
        body = {"local_account_ids": numbers(account, "local_account_ids"), **asked, "encrypt_sensitive_fields": False}
        return inner(client.call("clue/life/get", body=body), "data")
    advertisers = json.dumps(numbers(account, "advertiser_ids"), separators=(",", ":"))
    return inner(client.call("clue/get", params={"advertiser_ids": advertisers, **asked}), "data")


def _pages_in_all(info: Document) -> int | None:
    found = info.get("page_total", info.get("total_page"))
    return found if isinstance(found, int) else None


def _written(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _note(stores: Stores, account: Account, kind: str, values: dict[str, Any]) -> None:
    with stores.ledger.write() as conn:
        mine = sa.and_(ocean_reads.c.account == account.id, ocean_reads.c.kind == kind)
        conn.execute(sa.update(ocean_reads).where(mine).values(**values))
