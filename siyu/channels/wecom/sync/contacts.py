"""All customers of all members: several members at once over the network, one writer, a bounded number in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, Full, Queue
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.news import News
from siyu.channels.wecom.failures import NO_FRIENDSHIP
from siyu.channels.wecom.sync.context import Position, Reading
from siyu.channels.wecom.sync.filling import MISSED_A_STEP, fill, miss, of_page
from siyu.channels.wecom.tables import wecom_contacts, wecom_reads

FETCHERS = 4
PAGE = 100
PAGES_WAITING_MAX = 40
PAGES_A_STEP = 20
LOOK_SECONDS = 0.2
GONE_MEMBER = (60111, 40003)


@dataclass(slots=True)
class _Page:
    position: Position
    at: datetime
    items: Sequence[Any]
    cursor: str
    last: bool


def read_contacts(reading: Reading, members: Sequence[str]) -> None:
    """Read the customers of ``members``; members that this job has read already are left out."""
    waiting = [each for each in _positions(reading, members) if not each.done]
    fetching = _Fetching(reading, waiting)
    try:
        for pages in fetching.runs():
            reading.apply(lambda conn, pages=pages: _write(conn, reading, pages))
            reading.progress(sum(len(each.items) for each in pages), "contacts")
            for each in pages:
                if each.last:
                    _miss(reading, each.position)
    finally:
        fetching.stop()


def _positions(reading: Reading, members: Sequence[str]) -> list[Position]:
    with reading.stores.ledger.read() as conn:
        mine = sa.and_(wecom_reads.c.account == reading.account.id, wecom_reads.c.what == "contacts")
        rows = {row.of: row for row in conn.execute(sa.select(wecom_reads).where(mine))}
    return [reading.position_of("contacts", userid, rows.get(userid)) for userid in members]


def _write(conn: Connection, reading: Reading, pages: Sequence[_Page]) -> list[News]:
    """Pages into the mirror, and with them where each list goes on. A list ends only with those who are gone."""
    news = fill(conn, reading.account.id, [found for page in pages for found in of_page(page.items, page.at)])
    positions: dict[str, Position] = {}
    for page in pages:
        page.position.cursor = page.cursor
        page.position.found += len(page.items)
        positions[page.position.of] = page.position
    reading.kept(conn, list(positions.values()))
    return news


def _miss(reading: Reading, position: Position) -> None:
    """Whom the member's whole list no longer holds is gone; then the list is done."""
    count = MISSED_A_STEP
    while count == MISSED_A_STEP:

        def step(conn: Connection) -> list[News]:
            nonlocal count
            count, news = miss(conn, reading.account.id, wecom_contacts.c.userid == position.of, position.begun)
            if count < MISSED_A_STEP:
                position.done = True
                reading.kept(conn, [position])
            return news

        reading.apply(step)


class _Fetching:
    """Threads that fetch pages, and the pages as they come. What a thread meets is raised in :meth:`runs`."""

    def __init__(self, reading: Reading, positions: Sequence[Position]) -> None:
        self._reading = reading
        self._todo: Queue[Position] = Queue()
        for each in positions:
            self._todo.put(each)
        self._pages: Queue[_Page | BaseException | None] = Queue(PAGES_WAITING_MAX)
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._fetch, name=f"wecom-sync-{place}", daemon=True)
            for place in range(min(FETCHERS, len(positions)))
        ]
        self._running = len(self._threads)
        for each in self._threads:
            each.start()

    def runs(self) -> Iterator[list[_Page]]:
        """Pages in runs of at most ``PAGES_A_STEP``, of each member in order."""
        while self._running:
            taken = [self._take(wait=True)]
            while len(taken) < PAGES_A_STEP:
                page = self._take(wait=False)
                if page is None and self._pages.empty():
                    break
                taken.append(page)
            pages = [page for page in taken if page is not None]
            if pages:
                yield pages

    def _take(self, *, wait: bool) -> _Page | None:
        try:
            taken = self._pages.get(timeout=LOOK_SECONDS) if wait else self._pages.get_nowait()
        except Empty:
            if wait:
                self._reading.progress(0, "contacts")  # also hears of a stop
            return None
        if isinstance(taken, BaseException):
            raise taken
        if taken is None:
            self._running -= 1
        return taken

    def stop(self) -> None:
        self._stop.set()
        for each in self._threads:
            while each.is_alive():
                with suppress(Empty):
                    self._pages.get_nowait()
                each.join(LOOK_SECONDS)

    def _fetch(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    position = self._todo.get_nowait()
                except Empty:
                    break
                self._member(position)
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _member(self, position: Position) -> None:
        try:
            self._list(position)
        except PlatformError as error:
            if error.platform_code not in (NO_FRIENDSHIP, *GONE_MEMBER):
                raise
            self._put(_Page(position, self._reading.now(), [], "", error.platform_code == NO_FRIENDSHIP))

    def _list(self, position: Position) -> None:
        body = {"userid_list": [position.of], "limit": PAGE}
        pages = self._reading.client.pages("batch/get_by_user", body, start=position.cursor)
        last = False
        while not last and not self._stop.is_set():
            at = self._reading.now()
            items, cursor = next(pages)
            last = not cursor
            self._put(_Page(position, at, items, cursor, last))

    def _put(self, page: _Page | BaseException | None) -> None:
        while not self._stop.is_set():
            try:
                self._pages.put(page, timeout=LOOK_SECONDS)
                return
            except Full:
                continue
