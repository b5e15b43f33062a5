"""What happens to tasks, as events of the people they are for: journeys wait on them, event webhooks tell them on.

Properties: ``task``, ``title``, ``staff`` (the holder); of a journey's also ``journey``, ``version``, ``node``,
``run``; of a done one ``outcome``, ``rung``, ``minutes``, ``in_time``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.actions import append_own
from siyu.people.tables import own_events
from siyu.reach.staff_tasks.model import Task
from siyu.reach.staff_tasks.tables import staff_tasks, task_texts
from siyu.storage import Instant, json_object, sent
from siyu.storage.ledger import to_millis

OF_JOURNEY = ("journey", "version", "node", "run")


def tell(conn: Connection, name: Literal["task_given", "task_late"], numbers: Sequence[int], now: datetime) -> None:
    """Append one own event for each of these tasks, in one statement."""
    if not numbers:
        return
    task = staff_tasks.c
    asked = sent(conn, id=(sa.BigInteger, list(numbers)))
    properties: dict[str, Any] = {
        "task": task.id,
        "title": task_texts.c.title,
        "staff": sa.func.nullif(task.holder, ""),
    }
    properties |= {key: task[key] for key in OF_JOURNEY}
    columns = {
        "message_id": sa.literal(f"{name}-").concat(sa.cast(task.id, sa.Text)),
        "time": sa.literal(now, Instant),
        "name": sa.literal(name),
        "person": task.person,
        "source": sa.literal("siyu"),
        "properties": json_object(conn, properties),
    }
    told = (
        sa.select(*columns.values())
        .select_from(asked.join(staff_tasks, task.id == asked.c.id).join(task_texts, task_texts.c.id == task.text))
        .order_by(task.id)
    )
    conn.execute(sa.insert(own_events).from_select(list(columns), told))


def tell_done(conn: Connection, node: int, task: Task) -> None:
    """Append what is told of a task that was just done for this node. One that was reopened and is done again is a
    further event."""
    assert task.ended is not None
    told: dict[str, Any] = {"task": task.id, "title": task.title, "staff": task.holder or None}
    told |= {key: getattr(task, key) for key in OF_JOURNEY}
    told |= {"outcome": task.outcome or None, "rung": task.rung or None}
    told |= {
        "minutes": int((task.ended - task.created).total_seconds() // 60),
        "in_time": task.ended <= task.due,
    }
    event = {
        "message_id": f"task_done-{task.id}-{to_millis(task.ended)}",
        "time": task.ended,
        "name": "task_done",
        "person": node,
        "properties": {key: value for key, value in told.items() if value is not None},
    }
    append_own(conn, [event])
