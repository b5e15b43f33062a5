"""What needs somebody today, and what happened lately, read from the rooms' own tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.engine import Connection

from siyu.growth.codes.reading import to_look_after
from siyu.hooks.tables import hooks
from siyu.jobs.tables import jobs
from siyu.people.held import held_pairs_open
from siyu.people.tables import changed_people, imports, merges
from siyu.reach.broadcasts import OWN
from siyu.reach.lost_friends.watching import unseen_alerts
from siyu.reach.tables import broadcasts
from siyu.storage import Stores

HAPPENED_MAX = 8
PROJECTION_BEHIND_PEOPLE = 5_000
"""People whose changes have not reached the event log: more than this is worth a word."""


class Todo(Struct, frozen=True):
    """One thing that needs somebody. ``kind`` names it, ``count`` says how many, ``number`` the only one."""

    kind: str
    count: int
    number: int | None = None
    name: str = ""
    done: int = 0
    all: int | None = None


class Happening(Struct, frozen=True):
    """One thing that happened. ``kind``: import, broadcast, merges."""

    kind: str
    at: datetime
    name: str
    state: str
    number: int
    count: int = 0


def todos(stores: Stores) -> list[Todo]:
    """Open conflicts, work that runs, work that failed, and what lags behind; the most urgent first."""
    with stores.ledger.read() as conn:
        return [
            *_counted(conn, "conflicts", sa.select(sa.func.count()).select_from(held_pairs_open().subquery())),
            *_counted(conn, "lost_friends", unseen_alerts()),
            *_counted(conn, "codes_running_out", to_look_after(stores.clock.now())),
            *_stopped_hooks(conn),
            *_broadcasts(conn),
            *_imports(conn),
            *_counted(
                conn,
                "failed_jobs",
                sa.select(sa.func.count()).where(
                    jobs.c.state == "failed", jobs.c.finished > stores.clock.now() - timedelta(days=1)
                ),
            ),
            *[
                each
                for each in _counted(conn, "projection", sa.select(sa.func.count()).select_from(changed_people))
                if each.count > PROJECTION_BEHIND_PEOPLE
            ],
        ]


def _counted(conn: Connection, kind: str, query: sa.Select[tuple[int]]) -> list[Todo]:
    count = conn.execute(query).scalar_one()
    return [Todo(kind, count)] if count else []


def _broadcasts(conn: Connection) -> list[Todo]:
    found = conn.execute(
        sa.select(broadcasts.c.id, broadcasts.c.name, broadcasts.c.state)
        .where(OWN, broadcasts.c.state.in_(["scheduled", "intending", "sending", "paused"]))
        .order_by(broadcasts.c.id.desc())
        .limit(5)
    ).all()
    return [Todo(f"broadcast_{row.state}", 1, row.id, row.name) for row in found]


def _stopped_hooks(conn: Connection) -> list[Todo]:
    found = conn.execute(
        sa.select(hooks.c.id, hooks.c.name).where(hooks.c.state == "stopped", hooks.c.removed.is_(None)).limit(5)
    ).all()
    return [Todo("hook_stopped", 1, row.id, row.name) for row in found]


_IMPORT_KINDS = {"ready": "import_ready", "checked": "import_ready", "running": "import_running"}


def _imports(conn: Connection) -> list[Todo]:
    found = conn.execute(
        sa.select(imports.c.id, imports.c.file_name, imports.c.state, jobs.c.done_units, jobs.c.all_units)
        .join(jobs, jobs.c.id == imports.c.job, isouter=True)
        .where(imports.c.state.in_([*_IMPORT_KINDS]))
        .order_by(imports.c.id.desc())
        .limit(5)
    ).all()
    return [
        Todo(_IMPORT_KINDS[row.state], 1, row.id, row.file_name, row.done_units or 0, row.all_units) for row in found
    ]


def happenings(stores: Stores) -> list[Happening]:
    """The latest imports, broadcasts and merges, newest first."""
    with stores.ledger.read() as conn:
        found = [
            Happening("import", row.finished or row.created, row.file_name, row.state, row.id, _imported(row.report))
            for row in conn.execute(sa.select(imports).order_by(imports.c.id.desc()).limit(HAPPENED_MAX)).all()
        ]
        found += [
            Happening("broadcast", row.finished or row.started or row.changed, row.name, row.state, row.id)
            for row in conn.execute(
                sa.select(broadcasts)
                .where(OWN, broadcasts.c.state != "draft")
                .order_by(broadcasts.c.id.desc())
                .limit(HAPPENED_MAX)
            ).all()
        ]
        last = conn.execute(sa.select(merges).order_by(merges.c.id.desc()).limit(1)).one_or_none()
        if last is not None:
            total = conn.execute(sa.select(sa.func.count()).where(merges.c.undone.is_(None))).scalar_one()
            found.append(Happening("merges", last.at, "", "", last.kept, total))
    return sorted(found, key=lambda each: each.at, reverse=True)[:HAPPENED_MAX]


def _imported(report: dict[str, object]) -> int:
    events = report.get("events") or report.get("orders") or 0
    return events if isinstance(events, int) else 0
