"""The console answers quickly over HTTP with a year of events: people list, person page, audience edit, home page."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa

from evidence.harness import Evidence, Goal, Scale, at_most, equal, fresh_home, percentile
from evidence.installation import Server
from evidence.population import NOW, folder, population

CLAIM = "console.speed"
PEOPLE_LIST = (
    "/people",
    "/people?sort=-spent",
    "/people?sort=-orders&sex=female",
    "/people?seen=30",
    "/people?orders=1",
    "/people?q=%E5%AE%A2%E6%88%B712345",
)
RULE = {
    "type": "all",
    "rules": [
        {"type": "did", "event": "product_viewed", "window": {"type": "last", "n": 30}},
        {"type": "did_not", "event": "order_paid", "window": {"type": "last", "n": 30}},
    ],
}
COLD_ROUNDS = {"small": 1, "full": 5}
WARM_ROUNDS = {"small": 3, "full": 30}
SEED = 7


def measure(scale: Scale) -> Evidence:
    people, events = (1_000_000, 50_000_000) if scale == "full" else (2_000, 40_000)
    population(people, events).close()
    where = f"chdb://{(folder() / f'population-{people}-{events}' / 'events').resolve()}"
    with fresh_home() as home:
        token = _furnish(home / "home", where, people)
        with Server(home / "home", SIYU_EVENTS=where) as server:
            goals, notes = _ask(
                server, {"cookie": f"siyu_session={token}", "sec-fetch-site": "same-origin"}, people, scale
            )
    return Evidence(CLAIM, f"{events:,} events of {people:,} people, over HTTP", goals, notes)


def _furnish(home: Path, events: str, people: int) -> str:
    """A home whose ledger knows the same people, an owner, and a sign-in of theirs."""
    from siyu.app import open_home
    from siyu.settings import Settings
    from siyu.staff import actions
    from siyu.staff.model import SYSTEM

    stores = open_home(Settings(home=home, events=events))
    try:
        for first in range(1, people + 1, 20_000):
            with stores.ledger.write() as conn:
                conn.execute(_PEOPLE, {"first": first, "last": min(first + 19_999, people)})
        password = "a long enough password"
        actions.create_member(
            stores, SYSTEM, login="owner", name="Owner", password=password, role="owner", language="zh"
        )
        return actions.sign_in(stores, "owner", password, "")[1]
    finally:
        stores.close()


_PEOPLE = sa.text(
    """
    INSERT INTO people (person, kept, created, changed, name, minor, no_profiling, attributes)
    WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    SELECT n, n - (n % 50 = 0), 1760000000000, 1760000000000, '客户' || n, 0, 0, '{}' FROM numbers
    """
)


def _ask(server: Server, headers: dict[str, str], people: int, scale: Scale) -> tuple[list[Goal], dict[str, float]]:
    wrong: list[str] = []

    def timed(path: str, body: object = None) -> float:
        began = time.perf_counter()
        answer = server.request("POST" if body else "GET", path, body, headers, seconds_max=120)
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status} {answer.text[:200]}")
        return time.perf_counter() - began

    timed("/profile")  # templates are compiled and connections opened, as in a server that has run for a minute
    chance = random.Random(SEED)
    last = NOW.date() - timedelta(days=1)
    cold = [timed(_home(last - timedelta(days=shift))) for shift in range(COLD_ROUNDS[scale])]
    later = [timed(_home(last - timedelta(days=shift)).replace("/home", "/home/later")) for shift in range(2)]
    warm = _times(lambda: timed(_home(last)), WARM_ROUNDS[scale])
    listed = [timed(path) for _ in range(COLD_ROUNDS[scale]) for path in PEOPLE_LIST]
    persons = _times(lambda: timed(f"/people/{chance.randrange(1, people)}"), WARM_ROUNDS[scale])
    built = server.request("POST", "/api/rules/count", {"rule": RULE}, headers, seconds_max=120).status != 404
    counts = _times(lambda: timed("/api/rules/count", {"rule": RULE}), WARM_ROUNDS[scale] // 3) if built else []
    goals = [
        at_most("home page cold, median", statistics.median(cold), 2.0, "s"),
        at_most("home page warm, p95", percentile(warm, 95), 0.3, "s"),
        at_most("people list, p95", percentile(listed, 95), 0.15, "s"),
        at_most("person page, p95", percentile(persons, 95), 0.15, "s"),
        *([at_most("audience edit count, p95", percentile(counts, 95), 1.0, "s")] if counts else []),
        equal("answers that were not 200", "; ".join(dict.fromkeys(wrong))[:600] or 0, 0),
    ]
    notes = {
        "home_two_late_cards_cold_seconds": round(statistics.median(later), 3),
        "home_cold_slowest_seconds": round(max(cold), 3),
        "people_list_median_seconds": round(statistics.median(listed), 3),
        "person_page_median_seconds": round(statistics.median(persons), 3),
    }
    return goals, notes


def _home(last: date) -> str:
    return f"/home?from={last - timedelta(days=29)}&to={last}"


def _times(act: Callable[[], float], rounds: int) -> list[float]:
    return [act() for _ in range(rounds)]
