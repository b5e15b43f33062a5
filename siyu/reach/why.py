"""Why did I get this? For any message: who sent it, by which rule, what matched, what it said, what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.audiences import queries as audiences
from siyu.experiments import bucket
from siyu.jobs import preferences
from siyu.people.tables import people
from siyu.reach.broadcasts import read_sender
from siyu.reach.guard import load_guard, reason_words
from siyu.reach.journeys.cause import Came, came
from siyu.reach.links import installation_name
from siyu.reach.model import Broadcast
from siyu.reach.outbox import delivery_id, read_delivery_id
from siyu.reach.rules.quiet_hours import known_zone
from siyu.reach.tables import attempts, outbox
from siyu.storage import NotFound, SiyuError, Stores


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to the platform: when, what was sent, what was answered."""

    at: datetime
    ended: datetime | None
    outcome: str | None
    answer: Mapping[str, Any]
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Why:
    """The whole story of one message. ``matched`` is the audience's own explanation (None where it can't be told),
    ``arm`` sent or holdout with the person's ``bucket`` of 10,000, ``rules`` each rule's sentence as set now."""

    message: int
    delivery_id: str
    person: int
    state: str
    reason: str | None
    reason_zh: str
    reason_en: str
    channel: str
    zone: str  # whose quiet hours count: the person's own time zone, else the shop's
    zone_own: bool
    due: datetime
    decided: datetime
    settled: datetime | None
    broadcast: Broadcast
    audience_sentence: tuple[str, str]
    matched: Mapping[str, Any] | None
    arm: str
    bucket: int
    rules: Sequence[tuple[str, str, str, bool]]  # name, zh, en, whether this one held the message
    attempts: Sequence[Attempt]
    journey: Came | None = None
    """How they came to it, where it is a journey's."""


def why(stores: Stores, message: int) -> Why:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(outbox).where(outbox.c.id == message)).one_or_none()
        if row is None:
            raise NotFound("message_not_found", f"没有编号为 {message} 的消息。", f"There is no message {message}.")
        broadcast = read_sender(conn, row.broadcast)
        guard = load_guard(conn, preferences.timezone(conn))
        person = conn.execute(sa.select(people.c.kept).where(people.c.person == row.person)).scalar() or row.person
        named = conn.execute(sa.select(people.c.timezone).where(people.c.person == person)).scalar()
        own = known_zone(named) if named else None
        tried = [
            Attempt(each.at, each.ended, each.outcome, each.answer or {}, each.content or {})
            for each in conn.execute(sa.select(attempts).where(attempts.c.message == message).order_by(attempts.c.id))
        ]
    zh, en = reason_words(row.reason)
    sentence, matched = _audience(stores, broadcast, person)
    return Why(
        message=message,
        delivery_id=delivery_id(installation_name(stores.home), message),
        person=row.person,
        state=row.state,
        reason=row.reason,
        reason_zh=zh,
        reason_en=en,
        channel=row.channel,
        zone=(own or guard.zone).key,
        zone_own=own is not None,
        due=row.due,
        decided=row.decided,
        settled=row.settled,
        broadcast=broadcast,
        audience_sentence=sentence,
        matched=matched,
        arm="holdout" if row.state == "holdout" else "sent",
        bucket=bucket(broadcast.salt, row.person),
        rules=[
            (state.rule.name, *state.rule.sentence(state.settings), state.rule.name == row.reason)
            for state in guard.rules
            if state.enabled
        ],
        attempts=tried,
        journey=_journey(stores, broadcast, person, row.run),
    )


def message_of(stores: Stores, given: str) -> int:
    """The message of a delivery id or of a plain number. Raises :class:`NotFound`."""
    text = given.strip()
    number = (
        int(text) if text.isdecimal() and len(text) < 19 else read_delivery_id(installation_name(stores.home), text)
    )
    if number is None:
        raise NotFound("message_not_found", f"没有投递编号为 {text} 的消息。", f"There is no message {text}.")
    return number


def _journey(stores: Stores, sender: Broadcast, person: int, run: int) -> Came | None:
    if sender.journey is None or sender.journey_version is None:
        return None
    return came(stores, sender.journey, sender.journey_version, sender.node or "", person, run)


def _audience(stores: Stores, broadcast: Broadcast, person: int) -> tuple[tuple[str, str], Mapping[str, Any] | None]:
    """The rule that chose the person, in words, and what of their events and profile matches it. (How somebody
    came to a journey's message: :func:`came`.)"""
    if broadcast.journey is not None:
        return (f"旅程 {broadcast.journey} 走到这一步", f"Journey {broadcast.journey} came to this step"), None
    try:
        version = broadcast.audience_version
        if version is None:
            rule = audiences.get(stores, broadcast.draft.audience).rule
        else:
            rule = audiences.rule_of_version(stores, broadcast.draft.audience, version)
        return audiences.said(stores, rule), dict(audiences.explained(stores, rule, person))
    except SiyuError as error:  # the audience or the person is gone since; the rest of the story still stands
        return (error.zh, error.en), None
