"""Nothing that is posted at a platform's door makes it fail, gets in unproved, or costs a known event.

Each platform has two accounts. One hears honest callbacks only. The other hears the same, each three times, in the
midst of forged, foreign, cut, oversized, slow and spoilt ones; in the end it knows the same.
"""

from __future__ import annotations

import random
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import sqlalchemy as sa

from evidence.doors import TOKEN, UNKNOWN, Door, Post, doors, in_envelope, sealed, spoilt
from evidence.harness import Evidence, Scale, equal, fresh_home
from evidence.platform_server import door_served
from siyu.app import open_home
from siyu.channels.accounts import open_account
from siyu.channels.platform.applier import Applier, waiting
from siyu.channels.platform.callbacks import address
from siyu.channels.platform.tables import callbacks_strange
from siyu.channels.registry import channels_of, receivers_of
from siyu.jobs.aside import all_aside
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain, backlog
from siyu.settings import Settings
from siyu.storage import Stores

CLAIM = "platforms.hostile"

HONEST, SPOILT = "1", "2"
"""Whom a body is about."""
DEEP = 100_000
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
UNSIGNED: tuple[bytes, ...] = (
    b"",
    b"\x00",
    b"\xff\xfe\x00<",
    b"null",
    b"[]",
    b"{}",
    b"[[[]]]",
    b'{"encrypt": 1}',
    b'{"Encrypt": "\\ud800"}',
    b'{"msg": "\\ud800", "sign": "\\u0000"}',
    b'{"a": 1e999999999, "b": ' + b"9" * 5_000 + b"}",
    b"<xml><Encrypt/></xml>",
    b"<xml>" + b"<a/>" * 100_000 + b"</xml>",
    b"<a>" * DEEP + b"</a>" * DEEP,
    b'{"a":' * DEEP,
    b"[" * DEEP,
    LAUGHS.encode(),
    FILE.encode(),
    b'<?xml version="1.0" encoding="utf-16"?><xml/>',
    b'<?xml version="1.0" encoding="no-such"?><xml/>',
    b" " * 5_000_000,
    b"<xml>" + b"x" * 5_000_000 + b"</xml>",
)
SIGNATURES = ("", "0" * 40, "v1,é", "v1," + "A" * 5_000, "v1,\x7f", "v1, v2,x")
LENGTHS = (
    "Content-Length: 999999",
    "Content-Length: 3",
    "Content-Length: -1",
    "Content-Length: x",
    "Transfer-Encoding: chunked",
)
"""Of a body of forty bytes."""


def measure(scale: Scale) -> Evidence:
    spoils = 3_000 if scale == "full" else 60
    with fresh_home() as home:
        stores = open_home(Settings(home=home))
        now = int(stores.clock.now().timestamp())
        with door_served(stores) as url, httpx.Client(trust_env=False, timeout=30) as http:
            sieges = [_Siege(stores, http, url, door, now) for door in doors()]
            for each in sieges:
                each.lay(spoils)
        run_until_empty(Applier(stores, receivers_of()).step)
        run_until_empty(Drain(stores).step)
        known, besieged = _events(stores, "honest", now - 7), _events(stores, "besieged", now - 7)
        unknown = _unknown_kinds(stores)
        unread, asides = waiting(stores) + backlog(stores), len(all_aside(stores))
        stores.close()
    answers = sum((each.answers for each in sieges), Counter[int]())
    goals = [
        equal("answers of 500 and more", sum(n for status, n in answers.items() if status >= 500), 0),
        equal("unproved bodies taken", sum(each.let_in for each in sieges), 0),
        equal("honest bodies refused", sum(each.refused for each in sieges), 0),
        equal("honest events lost or doubled", sum(((known - besieged) + (besieged - known)).values()), 0),
        equal("platforms that told of something", len({platform for platform, _, _ in known}), len(sieges)),
        equal(
            "platforms with an unknown kind, kept and counted",
            unknown,
            sum(each.door.unknown is not None for each in sieges),
        ),
        equal("bodies that stop those behind them", unread, 0),
        equal("bodies taken that could not be applied", asides, 0),
    ]
    notes = {f"answers {status}": number for status, number in sorted(answers.items())}
    size = f"{sum(answers.values()):,} posts at {len(sieges)} doors, {len(sieges) * spoils:,} of them signed and spoilt"
    return Evidence(CLAIM, size, goals, {"honest events": sum(known.values()), **notes})


@dataclass
class _Siege:
    """One door, before and behind it."""

    stores: Stores
    http: httpx.Client
    url: str
    door: Door
    now: int
    answers: Counter[int] = field(default_factory=Counter[int])
    let_in: int = 0
    refused: int = 0

    def lay(self, spoils: int) -> None:
        honest, self.target = self._open("honest"), self._open("besieged")
        bodies = self.door.bodies(self.now - 7, HONEST)
        for body in bodies:
            self._good(honest, body)
        attacks = [*self._forged(bodies), *self._foreign(bodies), *self._cut(bodies)]
        chance = random.Random(self.door.platform)
        for place, body in enumerate([*bodies] * 3):
            self._good(self.target, body)
            for post in attacks[place :: 3 * len(bodies)]:
                self._bad(post)
        for each in UNSIGNED:
            self._bad(Post(each, {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "1"}, {"event-sign": "0"}))
        for _ in range(spoils):
            whole = chance.choice(self.door.bodies(self.now, SPOILT))
            self._post(self.target, self.door.signed(spoilt(chance, whole), self.now))
        if self.door.unknown is not None:
            self._good(self.target, self.door.unknown(self.now))
        self._slow(bodies[0])
        self._lengths()

    def _open(self, name: str) -> str:
        channels = channels_of(self.stores)
        number, _ = open_account(
            self.stores, channels, channel=self.door.platform, name=name, settings=dict(self.door.settings)
        )
        channels.close()
        return self.url + address(self.stores, self.door.platform, number)

    def _post(self, url: str, post: Post) -> int:
        headers = [(name.encode(), value.encode("latin-1")) for name, value in post.headers.items()]
        status = self.http.post(url, content=post.body, params=dict(post.query), headers=headers).status_code
        self.answers[status] += 1
        return status

    def _good(self, url: str, body: bytes) -> None:
        self.refused += self._post(url, self.door.signed(body, self.now)) != 200

    def _bad(self, post: Post) -> None:
        """Must be refused, and leave nothing."""
        before = self.stores.callbacks.last()
        url = self.target if self.door.signs else f"{self.target}x"
        self.let_in += not 400 <= self._post(url, post) < 500 or self.stores.callbacks.last() != before

    def _forged(self, bodies: Any) -> Iterator[Post]:
        for body in bodies:
            post = self.door.signed(body, self.now)
            for signature in SIGNATURES:
                headers = {name: signature for name in post.headers if "sign" in name}
                query = {**post.query, "msg_signature": signature} if post.query else {}
                inside = post.body.replace(b'"sign": "', b'"sign": "0')
                yield Post(inside, query, {**post.headers, **headers})
            if self.door.receiver:
                yield sealed(body, self.now, self.door.receiver, token="another token")

    def _foreign(self, bodies: Any) -> Iterator[Post]:
        """Rightly signed, and sealed to somebody else."""
        for body in bodies if self.door.receiver else ():
            yield sealed(body, self.now, "ww_other")
            yield sealed(body, self.now, "")

    def _cut(self, bodies: Any) -> Iterator[Post]:
        """Rightly signed over what is no whole sealed text."""
        if not self.door.receiver:
            return
        text = sealed(bodies[0], self.now, self.door.receiver).body.decode().partition("CDATA[")[2].partition("]")[0]
        for part in (text[:0], text[:1], text[:22], text[:24], text[:44], text[:-4], text[4:], text[:-1] + "é", TOKEN):
            yield in_envelope(part, self.now)

    def _slow(self, body: bytes) -> None:
        """Half a body, and a pause in which others are answered."""
        post = self.door.signed(body, self.now)
        packet = self._packet(post, f"Content-Length: {len(post.body)}")
        half = len(packet) - len(post.body) // 2
        with self._connected() as slow:
            slow.sendall(packet[:half])
            self._good(self.target, body)
            slow.sendall(packet[half:])
            status = _status(slow)
        self.answers[status] += 1
        self.refused += status != 200

    def _lengths(self) -> None:
        """Lengths that are not those of the body; where the caller leaves before it is whole nobody is answered."""
        before = self.stores.callbacks.last()
        for line in LENGTHS:
            with self._connected() as wrong:
                wrong.sendall(self._packet(Post(b"{" * 40), line))
                wrong.shutdown(socket.SHUT_WR)
                status = _status(wrong)
            self.answers[status] += 1
            self.let_in += status == 200
        self.let_in += self.stores.callbacks.last() != before

    def _connected(self) -> socket.socket:
        parts = urlsplit(self.url)
        return socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10)

    def _packet(self, post: Post, length: str) -> bytes:
        target = urlsplit(self.target).path + (f"?{urlencode(post.query)}" if post.query else "")
        lines = [f"POST {target} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in post.headers.items())]
        return "\r\n".join([*lines, length, "", ""]).encode("latin-1") + post.body


def _status(connection: socket.socket) -> int:
    """Of the answer; 0 where there is none."""
    try:
        said = connection.recv(4_096)
    except OSError:
        return 0
    return int(said.split(b" ")[1]) if said.startswith(b"HTTP/1.1 ") else 0


def _unknown_kinds(stores: Stores) -> int:
    """At how many accounts the kind that nobody knows is counted; a page shows the latest hundred kinds only."""
    name = callbacks_strange.c.name
    with stores.ledger.read() as conn:
        query = sa.select(sa.func.count()).where(sa.or_(name == UNKNOWN, name.endswith(f".{UNKNOWN}")))
        return conn.execute(query).scalar_one()


def _events(stores: Stores, account: str, at: int) -> Counter[tuple[str, str, int]]:
    """How often each event of a time of the honest is there: (platform, name, seconds)."""
    rows = stores.events.rows(
        "SELECT splitByChar(':', source)[1], name, toUnixTimestamp(time), count() FROM events "
        "WHERE endsWith(source, {account:String}) AND (toUnixTimestamp(time) - {at:Int64}) % 3600 = 0 "
        "GROUP BY 1, 2, 3",
        {"account": f":{account}", "at": at},
    )
    return Counter({(str(platform), str(name), int(time)): int(number) for platform, name, time, number in rows})
