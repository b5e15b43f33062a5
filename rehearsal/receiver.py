"""The other end of the product's webhook: checks signatures, drops repeats, answers for each message.

Wire format: ``POST {"messages": [{"delivery_id", "identifiers": {kind: value}, "title", "text", …}]}`` with the
headers of the Standard Webhooks spec (https://www.standardwebhooks.com); the answer is
``{"results": [{"delivery_id", "status": "accepted" | "refused" | "passing", "reason"}]}``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BODY_BYTES_MAX = 8_000_000
AGE_SECONDS_MAX = 300
"""A signature older than this is a replay."""

RETRY_SECONDS = 2
"""What the busy ask for: a rehearsal is short."""

Outcome = tuple[str, str]
"""(accepted, refused or passing; the reason)."""

Decide = Callable[[dict[str, Any], int], Outcome]


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``; a secret is ``whsec_`` and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether the headers (names in lower case) sign this body, recently."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdigit() or abs(now - int(timestamp)) > AGE_SECONDS_MAX:
        return False
    expected = signature(secret, message_id, timestamp, body).encode()
    given = headers.get("webhook-signature", "").encode()
    return any(hmac.compare_digest(expected, one) for one in given.split(b" "))


class Mailbox:
    """What has arrived. A delivery id is decided once; later arrivals of it get the same answer and no reader."""

    def __init__(self, decide: Decide, settled: Mapping[str, Outcome] | None = None) -> None:
        self._decide = decide
        self._settled: dict[str, Outcome] = dict(settled or {})
        self._tries: dict[str, int] = {}
        self._lock = threading.Lock()
        self.repeats = 0

    def take(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self._one(message) for message in messages]

    def _one(self, message: dict[str, Any]) -> dict[str, Any]:
        delivery = str(message["delivery_id"])
        with self._lock:
            outcome = self._settled.get(delivery)
            if outcome is None:
                self._tries[delivery] = self._tries.get(delivery, 0) + 1
                outcome = self._decide(message, self._tries[delivery])
                if outcome[0] != "passing":
                    self._settled[delivery] = outcome
                    del self._tries[delivery]
            else:
                self.repeats += 1
        later = {"retry_after": RETRY_SECONDS} if outcome[0] == "passing" else {}
        return {"delivery_id": delivery, "status": outcome[0], "reason": outcome[1], **later}


class Receiver:
    """An HTTP server on the loopback, in a thread of its own. ``faults(n)`` says whether the n-th request fails."""

    def __init__(
        self,
        mailbox: Mailbox,
        secret: str,
        port: int = 0,
        *,
        faults: Callable[[int], bool] = lambda _: False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._server = _Server(("127.0.0.1", port), _handler(mailbox, secret, faults, now))
        self._thread = threading.Thread(target=self._server.serve_forever, name="webhook-receiver", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler(
    mailbox: Mailbox, secret: str, faults: Callable[[int], bool], now: Callable[[], float]
) -> type[BaseHTTPRequestHandler]:
    counted = [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer: two would wait 40 ms for each other

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            if length > BODY_BYTES_MAX:
                self.close_connection = True
                return self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "too large"})
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            if not is_genuine(secret, headers, body, now()):
                return self._answer(HTTPStatus.UNAUTHORIZED, {"error": "bad signature"})
            counted[0] += 1
            if faults(counted[0]):
                return self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "try again"})
            try:
                messages = json.loads(body)["messages"]
                results = mailbox.take(messages)
            except (ValueError, KeyError, TypeError) as error:
                return self._answer(HTTPStatus.BAD_REQUEST, {"error": repr(error)[:200]})
            return self._answer(HTTPStatus.OK, {"results": results})

        def _answer(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
            body = json.dumps(answer, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: names and phones travel here."""

    return Handler
