"""``siyu export``: people as a file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from siyu.cli.command import Call, Command

if TYPE_CHECKING:
    from siyu.people.queries import Search


def people(call: Call) -> Mapping[str, Any]:
    """Where the file is, and how many people it holds. Written to the audit log."""
    from siyu.audiences.exported import bind
    from siyu.people.exporting.command import export_to

    bind()
    asked = call.arguments
    told = export_to(
        call.stores,
        call.path(asked.file),
        by="cli",
        audience=asked.audience,
        search=_search(call),
        format=asked.format,
        purpose=asked.purpose,
        columns=[name.strip() for name in asked.columns.split(",") if name.strip()],
        masked=asked.masked,
        alone=call.alone,
        watch=call.watch,
    )
    call.note("export", **{name: told[name] for name in ("purpose", "audience", "rows", "without_consent")})
    return told


def own(call: Call) -> Mapping[str, Any]:
    """Everything that is kept of one person, into a file."""
    import json

    from siyu.insight.own_data import everything_of

    asked = call.arguments
    found = everything_of(call.stores, asked.person)
    told = {"person": found["person"], "tables": {name: len(rows) for name, rows in found["tables"].items()}}
    call.note(f"person:{found['person']}", tables=len(found["tables"]), events=len(found["events"]))
    path = call.path(asked.file)
    path.touch(0o600)
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
    return {**told, "events": len(found["events"]), "file": str(path)}


def _own_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="ID", type=int, help="客户编号 · the person's number")
    parser.add_argument("file", metavar="FILE", help="写到哪里（JSON）· where to, as JSON")


def _search(call: Call) -> Search | None:
    """What the filters ask for; none where none is given."""
    from siyu.people.queries import Search

    asked = call.arguments
    seen = None if asked.seen_days is None else call.stores.clock.now() - timedelta(days=asked.seen_days)
    search = Search(
        text=asked.search,
        tags=asked.tag,
        cities=asked.city,
        sources=asked.source,
        kinds=asked.kind,
        consent=asked.consent,
        seen_since=seen,
        orders_min=asked.orders_min,
    )
    return None if search == Search(tags=[], cities=[], sources=[], kinds=[]) else search


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="写到哪里；后缀决定格式 · where to; its ending says the format")
    parser.add_argument("--audience", metavar="ID", type=int, help="只要这个人群 · the members of this audience alone")
    parser.add_argument(
        "--search", metavar="WORDS", default="", help="姓名、身份标识或 #编号 · name, identifier, #number"
    )
    for name, said in (
        ("tag", "标签编号 · number of a tag"),
        ("city", "城市 · city"),
        ("source", "来源 · origin"),
        ("kind", "有这种身份标识 · holds an identifier of this kind"),
    ):
        kind = int if name == "tag" else str
        parser.add_argument(f"--{name}", type=kind, metavar=name.upper(), action="append", default=[], help=said)
    parser.add_argument("--consent", metavar="PURPOSE:CHANNEL", default="", help="已同意；前加 - 为已拒绝 · given")
    parser.add_argument("--seen-days", metavar="N", type=int, help="多少天内活跃过 · seen within days")
    parser.add_argument("--orders-min", metavar="N", type=int, default=0, help="至少多少单 · at least so many orders")
    parser.add_argument("--format", choices=("csv", "xlsx", "parquet"), help="格式 · the format")
    parser.add_argument(
        "--purpose",
        choices=("list", "advertising"),
        default="list",
        help="名单，或投放平台用的哈希（只有手机号与邮箱的 SHA-256，且只含同意提供的人）· "
        "a list, or SHA-256 of phones and e-mails of those who agreed to sharing",
    )
    parser.add_argument(
        "--columns", metavar="A,B", default="", help="哪些列，默认全部 · which columns; all of them by default"
    )
    parser.add_argument("--masked", action="store_true", help="手机号与邮箱打码 · phones and e-mails as 138****1234")


COMMANDS = (
    Command(
        ("export", "people"),
        "导出客户",
        "Export people",
        people,
        _arguments,
        (
            "siyu export people 客户.xlsx --columns name,phone,city --json",
            "siyu export people 上海.xlsx --city 上海 --seen-days 90 --masked",
            "siyu export people hashed.csv --audience 3 --purpose advertising",
        ),
        "people_exported",
    ),
    Command(
        ("export", "person"),
        "导出一位客户的全部资料（JSON），交给本人",
        "Everything that is kept of one person (JSON), to hand to them",
        own,
        _own_arguments,
        ("siyu export person 12 客户12.json --json",),
        "own_data_exported",
    ),
)
