"""Who of several senders goes first, and gets the last message that a cap allows.

A message's *rank* is its kind's thousands and its sender's priority: 0 to 100 for marketing, 1,000 to 1,100 for
service. It is written with the message (``outbox.priority``) and never changes.
"""

from __future__ import annotations

from collections.abc import Mapping

USUAL, PRIORITY_MAX = 50, 100
KINDS: Mapping[str, int] = {"marketing": 0, "service": 1_000}


def rank_of(kind: str, priority: int) -> int:
    """The rank of a sender's messages."""
    return KINDS[kind] + priority
