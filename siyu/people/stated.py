"""What customers state through the shop's own pages: consent given, withdrawn, unsubscribed. Pure.

A track call ``consent_given`` or ``consent_withdrawn`` with the properties ``purpose`` and ``channel`` (default:
marketing, any), ``notice`` and ``evidence``; ``unsubscribed`` withdraws likewise. The drain records them as
statements of the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siyu.people.consents import CHANNELS, PURPOSES
from siyu.storage import BadInput

GIVES: Mapping[str, bool] = {"consent_given": True, "consent_withdrawn": False, "unsubscribed": False}
"""Name of the event → whether consent is given by it."""

TOLD_BY_THE_STATEMENT = frozenset({"consent_given", "consent_withdrawn"})
"""Recording the statement makes this very event; the outside one is not stored beside it."""

TEXT_CHARACTERS_MAX = 200


def stated(properties: Mapping[str, Any], where: str) -> dict[str, str]:
    """Purpose, channel, notice and evidence of a statement. Raises :class:`BadInput` naming the field."""
    found = {
        "purpose": _one_of(properties, "purpose", "marketing", PURPOSES, where),
        "channel": _one_of(properties, "channel", "any", CHANNELS, where),
    }
    for name in ("notice", "evidence"):
        value = properties.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > TEXT_CHARACTERS_MAX):
            raise BadInput(
                "bad_text",
                f"{where}.{name}：须为不超过 {TEXT_CHARACTERS_MAX} 字的文字。",
                f"{where}.{name}: must be a text of at most {TEXT_CHARACTERS_MAX} characters.",
                field=f"{where}.{name}",
            )
        found[name] = value or ""
    return found


def _one_of(properties: Mapping[str, Any], name: str, default: str, known: Mapping[str, Any], where: str) -> str:
    value = properties.get(name, default)
    if not isinstance(value, str) or value not in known:
        raise BadInput(
            f"bad_{name}",
            f"{where}.{name}：应为 {'、'.join(known)} 之一。",
            f"{where}.{name}: must be one of {', '.join(known)}.",
            field=f"{where}.{name}",
        )
    return value
