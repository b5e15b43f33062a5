"""A server on the loopback in this process, for what the product calls: one method, body in, status and body out."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Answering(ABC):
    """``with Receiver() as receiver: receiver.address``. Each connection is answered by a thread of its own."""

    def __init__(self) -> None:
        answering = self

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # head and body in one packet

            def do_POST(self) -> None:
                status, body = answering.answer(self.rfile.read(int(self.headers.get("content-length") or 0)))
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                return

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:  # the caller was killed while it waited
                    self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="answering", daemon=True)

    @abstractmethod
    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to one request."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"
