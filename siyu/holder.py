"""Which server holds a home folder: what it says of itself there, for commands and for other processes."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER_FILE = "server.json"


@dataclass(frozen=True)
class Server:
    """Where the server that holds a home is, and what proves a caller to be of this machine's user."""

    address: str
    token: str
    process: int


def server_of(home: Path) -> Server | None:
    """The server that says it holds this home; None where none does."""
    try:
        told = json.loads((home / SERVER_FILE).read_text("utf-8"))
        return Server(told["address"], told["token"], told["process"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def announced(home: Path, address: str, token: str) -> Generator[None]:
    """Say in ``home/server.json`` where this server is; for this user's eyes alone."""
    path = home / SERVER_FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump({"address": address, "token": token, "process": os.getpid()}, file)
    try:
        yield
    finally:
        told = server_of(home)
        if told is not None and told.process == os.getpid():  # not another's that came later
            path.unlink(missing_ok=True)
