"""What ``siyu task …`` and the API answer. Who may read the home folder may do all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from siyu.people.merges import kept_person
from siyu.reach.staff_tasks import doing, figures, giving, holders, queries, templates
from siyu.reach.staff_tasks.doing import Result
from siyu.reach.staff_tasks.ladder import rungs_of
from siyu.reach.staff_tasks.model import EVERYTHING, Looker, Task, Wish
from siyu.reach.staff_tasks.queries import Asked
from siyu.reach.staff_tasks.templates import Draft, Template
from siyu.storage import Stores

BY = "cli"

Seen = Callable[[Any], Any]


def whole(value: Any) -> Any:
    """As it is: for whom everything may be shown."""
    return value


"""How a free text is shown to who reads."""


class TaskAnswer(Struct, frozen=True):
    """A task. `holder`: `staff:3`, `wecom:1:zhangsan`, or empty for the pool; `state`: open, taken, late, done,
    cancelled; `due`: until when; `taken`: when its holder began; `late`: when it was found late; `escalated_to`: who
    was told then; `journey` null: given by hand; `why` it was cancelled, where nobody did by hand: goal, leave_when,
    stopped (the journey), erased; `script` as it stands, `words`: written out for the person; `customer`: their
    external user id at WeCom, by which their chat is opened, empty where they have none."""

    id: int
    person: int
    customer: str
    title: str
    script: str
    words: str
    holder: str
    holder_name: str
    state: str
    created: datetime
    due: datetime
    by: str
    template: str
    journey: int | None
    version: int | None
    node: str | None
    run: int | None
    taken: datetime | None
    late: datetime | None
    escalate_to: str
    escalated_to: str | None
    ended: datetime | None
    ended_by: str | None
    why: str
    outcome: str
    rung: str
    note: str


class TasksAnswer(Struct, frozen=True):
    """Tasks: what is to do by its time, what has ended from the latest on."""

    tasks: list[TaskAnswer]


class TasksGiven(Struct, frozen=True):
    """The numbers of the new tasks."""

    tasks: list[int]


class TasksMoved(Struct, frozen=True):
    """How many tasks changed hands."""

    moved: int


class MemberTasks(Struct, frozen=True):
    """A holder (the pool is empty, null all together). `undone`, and of these `late`, are of now; `done`, `in_time` (a
    share) and `minutes` (the median from given to done) of the days asked for, null where nothing was done."""

    holder: str | None
    name: str
    undone: int
    late: int
    done: int
    in_time: float | None
    minutes: float | None


class TeamAnswer(Struct, frozen=True):
    """All together, and each holder, who has most to do first."""

    days: int
    whole: MemberTasks
    members: list[MemberTasks]


class HolderAnswer(Struct, frozen=True):
    """One to whom tasks may be given; `more`: their login or user id."""

    id: str
    name: str
    more: str


class HoldersAnswer(Struct, frozen=True):
    """Everybody to whom tasks may be given."""

    holders: list[HolderAnswer]


class RungAnswer(Struct, frozen=True):
    """Where a person stands on the ladder text, voice, video, meeting (empty: nowhere yet), what to try next, and why
    in words."""

    person: int
    stands: str
    next: str
    zh: str
    en: str


class TemplateAnswer(Struct, frozen=True):
    """A template. `key`: a word of a ready one (`greet`, `answer`), the number of an own one; `who`: adviser, pool, or
    a holder; `made_of`: the task whose good practice it is; `used`: tasks that were given with it."""

    key: str
    name: str
    title: str
    script: str
    minutes: int
    who: str
    ready: bool
    made_of: int | None
    used: int


class TemplatesAnswer(Struct, frozen=True):
    """The ready ones first."""

    templates: list[TemplateAnswer]


class TemplateRemoved(Struct, frozen=True):
    """The template that was thrown away."""

    removed: str


def told(stores: Stores, tasks: Sequence[Task], seen: Seen = whole) -> list[TaskAnswer]:
    """Tasks as they are answered."""
    scripts = queries.scripts_of(stores, tasks, seen)
    with stores.ledger.read() as conn:
        names = holders.names_of(conn, {each.holder for each in tasks if each.holder})
        customers = holders.customers_of(conn, [each.person for each in tasks])
    return [
        _task(each, names.get(each.holder, ""), customers.get(each.person, ""), scripts[each.id], seen)
        for each in tasks
    ]


def _task(task: Task, holder_name: str, customer: str, words: str, seen: Seen) -> TaskAnswer:
    said: dict[str, Any] = {name: getattr(task, name) for name in _AS_IT_IS}
    said |= {name: seen(getattr(task, name)) for name in _FREE}
    return TaskAnswer(**said, customer=customer, words=seen(words), holder_name=seen(holder_name))


_FREE = ("title", "script", "note")
_OF_OTHERS = ("words", "holder_name", "customer")
_AS_IT_IS = tuple(name for name in TaskAnswer.__struct_fields__ if name not in (*_FREE, *_OF_OTHERS))


def listed(stores: Stores, asked: Asked, rows_max: int) -> TasksAnswer:
    """A list, for who may see everybody's."""
    return TasksAnswer(told(stores, queries.tasks_page(stores, EVERYTHING, asked, rows_max=rows_max)))


def one(stores: Stores, number: int) -> TaskAnswer:
    """Raises :class:`NotFound`."""
    return told(stores, [queries.one_task(stores, EVERYTHING, number)])[0]


def holder_of(stores: Stores, text: str) -> str:
    """Raises :class:`BadInput`."""
    with stores.ledger.read() as conn:
        return holders.holder_named(conn, text)


def give(stores: Stores, persons: Sequence[int], wish: Wish) -> TasksGiven:
    """Give tasks by hand."""
    return TasksGiven(giving.give(stores, BY, persons, wish))


def take(stores: Stores, number: int, text: str) -> TaskAnswer:
    """In the name of a member."""
    doing.take(stores, EVERYTHING, holder_of(stores, text), number)
    return one(stores, number)


def finish(stores: Stores, number: int, text: str, result: Result) -> TaskAnswer:
    """In the name of a member; "" is nobody's."""
    doing.finish(stores, EVERYTHING, holder_of(stores, text) or BY, number, result)
    return one(stores, number)


def hand(stores: Stores, number: int, to: str) -> TaskAnswer:
    """To another."""
    doing.hand_over(stores, EVERYTHING, number, to)
    return one(stores, number)


def reopen(stores: Stores, number: int) -> TaskAnswer:
    """Not done after all."""
    doing.reopen(stores, EVERYTHING, number)
    return one(stores, number)


def cancel(stores: Stores, number: int) -> TaskAnswer:
    """Need not be done."""
    doing.cancel(stores, EVERYTHING, BY, number)
    return one(stores, number)


def team(stores: Stores, looker: Looker, days: int) -> TeamAnswer:
    """Figures of all together and of each."""
    whole, lines = figures.figures(stores, looker, days)
    return TeamAnswer(days, _member(whole), [_member(line) for line in lines])


def _member(line: figures.Figures) -> MemberTasks:
    return MemberTasks(**{name: getattr(line, name) for name in MemberTasks.__struct_fields__})


def all_holders(stores: Stores) -> HoldersAnswer:
    """Everybody to whom tasks may be given."""
    with stores.ledger.read() as conn:
        return HoldersAnswer([HolderAnswer(each.id, each.name, each.more) for each in holders.all_holders(conn)])


def rung_of(stores: Stores, person: int) -> RungAnswer:
    """Where a person stands, and what to try next. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        kept = kept_person(conn, person)
        found = rungs_of(conn, [kept], stores.clock.now())[kept]
    return RungAnswer(kept, found.stands, found.next, found.zh, found.en)


def template_told(stores: Stores, key: str, seen: Seen = whole) -> TemplateAnswer:
    """Raises :class:`NotFound`."""
    return _template(templates.template_named(stores, key), templates.used(stores).get(key, 0), seen)


def all_templates(stores: Stores, seen: Seen = whole) -> TemplatesAnswer:
    """Every template."""
    used = templates.used(stores)
    return TemplatesAnswer([_template(each, used.get(each.key, 0), seen) for each in templates.all_templates(stores)])


def _template(found: Template, used: int, seen: Seen) -> TemplateAnswer:
    draft = found.draft
    told = {name: seen(getattr(draft, name)) for name in ("name", "title", "script")}
    said = {name: getattr(draft, name) for name in ("minutes", "who", "made_of")}
    return TemplateAnswer(key=found.key, ready=found.ready, used=used, **told, **said)


def save_template(stores: Stores, number: int, name: str) -> TemplateAnswer:
    """A task's words and note for the whole team, under a name."""
    draft = templates.from_task(stores, EVERYTHING, number)
    named = Draft(name, draft.title, draft.script, draft.minutes, draft.who, draft.made_of)
    return template_told(stores, templates.add_template(stores, BY, named))


def add_template(stores: Stores, draft: Draft) -> TemplateAnswer:
    """A new one."""
    return template_told(stores, templates.add_template(stores, BY, draft))


def remove_template(stores: Stores, key: str) -> TemplateRemoved:
    """Throw an own one away."""
    templates.remove_template(stores, key)
    return TemplateRemoved(key)
