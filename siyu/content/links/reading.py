"""Who opened a link, how long and how far they read, and the tree of who passed it on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from siyu.content.links.tables import content_hops, content_reads
from siyu.people.tables import people
from siyu.storage import Stores, sent

READERS_MAX = 500
TREE_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a link: who opened it; those of them who had it from others, and how often it was passed on at most; the
    middle of how long it was read (seconds) and how far (percent), of those whose pages told."""

    opened: int = 0
    forwarded: int = 0
    deepest: int = 0
    told: int = 0
    seconds: int | None = None
    far: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a page of theirs. ``person`` is the kept one; ``seconds`` and ``far`` of all showings (None: their
    page never told); ``known``: they are more than a device."""

    hop: int
    parent: int | None
    person: int
    name: str
    depth: int
    at: datetime | None
    opens: int
    seconds: int | None
    far: int | None


def readers_of(stores: Stores, link: int, rows_max: int = READERS_MAX) -> list[Reader]:
    """Those who opened it, or passed it on unseen, in the order in which they came (the first ``rows_max``)."""
    hop, read = content_hops.c, content_reads.c
    sums = (
        sa.select(read.hop, sa.func.sum(read.seconds).label("seconds"), sa.func.max(read.far).label("far"))
        .group_by(read.hop)
        .subquery()
    )
    kept = people.alias("kept")
    query = (
        sa.select(
            hop.id, hop.parent, people.c.kept, kept.c.name, hop.depth, hop.at, hop.opens, sums.c.seconds, sums.c.far
        )
        .join(people, people.c.person == hop.person)
        .join(kept, kept.c.person == people.c.kept)
        .join(sums, sums.c.hop == hop.id, isouter=True)
        .where(hop.link == link)
        .order_by(hop.id)
        .limit(min(rows_max, TREE_MAX))
    )
    with stores.ledger.read() as conn:
        return [Reader(row[0], row[1], row[2], row[3] or "", *row[4:]) for row in conn.execute(query)]


def tree_of(readers: Sequence[Reader]) -> list[tuple[int, Reader]]:
    """The same as a tree, from its roots: how deep each stands, and who. Whose giver is not among them is a root."""
    there = {each.hop for each in readers}
    below: dict[int | None, list[Reader]] = defaultdict(list)
    for each in readers:
        below[each.parent if each.parent in there else None].append(each)
    found: list[tuple[int, Reader]] = []
    waiting = [(0, each) for each in reversed(below[None])]
    while waiting:
        depth, each = waiting.pop()
        found.append((depth, each))
        waiting += [(depth + 1, under) for under in reversed(below[each.hop])]
    return found


def figures_of(stores: Stores, links: Sequence[int]) -> dict[int, Figures]:
    """Link → its figures."""
    hop, read = content_hops.c, content_reads.c
    passed = sa.func.sum(sa.case((hop.depth > 0, 1), else_=0))
    with stores.ledger.read() as conn:
        asked = sa.select(sent(conn, id=(sa.BigInteger, list(links))).c.id)
        counted = sa.select(hop.link, sa.func.count(), passed, sa.func.max(hop.depth)).group_by(hop.link)
        found = {
            row[0]: Figures(row[1], int(row[2]), row[3])
            for row in conn.execute(counted.where(hop.link.in_(asked), hop.at.is_not(None)))
        }
        times: dict[int, list[int]] = defaultdict(list)
        fars: dict[int, list[int]] = defaultdict(list)
        sums = sa.select(hop.link, sa.func.sum(read.seconds), sa.func.max(read.far)).join(
            content_hops, hop.id == read.hop
        )
        for link, seconds, far in conn.execute(sums.where(hop.link.in_(asked)).group_by(hop.link, hop.id)):
            times[link].append(int(seconds))
            fars[link].append(int(far))
    for link, told in times.items():
        middle = len(told) // 2
        one = found.get(link, Figures())
        found[link] = Figures(
            one.opened, one.forwarded, one.deepest, len(told), sorted(told)[middle], sorted(fars[link])[middle]
        )
    return found
