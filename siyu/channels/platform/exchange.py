"""What this process needs to call platforms: connections, tokens, limits. One a process; what must be shared with
other processes is in the ledger, so two of them are not wrong, only slower."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import httpx

from siyu.channels.addresses import NetworkPolicy, Policy, resolve
from siyu.channels.platform.limiter import Limiter, this_process
from siyu.channels.platform.tokens import Tokens
from siyu.channels.platform.uses import Faults
from siyu.storage import Stores

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
ANSWER_BYTES_MAX = 32 * 2**20
ADDRESS_GOOD_FOR = timedelta(seconds=1)
"""How long an address that was looked up and allowed is good: a sync of hundreds of calls a second asks once."""

_TIMEOUTS = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": READ_SECONDS}


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates of this world takes 40 ms: once a process."""
    return httpx.create_ssl_context(trust_env=False)


class TooLong(Exception):
    """An answer of more bytes than any platform sends."""


@dataclass
class Exchange:
    """``pause(seconds)`` sleeps in machine time."""

    stores: Stores
    policy: Policy = NetworkPolicy
    pause: Callable[[float], None] = time.sleep
    tokens: Tokens = field(init=False)
    limiter: Limiter = field(init=False)
    faults: Faults = field(init=False)
    _transports: dict[str, httpx.HTTPTransport] = field(default_factory=dict[str, httpx.HTTPTransport], repr=False)
    _addresses: dict[tuple[str, int], tuple[str, datetime]] = field(
        default_factory=dict[tuple[str, int], tuple[str, datetime]], repr=False
    )
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.stores)
        self.limiter = Limiter(self.stores, pause=self.pause, process=this_process(self.stores))
        self.faults = Faults(self.stores)

    def wait(self, seconds: float) -> None:
        """Sleep for ``seconds`` of domain time."""
        self.pause(seconds / self.stores.clock.pace)

    def send(self, request: httpx.Request) -> tuple[int, bytes]:
        """Status and body: see :meth:`ask`."""
        status, _, body = self.ask(request)
        return status, body

    def ask(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        """Status, headers and body. Neither redirects nor proxies nor cookies; the checked address is the one called.

        Sends through the transport, not through ``httpx.Client``: that one writes whole addresses into the log, and
        these hold tokens. Raises :class:`OSError`, :class:`~siyu.storage.BadInput`, :class:`httpx.HTTPError`,
        :class:`TooLong`.
        """
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        request.headers["host"] = request.url.netloc.decode()
        request.url = request.url.copy_with(host=self._address(host, port))
        request.extensions |= {"timeout": _TIMEOUTS, "sni_hostname": host}
        response = self._transport(host).handle_request(request)
        try:
            read = bytearray()
            for piece in response.iter_bytes():
                read += piece
                if len(read) > ANSWER_BYTES_MAX:
                    raise TooLong
            return response.status_code, response.headers, bytes(read)
        finally:
            response.close()

    def _address(self, host: str, port: int) -> str:
        """Where a host is and may be called: looked up and allowed within the last second."""
        known, now = self._addresses.get((host, port)), self.stores.clock.now()
        if known is None or not known[1] <= now < known[1] + ADDRESS_GOOD_FOR:
            known = self._addresses[host, port] = resolve(host, port, self.policy()), now
        return known[0]

    def _transport(self, host: str) -> httpx.HTTPTransport:
        """One pool of connections a host: two hosts at one address must not share a TLS session."""
        with self._guard:
            if host not in self._transports:
                self._transports[host] = httpx.HTTPTransport(
                    verify=_tls(), trust_env=False, limits=httpx.Limits(max_connections=100)
                )
            return self._transports[host]

    def close(self) -> None:
        """No call is made any more: what others may use is given back."""
        self.limiter.let_go()
        self.faults.close()
        with self._guard:
            for transport in self._transports.values():
                transport.close()
            self._transports.clear()
