"""The API of broadcasts, messages and the guard."""

from __future__ import annotations

from typing import Annotated, Any

from litestar.params import QueryParameter

from siyu.channels.registry import Channels
from siyu.content.fields import FIELDS
from siyu.reach import broadcasts, guard, handed, intending, results
from siyu.reach.command import EffectAnswer, RemindedAnswer, WaitingAnswer
from siyu.reach.cost_command import CostsAnswer, costs_told, of_broadcast
from siyu.reach.delivery import send_test
from siyu.reach.effect import EFFECT_DAYS, effect_of
from siyu.reach.membership import members_of
from siyu.reach.model import Broadcast
from siyu.reach.quota_command import ForecastAnswer, forecast_told
from siyu.reach.ways_out import way_out
from siyu.reach.why import message_of, why
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import checking_words
from siyu.web.api.reach_shapes import (
    BroadcastAnswer,
    DraftBody,
    EffectDays,
    FieldAnswer,
    InState,
    LookAnswer,
    MessageAnswer,
    PreviewAnswer,
    ProgressAnswer,
    RemindBody,
    StateCount,
    TestAnswer,
    TestSend,
)
from siyu.web.current import note
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, value_of
from siyu.web.routes import api_act, api_acts, api_read, api_write
from siyu.web.seeing import seen, text_seen, written_seen

Reason = Annotated[str, QueryParameter(max_length=200, description="Why forbidden words in it are lawful.")]


@api_read("/api/broadcasts", "broadcast.read")
def list_all(
    stores: Stores, in_state: InState = "", q: str = "", cursor: CursorText = "", limit: Limit = 50
) -> Page[BroadcastAnswer]:
    """Broadcasts, newest first; `q`: part of the name."""
    found = broadcasts.list_broadcasts(
        stores, state=in_state or None, words=q[:200], before=value_of(cursor, int), rows_max=limit + 1
    )
    return page_of(found, limit, lambda each: each.id, _shown)


@api_write("POST", "/api/broadcasts", "broadcast.write", audits="broadcast_drafted")
def add(stores: Stores, channels: Channels, actor: Actor, data: DraftBody) -> BroadcastAnswer:
    """Keep a draft."""
    number = broadcasts.draft_broadcast(stores, channels, actor.tag, data.draft())
    note(f"broadcast:{number}", name=data.name)
    return _whole(stores, number)


def _whole(stores: Stores, broadcast: int) -> BroadcastAnswer:
    return BroadcastAnswer.of(broadcasts.get_broadcast(stores, broadcast), broadcasts.pieces_of(stores, broadcast))


def _shown(found: Broadcast) -> BroadcastAnswer:
    """For who may only read it: phones and e-mails in its texts are masked."""
    return _masked(BroadcastAnswer.of(found))


def _masked(answer: BroadcastAnswer) -> BroadcastAnswer:
    answer.draft.content = text_seen(answer.draft.content, "broadcast.write")
    return answer


@api_read("/api/broadcasts/{broadcast:int}", "broadcast.read")
def one(stores: Stores, broadcast: Id) -> BroadcastAnswer:
    """One broadcast."""
    return _masked(_whole(stores, broadcast))


@api_write(
    "PUT",
    "/api/broadcasts/{broadcast:int}",
    "broadcast.write",
    audits="broadcast_revised",
    about="broadcast:{broadcast}",
)
def change(stores: Stores, channels: Channels, broadcast: Id, data: DraftBody) -> BroadcastAnswer:
    """Change a draft."""
    broadcasts.revise_broadcast(stores, channels, broadcast, data.draft())
    return _whole(stores, broadcast)


@api_write(
    "DELETE",
    "/api/broadcasts/{broadcast:int}",
    "broadcast.write",
    audits="broadcast_discarded",
    about="broadcast:{broadcast}",
)
def discard(stores: Stores, broadcast: Id) -> None:
    """Throw a draft away."""
    broadcasts.discard_broadcast(stores, broadcast)


@api_read("/api/broadcasts/{broadcast:int}/count", "broadcast.read")
def count(stores: Stores, channels: Channels, broadcast: Id, exact: bool = False) -> ForecastAnswer:
    """How many it would reach if it began now; how many not, and why: nobody can reach them, the platform's quota of
    the day or month, the guard; and what its accounts may still send."""
    return forecast_told(stores, intending.count_broadcast(stores, channels, members_of, broadcast, exact=exact))


@api_read("/api/broadcasts/{broadcast:int}/preview/{person:int}", "broadcast.read")
def preview(stores: Stores, channels: Channels, broadcast: Id, person: Id) -> PreviewAnswer:
    """What one person would get, and what the guard would say."""
    found = broadcasts.get_broadcast(stores, broadcast)
    written, decision = intending.preview_broadcast(stores, channels, found, person, seen)
    held = next(iter(decision.held), None)
    shown = written_seen(written)
    return PreviewAnswer(
        {channel: dict(each.parts) for channel, each in shown.items()},
        {channel: LookAnswer.of(each.look) for channel, each in shown.items() if each.look},
        held,
        *guard.reason_words(held),
    )


_steer = api_acts("/api/broadcasts/{broadcast:int}", "broadcast.send", about="broadcast:{broadcast}")


@_steer("start", "broadcast_started")
def start(stores: Stores, channels: Channels, broadcast: Id, reason: Reason = "") -> BroadcastAnswer:
    """Start it, now or at its time. `reason`: why forbidden words in it are lawful; without one such a message is
    refused."""
    checking_words.require(stores, broadcasts.get_broadcast(stores, broadcast).draft.content, reason)
    broadcasts.start_broadcast(stores, channels, broadcast)
    return _whole(stores, broadcast)


@_steer("pause", "broadcast_paused")
def pause(stores: Stores, broadcast: Id) -> BroadcastAnswer:
    """Send nothing for now."""
    broadcasts.pause_broadcast(stores, broadcast)
    return _whole(stores, broadcast)


@_steer("resume", "broadcast_resumed")
def resume(stores: Stores, broadcast: Id) -> BroadcastAnswer:
    """Go on."""
    broadcasts.resume_broadcast(stores, broadcast)
    return _whole(stores, broadcast)


@_steer("cancel", "broadcast_cancelled")
def cancel(stores: Stores, broadcast: Id) -> BroadcastAnswer:
    """Give up what was not sent."""
    broadcasts.cancel_broadcast(stores, broadcast)
    return _whole(stores, broadcast)


@api_read("/api/broadcasts/{broadcast:int}/waiting", "broadcast.read")
def waiting(stores: Stores, channels: Channels, broadcast: Id) -> WaitingAnswer:
    """For which advisers it waits: messages that go out only when a member of staff confirms them."""
    broadcasts.get_broadcast(stores, broadcast)
    return WaitingAnswer.of(handed.waiting(stores, channels, broadcast))


@api_write(
    "POST",
    "/api/broadcasts/{broadcast:int}/remind",
    "broadcast.send",
    audits="advisers_reminded",
    about="broadcast:{broadcast}",
    status_code=200,
)
def remind(stores: Stores, channels: Channels, broadcast: Id, data: RemindBody) -> RemindedAnswer:
    """Remind the advisers who have not confirmed, at most three times in 24 hours."""
    return RemindedAnswer(handed.remind(stores, channels, broadcast, data.task))


@api_write(
    "POST",
    "/api/broadcasts/{broadcast:int}/copy",
    "broadcast.write",
    audits="broadcast_copied",
    about="broadcast:{broadcast}",
)
def copy(stores: Stores, actor: Actor, broadcast: Id) -> BroadcastAnswer:
    """A new draft with the same audience and content."""
    number = broadcasts.copy_broadcast(stores, actor.tag, broadcast)
    return _whole(stores, number)


@api_act(
    "/api/broadcasts/{broadcast:int}/test",
    "broadcast.write",
    audits="broadcast_tested",
    about="broadcast:{broadcast}",
)
def test(stores: Stores, channels: Channels, broadcast: Id, data: TestSend) -> TestAnswer:
    """Send it to oneself, outside of the outbox."""
    outcome = send_test(stores, channels, broadcast, data.account, data.person, data.address)
    return TestAnswer(outcome.kind, outcome.reason, *guard.reason_words(outcome.reason))


@api_read("/api/broadcasts/{broadcast:int}/progress", "broadcast.read")
def progress(stores: Stores, broadcast: Id) -> ProgressAnswer:
    """How far it is."""
    found = results.progress_of(stores, broadcast)
    counts = [
        StateCount(state, reason, *guard.reason_words(reason), number)
        for (state, reason), number in sorted(found.counts.items(), key=lambda each: -each[1])
    ]
    return ProgressAnswer(found.state, found.all, found.intended, found.settled, found.pending, counts)


@api_read("/api/broadcasts/{broadcast:int}/cost", "broadcast.read")
def cost(stores: Stores, channels: Channels, broadcast: Id) -> CostsAnswer:
    """What its accepted messages cost, each at the price that held then."""
    return costs_told(of_broadcast(stores, channels, broadcast))


@api_read("/api/broadcasts/{broadcast:int}/effect", "broadcast.read")
def effect(stores: Stores, broadcast: Id, days: EffectDays = EFFECT_DAYS) -> EffectAnswer:
    """What it really added: those who were to get it beside those held out, with 95% intervals and in words."""
    return EffectAnswer.of(effect_of(stores, broadcasts.get_broadcast(stores, broadcast), days))


@api_read("/api/messages", "broadcast.read")
def messages(
    stores: Stores,
    broadcast: int | None = None,
    person: int | None = None,
    in_state: InState = "",
    reason: str = "",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[MessageAnswer]:
    """Messages, newest first, of a broadcast or of a person (merges applied)."""
    found = results.message_rows(
        stores,
        broadcast=broadcast,
        person=person,
        state=in_state,
        reason=reason,
        before=value_of(cursor, int),
        rows_max=limit + 1,
    )
    return page_of(found, limit, lambda each: each.id, MessageAnswer.of)


@api_read("/api/messages/{message:str}/why", "broadcast.read")
def explain(stores: Stores, message: str) -> dict[str, Any]:
    """Why did this person get it, or not? By the message's number or its delivery id."""
    told = why(stores, message_of(stores, message))
    return {
        "message": told.message,
        "delivery_id": told.delivery_id,
        "person": told.person,
        "state": told.state,
        "reason": told.reason,
        "reason_zh": told.reason_zh,
        "reason_en": told.reason_en,
        "todo_zh": way_out(told.reason)[0],
        "todo_en": way_out(told.reason)[1],
        "channel": told.channel,
        "broadcast": {"id": told.broadcast.id, "name": told.broadcast.draft.name, "by": told.broadcast.by},
        "audience": {
            "id": told.broadcast.draft.audience,
            "version": told.broadcast.audience_version,
            "zh": told.audience_sentence[0],
            "en": told.audience_sentence[1],
            "matched": told.matched,
        },
        "journey": None
        if told.journey is None
        else {
            "id": told.journey.journey,
            "name": told.journey.name,
            "version": told.journey.version,
            "node": told.journey.node,
            "run": told.journey.run,
            "trigger": {"zh": told.journey.trigger[0], "en": told.journey.trigger[1]},
            "step": {"zh": told.journey.step[0], "en": told.journey.step[1]},
            "entered": told.journey.entered.isoformat() if told.journey.entered else None,
            "event": {"name": told.journey.event[0], "at": told.journey.event[3].isoformat()}
            if told.journey.event
            else None,
        },
        "experiment": {"arm": told.arm, "bucket": told.bucket, "holdout_percent": told.broadcast.draft.holdout_percent},
        "guard": [{"rule": name, "zh": zh, "en": en, "held": held} for name, zh, en, held in told.rules],
        "attempts": [
            {
                "at": each.at.isoformat(),
                "ended": each.ended.isoformat() if each.ended else None,
                "outcome": each.outcome,
                "answer": dict(each.answer),
                "content": dict(each.content),
            }
            for each in told.attempts
        ],
    }


@api_read("/api/template-fields", "broadcast.read")
def fields(stores: Stores) -> list[FieldAnswer]:
    """What content may say of a person, in Liquid, and what stands there where nothing is known."""
    return [FieldAnswer(each.path, each.zh, each.en, each.example, each.instead_zh) for each in FIELDS]


ROUTES = [
    list_all,
    add,
    one,
    change,
    discard,
    count,
    preview,
    start,
    pause,
    resume,
    cancel,
    copy,
    test,
    progress,
    cost,
    waiting,
    remind,
    effect,
    messages,
    explain,
    fields,
]
