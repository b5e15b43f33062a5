"""The calls of WeCom that are used here: one row each, a file a family. A file put here is found by itself."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from siyu.channels.platform.endpoints import Endpoint, table


def _all() -> Mapping[str, Endpoint]:
    families = [import_module(f"{__name__}.{each.name}").ROWS for each in iter_modules(__path__)]
    return table(*(row for rows in families for row in rows))


ENDPOINTS = _all()
