"""The API of journeys: drafts, what is wrong with them, versions, figures, who is where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar.params import QueryParameter

from siyu.audiences.words import Language
from siyu.channels.registry import Channels
from siyu.people.finding import find_exactly
from siyu.reach.cost_command import CostsAnswer, costs_told, of_journey
from siyu.reach.journeys import calling, command, drafts, publishing, queries, rehearsal_command, rehearsals
from siyu.reach.journeys.arms import DAYS
from siyu.reach.journeys.arms import DAYS_MAX as ARM_DAYS_MAX
from siyu.reach.journeys.arms_told import ArmsAnswer, arms_told
from siyu.reach.journeys.command import (
    ChangesAnswer,
    DocumentAnswer,
    InsideAnswer,
    JourneyDetail,
    JourneyFigures,
    JourneyListed,
    ProblemsAnswer,
    SentIn,
    TextAnswer,
    VersionDetail,
    VersionsAnswer,
)
from siyu.reach.journeys.forecast_command import JourneyForecast, forecast_told
from siyu.reach.journeys.model import BYTES_MAX, Journey, parse, to_json
from siyu.reach.journeys.queries import JourneyPath
from siyu.reach.journeys.rehearsal_command import RehearsalAnswer
from siyu.reach.journeys.rehearsing import DAYS_MAX
from siyu.reach.journeys.text import read_text
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, place_of, value_of
from siyu.web.routes import api_act, api_acts, api_ask, api_read, api_write
from siyu.web.seeing import asked_fairly, text_seen

TAG = ["journeys"]

InState = Annotated[
    Literal["", "draft", "running", "paused", "closing", "stopped"],
    QueryParameter(name="state", description="Only those in this state."),
]
OfVersion = Annotated[
    int | None, QueryParameter(ge=1, le=WHOLE_MAX, description="The version; else the one that runs.")
]
AtNode = Annotated[
    str | None, QueryParameter(max_length=100, description="At this step alone; empty: not led to the first yet.")
]
ArmDays = Annotated[int, QueryParameter(ge=1, le=ARM_DAYS_MAX, description="Days after the split that count.")]
SplitNode = Annotated[str | None, QueryParameter(max_length=100, description="The random split; else the first.")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class JourneyBody(msgspec.Struct, forbid_unknown_fields=True):
    """`document`: the journey as one document. `changed`, for a change: that of the draft it began with."""

    document: dict[str, Any]
    changed: Moment | None = None


class TextBody(msgspec.Struct, forbid_unknown_fields=True):
    """A journey as text: YAML, or JSON."""

    text: Annotated[str, msgspec.Meta(max_length=BYTES_MAX)]


class CheckBody(msgspec.Struct, forbid_unknown_fields=True):
    """`journey`: the number of the journey that the document is of, where there is one."""

    document: dict[str, Any]
    journey: int | None = None


class PublishBody(msgspec.Struct, forbid_unknown_fields=True):
    """`changed`: that of the draft that was looked at. `moves`: step of the version before → step of this one, for
    those who rest there; all others finish on the version that they are in."""

    changed: Moment | None = None
    moves: dict[str, str] = {}


class SendInBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to send in: people by number, or everybody who is in an audience now."""

    persons: Annotated[list[Annotated[int, msgspec.Meta(ge=1, lt=2**32)]], msgspec.Meta(max_length=1_000)] = []
    audience: Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)] | None = None


class RehearseBody(msgspec.Struct, forbid_unknown_fields=True):
    """`days`: of what happened in so many last days."""

    days: Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)] = rehearsals.DAYS


class Published(msgspec.Struct):
    """The new version."""

    version: int


@api_read("/api/journeys", "journeys.read")
def list_all(
    stores: Stores,
    in_state: InState = "",
    q: str = "",
    archived: bool = False,
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[JourneyListed]:
    """Journeys, the latest changed first; `q`: part of the name."""
    place = place_of(cursor, datetime, int)
    found = queries.page(stores, words=q[:200], state=in_state, archived=archived, before=place, rows_max=limit + 1)
    return page_of(found, limit, queries.place, JourneyListed.of)


@api_write("POST", "/api/journeys", "journeys.write", audits="journey_drafted")
def add(stores: Stores, actor: Actor, data: JourneyBody) -> JourneyDetail:
    """Keep a draft."""
    return _added(stores, actor, _read(data.document))


@api_write("POST", "/api/journeys/import", "journeys.write", audits="journey_drafted")
def add_text(stores: Stores, actor: Actor, data: TextBody) -> JourneyDetail:
    """Keep a draft that is given as text. Numbers of accounts, tags and audiences are those of this installation."""
    return _added(stores, actor, _fair(read_text(data.text)))


def _added(stores: Stores, actor: Actor, draft: Journey) -> JourneyDetail:
    number = drafts.create(stores, actor.tag, draft)
    note(f"journey:{number}", name=draft.name)
    return command.told(stores, number)


@api_ask("/api/journeys/problems", "journeys.read", tags=TAG)
def check(stores: Stores, channels: Channels, data: CheckBody) -> ProblemsAnswer:
    """What is wrong with a document, kept or not."""
    return command.problems_told(stores, channels, _read(data.document), data.journey)


@api_ask("/api/journeys/text", "journeys.read", tags=TAG)
def from_text(stores: Stores, data: TextBody) -> DocumentAnswer:
    """A text as a document. Nothing is kept."""
    return DocumentAnswer(to_json(read_text(data.text)))


@api_read("/api/journeys/{journey:int}", "journeys.read")
def one(stores: Stores, journey: Id) -> JourneyDetail:
    """One journey with its draft, also in words."""
    return command.told(stores, journey, _shown)


@api_write("PUT", "/api/journeys/{journey:int}", "journeys.write", audits="journey_revised", about="journey:{journey}")
def change(stores: Stores, journey: Id, data: JourneyBody) -> JourneyDetail:
    """Put another draft in the place of this one."""
    drafts.revise(stores, journey, _read(data.document), data.changed and data.changed.astimezone(UTC))
    return command.told(stores, journey)


@api_read("/api/journeys/{journey:int}/problems", "journeys.read")
def problems(stores: Stores, channels: Channels, journey: Id) -> ProblemsAnswer:
    """What is wrong with the draft, each thing at its step."""
    return command.problems_told(stores, channels, drafts.get(stores, journey).draft, journey)


@api_read("/api/journeys/{journey:int}/forecast", "journeys.read")
def forecast(stores: Stores, channels: Channels, journey: Id) -> JourneyForecast:
    """What the draft will need of platforms and cost, by who would have come in lately, beside other journeys."""
    return forecast_told(stores, channels, journey)


@api_read("/api/journeys/{journey:int}/text", "journeys.read")
def text(stores: Stores, journey: Id, version: OfVersion = None, language: Language = "zh") -> TextAnswer:
    """The draft, or a version, as text that people read and write."""
    return command.text_told(stores, journey, version, language, _shown)


@api_write(
    "POST", "/api/journeys/{journey:int}/copy", "journeys.write", audits="journey_copied", about="journey:{journey}"
)
def copy(stores: Stores, actor: Actor, journey: Id) -> JourneyDetail:
    """A new draft with the same document."""
    return command.told(stores, drafts.copy(stores, actor.tag, journey))


_put = api_acts("/api/journeys/{journey:int}", "journeys.write", about="journey:{journey}")


@_put("archive", "journey_archived")
def archive(stores: Stores, journey: Id) -> JourneyDetail:
    """Put it away: only what was never published, or is stopped."""
    drafts.archive(stores, journey)
    return command.told(stores, journey)


@_put("restore", "journey_restored")
def restore(stores: Stores, journey: Id) -> JourneyDetail:
    """Bring it back."""
    drafts.restore(stores, journey)
    return command.told(stores, journey)


@api_act(
    "/api/journeys/{journey:int}/publish", "journeys.publish", audits="journey_published", about="journey:{journey}"
)
def publish(stores: Stores, channels: Channels, actor: Actor, journey: Id, data: PublishBody) -> Published:
    """Make the draft a version that people come into from now on. Refused with every problem where there is one."""
    seen = data.changed and data.changed.astimezone(UTC)
    version = publishing.publish(stores, channels, actor.tag, journey, seen=seen, moves=data.moves)
    note(f"journey:{journey}", version=version)
    return Published(version)


_steer = api_acts("/api/journeys/{journey:int}", "journeys.publish", about="journey:{journey}")


@_steer("pause", "journey_paused")
def pause(stores: Stores, journey: Id) -> JourneyDetail:
    """Nobody goes on and nothing is sent for now."""
    publishing.pause(stores, journey)
    return command.told(stores, journey)


@_steer("resume", "journey_resumed")
def resume(stores: Stores, journey: Id) -> JourneyDetail:
    """Go on as it was before the pause."""
    publishing.resume(stores, journey)
    return command.told(stores, journey)


@_steer("close", "journey_closed")
def close(stores: Stores, journey: Id) -> JourneyDetail:
    """Nobody comes in any more; those inside go on to their end."""
    publishing.close(stores, journey)
    return command.told(stores, journey)


@_steer("stop", "journey_stopped")
def stop(stores: Stores, journey: Id) -> JourneyDetail:
    """Everybody leaves, and what waits to be sent is given up."""
    publishing.stop(stores, journey)
    return command.told(stores, journey)


@_steer("enter", "people_sent_into_journey")
def enter(stores: Stores, actor: Actor, journey: Id, data: SendInBody) -> SentIn:
    """Send people in, whatever else brings people in; the journey's rules of entry hold."""
    many = calling.send_in(stores, actor.tag, journey, data.persons)
    if data.audience is not None:
        many += calling.send_audience_in(stores, actor.tag, journey, data.audience)
    note(f"journey:{journey}", persons=many)
    return SentIn(many)


@_put("rehearse", "journey_rehearsed")
def rehearse(stores: Stores, channels: Channels, actor: Actor, journey: Id, data: RehearseBody) -> RehearsalAnswer:
    """Have the draft rehearsed on what happened in the last days. A job does it: ask `rehearsal` for what it found."""
    rehearsals.begin(stores, channels, actor.tag, journey, data.days)
    return rehearsal_command.rehearsal_told(stores, channels, journey)


@api_read("/api/journeys/{journey:int}/rehearsal", "journeys.read")
def rehearsal(stores: Stores, channels: Channels, journey: Id) -> RehearsalAnswer:
    """The last rehearsal: who would have come in and been reached, what held, what platforms would have to allow."""
    return rehearsal_command.rehearsal_told(stores, channels, journey)


@api_read("/api/journeys/{journey:int}/versions", "journeys.read")
def versions(stores: Stores, journey: Id) -> VersionsAnswer:
    """Every version, the newest first, and how many are in it now."""
    return command.versions_told(stores, journey)


@api_read("/api/journeys/{journey:int}/versions/{version:int}", "journeys.read")
def version_document(stores: Stores, journey: Id, version: Id) -> VersionDetail:
    """A version's document."""
    return VersionDetail(version, _shown(to_json(drafts.document_of(stores, journey, version))))


@api_read("/api/journeys/{journey:int}/versions/{version:int}/changes", "journeys.read")
def changes(stores: Stores, journey: Id, version: Id, to: OfVersion = None) -> ChangesAnswer:
    """What is different from this version to another (none named: to the draft), and a mapping for those inside."""
    return command.changes_told(stores, journey, version, to)


@api_read("/api/journeys/{journey:int}/figures", "journeys.read")
def figures(stores: Stores, journey: Id, version: OfVersion = None) -> JourneyFigures:
    """How many went which way in a version, and how many are where now."""
    return command.figures_told(stores, journey, version, _shown)


@api_read("/api/journeys/{journey:int}/cost", "journeys.read")
def cost(stores: Stores, channels: Channels, journey: Id, version: OfVersion = None) -> CostsAnswer:
    """What its accepted messages cost, each at the price that held then: of a version, or (none named) of all."""
    return costs_told(of_journey(stores, channels, journey, version))


@api_read("/api/journeys/{journey:int}/arms", "journeys.read")
def arms(
    stores: Stores, journey: Id, version: OfVersion = None, node: SplitNode = None, days: ArmDays = DAYS
) -> ArmsAnswer:
    """What came of the arms of a random split: goal, came back, still friends, opened, clicked; each arm beside the
    first, with intervals."""
    return arms_told(stores, journey, version, node, days)


@api_read("/api/journeys/{journey:int}/people", "journeys.read")
def people_inside(
    stores: Stores,
    journey: Id,
    version: OfVersion = None,
    node: AtNode = None,
    q: str = "",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[InsideAnswer]:
    """Who is in a version now, the longest there first; `q`: a person's number, or a whole identifier."""
    found = queries.people_inside(
        stores,
        journey,
        command.version_of(stores, journey, version),
        node=node,
        persons=find_exactly(stores, q[:200]) if q.strip() else None,
        after=value_of(cursor, int) or 0,
        rows_max=limit + 1,
    )
    return page_of(
        found, limit, lambda each: each.row, lambda each: msgspec.convert(each, InsideAnswer, from_attributes=True)
    )


@api_read("/api/people/{person:int}/journeys", "journeys.read", tags=TAG)
def path(stores: Stores, person: Id, journey: int | None = None) -> JourneyPath:
    """Where a person is and was in journeys (or in one), and every step of theirs; merges applied."""
    return queries.path(stores, person, journey)


def _shown(text: Any) -> Any:
    """What a journey says, for who may only read it."""
    return text_seen(text, "journeys.write")


def _read(document: dict[str, Any]) -> Journey:
    return _fair(parse(document))


def _fair(draft: Journey) -> Journey:
    """A journey asks the same questions of people that an audience does."""
    asked_fairly(to_json(draft))
    return draft


ROUTES = [
    list_all, add, add_text, check, from_text, one, change, problems, forecast, text, copy, archive, restore, publish,
    pause, resume, close, stop, enter, rehearse, rehearsal, versions, version_document, changes, figures, cost, arms,
    people_inside, path,
]  # fmt: skip
