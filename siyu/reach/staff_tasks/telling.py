"""What happens to tasks, as events of the people they are for: journeys wait on them, event webhooks tell them on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from siyu.people.actions import append_own
from siyu.reach.staff_tasks.tables import staff_tasks, task_texts
from siyu.storage import sent
from siyu.storage.ledger import to_millis

Name = Literal["task_given", "task_done", "task_late"]


def tell(conn: Connection, name: Name, numbers: Sequence[int], now: datetime) -> None:
    """Append one own event for each task. Properties: ``task``, ``title``, ``staff`` (the holder), and for a journey's
    ``journey``, ``version``, ``node``, ``run``; of a done one also ``outcome``, ``rung``, ``minutes`` and ``in_time``.

    What was reopened and is done again is a further event.
    """
    task = staff_tasks.c
    columns = [column for column in staff_tasks.c if column.name != "note"]
    asked = sent(conn, id=(sa.BigInteger, list(numbers)))
    rows = conn.execute(
        sa.select(*columns, task_texts.c.title)
        .join_from(asked, staff_tasks, task.id == asked.c.id)
        .join(task_texts, task_texts.c.id == task.text)
        .order_by(task.id)
    ).mappings()
    moment = f"-{to_millis(now)}" if name == "task_done" else ""
    events = [
        {
            "message_id": f"{name}-{row['id']}{moment}",
            "time": now,
            "name": name,
            "person": row["person"],
            "properties": _properties(name, row),
        }
        for row in rows
    ]
    append_own(conn, events)


def _properties(name: Name, row: RowMapping) -> dict[str, Any]:
    told: dict[str, Any] = {"task": row["id"], "title": row["title"]}
    if row["holder"]:
        told["staff"] = row["holder"]
    if row["journey"] is not None:
        told |= {key: row[key] for key in ("journey", "version", "node", "run")}
    if name == "task_done":
        told |= {key: row[key] for key in ("outcome", "rung") if row[key]}
        told |= {
            "minutes": int((row["ended"] - row["created"]).total_seconds() // 60),
            "in_time": row["ended"] <= row["due"],
        }
    return told
