"""The claims of the product, each with the program that measures it."""

from __future__ import annotations

import ast
from pathlib import Path

from docs.pages.markdown import page, table
from evidence.__main__ import FOLDER, claim_of, programs

HEAD = """`make evidence [ONLY=prefix] [SCALE=small|full]` measures them; what was found: [evidence](../evidence.md).
每条主张都由一个小程序测量。
"""


def pages() -> dict[str, str]:
    rows = [(f"`{claim_of(name)}`", _says(FOLDER / f"{name}.py"), f"`evidence/{name}.py`") for name in programs()]
    return {"claims.md": page("Claims · 主张", HEAD, table(["claim", "says", "program"], rows))}


def _says(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())
