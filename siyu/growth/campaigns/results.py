"""What ``siyu campaign figures``, ``compare`` and ``layers`` and the API answer: what campaigns did, side by side, and
which mechanic works for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from siyu.growth.campaigns import reading
from siyu.growth.campaigns.by_layer import MEASURES, SCHEME, Measure, Table, table_of
from siyu.growth.campaigns.command import Said
from siyu.growth.campaigns.figures import STEPS, Figures, figures_by, jumps_of
from siyu.growth.campaigns.mechanic import MECHANICS, PURPOSES
from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.outcomes import FEW, JUDGED, Outcome, Share, judged, outcomes_by
from siyu.storage import BadInput, Stores

LIMIT_MAX = 50


class Step(msgspec.Struct, frozen=True):
    """A jump from the page to a friend who counts. `share` of the step before, null where that was nobody, or where
    people took part without the page."""

    key: str
    zh: str
    en: str
    count: int
    share: float | None


class ShareAnswer(msgspec.Struct, frozen=True):
    """`part` of `whole`; the true share lies between `low` and `high` 19 times of 20. `few`: too few people to go by.
    Null: nobody to divide by."""

    part: int
    whole: int
    value: float | None
    low: float | None
    high: float | None
    few: bool


class JudgedAnswer(msgspec.Struct, frozen=True):
    """By what the campaign is judged, as its purpose says, and how far it got."""

    purpose: str
    zh: str
    en: str
    share: ShareAnswer


class NewcomersAnswer(msgspec.Struct, frozen=True):
    """Persons whom it brought: back within 7 and 30 days (of those whose days are over), `bought` anything since they
    came, for `cents` in all (net of returns), `left` since (deleted an adviser, left a group)."""

    people: int
    back_7: ShareAnswer
    back_30: ShareAnswer
    bought: ShareAnswer
    left: ShareAnswer
    cents: int


class FiguresAnswer(msgspec.Struct, frozen=True):
    """As it stands now. `efforts` and `contributions` by stage; `short`: efforts for which nothing was left; `granted`:
    currency → smallest units; `cents_a_newcomer`: null where nobody is new. `k`: new people per starter, which is
    `invitations_each` (friends' devices that opened a link, per starter) times `conversion` (new people per
    invitation); `inviters`: starters who brought somebody new; `cycle_hours`: median, from an effort's opening to a new
    friend; `generations`: new people, the first generation first. `worth`: kind of reward → the most one effort may
    cost; `need`: what an effort needs on average; `jumps`: things people do from the poster to a friend who counts;
    `steepest`: the step at which most are lost."""

    campaign: int
    steps: list[Step]
    efforts: dict[str, int]
    contributions: dict[str, int]
    short: int
    granted: dict[str, int]
    cents_a_newcomer: float | None
    k: float | None
    invitations: int
    invitations_each: float | None
    conversion: float | None
    inviters: int
    cycle_hours: float | None
    generations: list[int]
    worth: dict[str, int]
    need: float | None
    jumps: int
    steepest: str
    judged: JudgedAnswer
    newcomers: NewcomersAnswer


class ComparedAnswer(msgspec.Struct, frozen=True):
    """A campaign in the comparison."""

    id: int
    slug: str
    name: str
    mechanic: str
    purpose: str
    ask: str
    stage: Literal["draft", "live", "paused", "ended"]
    started: datetime | None
    ended: datetime | None
    figures: FiguresAnswer


class ComparisonAnswer(msgspec.Struct, frozen=True):
    """Campaigns that have started, the newest first. `next`: give it as `before`; null at the end."""

    campaigns: list[ComparedAnswer]
    next: int | None


class CellAnswer(msgspec.Struct, frozen=True):
    """People of a layer who started something of a mechanic: `brought` somebody new, `reached` the goal, `ordered`,
    each within 7 days. `newcomers`: whom they brought."""

    mechanic: str
    people: int
    newcomers: int
    brought: ShareAnswer
    reached: ShareAnswer
    ordered: ShareAnswer


class VerdictAnswer(msgspec.Struct, frozen=True):
    """Which mechanic does best in a measure (`brought`, `reached`, `ordered`); "" where too few people tell. `sure`: it
    stands apart from all others that enough people started."""

    measure: str
    mechanic: str
    sure: bool
    zh: str
    en: str


class LayerAnswer(msgspec.Struct, frozen=True):
    """A layer, with its cells and what they say. `layer` "": in none."""

    layer: str
    zh: str
    en: str
    people: int
    cells: list[CellAnswer]
    verdicts: list[VerdictAnswer]


class LayersAnswer(msgspec.Struct, frozen=True):
    """Who started in the period, by the layer of the `scheme` that they were in then. `few`: below so many people a
    share says too little to go by."""

    first: date
    last: date
    scheme: Said
    few: int
    mechanics: list[Said]
    layers: list[LayerAnswer]


def figures_told(stores: Stores, campaign: int) -> FiguresAnswer:
    """Its figures as they are now. Raises :class:`NotFound`."""
    return told_by(stores, [reading.get_campaign(stores, campaign)])[campaign]


def told_by(stores: Stores, found: Sequence[Campaign]) -> dict[int, FiguresAnswer]:
    """Number → figures as they are now."""
    figures, outcomes = figures_by(stores, found), outcomes_by(stores, found)
    return {each.id: _told(each, figures[each.id], outcomes.get(each.id, Outcome())) for each in found}


def compared(
    stores: Stores, purpose: str = "", mechanic: str = "", before: int | None = None, limit: int = 20
) -> ComparisonAnswer:
    """A page of campaigns that have started, of one purpose or mechanic where that is said. Raises
    :class:`BadInput`."""
    if not 0 < limit <= LIMIT_MAX:
        raise BadInput("limit_unfit", f"每页 1 到 {LIMIT_MAX} 个。", f"A page has 1 to {LIMIT_MAX}.", field="limit")
    found = reading.list_started(stores, purpose, mechanic, before, limit + 1)
    shown = found[:limit]
    figures = told_by(stores, shown)
    lines = [_line(each, figures[each.id]) for each in shown]
    return ComparisonAnswer(lines, shown[-1].id if len(found) > limit else None)


def layers_told(
    stores: Stores, scheme: str = SCHEME, first: date | None = None, last: date | None = None
) -> LayersAnswer:
    """Raises :class:`BadInput`, :class:`NotFound`."""
    table = table_of(stores, scheme, first, last)
    rows = [_layer(table, key, words) for key, words in table.layers]
    mechanics = [Said(each, *MECHANICS[each].words) for each in table.mechanics]
    return LayersAnswer(table.first, table.last, Said(scheme, *table.scheme.label), FEW, mechanics, rows)


def _line(found: Campaign, figures: FiguresAnswer) -> ComparedAnswer:
    same = (name for name in ComparedAnswer.__struct_fields__ if name != "figures")
    return ComparedAnswer(**{name: getattr(found, name) for name in same}, figures=figures)


def _told(campaign: Campaign, found: Figures, outcome: Outcome) -> FiguresAnswer:
    came = outcome.newcomers
    shares = found.shares
    judgement = judged(campaign, found, outcome)
    newcomers = NewcomersAnswer(
        came.people,
        *(_share(Share(came.back_7, came.over_7)), _share(Share(came.back_30, came.over_30))),
        *(_share(Share(came.bought, came.people)), _share(Share(came.left, came.people))),
        came.cents,
    )
    return FiguresAnswer(
        campaign.id,
        [Step(key, *words, found.steps[key], shares.get(key)) for key, words in STEPS.items()],
        *(found.efforts, found.contributions, found.short, found.granted, found.cents_a_newcomer),
        *(found.k, found.invitations, found.invitations_each, found.conversion, found.inviters, found.cycle_hours),
        generations=list(found.generations),
        worth=dict(campaign.plays.costs(campaign.ruled)),
        need=found.need,
        jumps=jumps_of(campaign),
        steepest=found.steepest,
        judged=JudgedAnswer(campaign.purpose, *JUDGED.get(campaign.purpose, PURPOSES["join"]), _share(judgement)),
        newcomers=newcomers,
    )


def _share(found: Share) -> ShareAnswer:
    low, high = found.interval or (None, None)
    return ShareAnswer(found.part, found.whole, found.value, low, high, found.few)


def _layer(table: Table, layer: str, words: tuple[str, str]) -> LayerAnswer:
    cells = [_cell(table, layer, each) for each in table.mechanics]
    verdicts = [_verdict(table, layer, measure) for measure in MEASURES]
    return LayerAnswer(layer, *words, sum(each.people for each in cells), cells, verdicts)


def _cell(table: Table, layer: str, mechanic: str) -> CellAnswer:
    cell = table.cell(layer, mechanic)
    shares: dict[str, ShareAnswer] = {name: _share(cell.share(name)) for name in MEASURES}
    return CellAnswer(mechanic, cell.people, cell.newcomers, **shares)


def _verdict(table: Table, layer: str, measure: Measure) -> VerdictAnswer:
    best = table.best(layer, measure)
    return VerdictAnswer(measure, best.mechanic, best.sure, *said(table, layer, measure))


def said(table: Table, layer: str, measure: Measure) -> tuple[str, str]:
    """What a layer's row says, in both languages: which mechanic, how sure, or that too few people tell."""
    best = table.best(layer, measure)
    if not best.mechanic:
        most = max((table.cell(layer, each).people for each in table.mechanics), default=0)
        if not most:
            return "这一层还没有人发起过。", "Nobody of this layer has started anything yet."
        return (
            f"人太少（最多的玩法 {most} 人，满 {FEW} 人才比），先不下结论。",
            f"Too few people (at most {most} in a mechanic; {FEW} are needed): nothing can be said yet.",
        )
    zh, en = MECHANICS[best.mechanic].words
    what_zh, what_en = MEASURES[measure]
    share = f"{table.cell(layer, best.mechanic).share(measure).value or 0:.1%}"
    if not best.others:
        return (
            f"只有“{zh}”人数够：{what_zh} {share}，还没有可比的玩法。",
            f"Only “{en}” has enough people: {what_en.lower()} {share}; nothing to compare it with yet.",
        )
    if best.sure:
        return (
            f"“{zh}”最好：{what_zh} {share}，与其他 {best.others} 种玩法差别明显。",
            f"“{en}” does best: {what_en.lower()} {share}, clearly apart from {best.others} other(s).",
        )
    return (
        f"“{zh}”暂时领先：{what_zh} {share}，但差别可能只是偶然。",
        f"“{en}” leads for now: {what_en.lower()} {share}; the difference may be chance.",
    )
