"""Workers on one PostgreSQL killed (``kill -9``) one after another while events come in, a file is imported and a
broadcast goes out: the others take over; nothing is lost or doubled."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from typing import Any

from evidence.broadcasting import Shop, made, wait_for
from evidence.crew import Crew, postgresql
from evidence.harness import Evidence, Scale, at_least, equal, fresh_home
from evidence.installation import bearer
from evidence.kills import Sender
from evidence.receiver import Receiver
from siyu.storage import EventLog

CLAIM = "jobs.kill"
SECONDS_A_CALL = 0.1
LIFE_SECONDS = (0.2, 2.5)
WORKERS: Mapping[Scale, int] = {"small": 2, "full": 3}


def measure(scale: Scale) -> Evidence:
    kills, orders, people = (50, 60_000, 3_000) if scale == "full" else (2, 3_000, 300)
    workers = WORKERS[scale]
    with (
        fresh_home() as folder,
        postgresql(folder / "postgresql") as ledger,
        Receiver(SECONDS_A_CALL) as receiver,
        Crew(folder / "home", ledger, workers) as crew,
    ):
        found = Trial(crew, receiver, orders, people).run(kills, random.Random(7))
    return Evidence(
        CLAIM,
        f"{workers} workers, {kills} kills, {found['acknowledged']:,} events, {orders:,} orders, "
        f"{found['sent']:,} messages",
        [
            equal("acknowledged events lost", found["lost"], 0),
            equal("events counted twice", found["twice"], 0),
            equal("orders", found["orders"], orders),
            equal("sales", found["sales"], str(orders * 5)),
            equal("people without a message and without a reason", found["missing"], 0),
            equal("people whom the receiver and the outbox differ about", found["differing"], 0),
            equal("messages that are not settled", found["unsettled"], 0),
            equal("people with two delivery ids", found["two_ids"], 0),
            equal("imports that ended well", found["import"], "done"),
            at_least("events acknowledged", found["acknowledged"], kills * 20, timed=False),
            at_least("kills while the import or the broadcast was under way", found["at_work"], 1, timed=False),
        ],
        {"messages received again": found["repeats"], "seconds to settle after the last kill": found["settle"]},
    )


class Trial:
    """Events, an import and a broadcast at the same time, on a crew whose workers die."""

    def __init__(self, crew: Crew, receiver: Receiver, orders: int, people: int) -> None:
        self.crew, self.receiver, self.orders = crew, receiver, orders
        self.key = made(crew.server.siyu("key", "api", "trial", "--json"))["key"]
        self.shop = Shop(crew.server, receiver, people)
        self.sender = Sender(
            crew.server, made(crew.server.siyu("key", "write", "trial", "--kind", "server", "--json"))["key"]
        )
        self.events = EventLog(f"keeper://{crew.home}")

    def run(self, kills: int, chance: random.Random) -> dict[str, Any]:
        imported, broadcast = self._import(), self.shop.begin()
        thread = threading.Thread(target=self.sender.run, daemon=True)
        thread.start()
        at_work = 0
        try:
            for _ in range(kills):
                time.sleep(chance.uniform(*LIFE_SECONDS))
                at_work += self._imports(imported) == "running" or self.shop.under_way(broadcast)
                self.crew.kill_one(chance)
        finally:
            self.sender.stop()
            thread.join(60)
        began = time.monotonic()
        self.crew.minutes_pass()
        wait_for(lambda: self._imports(imported) in ("done", "failed"), "the import")
        wait_for(lambda: not self.shop.under_way(broadcast), "the broadcast")
        wait_for(self._all_stored, "the events")
        settle = round(time.monotonic() - began, 1)
        return {"at_work": at_work, "settle": settle, "import": self._imports(imported), **self._counted(broadcast)}

    def _import(self) -> int:
        rows = "\n".join(
            f"c{n % 500},A{n},2025-03-{1 + n % 28:02d} 10:{n % 60:02d},s{n % 5},2,2.50" for n in range(self.orders)
        )
        number = self._call(
            "POST",
            "/api/imports?kind=orders&source=shop&timezone=Asia/Shanghai",
            f"customer,order,time,sku,quantity,price\n{rows}\n".encode(),
            {"X-File-Name": "orders.csv", "Content-Type": "text/csv"},
        )["id"]
        self._call("POST", f"/api/imports/{number}/start")
        return number

    def _imports(self, number: int) -> str:
        return self._call("GET", f"/api/imports/{number}")["state"]

    def _call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        return made(
            self.crew.server.request(method, path, body, {**bearer(self.key), **(headers or {})}, seconds_max=60)
        )

    def _all_stored(self) -> bool:
        (stored,) = self.events.row("SELECT uniqExact(message_id) FROM events WHERE name = 'page_viewed'")
        return stored >= len(self.sender.acknowledged)

    def _counted(self, broadcast: int) -> dict[str, Any]:
        stored = dict(self.events.rows("SELECT message_id, count() FROM events WHERE name = 'page_viewed' GROUP BY 1"))
        orders, sales = self.events.row("SELECT count(), sum(amount) FROM events WHERE name = 'order_paid'")
        self.events.close()
        states = {row["person"]: row["state"] for row in self.shop.messages(broadcast)}
        got: dict[int, set[str]] = {}
        for message in self.receiver.accepted:
            got.setdefault(message.person, set()).add(message.delivery_id)
        return {
            "acknowledged": len(self.sender.acknowledged),
            "lost": len(self.sender.acknowledged - stored.keys()),
            "twice": sum(times - 1 for times in stored.values()),
            "orders": orders,
            "sales": f"{sales.normalize():f}",
            "missing": self.shop.people - len(states),
            "differing": len(got.keys() ^ {person for person, state in states.items() if state == "accepted"}),
            "unsettled": sum(state not in ("accepted", "held", "holdout") for state in states.values()),
            "two_ids": sum(len(each) > 1 for each in got.values()),
            "repeats": sum(times - 1 for times in self.receiver.accepted.values()),
            "sent": len(got),
        }
