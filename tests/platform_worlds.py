"""Simulated platforms for tests: each on a port of the loopback, spoken to over HTTP alone."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.running import Running

HTTP = httpx.Client(trust_env=False, verify=False)
"""One client for all tests that speak plain HTTP to a simulator."""

atexit.register(HTTP.close)


@contextmanager
def running(simulator: Simulator[Any]) -> Iterator[Running]:
    """``with running(simulator) as platform: platform.url, platform.door``."""
    with Running(simulator) as platform:
        yield platform


Heard = Callable[[str, dict[str, str], bytes], tuple[int, bytes]]


class Listener:
    """Where callbacks arrive in a test. ``answer`` may be replaced: (path, query, body) → (status, body)."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Heard = lambda path, query, body: (200, b"")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self) -> None:
                parts = urlsplit(self.path)
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                listener.heard.append((parts.path, query, body))
                status, answer = listener.answer(parts.path, query, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        return Handler


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()
