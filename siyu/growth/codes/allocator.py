"""Gives who scans a code a target, many at once: everything that waits while one commit is syncing goes into the next.

A transaction reads what these people have already, gives the rest one, and counts. Caps stand as conditions in the
statement that counts, so that several processes can't pass one together; who loses such a race is placed anew. What was
given is on disk before it is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from siyu.growth.codes import choices, reading
from siyu.growth.codes.choosing import Choosing
from siyu.growth.codes.model import Closed, Moment, Target, choose, closed, open_to, opens_next, standing_in
from siyu.growth.codes.reading import Known, LiveCode
from siyu.growth.codes.tables import CHOOSING, NONE, code_days, code_targets, live_codes, scan_places
from siyu.growth.visitors import devices
from siyu.growth.visitors.tables import visitor_devices
from siyu.jobs import preferences
from siyu.people.actions import append_own
from siyu.people.tables import people
from siyu.storage import Instant, Prepared, Stores, Unavailable
from siyu.storage.together import Together

TRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class Scan:
    """Somebody at the address of a code. ``device``: a mark of our own on it; ``person``: a node, where known;
    ``city``: where their address is, "" where not known (what is known of the person goes before it);
    ``choice``: the target they asked for, where a code lets them."""

    code: int
    device: str
    person: int | None = None
    city: str = ""
    choice: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What they get. ``code`` null: it is not there; ``closed``: why it leads nowhere now; ``target`` null: there is
    none now, and ``again`` says when there is, where that is known; ``new``: they had none before; ``choices``: they
    are to choose one of these."""

    code: LiveCode | None = None
    target: Target | None = None
    new: bool = False
    again: datetime | None = None
    closed: Closed = ""
    choices: tuple[Target, ...] = ()


@dataclass(slots=True)
class _Group:
    """The scans of one transaction: what is known of who scans, and what becomes of them."""

    scans: Sequence[Scan]
    moment: Moment
    codes: dict[int, LiveCode]
    targets: dict[int, dict[int, Target]]
    persons: list[int | None] = field(default_factory=list[int | None])  # the kept one of each scan
    cities: dict[int, str] = field(default_factory=dict[int, str])  # of persons, where a code asks for it
    had: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    new: dict[tuple[int, str], tuple[int, int | None]] = field(
        default_factory=dict[tuple[int, str], tuple[int, int | None]]
    )
    seen: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    answers: list[Placed] = field(default_factory=list[Placed])
    regional: set[int] = field(default_factory=set[int])  # codes that ask where somebody is
    choosing: dict[tuple[int, str], Choosing] = field(default_factory=dict[tuple[int, str], Choosing])
    again: dict[tuple[int, str, int | None], datetime | None] = field(
        default_factory=dict[tuple[int, str, int | None], datetime | None]
    )


class _Raced(Exception):
    """Another process took the last place first."""


def place(stores: Stores, scans: Sequence[Scan], known: Known | None = None) -> list[Placed]:
    """Place these, in their order, in one transaction. Who comes by a code that is not open is told so and not counted.

    Raises :class:`Unavailable` where others were quicker time and again.
    """
    for _ in range(TRIES_MAX):
        try:
            with stores.ledger.hurry(), stores.ledger.write() as conn:
                return _placed(stores, conn, scans, known or Known())
        except _Raced:
            continue
    raise Unavailable("many_at_once", "来的人太多，请稍后再扫。", "Too many come at once; scan again shortly.")


class Allocator(Together[Scan, Placed]):
    """One per process: scans that come at once are placed in one transaction."""

    def __init__(self, stores: Stores) -> None:
        known = Known()
        super().__init__(lambda scans: place(stores, scans, known), "scans")


def _placed(stores: Stores, conn: Connection, scans: Sequence[Scan], known: Known) -> list[Placed]:
    group = _read(stores, conn, scans, known)
    for scan, person in zip(scans, group.persons, strict=True):
        group.answers.append(_one(group, scan, person))
    _count(conn, group)
    _keep(conn, group)
    return group.answers


def _read(stores: Stores, conn: Connection, scans: Sequence[Scan], known: Known) -> _Group:
    numbers = sorted({scan.code for scan in scans})
    if conn.dialect.name == "postgresql":  # in one order: two processes at the same codes wait, and don't block
        locked = sa.select(live_codes.c.id).where(live_codes.c.id.in_(numbers)).order_by(live_codes.c.id)
        conn.execute(locked.with_for_update())
    moment = Moment(stores.clock.now(), preferences.timezone(conn))
    codes = reading.codes_of(conn, numbers)
    group = _Group(scans, moment, codes, known.targets_of(conn, codes))
    group.regional = {code for code, targets in group.targets.items() if any(each.regions for each in targets.values())}
    _recognise(conn, group)
    return group


def _recognise(conn: Connection, group: _Group) -> None:
    """Whose devices these are, and what they or their people were given before."""
    marks = sorted({scan.device for scan in group.scans})
    bound = devices.bound(conn, marks)
    told = {scan.device: scan.person for scan in group.scans if scan.person is not None}
    kept = devices.kept(conn, {*bound.values(), *told.values()})
    fresh = {device: kept[person] for device, person in told.items() if person in kept}
    unbound = {device: person for device, person in fresh.items() if device not in bound}
    devices.bind(conn, unbound, group.moment.now)
    whose = fresh | {device: kept[person] for device, person in bound.items() if person in kept}
    group.persons = [
        kept.get(scan.person) if scan.person is not None else whose.get(scan.device) for scan in group.scans
    ]
    _remember(conn, group, {person for person in group.persons if person is not None})


def _remember(conn: Connection, group: _Group, persons: set[int]) -> None:
    """What these devices and persons were given before, and where persons live. Of a person: the earliest place of
    everybody who was merged into them, else of any device of theirs."""
    family = _family(conn, persons) if persons else {}
    if persons and group.regional:
        query = sa.select(people.c.person, people.c.city).where(people.c.person.in_(sorted(persons)))
        group.cities = {row.person: row.city for row in conn.execute(query) if row.city}
    marks = sorted({*family, *(f"d{scan.device}" for scan in group.scans)})
    codes = {"code": sorted(group.codes)}
    rows = zip(*_PLACES_OF.gathered(conn, asked={"who": marks}, codes=codes), strict=True)
    for _, who, code, target in sorted(rows, key=lambda row: (row[1][0] == "d", *row)):
        group.had.setdefault((code, f"p{family[who]}" if who in family else who), target)


def _family(conn: Connection, persons: set[int]) -> dict[str, int]:
    """Everybody who was merged into these, and all devices of theirs → kept person."""
    nodes = dict(zip(*_NODES_OF.gathered(conn, asked={"person": sorted(persons)}), strict=True))
    found = _DEVICES_OF.gathered(conn, asked={"person": sorted(nodes)})
    marks = {f"d{device}": nodes[node] for device, node in zip(*found, strict=True)}
    return marks | {f"p{node}": kept for node, kept in nodes.items()}


def _one(group: _Group, scan: Scan, person: int | None) -> Placed:
    code = group.codes.get(scan.code)
    why = closed(code.stage, code.starts, code.ends, group.moment.now) if code is not None else ""
    if code is None or why:
        return Placed(code, closed=why)
    who = f"d{scan.device}" if person is None else f"p{person}"
    city = scan.city if person is None else group.cities.get(person, scan.city)
    city = city if scan.code in group.regional else ""
    targets = group.targets.get(scan.code, {})
    had = group.had.get((scan.code, who))
    if had is not None:
        group.seen[scan.code, had] += 1
        return Placed(code, standing_in(had, targets, group.moment.now))
    if code.kind == "choice" and scan.choice is None:
        return _to_choose(group, code, targets, city)
    offered = [targets[scan.choice]] if scan.choice in targets else () if scan.choice else targets.values()
    if scan.choice is None:
        found = _choosing(group, code, city).choose(code.id, who)
    else:
        found = choose(list(offered), code.mode, scan.code, who, group.moment, city)
    if found is None:
        group.seen[scan.code, NONE] += 1
        return Placed(code, again=_again(group, code.id, offered, city, scan.choice))
    targets[found.id] = after = found.taken(group.moment.day)
    for (number, _), choosing in group.choosing.items():
        if number == code.id:
            choosing.taken(after)
    group.had[scan.code, who] = found.id
    group.new[scan.code, who] = (found.id, person)
    if scan.choice is None:  # who chose comes back to the page that shows it, and is seen there
        group.seen[scan.code, found.id] += 1
    return Placed(code, found, new=True)


def _choosing(group: _Group, code: LiveCode, city: str) -> Choosing:
    """What is left of the code for people of a city."""
    found = group.choosing.get((code.id, city))
    if found is None:
        of = group.targets.get(code.id, {}).values()
        found = group.choosing[code.id, city] = Choosing(of, code.mode, group.moment, city)
    return found


def _again(group: _Group, code: int, offered: Iterable[Target], city: str, choice: int | None) -> datetime | None:
    """When one of these is open again; looked for once for all who wait."""
    asked = (code, city, choice)
    if asked not in group.again:
        group.again[asked] = opens_next(offered, group.moment, city)
    return group.again[asked]


def _to_choose(group: _Group, code: LiveCode, targets: Mapping[int, Target], city: str) -> Placed:
    offered = tuple(each for each in targets.values() if open_to(each, group.moment, city))
    group.seen[code.id, CHOOSING if offered else NONE] += 1
    again = None if offered else _again(group, code.id, targets.values(), city, None)
    return Placed(code, again=again, choices=offered)


def _count(conn: Connection, group: _Group) -> None:
    """Raises :class:`_Raced`: a cap would be passed."""
    many = Counter(target for target, _ in group.new.values())
    if not many:
        return
    new = {"target": list(many), "many": list(many.values())}
    if _COUNTED.execute(conn, {"today": group.moment.day}, new=new).rowcount != len(many):
        raise _Raced


def _keep(conn: Connection, group: _Group) -> None:
    """Raises :class:`_Raced`: somebody was placed meanwhile."""
    now = group.moment.now
    if group.new:
        rows = [(code, who, target, person) for (code, who), (target, person) in group.new.items()]
        new = dict(zip(_PLACE, zip(*rows, strict=True), strict=True))
        try:
            _KEPT.execute(conn, {"now": now}, new=new)
        except IntegrityError:
            raise _Raced from None
        choices.tag(conn, now, [(person, target) for target, person in group.new.values() if person is not None])
    _by_day(conn, group)
    append_own(
        conn,
        [
            {
                "message_id": f"scan:{uuid4().hex}",
                "time": now,
                "name": "code_scanned",
                "person": person,
                "properties": {
                    "code": scan.code,
                    "name": answer.code.name,
                    "target": None if answer.target is None else answer.target.id,
                },
            }
            for scan, person, answer in zip(group.scans, group.persons, group.answers, strict=True)
            if person is not None and answer.code is not None and not answer.closed
        ],
    )


def _by_day(conn: Connection, group: _Group) -> None:
    placed = Counter((code, target) for (code, _), (target, _) in group.new.items())
    lines = sorted({**dict.fromkeys(placed, 0), **group.seen}.items())
    if not lines:
        return
    new = {
        "code": [code for (code, _), _ in lines],
        "target": [target for (_, target), _ in lines],
        "scans": [seen for _, seen in lines],
        "placed": [placed[key] for key, _ in lines],
    }
    today = {"today": group.moment.day}
    if _MORE_THAT_DAY.execute(conn, today, new=new).rowcount != len(lines):
        _FIRST_THAT_DAY.execute(conn, today, new=new)


# --- the statements of every transaction


def _places_of(asked: sa.FromClause, codes: sa.FromClause) -> sa.Select[Any]:
    place = scan_places.c
    # lists, not joins: SQLite would go through all places of a code
    mine = sa.and_(place.code.in_(sa.select(codes.c.code)), place.who.in_(sa.select(asked.c.who)))
    return sa.select(sa.type_coerce(place.at, sa.BigInteger), place.who, place.code, place.target).where(mine)


def _nodes_of(asked: sa.FromClause) -> sa.Select[Any]:
    return sa.select(people.c.person, people.c.kept).where(people.c.kept.in_(sa.select(asked.c.person)))


def _devices_of(asked: sa.FromClause) -> sa.Select[Any]:
    known = visitor_devices.c
    return sa.select(known.device, known.person).where(known.person.in_(sa.select(asked.c.person)))


def _counted(new: sa.FromClause) -> sa.Update:
    """As far as there is room."""
    day, table = sa.bindparam("today", type_=sa.Integer), code_targets.c
    that_day = sa.case((table.day == day, table.given_day), else_=0) + new.c.many
    fits = sa.and_(
        table.id == new.c.target,
        sa.or_(table.seats.is_(None), table.given + new.c.many <= table.seats),
        sa.or_(table.day_cap.is_(None), that_day <= table.day_cap),
    )
    return sa.update(code_targets).where(fits).values(given=table.given + new.c.many, given_day=that_day, day=day)


def _kept(new: sa.FromClause) -> sa.Insert:
    rows = sa.select(*new.c, sa.bindparam("now", type_=Instant))
    return sa.insert(scan_places).from_select([*new.c.keys(), "at"], rows)


def _that_day(new: sa.FromClause) -> sa.ColumnElement[bool]:
    table = code_days.c
    day = sa.bindparam("today", type_=sa.Integer)
    return sa.and_(table.code == new.c.code, table.day == day, table.target == new.c.target)


def _more_that_day(new: sa.FromClause) -> sa.Update:
    more = {name: code_days.c[name] + new.c[name] for name in ("scans", "placed")}
    return sa.update(code_days).where(_that_day(new)).values(more)


def _first_that_day(new: sa.FromClause) -> sa.Insert:
    told = sa.select(*new.c, sa.bindparam("today", type_=sa.Integer))
    told = told.where(~sa.select(sa.literal(1)).where(_that_day(new)).exists())
    return sa.insert(code_days).from_select([*new.c.keys(), "day"], told)


_PLACE = {"code": sa.BigInteger, "who": sa.Text, "target": sa.BigInteger, "person": sa.BigInteger}
_DAY = {"code": sa.BigInteger, "target": sa.BigInteger, "scans": sa.BigInteger, "placed": sa.BigInteger}
_PLACES_OF = Prepared(_places_of, asked={"who": sa.Text}, codes={"code": sa.BigInteger})
_NODES_OF = Prepared(_nodes_of, asked={"person": sa.BigInteger})
_DEVICES_OF = Prepared(_devices_of, asked={"person": sa.BigInteger})
_COUNTED = Prepared(_counted, new={"target": sa.BigInteger, "many": sa.BigInteger})
_KEPT = Prepared(_kept, new=_PLACE)
_MORE_THAT_DAY = Prepared(_more_that_day, new=_DAY)
_FIRST_THAT_DAY = Prepared(_first_that_day, new=_DAY)
