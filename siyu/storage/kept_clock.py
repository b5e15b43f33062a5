"""The clock of a home folder for rehearsals: it may run fast, and it never goes back.

``clock.json`` in the home says how far time has come. It is written ahead: no moment is told before a later one is on
disk, so a process that is killed costs a little time and never repeats any. A home without that file has the machine's
own clock, and a home that was in use with it keeps it: a shop's real data must not be a year ahead of the world.
"""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from siyu.storage.clock import PacedClock, SystemClock
from siyu.storage.errors import BadInput

FILE = "clock.json"
AHEAD_SECONDS = 10.0
RENEW_SECONDS = 3.0


def has_own_time(home: Path) -> bool:
    """Whether time in this home is its own, ahead of the world's."""
    return (home / FILE).exists()


def require_new(home: Path, pace: int) -> None:
    """Raises :class:`BadInput` where a home that is in use with the machine's time would get a time of its own."""
    used = (home / "ledger.db").exists() or (home / "events").exists()
    if used and not has_own_time(home):
        raise BadInput(
            "pace_home",
            f"{home} 已在使用，其中的时间不能加速。请为快速预演另选一个空目录：siyu --home 新目录 up --pace {pace}。",
            f"{home} is in use, so its time can't run faster. Rehearse in an empty folder of its own: "
            f"siyu --home FOLDER up --pace {pace}.",
            field="pace",
        )


class KeptClock:
    """Runs from where time had come, ``pace`` times as fast as the machine's, until :meth:`stop`. One per home."""

    def __init__(self, home: Path, pace: float) -> None:
        self._path = home / FILE
        self.told = PacedClock(_reached(self._path), time.time(), pace)
        self._stop = threading.Event()
        self._keep(AHEAD_SECONDS)
        self._thread = threading.Thread(target=self._renew, name="clock", daemon=True)
        self._thread.start()

    @property
    def pace(self) -> float:
        return self.told.pace

    def now(self) -> datetime:
        return self.told.now()

    def stop(self) -> None:
        """Write down how far it has come; nobody may ask for the time any more."""
        self._stop.set()
        self._thread.join()
        self._keep(0.0)

    def _renew(self) -> None:
        while not self._stop.wait(RENEW_SECONDS):
            self._keep(AHEAD_SECONDS)

    def _keep(self, ahead_seconds: float) -> None:
        reached = self.now() + timedelta(seconds=ahead_seconds * self.pace)
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps({"reached": reached.isoformat()}), "utf-8")
        os.replace(aside, self._path)


def _reached(path: Path) -> datetime:
    """Where time goes on: never before the world's."""
    now = SystemClock().now()
    if not path.exists():
        return now
    kept = datetime.fromisoformat(json.loads(path.read_text("utf-8"))["reached"])
    return max(kept.astimezone(UTC), now)
