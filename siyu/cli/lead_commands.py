"""``siyu form``, ``siyu lead``: lead forms, bookings, and who came by them."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command, pairs
from siyu.cli.values import day_in, moment_in, words_in


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of forms."""
    from msgspec import to_builtins

    from siyu.growth.leads import command

    asked = call.arguments
    return to_builtins(command.forms_told(call.stores, asked.words, asked.stage, asked.before, asked.limit))


def show(call: Call) -> Mapping[str, Any]:
    """One form."""
    return _form(call, call.arguments.form)


def add(call: Call) -> Mapping[str, Any]:
    """Make a draft."""
    from siyu.growth.leads import command, keeping
    from siyu.growth.leads.keeping import FormDraft

    draft = command.drafted(FormDraft(""), _given(call))
    return _form(call, keeping.add_form(call.stores, "cli", draft).id)


def change(call: Call) -> Mapping[str, Any]:
    """Change what may be changed."""
    from siyu.growth.leads import command, keeping, reading

    number = call.arguments.form
    draft = command.draft_of(call.stores, reading.get_form(call.stores, number))
    return _form(call, keeping.change_form(call.stores, "cli", number, command.drafted(draft, _given(call))).id)


def use(call: Call) -> Mapping[str, Any]:
    """Put it to use."""
    from siyu.growth.leads import keeping

    return _form(call, keeping.put_to_use(call.stores, call.arguments.form).id)


def pause(call: Call) -> Mapping[str, Any]:
    """Let it rest."""
    from siyu.growth.leads import keeping

    return _form(call, keeping.pause(call.stores, call.arguments.form).id)


def end(call: Call) -> Mapping[str, Any]:
    """End it for good, its address said as a confirmation."""
    from siyu.growth.leads import keeping, reading
    from siyu.storage import BadInput

    number = call.arguments.form
    if reading.get_form(call.stores, number).slug != call.arguments.confirm:
        raise BadInput(
            "not_confirmed",
            "请用 --confirm 写出表单的地址（slug）。结束后不能恢复。",
            "Say the form's slug with --confirm: once ended it can't come back.",
            field="confirm",
        )
    return _form(call, keeping.end(call.stores, number).id)


def texts(call: Call) -> Mapping[str, Any]:
    """Every version of notice and consent."""
    from msgspec import to_builtins

    from siyu.growth.leads import command

    return to_builtins(command.texts_told(call.stores, call.arguments.form))


def slots(call: Call) -> Mapping[str, Any]:
    """Times ahead."""
    from msgspec import to_builtins

    from siyu.growth.leads import command

    return to_builtins(command.slots_told(call.stores, call.arguments.form))


def add_slots(call: Call) -> Mapping[str, Any]:
    """Make times that can be booked."""
    from msgspec import to_builtins

    from siyu.growth.codes import hours
    from siyu.growth.leads import command, keeping
    from siyu.storage import BadInput

    asked = call.arguments
    first, last = day_in("first", asked.first), day_in("last", asked.last)
    if first is None or last is None:
        raise BadInput("required", "请写明起止日期。", "Say from which day to which.", field="first")
    spans = hours.read(asked.hours)
    added = keeping.add_slots(call.stores, asked.form, first, last, spans, asked.minutes, asked.seats)
    call.note(f"lead_form:{asked.form}")
    return to_builtins(command.slots_told(call.stores, asked.form, added))


def change_slot(call: Call) -> Mapping[str, Any]:
    """Other seats, or none any more."""
    from msgspec import to_builtins

    from siyu.growth.leads import command, keeping

    asked = call.arguments
    off = None if asked.off is None else asked.off == "yes"
    call.note(f"lead_form:{asked.form}")
    changed = keeping.change_slot(call.stores, asked.form, asked.slot, seats=asked.seats, off=off)
    return to_builtins(command.slot_told(changed))


def figures(call: Call) -> Mapping[str, Any]:
    """What came of it."""
    from msgspec import to_builtins

    from siyu.growth.leads import command

    asked = call.arguments
    first, last = day_in("first", asked.first), day_in("last", asked.last)
    return to_builtins(command.figures_told(call.stores, asked.form, first, last))


def leads(call: Call) -> Mapping[str, Any]:
    """A page of leads."""
    from msgspec import to_builtins

    from siyu.growth.leads import command

    asked = call.arguments
    wanted = command.asked_for(asked.form, asked.state, asked.words, asked.person, asked.before)
    return to_builtins(command.leads_told(call.stores, wanted, asked.limit))


def lead(call: Call) -> Mapping[str, Any]:
    """One lead."""
    return _lead(call, call.arguments.lead)


def hand_over(call: Call) -> Mapping[str, Any]:
    """Say who is to answer."""
    from siyu.growth.leads import doing

    return _lead(call, doing.hand_over(call.stores, call.arguments.lead, call.arguments.to).id)


def set_note(call: Call) -> Mapping[str, Any]:
    """A note of staff."""
    from siyu.growth.leads import doing

    return _lead(call, doing.set_note(call.stores, call.arguments.lead, call.arguments.note).id)


def drop(call: Call) -> Mapping[str, Any]:
    """It was none."""
    from siyu.growth.leads import doing

    return _lead(call, doing.drop(call.stores, "cli", call.arguments.lead).id)


def drop_all(call: Call) -> Mapping[str, Any]:
    """They were made up: all of one network."""
    from siyu.growth.leads import floods

    return {"leads": floods.drop_all(call.stores, "cli", call.arguments.lead)}


def cancel(call: Call) -> Mapping[str, Any]:
    """A booking does not take place."""
    from siyu.growth.leads import doing

    return _lead(call, doing.cancel(call.stores, "cli", call.arguments.lead).id)


def _form(call: Call, number: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.leads import command

    told = command.told(call.stores, number)
    call.note(f"lead_form:{number}", name=told.name)
    return to_builtins(told)


def _lead(call: Call, number: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.leads import command

    call.note(f"lead:{number}")
    return to_builtins(command.lead_told(call.stores, number))


_OF_FORM = ("name", "kind", "slug", "text_zh", "text_en", "thanks_zh", "thanks_en", "lapse_days")
_LIMITS = (
    ("device_day", "一台设备一天最多几条", "of a device and day"),
    ("network_day", "一个网络一天最多几条，0 不限", "of a network and day, 0: any"),
    ("form_hour", "整张表单一小时最多几条，0 不限", "of the form and hour, 0: any"),
)
_OF_ROUTING = ("way", "minutes", "escalate_to", "script")
_OF_TEXT = ("notice_zh", "notice_en", "purpose", "consent_zh", "consent_en")


def _given(call: Call) -> dict[str, Any]:
    """What the command line says, under the names of a draft; an empty moment means none."""
    asked = vars(call.arguments)
    given: dict[str, Any] = {name: asked[name] for name in _OF_FORM if name in asked}
    for name in ("begins", "ends"):
        if name in asked:
            given[name] = moment_in(call, name, asked[name]) if asked[name] else None
    limits = {name: asked[name] for name, *_ in _LIMITS if name in asked}
    if limits:
        given["limits"] = limits
    routing: dict[str, Any] = {name: asked[name] for name in _OF_ROUTING if name in asked}
    if "staff" in asked:
        routing["staff"] = words_in(asked["staff"])
    if "area" in asked:
        routing["areas"] = _areas(asked["area"])
    if "hours" in asked:
        routing["hours"] = [span.strip() for span in asked["hours"].split(";") if span.strip()]
    if "adviser" in asked:
        routing["adviser"] = asked["adviser"] == "yes"
    shown = {name: asked[name] for name in _OF_TEXT if name in asked}
    more = {"routing": routing, "shown": shown, "fields": _fields(asked["field"]) if "field" in asked else None}
    return given | {name: value for name, value in more.items() if value}


def _areas(texts: list[str]) -> list[Any]:
    from siyu.growth.leads.model import Area

    return [Area(holder, tuple(words_in(cities))) for holder, cities in pairs("area", texts).items()]


def _fields(texts: list[str]) -> list[Any]:
    """Name, phone and wish, then those written ``key:label[:choice/choice]``; a key with ``!`` behind is required."""
    from siyu.growth.leads.model import FIRST_FIELDS, Field

    found: list[Any] = list(FIRST_FIELDS)
    for text in texts:
        key, _, more = text.partition(":")
        label, _, options = more.partition(":")
        choices = tuple(each.strip() for each in options.split("/") if each.strip())
        name = key.removesuffix("!").strip()
        kind = "choice" if choices else "city" if name == "city" else "text"
        found.append(Field(name, kind, label.strip() or name, required=key.endswith("!"), choices=choices))
    return found


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("form", metavar="ID", type=int, help="表单编号 · the form's number")


def _page(parser: ArgumentParser) -> None:
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · rows a page")


def _list(parser: ArgumentParser) -> None:
    stages = ("", "draft", "live", "paused", "ended")
    parser.add_argument("--words", default="", help="按名称、地址搜索 · in name or address")
    parser.add_argument("--stage", choices=stages, default="", help="状态 · the stage")
    _page(parser)


_TEXTS = (
    ("text-zh", "页面说明 · what the page says"),
    ("text-en", "页面说明（英文） · the same in English"),
    ("thanks-zh", "提交后的话 · what is said once it is sent"),
    ("thanks-en", "提交后的话（英文） · the same in English"),
    ("notice-zh", "隐私告知 · the privacy notice"),
    ("notice-en", "隐私告知（英文） · the same in English"),
    ("consent-zh", "另外同意什么 · a further consent"),
    ("consent-en", "另外同意什么（英文） · the same in English"),
    ("staff", "轮流答复的成员，逗号分隔 · who take turns, by login"),
    ("hours", "答复时限只在这些时段走，分号分隔 · spans in which the clock runs"),
    ("escalate-to", "超时通知谁 · the login of who is told what is late"),
    ("script", "话术 · what staff say"),
    ("begins", "开始 · from when"),
    ("ends", "结束 · until when"),
)


def _draft(parser: ArgumentParser) -> None:
    for name, words in _TEXTS:
        parser.add_argument(f"--{name}", dest=name.replace("-", "_"), metavar="TEXT", default=SUPPRESS, help=words)
    parser.add_argument(
        "--purpose",
        choices=("", "marketing", "service", "profiling", "sharing"),
        default=SUPPRESS,
        help="另外征求的同意用于 · purpose of the further consent",
    )
    parser.add_argument("--way", choices=("turn", "region", "hand"), default=SUPPRESS, help="分配方式 · who gets it")
    parser.add_argument(
        "--area",
        metavar="LOGIN=CITY,CITY",
        action="append",
        default=SUPPRESS,
        help="谁负责哪些城市 · whose cities are whose",
    )
    parser.add_argument(
        "--field",
        metavar="KEY:LABEL[:A/B]",
        action="append",
        default=SUPPRESS,
        help="自有字段，KEY! 为必填 · a field of your own; KEY! is required",
    )
    parser.add_argument(
        "--adviser", choices=("yes", "no"), default=SUPPRESS, help="老客户先给自己的顾问 · a customer's adviser first"
    )
    parser.add_argument(
        "--minutes", metavar="N", type=int, default=SUPPRESS, help="答复时限（分钟） · minutes to answer"
    )
    parser.add_argument(
        "--lapse-days", dest="lapse_days", metavar="N", type=int, default=SUPPRESS, help="多少天没有下单算未成交 · days"
    )
    for name, zh, en in _LIMITS:
        parser.add_argument(
            f"--{name.replace('_', '-')}", dest=name, metavar="N", type=int, default=SUPPRESS, help=f"{zh} · {en}"
        )


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称，也是页面标题 · its title")
    parser.add_argument("--kind", choices=("form", "booking"), default="form", help="留资或预约 · what it is")
    parser.add_argument("--slug", default="", help="地址 /m/f/ 后面的部分 · its address")
    _draft(parser)


def _change(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--name", metavar="NAME", default=SUPPRESS, help="名称 · its title")
    _draft(parser)


def _end(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--confirm", metavar="SLUG", default="", help="写出地址以确认 · its slug, to confirm")


def _add_slots(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--first", metavar="DAY", required=True, help="第一天 · the first day")
    parser.add_argument("--last", metavar="DAY", required=True, help="最后一天 · the last day")
    parser.add_argument("--hours", metavar="SPANS", required=True, help="时段，如 1-5 09:00-18:00 · spans of the week")
    parser.add_argument("--minutes", metavar="N", type=int, required=True, help="每段多少分钟 · minutes of each")
    parser.add_argument("--seats", metavar="N", type=int, default=1, help="每段名额 · seats in each")


def _slot(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("slot", metavar="SLOT", type=int, help="时段编号 · the time's number")
    parser.add_argument("--seats", metavar="N", type=int, default=None, help="名额 · its seats")
    parser.add_argument("--off", choices=("yes", "no"), default=None, help="停止预约 · nobody books it any more")


def _figures(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--first", metavar="DAY", default="", help="第一天 · the first day")
    parser.add_argument("--last", metavar="DAY", default="", help="最后一天 · the last day")


def _leads(parser: ArgumentParser) -> None:
    states = ("", "new", "late", "answered", "converted", "lapsed", "cancelled", "dropped")
    parser.add_argument("--form", metavar="ID", type=int, default=None, help="哪张表单 · of one form")
    parser.add_argument("--state", choices=states, default="", help="状态 · the state")
    parser.add_argument("--words", default="", help="完整手机号，或称呼、需求里的字 · a phone, or words")
    parser.add_argument("--person", metavar="ID", type=int, default=None, help="哪位客户 · of one person")
    _page(parser)


def _number(parser: ArgumentParser) -> None:
    parser.add_argument("lead", metavar="ID", type=int, help="线索编号 · the lead's number")


def _hand(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("to", metavar="WHO", help="登录名，或 pool · a login, or pool")


def _note(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("note", metavar="TEXT", help="备注 · the note")


COMMANDS = (
    Command(("form", "list"), "列出表单", "Forms", list_all, _list, ("siyu form list --json",)),
    Command(("form", "show"), "查看一张表单", "One form", show, _one, ("siyu form show 1",)),
    Command(
        ("form", "add"),
        "新建留资表单或预约（草稿）",
        "Make a lead form or a booking",
        add,
        _add,
        ("siyu form add 免费试听 --notice-zh 仅用于与您联系 --way turn --staff anna,ben --minutes 30",),
        "lead_form_added",
    ),
    Command(
        ("form", "change"),
        "修改表单",
        "Change a form",
        change,
        _change,
        ("siyu form change 1 --minutes 60",),
        "lead_form_changed",
    ),
    Command(("form", "use"), "启用表单", "Put it to use", use, _one, ("siyu form use 1",), "lead_form_used"),
    Command(("form", "pause"), "暂停表单", "Let it rest", pause, _one, ("siyu form pause 1",), "lead_form_paused"),
    Command(
        ("form", "end"),
        "结束表单，不能恢复",
        "End it for good",
        end,
        _end,
        ("siyu form end 1 --confirm free-trial",),
        "lead_form_ended",
    ),
    Command(("form", "texts"), "告知与同意的每个版本", "Versions agreed to", texts, _one, ("siyu form texts 1",)),
    Command(("form", "slots"), "查看可预约的时段", "Times to book", slots, _one, ("siyu form slots 1",)),
    Command(
        ("form", "add-slots"),
        "添加预约时段",
        "Add times to book",
        add_slots,
        _add_slots,
        ('siyu form add-slots 1 --first 2026-12-01 --last 2026-12-31 --hours "1-5 10:00-18:00" --minutes 60',),
        "lead_slots_added",
    ),
    Command(
        ("form", "slot"),
        "修改一个预约时段",
        "Change a time",
        change_slot,
        _slot,
        ("siyu form slot 1 7 --seats 3",),
        "lead_slot_changed",
    ),
    Command(
        ("form", "figures"),
        "看过、提交、按时答复、成交",
        "Looked, sent, answered, bought",
        figures,
        _figures,
        ("siyu form figures 1 --json",),
    ),
    Command(("lead", "list"), "列出线索", "Leads", leads, _leads, ("siyu lead list --state late --json",)),
    Command(("lead", "show"), "查看一条线索", "One lead", lead, _number, ("siyu lead show 1",)),
    Command(
        ("lead", "hand-over"),
        "分配给某人答复",
        "Say who answers",
        hand_over,
        _hand,
        ("siyu lead hand-over 1 anna",),
        "lead_handed_over",
    ),
    Command(("lead", "note"), "写备注", "Keep a note", set_note, _note, ("siyu lead note 1 周末再打",), "lead_noted"),
    Command(("lead", "drop"), "标记无效", "It was none", drop, _number, ("siyu lead drop 1",), "lead_dropped"),
    Command(
        ("lead", "drop-all"),
        "同一网络的线索全部标记无效",
        "Drop all of its network",
        drop_all,
        _number,
        ("siyu lead drop-all 1",),
        "leads_dropped",
    ),
    Command(
        ("lead", "cancel"), "取消预约", "Cancel a booking", cancel, _number, ("siyu lead cancel 1",), "lead_cancelled"
    ),
)
