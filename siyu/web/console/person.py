"""One person's page: who they are, what they did, and what can be done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from siyu.audiences import layers
from siyu.channels.accounts import list_accounts
from siyu.growth.cheating import reviewing
from siyu.growth.cheating.model import STAGES as STAGES_OF_REVIEW
from siyu.growth.leads.model import STATES
from siyu.growth.leads.reading import Asked, leads_page
from siyu.loyalty.points.queries import balances
from siyu.loyalty.tiers import queries as tiers
from siyu.loyalty.tiers.settling import WHYS
from siyu.people import actions, consents, erasure, event_names, merges, profile, tags, timeline
from siyu.people.files_left import files_left
from siyu.people.finding import find_exactly, identifiers_of
from siyu.people.held import held_merges
from siyu.reach import guard
from siyu.reach.best_hour_words import best_hour_told
from siyu.reach.staff_tasks import holders
from siyu.reach.staff_tasks import queries as staff_tasks
from siyu.reach.staff_tasks.ladder import rungs_of
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web.console.leads import KINDS
from siyu.web.console.reviews import KINDS as REVIEW_KINDS
from siyu.web.console.tasks import cards_of, looker_of
from siyu.web.current import in_words, may, note, t
from siyu.web.forms import Form
from siyu.web.routes import page, submit
from siyu.web.seeing import attributes_seen, entries_seen, seen, unchanged
from siyu.web.view import Html, View
from siyu.web.wording import moment

ENTRIES_A_PAGE = profile.NEWEST - 1
LEADS_SHOWN = 5
REVIEWS_SHOWN = 5
CHANGES_SHOWN = 3
PARTS = ("head", "timeline", "tags", "consents", "identifiers", "tasks")
TASKS_SHOWN = 6
MACHINE_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")
EDITED = ("name", "sex", "birthday", "province", "city", "occupation")


@page("/people/{person:int}", "people.read")
def person(
    view: View, stores: Stores, actor: Actor, person: int, part: str = "", cursor: str = "", name: str = ""
) -> Html:
    """The whole page, or one part of it that changed."""
    shown = profile.profile_of(stores, person)
    if shown.person != person:
        return view.redirect(f"/people/{shown.person}", toast=("该客户已合并到此处", "This person was merged here"))
    if shown.gone:
        left = files_left(stores, erasure.erased_at(stores, person))
        return view.render("people/erased.html", person=person, files=left)
    context = (
        _context(stores, shown, name, cursor)
        | _tasks(stores, actor, shown)
        | _leads(stores, shown)
        | _reviews(stores, shown)
        | _tier(stores, shown)
        | _points(stores, shown)
    )
    if view.htmx and part in PARTS:
        return view.render("people/person.html", fragment="entries" if cursor else part, **context)
    return view.render("people/person.html", **context)


def _context(stores: Stores, shown: profile.Profile, name: str, cursor: str) -> dict[str, Any]:
    page_of_events = timeline.timeline(
        stores,
        shown.nodes,
        names=[name] if name else [],
        cursor=cursor or None,
        limit=ENTRIES_A_PAGE,
        newest=shown.newest,
    )
    with stores.ledger.read() as conn:
        schemes = {each.key: each for each in layers.schemes(conn)}
        entries = entries_worded(entries_seen(page_of_events.entries), schemes)
        held = identifiers_of(conn, shown.nodes, whole=may("people.phone"))
        history = merges.history(conn, shown.person)
        waiting = held_merges(conn, person=shown.person)
        stated = {(row["purpose"], row["channel"]): row for row in consents.of_person(conn, shown.person)}
        log = consents.log_of(conn, shown.person)[:20]
        all_tags = tags.all_tags(conn)
        in_layers = layers.held_by(conn, shown.person)
    has = {tag.id for tag in shown.tags}
    return {
        "shown": shown,
        "person": shown.person,
        "basic": seen(shown.basic),
        "age": age_of(shown.basic["birthday"], stores.clock.now()),
        "held": held,
        "in_layers": in_layers,
        "merges": history,
        "waiting": waiting,
        "timeline": replace(page_of_events, entries=entries),
        "names": shown.behaviour.names,
        "chosen": name,
        "tags_left": [tag for tag in all_tags if tag.id not in has],
        "stated": stated,
        "consent_log": log,
        "purposes": consents.PURPOSES,
        "channels": _channels(stores, stated),
        "channel_words": channel_words,
        "worded": worded,
        "origins": tags.ORIGINS,
        "label": event_names.label,
        "property_words": event_names.property_words,
        "peak": max(shown.behaviour.hours) or 1,
        "hours_words": ", ".join(f"{hour}:00 {times}" for hour, times in enumerate(shown.behaviour.hours) if times),
        "now": stores.clock.now(),
    }


def _tasks(stores: Stores, actor: Actor, shown: profile.Profile) -> dict[str, Any]:
    """What staff have to do for them, and how close one may come next."""
    if not may("tasks.read"):
        return {"tasks": [], "rung": None}
    looker, now = looker_of(stores, actor), stores.clock.now()
    with stores.ledger.read() as conn:
        found = staff_tasks.tasks_of_person(conn, looker, shown.nodes)[:TASKS_SHOWN]
        rung = rungs_of(conn, [shown.person], now)[shown.person]
    return {"tasks": cards_of(stores, found), "rung": rung}


def _leads(stores: Stores, shown: profile.Profile) -> dict[str, Any]:
    """What they left on forms, and what became of it."""
    asked = Asked(persons=[shown.person], rows_max=LEADS_SHOWN)
    found = leads_page(stores, asked) if may("lead.read") else []
    return {"leads": found, "lead_states": in_words(STATES), "lead_badges": KINDS}


def _reviews(stores: Stores, shown: profile.Profile) -> dict[str, Any]:
    """What spoke against them in campaigns, and who decided what."""
    found = reviewing.cases_of(stores, shown.nodes) if may("campaign.read") else []
    cases = [each for each in found if each.stage != "watched"][:REVIEWS_SHOWN]
    return {"reviews": cases, "review_stages": in_words(STAGES_OF_REVIEW), "review_badges": REVIEW_KINDS}


def _tier(stores: Stores, shown: profile.Profile) -> dict[str, Any]:
    """Their tier, why, and the next step."""
    if not may("tier.read"):
        return {"way": None, "tier_changes": [], "tier_whys": {}, "agent": ""}
    with stores.ledger.read() as conn:
        way = tiers.way_of(conn, shown.person)
        changes = tiers.all_changes(conn, None, CHANGES_SHOWN, shown.nodes)
        agent = "" if way is None or not way.agent else holders.names_of(conn, [way.agent]).get(way.agent, "")
    return {"way": way, "tier_changes": changes, "tier_whys": in_words(WHYS), "agent": agent}


def _points(stores: Stores, shown: profile.Profile) -> dict[str, Any]:
    """What they have in points."""
    if not may("points.read"):
        return {"points": None}
    with stores.ledger.read() as conn:
        return {"points": balances(conn, stores.clock.now(), [shown.person])[shown.person]}


def _channels(stores: Stores, stated: dict[tuple[str, str], Any]) -> list[str]:
    """The channels worth a column: all together, those with an account, and what was ever stated."""
    used = (each.channel for each in list_accounts(stores))
    known = {"any", *used, *(channel for _, channel in stated)}
    return [channel for channel in consents.CHANNELS if channel in known]


def channel_words(channel: str) -> str:
    """A channel's name as people say it."""
    return t(*consents.CHANNELS.get(channel, (channel, channel)))


def entries_worded(entries: Sequence[timeline.Entry], schemes: Mapping[str, layers.Scheme]) -> list[timeline.Entry]:
    """Events with what they were about in words."""
    return [replace(each, detail=_detail(each, schemes)) for each in entries]


def _detail(entry: timeline.Entry, schemes: Mapping[str, layers.Scheme]) -> str:
    """What one event was about, in words: of layers, channels, reasons and purposes the log holds the keys."""
    told = entry.properties
    if entry.name == "layer_changed" and (scheme := schemes.get(str(told.get("scheme")))):
        labels = {layer.key: t(*layer.label) for layer in scheme.layers}
        steps = [labels.get(str(told.get(side)), "") for side in ("from", "to")]
        return t(*scheme.label) + t("：", ": ") + " → ".join(step or t("未分层", "none") for step in steps)
    if entry.kind == "message" and "channel" in told:
        reason = told.get("reason")
        said = [channel_words(str(told["channel"])), *([t(*guard.reason_words(str(reason)))] if reason else [])]
        return " · ".join(said)
    if entry.name.startswith("consent_") and str(told.get("purpose")) in consents.PURPOSES:
        return t(*consents.PURPOSES[str(told["purpose"])]) + " · " + channel_words(str(told.get("channel", "any")))
    return entry.detail


def worded(value: Any) -> Any:
    """An attribute as it is read: a moment in the shop's time zone, not as a machine writes it."""
    if not isinstance(value, str) or not MACHINE_MOMENT.fullmatch(value):
        return value
    return moment(datetime.fromisoformat(value))


def age_of(birthday: str | None, now: datetime) -> int | None:
    """In whole years; None where the year of birth is not known."""
    if birthday is None or birthday.startswith("0001"):
        return None
    year, month, day = (int(part) for part in birthday.split("-"))
    return now.year - year - ((now.month, now.day) < (month, day))


@page("/people/{person:int}/best-hour", "people.read")
def best_hour(view: View, stores: Stores, person: int) -> Html:
    """The card of their page, which is fetched behind it."""
    told = best_hour_told(stores, person)
    return view.render("people/best_hour.html", told=told, peak=100 * max(*told.workdays, *told.weekend))


@page("/people/{person:int}/edit", "people.write")
def edit(view: View, stores: Stores, person: int) -> Html:
    shown = profile.profile_of(stores, person)
    given = {name: seen(shown.basic[name]) for name in EDITED}
    lines = "\n".join(
        f"{name}: {value}" for name, value in attributes_seen(shown.basic["attributes"]).items() if _plain(value)
    )
    flags = {name: shown.basic[name] for name in ("minor", "no_profiling")}
    form = Form.showing(**given, **flags, attributes=lines)
    return view.render("people/edit.html", form=form, person=shown.person, name=seen(shown.basic["name"]))


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float) and "\n" not in str(value)


@submit("/people/{person:int}/edit", "people.write", audits="person_changed", about="person:{person}")
def save(view: View, stores: Stores, actor: Actor, form: Form, person: int) -> Html:
    traits: dict[str, Any] = {name: form.text(name, characters_max=120) or None for name in EDITED}
    traits |= {name: form.flag(name) for name in ("minor", "no_profiling")}
    known = profile.profile_of(stores, person).basic
    traits = {name: value for name, value in traits.items() if not unchanged(str(value), known[name])}
    before = known["attributes"]
    with form.errors_kept():
        given = _attributes(form.text("attributes", characters_max=10_000, lines=True), before)
        traits |= dict.fromkeys((name for name, value in before.items() if _plain(value) and name not in given))
        traits |= given
        if form.ok:
            changed = _set(stores, actor, person, traits)
            note(fields=sorted(changed))
            return view.redirect(f"/people/{person}", toast=("已保存", "Saved"))
    return view.invalid("people/edit.html", form=form, person=person, name=form.get("name"))


def _set(stores: Stores, actor: Actor, person: int, traits: dict[str, Any]) -> dict[str, Any]:
    try:
        return actions.set_profile(stores, actor.tag, person, traits)
    except BadInput as error:  # the form has one field for all further attributes
        name = (error.field or "").rpartition(".")[2]
        raise BadInput(error.code, error.zh, error.en, field=name if name in EDITED else "attributes") from error


def _attributes(text: str, before: dict[str, Any]) -> dict[str, Any]:
    """``name: value`` a line. A value that reads as before keeps its type. Raises :class:`BadInput`."""
    seen = attributes_seen(before)
    found: dict[str, Any] = {}
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        name, colon, value = line.replace("：", ":", 1).partition(":")
        if not colon or not name.strip():
            raise BadInput(
                "bad_line",
                f"“{line[:40]}”应写成 名称: 值。",
                f"“{line[:40]}” should read name: value.",
                field="attributes",
            )
        name, value = name.strip(), value.strip()
        found[name] = before[name] if name in before and value in (str(before[name]), str(seen[name])) else value
    return found


# --- tags and consent, in place


@submit("/people/{person:int}/tags", "people.write", audits="tag_added", about="person:{person}")
def add_tag(view: View, stores: Stores, actor: Actor, form: Form, person: int) -> Html:
    tag = form.whole("tag", low=1)
    expires = form.moment("expires")
    if not form.ok:
        raise next(iter(form.errors.values()))
    tags.add_tag(stores, actor.tag, person, tag, expires=expires)
    note(tag=tag)
    undo = f"/people/{person}/tags/{tag}/remove"
    return view.done(toast=("已打标签", "Tag added"), back=f"/people/{person}", undo=undo)


@submit("/people/{person:int}/tags/{tag:int}/remove", "people.write", audits="tag_removed", about="person:{person}")
def remove_tag(view: View, stores: Stores, actor: Actor, person: int, tag: int) -> Html:
    tags.remove_tag(stores, actor.tag, person, tag)
    note(tag=tag)
    return view.done(toast=("已移除标签", "Tag removed"), back=f"/people/{person}")


@submit("/people/{person:int}/consent", "people.write", audits="consent_stated", about="person:{person}")
def state_consent(view: View, stores: Stores, actor: Actor, form: Form, person: int) -> Html:
    purpose = form.choice("purpose", list(consents.PURPOSES))
    channel = form.choice("channel", list(consents.CHANNELS))
    given = form.choice("given", ["1", "0"]) == "1"
    if not form.ok:
        raise next(iter(form.errors.values()))
    consents.state_consent(stores, actor.tag, person, purpose, channel, given, evidence="console")
    note(purpose=purpose, channel=channel, given=given)
    toast = ("已记录同意", "Consent recorded") if given else ("已记录撤回", "Withdrawal recorded")
    return view.done(toast=toast, back=f"/people/{person}")


# --- merges and erasure


@submit("/people/{person:int}/merge", "people.merge", audits="people_merged", about="person:{person}")
def merge(view: View, stores: Stores, actor: Actor, form: Form, person: int) -> Html:
    text = form.text("other", required=True, characters_max=120)
    if not form.ok:
        raise next(iter(form.errors.values()))
    found = [other for other in find_exactly(stores, text) if other != person]
    if len(found) != 1:
        raise BadInput(
            "not_one_person",
            "请输入另一位客户的编号，或完整的手机号等身份标识。" if not found else "找到多位客户，请用编号。",
            "Give the number of the other person, or one whole identifier, which only one person holds.",
            field="other",
        )
    kept = merges.merge(stores, actor.tag, person, found[0])
    note(other=found[0])
    return view.redirect(f"/people/{kept}", toast=("已合并", "Merged"))


@submit("/merges/{merge_id:int}/undo", "people.merge", audits="merge_undone", about="merge:{merge_id}")
def undo_merge(view: View, stores: Stores, actor: Actor, merge_id: int) -> Html:
    one, other = merges.undo(stores, actor.tag, merge_id)
    note(persons=[one, other])
    toast = (f"已撤销合并，恢复为客户 {one} 与 {other}", f"Merge undone: persons {one} and {other}")
    return view.redirect(f"/people/{one}", toast=toast)


@submit("/people/{person:int}/erase", "people.erase", audits="person_erased", about="person:{person}")
def erase(view: View, stores: Stores, actor: Actor, person: int) -> Html:
    job = erasure.erase(stores, actor.tag, person)
    note(job=job)
    return view.redirect("/people", toast=("个人信息已删除", "Personal data erased"))


ROUTES = [person, best_hour, edit, save, add_tag, remove_tag, state_consent, merge, undo_merge, erase]
