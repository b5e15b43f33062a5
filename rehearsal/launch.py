"""How another program starts the rehearsal and follows it: a command line, and progress as JSON lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path

STAGES = ("preparing", "history", "connecting", "live", "done", "failed")


def command(
    server: str,
    state: Path,
    *,
    people: int = 10_000,
    seed: int = 7,
    speed: float = 1.0,
    live: bool = True,
) -> list[str]:
    """The command line. Keys travel in the environment (:func:`environment`), not where ``ps`` shows them.

    The program writes one JSON object a line to standard output: ``{"stage", "done", "all"}`` with a stage of
    ``STAGES``, and in ``failed`` also ``"message"``. It ends by itself on SIGTERM, and when its standard input closes.
    """
    more = ["--live"] if live else []
    return [
        sys.executable, "-m", "rehearsal", "--server", server, "--state", str(state),
        "--people", str(people), "--seed", str(seed), "--speed", str(speed), "--json", *more,
    ]  # fmt: skip


def environment(write_key: str, api_key: str | None = None) -> dict[str, str]:
    """What to add to the environment of :func:`command`."""
    return {"REHEARSAL_WRITE_KEY": write_key, **({"REHEARSAL_API_KEY": api_key} if api_key else {})}


def progress_line(stage: str, done: int, out_of: int, message: str | None = None) -> str:
    line = {"stage": stage, "done": done, "all": out_of}
    return json.dumps({**line, "message": message} if message else line, ensure_ascii=False)
