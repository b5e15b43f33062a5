"""Lists of people do not lie around: a finished file goes after some days."""

from __future__ import annotations

import shutil
from typing import Any

from siyu.jobs.model import Job, handles
from siyu.jobs.schedules import schedule
from siyu.people.exporting.running import EXPORTS_FOLDER
from siyu.storage import Stores

FILE_DAYS = 7


@handles("forget_old_exports")
def forget_old_exports(stores: Stores, job: Job) -> dict[str, Any]:
    """Remove the files of exports that were made more than ``FILE_DAYS`` days ago; the exports stay in the list."""
    folder = stores.home / EXPORTS_FOLDER
    before = stores.clock.now().timestamp() - FILE_DAYS * 86_400
    gone = 0
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if each.is_dir() and each.stat().st_mtime < before:
            shutil.rmtree(each)
            gone += 1
            job.progress(gone)
    return {"gone": gone}


schedule("forget_old_exports", "37 4 * * *", "forget_old_exports")
