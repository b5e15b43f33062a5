"""New friends are welcomed within seconds while a large broadcast goes out, and none is missed when the server dies."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

from evidence.answering import Answering
from evidence.broadcasting import Shop, wait_for
from evidence.harness import Evidence, Scale, at_most, equal, fresh_home, percentile
from evidence.installation import Server
from evidence.receiver import Crowd
from siyu.channels.platform.callbacks import address
from siyu.channels.platform.envelope import Envelope
from siyu.storage import Stores

CLAIM = "platforms.welcome"
WORDS = "你好，欢迎"
CORP, SECRET, TOKEN = "ww_evidence", "the-app-secret", "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TOKEN_GIVEN = {"errcode": 0, "access_token": "token", "expires_in": 7200}
PLATFORM_SECONDS = 0.03
"""The platform's own time for a call."""
SECONDS_APART = 0.1
SLICE = 10
GOAL_SECONDS = 2.0
KILLS = {"small": 1, "full": 3}
SETTLED = ("sent", "already", "late", "failed", "unruled")


def measure(scale: Scale) -> Evidence:
    people, friends = (1_000_000, 300) if scale == "full" else (2_000, 30)
    with fresh_home() as folder, Platform() as platform, Crowd() as crowd, Server(folder / "home") as server:
        began = time.monotonic()
        shop = Shop(server, crowd, people)
        world = World(shop, platform, folder / "home")
        known = time.monotonic()
        broadcasts = [_going_out(shop, crowd)]
        alone: dict[str, float] = {}
        while len(alone) < friends:  # a broadcast is under way all the time
            if not shop.under_way(broadcasts[-1]):
                broadcasts.append(_going_out(shop, crowd))
            alone |= world.befriend(SLICE)
        meanwhile = crowd.got
        world.wait_until_settled()
        waits = [platform.said[code] - told for code, told in alone.items() if code in platform.said]
        kept = dict(alone)
        for _ in range(KILLS[scale]):
            kept |= world.befriend(5)
            server.kill()
            server.start()
            world.wait_until_settled()
        counts = world.counts()
    unsaid = sum(code not in platform.said for code in kept)
    return Evidence(
        CLAIM,
        f"{friends} new friends while broadcasts to {people:,} go out, then kill -9 {KILLS[scale]} times",
        [
            equal("acknowledged_and_never_welcomed", unsaid - counts["late"], 0),
            equal("said_other_words", platform.wrong, 0),
            at_most("said_after_seconds_p99", round(percentile(waits, 99), 3), GOAL_SECONDS, "s"),
            equal("failed", counts["failed"], 0),
        ],
        {
            "said_after_seconds_p50": round(percentile(waits, 50), 3),
            "said_after_seconds_max": round(max(waits), 3),
            "seconds_until_people_were_known": round(known - began, 1),
            "broadcasts": len(broadcasts),
            "messages_that_went_out_meanwhile": meanwhile,
            "sent": counts["sent"],
            "already": counts["already"],
            "late": counts["late"],
            "calls": platform.calls,
        },
    )


def _going_out(shop: Shop, crowd: Crowd) -> int:
    """A broadcast that has begun to reach people, or is over already."""
    before, broadcast = crowd.got, shop.begin()
    wait_for(lambda: crowd.got > before or not shop.under_way(broadcast), "broadcast")
    return broadcast


class Platform(Answering):
    """Takes each welcome code once, and remembers when it came."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, float] = {}
        self.calls = 0
        self.wrong = 0

    def answer(self, body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body or b"{}")
        told: dict[str, Any] = {"errcode": self.take(asked)} if "welcome_code" in asked else TOKEN_GIVEN
        time.sleep(PLATFORM_SECONDS)
        return 200, json.dumps(told).encode()

    def take(self, asked: dict[str, Any]) -> int:
        with self.turn:
            self.calls += 1
            if asked["welcome_code"] in self.said:
                return 41051
            self.wrong += asked.get("text") != {"content": WORDS}
            self.said[asked["welcome_code"]] = time.monotonic()
            return 0


class World:
    """A WeCom account at the platform, a welcome for everybody, and customers who add an adviser."""

    def __init__(self, shop: Shop, platform: Platform, home: Path) -> None:
        self._shop = shop
        settings = {
            "corp_id": CORP,
            "agent_id": "1000002",
            "secret": SECRET,
            "callback_token": TOKEN,
            "callback_aes_key": KEY,
            "base_url": platform.address,
        }
        account = shop.call("POST", "/api/accounts", {"channel": "wecom", "name": "店", "settings": settings})["id"]
        shop.call("POST", "/api/welcomes", {"name": "everybody", "text": WORDS})
        self._path = address(cast("Stores", SimpleNamespace(home=home)), "wecom", account)
        self._envelope = Envelope(TOKEN, KEY, CORP)
        self._numbers: Iterator[int] = itertools.count(1)
        self._told = 0

    def befriend(self, count: int) -> dict[str, float]:
        """So many add an adviser, one after the other; their codes, with when the platform called."""
        codes: dict[str, float] = {}
        for _ in range(count):
            number = next(self._numbers)
            code = f"CODE{number}"
            began = time.monotonic()
            if self._call_back(number, code) == 200:
                codes[code] = began
                self._told += 1
            time.sleep(SECONDS_APART)
        return codes

    def counts(self) -> dict[str, int]:
        """What became of them, as the product says."""
        (rule,) = self._shop.call("GET", "/api/welcomes")["welcomes"]
        return rule["counts"]

    def wait_until_settled(self) -> None:
        wait_for(lambda: sum(self.counts()[state] for state in SETTLED) >= self._told, "welcomes")

    def _call_back(self, number: int, code: str) -> int:
        fields = {
            "ToUserName": CORP,
            "FromUserName": "sys",
            "CreateTime": str(int(datetime.now(UTC).timestamp())),
            "MsgType": "event",
            "Event": "change_external_contact",
            "ChangeType": "add_external_contact",
            "UserID": "zhangsan",
            "ExternalUserID": f"wm{number}",
            "WelcomeCode": code,
        }
        plain = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
        sealed, signed = self._envelope.seal(f"<xml>{plain}</xml>".encode(), fields["CreateTime"], "1")
        query = urlencode({"msg_signature": signed, "timestamp": fields["CreateTime"], "nonce": "1"})
        body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
        return self._shop.server.request("POST", f"{self._path}?{query}", body).status
