"""What a tier's rights open in campaigns: those that are for members alone, and all of them some hours early."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from siyu.growth.campaigns.model import Campaign
from siyu.loyalty.tiers import rights

EARLY = "early_access"


@dataclass(frozen=True, slots=True)
class Members:
    """Of some persons: who may come how many hours early, and who has which right that a campaign is for."""

    early: dict[int, int]
    holders: dict[str, set[int]]

    @classmethod
    def read(cls, conn: Connection, now: datetime, campaigns: Collection[Campaign], persons: Sequence[int]) -> Members:
        """What these campaigns ask of these persons; nothing is read where none asks."""
        asked = {campaign.only.right for campaign in campaigns if campaign.only.right}
        waits = any(campaign.shut(now) == "not_begun" for campaign in campaigns)
        early = rights.numbers(conn, persons, EARLY) if waits else {}
        return cls(early, {right: rights.of_many(conn, persons, right) for right in asked})

    def shut(self, campaign: Campaign, person: int | None, now: datetime) -> str:
        """As :meth:`Campaign.shut`, for this person: who may come early finds it open."""
        why = campaign.shut(now)
        hours = 0 if person is None else self.early.get(person, 0)
        if why != "not_begun" or campaign.begins is None or not hours:
            return why
        return "" if now >= campaign.begins - timedelta(hours=hours) else why

    def lacks(self, campaign: Campaign, person: int) -> bool:
        """Whether the campaign is for a right that this person has not."""
        right = campaign.only.right
        return bool(right) and person not in self.holders.get(right, ())


def may_start(conn: Connection, now: datetime, campaigns: Collection[Campaign], person: int) -> set[int]:
    """The campaigns of these in which a person may start something now."""
    members = Members.read(conn, now, campaigns, [person])
    return {
        each.id for each in campaigns if not members.shut(each, person, now) and not members.lacks(each, person)
    }  # fmt: skip
