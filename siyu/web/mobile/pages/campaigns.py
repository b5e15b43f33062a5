"""``/m/<campaign>`` and ``/m/e/<effort>``: what a campaign is, what somebody started in it, and how far it is.

The parts that every mechanic has are here (what it is, how far, the one button, the rules); what only one has stands
in its own template, ``templates/mechanics/<name>.html``, shown within the page of an effort.
"""

from __future__ import annotations

from typing import Any

import msgspec

from siyu.growth.campaigns import forms, narrowing, reading, sealing, tickets
from siyu.growth.campaigns.acting import SAID, Outcome
from siyu.growth.campaigns.membership import Members
from siyu.growth.campaigns.model import Campaign, Effort, Wish
from siyu.growth.campaigns.seeing import Look
from siyu.growth.cheating.limiting import fingerprint
from siyu.growth.pictures.codes import picture_of
from siyu.growth.posters import keeping as posters
from siyu.growth.visitors.anonymous import person_for
from siyu.loyalty.tiers import rights
from siyu.web.current import current
from siyu.web.mobile import friendly
from siyu.web.mobile.friendly import Notice
from siyu.web.mobile.routes import page, submit
from siyu.web.mobile.visit import Answer, Visit, address
from siyu.web.mobile.who import kept, nodes_of, own, who

KIND, ADULT = "kind", "adult"
CODE_SECONDS = 86_400
FRIENDS_SHOWN = 20


@page("/m/{slug}", personal=True)
def campaign_page(visit: Visit, slug: str) -> Answer:
    campaign = reading.campaign_at(visit.stores, slug)
    if campaign is None or campaign.stage == "draft":
        return friendly.show(visit, friendly.unknown())
    shut = _shut_for(visit, campaign)
    if shut:
        return friendly.show(visit, _shut(campaign, shut))
    _seen(visit, Look(campaign, None, visit.device))
    lacking = _lacking(visit, campaign)
    if lacking is not None:
        return visit.page("members_only.html", campaign=campaign, lacking=lacking)
    return _campaign(visit, campaign)


@submit("/m/{slug}")
def start(visit: Visit, slug: str) -> Answer:
    """Open an effort of one's own."""
    campaign = reading.campaign_at(visit.stores, slug)
    if campaign is None or campaign.stage == "draft":
        return friendly.show(visit, friendly.unknown())
    outcome = _act(visit, campaign, "")
    if outcome.effort is not None and outcome.state != "refused":
        return visit.to(f"/m/e/{outcome.effort.slug}?said={outcome.said}")
    return _refused(visit, campaign, outcome)


@page("/m/e/{slug}", personal=True)
def effort_page(visit: Visit, slug: str) -> Answer:
    effort = reading.effort_at(visit.stores, slug)
    if effort is None:
        return friendly.show(visit, friendly.unknown())
    campaign = reading.get_campaign(visit.stores, effort.campaign)
    return _effort(visit, campaign, effort, visit.query.get("said", ""))


@submit("/m/e/{slug}")
def help_effort(visit: Visit, slug: str) -> Answer:
    """Do something for an effort."""
    effort = reading.effort_at(visit.stores, slug)
    if effort is None:
        return friendly.show(visit, friendly.unknown())
    campaign = reading.get_campaign(visit.stores, effort.campaign)
    outcome = _act(visit, campaign, slug)
    return visit.to(f"/m/e/{slug}?said={outcome.said}")


@page("/m/e/{slug}/code.png")
def code(visit: Visit, slug: str) -> Answer:
    """The effort's address as a code, to be shown or put on a poster."""
    effort = reading.effort_at(visit.stores, slug)
    if effort is None:
        return friendly.show(visit, friendly.unknown())
    body = picture_of(address(f"/m/e/{effort.slug}"), size_mm=40)
    return Answer(body, type=b"image/png", headers=((b"cache-control", b"public, max-age=%d" % CODE_SECONDS),))


def _act(visit: Visit, campaign: Campaign, effort: str) -> Outcome:
    person = person_for(visit.stores, visit.device)
    form = visit.form
    wish = Wish(
        campaign.id,
        person,
        visit.once,
        effort,
        kind=form.get(KIND, "help")[:40],
        device=visit.device,
        address=fingerprint(visit.stores.home, "address", current().address),
        adult=form.flag(ADULT),
        data={name: form.get(name) for name in form.names() if name not in (KIND, ADULT, "once")},
    )
    return visit.shared.acts.take(wish).result()


def _campaign(visit: Visit, campaign: Campaign, error: str = "", status: int = 200) -> Answer:
    mine = _mine(visit, campaign)
    open_one = next((each for each in mine if each.is_open(visit.stores.clock.now())), None)
    return visit.page(
        "campaign.html",
        status=status,
        campaign=campaign,
        told=forms.told(campaign.ruled),
        only=narrowing.words_of(campaign.only, campaign.ask),
        secret=sealing.shown(visit.stores.home, campaign),
        mine=mine[:1],
        going=open_one is not None,
        again=len(mine) < campaign.each,
        ordered=_ordered(visit, campaign),
        error=error,
    )


def _effort(visit: Visit, campaign: Campaign, effort: Effort, said: str) -> Answer:
    now, shut = visit.stores.clock.now(), _shut_for(visit, campaign)
    person = who(visit).node
    starter = person is not None and person == kept(visit, effort.person)
    _seen(visit, Look(campaign, effort, visit.device, own=starter))
    shown = reading.contributions_to(visit.stores, effort.id, FRIENDS_SHOWN)
    mine = [each for each in shown if person is not None and kept(visit, each.person) == person]
    context: dict[str, Any] = {
        "campaign": campaign,
        "effort": effort,
        "plays": campaign.plays,
        "rules": campaign.ruled,
        "state": msgspec.convert(effort.state, campaign.plays.state),
        "told": forms.told(campaign.ruled),
        "only": narrowing.words_of(campaign.only, campaign.ask),
        "secret": sealing.shown(visit.stores.home, campaign),
        "starter": starter,
        "person": person,
        "now": now,
        "is_open": effort.is_open(now) and not shut,
        "shut": shut,
        "ends": effort.ends or campaign.ends,
        "friends": [each for each in shown if each.stage == "counted"],
        "waits": any(each.stage == "waits" for each in mine),
        "helped": any(each.stage == "counted" for each in mine),
        "said": campaign.plays.said.get(said) or SAID.get(said),
        "link": address(f"/m/e/{effort.slug}"),
        "poster": posters.chosen(visit.stores, campaign.id) if starter and own(visit) is not None else None,
    }
    return visit.page("effort.html", **context)


def _ordered(visit: Visit, campaign: Campaign) -> bool:
    """Whether they have the paid order that starting takes, where it takes one."""
    if campaign.plays.ticket(campaign.ruled) is None:
        return True
    nodes = nodes_of(visit)
    return bool(nodes) and tickets.left(visit.stores, campaign.id, nodes) > 0


def _mine(visit: Visit, campaign: Campaign) -> list[Effort]:
    nodes = nodes_of(visit)
    return reading.efforts_of(visit.stores, campaign.id, nodes) if nodes else []


def _seen(visit: Visit, look: Look) -> None:
    """Nobody waits for it to be written."""
    key = (look.campaign.id, look.effort.id if look.effort is not None else 0, look.device)
    if not visit.robot and visit.shared.looks.get(key) is None:
        visit.shared.looks.put(key, True)
        visit.shared.seeing.take(look)


def _refused(visit: Visit, campaign: Campaign, outcome: Outcome) -> Answer:
    shut = _shut_for(visit, campaign)
    if shut:
        return friendly.show(visit, _shut(campaign, shut))
    lacking = _lacking(visit, campaign)
    if lacking is not None:
        return visit.page("members_only.html", status=422, campaign=campaign, lacking=lacking)
    return _campaign(visit, campaign, outcome.words[0 if current().language == "zh" else 1], 422)


def _shut_for(visit: Visit, campaign: Campaign) -> str:
    """Why nothing can be done in it, for who this is: some may come early."""
    now = visit.stores.clock.now()
    if campaign.shut(now) != "not_begun":
        return campaign.shut(now)
    person = who(visit).node
    with visit.stores.ledger.read() as conn:
        members = Members.read(conn, now, [campaign], [] if person is None else [person])
    return members.shut(campaign, person, now)


def _lacking(visit: Visit, campaign: Campaign) -> rights.Missing | None:
    """What who this is lacks to start something in it; None where nothing."""
    if not campaign.only.right:
        return None
    with visit.stores.ledger.read() as conn:
        return rights.missing(conn, who(visit).node, campaign.only.right)


def _shut(campaign: Campaign, shut: str) -> Notice:
    if shut == "not_begun":
        return friendly.not_begun(campaign.begins)
    return friendly.resting() if shut == "paused" else friendly.ended(campaign.ended or campaign.ends)


ROUTES = [campaign_page, start, effort_page, help_effort, code]
