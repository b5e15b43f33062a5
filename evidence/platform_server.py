"""A simulated platform in a process of its own, as a sync meets it: over HTTP, on another core."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Any

import httpx

from evidence.installation import REPOSITORY, environment

SECRET = "the-app-secret"


class PlatformServer:
    """``with PlatformServer("wecom") as platform: platform.door("corp", …)``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._http = httpx.Client(trust_env=False, timeout=600)
        self.url = ""

    def __enter__(self) -> PlatformServer:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rehearsal", "platform", self._name],
            env=environment(),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the simulated platform did not start")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._http.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def door(self, name: str, **wish: Any) -> Any:
        """Ask the world something. Raises :class:`RuntimeError` where it refuses."""
        answer = self._http.post(f"{self.url}/rehearsal/{name}", json=wish)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)
        return answer.json()

    def corp(self, corpid: str, **populate: int) -> None:
        """A company with one app and so many members, customers and tags."""
        self.door("corp", corpid=corpid, secret=SECRET, agentid=1000002)
        self.door("populate", corpid=corpid, **populate)
