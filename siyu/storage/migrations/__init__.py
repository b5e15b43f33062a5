"""Brings a ledger up to the schema of this version.

Until the first release there is one step: create what is missing. From then on each change is a numbered step.
"""

from __future__ import annotations

from siyu.storage.ledger import Ledger, metadata


def upgrade(ledger: Ledger) -> None:
    """Create every table that is missing. Running it again changes nothing."""
    metadata.create_all(ledger.engine)
