"""Lives of whoever grants and pays: each a process of its own that taps and pays until it gets ``kill -9``."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from siyu.app import load_rooms
from siyu.channels.platform.exchange import Exchange
from siyu.growth.campaigns import acting
from siyu.growth.campaigns.acting import Wish
from siyu.growth.payouts.paying import Payer
from siyu.growth.purses import granting
from siyu.growth.purses.model import Wanted
from siyu.storage import ManualClock, Stores
from siyu.storage.ledger import Ledger

AT_ONCE = 20
"""Taps that come together are one transaction."""
THREADS = 3
FORKED = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Rush:
    """What everybody wants. ``packets``: efforts of ``campaign``; ``prize`` in cents of ``purse``."""

    people: int
    purse: int
    prize: int
    campaign: int
    packets: Sequence[str]

    def prizes(self, persons: Sequence[int]) -> list[Wanted]:
        """A prize for each: the same wish whenever they tap."""
        return [Wanted(f"prize:{each}", self.purse, each, "money", self.prize, "奖品") for each in persons]

    def parts(self, persons: Sequence[int]) -> list[Wish]:
        """A part of a packet for each, always of the same one."""
        opened = self.packets
        return [Wish(self.campaign, each, f"part:{each}", opened[each % len(opened)]) for each in persons]


@dataclass
class _Kept:
    """As much of the stores as acting and paying need."""

    home: Path
    ledger: Ledger
    clock: ManualClock


def life(home: Path, clock: ManualClock, rush: Rush, seed: int, quiet: float) -> None:
    """Taps and pays for ever. ``quiet``: seconds between two groups of taps, so that paying has its turn too."""
    stores = cast("Stores", _Kept(home, Ledger(f"sqlite:///{home / 'ledger.db'}"), clock))
    for number in range(THREADS):
        threading.Thread(target=_taps, args=(stores, rush, f"{seed}:{number}", quiet), daemon=True).start()
    payer = Payer(stores, Exchange(stores))
    while True:
        if not payer.step():
            clock.advance(timedelta(minutes=1))  # nothing waits for long
            time.sleep(quiet)


def _taps(stores: Stores, rush: Rush, seed: str, quiet: float) -> None:
    chance, pause = random.Random(seed), threading.Event()
    while True:
        persons = chance.sample(range(1, rush.people + 1), AT_ONCE)
        taps(stores, rush, persons)
        pause.wait(quiet)


def taps(stores: Stores, rush: Rush, persons: Sequence[int]) -> None:
    """These want a prize and a part of a packet, all together."""
    with stores.ledger.write() as conn:
        granting.grant(conn, stores.clock.now(), "evidence", rush.prizes(persons))
    acting.act(stores, rush.parts(persons))


class Nursery:
    """Begins lives in a hundredth of a second: it has read the product, and does nothing else. Enter it before any
    thread begins."""

    def __enter__(self) -> Nursery:
        self._ours, theirs = FORKED.Pipe()
        self._process = FORKED.Process(target=_bears, args=(theirs,))
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.send(None)
        self._process.join()

    def born(self, *given: Any) -> int:
        """A life, running: its process id. ``given`` as to :func:`life`."""
        self._ours.send(given)
        return int(self._ours.recv())

    def killed(self, pid: int) -> None:
        """End it with ``kill -9``. Raises :class:`RuntimeError` where it had ended by itself."""
        os.kill(pid, signal.SIGKILL)
        self._ours.send("buried")
        if self._ours.recv() != -signal.SIGKILL:
            raise RuntimeError("a life ended by itself")


def _bears(asked: Connection[Any, Any]) -> None:
    while (given := asked.recv()) is not None:
        process = FORKED.Process(target=life, args=given, daemon=True)
        process.start()
        asked.send(process.pid)
        if asked.recv() is None:  # whoever asked gave up meanwhile
            process.kill()
            return
        process.join()
        asked.send(process.exitcode)


load_rooms()
