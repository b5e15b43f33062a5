"""Fission → results: campaigns side by side, and which mechanic works for whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, get_args

import msgspec

from siyu.audiences import layers
from siyu.growth.campaigns import by_layer, reading, results
from siyu.growth.campaigns.by_layer import MEASURES, Measure
from siyu.growth.campaigns.figures import STEPS
from siyu.growth.campaigns.mechanic import MECHANICS, PURPOSES
from siyu.growth.campaigns.model import STAGES, Campaign
from siyu.growth.campaigns.results import ComparisonAnswer, FiguresAnswer, LayersAnswer
from siyu.growth.period import today
from siyu.growth.purses.givers import GIVERS
from siyu.insight.answers import Freshness
from siyu.insight.freshness import freshness
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.charts import bars
from siyu.web.console.home import ANSWERS
from siyu.web.current import current, in_words, t
from siyu.web.paging import whole
from siyu.web.routes import page
from siyu.web.view import Html, View
from siyu.web.wording import amount

menu.page(
    "fission",
    "/campaigns/compare",
    "活动效果",
    "Results",
    permission="campaign.read",
    order=20,
    also=("/campaigns/layers",),
)

DAYS_OFFERED = (30, 90, 180, 365)
CAMPAIGNS_SHOWN = 20


class Compared(msgspec.Struct, frozen=True):
    """Campaigns side by side, and how fresh that is."""

    comparison: ComparisonAnswer
    freshness: Freshness


class OfOne(msgspec.Struct, frozen=True):
    """What one campaign did, and how fresh that is."""

    figures: FiguresAnswer
    freshness: Freshness


class ByLayer(msgspec.Struct, frozen=True):
    """Mechanics by layer, and how fresh that is."""

    told: LayersAnswer
    freshness: Freshness


def _compared(stores: Stores, purpose: str, mechanic: str, before: int | None) -> Compared:
    fresh = freshness(stores)
    return Compared(results.compared(stores, purpose, mechanic, before, CAMPAIGNS_SHOWN), fresh)


def results_of(stores: Stores, campaign: Campaign) -> OfOne:
    """What became of who took part, as it was kept, or computed now."""

    def compute() -> OfOne:
        fresh = freshness(stores)
        return OfOne(results.told_by(stores, [campaign])[campaign.id], fresh)

    return ANSWERS.get(stores, f"{stores.home} campaign {campaign.id} {campaign.changed.timestamp()}", compute)


@page("/campaigns/compare", "campaign.read")
def compare(view: View, stores: Stores, purpose: str = "", mechanic: str = "", before: str = "") -> Html:
    wanted = purpose if purpose in PURPOSES else ""
    plays = mechanic if mechanic in MECHANICS else ""
    page_before = whole(before)
    key = f"{stores.home} campaigns {wanted} {plays} {page_before} {reading.last_changed(stores)}"
    told = ANSWERS.get(stores, key, lambda: _compared(stores, wanted, plays, page_before))
    found = told.comparison
    shown = [each for each in found.campaigns if each.figures.k is not None]
    chart = bars(
        "campaigns-k",
        t("裂变系数 K：每位发起人带来的新客户", "K: new people per starter"),
        [each.name for each in shown],
        [("K", [round(each.figures.k or 0, 3) for each in shown])],
        head=t("活动", "Campaign"),
        format="number",
        links=[f"/campaigns/{each.id}" for each in shown],
        lying=True,
        height=80 + 32 * len(shown),
    )
    return view.render(
        "fission/compare.html",
        found=found,
        freshness=told.freshness,
        chart=chart if len(shown) > 1 else None,
        purpose=wanted,
        mechanic=plays,
        stages=in_words(STAGES),
        steps=in_words(STEPS),
        purposes=in_words(PURPOSES),
        mechanics={each.name: t(*each.words) for each in MECHANICS.values()},
    )


@page("/campaigns/layers", "campaign.read")
def layers_page(view: View, stores: Stores, scheme: str = "", measure: str = "", days: str = "") -> Html:
    with stores.ledger.read() as conn:
        known = {each.key: t(*each.label) for each in layers.schemes(conn) if each.enabled}
    chosen = scheme if scheme in known else by_layer.SCHEME
    by: Measure = next((each for each in get_args(Measure) if each == measure), "brought")
    span = next((each for each in DAYS_OFFERED if str(each) == days), by_layer.DAYS)
    last = today(stores) - timedelta(days=by_layer.WINDOW_DAYS + 1)
    first = last - timedelta(days=span - 1)
    key = f"{stores.home} campaigns by layer {chosen} {first} {last}"
    kept = ANSWERS.get(
        stores, key, lambda: ByLayer(results.layers_told(stores, chosen, first, last), freshness(stores))
    )
    told = kept.told
    return view.render(
        "fission/layers.html",
        told=told,
        freshness=kept.freshness,
        rows=_rows(told, by),
        scheme=chosen,
        schemes=known,
        measure=by,
        measures=in_words(MEASURES),
        span=span,
        offered=DAYS_OFFERED,
        window=by_layer.WINDOW_DAYS,
    )


def _rows(told: LayersAnswer, measure: Measure) -> list[Mapping[str, Any]]:
    """Layers with what one measure says of each."""
    english = current().language == "en"
    found: list[Mapping[str, Any]] = []
    for row in told.layers:
        verdict = next(each for each in row.verdicts if each.measure == measure)
        found.append(
            {
                "name": t(row.zh, row.en),
                "people": row.people,
                "cells": [(each, getattr(each, measure)) for each in row.cells],
                "said": verdict.en if english else verdict.zh,
                "best": verdict.mechanic,
                "sure": verdict.sure,
            }
        )
    return found


def worth_told(worth: Mapping[str, int]) -> str:
    """What an effort may cost at most, as people write it."""
    told: list[str] = []
    for kind, units in worth.items():
        giver = GIVERS.get(kind)
        if giver is None:
            continue
        told.append(f"{t(giver.zh, giver.en)} {amount(giver.currency, units)}")
    return t("、", ", ").join(told)


ROUTES = [compare, layers_page]
