"""Which devices saw which page of a campaign: the jumps before anybody acts.

A friend's device that sees an effort for the first time is an invitation of who started it, and is told as one
(``invited``), so that K has its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from siyu.growth.campaigns.model import Campaign, Effort
from siyu.growth.campaigns.tables import campaign_visits
from siyu.growth.referral import bringing
from siyu.storage import Stores, insert_into

OWN_PAGE = 0
"""In the place of an effort: the campaign's own page."""


@dataclass(frozen=True, slots=True)
class Look:
    """A device looks at a campaign's page, or at that of an effort; ``own``: of who started it."""

    campaign: Campaign
    effort: Effort | None
    device: str
    own: bool = False


def saw(stores: Stores, looks: Sequence[Look]) -> Sequence[bool]:
    """Keep these; for each whether it was the first."""
    now = stores.clock.now()
    rows = {
        (look.campaign.id, OWN_PAGE if look.effort is None else look.effort.id, look.device): look for look in looks
    }
    with stores.ledger.write() as conn:
        values = [
            {"campaign": campaign, "effort": effort, "device": device, "at": now, "own": look.own}
            for (campaign, effort, device), look in sorted(rows.items(), key=lambda row: row[0])
        ]
        insert = insert_into(conn, campaign_visits).values(values).on_conflict_do_nothing()
        table = campaign_visits.c
        new = {tuple(row) for row in conn.execute(insert.returning(table.campaign, table.effort, table.device))}
        invitations = [
            (f"invited-{look.effort.id}-{_mark(key[2])}", look.effort.person, look.campaign.slug)
            for key, look in rows.items()
            if key in new and look.effort is not None and not look.own
        ]
        bringing.invite(conn, now, invitations)
    return [
        (look.campaign.id, OWN_PAGE if look.effort is None else look.effort.id, look.device) in new for look in looks
    ]


def _mark(device: str) -> str:
    """Of a device, for an event: it tells nothing, and is the same again."""
    return sha256(device.encode()).hexdigest()[:16]
