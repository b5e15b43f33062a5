"""A simulator on a port of the loopback, in a thread of its own; and the hand that knocks at its door."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import httpx
import uvicorn

from rehearsal.platforms.core.app import Simulator

START_SECONDS_MAX = 10.0
KNOCK_SECONDS_MAX = 120.0


class NotAtTheDoor(Exception):
    """The door did not do what was asked; says why."""


class Door:
    """Speaks to ``/rehearsal/…`` of a simulator over HTTP: ``door.post("clock", pace=60)``, ``door.get("calls")``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/rehearsal/", trust_env=False, timeout=KNOCK_SECONDS_MAX)

    def post(self, name: str, /, **wish: Any) -> dict[str, Any]:
        return self._told(self._http.post(name, json=wish))

    def get(self, name: str, /, **query: str) -> dict[str, Any]:
        return self._told(self._http.get(name, params=query))

    def close(self) -> None:
        self._http.close()

    @staticmethod
    def _told(answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code != 200:
            raise NotAtTheDoor(answer.text[:500])
        return answer.json()


class Running:
    """``with Running(simulator) as running: running.url, running.door``. Port 0 takes any that is free."""

    def __init__(self, simulator: Simulator[Any], port: int = 0) -> None:
        # IPPROTO_TCP said aloud: only then asyncio sends small packets at once, instead of 40 ms later
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            simulator, http="h11", ws="none", lifespan="on", loop="asyncio", log_level="critical", access_log=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="platform", daemon=True)
        self._thread.start()
        until = time.monotonic() + START_SECONDS_MAX
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("the simulator did not start")
            time.sleep(0.005)
        self.door = Door(self.url)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.door.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
