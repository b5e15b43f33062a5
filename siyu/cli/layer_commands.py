"""``siyu layers``: the schemes that put people into layers."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siyu.cli.command import Call, Command, pairs

if TYPE_CHECKING:
    from siyu.audiences.layers.command import SchemeFile


def show(call: Call) -> Mapping[str, Any]:
    """Every scheme, with how many people are in each layer."""
    from siyu.audiences import layers
    from siyu.audiences.layers import command

    with call.stores.ledger.read() as conn:
        known = layers.schemes(conn)
    return {"schemes": [command.told(call.stores, each) for each in known]}


def compute(call: Call) -> Mapping[str, Any]:
    """Work out one scheme, or every one that is switched on; how many people changed layer."""
    from siyu.audiences import layers

    key: str = call.arguments.scheme
    if key:
        changed: Mapping[str, Any] = {"changed": {key: layers.compute(call.stores, key)}}
    else:
        changed = layers.compute_all(call.stores, call.watch)
    _audit(call, "layers_computed", key)
    return changed


def preview(call: Call) -> Mapping[str, Any]:
    """How many people a scheme from a file, or other thresholds, would put into each layer. Nothing is kept."""
    from siyu.audiences import layers
    from siyu.audiences.layers import command

    name: str = call.arguments.scheme
    if name.endswith(".json"):
        read = _read(call)
        wished = layers.own_scheme(read.key or "preview", read.zh, read.en, command.read_layers(read.layers))
    else:
        with call.stores.ledger.read() as conn:
            wished = layers.changed_scheme(conn, name, _values(call))
    found = layers.preview(call.stores, wished)
    return {"layers": {key: people for key, people in found.items() if key}, "none": found.get("", 0)}


def change(call: Call) -> Mapping[str, Any]:
    """Set thresholds of a built-in scheme, or switch any scheme on or off."""
    from siyu.audiences import layers
    from siyu.audiences.layers import command

    with call.stores.ledger.read() as conn:
        known = layers.scheme(conn, call.arguments.scheme)
    enabled = known.enabled if call.arguments.enabled is None else call.arguments.enabled == "yes"
    found = layers.change(call.stores, known.key, _values(call), enabled)
    _audit(call, "layers_changed", known.key)
    return command.told(call.stores, found)


def add(call: Call) -> Mapping[str, Any]:
    """Make a scheme of one's own from a file, or put it in the place of the one with its key."""
    from siyu.audiences import layers
    from siyu.audiences.layers import command

    read = _read(call)
    with call.stores.ledger.read() as conn:
        key = read.key or layers.free_key(conn)
    found = layers.add_own(call.stores, key, read.zh, read.en, command.read_layers(read.layers))
    _audit(call, "layers_added", key)
    return command.told(call.stores, found)


def remove(call: Call) -> Mapping[str, Any]:
    """Take away a scheme of one's own."""
    from siyu.audiences import layers

    key: str = call.arguments.scheme
    layers.remove_own(call.stores, key)
    _audit(call, "layers_removed", key)
    return {"removed": key}


def restore(call: Call) -> Mapping[str, Any]:
    """Bring back a scheme that was taken away, or the first thresholds of a built-in one."""
    from siyu.audiences import layers
    from siyu.audiences.layers import command

    key: str = call.arguments.scheme
    found = layers.restore(call.stores, key)
    _audit(call, "layers_restored", key)
    return command.told(call.stores, found)


def _read(call: Call) -> SchemeFile:
    from siyu.audiences.layers.command import read_scheme
    from siyu.cli.audience_commands import read_file

    return read_scheme(read_file(call, call.arguments.scheme, "scheme"))


def _values(call: Call) -> dict[str, int | str]:
    given = pairs("set", call.arguments.set)
    return {key: int(value) if value.isascii() and value.isdigit() else value for key, value in given.items()}


def _audit(call: Call, action: str, key: str) -> None:
    from siyu.staff import audit

    with call.stores.ledger.write() as conn:
        audit.record(conn, call.stores.clock.now(), "cli", action, f"layers:{key}" if key else "layers", {})


def _scheme_argument(parser: ArgumentParser) -> None:
    parser.add_argument("scheme", metavar="SCHEME", help="方案代号，如 lifecycle · the scheme's key, such as lifecycle")


def _file_argument(parser: ArgumentParser) -> None:
    parser.add_argument("scheme", metavar="SCHEME.json", help="方案文件 · the file of the scheme")


def _optional_scheme(parser: ArgumentParser) -> None:
    parser.add_argument("scheme", metavar="SCHEME", nargs="?", default="", help="不填则全部 · all of them without it")


def _set_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="界限，可多次 · a threshold, repeatable"
    )


def _preview_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "scheme", metavar="SCHEME", help="方案代号，或方案文件 · a scheme's key, or the file of a scheme (.json)"
    )
    _set_option(parser)


def _change_arguments(parser: ArgumentParser) -> None:
    _scheme_argument(parser)
    _set_option(parser)
    parser.add_argument("--enabled", choices=("yes", "no"), help="是否计算 · whether it is worked out")


COMMANDS = (
    Command(("layers", "list"), "分层方案与各层人数", "The schemes, with people by layer", show),
    Command(
        ("layers", "compute"),
        "计算分层",
        "Work the layers out",
        compute,
        _optional_scheme,
        ("siyu layers compute", "siyu layers compute lifecycle --json"),
    ),
    Command(
        ("layers", "preview"),
        "改了会怎样：只数人，不保存",
        "What a change would do; nothing is kept",
        preview,
        _preview_arguments,
        ("siyu layers preview lifecycle --set sleeping_days=60", "siyu layers preview scheme.json"),
    ),
    Command(
        ("layers", "set"),
        "修改界限，启用或停用",
        "Set thresholds, switch on or off",
        change,
        _change_arguments,
        ("siyu layers set spending --set high_amount=3000", "siyu layers set scene --enabled no"),
    ),
    Command(
        ("layers", "add"),
        "新建或替换自己的方案",
        "Make a scheme of your own, or replace it",
        add,
        _file_argument,
        ("siyu layers add scheme.json",),
    ),
    Command(
        ("layers", "remove"),
        "删除自己的方案",
        "Take away a scheme of your own",
        remove,
        _scheme_argument,
        ("siyu layers remove mine",),
    ),
    Command(
        ("layers", "restore"),
        "恢复已删除的方案，或内置方案的默认界限",
        "Bring back a removed scheme, or a built-in one's first thresholds",
        restore,
        _scheme_argument,
        ("siyu layers restore spending",),
    ),
)
