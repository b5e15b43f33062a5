"""How another program starts the rehearsal and follows it.

    python -m rehearsal --server URL --state FOLDER --live --json [--people N] [--seed N] [--speed X] [--days N]

with ``REHEARSAL_WRITE_KEY`` and, where that program makes the webhook account itself, ``REHEARSAL_SECRET`` in the
environment: keys do not belong where ``ps`` shows them. On standard output comes one JSON object a line,
``{"stage", "done", "all"}``; in the stage ``connecting`` also ``"url"``, the address of the receiver, and in ``failed``
``"message"``. It ends on SIGTERM, and by itself when its standard input is closed: nobody is left behind.
"""

from __future__ import annotations

import json

STAGES = ("preparing", "history", "connecting", "live", "resting", "done", "failed")


def progress_line(stage: str, done: int, out_of: int, **more: str) -> str:
    return json.dumps({"stage": stage, "done": done, "all": out_of, **more}, ensure_ascii=False)
