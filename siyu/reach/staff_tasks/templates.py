"""Templates of tasks: what one member does well, for the whole team; and ready ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.reach.staff_tasks import holders
from siyu.reach.staff_tasks.model import ADVISER, Looker, Task, check_text
from siyu.reach.staff_tasks.queries import require
from siyu.reach.staff_tasks.tables import staff_tasks, task_templates
from siyu.storage import BadInput, NotFound, Stores

NAME_CHARACTERS_MAX = 60
TEMPLATES_MAX = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """A template as it is written. ``who``: ``adviser``, ``pool``, or a holder; ``made_of``: a task."""

    name: str
    title: str
    script: str = ""
    minutes: int = 60
    who: str = ADVISER
    made_of: int | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """One template. ``key`` names it: a word of a ready one, the number of an own one."""

    key: str
    draft: Draft
    changed: datetime | None = None
    by: str = ""

    @property
    def ready(self) -> bool:
        return not self.key.isdigit()


READY: Sequence[Template] = (
    Template(
        "greet",
        Draft(
            "一小时内问候新好友",
            "问候新好友",
            "{{ person.name }}您好，我是您的专属顾问，有什么想了解的直接发给我就好。方便说说您最近在找什么吗？",
            60,
        ),
    ),
    Template(
        "answer",
        Draft(
            "半小时内答复",
            "答复客户",
            "{{ person.name }}你好，您的问题我看到了，这就为您查，稍等我一下。",
            30,
        ),
    ),
)
"""Greet within an hour, answer within half an hour. They can be copied, not changed."""


def all_templates(stores: Stores) -> list[Template]:
    """The ready ones, then the own ones by name."""
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(task_templates).order_by(task_templates.c.name, task_templates.c.id)).all()
    return [*READY, *(_read(row) for row in rows)]


def template_named(stores: Stores, key: str) -> Template:
    """Raises :class:`NotFound`."""
    ready = next((each for each in READY if each.key == key), None)
    if ready is not None:
        return ready
    if key.isascii() and key.isdigit() and len(key) < 16:
        with stores.ledger.read() as conn:
            row = conn.execute(sa.select(task_templates).where(task_templates.c.id == int(key))).one_or_none()
        if row is not None:
            return _read(row)
    raise NotFound("task_template_unknown", "没有这个任务模板。", "There is no such template.")


def add_template(stores: Stores, by: str, draft: Draft) -> str:
    """Keep a template; its key. Raises :class:`BadInput` by field."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        values = _checked(conn, draft)
        if conn.execute(sa.select(sa.func.count()).select_from(task_templates)).scalar_one() >= TEMPLATES_MAX:
            raise BadInput(
                "task_templates", f"最多 {TEMPLATES_MAX} 个模板。", f"At most {TEMPLATES_MAX} templates.", field="name"
            )
        made = sa.insert(task_templates).values(**values, made_of=draft.made_of, created=now, changed=now, by=by)
        return str(conn.execute(made.returning(task_templates.c.id)).scalar_one())


def change_template(stores: Stores, by: str, key: str, draft: Draft) -> None:
    """Write an own one anew; tasks that were given stay as they are. Raises :class:`NotFound`, :class:`BadInput`."""
    number = _own(stores, key)
    with stores.ledger.write() as conn:
        values = _checked(conn, draft)
        changed = sa.update(task_templates).where(task_templates.c.id == number)
        conn.execute(changed.values(**values, changed=stores.clock.now(), by=by))


def remove_template(stores: Stores, key: str) -> None:
    """Throw an own one away. Raises :class:`NotFound`."""
    number = _own(stores, key)
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(task_templates).where(task_templates.c.id == number))


def from_task(stores: Stores, looker: Looker, number: int) -> Draft:
    """A template as a done task proposes it: its words, its note below the script, and the time it had.

    Raises :class:`NotFound`.
    """
    with stores.ledger.read() as conn:
        found = require(conn, looker, number)
        minutes = max(1, round((found.due - found.created).total_seconds() / 60))
    return Draft(found.title, found.title, _script(found), minutes, ADVISER, found.id)


def used(stores: Stores) -> dict[str, int]:
    """How many tasks each template gave."""
    with stores.ledger.read() as conn:
        rows = conn.execute(
            sa.select(staff_tasks.c.template, sa.func.count())
            .where(staff_tasks.c.template != "")
            .group_by(staff_tasks.c.template)
        )
        return dict(rows.tuples().all())


def _script(task: Task) -> str:
    note = re.sub(r"\{(?=[{%])", "{ ", task.note)
    return "\n\n".join(part for part in (task.script, note) if part)


def _own(stores: Stores, key: str) -> int:
    found = template_named(stores, key)
    if found.ready:
        raise BadInput(
            "task_template_ready", "内置模板不能修改，可以复制一份。", "A ready template stays as it is; copy it."
        )
    return int(key)


def _checked(conn: sa.Connection, draft: Draft) -> dict[str, object]:
    name, title, script = draft.name.strip(), draft.title.strip(), draft.script.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise BadInput(
            "task_template_name",
            f"名称须为 1 至 {NAME_CHARACTERS_MAX} 字。",
            f"A name has 1 to {NAME_CHARACTERS_MAX} characters.",
            field="name",
        )
    check_text(title, script, draft.minutes)
    who = draft.who if draft.who in (ADVISER, "pool") else holders.holder_named(conn, draft.who)
    return {"name": name, "title": title, "script": script, "minutes": draft.minutes, "who": who or "pool"}


def _read(row: sa.Row[Any]) -> Template:
    draft = Draft(row.name, row.title, row.script, row.minutes, row.who, row.made_of)
    return Template(str(row.id), draft, row.changed, row.by)
