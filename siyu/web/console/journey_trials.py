"""Journeys before and beside their publishing: a draft rehearsed on what happened; people sent in by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from litestar.response import Response

from siyu.audiences import queries as audiences
from siyu.channels import Channels, accounts
from siyu.channels.allowances import PERIODS
from siyu.jobs import preferences, queue
from siyu.reach.journeys import calling, drafts, rehearsals
from siyu.reach.journeys.drafts import Kept
from siyu.reach.journeys.forecasting import forecast, problems_of_needs
from siyu.reach.journeys.model import to_json
from siyu.reach.journeys.queries import REFUSED
from siyu.reach.journeys.rehearsal_command import costs_of, needs
from siyu.reach.journeys.rehearsals import DAYS, Rehearsal
from siyu.reach.journeys.rehearsed import Rehearsed
from siyu.reach.model import KINDS
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import charts
from siyu.web import journey_words as words
from siyu.web.charts import Chart
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.paging import Id, whole
from siyu.web.reach_words import reach_words
from siyu.web.routes import page, submit
from siyu.web.view import Html, View


@page("/journeys/{journey:int}/rehearsal", "journeys.read")
def rehearsal(view: View, stores: Stores, channels: Channels, journey: Id) -> Html:
    """The last rehearsal, and the way to the next."""
    return _rehearsal_page(view, stores, channels, journey, Form.showing(days=DAYS))


@submit("/journeys/{journey:int}/rehearse", "journeys.write", audits="journey_rehearsed", about="journey:{journey}")
def rehearse(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, journey: Id) -> Html:
    with form.errors_kept():
        days = form.whole("days", low=1)
        rehearsals.begin(stores, channels, actor.tag, journey, days)
        note(days=days)
        return view.redirect(f"/journeys/{journey}/rehearsal", toast=("排练开始了", "The rehearsal has begun"))
    return _rehearsal_page(view, stores, channels, journey, form)


def _rehearsal_page(view: View, stores: Stores, channels: Channels, journey: int, form: Form) -> Html:
    kept = drafts.get(stores, journey)
    last = rehearsals.latest(stores, journey)
    job = queue.status(stores, last.job) if last is not None and last.job is not None and last.found is None else None
    shown = rehearsals.latest_found(stores, journey)
    show = view.render if form.ok else view.invalid
    return show(
        "journeys/rehearsal.html",
        form=form,
        journey=kept,
        job=job,
        rehearsal=shown,
        older=shown is not None and to_json(shown.document) != to_json(kept.draft),
        costs=costs_of(stores, channels, shown) if shown is not None else [],
        **_told(stores, kept, shown),
        **reach_words(),
    )


def _told(stores: Stores, kept: Kept, shown: Rehearsal | None) -> dict[str, Any]:
    """What a rehearsal found, for its page."""
    if shown is None or shown.found is None:
        return {}
    found, document = shown.found, shown.document
    figures = shown.figures()
    assert figures is not None
    return {
        "found": found,
        "figures": figures,
        "steps": [
            {
                "name": words.node_name(document, node.id),
                "kind": words.kind_words(words.type_of(node)),
                "figures": figures.nodes[node.id],
                "reached": found.reached_at(node.id),
                "delayed": found.delayed[node.id],
                "held": found.held_at(node.id),
                "tasks": found.tasks[node.id],
                "is_message": words.type_of(node) == "message",
            }
            for node in document.nodes
        ],
        "reached": sum(found.reached.values()),
        "held": sum(found.held.values()),
        "by_reason": found.held_by_reason(),
        "left": [(t(*words.LEFT.get(how, (how, how))), many) for how, many in sorted(found.left.items())],
        "refused": [(t(*REFUSED[why]), many) for why, many in figures.refused.items()],
        "needs": needs(stores, shown),
        "names": {each.id: each.name for each in accounts.list_accounts(stores)},
        "periods": in_words(PERIODS),
        "charts": _charts(stores, found, shown.days),
    }


def _charts(stores: Stores, found: Rehearsed, days: int) -> list[Chart]:
    zone = preferences.timezone(stores)
    last = found.until.astimezone(zone).date()
    shown = [(last - timedelta(days=back)).isoformat() for back in range(days, -1, -1)]
    messages: dict[str, int] = {}
    for (day, _), many in found.sent.items():
        messages[day] = messages.get(day, 0) + many
    return [
        charts.bars(
            f"rehearsed-{key}",
            title,
            [day[5:] for day in shown],
            [(title, [by_day.get(day, 0) for day in shown])],
            head=t("日期", "Day"),
        )
        for key, title, by_day in (
            ("entered", t("每天进入的人", "People who come in, by day"), found.entered_by_day),
            ("messages", t("每天要发的消息", "Messages to be sent, by day"), messages),
        )
    ]


# -- what it will need ---------------------------------------------------------------------------------------


@page("/journeys/{journey:int}/forecast", "journeys.read")
def needed(view: View, stores: Stores, channels: Channels, journey: Id) -> Html:
    """What the draft will need, in a part of its own: the page need not wait for it."""
    kept = drafts.get(stores, journey)
    found = forecast(stores, channels, kept.draft, journey)
    return view.render(
        "journeys/forecast.html",
        forecast=found,
        needs=found.needs,
        costs=found.costs,
        problems=[
            {"words": t(each.zh, each.en), "name": words.node_name(kept.draft, each.node or "")}
            for each in problems_of_needs(found)
        ],
        periods=in_words(PERIODS),
        kinds=in_words(KINDS),
    )


@page("/journeys/{journey:int}/forecast/problems", "journeys.read")
def short(stores: Stores, channels: Channels, journey: Id) -> Response[Any]:
    """What platforms will not allow of the draft, at its steps, as the editor reads it."""
    found = forecast(stores, channels, drafts.get(stores, journey).draft, journey)
    body = json.dumps([words.problem(each) for each in problems_of_needs(found)], ensure_ascii=False).encode()
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


# -- by hand -------------------------------------------------------------------------------------------------


@page("/journeys/{journey:int}/enter", "journeys.publish")
def enter_page(view: View, stores: Stores, journey: Id, audience: str = "", persons: str = "") -> Html:
    """Whom to send in; with somebody named, how many they are and the last question."""
    return _enter_page(view, stores, journey, Form.showing(audience=audience, persons=persons))


def _enter_page(view: View, stores: Stores, journey: int, form: Form) -> Html:
    asked: Mapping[str, Any] = {}
    with form.errors_kept():
        asked = _whom(stores, form)
    show = view.render if form.ok else view.invalid
    return show(
        "journeys/enter.html",
        form=form,
        journey=drafts.get(stores, journey),
        asked=asked,
        persons_max=calling.PERSONS_MAX,
        audiences=[("", t("不选", "none")), *((each.id, each.name) for each in audiences.all_audiences(stores))],
    )


def _whom(stores: Stores, form: Form) -> dict[str, Any]:
    """How many people are meant; nothing where nobody is named."""
    number, persons = whole(form.get("audience")), _numbers(form.get("persons"))
    many = len(set(persons))
    if number is not None:
        many += audiences.members_page(stores, number, 0, 1)[0]
    return {"people": many, "audience": number, "persons": persons} if persons or number is not None else {}


def _numbers(text: str) -> list[int]:
    found = [each.removeprefix("#") for each in text.replace("，", ",").replace(",", " ").split()]
    wrong = next((each for each in found if not each.isdecimal() or len(each) > 9), None)
    if wrong is not None:
        raise BadInput(
            "person_number",
            "请填客户编号，用空格或逗号隔开。",
            "People's numbers, with blanks between.",
            field="persons",
        )
    return [int(each) for each in found]


@submit(
    "/journeys/{journey:int}/enter", "journeys.publish", audits="people_sent_into_journey", about="journey:{journey}"
)
def enter(view: View, stores: Stores, actor: Actor, form: Form, journey: Id) -> Html:
    with form.errors_kept():
        asked = _whom(stores, form)
        if not asked:
            raise BadInput("nobody_named", "请选择人群或填写客户编号。", "Choose an audience or name people.")
        many = calling.send_in(stores, actor.tag, journey, asked["persons"]) if asked["persons"] else 0
        if asked["audience"] is not None:
            many += calling.send_audience_in(stores, actor.tag, journey, asked["audience"])
        note(persons=many)
        return view.redirect(f"/journeys/{journey}", toast=(f"已送入 {many:,} 人", f"{many:,} people sent in"))
    return _enter_page(view, stores, journey, form)


ROUTES = [needed, short, rehearsal, rehearse, enter_page, enter]
