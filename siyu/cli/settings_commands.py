"""``siyu settings``: the installation's preferences."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def show(call: Call) -> Mapping[str, Any]:
    """Every preference with its value."""
    from siyu.jobs import preferences

    return {"settings": preferences.values(call.stores)}


def change(call: Call) -> Mapping[str, Any]:
    """Set one preference; the text is read as the type of its default."""
    from siyu.jobs import preferences

    name, text = call.arguments.name, call.arguments.value
    with call.stores.ledger.write() as conn:
        value = preferences.parse(name, text)
        preferences.put(conn, name, value, at=call.stores.clock.now(), by="cli")
    call.note("settings", **{name: value})
    return {"settings": {name: value}}


def _change_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("value", metavar="VALUE")


COMMANDS = (
    Command(("settings", "list"), "列出设置", "Show the installation's settings", show),
    Command(
        ("settings", "set"),
        "修改一项设置",
        "Change one setting",
        change,
        _change_arguments,
        ("siyu settings set timezone Europe/London",),
        "settings_changed",
    ),
)
