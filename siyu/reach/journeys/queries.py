"""What can be asked of journeys: the list, versions and what changed between them, how many went which way and are
where, who is at a step, and one person's way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.merges import whole_of
from siyu.people.moments import aware
from siyu.people.tables import people
from siyu.reach.journeys.drafts import Kept, kept, read, read_document
from siyu.reach.journeys.engine.published import GATE
from siyu.reach.journeys.model import Journey, parse
from siyu.reach.journeys.tables import journey_counts, journey_people, journey_versions, journeys
from siyu.storage import NotFound, Stores, sent

HISTORY = ("journey_entered", "journey_step", "journey_goal", "journey_left")
STEPS_MAX = 500
PEOPLE_FOUND_MAX = 1_000


# -- the list ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """A journey in the list. ``entered``: how often somebody came in, of all versions; ``inside``: how many are now."""

    journey: Kept
    inside: int
    entered: int


def page(
    stores: Stores,
    *,
    words: str = "",
    state: str = "",
    archived: bool = False,
    before: tuple[datetime, int] | None = None,
    rows_max: int = 50,
) -> list[Listed]:
    """The latest changed first. ``words``: part of the name; ``before``: ``changed`` and number of the last seen."""
    query = sa.select(journeys).order_by(journeys.c.changed.desc(), journeys.c.id.desc()).limit(rows_max)
    query = query.where(journeys.c.archived.is_not(None) if archived else journeys.c.archived.is_(None))
    if words:
        query = query.where(journeys.c.name.icontains(words, autoescape=True))
    if state:
        query = query.where(journeys.c.state == state)
    if before is not None:
        changed, number = before
        behind = sa.and_(journeys.c.changed == changed, journeys.c.id < number)
        query = query.where(sa.or_(journeys.c.changed < changed, behind))
    with stores.ledger.read() as conn:
        found = [kept(row) for row in conn.execute(query)]
        numbers = [each.id for each in found]
        inside, entered = _inside(conn, numbers), _entered(conn, numbers)
    return [Listed(each, inside.get(each.id, 0), entered.get(each.id, 0)) for each in found]


def place(found: Listed) -> tuple[datetime, int]:
    """Where a page that ends with this one goes on."""
    return found.journey.changed, found.journey.id


def listed(stores: Stores, journey: int) -> Listed:
    """One journey with its figures. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        found = read(conn, journey)
        return Listed(found, _inside(conn, [journey]).get(journey, 0), _entered(conn, [journey]).get(journey, 0))


def _inside(conn: Connection, numbers: Sequence[int]) -> dict[int, int]:
    here = journey_people.c
    query = (
        sa.select(here.journey, sa.func.count())
        .where(here.journey.in_(list(numbers)), here.left.is_(None))
        .group_by(here.journey)
    )
    return dict(conn.execute(query).tuples().all())


def _entered(conn: Connection, numbers: Sequence[int]) -> dict[int, int]:
    counts = journey_counts.c
    query = (
        sa.select(counts.journey, sa.func.sum(counts.people))
        .where(counts.journey.in_(list(numbers)), counts.node == "", counts.way == "entered")
        .group_by(counts.journey)
    )
    return {journey: int(many) for journey, many in conn.execute(query).tuples()}


# -- versions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """One version. ``inside``: how many are in it now; ``moved``: the mapping by which others came into it."""

    version: int
    published: datetime
    by: str
    inside: int
    moved: Mapping[str, str]


def versions(stores: Stores, journey: int) -> list[Version]:
    """Every version, the newest first."""
    here = journey_people.c
    inside = (
        sa.select(here.version, sa.func.count().label("many"))
        .where(here.journey == journey, here.left.is_(None))
        .group_by(here.version)
        .subquery()
    )
    columns = (
        journey_versions.c.version,
        journey_versions.c.published,
        journey_versions.c.by,
        journey_versions.c.moved,
    )
    query = (
        sa.select(*columns, inside.c.many)
        .join(inside, inside.c.version == journey_versions.c.version, isouter=True)
        .where(journey_versions.c.journey == journey)
        .order_by(journey_versions.c.version.desc())
    )
    with stores.ledger.read() as conn:
        return [
            Version(row.version, row.published, row.by, row.many or 0, row.moved or {}) for row in conn.execute(query)
        ]


@dataclass(frozen=True)
class Change:
    """A difference of a newer document. ``node``: the step, None for the journey itself; ``fields``: what of it."""

    what: Literal["added", "removed", "changed"]
    node: str | None
    fields: Sequence[str] = ()


LOOKS = frozenset({"at"})
"""Where a step lies on the canvas is no change of the journey."""


def changes(old: Journey, new: Journey) -> list[Change]:
    """What is different between two documents: of the journey itself first, then of its steps in their order."""
    said = [name for name in Journey.__struct_fields__ if name != "nodes" and getattr(old, name) != getattr(new, name)]
    before, after = ({node.id: node for node in each.nodes} for each in (old, new))
    found = [Change("changed", None, said)] if said else []
    found += [Change("removed", id) for id in before if id not in after]
    for id, node in after.items():
        if id not in before:
            found.append(Change("added", id))
        elif fields := _different(before[id], node):
            found.append(Change("changed", id, fields))
    return found


def _different(old: msgspec.Struct, new: msgspec.Struct) -> list[str]:
    if type(old) is not type(new):
        return ["type"]
    return [name for name in new.__struct_fields__ if name not in LOOKS and getattr(old, name) != getattr(new, name)]


# -- how many ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NodeFigures:
    """Of one step: how many ``came`` to it, ``went`` on by one of its ways, ``left`` the journey here (by a goal, a
    reason to leave, a merge, a stop, a move to a newer version), and are ``here`` now."""

    came: int = 0
    went: int = 0
    left: int = 0
    here: int = 0


@dataclass(frozen=True)
class EdgeFigures:
    """How many went one way. ``share`` of those who came to the step, 0 to 1; None where nobody has."""

    node: str
    way: str
    to: str | None
    people: int
    share: float | None


@dataclass(frozen=True)
class Figures:
    """Of one version. ``refused``: why → how many who would have come in did not. ``gate``: came in and are not led to
    the first step yet; ``goal``: did what the journey is for."""

    entered: int
    inside: int
    gate: int
    goal: int
    refused: Mapping[str, int]
    nodes: Mapping[str, NodeFigures]
    edges: Sequence[EdgeFigures] = field(default_factory=list[EdgeFigures])


REFUSED: Mapping[str, tuple[str, str]] = {
    "not_again": ("已经在旅程中，或不能再次进入", "are inside already, or may not come again"),
    "unfit": ("不符合进入条件", "do not meet the rule of entry"),
}
"""Why somebody did not come in."""


def figures(stores: Stores, journey: int, version: int) -> Figures:
    """How many went which way in a version and where they are now. Raises :class:`NotFound`."""
    counts, here = journey_counts.c, journey_people.c
    with stores.ledger.read() as conn:
        document = read_document(conn, journey, version)
        went = conn.execute(
            sa.select(counts.node, counts.way, counts.to, counts.people).where(
                counts.journey == journey, counts.version == version
            )
        ).all()
        at_rest = (
            sa.select(here.node, sa.func.count())
            .where(here.journey == journey, here.version == version, here.left.is_(None))
            .group_by(here.node)
        )
        resting = dict(conn.execute(at_rest).tuples().all())
        goal = conn.execute(
            sa.select(sa.func.count()).where(here.journey == journey, here.version == version, here.goal.is_not(None))
        ).scalar_one()
    return figures_of(document, [(row.node, row.way, row.to, row.people) for row in went], resting, goal)


def figures_of(
    document: Journey, counts: Sequence[tuple[str, str, str, int]], resting: Mapping[int, int], goal: int
) -> Figures:
    """From how many went which way (node, way, to) and how many rest at which place."""
    ways = {(node, way): to for node, way, to in document.edges()}
    came, went, left = dict[str, int](), dict[str, int](), dict[str, int]()
    along: dict[tuple[str, str], int] = {}
    refused: dict[str, int] = {}
    for node, way, to, many in counts:
        if not node and way in REFUSED:
            refused[way] = refused.get(way, 0) + many
            continue
        if to:
            came[to] = came.get(to, 0) + many
        if (node, way) in ways:
            went[node] = went.get(node, 0) + many
            along[node, way] = along.get((node, way), 0) + many
        elif node:
            left[node] = left.get(node, 0) + many
    return Figures(
        sum(many for node, way, _, many in counts if not node and way == "entered"),
        sum(resting.values()),
        resting.get(GATE, 0),
        goal,
        refused,
        {
            node.id: NodeFigures(
                came.get(node.id, 0), went.get(node.id, 0), left.get(node.id, 0), resting.get(place, 0)
            )
            for place, node in enumerate(document.nodes)
        },
        [
            EdgeFigures(node, way, to, along.get((node, way), 0), _share(along.get((node, way), 0), came.get(node, 0)))
            for (node, way), to in ways.items()
        ],
    )


def _share(part: int, whole: int) -> float | None:
    return min(part / whole, 1.0) if whole else None


# -- who ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inside:
    """Somebody in a journey now. ``row`` orders them; ``person`` speaks for them today; ``node`` '' is the gate;
    ``due``: when the step looks again; ``held_until``: a message waits for the guard, until then."""

    row: int
    person: int
    version: int
    run: int
    node: str
    entered: datetime
    since: datetime
    due: datetime
    held_until: datetime | None


def people_inside(
    stores: Stores,
    journey: int,
    version: int,
    *,
    node: str | None = None,
    persons: Sequence[int] | None = None,
    after: int = 0,
    rows_max: int = 50,
) -> list[Inside]:
    """Who is in a version now, the longest there first. ``node``: at this step alone ('': at the gate); ``persons``:
    of these kept ones alone; ``after``: ``row`` of the last one seen. Raises :class:`NotFound`."""
    here, who = journey_people.c, people.alias("who")
    with stores.ledger.read() as conn:
        document = read_document(conn, journey, version)
        query = (
            sa.select(journey_people, who.c.kept)
            .join(who, who.c.person == here.person)
            .where(here.journey == journey, here.version == version, here.left.is_(None), here.id > after)
            .order_by(here.id)
            .limit(rows_max)
        )
        if node is not None:
            query = query.where(here.node == _place(document, node))
        if persons is not None:
            asked = sent(conn, person=(sa.BigInteger, list(persons)[:PEOPLE_FOUND_MAX]))
            query = query.where(who.c.kept.in_(sa.select(asked.c.person)))
        return [_inside_of(row, document) for row in conn.execute(query)]


def _inside_of(row: sa.Row[Any], document: Journey) -> Inside:
    node = document.nodes[row.node].id if row.node >= 0 else ""
    return Inside(row.id, row.kept, row.version, row.run, node, row.entered, row.since, row.due, row.until)


def _place(document: Journey, node: str) -> int:
    places = {"": GATE, **document.places()}
    if node not in places:
        raise NotFound("journey_node_not_found", f"没有步骤「{node}」。", f"There is no step “{node}”.")
    return places[node]


@dataclass(frozen=True)
class Stay:
    """One time that a person was in a journey. `node`: where they are, or were when they left; `title` its name; `how`
    they left: end, goal, leave_when, merged, stopped, erased."""

    journey: int
    name: str
    version: int
    run: int
    node: str
    title: str
    entered: datetime
    due: datetime | None
    goal: datetime | None
    left: datetime | None
    how: str | None


@dataclass(frozen=True)
class PathStep:
    """What was told of a person in a journey: when, what (`journey_step`…), at which step, by which way to which."""

    at: datetime
    event: str
    journey: int
    version: int
    run: int
    node: str
    way: str
    to: str
    how: str


@dataclass(frozen=True)
class JourneyPath:
    """Where one person is and was, the newest stay first, and the steps in the order in which they were told."""

    person: int
    stays: list[Stay]
    steps: list[PathStep]


def path(stores: Stores, person: int, journey: int | None = None) -> JourneyPath:
    """One person's way through journeys, or through one; merges applied. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        ((kept_person, nodes_of),) = whole_of(conn, person).items()
        stays = _stays(conn, nodes_of, journey)
    return JourneyPath(kept_person, stays, _steps(stores, nodes_of, journey))


def _stays(conn: Connection, persons: Sequence[int], journey: int | None) -> list[Stay]:
    here = journey_people.c
    query = (
        sa.select(journey_people, journeys.c.name, journey_versions.c.document)
        .join(journeys, journeys.c.id == here.journey)
        .join(
            journey_versions,
            sa.and_(journey_versions.c.journey == here.journey, journey_versions.c.version == here.version),
        )
        .where(here.person.in_(list(persons)))
        .order_by(here.entered.desc(), here.id.desc())
        .limit(STEPS_MAX)
    )
    if journey is not None:
        query = query.where(here.journey == journey)
    found: list[Stay] = []
    for row in conn.execute(query):
        document = parse(row.document)
        node = document.nodes[row.node] if row.node >= 0 else None
        found.append(
            Stay(
                row.journey,
                row.name,
                row.version,
                row.run,
                node.id if node else "",
                (node.title or node.id) if node else "",
                row.entered,
                None if row.left else row.due,
                row.goal,
                row.left,
                row.how,
            )
        )
    return found


def _steps(stores: Stores, persons: Sequence[int], journey: int | None) -> list[PathStep]:
    of_one = " AND properties.journey.:Int64 = {journey:Int64}" if journey is not None else ""
    text = ", ".join(f"ifNull(properties.{name}.:String, '')" for name in ("node", "way", "to", "how"))
    number = ", ".join(f"ifNull(properties.{name}.:Int64, 0)" for name in ("journey", "version", "run"))
    rows = stores.events.rows(
        f"SELECT time, name, {number}, {text} FROM events WHERE person IN {{persons:Array(UInt32)}} "
        f"AND name IN {{names:Array(String)}}{of_one} ORDER BY time DESC, batch DESC, record DESC LIMIT {STEPS_MAX}",
        {"persons": list(persons), "names": list(HISTORY), "journey": journey or 0},
    )
    return [PathStep(aware(time), *rest) for time, *rest in reversed(rows)]
