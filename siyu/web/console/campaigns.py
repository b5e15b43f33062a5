"""Fission → campaigns: chosen by mechanic, checked, started, looked at while they run."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from siyu.growth.campaigns import figures, forms, keeping, narrowing, reading
from siyu.growth.campaigns.keeping import NAME_CHARACTERS_MAX, Wanted
from siyu.growth.campaigns.mechanic import ASKS, MECHANICS, PLACES, PURPOSES, RISKS, Mechanic
from siyu.growth.campaigns.model import EFFORT_STAGES, STAGES, Campaign, Only
from siyu.growth.posters import keeping as posters
from siyu.growth.purses import keeping as purses
from siyu.growth.purses.model import CURRENCIES, written
from siyu.loyalty.tiers.model import DOORS, RIGHTS
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.charts import funnel
from siyu.web.console.campaign_results import results_of, worth_told
from siyu.web.current import current, in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View
from siyu.web.wording import amount

menu.page("fission", "/campaigns", "活动", "Campaigns", permission="campaign.read", order=10)

RULES = "rules."
ROWS_SHOWN = 3
EFFORTS_SHOWN = 20
PURSES_OFFERED = 200
GOODS_CHARACTERS_MAX = 5_000
COLUMNS = (
    Column("name", "名称", "Name"),
    Column("mechanic", "玩法", "Mechanic", narrow=False),
    Column("stage", "状态", "State"),
    Column("purpose", "目的", "Purpose", narrow=False),
    Column("begins", "开始", "Begins", narrow=False),
    Column("ends", "结束", "Ends"),
)


@page("/campaigns", "campaign.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("campaigns", COLUMNS, filters=("stage",))
    stage = listing.filters["stage"] if listing.filters["stage"] in STAGES else ""
    found = reading.list_campaigns(stores, stage, listing.before, ASKED_MAX, words=listing.words)
    shown = listing.cut(found, lambda campaign: campaign.id)
    return view.render("fission/campaigns.html", fragment="list", listing=shown, **_words())


def _words() -> dict[str, Any]:
    return {
        "stages": in_words(STAGES),
        "purposes": in_words(PURPOSES),
        "mechanics": {each.name: t(*each.words) for each in MECHANICS.values()},
    }


# -- writing one --------------------------------------------------------------------------------------------


@page("/campaigns/new", "campaign.write")
def new(view: View, stores: Stores, mechanic: str = "") -> Html:
    if mechanic not in MECHANICS:
        return view.render("fission/choose.html", choices=list(MECHANICS.values()), purposes=in_words(PURPOSES))
    plays = MECHANICS[mechanic]
    form = Form.showing(
        purpose=plays.purposes[0], each=1, adults=True, ask=next(iter(plays.asks), "tap"), **_defaults(plays)
    )
    return _form_page(view, stores, form, plays)


@submit("/campaigns/new", "campaign.write", audits="campaign_added")
def add(view: View, stores: Stores, actor: Actor, form: Form, mechanic: str = "") -> Html:
    plays = MECHANICS.get(mechanic)
    if plays is None:
        return view.redirect("/campaigns/new")
    with form.errors_kept():
        wanted = _read(form, plays)
        if wanted is not None:
            made = keeping.draft(stores, actor.tag, wanted)
            note(f"campaign:{made.id}", name=made.name)
            return view.redirect(f"/campaigns/{made.id}", toast=("草稿已保存", "The draft is kept"))
    return _form_page(view, stores, form, plays, invalid=True)


@page("/campaigns/{campaign:int}/edit", "campaign.write")
def edit(view: View, stores: Stores, campaign: Id) -> Html:
    found = reading.get_campaign(stores, campaign)
    form = _shown(found)
    if found.stage == "draft":  # what stands against starting it, each at its field
        for each in keeping.findings(stores, campaign):
            if each.severity == "stop":
                form.fail(BadInput("campaign_unfit", each.zh, each.en, field=each.field))
    return _form_page(view, stores, form, found.plays, found)


@submit("/campaigns/{campaign:int}/edit", "campaign.write", audits="campaign_changed", about="campaign:{campaign}")
def change(view: View, stores: Stores, actor: Actor, form: Form, campaign: Id) -> Html:
    found = reading.get_campaign(stores, campaign)
    with form.errors_kept():
        wanted = _read(form, found.plays)
        if wanted is not None:
            keeping.change(stores, actor.tag, campaign, wanted)
            return view.redirect(f"/campaigns/{campaign}", toast=("已保存", "Kept"))
    return _form_page(view, stores, form, found.plays, found, invalid=True)


def _form_page(
    view: View,
    stores: Stores,
    form: Form,
    plays: Mechanic[Any, Any],
    campaign: Campaign | None = None,
    *,
    invalid: bool = False,
) -> Html:
    offered: dict[str, list[tuple[str, str]]] = {currency: [("", t("不用", "None"))] for currency in CURRENCIES}
    for purse in purses.list_purses(stores, rows_max=PURSES_OFFERED):
        if purse.closed is None:
            left = amount(purse.currency, purse.left)
            offered[purse.currency].append((str(purse.id), f"{purse.name}（{t('余', 'left')} {left}）"))
    fields = forms.fields_of(plays.rules)
    return (view.invalid if invalid else view.render)(
        "fission/campaign_form.html",
        form=form,
        plays=plays,
        campaign=campaign,
        fields=fields,
        rows={each.name: _rows_shown(form, each) for each in fields if each.sort == "rows"},
        units=forms.UNITS,
        in_words=in_words,
        offered=offered,
        currencies=in_words(CURRENCIES),
        doors=[("", t("所有人", "Anybody")), *((right, t(RIGHTS[right].zh, RIGHTS[right].en)) for right in DOORS)],
        places=[(key, t(*words), t(*RISKS[plays.places[key]])) for key, words in PLACES.items() if key in plays.places],
        asks=[(key, t(*ASKS[key])) for key in ASKS if key in plays.asks],
        purposes=[(key, t(*words)) for key, words in PURPOSES.items()],
    )


def _rows_shown(form: Form, rows: forms.Field) -> int:
    """Those that are filled, and one more."""
    used = 0
    for number in range(forms.ROWS_MAX):
        if any(form.get(f"{RULES}{rows.name}.{number}.{each.name}") for each in rows.rows if each.sort != "choice"):
            used = number + 1
    return min(forms.ROWS_MAX, max(ROWS_SHOWN, used + 1))


def _defaults(plays: Mechanic[Any, Any]) -> dict[str, str]:
    """What a new form of rules holds."""
    found: dict[str, str] = {}
    for each in forms.fields_of(plays.rules):
        if each.default is None or each.sort == "rows":
            continue
        plain = each.sort in ("whole", "amount")
        unit = each.unit if each.unit != "reward" else ""
        found[RULES + each.name] = forms.as_written(unit, each.default) if plain else _text(each.default)
    return found


def _text(value: object) -> str:
    return ("1" if value else "") if isinstance(value, bool) else str(value)


def _read(form: Form, plays: Mechanic[Any, Any]) -> Wanted | None:
    """What the form wants; None, with the errors at their fields, where it can't be read."""
    name = form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX)
    texts = {key: form.text(key, characters_max=2_000, lines=True) for key in ("text_zh", "text_en")}
    begins, ends = form.moment("begins"), form.moment("ends")
    each = form.whole("each", low=1, high=keeping.EACH_MAX)
    only = _only(form)
    rules: Any = None
    written_rules = {key.removeprefix(RULES): form.get(key) for key in form.names() if key.startswith(RULES)}
    try:
        rules = forms.read(plays.rules, written_rules)
    except forms.Unfit as error:
        for found in error.findings:
            form.fail(BadInput("rules_unfit", found.zh, found.en, field=RULES + found.field))
    if not form.ok:
        return None
    chosen = {currency: whole(form.get(f"purses.{currency}")) for currency in CURRENCIES}
    return Wanted(
        name=name,
        mechanic=plays.name,
        purpose=form.choice("purpose", list(PURPOSES)),
        slug=form.text("slug", characters_max=40),
        sponsor=form.text("sponsor"),
        text_zh=texts["text_zh"],
        text_en=texts["text_en"],
        rules=msgspec.to_builtins(rules),
        purses={currency: number for currency, number in chosen.items() if number is not None},
        places=form.choices("places", list(PLACES)),
        ask=form.get("ask", "tap"),
        door=form.text("door", characters_max=2_000),
        only=only,
        each=each,
        adults=form.flag("adults"),
        accept_risk=form.flag("risk_taken"),
        begins=begins,
        ends=ends,
    )


def _only(form: Form) -> Only:
    """What exactly counts."""
    least = form.decimal("only.least_cents", high=Decimal(keeping.LEAST_CENTS_MAX) / 100, required=False)
    goods = form.text("only.goods", characters_max=GOODS_CHARACTERS_MAX, lines=True).splitlines()
    right = form.choice("only.right", ["", *DOORS], default="")
    return Only(by_door=form.flag("only.by_door"), goods=goods, least_cents=int(least * 100), right=right)


def _shown(campaign: Campaign) -> Form:
    rules: dict[str, Any] = {RULES + name: text for name, text in forms.filled(campaign.ruled).items()}
    only = campaign.only
    least = written("yuan", only.least_cents) if only.least_cents else ""
    narrowed = {"only.by_door": only.by_door, "only.goods": "\n".join(only.goods), "only.least_cents": least}
    narrowed["only.right"] = only.right
    purse = {f"purses.{currency}": number for currency, number in campaign.purses.items()}
    return Form.showing(
        name=campaign.name,
        purpose=campaign.purpose,
        slug=campaign.slug,
        sponsor=campaign.sponsor,
        text_zh=campaign.text_zh,
        text_en=campaign.text_en,
        places=list(campaign.places),
        ask=campaign.ask,
        door=campaign.door,
        each=campaign.each,
        adults=campaign.adults,
        risk_taken=bool(campaign.risk_taken),
        begins=campaign.begins,
        ends=campaign.ends,
        **rules,
        **narrowed,
        **purse,
    )


# -- one campaign -------------------------------------------------------------------------------------------


@page("/campaigns/{campaign:int}", "campaign.read")
def one(view: View, stores: Stores, campaign: Id) -> Html:
    found = reading.get_campaign(stores, campaign)
    shown = figures.figures_of(stores, found)
    efforts = reading.list_efforts(stores, campaign, rows_max=EFFORTS_SHOWN)
    call = current()
    own = figures.purses_of(stores, found)
    return view.render(
        "fission/campaign.html",
        fragment="live",
        campaign=found,
        figures=shown,
        results=None if view.htmx else results_of(stores, found),
        worth=worth_told(found.plays.costs(found.ruled)),
        jumps=figures.jumps_of(found),
        step_words=in_words(figures.STEPS),
        chart=funnel(
            "campaign-steps",
            t("从活动页到新客户", "From the page to new people"),
            [(t(*words), shown.steps[key]) for key, words in figures.STEPS.items()],
            head=t("步骤", "Step"),
        ),
        findings=keeping.findings(stores, campaign) if found.stage == "draft" else [],
        told=forms.told(found.ruled),
        stocks=_stocks(figures.stocks_of(stores, found), found),
        purses=[(each, amount(each.currency, each.left)) for each in own],
        granted=[amount(key, units) for key, units in shown.granted.items()],
        efforts=efforts,
        names=names_seen(stores, {each.person for each in efforts}),
        effort_stages=in_words(EFFORT_STAGES),
        address=f"{'https' if call.secure else 'http'}://{call.host}/m/{found.slug}",
        poster=posters.chosen(stores, campaign),
        places=[t(*PLACES[place]) for place in found.places],
        ask=t(*ASKS[found.ask]),
        only=[t(*words) for words in narrowing.words_of(found.only, found.ask)],
        **_words(),
    )


def _stocks(found: Sequence[tuple[str, int, int]], campaign: Campaign) -> list[tuple[str, int, int]]:
    """By the names that people know."""
    names = campaign.plays.stock_names(campaign.ruled)
    return [(names.get(name, name), total, taken) for name, total, taken in found]


@submit("/campaigns/{campaign:int}/start", "campaign.write", audits="campaign_started", about="campaign:{campaign}")
def start(view: View, stores: Stores, campaign: Id) -> Html:
    keeping.start(stores, campaign)
    return view.redirect(f"/campaigns/{campaign}", toast=("活动已发布", "It has started"))


@submit("/campaigns/{campaign:int}/pause", "campaign.write", audits="campaign_paused", about="campaign:{campaign}")
def pause(view: View, stores: Stores, campaign: Id) -> Html:
    keeping.pause(stores, campaign, paused=True)
    return view.redirect(f"/campaigns/{campaign}", toast=("已暂停", "It rests"))


@submit("/campaigns/{campaign:int}/resume", "campaign.write", audits="campaign_resumed", about="campaign:{campaign}")
def resume(view: View, stores: Stores, campaign: Id) -> Html:
    keeping.pause(stores, campaign, paused=False)
    return view.redirect(f"/campaigns/{campaign}", toast=("已继续", "It goes on"))


@submit("/campaigns/{campaign:int}/end", "campaign.write", audits="campaign_ended", about="campaign:{campaign}")
def end(view: View, stores: Stores, campaign: Id) -> Html:
    keeping.end(stores, campaign)
    return view.redirect(f"/campaigns/{campaign}", toast=("活动已结束", "It is over"))


ROUTES = [list_all, new, add, edit, change, one, start, pause, resume, end]
