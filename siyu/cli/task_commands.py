"""``siyu task``: tasks for staff."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from functools import partial
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """Tasks by state and holder."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command, queries

    asked = call.arguments
    persons = None
    if asked.person is not None:
        with call.stores.ledger.read() as conn:
            persons = queries.nodes_of(conn, [asked.person])
    whose = None if asked.holder is None else [command.holder_of(call.stores, asked.holder)]
    wanted = queries.Asked(asked.state, whose, asked.words, persons=persons)
    return to_builtins(command.listed(call.stores, wanted, asked.limit))


def show(call: Call) -> Mapping[str, Any]:
    """One task."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command

    return to_builtins(command.one(call.stores, call.arguments.task))


def give(call: Call) -> Mapping[str, Any]:
    """New tasks, in words of their own or a template's."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command, templates
    from siyu.reach.staff_tasks.model import Wish

    asked = call.arguments
    base = templates.template_named(call.stores, asked.template).draft if asked.template else None
    wish = Wish(
        title=asked.title or (base.title if base else ""),
        script=(base.script if base else "") if asked.script is None else asked.script,
        minutes=asked.minutes or (base.minutes if base else 60),
        to=asked.to or (base.who if base else "adviser"),
        escalate_to=asked.escalate_to,
        template=asked.template,
    )
    made = command.give(call.stores, asked.person, wish)
    call.note(f"task:{made.tasks[0]}", persons=len(made.tasks))
    return to_builtins(made)


def take(call: Call) -> Mapping[str, Any]:
    """A member begins."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command

    call.note(f"task:{call.arguments.task}")
    return to_builtins(command.take(call.stores, call.arguments.task, call.arguments.member))


def done(call: Call) -> Mapping[str, Any]:
    """It is done."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command
    from siyu.reach.staff_tasks.doing import Result

    asked = call.arguments
    call.note(f"task:{asked.task}")
    result = Result(asked.note, asked.outcome, asked.rung)
    return to_builtins(command.finish(call.stores, asked.task, asked.member, result))


def hand(call: Call) -> Mapping[str, Any]:
    """Another is to do it."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command

    call.note(f"task:{call.arguments.task}")
    return to_builtins(command.hand(call.stores, call.arguments.task, call.arguments.to))


def hand_all(call: Call) -> Mapping[str, Any]:
    """Everything that one member has left to do goes to another."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command, doing
    from siyu.reach.staff_tasks.model import EVERYTHING

    giver = command.holder_of(call.stores, call.arguments.giver)
    moved = doing.hand_over_all(call.stores, EVERYTHING, giver, call.arguments.to)
    call.note("", tasks=moved)
    return to_builtins(command.TasksMoved(moved))


def change_state(verb: str, call: Call) -> Mapping[str, Any]:
    """Reopen or cancel."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command

    call.note(f"task:{call.arguments.task}")
    act = {"reopen": command.reopen, "cancel": command.cancel}[verb]
    return to_builtins(act(call.stores, call.arguments.task))


def team(call: Call) -> Mapping[str, Any]:
    """Figures."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command
    from siyu.reach.staff_tasks.model import EVERYTHING

    return to_builtins(command.team(call.stores, EVERYTHING, call.arguments.days))


def holders(call: Call) -> Mapping[str, Any]:
    """To whom tasks may be given."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command

    return to_builtins(command.all_holders(call.stores))


def rung(call: Call) -> Mapping[str, Any]:
    """A person on the ladder of closeness."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command

    return to_builtins(command.rung_of(call.stores, call.arguments.person))


def templates(call: Call) -> Mapping[str, Any]:
    """Every template."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command

    return to_builtins(command.all_templates(call.stores))


def add_template(call: Call) -> Mapping[str, Any]:
    """A new template, or one made of a task."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command
    from siyu.reach.staff_tasks.templates import Draft

    asked = call.arguments
    if asked.task is not None:
        made = command.save_template(call.stores, asked.task, asked.name)
    else:
        draft = Draft(asked.name, asked.title or asked.name, asked.script, asked.minutes, asked.to)
        made = command.add_template(call.stores, draft)
    call.note(f"task_template:{made.key}", name=made.name)
    return to_builtins(made)


def remove_template(call: Call) -> Mapping[str, Any]:
    """Throw a template away."""
    from msgspec import to_builtins

    from siyu.reach.staff_tasks import command

    call.note(f"task_template:{call.arguments.template}")
    return to_builtins(command.remove_template(call.stores, call.arguments.template))


STATES = ("", "undone", "open", "taken", "late", "done", "cancelled")
OUTCOMES = ("", "reached", "no_answer", "declined")
RUNGS = ("", "text", "voice", "video", "meeting")
_MEMBER = "员工登录名 · the login of a member of staff"
_WHOM = "登录名、holders 列出的编号，或 pool · a login, an id of holders, or pool"


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--state", choices=STATES, default="undone", help="状态 · state")
    parser.add_argument("--holder", metavar="WHO", help=_WHOM)
    parser.add_argument("--person", metavar="N", type=int, help="只看这位客户 · only this person's")
    parser.add_argument("--words", metavar="TEXT", default="", help="任务名中的词 · words of the title")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="最多几个 · how many at most")


def _task_argument(parser: ArgumentParser) -> None:
    parser.add_argument("task", metavar="ID", type=int, help="任务编号 · its number")


def _give_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="N", type=int, nargs="+", help="客户编号 · numbers of people")
    parser.add_argument("--template", metavar="KEY", default="", help="模板 · a template: greet, answer, 3")
    parser.add_argument("--title", metavar="TEXT", default="", help="任务名 · what is to do")
    parser.add_argument("--script", metavar="TEXT", help="话术，可用字段 {{ person.name }} · the script, in Liquid")
    parser.add_argument("--minutes", metavar="N", type=int, help="时限（分钟） · minutes until it is late")
    parser.add_argument("--to", metavar="WHO", default="", help="adviser（各自顾问）或 · adviser, or " + _WHOM)
    parser.add_argument("--escalate-to", metavar="LOGIN", default="", help="超时上报给 · who is told when it is late")


def _take_arguments(parser: ArgumentParser) -> None:
    _task_argument(parser)
    parser.add_argument("--member", metavar="LOGIN", required=True, help=_MEMBER)


def _done_arguments(parser: ArgumentParser) -> None:
    _task_argument(parser)
    parser.add_argument("--member", metavar="LOGIN", default="", help=_MEMBER)
    parser.add_argument("--note", metavar="TEXT", default="", help="备注 · a note")
    parser.add_argument("--outcome", choices=OUTCOMES, default="", help="结果 · outcome")
    parser.add_argument("--rung", choices=RUNGS, default="", help="联系方式 · how they were in touch")


def _hand_arguments(parser: ArgumentParser) -> None:
    _task_argument(parser)
    parser.add_argument("to", metavar="WHO", help=_WHOM)


def _hand_all_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("giver", metavar="FROM", help=_WHOM)
    parser.add_argument("to", metavar="TO", help=_WHOM)


def _team_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--days", metavar="N", type=int, default=30, help="近几天 · of how many days")


def _person_argument(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="N", type=int, help="客户编号 · the number of a person")


def _template_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="模板名称 · its name")
    parser.add_argument("--task", metavar="ID", type=int, help="取自这个任务 · made of this task")
    parser.add_argument("--title", metavar="TEXT", default="", help="任务名 · what is to do")
    parser.add_argument("--script", metavar="TEXT", default="", help="话术 · the script")
    parser.add_argument("--minutes", metavar="N", type=int, default=60, help="时限（分钟） · minutes")
    parser.add_argument("--to", metavar="WHO", default="adviser", help="adviser、pool 或成员 · adviser, pool, a member")


def _key_argument(parser: ArgumentParser) -> None:
    parser.add_argument("template", metavar="KEY", help="模板编号 · its number")


COMMANDS = (
    Command(
        ("task", "give"),
        "布置任务，默认给各自的顾问",
        "Give tasks, by default to each one's adviser",
        give,
        _give_arguments,
        (
            "siyu task give 1 --template greet --escalate-to chief --json",
            "siyu task give 1 2 --title 回访 --minutes 1440 --to anna",
        ),
        "task_given",
    ),
    Command(
        ("task", "list"),
        "列出员工任务，默认为待处理的",
        "Tasks for staff, by default what is to do",
        list_all,
        _list_arguments,
        ("siyu task list --json", "siyu task list --state late --holder anna"),
    ),
    Command(
        ("task", "show"),
        "看一个任务和写好的话术",
        "One task, its script written out",
        show,
        _task_argument,
        ("siyu task show 1 --json",),
    ),
    Command(
        ("task", "take"),
        "替员工领取任务",
        "A member of staff begins",
        take,
        _take_arguments,
        ("siyu task take 1 --member anna",),
        "task_taken",
    ),
    Command(
        ("task", "hand"),
        "转交任务",
        "Another is to do it",
        hand,
        _hand_arguments,
        ("siyu task hand 1 ben",),
        "task_handed_over",
    ),
    Command(
        ("task", "done"),
        "完成任务，记下结果",
        "It is done, with its outcome",
        done,
        _done_arguments,
        ("siyu task done 1 --member anna --outcome reached --rung voice --note 想看新品",),
        "task_finished",
    ),
    Command(
        ("task", "reopen"),
        "撤销完成或取消",
        "Not done, or not cancelled, after all",
        partial(change_state, "reopen"),
        _task_argument,
        ("siyu task reopen 1",),
        "task_reopened",
    ),
    Command(
        ("task", "cancel"),
        "取消任务",
        "It need not be done",
        partial(change_state, "cancel"),
        _task_argument,
        ("siyu task cancel 1",),
        "task_cancelled",
    ),
    Command(
        ("task", "hand-all"),
        "把一个人未完成的任务全部转交",
        "All that one has left to do goes to another",
        hand_all,
        _hand_all_arguments,
        ("siyu task hand-all anna ben",),
        "tasks_handed_over",
    ),
    Command(
        ("task", "team"),
        "每位成员的待办、超时、按时率和用时",
        "What waits, what is late, how much was in time, how quick",
        team,
        _team_arguments,
        ("siyu task team --days 7 --json",),
    ),
    Command(
        ("task", "holders"),
        "可以接任务的成员",
        "To whom tasks may be given",
        holders,
        examples=("siyu task holders --json",),
    ),
    Command(
        ("task", "rung"),
        "一位客户在亲近阶梯的哪一级，下一级是什么",
        "Where a person is on the ladder of closeness, and what is next",
        rung,
        _person_argument,
        ("siyu task rung 1 --json",),
    ),
    Command(
        ("task", "templates"),
        "列出任务模板",
        "Templates of tasks",
        templates,
        examples=("siyu task templates --json",),
    ),
    Command(
        ("task", "template-add"),
        "新建任务模板，或把做得好的任务存成模板",
        "A new template, or one made of a task well done",
        add_template,
        _template_arguments,
        ("siyu task template-add 首次问候 --task 1", "siyu task template-add 回访 --script 你好 --minutes 1440"),
        "task_template_added",
    ),
    Command(
        ("task", "template-remove"),
        "删除任务模板",
        "Throw a template away",
        remove_template,
        _key_argument,
        ("siyu task template-remove 1",),
        "task_template_removed",
    ),
)
