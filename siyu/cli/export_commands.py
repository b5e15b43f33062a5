"""``siyu export``: people as a file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


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
        format=asked.format,
        purpose=asked.purpose,
        columns=[name.strip() for name in asked.columns.split(",") if name.strip()],
        masked=asked.masked,
        alone=call.alone,
        watch=call.watch,
    )
    call.note("export", **{name: told[name] for name in ("purpose", "audience", "rows", "without_consent")})
    return told


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="写到哪里；后缀决定格式 · where to; its ending says the format")
    parser.add_argument("--audience", metavar="ID", type=int, help="只要这个人群 · the members of this audience alone")
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
            "siyu export people hashed.csv --audience 3 --purpose advertising",
        ),
        "people_exported",
    ),
)
