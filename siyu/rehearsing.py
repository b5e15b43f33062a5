"""The rehearsal shop beside a server: a process of its own that talks to it over HTTP, started and stopped with it.

Siyu gives it a write key and the secret of a webhook account, and reads its progress; nothing else passes between them
(``rehearsal/launch.py`` has the other half of this agreement).
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from siyu.channels.accounts import change_account, list_accounts, open_account
from siyu.channels.registry import Channels
from siyu.channels.signing import new_secret
from siyu.people.actions import open_write_key
from siyu.storage import Stores

log = logging.getLogger(__name__)

ACCOUNT_NAME = "预演顾客"
SOURCE = "rehearsal"
SECONDS_TO_STOP_MAX = 10
WEBHOOK_BATCH = 200


class Rehearsal:
    """At most one per home folder. ``address`` is where the server listens."""

    def __init__(self, stores: Stores, channels: Channels, address: str) -> None:
        self._stores, self._channels, self._address = stores, channels, address
        self._folder = stores.home / "rehearsal"
        self._keys = self._folder / "keys.json"
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._state: dict[str, Any] | None = None

    def resume(self) -> None:
        """Go on where it stopped with the server; nothing where it was never started."""
        if self._keys.exists():
            self.start()

    def start(self) -> None:
        """Start it, or do nothing where it runs."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            keys = self._known_keys()
            self._state = {"stage": "preparing", "done": 0, "all": 1}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rehearsal", "--server", self._address, "--state", self._folder, "--live", "--json"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=_environment(keys),
            )
            threading.Thread(target=self._follow, args=(self._process, keys), name="rehearsal", daemon=True).start()

    def state(self) -> dict[str, Any] | None:
        """``{"stage", "done", "all"}`` as last told, None where it was never started."""
        return self._state

    def stop(self) -> None:
        """End it and wait until it has."""
        with self._lock:
            process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            process.wait(SECONDS_TO_STOP_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _known_keys(self) -> Mapping[str, str]:
        if not self._keys.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            keys = {"write_key": open_write_key(self._stores, "system", "预演门店", SOURCE), "secret": new_secret()}
            with os.fdopen(os.open(self._keys, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(keys, file)
        found: dict[str, str] = json.loads(self._keys.read_text())
        return found

    def _follow(self, process: subprocess.Popen[str], keys: Mapping[str, str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            told: dict[str, Any] = json.loads(line)
            if told["stage"] == "connecting":
                self._connect(told["url"], keys["secret"])
            self._state = told
        process.wait()
        process.stdout.close()
        if self._process is process and self._state is not None and self._state["stage"] not in ("done", "failed"):
            self._state = {"stage": "failed", "done": 0, "all": 0, "message": f"exit {process.returncode}"}

    def _connect(self, url: str, secret: str) -> None:
        """The webhook account through which messages reach its people: opened once, its address kept right."""
        settings = {"url": url, "secret": secret, "batch": WEBHOOK_BATCH, "identifiers": "user_id"}
        known = [account for account in list_accounts(self._stores) if account.name == ACCOUNT_NAME]
        if not known:
            open_account(self._stores, self._channels, channel="webhook", name=ACCOUNT_NAME, settings=settings)
        elif known[0].settings.get("url") != url:
            change_account(self._stores, self._channels, known[0].id, settings=settings)


def _environment(keys: Mapping[str, str]) -> dict[str, str]:
    """Keys go in the environment; the package is found wherever this one was."""
    here = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)
    return {
        **os.environ,
        "PYTHONPATH": path,
        "REHEARSAL_WRITE_KEY": keys["write_key"],
        "REHEARSAL_SECRET": keys["secret"],
    }
