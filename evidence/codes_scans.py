"""Ten thousand scans at once over a code of 200 targets, the server killed among them: no cap is passed, nobody has two
targets; by weight each gets its share; and the page costs little beside a page that does nothing."""

from __future__ import annotations

import asyncio
import math
import random
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from evidence.answering import served
from evidence.codes_load import Crowd, Phones
from evidence.harness import Evidence, Goal, Scale, at_least, at_most, equal, fresh_home, percentile
from evidence.installation import Server
from siyu.app import keep_what_is_loaded, open_home
from siyu.growth.codes import keeping, reading
from siyu.growth.codes.allocator import Scan, place
from siyu.growth.codes.keeping import CodeDraft, TargetDraft
from siyu.growth.codes.model import Mode
from siyu.growth.codes.tables import scan_places
from siyu.settings import Settings
from siyu.staff import actions
from siyu.staff.model import SYSTEM
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.mobile.app import PATHS
from siyu.web.outside import Outside
from siyu.web.proxies import Proxies

CLAIM = "codes.scans"
TARGETS = 200
SCANS: Mapping[Scale, int] = {"small": 400, "full": 10_000}
KILLS: Mapping[Scale, int] = {"small": 0, "full": 5}
WEIGHED: Mapping[Scale, int] = {"small": 1_000, "full": 100_000}
PAGES: Mapping[Scale, int] = {"small": 100, "full": 4_000}
STEADY_SECONDS: Mapping[Scale, float] = {"small": 0.3, "full": 20}
ROUNDS: Mapping[Scale, int] = {"small": 1, "full": 5}
RATE = 1_000
DEVIATE = 4.75
"""Of a normal one: passed by chance once in a million."""
SEED = 11

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def measure(scale: Scale) -> Evidence:
    with fresh_home() as folder:
        home = folder / "home"
        crowd, size = _crowd(home, scale)
        stores = open_home(Settings(home=home))
        try:
            goals = [*_kept(stores, crowd, size), _weights(stores, WEIGHED[scale])]
            speed, notes = _speed(stores, home, scale)
        finally:
            stores.close()
    return Evidence(
        CLAIM,
        f"{SCANS[scale]:,} phones at once on {TARGETS} targets with room for {size:,}, {KILLS[scale]} kills, SQLite; "
        f"{RATE:,} a second",
        [*goals, *speed],
        {**notes, "scans_without_an_answer_sent_again": crowd.unanswered},
    )


# --- caps


def _crowd(home: Path, scale: Scale) -> tuple[Crowd, int]:
    """Everybody at once, and again once all have been; the server is killed at moments nobody knows."""
    phones = SCANS[scale]
    cap = phones // (2 * TARGETS)  # room for half of them or less
    stores = open_home(Settings(home=home))
    try:
        drafts = [
            TargetDraft(
                name=f"t{n}",
                link=f"https://example.com/{n}",
                day_cap=cap if n % 2 else None,
                seats=None if n % 2 else cap,
            )
            for n in range(TARGETS)
        ]
        _a_code(stores, "crowd", "turn", drafts)
    finally:
        stores.close()
    chance = random.Random(SEED)
    with Server(home, SIYU_TRUSTED_PROXIES="1") as server:
        crowd = Crowd(home, "/c/crowd", _port(server))

        async def run() -> None:
            order = [*range(phones), *range(phones)]
            chance.shuffle(order)
            scanning = asyncio.create_task(crowd.scan(order))
            for number in range(KILLS[scale]):
                wanted = len(order) * (number + 1) // (KILLS[scale] + 2)
                while len(crowd.answered) < wanted and not scanning.done():
                    await asyncio.sleep(0.01)
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
                crowd.port = _port(server)
            await scanning

        asyncio.run(run())
        server.stop()
    return crowd, cap * TARGETS


def _kept(stores: Stores, crowd: Crowd, room: int) -> list[Goal]:
    code = reading.code_at(stores, "crowd")
    assert code is not None
    with stores.ledger.read() as conn:
        targets = reading.targets_of(conn, [code.id])[code.id].values()
        rows = conn.execute(sa.select(scan_places.c.who, scan_places.c.target)).all()
    by_name = {int(each.name[1:]): each for each in targets}
    kept = {row.who: row.target for row in rows}
    given = Counter(kept.values())
    shown: dict[int, set[int]] = {}
    for seen in crowd.answered:
        if seen.target is not None:
            shown.setdefault(seen.phone, set()).add(by_name[seen.target].id)
    return [
        equal("answers_that_were_no_page", sum(seen.status != 200 for seen in crowd.answered), 0),
        equal(
            "targets_above_their_cap", sum(given[each.id] > (each.seats or each.day_cap or 0) for each in targets), 0
        ),
        equal("counters_that_are_not_their_places", sum(each.given != given[each.id] for each in targets), 0),
        equal("people_with_two_targets", sum(len(each) > 1 for each in shown.values()), 0),
        equal(
            "people_shown_another_target_than_is_kept",
            sum(kept.get(f"dphone{phone}") not in each for phone, each in shown.items()),
            0,
        ),
        equal("people_placed", len(kept), room),
    ]


def _weights(stores: Stores, scans: int) -> Goal:
    """Targets of weights 1 to 5, at random: their counts are as their weights say."""
    drafts = [TargetDraft(name=f"w{n}", link=f"https://example.com/{n}", weight=n % 5 + 1) for n in range(TARGETS)]
    code = _a_code(stores, "weights", "weight", drafts)
    for first in range(0, scans, 5_000):
        place(stores, [Scan(code, f"phone{n}") for n in range(first, min(first + 5_000, scans))])
    with stores.ledger.read() as conn:
        targets = list(reading.targets_of(conn, [code])[code].values())
    whole, freedom = sum(each.weight for each in targets), len(targets) - 1
    expected = {each.id: scans * each.weight / whole for each in targets}
    squares = sum((each.given - expected[each.id]) ** 2 / expected[each.id] for each in targets)
    # Wilson and Hilferty (1931): the cube root of chi-square over its degrees of freedom is nearly normal
    part = 2 / (9 * freedom)
    deviate = ((squares / freedom) ** (1 / 3) - (1 - part)) / math.sqrt(part)
    return at_most(f"chi_square_of_{scans}_by_weight_as_a_normal_deviate", round(deviate, 3), DEVIATE, timed=False)


# --- speed


def _speed(stores: Stores, home: Path, scale: Scale) -> tuple[list[Goal], dict[str, float]]:
    drafts = [TargetDraft(name=f"s{n}", link=f"https://example.com/{n}", day_cap=1_000_000) for n in range(TARGETS)]
    _a_code(stores, "speed", "turn", drafts)
    site = create_app(stores, outside=Outside(proxies=Proxies(hops=1)))
    keep_what_is_loaded()  # as the product does before it answers
    with served(_Both(site)) as port, closing(Phones(home, port)) as phones:
        pages, rounds = PAGES[scale], ROUNDS[scale]
        for path in ("/c/speed", "/bare"):
            phones.scan(path, pages)  # templates are compiled, the page is known
        shares: list[float] = []
        ours_a_second: list[float] = []
        for number in range(rounds):
            took = {path: phones.scan(path, pages)[0] for path in ("/c/speed", "/bare")[:: 1 if number % 2 else -1]}
            shares.append(took["/bare"] / took["/c/speed"])
            ours_a_second.append(pages / took["/c/speed"])
        _, bare_waits = phones.scan("/bare", int(RATE * STEADY_SECONDS[scale]), RATE)
        _, waits = phones.scan("/c/speed", int(RATE * STEADY_SECONDS[scale]), RATE)
    goals = [
        at_least("share_of_a_bare_pages_throughput", round(statistics.median(shares), 3), 0.4),
        at_most("page_p99_at_1000_a_second", round(percentile(waits, 99) * 1_000, 1), 50, "ms"),
    ]
    notes = {
        "new_people_a_second": round(statistics.median(ours_a_second)),
        "page_p50_ms": round(percentile(waits, 50) * 1_000, 1),
        "page_slowest_ms": round(max(waits) * 1_000, 1),
        "bare_page_p99_ms": round(percentile(bare_waits, 99) * 1_000, 1),  # what of it is the phones' and the machine's
    }
    return goals, notes


class _Both:
    """The product, and beside it a page of the same length that does nothing."""

    def __init__(self, site: Any) -> None:
        self._site = site
        self._page = b""

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PATHS):
            await self._site(scope, receive, self._remembered(send) if not self._page else send)
            return
        length = str(len(self._page)).encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._page})

    def _remembered(self, send: Send) -> Send:
        async def told(message: MutableMapping[str, Any]) -> None:
            self._page = message.get("body", b"") or self._page
            await send(message)

        return told


def _a_code(stores: Stores, slug: str, mode: Mode, drafts: list[TargetDraft]) -> int:
    owner = actions.create_member(
        stores, SYSTEM, login=slug, name=slug, password="a long enough password", role="owner", language="zh"
    )
    code = keeping.add_code(stores, "evidence", CodeDraft(slug, mode=mode, slug=slug, owner=owner, welcome="您好")).id
    keeping.add_targets(stores, code, drafts)
    keeping.put_to_use(stores, code)
    return code


def _port(server: Server) -> int:
    return urlsplit(server.address).port or 0
