"""The API of campaigns: made, checked, started, looked at; and acts in them, for shops' own apps and mini programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from siyu.growth.campaigns import command, keeping, results
from siyu.growth.campaigns.by_layer import SCHEME
from siyu.growth.campaigns.command import ActAnswer, CampaignAnswer, CampaignsAnswer, EffortsAnswer, MechanicsAnswer
from siyu.growth.campaigns.keeping import Wanted
from siyu.growth.campaigns.model import Only, Wish
from siyu.growth.campaigns.results import ComparisonAnswer, FiguresAnswer, LayersAnswer
from siyu.growth.cheating.limiting import fingerprint
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.api.ways import Moment, Word
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_read, api_write

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
Text = Annotated[str, msgspec.Meta(max_length=2_000)]
Key = Annotated[str, msgspec.Meta(min_length=8, max_length=100)]


class OnlyBody(msgspec.Struct, forbid_unknown_fields=True):
    """What exactly counts. `by_door`: adds and joins by the codes behind the live code in `door`; `goods`: an order
    with one of these, by number or name; `least_cents`: an order of so much; `right`: who starts something has this
    right by their tier (`events`, `votes`, `trials`; empty: anybody may)."""

    by_door: bool = False
    goods: Annotated[list[Word], msgspec.Meta(max_length=100)] = []
    least_cents: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] = 0
    right: Literal["", "events", "votes", "trials"] = ""


class CampaignBody(msgspec.Struct, forbid_unknown_fields=True):
    """A campaign. `rules`: of the mechanic, amounts in the smallest unit (see `GET /api/mechanics`); `purses`: currency
    (`yuan`, `points`, `pieces`) → purse; `slug` empty: one is made up; `door`: where friends do what is asked;
    `accept_risk`: the risk with the platform is accepted."""

    name: Word
    mechanic: Word
    rules: dict[str, Any]
    purpose: Word = "join"
    slug: Word = ""
    sponsor: Word = ""
    text_zh: Text = ""
    text_en: Text = ""
    purses: dict[str, Number] = {}
    places: list[Word] = []
    ask: Word = "tap"
    door: Text = ""
    only: OnlyBody = msgspec.field(default_factory=OnlyBody)
    each: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    adults: bool = True
    accept_risk: bool = False
    begins: Moment | None = None
    ends: Moment | None = None


class OpenBody(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody starts. `once`: a key of this act, the same when it is sent again; `adult`: they say they are 18.
    `device`, `address`, `account` (to which rewards are paid), where the app knows them, count for the limits."""

    person: Number
    once: Key
    adult: bool = False
    device: Word = ""
    address: Word = ""
    account: Word = ""


class HelpBody(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody does something for an effort. `kind`: `help`, or a word of the mechanic; `data`: what it asks for;
    the rest as for opening one."""

    person: Number
    once: Key
    kind: Word = "help"
    adult: bool = False
    data: dict[str, Word] = {}
    device: Word = ""
    address: Word = ""
    account: Word = ""


def _placed(stores: Stores, wish: Wish, body: OpenBody | HelpBody) -> Wish:
    """With where it happens; a device has a space of its own beside those of the public pages."""
    address, account = (fingerprint(stores.home, sort, getattr(body, sort)) for sort in ("address", "account"))
    return replace(wish, device=body.device and f"app:{body.device}", address=address, account=account)


def _wanted(body: CampaignBody) -> Wanted:
    values = msgspec.structs.asdict(body)
    values["only"] = Only(**msgspec.structs.asdict(body.only))
    return Wanted(**values)


@api_read("/api/mechanics", "campaign.read")
def mechanics() -> MechanicsAnswer:
    """The mechanics with the schema of their rules, and what a campaign chooses from."""
    return command.mechanics_told()


@api_read("/api/campaigns", "campaign.read")
def list_all(stores: Stores, stage: str = "", before: int | None = None, limit: Limit = 50) -> CampaignsAnswer:
    """Campaigns, the newest first."""
    return command.page_told(stores, stage[:20], before, limit)


@api_write("POST", "/api/campaigns", "campaign.write", audits="campaign_added")
def add(stores: Stores, actor: Actor, data: CampaignBody) -> CampaignAnswer:
    """Keep a draft. `findings` say what stands against starting it."""
    made = keeping.draft(stores, actor.tag, _wanted(data))
    note(f"campaign:{made.id}", name=made.name)
    return command.told(stores, made.id)


@api_read("/api/campaigns/{campaign:int}", "campaign.read")
def one(stores: Stores, campaign: Id) -> CampaignAnswer:
    """One campaign."""
    return command.told(stores, campaign)


@api_write(
    "PUT", "/api/campaigns/{campaign:int}", "campaign.write", audits="campaign_changed", about="campaign:{campaign}"
)
def change(stores: Stores, actor: Actor, campaign: Id, data: CampaignBody) -> CampaignAnswer:
    """Change a draft; of one that has started only name, texts, sponsor, `door` and a later `ends`."""
    keeping.change(stores, actor.tag, campaign, _wanted(data))
    return command.told(stores, campaign)


acts = api_acts("/api/campaigns/{campaign:int}", "campaign.write", about="campaign:{campaign}")


@acts("start", "campaign_started")
def start(stores: Stores, campaign: Id) -> CampaignAnswer:
    """Start a draft. 400 with the field where a check says no; afterwards its rules stay as they are."""
    keeping.start(stores, campaign)
    return command.told(stores, campaign)


@acts("pause", "campaign_paused")
def pause(stores: Stores, campaign: Id) -> CampaignAnswer:
    """Let it rest."""
    keeping.pause(stores, campaign, paused=True)
    return command.told(stores, campaign)


@acts("resume", "campaign_resumed")
def resume(stores: Stores, campaign: Id) -> CampaignAnswer:
    """Go on."""
    keeping.pause(stores, campaign, paused=False)
    return command.told(stores, campaign)


@acts("end", "campaign_ended")
def end(stores: Stores, campaign: Id) -> CampaignAnswer:
    """End it for good; what was reached stays."""
    keeping.end(stores, campaign)
    return command.told(stores, campaign)


@api_read("/api/campaigns/{campaign:int}/figures", "campaign.read")
def figures(stores: Stores, campaign: Id) -> FiguresAnswer:
    """Every jump from its page to a friend who counts, K and its parts, how fast and how deep, what it cost, how far it
    did what it is for, and what became of the newcomers, as it stands now."""
    return results.figures_told(stores, campaign)


@api_read("/api/campaigns/compare", "campaign.read")
def compare(
    stores: Stores, purpose: str = "", mechanic: str = "", before: int | None = None, limit: Limit = 20
) -> ComparisonAnswer:
    """Campaigns that have started, side by side, the newest first."""
    return results.compared(stores, purpose[:20], mechanic[:40], before, min(limit, results.LIMIT_MAX))


@api_read("/api/campaigns/layers", "campaign.read")
def by_layer(stores: Stores, scheme: str = SCHEME, first: date | None = None, last: date | None = None) -> LayersAnswer:
    """Which mechanic works for whom: people of each layer who started one in the period, and what came of it within 7
    days. Where too few people tell, `verdicts` say so."""
    return results.layers_told(stores, scheme[:80], first, last)


@api_read("/api/campaigns/{campaign:int}/efforts", "campaign.read")
def efforts(
    stores: Stores, campaign: Id, stage: str = "", before: int | None = None, limit: Limit = 50
) -> EffortsAnswer:
    """What people started in it, the newest first."""
    return command.efforts_told(stores, campaign, stage[:20], before, limit)


@api_write(
    "POST", "/api/campaigns/{campaign:int}/efforts", "campaign.act", audits="effort_opened", about="campaign:{campaign}"
)
def open_effort(stores: Stores, campaign: Id, data: OpenBody) -> ActAnswer:
    """Open an effort of a person, as the public page does. `state` says what became of it; `zh`, `en` what to show."""
    wish = Wish(campaign, data.person, data.once, adult=data.adult)
    return command.acted(stores, _placed(stores, wish, data))


@api_write(
    "POST",
    "/api/campaigns/{campaign:int}/efforts/{effort:str}",
    "campaign.act",
    audits="effort_helped",
    about="campaign:{campaign}",
)
def help_effort(stores: Stores, campaign: Id, effort: str, data: HelpBody) -> ActAnswer:
    """Do something for the effort of this `slug`, as its public page does."""
    wish = Wish(campaign, data.person, data.once, effort, data.kind, adult=data.adult, data=data.data)
    return command.acted(stores, _placed(stores, wish, data))


ROUTES = [
    *(mechanics, list_all, add, one, change, start, pause, resume, end),
    *(figures, compare, by_layer, efforts, open_effort, help_effort),
]
