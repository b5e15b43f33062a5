"""Files that hold people's data outside of the stores: uploads of imports, and exports. They go after some days.

Erasing somebody does not rewrite such files; it says which may hold them still, and when each goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from siyu.jobs import handles, preferences, schedule
from siyu.jobs import queue as jobs
from siyu.jobs.model import Job
from siyu.jobs.preferences import Preference, register
from siyu.people.exporting.keeping import DAYS as EXPORT_DAYS
from siyu.people.exporting.running import EXPORTS_FOLDER, JOB
from siyu.people.importing import records
from siyu.people.importing.files import forget
from siyu.people.tables import imports
from siyu.storage import Stores

IMPORT_DAYS = "import_file_days"
UPLOADS_FOLDER = "uploads"
"""In the home folder: what is on its way in, before it is an import."""
BROKEN_OFF = timedelta(days=1)
"""An upload that was cut off with its process; one under way takes less."""
EXPORTS_MAX = 1_000

register(
    Preference(
        IMPORT_DAYS,
        30,
        "导入文件保留天数",
        "Days that imported files are kept",
        "1 到 3650；导入结束后，上传的文件和被拒绝的行到期删除，导入记录仍在。",
        "1 to 3650; after an import ended its upload and refused rows go, its record stays.",
        check=lambda value: 1 <= value <= 3650,
        group="keeping",
    )
)


@dataclass(frozen=True, slots=True)
class FileLeft:
    """A file that may hold somebody: the import or export it is of, and when it goes."""

    kind: Literal["import", "export"]
    number: int
    made: datetime
    goes: datetime


def files_left(stores: Stores, until: datetime) -> list[FileLeft]:
    """Files on disk that were made up to a moment, oldest first. Who is in them is not looked at: each may hold
    anybody who was known then."""
    kept = preferences.values(stores)
    found = [
        FileLeft("export", each.id, each.created, each.created + timedelta(days=kept[EXPORT_DAYS]))
        for each in jobs.find(stores, names=[JOB], rows_max=EXPORTS_MAX)
        if each.created <= until and (stores.home / EXPORTS_FOLDER / str(each.id)).is_dir()
    ]
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(imports.c.id, imports.c.created, imports.c.finished)).all()
    for row in rows:
        if row.created <= until and (stores.home / records.IMPORTS_FOLDER / str(row.id)).is_dir():
            goes = (row.finished or row.created) + timedelta(days=kept[IMPORT_DAYS])
            found.append(FileLeft("import", row.id, row.created, goes))
    return sorted(found, key=lambda each: each.made)


@handles("forget_old_uploads")
def forget_old_uploads(stores: Stores, job: Job) -> dict[str, Any]:
    """Remove the files of imports that ended (or were never begun) long enough ago, with the samples of their cells,
    and what uploads that broke off left behind."""
    now = stores.clock.now()
    before = now - timedelta(days=preferences.get(stores, IMPORT_DAYS))
    idle = imports.c.state.in_(("done", "failed", "cancelled", "ready", "checked"))
    old = sa.func.coalesce(imports.c.finished, imports.c.created, type_=imports.c.created.type) < before
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(imports.c.id, imports.c.report).where(idle, old)).all()
    gone = 0
    for row in rows:
        folder = stores.home / records.IMPORTS_FOLDER / str(row.id)
        if not folder.is_dir():
            continue
        forget(folder)
        columns = [{**column, "samples": []} for column in row.report.get("columns", ())]
        with stores.ledger.write() as conn:
            records.update(conn, row.id, report={**row.report, "columns": columns, "file_gone": now.isoformat()})
        gone += 1
        job.progress(gone)
    return {"gone": gone, "broken_off": _forget_broken_off(stores)}


def _forget_broken_off(stores: Stores) -> int:
    folder, gone = stores.home / UPLOADS_FOLDER, 0
    before = (stores.clock.now() - BROKEN_OFF).timestamp()
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if each.is_file() and each.stat().st_mtime < before:
            each.unlink(missing_ok=True)
            gone += 1
    return gone


schedule("forget_old_uploads", "47 4 * * *", "forget_old_uploads")
