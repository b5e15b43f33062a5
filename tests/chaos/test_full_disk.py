"""A disk that is full: nothing half-done, a clear sentence, and everything goes on once there is room."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.installation import Server, basic

DISK_MB = 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can't be mounted here (it takes root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_events_with_a_sentence_and_takes_them_once_there_is_room(small_disk: Path) -> None:
    with Server(small_disk / "home") as server:
        key = json.loads(server.siyu("key", "write", "shop", "--kind", "server", "--json").text)["key"]
        ballast = small_disk / "ballast"
        fill(ballast)
        statuses = {send(server, key, number) for number in range(200)}
        assert statuses <= {200, 503}
        assert 503 in statuses
        ballast.unlink()
        assert send(server, key, 1_000) == 200


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            return


def send(server: Server, key: str, number: int) -> int:
    call = {"userId": f"u{number}", "event": "note", "messageId": f"m{number}", "properties": {"text": "x" * 20_000}}
    return server.request("POST", "/v1/track", call, basic(key)).status
