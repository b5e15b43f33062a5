"""The ledger's people, as the event log's ``people`` and ``aliases``: so that a rule reads one store.

``changed_people`` says who is out of date. The ledger is the truth: a row is written from what it says at that
moment, and the note is only dropped after the row is stored. A crash in between repeats it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs.tables import cursors
from siyu.jobs.turns import keep_doing, run_until_empty
from siyu.people import families
from siyu.people.tables import changed_people, consents, identifiers, merges, people, person_tags
from siyu.people.traits import COLUMNS
from siyu.storage import Stores, insert_into, sent

NOTES_MAX = 10_000
IDLE_SECONDS = 0.25
YEARLESS = 1904
"""In the event log a birthday of which only month and day are known has this (leap) year."""
ADULT_YEARS = 18

_projecting = threading.Lock()

Layers = Callable[[Connection, Sequence[int]], Mapping[int, Mapping[str, str]]]
_layers: list[Layers] = []


def provide_layers(read: Layers) -> None:
    """Bind who knows the layers of (kept) persons: the room above. Called once, by the composition root."""
    _layers[:] = [read]


def run_forever(stores: Stores, stop: threading.Event) -> None:
    """Keep the projection up to date until ``stop``."""
    keep_doing(lambda: 0.0 if project(stores) else IDLE_SECONDS, stop, "projection")


def project_all(stores: Stores) -> int:
    """Bring everything up to date now; how many notes were worked off."""
    return run_until_empty(lambda: project(stores))


def project(stores: Stores) -> int:
    """Write the next ``NOTES_MAX`` persons that are out of date; how many notes were worked off."""
    with _projecting:
        with stores.ledger.read() as conn:
            waiting = conn.execute(sa.select(changed_people.c.id).limit(1)).first()
        if waiting is None:
            return 0
        with stores.ledger.write() as conn:  # rows written later have a higher version
            version = conn.execute(
                insert_into(conn, cursors)
                .values(name="projection", place=1)
                .on_conflict_do_update(index_elements=["name"], set_={"place": cursors.c.place + 1})
                .returning(cursors.c.place)
            ).scalar_one()
        with stores.ledger.read() as conn:
            notes = conn.execute(
                sa.select(changed_people.c.id, changed_people.c.person).order_by(changed_people.c.id).limit(NOTES_MAX)
            ).all()
            nodes = sorted({note.person for note in notes})
            whole = families.members_of(conn, nodes)
            kept_of = {node: kept for kept, members in whole.items() for node in members}
            rows = _rows(conn, whole, version, stores.clock.now())
            apart = _ever_undone(conn, list(kept_of))
        _write(stores, rows, {n: k for n, k in kept_of.items() if k != n or n in apart}, version)
        with stores.ledger.write() as conn:
            done = sa.select(sent(conn, id=(sa.BigInteger, [note.id for note in notes])).c.id)
            conn.execute(sa.delete(changed_people).where(changed_people.c.id.in_(done)))
        return len(notes)


def _write(stores: Stores, rows: Sequence[Mapping[str, Any]], aliases: Mapping[int, int], version: int) -> None:
    if rows:
        stores.events.insert("people", {name: [row[name] for row in rows] for name in rows[0]})
        # Nought of everything, so that who has done nothing yet is in the lists too.
        stores.events.insert("person_stats", {"person": [row["person"] for row in rows if not row["gone"]]})
    if aliases:
        members = {"member": list(aliases), "kept": list(aliases.values()), "version": [version] * len(aliases)}
        stores.events.insert("aliases", members)
        stores.events.command("SYSTEM RELOAD DICTIONARY person_of")


def _ever_undone(conn: Connection, nodes: Sequence[int]) -> set[int]:
    """Nodes that may have an alias to be taken back."""
    asked = sa.select(sent(conn, person=(sa.BigInteger, nodes)).c.person)
    rows = conn.execute(
        sa.select(merges.c.kept, merges.c.absorbed).where(
            merges.c.undone.is_not(None), merges.c.kept.in_(asked) | merges.c.absorbed.in_(asked)
        )
    )
    return {node for row in rows for node in row}


def _rows(conn: Connection, whole: Mapping[int, Sequence[int]], version: int, now: datetime) -> list[dict[str, Any]]:
    nodes = [node for members in whole.values() for node in members]
    of_node = {
        row.person: row for row in conn.execute(sa.select(people).where(people.c.person.in_(_asked(conn, nodes))))
    }
    held = _gathered(conn, sa.select(identifiers.c.person, identifiers.c.kind).distinct(), identifiers, nodes)
    alive = person_tags.c.expires.is_(None) | (person_tags.c.expires > now)
    tagged = _gathered(conn, sa.select(person_tags.c.person, person_tags.c.tag).where(alive), person_tags, list(whole))
    stated: dict[int, list[tuple[bool, str]]] = defaultdict(list)
    for row in conn.execute(sa.select(consents).where(consents.c.person.in_(_asked(conn, list(whole))))):
        stated[row.person].append((row.given, f"{row.purpose}:{row.channel}"))
    layers = _layers[0](conn, list(whole)) if _layers else {}
    rows: list[dict[str, Any]] = []
    for kept, members in whole.items():
        profile = merged_profile([of_node[node] for node in members])
        rows.append(
            {
                "person": kept,
                "version": version,
                "gone": int(profile.pop("gone")),
                **profile,
                "birthday": _stored_birthday(profile["birthday"]),
                "minor": int(profile["minor"] or is_minor(profile["birthday"], now.date())),
                "attributes": msgspec.json.encode(profile["attributes"]).decode(),
                **{name: profile[name] or "" for name in _TEXTS},
                "tags": sorted(tagged.get(kept, ())),
                "layers": dict(layers.get(kept, {})),
                "consents": sorted(topic for given, topic in stated.get(kept, ()) if given),
                "refusals": sorted(topic for given, topic in stated.get(kept, ()) if not given),
                "kinds": sorted({kind for node in members for kind in held.get(node, ())}),
            }
        )
        rows += [_absorbed(node, version, now) for node in members if node != kept]
    return rows


_TEXTS = ("name", "sex", "province", "city", "occupation", "origin_source", "origin_campaign", "origin_staff")


def _asked(conn: Connection, nodes: Sequence[int]) -> sa.Select[tuple[int]]:
    return sa.select(sent(conn, person=(sa.BigInteger, nodes)).c.person)


def _gathered(conn: Connection, query: sa.Select[Any], table: sa.Table, nodes: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for person, value in conn.execute(query.where(table.c.person.in_(_asked(conn, nodes)))):
        found[person].append(value)
    return found


def merged_profile(nodes: Iterable[Any]) -> dict[str, Any]:
    """One profile of the rows (of ``people``) of one person: the node told of last speaks last; what brought them
    is what brought the first node; flags hold where any node has them."""
    rows = sorted(nodes, key=lambda row: (row.changed, row.person))
    profile: dict[str, Any] = dict.fromkeys(COLUMNS)
    attributes: dict[str, Any] = {}
    for row in rows:
        profile |= {name: value for name in COLUMNS if (value := getattr(row, name)) is not None}
        attributes |= row.attributes
    first = min(rows, key=lambda row: (row.created, row.person))
    return profile | {
        "created": first.created,
        "origin_source": first.origin_source,
        "origin_campaign": first.origin_campaign,
        "origin_staff": first.origin_staff,
        "minor": any(row.minor for row in rows),
        "gone": any(row.gone is not None for row in rows),
        "attributes": attributes,
    }


def _absorbed(node: int, version: int, now: datetime) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(_TEXTS, "")
    empty |= {"tags": [], "consents": [], "refusals": [], "kinds": [], "layers": {}, "minor": 0, "birthday": None}
    return empty | {"person": node, "version": version, "gone": 1, "created": now, "attributes": "{}"}


def _stored_birthday(text: str | None) -> date | None:
    if text is None:
        return None
    day = date.fromisoformat(text) if not text.startswith("0001-02-29") else date(YEARLESS, 2, 29)
    return day.replace(year=YEARLESS) if day.year < YEARLESS else day


def is_minor(birthday: str | None, today: date) -> bool:
    """Under 18 today; unknown where the year is."""
    if birthday is None or birthday.startswith("0001"):
        return False
    born = date.fromisoformat(birthday)
    return (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) < ADULT_YEARS


def lag_seconds(stores: Stores) -> float:
    """How old the oldest change is that the event log does not show yet; 0 where none waits."""
    with stores.ledger.read() as conn:
        oldest = conn.execute(
            sa.select(changed_people.c.at).order_by(changed_people.c.id).limit(1)
        ).scalar_one_or_none()
    return 0.0 if oldest is None else max((stores.clock.now() - oldest.astimezone(UTC)).total_seconds(), 0.0)
