"""``/m/<campaign>/mine``: what a promoter earned, who from, until when it waits, and what came back."""

from __future__ import annotations

from siyu.growth.campaigns import reading
from siyu.growth.mechanics.commission.mine import Earned, earned_by
from siyu.growth.mechanics.money import yuan
from siyu.web.mobile import friendly
from siyu.web.mobile.routes import page
from siyu.web.mobile.visit import Answer, Visit
from siyu.web.mobile.who import own_nodes


@page("/m/{slug}/mine", personal=True)
def mine(visit: Visit, slug: str) -> Answer:
    campaign = reading.campaign_at(visit.stores, slug)
    if campaign is None or campaign.stage == "draft" or campaign.mechanic != "commission":
        return friendly.show(visit, friendly.unknown())
    nodes = own_nodes(visit)
    efforts = reading.efforts_of(visit.stores, campaign.id, nodes) if nodes else []
    earned = earned_by(visit.stores, campaign, nodes) if nodes else Earned()
    return visit.page("mine.html", campaign=campaign, rules=campaign.ruled, efforts=efforts, earned=earned, yuan=yuan)


ROUTES = [mine]
