"""Finds the Chromium that browser tests drive: ``python -m tests.browser_path`` prints it, or exits 1."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def browser_path() -> Path | None:
    """``SIYU_TEST_BROWSER``, else a Chromium or Chrome on the PATH, else one fetched by playwright, else None."""
    named = os.environ.get("SIYU_TEST_BROWSER")
    if named:
        return Path(named)
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found:
        return Path(found)
    placed = next((Path(place) for place in PLACES if Path(place).exists()), None)
    home = Path(
        os.environ.get("HOME") or "/nonexistent"
    )  # Path.home() raises for a user whom the machine does not know
    fetched = sorted(home.glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return placed or (fetched[-1] if fetched else None)


if __name__ == "__main__":
    path = browser_path()
    sys.stdout.write(f"{path or ''}\n")
    raise SystemExit(path is None)
