"""Writes ``docs/reference`` from the code: ``python -m docs.generate [--check]``.

``--check`` writes nothing, names the pages that are out of date, and exits 1 if there are any.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.pages import ALL_PAGES
from docs.pages.markdown import MADE
from siyu.app import load_rooms

FOLDER = Path(__file__).parent / "reference"


def rendered() -> dict[str, str]:
    """Every file of the reference: its name, its text."""
    load_rooms()
    return {name: text for page in ALL_PAGES for name, text in page().items()}


def stale(files: dict[str, str], folder: Path = FOLDER) -> list[str]:
    """The names of files that are missing, out of date, or no longer made. Pages written by hand are let be."""
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    by_hand = {name for name in there - set(files) if MADE not in (folder / name).read_text("utf-8")}
    differing = [name for name, text in files.items() if name in there and (folder / name).read_text("utf-8") != text]
    return sorted({*differing, *(set(files) - there), *(there - set(files) - by_hand)})


def write(files: dict[str, str], folder: Path = FOLDER) -> None:
    for name in stale(files, folder):
        path = folder / name
        if name not in files:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name], "utf-8")


def main() -> int:
    asked = argparse.ArgumentParser(prog="docs.generate", description=__doc__)
    asked.add_argument("--check", action="store_true")
    files = rendered()
    if not asked.parse_args().check:
        write(files)
        return 0
    old = stale(files)
    for name in old:
        sys.stderr.write(f"docs/reference/{name} is out of date: run `make docs`\n")
    return 1 if old else 0


if __name__ == "__main__":
    raise SystemExit(main())
