"""The secret of a campaign, from which every draw follows: sealed in the ledger with the installation's key, as the
secrets of accounts are, so that who reads the ledger or a backup of it can't compute the draws to come.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from siyu.channels import keyring
from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.tables import campaigns
from siyu.storage import Stores

PURPOSE = "campaign"
_SEALED = "sealed:"


def seal(home: Path, secret: bytes) -> str:
    """As it is kept."""
    return _SEALED + base64.b64encode(keyring(home).seal(secret, PURPOSE)).decode()


@lru_cache(maxsize=1_000)
def opened(home: Path, kept: str) -> bytes:
    """The secret that is kept so. Raises :class:`~siyu.storage.Unavailable` where it was sealed with another key."""
    if not kept.startswith(_SEALED):
        return bytes.fromhex(kept)  # from before secrets were sealed
    return keyring(home).open(base64.b64decode(kept.removeprefix(_SEALED)), PURPOSE)


def shown(home: Path, campaign: Campaign) -> str:
    """The secret in hex as everybody may read it: once the campaign is over; "" until then."""
    return opened(home, campaign.secret).hex() if campaign.stage == "ended" and campaign.secret else ""


def seal_all(stores: Stores) -> int:
    """Seal those that are kept open, from before; how many."""
    table = campaigns.c
    bare = sa.and_(table.secret != "", table.secret.not_like(f"{_SEALED}%"))
    with stores.ledger.read() as conn:
        found = conn.execute(sa.select(table.id, table.secret).where(bare)).all()
    for row in found:
        with stores.ledger.write() as conn:
            mine = sa.update(campaigns).where(table.id == row.id, table.secret == row.secret)
            conn.execute(mine.values(secret=seal(stores.home, bytes.fromhex(row.secret))))
    return len(found)
