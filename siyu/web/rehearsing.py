"""Runs the rehearsal shop beside this server: starts the program, follows it, connects its customers' webhook.

The program talks to us over HTTP like any shop. It holds a write key, an API key (with which its manager connects the
simulated platforms) and the webhook's secret, handed over in its environment, and ends when our end of its standard
input is closed: it never outlives the server.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from siyu.channels import accounts
from siyu.channels.registry import Channels
from siyu.channels.signing import new_secret
from siyu.people import write_keys
from siyu.staff import actions, audit, queries
from siyu.staff.model import SYSTEM
from siyu.storage import Conflict, SiyuError, Stores, Unavailable, kept_clock

log = logging.getLogger("siyu.web")

SOURCE = "rehearsal"
ACCOUNT = "预演顾客"
KEY = "预演店铺"
STOP_SECONDS_MAX = 5
WEBHOOK_BATCH = 200
RUNNING = ("preparing", "history", "connecting", "live", "resting")


def folder_of(stores: Stores) -> Path:
    """Where the rehearsal keeps its world; it is there once a rehearsal was begun here."""
    return stores.home / "rehearsal"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the rehearsal is: its stage, and units of that stage. ``url`` is where its people get messages."""

    stage: str
    done: int = 0
    all: int = 0
    message: str = ""
    url: str = ""

    @property
    def running(self) -> bool:
        return self.stage in RUNNING


class Rehearsal:
    """At most one rehearsal of this installation. ``address`` is where it finds this server."""

    def __init__(self, stores: Stores, address: str, channels: Channels) -> None:
        self._stores = stores
        self._address = address
        self._channels = channels
        self._folder = folder_of(stores)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._progress: Progress | None = None
        self._follower = threading.Thread()
        self.secret = ""

    @property
    def possible(self) -> bool:
        """Whether this server knows its own address, which the rehearsal needs."""
        return bool(self._address)

    @property
    def progress(self) -> Progress | None:
        """How far it is; ``None`` before the first start."""
        return self._progress

    def start(self) -> None:
        """Start it, or go on where it was stopped. Raises :class:`Conflict` where it runs already."""
        if not self.possible:
            raise Unavailable(
                "rehearsal_address",
                "预演店铺需要用 siyu up 启动。",
                "The rehearsal shop needs a server begun with siyu up.",
            )
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                raise Conflict("rehearsal_runs", "预演店铺已在运行。", "The rehearsal shop is running already.")
            self.secret = new_secret()
            keys = {"REHEARSAL_WRITE_KEY": self._write_key(), "REHEARSAL_API_KEY": self._api_key()}
            environment = {**os.environ, **keys, **self._time(), "REHEARSAL_SECRET": self.secret}
            command = ["--server", self._address, "--state", str(self._folder), "--live", "--json"]
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "rehearsal", *command],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    encoding="utf-8",
                )
            except OSError as error:
                raise Unavailable(
                    "rehearsal_failed", "预演店铺无法启动。", "The rehearsal shop could not be started."
                ) from error
            self._folder.mkdir(parents=True, exist_ok=True)
            self._running_mark.touch()
            self._progress = Progress("preparing")
            self._follower = threading.Thread(target=self._follow, args=(self._process,), name="rehearsal", daemon=True)
            self._follower.start()

    def _time(self) -> dict[str, str]:
        """This server's time, where it is not the machine's: platforms and people keep the same."""
        clock = self._stores.clock
        if not isinstance(clock, kept_clock.KeptClock):
            return {}
        told = clock.told
        return {"REHEARSAL_CLOCK": f"{told.began.timestamp()!r},{told.since!r},{told.pace!r}"}

    def resume(self) -> None:
        """Go on where it went on when the server was stopped; not where it was stopped by hand."""
        if self.possible and self._running_mark.exists():
            self.start()

    @property
    def _running_mark(self) -> Path:
        return self._folder / "running"

    def stop(self) -> None:
        """End it, if it runs. Its people stay; it can go on later."""
        self._running_mark.unlink(missing_ok=True)
        with self._lock:
            process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._follower.join(STOP_SECONDS_MAX)
        self._end_api_keys()
        self._progress = Progress("stopped")

    def _write_key(self) -> str:
        """The one before it ends: it was shown once, and is not kept."""
        for key in write_keys.all_of(self._stores):
            if key.source == SOURCE and key.kind == "server" and key.revoked is None:
                write_keys.revoke(self._stores, key.id)
        return write_keys.create(self._stores, "预演店铺", SOURCE, "server").key

    def _api_key(self) -> str:
        """With it the shop's manager connects WeCom and the orders, as any shop would. The one before it ends."""
        self._end_api_keys()
        number, secret = actions.create_key(self._stores, SYSTEM, name=KEY, role="admin")
        now = self._stores.clock.now()
        with self._stores.ledger.write() as conn:
            audit.record(conn, now, SYSTEM.tag, "api_key_created", f"key:{number}", {"name": KEY, "role": "admin"})
        return secret

    def _end_api_keys(self) -> None:
        for key in queries.keys(self._stores):
            if key.name == KEY and key.revoked is None:
                actions.revoke_key(self._stores, SYSTEM, key.id)

    def _follow(self, process: subprocess.Popen[str]) -> None:
        """Read its progress, line by line, until it ends."""
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._hear(line)
        process.wait()
        if self._process is process and self._progress is not None and self._progress.running:
            self._progress = Progress("stopped")

    def _hear(self, line: str) -> None:
        try:
            told: dict[str, Any] = json.loads(line)
            progress = Progress(str(told["stage"]), int(told["done"]), int(told["all"]), str(told.get("message", "")))
        except (ValueError, KeyError, TypeError):
            log.warning("the rehearsal said something that is no progress")
            return
        url = str(told.get("url", "")) or (self._progress.url if self._progress else "")
        if told.get("url"):
            self.connect(url)
        self._progress = replace(progress, url=url)

    def connect(self, url: str) -> None:
        """Make the webhook account through which the rehearsal's people get messages, or mend the one there is."""
        settings = {"url": url, "secret": self.secret, "batch": WEBHOOK_BATCH}
        try:
            for known in accounts.list_accounts(self._stores):
                if known.channel == "webhook" and known.name == ACCOUNT:
                    accounts.change_account(self._stores, self._channels, known.id, settings=settings)
                    return
            accounts.open_account(self._stores, self._channels, channel="webhook", name=ACCOUNT, settings=settings)
        except SiyuError as error:
            log.warning("the rehearsal's webhook could not be connected: %s", error.code)
