"""A month of a shop passes in minutes, with the product running unchanged on a fast clock; and what it keeps is, to the
single friend, welcome, message, tag and order, what the simulated platforms remember by themselves."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evidence.harness import Evidence, Scale, at_least, at_most, equal, fresh_home
from evidence.living_shop import LivingShop, wait_for

CLAIM = "rehearsal.month"
PEOPLE = {"small": 60, "full": 10_000}
DAYS = {"small": 0.5, "full": 30.0}
ARRIVALS = {"small": 90, "full": 60}
"""Friends who come by themselves in a day. A half day may be a night, in which a third of them come."""
PACE = 3_600
MINUTES_MAX = 15.0
QUIET_LOOKS = 4
"""So often the product's records have to stand still, half a second apart, before they are compared."""
SETTLE_SECONDS_MAX = 240.0
PAGE = 1_000
LOOK_SECONDS = 0.1


def measure(scale: Scale) -> Evidence:
    days = DAYS[scale]
    with fresh_home() as folder:
        home = folder / "home"
        size = {"people": PEOPLE[scale], "arrivals": ARRIVALS[scale]}
        shop = LivingShop(home, haste=1, town=True, pace=PACE, days=days, **size)
        machine = StandStill()
        try:
            shop.begin()
            shop.open_shop()
            opened = time.monotonic()
            wait_for(lambda: "休息" in shop.progress(), "everybody rests", days * 86_400 / PACE + 120)
            minutes = (time.monotonic() - opened) / 60
            platforms = Platforms(home)
            settled = _settle(shop, platforms)
            platforms.remember()
        finally:
            machine.stop()
            ended = shop.close()
        books = Books(home)
        try:
            differ, late = {**compared(platforms, books), **books.faults()}, books.late()
            unsaid = books.unsaid()
        finally:
            books.close()
    return Evidence(
        CLAIM,
        f"{days:g} days of {PEOPLE[scale]:,} people, {PACE:,} times as fast",
        [
            at_most("minutes", round(minutes, 2), days * MINUTES_MAX / DAYS["full"]),
            *(equal(name, count, 0) for name, count in differ.items()),
            at_most("welcomes_late", late, 0),
            at_least("friends_added", len(platforms.added), days * 20, timed=False),
            at_least("orders_of_friends", len(platforms.bills), days * 3, timed=False),
            equal("exit_status", ended, 0),
        ],
        {**platforms.counts(), "settled_after_seconds": settled, "events": books.events, "unsaid": unsaid}
        | {"longest_the_machine_stood_still_seconds": machine.longest_seconds},
    )


class StandStill:
    """Whether the machine itself was stopped meanwhile: in such a pause of 20 seconds a day of the shop is over, and
    no welcome of it can be in time."""

    def __init__(self) -> None:
        self.longest_seconds = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stand-still", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        last = time.time()
        while not self._stop.wait(LOOK_SECONDS):
            now = time.time()
            self.longest_seconds = max(self.longest_seconds, round(now - last - LOOK_SECONDS, 2))
            last = now


class Platforms:
    """What the simulated WeCom and shop remember, and the people's own diary."""

    def __init__(self, home: Path) -> None:
        from rehearsal.platforms.core.running import Door

        self._home = home
        founded = json.loads((home / "rehearsal" / "town" / "founded.json").read_text("utf-8"))
        self.corpid: str = founded["corpid"]
        self.wecom = Door(f"http://127.0.0.1:{founded['wecom_port']}")
        self.shops = Door(f"http://127.0.0.1:{founded['shops_port']}")

    def waiting(self) -> int:
        """Callbacks that are under way."""
        return self.wecom.get("poster")["waiting"] + self.shops.get("poster")["waiting"]

    def remember(self) -> None:
        from rehearsal.people.founding import SHOP

        self.follows = list(self._rows("follows"))
        self.codes = list(self._rows("welcomes"))
        self.tags = {each["id"]: each["name"] for each in self._rows("tags")}
        self.deliveries = list(self._deliveries())
        self.bills = {each["number"]: each for each in self.shops.get("bills", shop=SHOP)["bills"]}
        lines = (self._home / "rehearsal" / "truth.jsonl").read_text("utf-8").splitlines()
        truths = [json.loads(line) for line in lines]
        self.added = [each for each in truths if each["kind"] == "life" and each["what"] == "added"]
        self.ordered = {each["order"]: round(each["total"] * 100) for each in truths if each["kind"] == "order"}

    def _rows(self, drawer: str) -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            rows = self.wecom.get("state", corpid=self.corpid, drawer=drawer, after=str(after))["rows"]
            yield from rows
            after += len(rows)
            if len(rows) < PAGE:
                return

    def _deliveries(self) -> Iterator[dict[str, Any]]:
        after = 0
        while found := self.wecom.get("deliveries", corpid=self.corpid, after=str(after))["deliveries"]:
            yield from found
            after = found[-1]["number"]

    def friends(self) -> set[tuple[str, str]]:
        return {(each["userid"], each["external_userid"]) for each in self.follows if each["bond"] == "both"}

    def tagged(self) -> set[tuple[str, str]]:
        of_friends = [each for each in self.follows if each["bond"] == "both"]
        return {(each["external_userid"], self.tags[tag]) for each in of_friends for tag in each["tags"]}

    def messages(self) -> Counter[tuple[str, str]]:
        """Mass messages that reached a customer, by words."""
        mass = [each for each in self.deliveries if each["kind"] == "mass"]
        return Counter((json.dumps(each["content"], sort_keys=True), who) for each in mass for who in each["to"])

    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "welcomed": sum(each["used"] for each in self.codes),
            "messages": sum(self.messages().values()),
            "tags": len(self.tagged()),
            "orders_of_the_year": len(self.ordered),
            "sent_back": sum(each["back_fen"] > 0 for each in self.bills.values()),
        }


class Books:
    """What the product keeps, read when its server has ended."""

    def __init__(self, home: Path) -> None:
        from siyu.app import open_home
        from siyu.settings import Settings

        self._stores = open_home(Settings(home=home))
        (self.events,) = self._stores.events.row("SELECT count() FROM events")

    def close(self) -> None:
        self._stores.close()

    def _read(self, statement: str) -> list[Any]:
        import sqlalchemy as sa

        with self._stores.ledger.read() as conn:
            return list(conn.execute(sa.text(statement)))

    def friends(self) -> set[tuple[str, str]]:
        rows = self._read("SELECT userid, external_userid FROM wecom_contacts WHERE state = 'friend'")
        return {(row.userid, row.external_userid) for row in rows}

    def tagged(self, friends: set[str]) -> set[tuple[str, str]]:
        rows = self._read(
            "SELECT i.value AS who, t.name AS tag FROM identifiers i JOIN people p ON p.person = i.person "
            "JOIN person_tags pt ON pt.person = p.kept JOIN tags t ON t.id = pt.tag WHERE i.kind = 'external_userid'"
        )
        return {(row.who, row.tag) for row in rows if row.who in friends}

    def welcomed(self) -> int:
        return self._read("SELECT count(*) AS many FROM welcomes WHERE state = 'sent'")[0].many

    def unsaid(self) -> str:
        """What became of welcomes that were not said, and on which of the month's days their friends came."""
        rows = self._read("SELECT state, answer, received FROM welcomes ORDER BY received")
        many: Counter[str] = Counter()
        days: dict[str, list[float]] = {}
        for row in rows:
            if row.state != "sent":
                code = json.loads(row.answer or "{}").get("code") or ""
                kind = f"{row.state} {code}".strip()
                many[kind] += 1
                days.setdefault(kind, []).append((row.received - rows[0].received) / 86_400_000)
        told = (f"{count} {kind} (days {min(days[kind]):.2f} to {max(days[kind]):.2f})" for kind, count in many.items())
        return "; ".join(told)

    def late(self) -> int:
        """Welcomes for which the machine took longer than the platform waits."""
        return self._read("SELECT count(*) AS many FROM welcomes WHERE state = 'late'")[0].many

    def accepted(self) -> int:
        sent = "SELECT count(*) AS many FROM outbox WHERE state = 'accepted' AND channel = 'wecom'"
        return self._read(sent)[0].many

    def told(self, name: str) -> tuple[int, int]:
        """How many events of a name there are, and how many of them are one of a kind."""
        many, single = self._stores.events.row(
            "SELECT count(), uniqExact(message_id) FROM events WHERE name = {name:String}", {"name": name}
        )
        return many, single

    def orders(self, name: str, head: str) -> dict[str, tuple[int, int]]:
        """Order number → how many events, how many fen; of numbers that begin with ``head``."""
        rows = self._stores.events.rows(
            "SELECT order, count(), toInt64(round(sum(amount) * 100)) FROM events "
            "WHERE name = {name:String} AND startsWith(order, {head:String}) GROUP BY order",
            {"name": name, "head": head},
        )
        return {order: (many, fen) for order, many, fen in rows}

    def faults(self) -> dict[str, int]:
        return {"failed_jobs": self._read("SELECT count(*) AS many FROM jobs WHERE state = 'failed'")[0].many}


def compared(platforms: Platforms, books: Books) -> dict[str, int]:
    """How often the product's books and the platforms' differ; by what."""
    friends = platforms.friends()
    added, added_once = books.told("friend_added")
    back = {number: (1, bill["back_fen"]) for number, bill in platforms.bills.items() if bill["back_fen"]}
    paid = {number: (1, bill["fen"]) for number, bill in platforms.bills.items()}
    of_the_year = books.orders("order_paid", "")
    used = sum(each["used"] for each in platforms.codes)
    who = {external for _, external in friends}
    return {
        "friendships_differ": len(friends ^ books.friends()),
        "added_not_stored_once": abs(len(platforms.added) - added) + added - added_once,
        "welcomes_lost": len(platforms.codes) - used - books.late(),
        "welcomes_differ": abs(used - books.welcomed()) + abs(used - books.told("welcome_sent")[0]),
        "got_the_same_message_twice": sum(many - 1 for many in platforms.messages().values()),
        "messages_differ": abs(sum(platforms.messages().values()) - books.accepted()),
        "tags_differ": len(platforms.tagged() ^ books.tagged(who)),
        "orders_of_friends_differ": _different(paid, books.orders("order_paid", "TYW")),
        "returns_differ": _different(back, books.orders("order_returned", "TYW")),
        "orders_of_the_year_differ": sum(
            of_the_year.get(number) != (1, fen) for number, fen in platforms.ordered.items()
        ),
    }


def _different(wanted: dict[str, tuple[int, int]], found: dict[str, tuple[int, int]]) -> int:
    return sum(wanted.get(number) != found.get(number) for number in wanted.keys() | found.keys())


def _settle(shop: LivingShop, platforms: Platforms) -> float:
    """Until nothing is under way between platforms and product, and the product's own records stand still."""
    began = time.monotonic()
    before, quiet = "", 0
    while quiet < QUIET_LOOKS and time.monotonic() - began < SETTLE_SECONDS_MAX:
        now = json.dumps([shop.get("/api/broadcasts")["items"], shop.get("/api/welcomes"), _known(shop)], default=str)
        quiet = quiet + 1 if now == before and not platforms.waiting() else 0
        before = now
        time.sleep(0.5)
    return round(time.monotonic() - began, 1)


def _known(shop: LivingShop) -> list[Any]:
    rules = [{"type": "did", "event": name} for name in ("friend_added", "order_paid", "tag_added", "message_accepted")]
    return [shop.post("/api/rules/count", {"rule": {"type": "all", "rules": [rule]}})["people"] for rule in rules]
