"""Campaigns, efforts and contributions, as they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.model import Campaign, Contribution, Effort
from siyu.growth.campaigns.tables import campaigns, contributions, efforts
from siyu.storage import NotFound, Stores, sent

ROWS_MAX = 500
CAMPAIGN = [campaigns.c[each.name] for each in fields(Campaign)]
EFFORT = [efforts.c[each.name] for each in fields(Effort)]
CONTRIBUTION = [contributions.c[each.name] for each in fields(Contribution)]


def campaigns_of(conn: Connection, numbers: Iterable[int]) -> dict[int, Campaign]:
    """Number → campaign, of those that are there."""
    query = sa.select(*CAMPAIGN).where(campaigns.c.id.in_(sorted(set(numbers))))
    return {row.id: Campaign(*row) for row in conn.execute(query)}


def get_campaign(stores: Stores, campaign: int) -> Campaign:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        found = campaigns_of(conn, [campaign])
    if not found:
        raise missing(campaign)
    return found[campaign]


def missing(campaign: int) -> NotFound:
    return NotFound("no_campaign", f"没有编号为 {campaign} 的活动。", f"There is no campaign {campaign}.")


def campaign_at(stores: Stores, slug: str) -> Campaign | None:
    """The campaign of an address."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*CAMPAIGN).where(campaigns.c.slug == slug)).one_or_none()
    return None if row is None else Campaign(*row)


def list_campaigns(
    stores: Stores, stage: str = "", before: int | None = None, rows_max: int = 50, *, words: str = ""
) -> list[Campaign]:
    """A page of them, the newest first; ``words`` in name or address."""
    query = sa.select(*CAMPAIGN).order_by(campaigns.c.id.desc()).limit(min(rows_max, ROWS_MAX + 1))
    if stage:
        query = query.where(campaigns.c.stage == stage)
    if words:
        within = (campaigns.c.name, campaigns.c.slug)
        query = query.where(sa.or_(*(column.icontains(words, autoescape=True) for column in within)))
    if before is not None:
        query = query.where(campaigns.c.id < before)
    with stores.ledger.read() as conn:
        return [Campaign(*row) for row in conn.execute(query)]


def last_changed(stores: Stores) -> str:
    """Is another once any campaign is made or changed."""
    query = sa.select(sa.func.max(campaigns.c.changed), sa.func.count()).select_from(campaigns)
    with stores.ledger.read() as conn:
        return " ".join(map(str, conn.execute(query).one()))


def campaigns_at(stores: Stores, slugs: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Slug → (number, name)."""
    query = sa.select(campaigns.c.slug, campaigns.c.id, campaigns.c.name)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.where(campaigns.c.slug.in_(sorted(set(slugs)))))
        return {slug: (number, name) for slug, number, name in rows}


def list_started(
    stores: Stores, purpose: str = "", mechanic: str = "", before: int | None = None, rows_max: int = 50
) -> list[Campaign]:
    """A page of those that have started, the newest first."""
    query = sa.select(*CAMPAIGN).where(campaigns.c.stage != "draft").order_by(campaigns.c.id.desc())
    for column, wanted in ((campaigns.c.purpose, purpose), (campaigns.c.mechanic, mechanic)):
        query = query.where(column == wanted) if wanted else query
    if before is not None:
        query = query.where(campaigns.c.id < before)
    with stores.ledger.read() as conn:
        return [Campaign(*row) for row in conn.execute(query.limit(min(rows_max, ROWS_MAX + 1)))]


def efforts_at(conn: Connection, slugs: Iterable[str], *, lock: bool = False) -> dict[str, Effort]:
    """Slug → effort; ``lock``: until the transaction ends, in the order of their numbers."""
    asked = sent(conn, slug=(sa.Text, sorted(set(slugs))))
    query = sa.select(*EFFORT).where(efforts.c.slug.in_(sa.select(asked.c.slug))).order_by(efforts.c.id)
    found = conn.execute(query.with_for_update() if lock else query)
    return {row.slug: Effort(*row) for row in found}


def effort_at(stores: Stores, slug: str) -> Effort | None:
    """The effort of an address."""
    with stores.ledger.read() as conn:
        return efforts_at(conn, [slug]).get(slug)


def efforts_of(stores: Stores, campaign: int, nodes: Sequence[int]) -> list[Effort]:
    """What a person (all nodes given) started in a campaign, the newest first."""
    query = sa.select(*EFFORT).where(efforts.c.campaign == campaign, efforts.c.person.in_(nodes))
    with stores.ledger.read() as conn:
        return [Effort(*row) for row in conn.execute(query.order_by(efforts.c.id.desc()))]


def list_efforts(
    stores: Stores, campaign: int, stage: str = "", before: int | None = None, rows_max: int = 50
) -> list[Effort]:
    """A page of a campaign's efforts, the newest first."""
    query = sa.select(*EFFORT).where(efforts.c.campaign == campaign).order_by(efforts.c.id.desc())
    if stage:
        query = query.where(efforts.c.stage == stage)
    if before is not None:
        query = query.where(efforts.c.id < before)
    with stores.ledger.read() as conn:
        return [Effort(*row) for row in conn.execute(query.limit(min(rows_max, ROWS_MAX + 1)))]


def contributions_to(stores: Stores, effort: int, rows_max: int = 50) -> list[Contribution]:
    """The newest of an effort, those that count or wait."""
    query = sa.select(*CONTRIBUTION).where(contributions.c.effort == effort, contributions.c.stage != "refused")
    with stores.ledger.read() as conn:
        found = conn.execute(query.order_by(contributions.c.id.desc()).limit(min(rows_max, ROWS_MAX)))
        return [Contribution(*row) for row in found]
