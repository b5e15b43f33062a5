"""House rules that no other tool checks: files under 500 lines, packages whose imports can be checked, and each room
with a README of at most a screen."""

from __future__ import annotations

import sys
from pathlib import Path

FILE_LINES_MAX = 500
README_LINES_MAX = 60
REPOSITORY = Path(__file__).resolve().parent.parent
FOLDERS = ("siyu", "rehearsal", "evidence", "tests", "docs", "tools")


def broken_rules(repository: Path = REPOSITORY) -> list[str]:
    """One sentence for each thing that is not as it should be."""
    found: list[str] = []
    for folder in FOLDERS:
        for path in sorted((repository / folder).rglob("*.py")):
            lines = len(path.read_text("utf-8").splitlines())
            if lines > FILE_LINES_MAX:
                found.append(f"{path.relative_to(repository)} has {lines} lines; split it ({FILE_LINES_MAX} at most)")
    found += [
        f"{folder.relative_to(repository)} has no __init__.py: import rules don't see into it"
        for folder in sorted({code.parent for code in (repository / "siyu").rglob("*.py")})
        if not (folder / "__init__.py").exists()
    ]
    for room in sorted((repository / "siyu").iterdir()):
        if not (room / "__init__.py").exists():
            continue
        readme = room / "README.md"
        if not readme.exists():
            found.append(f"siyu/{room.name} has no README.md (purpose, owns, may touch, where to look)")
        elif len(readme.read_text("utf-8").splitlines()) > README_LINES_MAX:
            found.append(f"siyu/{room.name}/README.md is longer than a screen ({README_LINES_MAX} lines)")
    return found


if __name__ == "__main__":
    for sentence in broken_rules():
        sys.stderr.write(f"{sentence}\n")
    raise SystemExit(bool(broken_rules()))
