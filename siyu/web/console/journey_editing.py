"""The journey editor: its page, and what its script asks (JSON): what a document means and what is wrong with it, a
message as somebody reads it, one person's way, and keeping the draft."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from litestar.response import Response

from siyu.audiences import queries as audiences
from siyu.channels import Channels
from siyu.people import queries as found_people
from siyu.people.queries import Search
from siyu.reach import intending
from siyu.reach.journeys import drafts, queries, rehearsals
from siyu.reach.journeys.model import parse, to_json
from siyu.reach.journeys.nodes import Message
from siyu.reach.journeys.text import read_text
from siyu.reach.journeys.triggers import AnyTrigger, OnAudience, OnSchedule
from siyu.reach.model import Broadcast, Draft
from siyu.storage import BadInput, SiyuError, Stores
from siyu.web import journey_words as words
from siyu.web.console.journeys import figures_shown
from siyu.web.current import current, note, t
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.seeing import asked_fairly, names_may_be_asked, names_seen, seen, written_seen
from siyu.web.view import Html, View
from siyu.web.wording import moment

FOUND_MAX = 8
Answer = Response[Any]


def _json(value: Any, status: int = 200) -> Answer:
    body = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, default=str).encode()
    return Response(body, status_code=status, media_type="application/json", headers={"cache-control": "no-store"})


def _answered(act: Callable[[], Any]) -> Answer:
    """What ``act`` gives, or the user's error, as the script reads it."""
    try:
        return _json(act())
    except SiyuError as error:
        if error.status >= 500:
            raise
        current().nothing_happened = True
        told = {"code": error.code, "message": error.text(current().language), "field": error.field}
        return _json({"error": told}, error.status)


@page("/journeys/{journey:int}/edit", "journeys.write")
def edit(view: View, stores: Stores, channels: Channels, journey: Id) -> Html:
    kept = drafts.get(stores, journey)
    figures = queries.figures(stores, journey, kept.version) if kept.version else None
    data = words.told(stores, channels, kept.draft, journey, checked=True) | {
        "writes": True,
        "number": journey,
        "version": kept.version,
        "changed": kept.changed.isoformat(),
        "kinds": words.kinds(),
        **figures_shown(figures),
        "rehearsed": _rehearsed(stores, journey),
        **words.offered(stores, channels, journey),
    }
    return view.render("journeys/edit.html", journey=kept, data=data, kinds=words.kinds_offered())


def _rehearsed(stores: Stores, journey: int) -> dict[str, Any] | None:
    """Figures of the last rehearsal, as a version's; None where there is none."""
    last = rehearsals.latest_found(stores, journey)
    return None if last is None else {**figures_shown(last.figures()), "days": last.days}


class Asked(msgspec.Struct):
    """A document, or the text that says one; of which journey."""

    document: dict[str, Any] | None = None
    text: str | None = None
    number: int | None = None


@submit("/journeys/look", "journeys.write", audits=None)
def look(stores: Stores, channels: Channels, data: Asked) -> Answer:
    """What a document means, step by step, as text, and what is wrong with it."""

    def told() -> dict[str, Any]:
        journey = read_text(data.text) if data.text is not None else parse(data.document or {})
        return words.told(stores, channels, journey, data.number, checked=True)

    return _answered(told)


class Saved(msgspec.Struct):
    """A document, and the state that the editor began with (null: whatever is there now is written over)."""

    document: dict[str, Any]
    seen: str | None = None


@submit("/journeys/{journey:int}/save", "journeys.write", audits="journey_revised", about="journey:{journey}")
def save(stores: Stores, journey: Id, data: Saved) -> Answer:
    """Keep the draft; refused where somebody else was faster."""

    def kept() -> dict[str, Any]:
        document = parse(data.document)
        asked_fairly(to_json(document))
        try:
            seen = datetime.fromisoformat(data.seen) if data.seen else None
        except ValueError:
            raise BadInput("journey_seen", "页面已过期，请刷新。", "The page is too old; reload it.") from None
        changed = drafts.revise(stores, journey, document, seen)
        note(name=document.name)
        return {"changed": changed.isoformat()}

    return _answered(kept)


class Previewed(msgspec.Struct):
    """A message step, and as whom it is read (null: somebody)."""

    message: dict[str, Any]
    person: int | None = None
    trigger: dict[str, Any] | None = None


@submit("/journeys/preview", "journeys.write", audits=None)
def preview(view: View, stores: Stores, channels: Channels, data: Previewed) -> Html:
    """What the person would get by this step."""
    written: dict[str, Any] = {}
    person = data.person or _somebody(stores, data.trigger)
    problem = _nobody() if person is None else None
    try:
        message = msgspec.convert(data.message, Message)
        now = stores.clock.now()
        draft = Draft(message.title or message.id, 0, message.channels, message.content, message.kind, message.tone)
        if person is not None and message.channels:
            trial = Broadcast(0, draft, "draft", None, None, "", 0, now, now, None, None, "")
            written, _ = intending.preview_broadcast(stores, channels, trial, person, seen)
    except msgspec.ValidationError as error:
        problem = BadInput("journey_shape", f"消息步骤不正确：{error}", f"The step is wrong: {error}")
    except BadInput as error:
        problem = error
    return view.render(
        "reach/preview.html",
        written=written_seen(written),
        problem=problem,
        channels=channels,
        person=person,
        name=names_seen(stores, [person]).get(person, "") if person is not None else "",
        sample="",
    )


def _nobody() -> BadInput:
    return BadInput("nobody_yet", "还没有客户，有了之后这里显示真实的样子。", "There is nobody yet to show it for.")


def _somebody(stores: Stores, given: dict[str, Any] | None) -> int | None:
    """Somebody of the audience that brings people in, else whoever was seen last."""
    try:
        trigger = msgspec.convert(given, AnyTrigger) if given else None
        if isinstance(trigger, OnAudience | OnSchedule):
            _, first = audiences.members_page(stores, trigger.audience, limit=1)
            if first:
                return first[0]
    except (msgspec.ValidationError, SiyuError):
        pass
    rows = found_people.people_page(stores, Search(), None, 1).rows
    return rows[0].person if rows else None


@page("/journeys/{journey:int}/path", "journeys.read")
def path(stores: Stores, journey: Id, q: str = "", person: int | None = None) -> Answer:
    """One person's way, or who is meant by these words."""

    def told() -> dict[str, Any]:
        if person is None:
            search = Search(text=q.strip(), in_names=names_may_be_asked(q))
            rows = found_people.people_page(stores, search, None, FOUND_MAX).rows if q.strip() else []
            if len(rows) != 1:
                names = names_seen(stores, [row.person for row in rows])
                return {"people": [{"person": row.person, "name": _called(row.person, names)} for row in rows]}
            return _way(stores, journey, rows[0].person)
        return _way(stores, journey, person)

    return _answered(told)


def _called(person: int, names: dict[int, str]) -> str:
    return f"{names[person]} #{person}" if names.get(person) else f"#{person}"


def _way(stores: Stores, journey: int, person: int) -> dict[str, Any]:
    found = queries.path(stores, person, journey)
    kept = drafts.get(stores, journey)
    document = drafts.document_of(stores, journey, kept.version) if kept.version else kept.draft
    names = names_seen(stores, [found.person])
    stay = found.stays[0] if found.stays else None
    if stay is None:
        standing = t("没有进过这个旅程", "was never in this journey")
    elif stay.left is None:
        where = words.node_name(document, stay.node)
        standing = t(f"现在在「{where}」", f"is at “{where}” now")
    else:
        how = words.LEFT.get(stay.how or "", (stay.how or "", stay.how or ""))
        standing = t(f"已离开：{how[0]}", f"left: {how[1]}")
    steps = [
        {
            "node": step.node,
            "way": step.way,
            "to": step.to,
            "at": moment(step.at),
            "words": _step_words(step, lambda id: words.node_name(document, id)),
        }
        for step in found.steps
    ]
    return {"person": found.person, "name": _called(found.person, names), "standing": standing, "steps": steps}


def _step_words(step: queries.PathStep, name: Callable[[str], str]) -> str:
    match step.event:
        case "journey_entered":
            return t("进入旅程", "came in")
        case "journey_goal":
            return t("达成目标", "reached the goal")
        case "journey_left":
            zh, en = words.LEFT.get(step.how, (step.how, step.how))
            return t(f"离开：{zh}", f"left: {en}")
        case _:
            on = name(step.to) if step.to else t("离开", "out")
            return f"{name(step.node)} → {on}"


ROUTES = [edit, look, save, preview, path]
