"""Journeys: the list, one journey and what is done with it, its versions, who is at a step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar.response import Response

from siyu.channels import Channels
from siyu.jobs import queue
from siyu.jobs.model import JobStatus
from siyu.reach.cost_command import of_journey
from siyu.reach.effect_words import points
from siyu.reach.journeys import drafts, publishing, queries
from siyu.reach.journeys.arms import DAYS, DAYS_MAX, MEASURES, compare, splits
from siyu.reach.journeys.checking import problems
from siyu.reach.journeys.drafts import STATES, Kept
from siyu.reach.journeys.model import Journey, parse, to_json
from siyu.reach.journeys.moves import moved, proposed, rests
from siyu.reach.journeys.queries import Change
from siyu.reach.journeys.text import read_text, text_of
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import journey_words as words
from siyu.web import menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, place_of, whole
from siyu.web.routes import page, submit
from siyu.web.seeing import asked_fairly, names_seen, text_seen
from siyu.web.view import Html, View

menu.page("reach", "/journeys", "旅程", "Journeys", permission="journeys.read", order=15, letter="y")

COLUMNS = (
    Column("name", "名称", "Name"),
    Column("state", "状态", "State"),
    Column("inside", "在途人数", "Inside now", numeric=True),
    Column("entered", "累计进入", "Came in", numeric=True, narrow=False),
    Column("version", "版本", "Version", numeric=True, narrow=False),
    Column("changed", "修改", "Changed", narrow=False),
    Column("by", "创建人", "By", shown=False, narrow=False),
)
DAYS_OFFERED = (1, 3, 7, 14, 30)
INSIDE = (
    Column("person", "客户", "Person"),
    Column("entered", "进入", "Came in", narrow=False),
    Column("since", "到这一步", "Here since"),
    Column("due", "下次处理", "Looked at next", narrow=False),
    Column("run", "第几次", "Time", numeric=True, shown=False, narrow=False),
)


@page("/journeys", "journeys.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("journeys", COLUMNS, filters=("state", "archived"))
    found = queries.page(
        stores,
        words=listing.words,
        state=listing.filters["state"] if listing.filters["state"] in STATES else "",
        archived=listing.filters["archived"] == "1",
        before=place_of(listing.cursor, datetime, int),
        rows_max=ASKED_MAX,
    )
    return view.render(
        "journeys/list.html",
        fragment="list",
        listing=listing.cut(found, queries.place),
        states=in_words(STATES),
        tones=words.TONES,
    )


@submit("/journeys", "journeys.write", audits="journey_drafted")
def add(view: View, stores: Stores, actor: Actor) -> Html:
    """An empty draft at once: its name and the rest are written in the editor."""
    start = parse({"name": t("新旅程", "New journey"), "trigger": {"type": "event", "on": {"event": "friend_added"}}})
    return _added(view, stores, actor, start, ("已新建旅程，接着添加步骤", "A new journey; add its steps"))


def _added(view: View, stores: Stores, actor: Actor, journey: Journey, toast: tuple[str, str]) -> Html:
    asked_fairly(to_json(journey))
    number = drafts.create(stores, actor.tag, journey)
    note(f"journey:{number}", name=journey.name)
    return view.redirect(f"/journeys/{number}/edit", toast=toast, undo=f"/journeys/{number}/archive")


@page("/journeys/import", "journeys.write")
def import_page(view: View) -> Html:
    return view.render("journeys/import.html", form=Form.showing())


@submit("/journeys/import", "journeys.write", audits="journey_drafted")
def import_text(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        try:
            journey = read_text(form.get("text").replace("\r\n", "\n"))
        except BadInput as error:
            raise BadInput(error.code, error.zh, error.en, field="text") from error
        return _added(view, stores, actor, journey, ("已导入为草稿", "Imported as a draft"))
    return view.invalid("journeys/import.html", form=form)


@page("/journeys/{journey:int}/export", "journeys.read")
def export(stores: Stores, journey: Id, kind: str = "yaml") -> Response[Any]:
    """The draft as a file: text for people, JSON for programs."""
    found = drafts.get(stores, journey)
    raw, end, type = _shown(text_of(found.draft, words.words_now(stores))), "yaml", "application/yaml"
    if kind == "json":
        raw, end, type = (
            json.dumps(_shown(to_json(found.draft)), ensure_ascii=False, indent=2),
            "json",
            "application/json",
        )
    headers = {"content-disposition": f'attachment; filename="journey-{journey}.{end}"', "cache-control": "no-store"}
    return Response(raw.encode(), media_type=f"{type}; charset=utf-8", headers=headers)


# -- one journey ---------------------------------------------------------------------------------------------


@page("/journeys/{journey:int}", "journeys.read")
def one(view: View, stores: Stores, channels: Channels, journey: Id, version: int | None = None) -> Html:
    """A version with its figures: the one asked for, else the one that people come into; before that, the draft."""
    found = queries.listed(stores, journey)
    kept = found.journey
    shown = version or kept.version
    document = drafts.document_of(stores, journey, shown) if shown else kept.draft
    figures = queries.figures(stores, journey, shown) if shown else None
    return view.render(
        "journeys/one.html",
        listed=found,
        journey=kept,
        shown=shown,
        figures=figures,
        costs=of_journey(stores, channels, journey, shown) if shown else [],
        versions=queries.versions(stores, journey),
        moving=_moving(stores, kept),
        unpublished=_changes(queries.changes(document, kept.draft), document, kept.draft)
        if shown and shown == kept.version
        else [],
        states=in_words(STATES),
        tones=words.TONES,
        data=_looked_at(stores, kept, document, shown, figures),
        splits=splits(document) if shown else [],
        arm_days=DAYS,
    )


@page("/journeys/{journey:int}/arms", "journeys.read")
def arms(view: View, stores: Stores, journey: Id, version: int = 1, node: str | None = None, days: str = "") -> Html:
    """The arms of a split beside each other, in a part of its own: the page need not wait for it."""
    asked = whole(days) or DAYS
    told = compare(stores, journey, version, node, asked if 1 <= asked <= DAYS_MAX else DAYS)
    return view.render(
        "journeys/arms.html",
        compared=told,
        measures=MEASURES,
        points=points,
        choices=sorted({*DAYS_OFFERED, told.days}),
    )


def _moving(stores: Stores, kept: Kept) -> list[JobStatus]:
    """The work that moves people to the version that runs, or could not."""
    key = f"{publishing.MOVE_JOB}-{kept.id}-{kept.version}"
    return [job for job in queue.find(stores, key=key, rows_max=1) if job.unfinished or job.state == "failed"]


def _looked_at(
    stores: Stores, kept: Kept, document: Journey, version: int | None, figures: queries.Figures | None
) -> dict[str, Any]:
    """What the drawing of the page is made of."""
    return {
        "writes": False,
        "number": kept.id,
        "version": version,
        "document": _shown(to_json(document)),
        "said": _shown(words.said(stores, document)),
        "text": _shown(text_of(document, words.words_now(stores))),
        "problems": [],
        "kinds": words.kinds(),
        **figures_shown(figures),
    }


def _shown(text: Any) -> Any:
    """What a journey says, for who may only read it."""
    return text_seen(text, "journeys.write")


def figures_shown(figures: queries.Figures | None) -> dict[str, Any]:
    """Figures of a version for the drawing, and why some were not let in, in words."""
    if figures is None:
        return {"figures": None, "refused": []}
    refused = [(t(*queries.REFUSED[why]), many) for why, many in figures.refused.items()]
    return {"figures": msgspec.to_builtins(figures), "refused": refused}


def _changes(found: list[Change], old: Journey, new: Journey) -> list[dict[str, Any]]:
    """What is different, in words."""
    return [
        {
            "what": each.what,
            "name": t("旅程设置", "The journey") if each.node is None else _name(old, new, each.node),
            "fields": [t(*words.FIELDS_CHANGED.get(name, (name, name))) for name in each.fields],
        }
        for each in found
    ]


def _name(old: Journey, new: Journey, node: str) -> str:
    return words.node_name(new if any(each.id == node for each in new.nodes) else old, node)


@page("/journeys/{journey:int}/compare", "journeys.read")
def differences(view: View, stores: Stores, journey: Id, old: int = 0, new: int = 0) -> Html:
    """Two versions beside each other; 0 is the draft."""
    kept = drafts.get(stores, journey)
    one, other = (drafts.document_of(stores, journey, each) if each else kept.draft for each in (old, new))
    return view.render(
        "journeys/compare.html",
        journey=kept,
        versions=queries.versions(stores, journey),
        old=old,
        new=new,
        changes=_changes(queries.changes(one, other), one, other),
        texts=[_shown(text_of(each, words.words_now(stores))) for each in (one, other)],
    )


@page("/journeys/{journey:int}/people", "journeys.read")
def people(view: View, stores: Stores, journey: Id, version: int | None = None, node: str | None = None) -> Html:
    """Who is in a version now, or at one of its steps."""
    kept = drafts.get(stores, journey)
    version = version or kept.version or 1
    document = drafts.document_of(stores, journey, version)
    listing = Listing.read("journey_people", INSIDE)
    found = queries.people_inside(stores, journey, version, node=node, after=listing.before or 0, rows_max=ASKED_MAX)
    listing = listing.cut(found, lambda each: each.row)
    return view.render(
        "journeys/people.html",
        fragment="list",
        journey=kept,
        version=version,
        step=words.node_name(document, node) if node is not None else "",
        listing=listing,
        names=names_seen(stores, [each.person for each in listing.rows]),
    )


# -- publishing ------------------------------------------------------------------------------------------------


@page("/journeys/{journey:int}/publish", "journeys.publish")
def publish_page(view: View, stores: Stores, channels: Channels, journey: Id) -> Html:
    return _publish_page(view, stores, channels, journey, Form.showing())


def _publish_page(view: View, stores: Stores, channels: Channels, journey: int, form: Form) -> Html:
    kept = drafts.get(stores, journey)
    before = drafts.document_of(stores, journey, kept.version) if kept.version else None
    show = view.render if form.ok else view.invalid
    return show(
        "journeys/publish.html",
        form=form,
        journey=kept,
        seen=kept.changed.isoformat(),
        problems=[
            {"level": each.level, "words": t(each.zh, each.en), "name": words.node_name(kept.draft, each.node or "")}
            for each in problems(stores, channels, kept.draft, journey)
        ],
        changes=_changes(queries.changes(before, kept.draft), before, kept.draft) if before else [],
        moves=_moves(stores, kept, before) if before else [],
    )


def _moves(stores: Stores, kept: Kept, old: Journey) -> list[dict[str, Any]]:
    """Each step of the version before at which somebody may rest: how many do, where they may go, where we would."""
    figures, wished = queries.figures(stores, kept.id, kept.version or 0), proposed(old, kept.draft)
    return [
        {
            "node": node.id,
            "name": words.node_name(old, node.id),
            "here": figures.nodes[node.id].here,
            "wished": wished.get(node.id, ""),
            "options": [
                (each.id, words.node_name(kept.draft, each.id)) for each in kept.draft.nodes if moved(node, each)
            ],
        }
        for node in old.nodes
        if rests(node)
    ]


@submit("/journeys/{journey:int}/publish", "journeys.publish", audits="journey_published", about="journey:{journey}")
def publish(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, journey: Id) -> Html:
    with form.errors_kept():
        version = publishing.publish(
            stores, channels, actor.tag, journey, seen=_seen(form), moves=_chosen(form) if form.flag("move") else None
        )
        note(version=version)
        return view.redirect(
            f"/journeys/{journey}", toast=(f"第 {version} 版已发布", f"Version {version} is published")
        )
    return _publish_page(view, stores, channels, journey, form)


def _seen(form: Form) -> datetime | None:
    try:
        return datetime.fromisoformat(form.get("seen")) if form.get("seen") else None
    except ValueError:
        raise BadInput("journey_seen", "页面已过期，请刷新。", "The page is too old; reload it.") from None


def _chosen(form: Form) -> Mapping[str, str]:
    """``move.<place>`` names the step after, ``node.<place>`` the step before."""
    places = (whole(place) for place in form.all("place"))
    pairs = ((form.get(f"node.{place}"), form.get(f"to.{place}")) for place in places if place is not None)
    return {one: other for one, other in pairs if one and other}


# -- what is done with it ----------------------------------------------------------------------------------------


@submit("/journeys/{journey:int}/pause", "journeys.publish", audits="journey_paused", about="journey:{journey}")
def pause(view: View, stores: Stores, journey: Id) -> Html:
    publishing.pause(stores, journey)
    return view.redirect(f"/journeys/{journey}", toast=("已暂停", "Paused"), undo=f"/journeys/{journey}/resume")


@submit("/journeys/{journey:int}/resume", "journeys.publish", audits="journey_resumed", about="journey:{journey}")
def resume(view: View, stores: Stores, journey: Id) -> Html:
    publishing.resume(stores, journey)
    return view.redirect(f"/journeys/{journey}", toast=("已继续", "Going on"), undo=f"/journeys/{journey}/pause")


@submit("/journeys/{journey:int}/close", "journeys.publish", audits="journey_closed", about="journey:{journey}")
def close(view: View, stores: Stores, journey: Id) -> Html:
    publishing.close(stores, journey)
    return view.redirect(f"/journeys/{journey}", toast=("已停止进人，在途客户继续走完", "Closed; those inside go on"))


@submit("/journeys/{journey:int}/stop", "journeys.publish", audits="journey_stopped", about="journey:{journey}")
def stop(view: View, stores: Stores, journey: Id) -> Html:
    publishing.stop(stores, journey)
    return view.redirect(f"/journeys/{journey}", toast=("已停止", "Stopped"))


@submit("/journeys/{journey:int}/copy", "journeys.write", audits="journey_copied", about="journey:{journey}")
def copy(view: View, stores: Stores, actor: Actor, journey: Id) -> Html:
    number = drafts.copy(stores, actor.tag, journey)
    undo = f"/journeys/{number}/archive"
    return view.redirect(f"/journeys/{number}/edit", toast=("已复制为新草稿", "Copied to a new draft"), undo=undo)


@submit("/journeys/{journey:int}/archive", "journeys.write", audits="journey_archived", about="journey:{journey}")
def archive(view: View, stores: Stores, journey: Id) -> Html:
    drafts.archive(stores, journey)
    return view.redirect("/journeys", toast=("已归档", "Archived"), undo=f"/journeys/{journey}/restore")


@submit("/journeys/{journey:int}/restore", "journeys.write", audits="journey_restored", about="journey:{journey}")
def restore(view: View, stores: Stores, journey: Id) -> Html:
    drafts.restore(stores, journey)
    return view.redirect(f"/journeys/{journey}", toast=("已恢复", "Restored"))


ROUTES = [
    list_all, add, import_page, import_text, export, one, arms, differences, people, publish_page, publish, pause,
    resume, close, stop, copy, archive, restore,
]  # fmt: skip
