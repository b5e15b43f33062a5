"""Mechanics 玩法: one folder each, which registers itself when it is imported: importing this imports them all."""

from __future__ import annotations

import importlib
import pkgutil

for _entry in pkgutil.iter_modules(__path__):
    if _entry.ispkg:
        importlib.import_module(f"{__name__}.{_entry.name}")
