"""Lists of people do not lie around: a finished file goes after some days."""

from __future__ import annotations

import shutil
from typing import Any

from siyu.jobs import preferences
from siyu.jobs.model import Job, handles
from siyu.jobs.preferences import Preference, register
from siyu.jobs.schedules import schedule
from siyu.people.exporting.running import EXPORTS_FOLDER
from siyu.storage import Stores

DAYS = "export_file_days"
FILE_DAYS = 7
"""Unless the preference says otherwise."""

register(
    Preference(
        DAYS,
        FILE_DAYS,
        "导出文件保留天数",
        "Days that exported files are kept",
        "1 到 365；到期删除文件，导出记录仍在。",
        "1 to 365; then the file goes, the record of the export stays.",
        check=lambda value: 1 <= value <= 365,
        group="keeping",
    )
)


@handles("forget_old_exports")
def forget_old_exports(stores: Stores, job: Job) -> dict[str, Any]:
    """Remove the files of exports made more days ago than the preference says; the exports stay in the list."""
    folder = stores.home / EXPORTS_FOLDER
    before = stores.clock.now().timestamp() - preferences.get(stores, DAYS) * 86_400
    gone = 0
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if each.is_dir() and each.stat().st_mtime < before:
            shutil.rmtree(each)
            gone += 1
            job.progress(gone)
    return {"gone": gone}


schedule("forget_old_exports", "37 4 * * *", "forget_old_exports")
