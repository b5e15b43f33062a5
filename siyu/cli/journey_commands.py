"""``siyu journey``: drafts, what is wrong with them, versions, figures, who is where."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from siyu.cli.audience_commands import read_file
from siyu.cli.command import Call, Command, pairs

if TYPE_CHECKING:
    from siyu.channels import Channels

BY = "cli"
T = TypeVar("T")


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of journeys."""
    from siyu.reach.journeys import command

    asked = call.arguments
    wanted = {name: getattr(asked, name) for name in ("words", "state", "archived", "after")}
    found = command.page_told(call.stores, **wanted, rows_max=asked.limit)
    return command.plain(found)


def show(call: Call) -> Mapping[str, Any]:
    """One journey with its draft."""
    return _told(call, call.arguments.journey)


def add(call: Call) -> Mapping[str, Any]:
    """A new draft from a file."""
    from siyu.reach.journeys import drafts
    from siyu.reach.journeys.text import read_text

    draft = read_text(read_file(call, call.arguments.file, "file"))
    number = drafts.create(call.stores, BY, draft)
    call.note(f"journey:{number}", name=draft.name)
    return _told(call, number)


def change(call: Call) -> Mapping[str, Any]:
    """Put a file in the place of the draft."""
    from siyu.reach.journeys import drafts
    from siyu.reach.journeys.text import read_text

    drafts.revise(call.stores, call.arguments.journey, read_text(read_file(call, call.arguments.file, "file")))
    return _changed(call)


def check(call: Call) -> Mapping[str, Any]:
    """What is wrong with the draft."""
    from siyu.reach.journeys import command, drafts

    number = call.arguments.journey
    draft = drafts.get(call.stores, number).draft
    return _with_channels(
        call, lambda channels: command.plain(command.problems_told(call.stores, channels, draft, number))
    )


def text(call: Call) -> Mapping[str, Any]:
    """The draft, or a version, as text."""
    from siyu.reach.journeys import command

    asked = call.arguments
    found = command.text_told(call.stores, asked.journey, asked.of_version, asked.words)
    if asked.to:
        call.path(asked.to).write_text(found.text, "utf-8")
    return command.plain(found)


def copy(call: Call) -> Mapping[str, Any]:
    """A new draft with the same document."""
    from siyu.reach.journeys import drafts

    number = drafts.copy(call.stores, BY, call.arguments.journey)
    call.note(f"journey:{call.arguments.journey}", copy=number)
    return _told(call, number)


def archive(call: Call) -> Mapping[str, Any]:
    """Put it away."""
    from siyu.reach.journeys import drafts

    drafts.archive(call.stores, call.arguments.journey)
    return _changed(call)


def restore(call: Call) -> Mapping[str, Any]:
    """Bring it back."""
    from siyu.reach.journeys import drafts

    drafts.restore(call.stores, call.arguments.journey)
    return _changed(call)


def publish(call: Call) -> Mapping[str, Any]:
    """Make the draft a version."""
    from siyu.reach.journeys import publishing

    number, moves = call.arguments.journey, pairs("move", call.arguments.move)

    def act(channels: Channels) -> int:
        return publishing.publish(call.stores, channels, BY, number, moves=moves)

    version = _with_channels(call, act)
    call.note(f"journey:{number}", version=version)
    return {"journey": number, "version": version}


def pause(call: Call) -> Mapping[str, Any]:
    """Nobody goes on for now."""
    from siyu.reach.journeys import publishing

    publishing.pause(call.stores, call.arguments.journey)
    return _changed(call)


def resume(call: Call) -> Mapping[str, Any]:
    """Go on."""
    from siyu.reach.journeys import publishing

    publishing.resume(call.stores, call.arguments.journey)
    return _changed(call)


def close(call: Call) -> Mapping[str, Any]:
    """Nobody comes in any more."""
    from siyu.reach.journeys import publishing

    publishing.close(call.stores, call.arguments.journey)
    return _changed(call)


def stop(call: Call) -> Mapping[str, Any]:
    """Everybody leaves."""
    from siyu.reach.journeys import publishing

    publishing.stop(call.stores, call.arguments.journey)
    return _changed(call)


def enter(call: Call) -> Mapping[str, Any]:
    """Send people in."""
    from siyu.audiences.command import person_number
    from siyu.reach.journeys import calling

    asked = call.arguments
    persons = [person_number(call.stores, each) for each in asked.persons]
    many = calling.send_in(call.stores, BY, asked.journey, persons)
    if asked.audience is not None:
        many += calling.send_audience_in(call.stores, BY, asked.journey, asked.audience)
    call.note(f"journey:{asked.journey}", persons=many)
    return {"people": many}


def versions(call: Call) -> Mapping[str, Any]:
    """Every version."""
    from siyu.reach.journeys import command

    return command.plain(command.versions_told(call.stores, call.arguments.journey))


def changes(call: Call) -> Mapping[str, Any]:
    """What is different between two versions."""
    from siyu.reach.journeys import command

    asked = call.arguments
    return command.plain(command.changes_told(call.stores, asked.journey, asked.of_version, asked.to))


def figures(call: Call) -> Mapping[str, Any]:
    """How many went which way."""
    from siyu.reach.journeys import command

    return command.plain(command.figures_told(call.stores, call.arguments.journey, call.arguments.of_version))


def arms(call: Call) -> Mapping[str, Any]:
    """What came of the arms of a split."""
    from siyu.reach.journeys import command
    from siyu.reach.journeys.arms_told import arms_told

    asked = call.arguments
    return command.plain(arms_told(call.stores, asked.journey, asked.of_version, asked.node, asked.days))


def people_inside(call: Call) -> Mapping[str, Any]:
    """Who is in it now."""
    from siyu.people.finding import find_exactly
    from siyu.reach.journeys import command

    asked = call.arguments
    found = command.people_told(
        call.stores,
        asked.journey,
        asked.of_version,
        node=asked.node,
        persons=find_exactly(call.stores, asked.words) if asked.words else None,
        after=asked.after,
        rows_max=asked.limit,
    )
    return command.plain(found)


def path(call: Call) -> Mapping[str, Any]:
    """Where a person is and was."""
    from siyu.audiences.command import person_number
    from siyu.reach.journeys import command, queries

    person = person_number(call.stores, call.arguments.person)
    return command.plain(queries.path(call.stores, person, call.arguments.journey))


def _told(call: Call, number: int) -> Mapping[str, Any]:
    from siyu.reach.journeys import command

    return command.plain(command.told(call.stores, number))


def _changed(call: Call) -> Mapping[str, Any]:
    """The journey that a command was about, as it is now."""
    call.note(f"journey:{call.arguments.journey}")
    return _told(call, call.arguments.journey)


def _with_channels(call: Call, act: Callable[[Channels], T]) -> T:
    from siyu.channels import channels_of

    channels = channels_of(call.stores)
    try:
        return act(channels)
    finally:
        channels.close()


# -- arguments ---------------------------------------------------------------------------------------------


def _journey(parser: ArgumentParser) -> None:
    parser.add_argument("journey", metavar="ID", type=int, help="旅程编号 · the journey's number")


def _file(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="旅程文件，YAML 或 JSON · the document, YAML or JSON")


def _version(parser: ArgumentParser) -> None:
    parser.add_argument("--of-version", metavar="N", type=int, help="版本，默认现行版本 · the version; else what runs")


def _change_arguments(parser: ArgumentParser) -> None:
    _journey(parser)
    _file(parser)


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--words", default="", help="名称的一部分 · part of the name")
    parser.add_argument(
        "--state", choices=("", "draft", "running", "paused", "closing", "stopped"), default="", help="状态 · the state"
    )
    parser.add_argument("--archived", action="store_true", help="已归档的 · those put away")
    parser.add_argument("--after", metavar="NEXT", default="", help="上一页的 next · next of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · journeys a page")


def _text_arguments(parser: ArgumentParser) -> None:
    _journey(parser)
    parser.add_argument("--of-version", metavar="N", type=int, help="版本，默认草稿 · a version; else the draft")
    parser.add_argument("--words", choices=("zh", "en"), default="zh", help="注释的语言 · language of the comments")
    parser.add_argument("--to", metavar="FILE", default="", help="写入文件 · a file to write it to")


def _publish_arguments(parser: ArgumentParser) -> None:
    _journey(parser)
    parser.add_argument(
        "--move",
        metavar="OLD=NEW",
        action="append",
        default=[],
        help="停在旧版某步的人转到新版哪一步；没写的走完旧版 · whom to move where; the others finish",
    )


def _enter_arguments(parser: ArgumentParser) -> None:
    _journey(parser)
    parser.add_argument("persons", metavar="PERSON", nargs="*", help="客户编号或 phone=… · numbers or identifiers")
    parser.add_argument("--audience", metavar="ID", type=int, help="人群里的所有人 · everybody in an audience")


def _changes_arguments(parser: ArgumentParser) -> None:
    _journey(parser)
    parser.add_argument("of_version", metavar="VERSION", type=int, help="从哪一版 · from this version")
    parser.add_argument("--to", metavar="N", type=int, help="到哪一版，默认草稿 · to another; else to the draft")


def _figures_arguments(parser: ArgumentParser) -> None:
    _journey(parser)
    _version(parser)


def _arms_arguments(parser: ArgumentParser) -> None:
    _figures_arguments(parser)
    parser.add_argument("--node", metavar="STEP", help="随机分流，默认第一个 · the split; else the first")
    parser.add_argument("--days", metavar="N", type=int, default=7, help="分流后几天内 · days after the split")


def _people_arguments(parser: ArgumentParser) -> None:
    _figures_arguments(parser)
    parser.add_argument("--node", metavar="STEP", help="只看停在这一步的 · at this step alone")
    parser.add_argument("--words", default="", help="客户编号或身份标识 · a person's number or an identifier")
    parser.add_argument("--after", metavar="NEXT", default="", help="上一页的 next · next of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页人数 · people a page")


def _path_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "person", metavar="PERSON", help="客户编号，或 phone=… 这样的身份标识 · a person's number, or an identifier"
    )
    parser.add_argument("--journey", metavar="ID", type=int, help="只看一个旅程 · of one journey")


_JOURNEY = "siyu journey"
COMMANDS = (
    Command(
        ("journey", "add"),
        "从文件新建旅程草稿",
        "A new draft from a file",
        add,
        _file,
        (f"{_JOURNEY} add journey.yaml --json",),
        "journey_drafted",
    ),
    Command(("journey", "list"), "列出旅程", "Journeys", list_all, _list_arguments, (f"{_JOURNEY} list --json",)),
    Command(
        ("journey", "show"), "查看一个旅程与草稿", "One journey with its draft", show, _journey, (f"{_JOURNEY} show 1",)
    ),
    Command(
        ("journey", "change"),
        "用文件替换草稿",
        "Put a file in the place of the draft",
        change,
        _change_arguments,
        (f"{_JOURNEY} change 1 journey.yaml",),
        "journey_revised",
    ),
    Command(
        ("journey", "check"),
        "发布前检查草稿：每个问题在哪一步",
        "What is wrong with the draft, each thing at its step",
        check,
        _journey,
        (f"{_JOURNEY} check 1 --json",),
    ),
    Command(
        ("journey", "text"),
        "以可读文本导出草稿或某一版",
        "The draft, or a version, as text to read and edit",
        text,
        _text_arguments,
        (f"{_JOURNEY} text 1 --to kept.yaml",),
    ),
    Command(
        ("journey", "copy"),
        "复制成新草稿",
        "A new draft with the same document",
        copy,
        _journey,
        (f"{_JOURNEY} copy 1",),
        "journey_copied",
    ),
    Command(
        ("journey", "archive"),
        "归档未发布或已停止的旅程",
        "Put a journey away that is not under way",
        archive,
        _journey,
        (f"{_JOURNEY} archive 1",),
        "journey_archived",
    ),
    Command(
        ("journey", "restore"),
        "恢复已归档的旅程",
        "Bring an archived journey back",
        restore,
        _journey,
        (f"{_JOURNEY} restore 1",),
        "journey_restored",
    ),
    Command(
        ("journey", "publish"),
        "发布草稿为新版本；在途的人按 --move 转移，其余在旧版走完",
        "Make the draft a version; those inside move as --move says, or finish on theirs",
        publish,
        _publish_arguments,
        (f"{_JOURNEY} publish 1 --json",),
        "journey_published",
    ),
    Command(
        ("journey", "enter"),
        "把客户或人群送入旅程",
        "Send people or an audience in",
        enter,
        _enter_arguments,
        (f"{_JOURNEY} enter 1 customer:import=17850", f"{_JOURNEY} enter 1 --audience 1"),
        "people_sent_into_journey",
    ),
    Command(
        ("journey", "versions"),
        "列出各版本与在途人数",
        "Versions, and how many are in each",
        versions,
        _journey,
        (f"{_JOURNEY} versions 1 --json",),
    ),
    Command(
        ("journey", "changes"),
        "两版之间改了什么，在途的人可怎样转移",
        "What changed between versions, and how people could move",
        changes,
        _changes_arguments,
        (f"{_JOURNEY} changes 1 1 --json",),
    ),
    Command(
        ("journey", "figures"),
        "每一步、每条路有多少人",
        "How many are at each step and went each way",
        figures,
        _figures_arguments,
        (f"{_JOURNEY} figures 1 --json",),
    ),
    Command(
        ("journey", "arms"),
        "比较随机分流的各个分支：目标、留存、好友、打开，附区间",
        "The arms of a random split compared: goal, retention, friends, opens, with intervals",
        arms,
        _arms_arguments,
        (f"{_JOURNEY} arms 1 --days 14 --json",),
    ),
    Command(
        ("journey", "people"),
        "谁在旅程里，停在哪一步",
        "Who is in it now, and where",
        people_inside,
        _people_arguments,
        (f"{_JOURNEY} people 1 --node wait --json",),
    ),
    Command(
        ("journey", "pause"),
        "暂停：谁也不前进，什么也不发",
        "Nobody goes on and nothing is sent",
        pause,
        _journey,
        (f"{_JOURNEY} pause 1",),
        "journey_paused",
    ),
    Command(
        ("journey", "resume"),
        "从暂停处继续",
        "Go on as before the pause",
        resume,
        _journey,
        (f"{_JOURNEY} resume 1",),
        "journey_resumed",
    ),
    Command(
        ("journey", "close"),
        "停止进人，在途的人走完",
        "Nobody comes in; those inside finish",
        close,
        _journey,
        (f"{_JOURNEY} close 1",),
        "journey_closed",
    ),
    Command(
        ("journey", "stop"),
        "停止：所有人离开，待发的取消",
        "Everybody leaves, what waits to be sent is given up",
        stop,
        _journey,
        (f"{_JOURNEY} stop 1",),
        "journey_stopped",
    ),
    Command(
        ("journey", "path"),
        "一位客户走过的旅程",
        "One person's way through journeys",
        path,
        _path_arguments,
        (f"{_JOURNEY} path customer:import=17850 --json",),
    ),
)
