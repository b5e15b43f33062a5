"""A real installation in processes of its own: started, used over HTTP and the command line, killed."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).resolve().parent.parent
UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
COMMAND_SECONDS_MAX = 600


def environment(**more: str) -> dict[str, str]:
    """The environment of a process of the product: this code, compiled once and kept as where it is installed, and
    nothing set but what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIYU_") and name != UNCOMPILED}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "SIYU_LOG_LEVEL": "warning", **more}


@dataclass(frozen=True)
class Answered:
    """What an HTTP request or a command came to."""

    status: int
    text: str
    error: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def listening(
    words: Sequence[str], folder: Path, given: Mapping[str, str], errors: IO[str] | None = None
) -> tuple[subprocess.Popen[str], str]:
    """Start a module of Python that serves; the process, and the address that its first line names ("" where it ended
    or took too long). What it says on standard error goes to ``errors``."""
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        env=dict(given),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    assert process.stdout is not None
    too_long = threading.Timer(START_SECONDS_MAX, process.kill)
    too_long.start()
    address = process.stdout.readline().strip()
    too_long.cancel()
    return process, address


def siyu(home: Path, *words: str, seconds_max: float = COMMAND_SECONDS_MAX, **more: str) -> Answered:
    """Run one command to its end."""
    ended = subprocess.run(
        [sys.executable, "-m", "siyu.cli", "--home", str(home), *words],
        env=environment(**more),
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=seconds_max,
        check=False,
    )
    return Answered(ended.returncode, ended.stdout, ended.stderr)


class Server:
    """``siyu up`` on a home folder, on a free port of the loopback. What it says on standard error goes to
    ``<home>.log``."""

    def __init__(self, home: Path, *, words: Sequence[str] = ("up",), port: int = 0, **more: str) -> None:
        self.home = home
        self._words = words
        self._port = port
        self._environment = environment(**more)
        self.process: subprocess.Popen[str] | None = None
        self.address = ""

    def __enter__(self) -> Server:
        return self if self.process is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def log(self) -> Path:
        return self.home.with_name(self.home.name + ".log")

    def start(self) -> Server:
        """Start, and wait for the line that names the address."""
        words = ["siyu.cli", "--home", str(self.home), *self._words, "--port", str(self._port)]
        with self.log.open("a") as log:
            self.process, self.address = listening(words, self.home.parent, self._environment, log)
        if not self.address:
            self.kill()
            raise RuntimeError(f"the server did not start: {self.log.read_text('utf-8')[-2000:]}")
        return self

    def kill(self) -> None:
        """``kill -9``, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            assert process.stdout is not None
            process.stdout.close()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds_max: float = 30,
    ) -> Answered:
        """One HTTP request. Raises :class:`OSError` where the server is gone."""
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds_max)
        try:
            sent = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
            given = {"Content-Type": "application/json"} if sent is not None else {}
            connection.request(method, path, sent, {**given, **(headers or {})})
            answer = connection.getresponse()
            return Answered(answer.status, answer.read().decode())
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def siyu(self, *words: str, seconds_max: float = COMMAND_SECONDS_MAX) -> Answered:
        """A command, through this server."""
        return siyu(self.home, *words, seconds_max=seconds_max)


def basic(key: str) -> dict[str, str]:
    """The header of a write key."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def bearer(key: str) -> dict[str, str]:
    """The header of an API key."""
    return {"Authorization": f"Bearer {key}"}
