"""A real server with a rehearsal shop of a few hundred people, as an operator would begin it on the first-run page."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from evidence.installation import Server, bearer

PEOPLE = 300
OWNER = {
    "shop": "汀屿美妆",
    "name": "林经理",
    "login": "owner",
    "password": "a long password",
    "again": "a long password",
    "timezone": "Asia/Shanghai",
    "currency": "CNY",
}
SECONDS_MAX = 120.0
OPEN_SECONDS_MAX = 600.0


def wait_for(happens: Callable[[], Any], what: str, seconds_max: float = SECONDS_MAX) -> Any:
    """The first answer of ``happens()`` that counts as true."""
    until = time.monotonic() + seconds_max
    while time.monotonic() < until:
        found = happens()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds_max:.0f} s: {what}")


class LivingShop:
    """A server whose owner is signed in and whose rehearsal is under way; with ``town`` on WeCom too, whose people live
    ``town_pace`` times as fast (0: as they do by themselves) and rest after ``days``. ``pace``: of all time there."""

    def __init__(
        self,
        home: Path,
        *,
        people: int = PEOPLE,
        haste: int = 20,
        town: bool = False,
        town_pace: float = 0,
        pace: int = 1,
        days: float = 0,
        arrivals: float = 60,
    ) -> None:
        world = {
            "REHEARSAL_PEOPLE": str(people),
            "REHEARSAL_HASTE": str(haste),
            "REHEARSAL_TOWN": "yes" if town else "no",
            "REHEARSAL_PACE": str(town_pace) if town_pace else "",
            "REHEARSAL_DAYS": str(days),
            "REHEARSAL_ARRIVALS": str(arrivals),
        }
        words = ("up", "--pace", str(pace)) if pace > 1 else ("up",)
        self.server = Server(home, words=words, port=0, **world)
        self.server.start()
        self.http = httpx.Client(
            base_url=self.server.address.rstrip("/"),
            headers={"Origin": self.server.address.rstrip("/")},
            trust_env=False,
            timeout=30,
        )
        self._key = ""
        self.open_after_seconds = 0.0

    def begin(self) -> httpx.Response:
        """The first-run page, filled in and sent."""
        return self.http.post("/first-run", data=OWNER)

    def start_rehearsal(self) -> None:
        """… until its history is in the event log."""
        self.open_shop()
        self.wait_until_drained()

    def open_shop(self) -> None:
        """Press the button, and wait until its people are alive."""
        began = time.monotonic()
        assert self.http.post("/rehearsal/start").status_code in (200, 303)
        wait_for(lambda: "营业中" in self.progress(), "the shop is open", OPEN_SECONDS_MAX)
        self.open_after_seconds = time.monotonic() - began

    def progress(self) -> str:
        """What the page says about the rehearsal now."""
        return self.http.get("/rehearsal/progress").text

    def wait_until_drained(self) -> None:
        """Until all that was sent is in the event log."""
        wait_for(self._drained, "history is in the event log")

    def _drained(self) -> bool:
        """Whether figures stand still: nothing waits between inbox and event log."""
        before = self.figure("people", "orders")
        time.sleep(0.7)
        return before["people"] > 0 and before == self.figure("people", "orders")

    def figure(self, *names: str) -> dict[str, Any]:
        """The core figures of these names over the whole time."""
        values = {figure["name"]: figure["value"] for figure in self.post("/api/reports/core", {})["figures"]}
        return {name: values[name] for name in names}

    def truths(self) -> list[dict[str, Any]]:
        """What really happened, from the rehearsal's own book."""
        path = self.server.home / "rehearsal" / "truth.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    @property
    def api(self) -> dict[str, str]:
        """The header of an API key."""
        if not self._key:
            self._key = self.server.siyu("key", "api", "acceptance", "--role", "owner", "--json").json["key"]
        return bearer(self._key)

    def get(self, path: str) -> Any:
        """A JSON answer of the API; the rows alone where it is a page of them."""
        return self._answered(self.http.get(path, headers=self.api))

    def post(self, path: str, body: Any) -> Any:
        return self._answered(self.http.post(path, headers=self.api, json=body))

    def put(self, path: str, body: Any) -> Any:
        return self._answered(self.http.put(path, headers=self.api, json=body))

    def _answered(self, answer: httpx.Response) -> Any:
        assert answer.is_success, f"{answer.request.method} {answer.request.url.path}: {answer.text[:500]}"
        return answer.json() if answer.content else None

    def close(self) -> int:
        self.http.close()
        return self.server.stop()
