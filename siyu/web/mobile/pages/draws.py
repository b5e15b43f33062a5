"""``/m/<campaign>/draws``: how a draw is settled, its secret after the end, every draw computed again."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from siyu.growth.campaigns import reading, sealing
from siyu.growth.campaigns.model import Campaign
from siyu.growth.mechanics.lottery.draws import checked, draws_of
from siyu.web.mobile import friendly
from siyu.web.mobile.routes import page
from siyu.web.mobile.visit import Answer, Visit

SHOWN_MAX = 50
CSV = b"text/csv; charset=utf-8"


@page("/m/{slug}/draws")
def draws(visit: Visit, slug: str) -> Answer:
    campaign = _drawn(visit, slug)
    if campaign is None:
        return friendly.show(visit, friendly.unknown())
    over = campaign.stage == "ended"
    found = checked(visit.stores, campaign) if over else None
    names = ["", *(prize.name for prize in campaign.ruled.prizes)]
    ticket = visit.query.get("ticket", "").strip()
    shown = [each for each in found.draws if not ticket or each.ticket == ticket][:SHOWN_MAX] if found else []
    told: dict[str, Any] = {"secret": sealing.shown(visit.stores.home, campaign), "shown": shown, "ticket": ticket}
    return visit.page("draws.html", campaign=campaign, over=over, found=found, names=names, **told)


@page("/m/{slug}/draws.csv")
def listed(visit: Visit, slug: str) -> Answer:
    """Every draw, for who computes them elsewhere. Only after the end: until then nobody needs to know the others."""
    campaign = _drawn(visit, slug)
    if campaign is None or campaign.stage != "ended":
        return friendly.show(visit, friendly.unknown())
    written = StringIO()
    lines = csv.writer(written)
    lines.writerow(("serial", "ticket", "nth", "prize", "luck"))
    lines.writerows(draws_of(visit.stores, campaign))
    name = f'attachment; filename="draws-{campaign.slug}.csv"'.encode()
    return Answer(written.getvalue().encode(), type=CSV, headers=((b"content-disposition", name),))


def _drawn(visit: Visit, slug: str) -> Campaign | None:
    campaign = reading.campaign_at(visit.stores, slug)
    if campaign is None or campaign.stage == "draft" or campaign.mechanic != "lottery":
        return None
    return campaign


ROUTES = [draws, listed]
