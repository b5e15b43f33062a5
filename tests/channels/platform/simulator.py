"""A small WeCom over the loopback: tokens, codes to answer with, and what was asked."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

CORP, SECRET = "ww_corp", "the-app-secret"
PREFIX = "/cgi-bin/"

Respond = Callable[[str, dict[str, str], bytes], dict[str, Any] | int]


@dataclass
class Simulator:
    """``codes``: per call the codes to answer with, in turn, before it works. ``slow``: seconds before each answer."""

    url: str = ""
    codes: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    answers: dict[str, Respond] = field(default_factory=dict[str, Respond])
    asked: Counter[str] = field(default_factory=Counter[str])
    bodies: list[bytes] = field(default_factory=list[bytes])
    slow: float = 0.0
    tokens: int = 0
    good: set[str] = field(default_factory=set[str])
    at_once: int = 0
    at_once_max: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expire(self) -> None:
        """No token given out so far is good any more."""
        self.good.clear()

    def answer(self, call: str, query: dict[str, str], body: bytes) -> dict[str, Any] | int:
        with self._lock:
            self.asked[call] += 1
            self.bodies.append(body)
            waiting = self.codes.get(call)
            if waiting:
                code = waiting.pop(0)
                return code if code >= 100 and code < 600 else told(code, query)
            if call == "gettoken":
                return self._token(query)
            if query.get("access_token") not in self.good:
                return told(40014, query)
        if call in self.answers:
            return self.answers[call](call, query, body)
        return {"errcode": 0, "errmsg": "ok"}

    def _token(self, query: dict[str, str]) -> dict[str, Any]:
        if query.get("corpsecret") != SECRET:
            return told(40001, query)
        self.tokens += 1
        token = f"token-{self.tokens}"
        self.good.add(token)
        return {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        try:
            if self.slow:
                await asyncio.sleep(self.slow)
            query = dict(parse_qsl(scope["query_string"].decode()))
            answer = self.answer(scope["path"].removeprefix(PREFIX), query, body)
        finally:
            self.at_once -= 1
        status, content = (answer, b"") if isinstance(answer, int) else (200, json.dumps(answer).encode())
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def told(code: int, query: dict[str, str]) -> dict[str, Any]:
    """As chatty as the platform: what was sent comes back in the message."""
    return {"errcode": code, "errmsg": f"no good: {query.get('access_token')} {query.get('corpsecret')}"}


@contextmanager
def running(simulator: Simulator) -> Iterator[Simulator]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        simulator.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(simulator, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield simulator
        finally:
            server.should_exit = True
            thread.join(10)
