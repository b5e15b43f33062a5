"""A simulated platform in a process of its own, as a sync meets it: over HTTP, on another core; and the door that
platforms call, in this one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import httpx

from evidence.answering import served
from evidence.installation import REPOSITORY, environment, listening
from siyu.channels.registry import receivers_of
from siyu.storage import Stores
from siyu.web.callbacks import Door

SECRET = "the-app-secret"


@contextmanager
def door_served(stores: Stores) -> Generator[str]:
    """The door of callbacks on the loopback, in this process; its address."""
    with served(Door(stores, receivers_of())) as port:
        yield f"http://127.0.0.1:{port}"


class PlatformServer:
    """``with PlatformServer("wecom") as platform: platform.door("corp", …)``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._http = httpx.Client(trust_env=False, timeout=600)
        self.url = ""

    def __enter__(self) -> PlatformServer:
        self._process, self.url = listening(["rehearsal", "platform", self._name], REPOSITORY, environment())
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
        return _told(self._http.post(f"{self.url}/rehearsal/{name}", json=wish))

    def read(self, name: str) -> Any:
        """Look at what the world knows, without changing it."""
        return _told(self._http.get(f"{self.url}/rehearsal/{name}"))

    def corp(self, corpid: str, **populate: int) -> None:
        """A company with one app and so many members, customers and tags."""
        self.door("corp", corpid=corpid, secret=SECRET, agentid=1000002)
        self.door("populate", corpid=corpid, **populate)


def _told(answer: httpx.Response) -> Any:
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
    return answer.json()
