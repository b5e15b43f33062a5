"""What ``siyu campaign …`` and the API answer of campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

import msgspec

from siyu.growth.campaigns import acting, keeping, reading, sealing
from siyu.growth.campaigns.acting import Outcome
from siyu.growth.campaigns.mechanic import ASKS, MECHANICS, PLACES, PURPOSES
from siyu.growth.campaigns.model import Campaign, Effort, Only, Wish
from siyu.storage import NotFound, Stores

Stage = Literal["draft", "live", "paused", "ended"]


class Said(msgspec.Struct, frozen=True):
    """Something by its key, in both languages."""

    key: str
    zh: str
    en: str


class FindingAnswer(msgspec.Struct, frozen=True):
    """What a check found. `stop`: it can't start so. `source`: the rule of law or platform, "" for arithmetic."""

    field: str
    severity: Literal["stop", "warn"]
    zh: str
    en: str
    source: str


class CampaignAnswer(msgspec.Struct, frozen=True):
    """A campaign. `slug` of its page `/m/<slug>`. `rules` of its mechanic, amounts in the smallest unit (cents);
    `purses`: currency → purse; `only`: what exactly counts of what is asked. `secret`: of the draws, shown once it is
    over; its SHA-256 `secret_hash` from the start."""

    id: int
    slug: str
    mechanic: str
    name: str
    purpose: str
    sponsor: str
    text_zh: str
    text_en: str
    rules: dict[str, Any]
    purses: dict[str, int]
    places: list[str]
    ask: str
    door: str
    only: Only
    each: int
    adults: bool
    risk_taken: str
    stage: Stage
    begins: datetime | None
    ends: datetime | None
    secret: str
    secret_hash: str
    created: datetime
    changed: datetime
    started: datetime | None
    ended: datetime | None
    by: str
    findings: list[FindingAnswer]


class CampaignsAnswer(msgspec.Struct, frozen=True):
    """A page of campaigns, the newest first. `next`: give it as `before`; null at the end."""

    campaigns: list[CampaignAnswer]
    next: int | None


class MechanicAnswer(msgspec.Struct, frozen=True):
    """A mechanic. `rules`: the JSON Schema of its rules; `places`: where it may run → at what risk."""

    name: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    purposes: list[str]
    places: dict[str, str]
    asks: list[str]
    rules: dict[str, Any]


class MechanicsAnswer(msgspec.Struct, frozen=True):
    """All mechanics, and the words of what a campaign chooses from."""

    mechanics: list[MechanicAnswer]
    purposes: list[Said]
    places: list[Said]
    asks: list[Said]


class EffortAnswer(msgspec.Struct, frozen=True):
    """What somebody started, of its page `/m/e/<slug>`. `short`: rungs for which nothing was left."""

    id: int
    slug: str
    campaign: int
    person: int
    nth: int
    have: int
    need: int
    stage: Literal["open", "done", "expired"]
    short: list[str]
    opened: datetime
    ends: datetime | None
    ended: datetime | None


class EffortsAnswer(msgspec.Struct, frozen=True):
    """A page of efforts, the newest first. `next`: give it as `before`; null at the end."""

    efforts: list[EffortAnswer]
    next: int | None


class ActAnswer(msgspec.Struct, frozen=True):
    """What became of an act, and what to tell who acted."""

    state: Literal["opened", "counted", "waits", "same", "refused"]
    said: str
    zh: str
    en: str
    effort: EffortAnswer | None


def told(stores: Stores, campaign: int) -> CampaignAnswer:
    """One campaign with what is found of it. Raises :class:`NotFound`."""
    found = reading.get_campaign(stores, campaign)
    return _told(stores, found)


def _told(stores: Stores, found: Campaign) -> CampaignAnswer:
    draft = found.stage == "draft"
    wrong = [FindingAnswer(**asdict(each)) for each in keeping.findings(stores, found.id)] if draft else []
    values = {name: getattr(found, name) for name in CampaignAnswer.__struct_fields__ if name != "findings"}
    values["secret"] = sealing.shown(stores.home, found)
    return CampaignAnswer(**values, findings=wrong)


def page_told(stores: Stores, stage: str, before: int | None, limit: int) -> CampaignsAnswer:
    """A page of them."""
    found = reading.list_campaigns(stores, stage, before, limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return CampaignsAnswer([_told(stores, each) for each in found[:limit]], following)


def mechanics_told() -> MechanicsAnswer:
    """Everything that a campaign chooses from."""
    mechanics = [
        MechanicAnswer(
            *(each.name, *each.words, *each.about),
            purposes=list(each.purposes),
            places=dict(each.places),
            asks=list(each.asks),
            rules=msgspec.json.schema(each.rules),
        )
        for each in MECHANICS.values()
    ]
    return MechanicsAnswer(mechanics, words_of(PURPOSES), words_of(PLACES), words_of(ASKS))


def words_of(of: Mapping[Any, tuple[str, str]]) -> list[Said]:
    """Each key with its words."""
    return [Said(str(key), *words) for key, words in of.items()]


def efforts_told(stores: Stores, campaign: int, stage: str, before: int | None, limit: int) -> EffortsAnswer:
    """A page of a campaign's efforts. Raises :class:`NotFound`."""
    reading.get_campaign(stores, campaign)
    found = reading.list_efforts(stores, campaign, stage, before, limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return EffortsAnswer([_effort(each) for each in found[:limit]], following)


def _effort(found: Effort) -> EffortAnswer:
    return EffortAnswer(**{name: getattr(found, name) for name in EffortAnswer.__struct_fields__})


def acted(stores: Stores, wish: Wish) -> ActAnswer:
    """Do one act. Raises :class:`NotFound` for a campaign or an effort that is not there."""
    outcome: Outcome = acting.act(stores, [wish])[0]
    if outcome.said == "no_effort":
        raise NotFound("no_effort", *acting.SAID["no_effort"])
    effort = None if outcome.effort is None else _effort(outcome.effort)
    return ActAnswer(outcome.state, outcome.said, *outcome.words, effort)
