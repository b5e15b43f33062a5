"""One signed POST to an address that a user entered: the only way in which Siyu calls a stranger's server.

Redirects are not followed, no proxy of the environment is used, and the address that was checked is the one called.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

import httpx

from siyu.channels.addresses import NetworkPolicy, Policy, resolve
from siyu.channels.signing import headers
from siyu.storage import BadInput

ANSWER_BYTES_MAX = 1 << 20
CONNECTIONS_A_HOST_MAX = 100
ADDRESS_SECONDS = 1.0
"""For so long what was found and allowed is not asked again: a thousand calls a second look up one name once."""

Fault = Literal["no_connection", "no_answer", "address_not_allowed"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Without an answer ``status`` is 0 and ``fault`` says why: *no_connection* where the call surely
    did not arrive, *no_answer* where it may have. ``retry_after`` is in seconds."""

    status: int
    words: str = ""
    retry_after: float | None = None
    fault: Fault | None = None
    exception: str = ""
    milliseconds: int = 0

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


_HEADERS = {"content-type": "application/json", "user-agent": "Siyu/0.1"}


@dataclass(frozen=True, slots=True)
class _Place:
    """What is called for an address: ``called`` has the number that was checked in place of the ``name``."""

    name: str
    called: httpx.URL
    headers: dict[str, str]


@dataclass(frozen=True)
class Caller:
    """Makes the calls. Safe to use from many threads."""

    policy: Policy = NetworkPolicy
    _places: dict[str, tuple[_Place, float]] = field(default_factory=dict[str, tuple[_Place, float]], repr=False)
    _clients: dict[str, httpx.Client] = field(default_factory=dict[str, httpx.Client], repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def check(self, address: str) -> None:
        """Raise :class:`BadInput` at ``url`` where the address can't be one, or may not be called."""
        url = parsed(address)
        try:
            resolve(url.host, url.port or _port(url), self.policy())
        except OSError:
            return  # a name that can't be resolved today may be tomorrow; the live check tells
        except BadInput as error:
            raise BadInput(error.code, error.zh, error.en, field="url") from None

    def post(self, address: str, secrets: Sequence[str], call_id: str, body: bytes, *, seconds: float) -> Answer:
        """Send JSON, signed with each of ``secrets`` (the newest first). Raises nothing that a receiver may cause."""
        begun = time.monotonic()
        try:
            place = self._place(address, begun)
        except OSError as error:
            return Answer(0, fault="no_connection", exception=type(error).__name__)
        except BadInput:
            return Answer(0, fault="address_not_allowed")
        # Only here does the machine's own clock matter: receivers refuse signatures that are minutes old.
        signed = headers(secrets, call_id, int(time.time()), body)
        try:
            with self._client(place.name).stream(
                "POST",
                place.called,
                content=body,
                timeout=seconds,
                headers=place.headers | signed,
                extensions={"sni_hostname": place.name},
            ) as response:
                words = _text(response)
                return Answer(response.status_code, words, _retry_after(response), milliseconds=_since(begun))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            fault, kind = "no_connection", type(error).__name__
        except httpx.HTTPError as error:
            fault, kind = "no_answer", type(error).__name__
        return Answer(0, fault=fault, exception=kind, milliseconds=_since(begun))

    def close(self) -> None:
        with self._turn:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _place(self, address: str, now: float) -> _Place:
        """Where an address is and may be called: looked up and allowed within the last second."""
        known = self._places.get(address)
        if known is None or now >= known[1] + ADDRESS_SECONDS:
            url = parsed(address)
            checked = url.copy_with(host=resolve(url.host, url.port or _port(url), self.policy()))
            known = self._places[address] = _Place(url.host, checked, _HEADERS | {"host": url.netloc.decode()}), now
        return known[0]

    def _client(self, host: str) -> httpx.Client:
        """One pool of connections per host: two hosts at one address must not share a TLS session."""
        with self._turn:
            if host not in self._clients:
                limits = httpx.Limits(max_connections=CONNECTIONS_A_HOST_MAX, max_keepalive_connections=20)
                self._clients[host] = httpx.Client(follow_redirects=False, trust_env=False, limits=limits)
            return self._clients[host]


def parsed(text: str, field: str = "url") -> httpx.URL:
    """An address that can be called. Raises :class:`BadInput` at ``field``."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise BadInput(
            "url_invalid",
            "接收地址应形如 https://example.com/path，且不带用户名和密码。",
            "The address should look like https://example.com/path, without user name or password.",
            field=field,
        )
    return url


def is_local(address: str) -> bool:
    """Whether an http address, by its own words, is one that only this machine can reach. Nothing is looked up."""
    host = httpx.URL(address).host if address else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost")


def _port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _text(response: httpx.Response) -> str:
    read = bytearray()
    for piece in response.iter_bytes():
        read += piece
        if len(read) > ANSWER_BYTES_MAX:
            break
    return bytes(read[:ANSWER_BYTES_MAX]).decode("utf-8", "replace")


def _retry_after(response: httpx.Response) -> float | None:
    given = cast("str | None", response.headers.get("retry-after"))
    return float(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else None
