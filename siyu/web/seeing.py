"""What of free values (properties of events, attributes) the reader may see: phones and e-mails in them are masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from siyu.people.masking import scrubbed
from siyu.people.timeline import Entry
from siyu.web.current import may


def attributes_seen(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A person's attributes for whom they are shown to."""
    return dict(attributes) if may("people.phone") else scrubbed(dict(attributes))


def entries_seen(entries: Sequence[Entry]) -> list[Entry]:
    """Events of a timeline for whom they are shown to."""
    if may("people.phone"):
        return list(entries)
    return [
        replace(entry, properties=scrubbed(dict(entry.properties)), detail=scrubbed(entry.detail)) for entry in entries
    ]
