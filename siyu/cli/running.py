"""Runs a command: on open stores, or through the server that holds them."""

from __future__ import annotations

import http.client
import json
import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from siyu.cli.command import Call, Command, Watch
from siyu.cli.parsing import HelpWanted, WrongUse, parser_of
from siyu.cli.table import COMMANDS
from siyu.cli.text import as_text, spoken
from siyu.holder import Server

if TYPE_CHECKING:
    from siyu.storage import Stores

log = logging.getLogger(__name__)

SERVER_SECONDS_MAX = 3_600
USE_CODES = ("home_in_use", "home_not_writable", "port_in_use", "ledger_in_use", "ledger_dsn_invalid", "event_log_away")
"""Refusals of the moment that the caller can mend by calling differently: wrong use, not faults."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: exit status (0 done, 1 a fault, 2 wrong use or bad input) and what it says."""

    status: int
    out: str
    err: str = ""


def silent(done: int, all: int | None, stage: str) -> None:
    """A watch that shows nothing."""


def run_command(stores: Stores, argv: Sequence[str], *, watch: Watch = silent) -> tuple[int, str, str]:
    """Run one command line on open stores: exit status, standard output, standard error."""
    ended = parsed(argv)
    if isinstance(ended, Namespace):
        ended = run_parsed(stores, ended, watch=watch)
    return ended.status, ended.out, ended.err


def parsed(argv: Sequence[str], *, language: str = "zh") -> Namespace | Ended:
    """What was asked, or how asking already ended."""
    as_json = "--json" in argv
    try:
        asked = parser_of(COMMANDS).parse_args(list(argv))
    except HelpWanted as wanted:
        return Ended(0, str(wanted))
    except WrongUse as wrong:
        zh, en = f"用法不对：{wrong}", f"Wrong use: {wrong}"
        return told_error({"code": "wrong_use", "zh": zh, "en": en}, 2, as_json, language, after=wrong.usage)
    if asked.version:
        from siyu import __version__

        return Ended(0, as_object({"version": __version__}) if as_json else f"siyu {__version__}\n")
    if not hasattr(asked, "command"):
        return Ended(2, "", parser_of(COMMANDS).format_help())
    return asked


def run_parsed(stores: Stores, asked: Namespace, *, watch: Watch, alone: bool = False) -> Ended:
    """Run a command that was understood."""
    as_json, language = getattr(asked, "json", False), getattr(asked, "language", "zh")
    command = asked.command
    if not isinstance(command, Command):
        zh, en = "这个命令要独自运行。", "This command runs by itself."
        return told_error({"code": "server_command", "zh": zh, "en": en}, 2, as_json, language)
    folder = Path(getattr(asked, "folder", "."))
    try:
        answer = _run(stores, command, asked, folder, watch, alone)
    except Exception as error:
        return failed(error, as_json, language)
    return Ended(0, as_object(answer) if as_json else as_text(spoken(answer, language)) + "\n")


def _run(
    stores: Stores, command: Command, asked: Namespace, folder: Path, watch: Watch, alone: bool
) -> Mapping[str, Any]:
    """Run a command; on the record where it changes something."""
    if not command.audits:
        return command.run(Call(stores, asked, folder, watch, alone))
    from siyu.staff.acts import acting

    with acting(stores, "cli", command.audits, " ".join(command.words)) as act:
        return command.run(Call(stores, asked, folder, watch, alone, act))


def failed(error: Exception, as_json: bool, language: str) -> Ended:
    """How a command ends that raised: what, where, what to do."""
    from siyu.storage import SiyuError

    if isinstance(error, SiyuError):
        told: dict[str, Any] = {"code": error.code, "zh": error.zh, "en": error.en}
        if error.field is not None:
            told["field"] = error.field
        if error.detail:
            told["detail"] = dict(error.detail)
        status = 2 if error.status < 500 or error.code in USE_CODES else 1
        return told_error(told, status, as_json, language)
    log.debug("a command failed", exc_info=error)
    kind = type(error).__name__
    zh = f"内部错误（{kind}）。设 SIYU_LOG_LEVEL=debug 再运行一次可看到详情。"
    en = f"An internal fault ({kind}). Run it again with SIYU_LOG_LEVEL=debug to see more."
    return told_error({"code": "fault", "zh": zh, "en": en}, 1, as_json, language)


def told_error(told: Mapping[str, Any], status: int, as_json: bool, language: str, after: str = "") -> Ended:
    """An error as one object on standard output (``--json``) and one sentence on standard error."""
    where = f" [{told['field']}]" if "field" in told and told["field"] not in told[language] else ""
    sentence = f"{told[language]}{where}\n" + (f"{after}\n" if after else "")
    return Ended(status, as_object({"error": told}) if as_json else "", sentence)


def as_object(answer: Mapping[str, Any]) -> str:
    """One JSON object on one line."""
    return json.dumps(answer, ensure_ascii=False, default=_spelled) + "\n"


def _spelled(value: Any) -> Any:
    import datetime
    import decimal

    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


def through_server(server: Server, argv: Sequence[str], folder: Path) -> Ended | None:
    """Have the server that holds the home run the command; None where it does not answer."""
    try:
        address = urlsplit(server.address)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=SERVER_SECONDS_MAX)
        body = json.dumps({"argv": ["--folder", str(folder), *argv]})
        headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
        connection.request("POST", "/internal/cli", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return None
    if answer.status >= 300:
        return None
    ended = json.loads(text)
    return Ended(ended["exit"], ended["stdout"], ended["stderr"])
