"""All customers of all members: several members at once over the network, one writer, a bounded number in between.

Each page is read into objects by the thread that fetched it, a few milliseconds at a time, and written by one thread
in statements that leave the interpreter to the others: nobody keeps the platform waiting for its next question.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.news import News
from siyu.channels.wecom.failures import NO_FRIENDSHIP
from siyu.channels.wecom.sync.context import Position, Reading
from siyu.channels.wecom.sync.filling import MISSED_A_STEP, fill, miss
from siyu.channels.wecom.sync.listing import Found, of_page
from siyu.channels.wecom.tables import wecom_contacts, wecom_reads
from siyu.storage import in_chunks

FETCHERS = 8
"""As many calls as the limit has slots for."""
PAGE = 100
PAGES_WAITING_MAX = 120
PAGES_A_STEP = 60
"""At most 6,000 customers a transaction, and as many changes of tags. Customers come in no order of their keys, so that
a transaction of few writes nearly as much of the file as one of many."""
PAGES_A_STATEMENT = 20
LOOK_SECONDS = 0.2
GONE_MEMBER = (60111, 40003)


@dataclass(slots=True)
class _Page:
    """``listed``: how many the platform listed, of whom ``found`` can be kept."""

    position: Position
    found: Sequence[Found]
    listed: int
    cursor: str
    last: bool


def read_contacts(reading: Reading, members: Sequence[str]) -> None:
    """Read the customers of ``members``; members that this job has read already are left out."""
    waiting = [each for each in _positions(reading, members) if not each.done]
    if waiting:
        reading.apply(lambda conn: _begin(conn, reading, waiting))
    fetching = _Fetching(reading, waiting)
    try:
        for pages in fetching.runs():
            reading.apply(lambda conn, pages=pages: _write(conn, reading, pages))
            reading.progress(sum(each.listed for each in pages), "contacts")
            for each in pages:
                while each.last and not each.position.done:
                    reading.apply(lambda conn, position=each.position: _end(conn, reading, [position]))
    finally:
        fetching.stop()


def _positions(reading: Reading, members: Sequence[str]) -> list[Position]:
    with reading.stores.ledger.read() as conn:
        mine = sa.and_(wecom_reads.c.account == reading.account.id, wecom_reads.c.what == "contacts")
        rows = {row.of: row for row in conn.execute(sa.select(wecom_reads).where(mine))}
    return [reading.position_of("contacts", userid, rows.get(userid)) for userid in members]


def _begin(conn: Connection, reading: Reading, positions: Sequence[Position]) -> list[News]:
    """That these lists are being read, before anything is told of them: whoever reads them next knows it."""
    reading.kept(conn, positions)
    return []


def _write(conn: Connection, reading: Reading, pages: Sequence[_Page]) -> Iterator[News]:
    """Pages into the mirror, and with them where each list goes on."""
    for some in in_chunks(pages, PAGES_A_STATEMENT):
        apart = any(page.position.again for page in some)
        yield from fill(conn, reading.account.id, [found for page in some for found in page.found], apart=apart)
    going_on: dict[str, Position] = {}
    for page in pages:
        page.position.cursor = page.cursor
        page.position.found += page.listed
        going_on[page.position.of] = page.position
    ended = [going_on.pop(page.position.of) for page in pages if page.last]
    reading.kept(conn, list(going_on.values()))
    yield from _end(conn, reading, ended)


def _end(conn: Connection, reading: Reading, positions: Sequence[Position]) -> Iterator[News]:
    """Whom a member's whole list no longer holds is gone; once that is said of all of them, the list is done."""
    for each in positions:
        missed, news = miss(conn, reading.account.id, wecom_contacts.c.userid == each.of, each.begun)
        each.done = missed < MISSED_A_STEP
        yield from news
    reading.kept(conn, positions)


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
            self._put(_Page(position, [], 0, "", error.platform_code == NO_FRIENDSHIP))

    def _list(self, position: Position) -> None:
        body = {"userid_list": [position.of], "limit": PAGE}
        pages = self._reading.client.raw_pages("batch/get_by_user", body, start=position.cursor)
        last = False
        while not last and not self._stop.is_set():
            at = self._reading.now()
            items, cursor = next(pages)
            last = not cursor
            self._put(_Page(position, *of_page(items, at), cursor, last))

    def _put(self, page: _Page | BaseException | None) -> None:
        while not self._stop.is_set():
            try:
                self._pages.put(page, timeout=LOOK_SECONDS)
                return
            except Full:
                continue
