"""The command line: ``siyu up · web · worker · import · export · audience · report · settings``."""

from __future__ import annotations

import gc
import logging
import sys
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from siyu.cli.command import ServerCommand, Watch
from siyu.cli.running import Ended, failed, parsed, run_command, run_parsed, silent, through_server, told_error
from siyu.holder import server_of
from siyu.settings import SettingError, Settings, read_settings

__all__ = ["main", "run_command"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the exit status: 0 done, 2 wrong use or bad input, 1 a fault."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        ended = _run(words)
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(ended.out)
    sys.stderr.write(ended.err)
    return ended.status


def _run(words: list[str]) -> Ended:
    try:
        language = read_settings().language
        asked = parsed(words, language=language)
        if isinstance(asked, Ended):
            return asked
        settings = _settings(asked)
    except SettingError as wrong:
        told = {"code": "bad_setting", "zh": wrong.zh, "en": wrong.en, "field": wrong.variable}
        return told_error(told, 2, "--json" in words, "zh")
    asked.language = settings.language
    if isinstance(asked.command, ServerCommand):
        return _serve(asked.command, settings, getattr(asked, "json", False))
    return _once(words, asked, settings)


def _settings(asked: Namespace) -> Settings:
    given = {name: getattr(asked, name, None) for name in ("host", "port", "pace", "language")}
    home = getattr(asked, "home", None)
    return read_settings(home=Path(home).expanduser() if home else None, **given)


def _serve(command: ServerCommand, settings: Settings, as_json: bool) -> Ended:
    with _loading():
        from siyu import app
    _log(settings.log_level)
    try:
        app.serve(settings, web="web" in command.parts, work="work" in command.parts, run_command=run_command)
    except Exception as error:
        return failed(error, as_json, settings.language)
    return Ended(0, "")


def _once(words: list[str], asked: Namespace, settings: Settings) -> Ended:
    """Run a command through the server that holds the home (which takes a tenth of a second), or here."""
    told = ["--language", settings.language, *words]
    held = server_of(settings.home)
    if held is not None and not (settings.ledger and settings.events):  # else nothing in the home is held by anybody
        ended = through_server(held, told, Path.cwd())
        if ended is not None:
            return ended
    with _loading():
        from siyu import app
        from siyu.storage import Unavailable
    _log("debug" if settings.log_level == "debug" else "error")
    try:
        stores = app.open_home(settings)
    except Exception as error:
        if held is None and isinstance(error, Unavailable) and error.code == "home_in_use":
            begun = server_of(settings.home)  # meanwhile
            ended = None if begun is None else through_server(begun, told, Path.cwd())
            if ended is not None:
                return ended
        return failed(error, getattr(asked, "json", False), settings.language)
    try:
        return run_parsed(stores, asked, watch=_watch(), alone=stores.alone)
    finally:
        stores.close()


@contextmanager
def _loading() -> Generator[None]:
    """Without a search for garbage every few hundred objects: there is none yet, and it took a sixth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _watch() -> Watch:
    """Progress, on standard error and only to a terminal."""
    if not sys.stderr.isatty():
        return silent

    def show(done: int, all: int | None, stage: str) -> None:
        share = f"{done / all:4.0%}" if all else f"{done:,}"
        sys.stderr.write(f"\r\033[K{stage} {share}")
        sys.stderr.flush()

    return show


def _log(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
