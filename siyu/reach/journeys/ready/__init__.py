"""Ready journeys 现成旅程: typed documents with texts a friend would write, to be taken up as drafts.

They give no points and no coupons of their own: a step that offers something says so in the text of its message, and
what the operator has to put there stands as 〔…〕.
"""

from __future__ import annotations

from siyu.reach.journeys.ready import buying, companions, invitations, members, money, newcomers, occasions, sleepers
from siyu.reach.journeys.ready.base import Account, Ready
from siyu.storage import NotFound

READY: tuple[Ready, ...] = (
    *newcomers.READY,
    *buying.READY,
    *sleepers.READY,
    *occasions.READY,
    *companions.READY,
    *members.READY,
    *invitations.READY,
    *money.READY,
)


def ready_journeys() -> list[Ready]:
    """Every ready journey, in the order of the gallery."""
    return list(READY)


def ready_journey(key: str) -> Ready:
    """One of them. Raises :class:`NotFound`."""
    for each in READY:
        if each.key == key:
            return each
    raise NotFound(
        "ready_journey_not_found", f"没有名为“{key[:50]}”的现成旅程。", f"There is no ready journey “{key[:50]}”."
    )


__all__ = ["READY", "Account", "Ready", "ready_journey", "ready_journeys"]
