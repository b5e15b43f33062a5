"""Reach → task board: what staff have to do for whom, until when; a task's own page; giving, doing and handing on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from siyu.content.fields import FIELDS
from siyu.growth.leads import reading as leads
from siyu.people.finding import find_exactly
from siyu.people.queries import Search, people_page
from siyu.reach.journeys import drafts
from siyu.reach.staff_tasks import doing, figures, giving, holders, queries, templates
from siyu.reach.staff_tasks.doing import Result
from siyu.reach.staff_tasks.ladder import rungs_of
from siyu.reach.staff_tasks.model import (
    ADVISER,
    CANCELLED_FOR,
    MINUTES_MAX,
    NOTE_CHARACTERS_MAX,
    OUTCOMES,
    PERSONS_MAX,
    POOL,
    RUNGS,
    STATES,
    Looker,
    Task,
    Wish,
)
from siyu.reach.staff_tasks.queries import Asked
from siyu.staff import queries as staff
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import journey_words, menu
from siyu.web.current import may, note, t
from siyu.web.forms import Form
from siyu.web.paging import Id, cut, place_of, whole
from siyu.web.routes import page, submit
from siyu.web.scope import asked as query
from siyu.web.seeing import names_may_be_asked, names_seen, seen
from siyu.web.view import Html, View

menu.page("reach", "/tasks", "任务板", "Task board", permission="tasks.read", order=25, letter="k")

COLUMNS = ("late", "open", "taken", "done")
"""Of the board: what is most urgent comes first."""
CARDS = 20
FOUND_MAX = 200
"""People whose name fits a search."""
SOON_SHARE = 4
"""Less than this part of its time left, a task is urgent."""


@dataclass(frozen=True, slots=True)
class Card:
    """A task as it is shown. ``clock`` is how much time is left, ``mood`` how it is (good, warn, bad, plain); ``free``:
    nobody has begun, and it is the reader's or anybody's."""

    task: Task
    name: str
    holder: str
    clock: str
    mood: str
    free: bool


def span(seconds: float) -> str:
    """A length of time in its two largest units: ``2 天 3 小时``."""
    minutes = int(abs(seconds) // 60)
    days, rest = divmod(minutes, 1440)
    hours, rest = divmod(rest, 60)
    parts = [(days, "天", "d"), (hours, "小时", "h"), (rest, "分钟", "min")]
    said = [t(f"{many} {zh}", f"{many} {en}") for many, zh, en in parts if many]
    return " ".join(said[:2]) or t("不到 1 分钟", "under a minute")


def clock(task: Task, now: datetime) -> tuple[str, str]:
    """How much time is left, or what became of it; and how that is."""
    if task.state == "cancelled":
        return t("已取消", "cancelled"), "plain"
    if task.ended is not None:
        over = (task.ended - task.due).total_seconds()
        return (
            (t("按时完成", "in time"), "good") if over <= 0 else (t(f"晚了 {span(over)}", f"{span(over)} late"), "warn")
        )
    left = (task.due - now).total_seconds()
    if left < 0:
        return t(f"超时 {span(left)}", f"{span(left)} late"), "bad"
    whole_time = (task.due - task.created).total_seconds()
    return t(f"还剩 {span(left)}", f"{span(left)} left"), "warn" if left * SOON_SHARE < whole_time else "plain"


def cards_of(stores: Stores, tasks: Sequence[Task], own: Sequence[str] = ()) -> list[Card]:
    """Tasks with the names that the reader may see; ``own``: the names under which tasks are theirs."""
    now = stores.clock.now()
    people = names_seen(stores, {each.person for each in tasks})
    with stores.ledger.read() as conn:
        members = holders.names_of(conn, {each.holder for each in tasks})
    return [
        Card(
            each,
            people.get(each.person, ""),
            seen(members.get(each.holder, "")),
            *clock(each, now),
            free=each.undone and each.taken is None and each.holder in (POOL, *own),
        )
        for each in tasks
    ]


def looker_of(stores: Stores, actor: Actor) -> Looker:
    """What the reader may see of tasks."""
    with stores.ledger.read() as conn:
        return holders.looker_of(conn, actor)


def own_names(stores: Stores, actor: Actor) -> tuple[str, ...]:
    """The names under which tasks are the reader's."""
    if actor.kind != "staff" or actor.id is None:
        return ()
    with stores.ledger.read() as conn:
        return holders.names_of_member(conn, actor.id)


# --- the board


@page("/tasks", "tasks.read")
def board(view: View, stores: Stores, actor: Actor, column: str = "", cursor: str = "") -> Html:
    given = query()
    who, words = given.get("who", "mine"), given.get("q", "").strip()[:200]
    looker, names = looker_of(stores, actor), own_names(stores, actor)
    wanted = _asked(stores, who, words, names)
    if view.htmx and column in COLUMNS and cursor:
        return view.render("reach/task_cards.html", column=_column(stores, looker, wanted, column, cursor, names))
    numbers = queries.counts(stores, looker, wanted)
    columns = [_column(stores, looker, wanted, each, cursor if each == column else "", names) for each in COLUMNS]
    here = given.get("state", "")
    if here not in COLUMNS:
        here = next((each for each in COLUMNS if numbers[each]), "open")
    whole, _ = figures.figures(stores, looker)
    return view.render(
        "reach/tasks.html",
        columns=columns,
        numbers=numbers,
        state_here=here,
        who=who,
        words=words,
        whose=_whose(stores, looker, names),
        members=_members(stores),
        states={key: t(*said) for key, said in STATES.items()},
        figures=whole,
        mine=_mine(stores, names),
        empty=not any(numbers.values()) and not words,
        about=queries.COUNTED_MAX,
    )


def _asked(stores: Stores, who: str, words: str, names: tuple[str, ...]) -> Asked:
    about: list[int] = []
    if words:
        found = people_page(stores, Search(text=words, in_names=names_may_be_asked(words)), limit=FOUND_MAX)
        persons = {*find_exactly(stores, words), *(each.person for each in found.rows)}
        with stores.ledger.read() as conn:
            about = queries.nodes_of(conn, sorted(persons))
    since = stores.clock.now() - queries.DONE_SHOWN
    base = Asked(words=words, about=about, since=since)
    held: Mapping[str, dict[str, Any]] = {
        "all": {},
        "mine": {"holders": names},
        "pool": {"holders": (POOL,)},
        "told": {"told": names},
    }
    return replace(base, **held.get(who, {"holders": (who,)}))


def _column(
    stores: Stores, looker: Looker, wanted: Asked, state: str, cursor: str, own: Sequence[str]
) -> dict[str, Any]:
    place = place_of(cursor, int, int)
    after = None if place is None else (int(place[0]), int(place[1]))
    here = replace(wanted, state=state)
    found = queries.tasks_page(stores, looker, here, after=after, rows_max=CARDS + 1)
    rows, following = cut(found, CARDS, queries.place)
    return {"state": state, "cards": cards_of(stores, rows, own), "next": following}


def _whose(stores: Stores, looker: Looker, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Whose tasks the board may show."""
    found = [("mine", t("我的", "Mine"))] if names else []
    found += [
        ("all", t("全部", "Everybody's") if looker.everything else t("我能看的", "All that I may see")),
        ("pool", t("任务池", "The pool")),
        ("told", t("上报给我的", "Passed up to me")),
    ]
    return found


def _members(stores: Stores) -> list[tuple[str, str]]:
    with stores.ledger.read() as conn:
        return [(each.id, seen(f"{each.name}（{each.more}）")) for each in holders.all_holders(conn)]


def _mine(stores: Stores, names: tuple[str, ...]) -> queries.Mine:
    with stores.ledger.read() as conn:
        return queries.waiting_for(conn, names, stores.clock.now())


# --- one task


@page("/tasks/{task:int}", "tasks.read")
def one(view: View, stores: Stores, actor: Actor, task: Id) -> Html:
    return _one(view, stores, actor, task, Form.showing(rung="", outcome=""))


def _one(view: View, stores: Stores, actor: Actor, task: int, form: Form) -> Html:
    found = queries.one_task(stores, looker_of(stores, actor), task)
    (card,) = cards_of(stores, [found])
    with stores.ledger.read() as conn:
        rung = rungs_of(conn, [found.person], stores.clock.now())[found.person]
    show = view.render if form.ok else view.invalid
    return show(
        "reach/task.html",
        card=card,
        task=found,
        script=queries.scripts_of(stores, [found], seen)[found.id],
        form=form,
        rung=rung,
        cancelled_for=CANCELLED_FOR,
        mine=found.holder in own_names(stores, actor),
        may_cancel=may(holders.MANAGE) or found.by == actor.tag,
        members=_members(stores),
        said=(t(*OUTCOMES.get(found.outcome, ("—", "—"))), t(*RUNGS.get(found.rung, ("—", "—")))),
        rungs=[(key, t(*said)) for key, said in RUNGS.items()],
        outcomes=[(key, t(*said)) for key, said in OUTCOMES.items()],
        states={key: t(*said) for key, said in STATES.items()},
        note_max=NOTE_CHARACTERS_MAX,
        from_journey=_from_journey(stores, found),
        lead=leads.lead_of_task(stores, found.id),
    )


def _from_journey(stores: Stores, task: Task) -> dict[str, str]:
    """What the journey and the step are called that gave it; nothing where it was given by hand."""
    if task.journey is None or task.version is None or task.node is None:
        return {}
    names = journey_words.node_names(stores, task.journey, [task.version])
    return {"name": drafts.get(stores, task.journey).name, "step": names.get(task.node, task.node)}


@submit("/tasks/{task:int}/take", "tasks.write", audits="task_taken", about="task:{task}")
def take(view: View, stores: Stores, actor: Actor, task: Id) -> Html:
    doing.take(stores, looker_of(stores, actor), actor.tag, task)
    return view.redirect(f"/tasks/{task}", toast=("已领取，归您处理", "It is yours now"))


def result_of(form: Form) -> Result:
    """How a task went, as a form says it."""
    return Result(
        form.text("note", characters_max=NOTE_CHARACTERS_MAX, lines=True),
        form.choice("outcome", ["", *OUTCOMES], default=""),
        form.choice("rung", ["", *RUNGS], default=""),
    )


@submit("/tasks/{task:int}/done", "tasks.write", audits="task_finished", about="task:{task}")
def done(view: View, stores: Stores, actor: Actor, form: Form, task: Id) -> Html:
    with form.errors_kept():
        result = result_of(form)
        if form.ok:
            doing.finish(stores, looker_of(stores, actor), actor.tag, task, result)
            return view.redirect("/tasks", toast=("已完成", "Done"), undo=f"/tasks/{task}/reopen")
    return _one(view, stores, actor, task, form)


@submit("/tasks/{task:int}/reopen", "tasks.write", audits="task_reopened", about="task:{task}")
def reopen(view: View, stores: Stores, actor: Actor, task: Id) -> Html:
    doing.reopen(stores, looker_of(stores, actor), task)
    return view.redirect(f"/tasks/{task}", toast=("已撤销，任务重新打开", "It is to do again"))


@submit("/tasks/{task:int}/hand-over", "tasks.write", audits="task_handed_over", about="task:{task}")
def hand_over(view: View, stores: Stores, actor: Actor, form: Form, task: Id) -> Html:
    with form.errors_kept():
        doing.hand_over(stores, looker_of(stores, actor), task, form.get("to"))
        return view.redirect("/tasks", toast=("已转交", "Handed on"))
    return _one(view, stores, actor, task, form)


@submit("/tasks/{task:int}/cancel", "tasks.write", audits="task_cancelled", about="task:{task}")
def cancel(view: View, stores: Stores, actor: Actor, task: Id) -> Html:
    doing.cancel(stores, looker_of(stores, actor), actor.tag, task)
    return view.redirect("/tasks", toast=("已取消", "Cancelled"), undo=f"/tasks/{task}/reopen")


@submit("/tasks/hand-over", "tasks.write", audits="tasks_handed_over", about="tasks")
def hand_some(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    """The chosen ones; or, of a whole member, everything that is left to do."""
    looker, to = looker_of(stores, actor), form.get("to")
    if giver := form.get("giver"):
        moved = doing.hand_over_all(stores, looker, "" if giver == "pool" else giver, to)
    else:
        chosen = [number for text in form.all("task") if (number := whole(text))]
        if not chosen:
            raise BadInput("task_none", "请先勾选任务。", "Choose tasks first.", field="task")
        moved = doing.hand_some(stores, looker, chosen, to)
    note(tasks=moved)
    return view.redirect("/tasks?who=all", toast=(f"已转交 {moved} 个任务", f"{moved} tasks handed on"))


# --- giving


@page("/tasks/new", "tasks.write")
def new(view: View, stores: Stores, person: str = "", template: str = "") -> Html:
    base = templates.template_named(stores, template).draft if template else templates.Draft("", "")
    shown = Form.showing(
        persons=person,
        template=template,
        title=base.title,
        script=base.script,
        minutes=base.minutes,
        to=base.who,
        escalate_to="",
    )
    return _form_page(view, stores, shown)


def _form_page(view: View, stores: Stores, form: Form) -> Html:
    show = view.render if form.ok else view.invalid
    logins = [(each.login, f"{each.name}（{each.login}）") for each in staff.members(stores) if each.disabled is None]
    return show(
        "reach/task_form.html",
        form=form,
        templates=templates.all_templates(stores),
        members=_members(stores),
        logins=logins,
        fields=FIELDS,
    )


@submit("/tasks/new", "tasks.write", audits="task_given")
def give(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        persons = _persons(stores, form)
        wish = Wish(
            form.text("title", required=True, characters_max=100),
            form.get("script").replace("\r\n", "\n"),
            form.whole("minutes", low=1, high=MINUTES_MAX),
            form.get("to", ADVISER),
            form.get("escalate_to"),
            form.get("template"),
        )
        if form.ok:
            numbers = giving.give(stores, actor.tag, persons, wish)
            note(f"task:{numbers[0]}", persons=len(numbers))
            where = f"/tasks/{numbers[0]}" if len(numbers) == 1 else "/tasks?who=all"
            if not may(holders.MANAGE):
                where = "/tasks"  # what one gave may be another's, whom one does not see
            toast = (f"已布置 {len(numbers)} 个任务", f"{len(numbers)} task{'s' * (len(numbers) > 1)} given")
            return view.redirect(where, toast=toast)
    return _form_page(view, stores, form)


def _persons(stores: Stores, form: Form) -> list[int]:
    """The people that a form names: numbers, or whole identifiers."""
    words = [word for word in form.get("persons").replace("，", ",").replace("\n", ",").split(",") if word.strip()]
    if not 1 <= len(words) <= PERSONS_MAX:
        raise BadInput("task_persons", "请填写客户编号。", "Say which people.", field="persons")
    found: list[int] = []
    for word in words:
        text = word.strip()
        persons = find_exactly(stores, text)
        if len(persons) != 1:
            raise BadInput(
                "not_one_person",
                f"“{text[:20]}”不是一位客户的编号或完整的身份标识。",
                f"“{text[:20]}” is not the number or a whole identifier of one person.",
                field="persons",
            )
        found += persons
    return found


# --- the team


@page("/tasks/team", "tasks.read")
def team(view: View, stores: Stores, actor: Actor, days: int = figures.DAYS) -> Html:
    days = days if days in (7, 30, 90) else figures.DAYS
    whole_team, lines = figures.figures(stores, looker_of(stores, actor), days)
    return view.render("reach/task_team.html", whole=whole_team, lines=lines, days=days, members=_members(stores))


ROUTES = [board, hand_some, new, give, team, one, take, done, reopen, hand_over, cancel]
