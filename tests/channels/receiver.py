"""A receiver of webhooks over the loopback that remembers what it got. Also a program of its own for chaos tests."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def delivery_ids(self) -> list[str]:
        return [message["delivery_id"] for message in self.document["messages"]]


@dataclass
class Receiver:
    """Answers what ``answer`` says for each call; 204 unless told otherwise."""

    answer: Callable[[Received], Answer] = lambda _: (204, {}, b"")
    calls: list[Received] = field(default_factory=list)
    url: str = ""

    @property
    def delivery_ids(self) -> list[str]:
        return [number for call in list(self.calls) for number in call.delivery_ids]


@contextmanager
def receiving(answer: Callable[[Received], Answer] | None = None, port: int = 0) -> Iterator[Receiver]:
    receiver = Receiver() if answer is None else Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # the sender was killed in the middle: no receiver takes half a call
                self.close_connection = True
                return
            got = Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            receiver.calls.append(got)
            status, headers, text = receiver.answer(got)
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            except OSError:
                pass  # the sender has gone: that is what some tests are about

        def log_message(self, format: str, *args: Any) -> None:
            return None

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            return None

    with Server(("127.0.0.1", port), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def main(port: int, record: Path) -> None:
    """Receive for ever, appending each delivery id to a file before answering."""
    turn = threading.Lock()

    def note(call: Received) -> Answer:
        with turn, record.open("a") as file:
            file.write("".join(f"{number}\n" for number in call.delivery_ids))
        return 204, {}, b""

    with receiving(note, port):
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
