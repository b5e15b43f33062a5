"""A process that imports a file and kills itself (SIGKILL) at its N-th step.

Usage: killed_run.py HOME FILE N. Steps are the moments before and after everything that writes. N = 0: never.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from siyu.app import open_home
from siyu.people.importing import command, records, running, staging, storing
from siyu.settings import Settings

HOME, FILE, STEP = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
steps = 0


def step() -> None:
    global steps
    steps += 1
    if steps == STEP:
        os.kill(os.getpid(), signal.SIGKILL)


def watched(owner: Any, name: str) -> None:
    inner: Callable[..., Any] = getattr(owner, name)

    def outer(*given: Any, **named: Any) -> Any:
        step()
        answer = inner(*given, **named)
        step()
        return answer

    setattr(owner, name, outer)


staging.SLICE_ROWS = 2_000
for owner, name in (
    (records, "start"),
    (staging.Staging, "add"),
    (running.Run, "_note"),
    (running, "resolve"),
    (staging.Staging, "add_people"),
    (running, "open_batch"),
    (storing.OrderStore, "_claim_orders"),
    (storing.OrderStore, "_command"),
    (running, "close_batch"),
    (staging.Staging, "drop"),
):
    watched(owner, name)

stores = open_home(Settings(home=HOME))
command.import_file(stores, "orders", FILE, timezone="Asia/Shanghai", source="shop", alone=True)
print(steps)
for row in stores.events.rows(
    "SELECT name, order, amount, toUnixTimestamp64Milli(time), lines.row, lines.sku FROM events ORDER BY message_id"
):
    print(row)
with stores.ledger.read() as conn:
    for query in ("SELECT count(*) FROM people", "SELECT count(*) FROM order_keys"):
        print(conn.exec_driver_sql(query).scalar())
stores.close()
