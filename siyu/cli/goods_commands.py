"""``siyu goods``: the catalogue."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of goods."""
    from msgspec import to_builtins

    from siyu.commerce.goods import command

    asked = call.arguments
    return to_builtins(
        command.goods_told(call.stores, asked.words, asked.category, asked.sale, asked.before, asked.limit)
    )


def show(call: Call) -> Mapping[str, Any]:
    """One of them."""
    from msgspec import to_builtins

    from siyu.commerce.goods import command, keeping

    return to_builtins(command.good_told(keeping.get_good(call.stores, call.arguments.good)))


def take_file(call: Call) -> Mapping[str, Any]:
    """Take in a list."""
    from msgspec import to_builtins

    from siyu.commerce.goods import command, files

    path = call.path(call.arguments.file)
    told = command.file_told(files.take_file(call.stores, "cli", path, path.name))
    call.note("goods", added=told.added, changed=told.changed)
    return to_builtins(told)


def change(call: Call) -> Mapping[str, Any]:
    """Change fields by hand."""
    from msgspec import to_builtins

    from siyu.commerce.goods import command, keeping

    asked = call.arguments
    fields: dict[str, Any] = {
        name: getattr(asked, name)
        for name in ("name", "category", "cents", "cycle_days", "suits", "url", "picture")
        if getattr(asked, name) is not None
    }
    if asked.sale:
        fields["on_sale"] = asked.sale == "on"
    found, _ = keeping.change_good(call.stores, "cli", asked.good, fields)
    call.note(f"good:{found.id}", name=found.title)
    return to_builtins(command.good_told(found))


def sold(call: Call) -> Mapping[str, Any]:
    """What sold of it."""
    from msgspec import to_builtins

    from siyu.commerce.goods import command

    return to_builtins(command.sold_told(call.stores, call.arguments.good))


def cycle(call: Call) -> Mapping[str, Any]:
    """How long it lasts."""
    from msgspec import to_builtins

    from siyu.commerce.goods import command

    return to_builtins(command.cycle_told(call.stores, call.arguments.good))


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--words", metavar="TEXT", default="", help="名称、编号、类目 · in name, number, category")
    parser.add_argument("--category", metavar="TEXT", default="", help="类目 · of a category")
    parser.add_argument("--sale", choices=("on", "off"), default="", help="在售或停售 · on sale, or not")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="从哪里继续 · go on below this number")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="最多几个 · how many at most")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("good", metavar="ID", type=int, help="商品在本系统的编号 · its number here")


def _file(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="CSV 或 Excel · the list")


def _change(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--name", metavar="TEXT", default=None, help="名称 · its name")
    parser.add_argument("--category", metavar="TEXT", default=None, help="类目 · its category")
    parser.add_argument("--cents", metavar="N", type=int, default=None, help="价格（分） · its price in cents")
    parser.add_argument("--cycle-days", metavar="N", type=int, default=None, help="能用几天 · how many days it lasts")
    parser.add_argument("--suits", metavar="TEXT", default=None, help="适合谁 · for whom")
    parser.add_argument("--url", metavar="URL", default=None, help="购买地址 · where it is sold")
    parser.add_argument("--picture", metavar="URL", default=None, help="图片地址 · its picture")
    parser.add_argument("--sale", choices=("on", "off"), default="", help="在售或停售 · on sale, or not")


COMMANDS = (
    Command(
        ("goods", "import"),
        "导入商品表（再导一次不会变化）",
        "Take in a list of goods",
        take_file,
        _file,
        ("siyu goods import goods.csv",),
        "goods_told",
    ),
    Command(("goods", "list"), "列出商品", "The catalogue", list_all, _list, ("siyu goods list --sale on --json",)),
    Command(("goods", "show"), "查看商品", "One product", show, _one, ("siyu goods show 1",)),
    Command(
        ("goods", "change"),
        "修改商品；改过的项不再被数据覆盖",
        "Change a product by hand",
        change,
        _change,
        ("siyu goods change 1 --cycle-days 45",),
        "good_changed",
    ),
    Command(("goods", "sold"), "近 30 天卖了多少", "What sold in 30 days", sold, _one, ("siyu goods sold 1",)),
    Command(
        ("goods", "cycle"), "按订单推算能用多久", "How long it lasts, by orders", cycle, _one, ("siyu goods cycle 1",)
    ),
)
