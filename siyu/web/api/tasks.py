"""The API of tasks for staff. A key sees and does what its role may: without ``tasks.manage``, the pool alone."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar.params import QueryParameter

from siyu.reach.staff_tasks import command, doing, giving, holders, queries, templates
from siyu.reach.staff_tasks.command import (
    HoldersAnswer,
    RungAnswer,
    TaskAnswer,
    TasksGiven,
    TasksMoved,
    TeamAnswer,
    TemplateAnswer,
    TemplatesAnswer,
)
from siyu.reach.staff_tasks.doing import Result
from siyu.reach.staff_tasks.model import ADVISER, MINUTES_MAX, PERSONS_MAX, Looker, Wish
from siyu.reach.staff_tasks.queries import Asked
from siyu.reach.staff_tasks.templates import Draft
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, place_of
from siyu.web.routes import api_act, api_acts, api_read, api_write
from siyu.web.seeing import seen

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
Word = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=5_000)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=MINUTES_MAX)]
Days = Annotated[int, QueryParameter(ge=1, le=400)]
InState = Annotated[
    Literal["", "undone", "open", "taken", "late", "done", "cancelled"],
    QueryParameter(name="state", description="Empty: all; undone: open, taken and late."),
]


class GiveBody(msgspec.Struct, forbid_unknown_fields=True):
    """`template`: what is not said is taken from it. `to`: `adviser` (each person's own; the pool where there is none),
    `pool`, a login, or an id of `/api/tasks/holders`. `escalate_to`: the login of who is told when it is late."""

    persons: Annotated[list[Number], msgspec.Meta(min_length=1, max_length=PERSONS_MAX)]
    template: Word = ""
    title: Word = ""
    script: Text | None = None
    minutes: Minutes | None = None
    to: Word = ""
    escalate_to: Word = ""


class HandBody(msgspec.Struct, forbid_unknown_fields=True):
    """`to`: a login, an id of `/api/tasks/holders`, or `pool`."""

    to: Word


class HandSomeBody(msgspec.Struct, forbid_unknown_fields=True):
    """`tasks`: these; or `from`: everything that this holder has left to do."""

    to: Word
    tasks: Annotated[list[Number], msgspec.Meta(max_length=10_000)] = []
    giver: Word | None = msgspec.field(default=None, name="from")


class TakeBody(msgspec.Struct, forbid_unknown_fields=True):
    """`member`: in whose name, by login; empty for oneself. Only who manages tasks acts for others."""

    member: Word = ""


class DoneBody(msgspec.Struct, forbid_unknown_fields=True):
    """How it went. `member` as when a task is taken."""

    note: Text = ""
    outcome: Literal["", "reached", "no_answer", "declined"] = ""
    rung: Literal["", "text", "voice", "video", "meeting"] = ""
    member: Word = ""


class TemplateBody(msgspec.Struct, forbid_unknown_fields=True):
    """A template. `who`: `adviser`, `pool`, a login, or a holder; `task`: made of this task, whose words and note are
    taken where `title` and `script` are left out."""

    name: Word
    title: Word = ""
    script: Text = ""
    minutes: Minutes = 60
    who: Word = ADVISER
    task: Number | None = None

    def draft(self) -> Draft:
        return Draft(self.name, self.title, self.script, self.minutes, self.who)


def _looker(stores: Stores, actor: Actor) -> Looker:
    with stores.ledger.read() as conn:
        return holders.looker_of(conn, actor)


def _told(stores: Stores, actor: Actor, number: int) -> TaskAnswer:
    found = queries.one_task(stores, _looker(stores, actor), number)
    return command.told(stores, [found], seen)[0]


def _acting(stores: Stores, actor: Actor, member: str) -> str:
    """The holder who acts."""
    if not member and actor.kind == "staff":
        return actor.tag
    if member and _looker(stores, actor).everything:
        return command.holder_of(stores, member)
    raise BadInput(
        "task_member",
        "请用 member 写明是哪位员工；只有能管理任务的密钥可以代人操作。",
        "Say with member which member of staff; only a key that manages tasks acts for others.",
        field="member",
    )


@api_read("/api/tasks", "tasks.read")
def list_all(
    stores: Stores,
    actor: Actor,
    in_state: InState = "undone",
    holder: str | None = None,
    person: int | None = None,
    q: str = "",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[TaskAnswer]:
    """Tasks, what is to do by its time, what has ended from the latest on.

    `holder`: an id of `/api/tasks/holders`, or `pool`; `q`: words of the title.
    """
    persons = None
    if person is not None:
        with stores.ledger.read() as conn:
            persons = queries.nodes_of(conn, [person])
    wanted = Asked(in_state, None if holder is None else [holder.removeprefix("pool")], q[:200], persons=persons)
    place = place_of(cursor, int, int)
    after = None if place is None else (int(place[0]), int(place[1]))
    rows = min(limit, queries.PAGE_MAX - 1)
    found = queries.tasks_page(stores, _looker(stores, actor), wanted, after=after, rows_max=rows + 1)
    told = {each.id: each for each in command.told(stores, found, seen)}
    return page_of(found, rows, queries.place, lambda each: told[each.id])


@api_write("POST", "/api/tasks", "tasks.write", audits="task_given")
def give(stores: Stores, actor: Actor, data: GiveBody) -> TasksGiven:
    """Give a task for each of these people."""
    base = templates.template_named(stores, data.template).draft if data.template else Draft("", "")
    wish = Wish(
        title=data.title or base.title,
        script=base.script if data.script is None else data.script,
        minutes=data.minutes or base.minutes,
        to=data.to or base.who,
        escalate_to=data.escalate_to,
        template=data.template,
    )
    numbers = giving.give(stores, actor.tag, data.persons, wish)
    note(f"task:{numbers[0]}", persons=len(numbers))
    return TasksGiven(numbers)


@api_read("/api/tasks/holders", "tasks.read")
def list_holders(stores: Stores) -> HoldersAnswer:
    """Everybody to whom tasks may be given."""
    return command.all_holders(stores)


@api_read("/api/tasks/team", "tasks.read")
def team(stores: Stores, actor: Actor, days: Days = 30) -> TeamAnswer:
    """What waits, what is late, how much was done in time and how quickly: of all that one may see, and by holder."""
    return command.team(stores, _looker(stores, actor), days)


@api_read("/api/people/{person:int}/rung", "tasks.read", tags=["tasks"])
def rung(stores: Stores, person: Id) -> RungAnswer:
    """Where a person stands on the ladder of closeness, and what to try next."""
    return command.rung_of(stores, person)


@api_act("/api/tasks/hand-over", "tasks.write", audits="tasks_handed_over", about="tasks")
def hand_some(stores: Stores, actor: Actor, data: HandSomeBody) -> TasksMoved:
    """Hand many on at once: those named, or all that one holder has left to do."""
    looker = _looker(stores, actor)
    if data.giver is None:
        moved = doing.hand_some(stores, looker, data.tasks, data.to)
    else:
        moved = doing.hand_over_all(stores, looker, data.giver.removeprefix("pool"), data.to)
    note(tasks=moved)
    return TasksMoved(moved)


@api_read("/api/tasks/{task:int}", "tasks.read")
def one(stores: Stores, actor: Actor, task: Id) -> TaskAnswer:
    """One task."""
    return _told(stores, actor, task)


act = api_acts("/api/tasks/{task:int}", "tasks.write", about="task:{task}")


@act("take", "task_taken")
def take(stores: Stores, actor: Actor, task: Id, data: TakeBody) -> TaskAnswer:
    """Begin; one of the pool becomes one's own."""
    doing.take(stores, _looker(stores, actor), _acting(stores, actor, data.member), task)
    return _told(stores, actor, task)


@act("hand-over", "task_handed_over")
def hand_over(stores: Stores, actor: Actor, task: Id, data: HandBody) -> TaskAnswer:
    """Another is to do it. Answers it as it is afterwards, also where one may not see it any more."""
    return command.told(stores, [doing.hand_over(stores, _looker(stores, actor), task, data.to)], seen)[0]


@act("done", "task_finished")
def done(stores: Stores, actor: Actor, task: Id, data: DoneBody) -> TaskAnswer:
    """It is done."""
    looker = _looker(stores, actor)
    by = _acting(stores, actor, data.member) if data.member else actor.tag
    found = doing.finish(stores, looker, by, task, Result(data.note, data.outcome, data.rung))
    return command.told(stores, [found], seen)[0]


@act("reopen", "task_reopened")
def reopen(stores: Stores, actor: Actor, task: Id) -> TaskAnswer:
    """Not done, or not cancelled, after all. What was told of it stays told."""
    doing.reopen(stores, _looker(stores, actor), task)
    return _told(stores, actor, task)


@act("cancel", "task_cancelled")
def cancel(stores: Stores, actor: Actor, task: Id) -> TaskAnswer:
    """It need not be done. For who gave it, and who manages tasks."""
    doing.cancel(stores, _looker(stores, actor), actor.tag, task)
    return _told(stores, actor, task)


@api_read("/api/task-templates", "tasks.read", tags=["tasks"])
def list_templates(stores: Stores) -> TemplatesAnswer:
    """Every template, the ready ones first."""
    return command.all_templates(stores, seen)


@api_write("POST", "/api/task-templates", "tasks.manage", audits="task_template_added", tags=["tasks"])
def add_template(stores: Stores, actor: Actor, data: TemplateBody) -> TemplateAnswer:
    """A new template, or one made of a task well done."""
    draft = data.draft()
    if data.task is not None:
        made = templates.from_task(stores, _looker(stores, actor), data.task)
        words = data.title or made.title, seen(data.script or made.script)
        draft = Draft(data.name, *words, made.minutes, data.who, data.task)
    key = templates.add_template(stores, actor.tag, draft)
    note(f"task_template:{key}", name=data.name)
    return command.template_told(stores, key, seen)


@api_read("/api/task-templates/{key:str}", "tasks.read", tags=["tasks"])
def one_template(stores: Stores, key: str) -> TemplateAnswer:
    """One template."""
    return command.template_told(stores, key, seen)


@api_write(
    "PUT",
    "/api/task-templates/{key:str}",
    "tasks.manage",
    audits="task_template_changed",
    about="task_template:{key}",
    tags=["tasks"],
)
def change_template(stores: Stores, actor: Actor, key: str, data: TemplateBody) -> TemplateAnswer:
    """Write an own one anew; tasks that were given stay as they are."""
    templates.change_template(stores, actor.tag, key, data.draft())
    return command.template_told(stores, key, seen)


@api_write(
    "DELETE",
    "/api/task-templates/{key:str}",
    "tasks.manage",
    audits="task_template_removed",
    about="task_template:{key}",
    tags=["tasks"],
)
def remove_template(stores: Stores, key: str) -> None:
    """Throw an own one away."""
    templates.remove_template(stores, key)


ROUTES = [
    list_all,
    give,
    list_holders,
    team,
    rung,
    hand_some,
    one,
    take,
    hand_over,
    done,
    reopen,
    cancel,
    list_templates,
    add_template,
    one_template,
    change_template,
    remove_template,
]
