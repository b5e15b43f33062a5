"""A broadcast by SMS while the service refuses, falls silent and the server is killed: everybody's message reaches the
network once or has its reason, reports and replies come home, and who replies R gets no more."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from evidence.broadcasting import CALLS_A_BATCH, PAGE, RULES_OFF, made, wait_for
from evidence.harness import Evidence, Goal, Scale, at_least, equal, fresh_home
from evidence.installation import Server, basic, bearer
from evidence.platform_server import PlatformServer
from siyu.app import open_home
from siyu.channels.platform.applier import Applier
from siyu.channels.registry import receivers_of
from siyu.channels.sms.sends import CALLING
from siyu.channels.sms.tables import sms_sends
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.settings import Settings
from siyu.storage import in_chunks
from siyu.storage.kept_clock import AHEAD_SECONDS, FILE, KeptClock

CLAIM = "platforms.sms"

PACE = 60
"""Time runs so fast: what the service does not know goes again after a minute at the earliest."""
KEY, SECRET, SIGN, TEMPLATE = "LTAI5tEvidence", "the-access-key-secret", "汀屿美妆", "SMS_1"
UNWILLING, CLOSED, TOO_LONG, REFUSING = 10, 12, 15, 7
"""Every so-manieth person wants no marketing; has a phone that is off; has a name that the service takes for no
variable; replies R to what arrived."""
LATENCY_SECONDS = 0.03
LIFE_SECONDS = (0.3, 1.2)
"""How long a server sends before it is killed: drawn evenly."""
FAULTS: Sequence[dict[str, Any]] = (
    {"kind": "cut", "share": 0.04, "applied": True},
    {"kind": "cut", "share": 0.04, "applied": False},
    {"kind": "code", "share": 0.05, "code": 11},
    {"kind": "code", "share": 0.005, "code": 44},
)
"""Of the calls: done and nobody told, lost on their way, met by a fault of the service, one too many."""
POSTS = {"tries": 10_000, "again_seconds": 0.3, "repeats": 0.2}
"""Reports come again until they are acknowledged, however long a server takes to start; some come twice."""
EVERYBODY = {"type": "all", "rules": [{"type": "identifier", "kinds": ["phone"]}]}
CONTENT = {"form": "promotion", "template_code": TEMPLATE, "data": "name: {{ person.name }}", "refusal": "R"}


def measure(scale: Scale) -> Evidence:
    kills, people = (20, 3_000) if scale == "full" else (1, 90)
    with fresh_home() as folder, PlatformServer("sms") as platform:
        with Server(folder / "home", words=("up", "--pace", str(PACE))) as server:
            shop = _Shop(server, platform, people)
            first = shop.begin()
            under_way = shop.killed_meanwhile(first, kills, random.Random(7))
            shop.wait_until_done(first)
            calls = shop.calls()
            got = shop.texts()
            refusing = shop.refuse(sorted(set(got)))
            second = shop.begin()
            shop.wait_until_done(second)
            told = [shop.told(broadcast) for broadcast in (first, second)]
            after = shop.texts()[len(got) :]
            shop.settle()
            given_up = shop.reports_given_up()
            server.stop()
        left = _left(folder / "home")
    return Evidence(
        CLAIM,
        f"{people:,} people, {kills} kills; one more among {len(refusing):,} replies R, then a second broadcast",
        [
            *_sent_once(people, got, told[0]),
            *_reported(people, [*got, *after], left),
            equal("reports that the service gave up", given_up, 0),
            *_heeded(refusing, after, told[1]),
            at_least("kills before the last message was settled", under_way, 1, timed=False),
            at_least("calls without an answer", calls["calls without an answer"], 1, timed=False),
            at_least("calls that the service refused for now", calls["calls refused for now"], 1, timed=False),
        ],
        {**calls, "messages at the network": len(got) + len(after)},
    )


def _sent_once(people: int, got: Sequence[str], told: Counter[str]) -> list[Goal]:
    """``got``: the phones that the network has a message for, as often as it has one."""
    wanted = {_phone(number) for number in range(people) if not (number % UNWILLING == 0 or _too_long(number))}
    unwilling = len(range(0, people, UNWILLING))
    refused = sum(_too_long(number) and number % UNWILLING != 0 for number in range(people))
    return [
        equal("people without a message and without a reason", len(wanted - set(got)), 0),
        equal("people who got it twice", len(got) - len(set(got)), 0),
        equal("people who were to get none, and got one", len(set(got) - wanted), 0),
        equal("messages settled as accepted", told["accepted"], len(wanted)),
        equal("messages settled as refused, with the service's reason", told["refused template_data"], refused),
        equal("messages held for want of consent", told["held consent"], unwilling),
        equal("messages that are not settled, or unknown", told.total() - len(wanted) - refused - unwilling, 0),
    ]


def _reported(people: int, got: Sequence[str], left: Mapping[str, int]) -> list[Goal]:
    closed = {_phone(number) for number in range(people) if _closed(number)}
    failed = sum(phone in closed for phone in got)
    return [
        equal("reports that it arrived, in the timeline once", left.get("message_delivered", 0), len(got) - failed),
        equal("reports that it did not, in the timeline once", left.get("message_failed", 0), failed),
        equal("calls that still count as unanswered", left["calling"], 0),
    ]


def _heeded(refusing: Sequence[str], after: Sequence[str], told: Counter[str]) -> list[Goal]:
    return [
        equal("people who replied R, and got one more", len(set(refusing) & set(after)), 0),
        equal("people who did not, and got none or two", len(after) - told["accepted"], 0),
    ]


class _Shop:
    """A server with people and an account at the simulated service, and an audience of everybody with a phone."""

    def __init__(self, server: Server, platform: PlatformServer, people: int) -> None:
        self.server, self.platform, self.people = server, platform, people
        self._key = made(server.siyu("key", "api", "chaos", "--json"))["key"]
        for rule in RULES_OFF:
            self.call("PUT", f"/api/guard/{rule}", {"enabled": False})
        self._add_people()
        self.account = self._connected()
        wait_for(lambda: self.call("POST", "/api/rules/count", {"rule": EVERYBODY})["people"] == people, "people")
        self.audience = self.call("POST", "/api/audiences", {"name": "everybody", "rule": EVERYBODY})["id"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.server.request(method, path, body, bearer(self._key), seconds_max=60)
        return made(answer) if answer.text else None

    def begin(self) -> int:
        """A broadcast to everybody, started."""
        draft = {
            "name": "sms",
            "audience": self.audience,
            "channels": [self.account],
            "content": {"sms": CONTENT},
            "holdout_percent": 0,
        }
        broadcast = self.call("POST", "/api/broadcasts", draft)["id"]
        self.call("POST", f"/api/broadcasts/{broadcast}/start")
        return broadcast

    def killed_meanwhile(self, broadcast: int, kills: int, chance: random.Random) -> int:
        """Kill the server so often while it sends; how often it was still at it."""
        under_way = 0
        wait_for(lambda: self.texts(), "the first message")
        for _ in range(kills):
            time.sleep(chance.uniform(*LIFE_SECONDS))
            under_way += self.call("GET", f"/api/broadcasts/{broadcast}")["state"] != "done"
            self._killed()
        return under_way

    def wait_until_done(self, broadcast: int) -> None:
        wait_for(lambda: self.call("GET", f"/api/broadcasts/{broadcast}")["state"] == "done", "broadcast")

    def refuse(self, got: Sequence[str]) -> list[str]:
        """Some reply R, and the server is killed before it can have heeded them all; others ask something."""
        self.platform.door("faults", rules=[])
        self.platform.door("latency", seconds=0)
        refusing = list(got[::REFUSING])
        for number, phone in enumerate(got):
            if number % REFUSING < 2:
                self.platform.door("reply", key=KEY, phone=phone, text="几点开门" if number % REFUSING else " ｒ。")
        self._killed()
        self.settle()
        wait_for(lambda: _refusals(self.server.home) >= len(refusing), "replies")
        return refusing

    def settle(self) -> None:
        """Until every report and reply was acknowledged."""
        wait_for(lambda: self.platform.door("settle", seconds=60)["settled"], "reports")

    def reports_given_up(self) -> int:
        return int(self.platform.read("poster").get("given_up", 0))

    def told(self, broadcast: int) -> Counter[str]:
        """What the server says of a broadcast's messages: state, and reason where there is one."""
        return Counter(f"{each['state']} {each['reason'] or ''}".strip() for each in self._messages(broadcast))

    def texts(self) -> list[str]:
        """The phones that the network took a message for, in order."""
        return [each["phone"] for each in self.platform.read("texts")["texts"]]

    def calls(self) -> dict[str, int]:
        """How the service took the calls until now."""
        hits = {rule["kind"]: 0 for rule in FAULTS}
        for rule in self.platform.read("faults")["rules"]:
            hits[rule["kind"]] += rule["hit"]
        return {
            "calls": sum(self.platform.read("calls")["by_path"].values()),
            "calls without an answer": hits["cut"],
            "calls refused for now": hits["code"],
        }

    def _messages(self, broadcast: int) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        while True:
            page = self.call("GET", f"/api/messages?broadcast={broadcast}&limit={PAGE}&cursor={cursor}")
            yield from page["items"]
            cursor = page["next"]
            if not cursor:
                return

    def _killed(self) -> None:
        self.server.kill()
        self.server.start()
        self._found()

    def _found(self) -> None:
        """The service knows where the server is now, and what o'clock: time in its home went on while it was away."""
        self.platform.door("clock", now=_now(self.server.home), pace=PACE)
        self.platform.door("change", key=KEY, url=f"{self.server.address.rstrip('/')}{self._callback}")

    def _add_people(self) -> None:
        key = self.call("POST", "/api/write-keys", {"name": "chaos", "source": "shop", "kind": "server"})["key"]
        for numbers in in_chunks(range(self.people), CALLS_A_BATCH):
            batch = [call for number in numbers for call in _person(number)]
            made(self.server.request("POST", "/v1/batch", {"batch": batch}, basic(key)))

    def _connected(self) -> int:
        settings = {
            "access_key_id": KEY,
            "access_key_secret": SECRET,
            "sign_name": SIGN,
            "settle_minutes": 1,
            "base_url": self.platform.url,
        }
        templates = {TEMPLATE: {"kind": "promotion", "variables": ["name"]}}
        self.platform.door("account", key=KEY, secret=SECRET, sign=SIGN, templates=templates)
        self.platform.door("latency", seconds=LATENCY_SECONDS)
        self.platform.door("poster", **POSTS)
        self.platform.door("faults", rules=FAULTS)
        for number in filter(_closed, range(self.people)):
            self.platform.door("phone", phone=_phone(number))
        opened = self.call("POST", "/api/accounts", {"channel": "sms", "name": "sms", "settings": settings})
        self._callback = str(opened["callback"])
        self._found()
        return int(opened["id"])


def _person(number: int) -> list[dict[str, Any]]:
    """Who they are, and whether they want marketing."""
    user, name = f"u{number}", f"顾客{number}" + "长" * (40 if _too_long(number) else 0)
    said = "consent_withdrawn" if number % UNWILLING == 0 else "consent_given"
    return [
        {"type": "identify", "userId": user, "traits": {"name": name, "phone": _phone(number)}},
        {
            "type": "track",
            "userId": user,
            "event": said,
            "messageId": f"consent-{number}",
            "properties": {"purpose": "marketing"},
        },
    ]


def _phone(number: int) -> str:
    return f"138{number:08d}"


def _too_long(number: int) -> bool:
    return number % TOO_LONG == 7


def _closed(number: int) -> bool:
    return number % CLOSED == 5


def _now(home: Path) -> float:
    """What o'clock it is in a home whose time runs fast: its clock is written down ahead of time."""
    path = home / FILE
    reached = datetime.fromisoformat(json.loads(path.read_text("utf-8"))["reached"]).timestamp()
    return reached + (time.time() - path.stat().st_mtime - AHEAD_SECONDS) * PACE


def _refusals(home: Path) -> int:
    """How many want no marketing by SMS any more."""
    with sqlite3.connect(home / "ledger.db", timeout=30) as ledger:
        asked = "SELECT count(DISTINCT person) FROM consents WHERE channel = 'sms' AND NOT given"
        return int(ledger.execute(asked).fetchone()[0])


def _left(home: Path) -> dict[str, int]:
    """Events by name, once all that was told is in the timeline; and calls of which nothing is known."""
    stores = open_home(Settings(home=home))
    try:
        run_until_empty(Applier(stores, receivers_of()).step)
        run_until_empty(Drain(stores).step)
        events = {row[0]: int(row[1]) for row in stores.events.rows("SELECT name, count() FROM events GROUP BY name")}
        with stores.ledger.read() as conn:
            waiting = sa.select(sa.func.count()).select_from(sms_sends).where(sms_sends.c.state == CALLING)
            return {**events, "calling": int(conn.execute(waiting).scalar_one())}
    finally:
        if isinstance(stores.clock, KeptClock):
            stores.clock.stop()
        stores.close()
