"""Simulated platforms for tests: each on a port of the loopback, spoken to over HTTP alone."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import httpx
import pytest

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.envelope import Envelope, signature
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.wecom.assembled import wecom

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


CORP, SECRET = "ww5823bf96d3bd56c7", "the-secret-of-the-app"
TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


class Shop:
    """A corp of a simulated WeCom: an app of it calls, people and staff act at the door.

    ``call`` POSTs with a JSON body, ``ask`` GETs with a query; both add the token and give the answer whole."""

    def __init__(self, platform: Running, corpid: str = CORP, secret: str = SECRET) -> None:
        self.url, self.door, self.corpid, self.secret = platform.url, platform.door, corpid, secret
        made = self.door.post("corp", corpid=corpid, secret=secret)
        self.agentid: int = made["agentid"]

    @property
    def token(self) -> str:
        """The same until it ends."""
        query = {"corpid": self.corpid, "corpsecret": self.secret}
        return HTTP.get(f"{self.url}/cgi-bin/gettoken", params=query).json()["access_token"]

    def call(self, path: str, body: dict[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
        query = {"access_token": self.token}
        return HTTP.post(f"{self.url}/cgi-bin/{path}", params=query, json={**(body or {}), **more}).json()

    def ask(self, path: str, /, **query: Any) -> dict[str, Any]:
        return HTTP.get(f"{self.url}/cgi-bin/{path}", params={"access_token": self.token, **query}).json()

    def act(self, act: str, /, **wish: Any) -> dict[str, Any]:
        return self.door.post("act", corpid=self.corpid, act=act, **wish)

    def hire(self, *userids: str, **more: Any) -> None:
        self.door.post("members", corpid=self.corpid, members=[{"userid": each, **more} for each in userids])

    def befriend(self, userid: str, /, **wish: Any) -> str:
        """Somebody adds the member; their external user id."""
        return self.act("add", userid=userid, **wish)["external_userid"]

    def upload(self, kind: str = "image", content: bytes = b"a picture", **query: str) -> str:
        """A media id."""
        files = {"media": (f"{kind}.bin", content, "application/octet-stream")}
        asked = {"access_token": self.token, "type": kind, **query}
        return HTTP.post(f"{self.url}/cgi-bin/media/upload", params=asked, files=files).json()["media_id"]

    def delivered(self, after: int = 0) -> list[dict[str, Any]]:
        """What reached people since."""
        return self.door.get("deliveries", corpid=self.corpid, after=str(after))["deliveries"]

    def listen(self, listener: Listener) -> None:
        """Callbacks of this corp go there (unchecked)."""
        to = {"url": f"{listener.url}/callback", "token": TOKEN, "aes_key": AES_KEY, "check": False}
        self.door.post("callback", corpid=self.corpid, agentid=self.agentid, **to)

    def heard(self, listener: Listener) -> list[dict[str, str]]:
        """What was told so far, opened: element names and texts (lists joined with commas)."""
        self.door.post("settle")
        return [opened(self.corpid, query, body) for _, query, body in listener.heard]


def opened(corpid: str, query: dict[str, str], body: bytes) -> dict[str, str]:
    """The fields of a sealed callback; the signature is checked."""
    sealed = ElementTree.fromstring(body.decode()).findtext("Encrypt") or ""
    assert signature(TOKEN, query["timestamp"], query["nonce"], sealed) == query["msg_signature"]
    root = ElementTree.fromstring(Envelope(TOKEN, AES_KEY, corpid).open(sealed).decode())
    return {each.tag: ",".join(inner.text or "" for inner in each) if len(each) else each.text or "" for each in root}


@contextmanager
def wecom_running(now: float | None = None, pace: float = 1.0) -> Iterator[Running]:
    """A WeCom without corps; with ``now`` its clock begins there (pace 0: stands still until moved)."""
    with Running(wecom(clock=DomainClock(now, pace))) as platform:
        yield platform


@pytest.fixture
def wecom_platform() -> Iterator[Running]:
    """A WeCom without corps, in real time. Import it into a conftest to use it."""
    with wecom_running() as platform:
        yield platform
