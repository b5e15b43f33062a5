"""``siyu backup`` and ``siyu restore``: an installation on files, as one file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu import __version__
from siyu.cli.command import Call, Command

WITHOUT_KEY = {
    "zh": "备份不含密钥 secret.key：请单独保管它；没有它，渠道密码无法解密，已发链接失效。",
    "en": "secret.key is not in the backup: keep it apart. Without it, channels' passwords can't be read and links "
    "already sent lead nowhere.",
}
WITH_KEY = {
    "zh": "备份含有密钥 secret.key：谁得到这个文件，谁就能读出渠道密码。",
    "en": "The backup holds secret.key: whoever gets the file can read the channels' passwords.",
}


def back_up(call: Call) -> Mapping[str, Any]:
    """Where the backup is, and what it holds."""
    from siyu.people import backup

    target = call.path(call.arguments.file)
    held = backup.back_up(call.stores, target, version=__version__, with_key=call.arguments.with_key, watch=call.watch)
    call.note("backup", people=held.people, events=held.events, with_key=held.with_key)
    return {"file": str(target), "bytes": target.stat().st_size, **held.as_json(), "note": _note(held.with_key)}


def restore(call: Call) -> Mapping[str, Any]:
    """What was restored, and what to do about the key."""
    from siyu.people import backup
    from siyu.staff import audit

    held = backup.restore(call.stores, call.path(call.arguments.file), watch=call.watch)
    now = call.stores.clock.now()
    with call.stores.ledger.write() as conn:
        audit.record(conn, now, "cli", "backup_restored", "backup", {"people": held.people, "events": held.events})
    return {**held.as_json(), "home": str(call.stores.home), "note": _note(held.with_key)}


def _note(with_key: bool) -> Mapping[str, str]:
    return WITH_KEY if with_key else WITHOUT_KEY


def _backup_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="写到哪里 · where to")
    parser.add_argument("--with-key", action="store_true", help="连同密钥 secret.key · with secret.key, the key")


def _restore_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="备份文件 · the backup")


COMMANDS = (
    Command(
        ("backup",),
        "备份整个安装（运行中也可以）",
        "Back up the whole installation, also while it runs",
        back_up,
        _backup_arguments,
        ("siyu backup /backups/siyu-2026-11-22.zip",),
        "backed_up",
    ),
    Command(
        ("restore",),
        "把备份恢复到一个新的数据目录",
        "Restore a backup into a new home folder",
        restore,
        _restore_arguments,
        ("siyu --home /srv/siyu-new restore /backups/siyu-2026-11-22.zip",),
    ),
)
