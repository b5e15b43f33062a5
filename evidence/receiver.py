"""A receiver of webhook messages on the loopback: remembers every message it accepted, repeats included."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Accepted:
    """A message as the receiver got it; ``user`` is who its customer is in the shop's own words."""

    delivery_id: str
    broadcast: int
    person: int
    user: str


class Receiver:
    """Accepts all it gets, ``seconds_a_call`` after it came; what it got is noted before the answer goes out."""

    def __init__(self, seconds_a_call: float = 0.0) -> None:
        self.accepted: Counter[Accepted] = Counter()
        self._turn = threading.Lock()
        receiver = self

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.take(json.loads(body)["messages"])
                time.sleep(seconds_a_call)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:  # the sender was killed while it waited
                    self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/messages"

    def take(self, messages: list[dict[str, Any]]) -> None:
        with self._turn:
            self.accepted.update(
                Accepted(each["delivery_id"], each["broadcast"], each["person"], each["identifiers"]["user_id"])
                for each in messages
            )
