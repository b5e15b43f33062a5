"""A graph of millions of edges: any person's place in one look, and K of a month.

The forest is made as a shop's would be: everybody is brought by somebody who came before, the more by those who brought
many (a quarter copy the inviter of somebody), so that a few stand above hundreds of thousands and chains are long. What
``kin`` keeps is worked out here beside it, generation by generation, and loaded; a sample of persons is worked out once
more from the facts alone. K is asked of events by day.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import sqlalchemy as sa

from evidence.harness import Evidence, Scale, at_most, equal, fresh_home
from siyu.app import open_home
from siyu.growth.referral.figures import k_by_day
from siyu.growth.referral.queries import kin_of, top
from siyu.growth.referral.tables import kin, referrals
from siyu.people.tables import people
from siyu.settings import Settings
from siyu.storage import Stores, in_chunks, put_rows

CLAIM = "fission.graph"
Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
EDGES: Mapping[Scale, int] = {"small": 20_000, "full": 10_000_000}
ROOTS_SHARE = 0.01
COPIES_SHARE = 0.25
SAMPLE = 200
CHECKED = 50
DAYS = 30
LOAD_ROWS = 200_000


def measure(scale: Scale) -> Evidence:
    edges = EDGES[scale]
    inviters = _forest(edges)
    below = _below(inviters)
    with fresh_home() as home:
        stores = open_home(Settings(home=home))
        try:
            now = datetime.now(UTC).replace(microsecond=0)
            _load(stores, now, inviters, below)
            _tell(stores, now, edges)
            seconds, wrong = _asked(stores, inviters, below)
            first = time.perf_counter()
            found = top(stores, "size", rows_max=20)
            top_seconds = time.perf_counter() - first
            first = time.perf_counter()
            month = k_by_day(stores)
            k_seconds = time.perf_counter() - first
            brought = month.total.brought
        finally:
            stores.close()
    return Evidence(
        CLAIM,
        f"{edges:,} edges, the largest tree {below['size'].max():,}, {below['deepest'].max()} generations, SQLite",
        [
            equal("places_that_are_wrong", wrong, 0),
            equal("top_is_the_largest", found[0].size, int(below["size"].max())),
            equal("brought_in_the_month", brought, edges),
            at_most("place_of_a_person_p99", float(np.percentile(seconds, 99)) * 1_000, 50, "ms"),
            at_most("place_of_the_deepest", seconds[0] * 1_000, 50, "ms"),
            at_most("top_twenty", top_seconds * 1_000, 50, "ms"),
            at_most("k_by_day", k_seconds, 2, "s"),
        ],
    )


def _forest(edges: int) -> Numbers:
    """Place → the place of the inviter, -1 for roots; places are in the order in which people came. Roots come at any
    time, so that what began early grows largest."""
    rng = np.random.default_rng(20261123)
    roots = max(1, int(edges * ROOTS_SHARE))
    many = edges + roots
    inviters = np.full(many, -1, np.int64)
    own = np.sort(rng.choice(np.arange(1, many), edges, replace=False))
    inviters[own] = (rng.random(edges) * own).astype(np.int64)
    copied = own[rng.random(edges) < COPIES_SHARE]  # who was brought by the same one as somebody before them
    like = inviters[(rng.random(len(copied)) * copied).astype(np.int64)]
    inviters[copied] = np.where(like >= 0, like, inviters[copied])
    return inviters


def _below(
    inviters: Numbers,
) -> dict[str, Numbers]:
    """What stands below each, generation by generation from the lowest."""
    many = len(inviters)
    depth = np.zeros(many, np.int64)
    level = np.flatnonzero(inviters >= 0)
    above = inviters.copy()
    while len(level):
        depth[level] += 1
        above[level] = inviters[above[level]]
        level = level[above[level] >= 0]
    direct = np.bincount(inviters[inviters >= 0], minlength=many)
    size, deepest = np.zeros(many, np.int64), np.zeros(many, np.int64)
    order = np.argsort(depth, kind="stable")
    bounds = np.searchsorted(depth[order], np.arange(depth.max() + 2))
    for generation in range(int(depth.max()), 0, -1):
        persons = order[bounds[generation] : bounds[generation + 1]]
        np.add.at(size, inviters[persons], size[persons] + 1)
        np.maximum.at(deepest, inviters[persons], deepest[persons] + 1)
    return {"direct": direct, "size": size, "deepest": deepest, "depth": depth}


def _load(
    stores: Stores,
    now: datetime,
    inviters: Numbers,
    below: Mapping[str, Numbers],
) -> None:
    """The facts and what follows from them, in the order of the persons."""
    at = round(now.timestamp() * 1000)
    for part in in_chunks(np.arange(len(inviters)), LOAD_ROWS):
        persons = (part + 1).tolist()
        moment = (sa.BigInteger, [at] * len(persons))
        with stores.ledger.write() as conn:
            made = {"person": (sa.BigInteger, persons), "kept": (sa.BigInteger, persons), "created": moment}
            plain = {"changed": moment, "attributes": (sa.Text, ["{}"] * len(persons))}
            put_rows(conn, sa.insert(people), made | plain)
            came = part[inviters[part] >= 0]
            numbers, by = (came + 1).tolist(), (inviters[came] + 1).tolist()
            same = {
                name: (sa.Text, [text] * len(numbers)) for name, text in (("campaign", "spring"), ("source", "api"))
            }
            facts = {"person": (sa.BigInteger, numbers), "inviter": (sa.BigInteger, by)}
            more = {"at": (sa.BigInteger, [at] * len(numbers)), "by": (sa.Text, ["evidence"] * len(numbers))}
            put_rows(conn, sa.insert(referrals), facts | same | more)
            inviter = [int(each) + 1 if each >= 0 else None for each in inviters[part]]
            edge = [person if each is not None else None for person, each in zip(persons, inviter, strict=True)]
            counts = {name: (sa.BigInteger, below[name][part].tolist()) for name in ("direct", "size", "deepest")}
            hung = {"inviter": (sa.BigInteger, inviter), "edge": (sa.BigInteger, edge)}
            put_rows(conn, sa.insert(kin), {"person": (sa.BigInteger, persons)} | hung | counts)


def _tell(stores: Stores, now: datetime, edges: int) -> None:
    """The events of a month: everybody was brought on one of its days, within a week of their inviter's coming."""
    for first in range(0, edges, LOAD_ROWS):
        stores.events.command(
            "INSERT INTO events (person, time, name, message_id, received, source, batch, record, properties) "
            "SELECT number + 1, fromUnixTimestamp({at:Int64} - (number % {days:UInt32}) * 86400) AS at, 'brought', "
            "concat('brought-', toString(number)), at, 'siyu', 1, 0, "
            "concat('{\"inviter\":', toString(intDiv(number, 3) + 1), "
            '\',"campaign":"spring","cycle_ms":\', toString(number * 7919 % 604800000), \'}\')::JSON '
            "FROM numbers({first:UInt64}, {many:UInt64})",
            {"at": int(now.timestamp()), "days": DAYS - 1, "first": first, "many": min(LOAD_ROWS, edges - first)},
        )


def _asked(
    stores: Stores,
    inviters: Numbers,
    below: Mapping[str, Numbers],
) -> tuple[list[float], int]:
    """Seconds for each of a sample (the deepest and the largest first), and how many answers were wrong: against the
    chain walked by hand and, for some, the facts below counted by hand."""
    rng = np.random.default_rng(7)
    sample = [int(below["depth"].argmax()), int(below["size"].argmax())]
    sample += rng.integers(0, len(inviters), SAMPLE).tolist()
    children: dict[int, list[int]] = {}
    small = [each for each in sample if below["size"][each] <= 10_000][:CHECKED]
    order = np.argsort(inviters, kind="stable")
    starts = np.searchsorted(inviters[order], np.arange(len(inviters) + 1))
    seconds: list[float] = []
    wrong = 0
    for place in sample:
        first = time.perf_counter()
        told, above = kin_of(stores, place + 1)
        seconds.append(time.perf_counter() - first)
        chain: list[int] = []
        step = int(inviters[place])
        while step >= 0:
            chain.append(step + 1)
            step = int(inviters[step])
        wrong += int(above != chain or told.size != below["size"][place])
    for place in small:
        found, waiting = 0, [place]
        while waiting:
            each = waiting.pop()
            own = children.setdefault(each, order[starts[each] : starts[each + 1]].tolist())
            found += len(own)
            waiting += own
        wrong += int(found != below["size"][place])
    return seconds, wrong
