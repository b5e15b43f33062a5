"""The shapes of the API of broadcasts, messages and the guard: what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar.params import QueryParameter

from siyu.channels.protocol import Look
from siyu.content.pieces.model import Ref
from siyu.reach import guard
from siyu.reach.effect import EFFECT_DAYS_MAX
from siyu.reach.model import Broadcast, Draft
from siyu.reach.priorities import PRIORITY_MAX, USUAL
from siyu.reach.results import MessageRow

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Content = dict[str, dict[str, Annotated[str, msgspec.Meta(max_length=50_000)]]]


EffectDays = Annotated[
    int, QueryParameter(ge=1, le=EFFECT_DAYS_MAX, description="Days after the broadcast's end that count.")
]
InState = Annotated[str, QueryParameter(name="state", max_length=20, description="Only those in this state.")]


class PieceBody(msgspec.Struct, forbid_unknown_fields=True):
    """A version of a piece of the library. ``altered``: the words were changed here (told, never asked)."""

    piece: Number
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    altered: bool = False


class DraftBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is decided of a broadcast. ``channels`` are account numbers in order of preference; ``content`` is text
    by part by channel, in Liquid; ``priority`` decides who of several senders gets the last message a cap allows;
    ``pieces`` by channel: whose words these are, of the library (null: as they were)."""

    name: Name
    audience: Number
    channels: Annotated[list[Number], msgspec.Meta(max_length=5)] = []
    content: Content = {}
    kind: Literal["marketing", "service"] = "marketing"
    tone: Literal["useful", "promotional"] = "useful"
    holdout_percent: Annotated[int, msgspec.Meta(ge=0, le=50)] = 10
    when_unknown: Literal["leave", "send_again"] = "leave"
    starts: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    expires: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    priority: Annotated[int, msgspec.Meta(ge=0, le=PRIORITY_MAX)] = USUAL
    pieces: dict[str, PieceBody] | None = None

    def draft(self) -> Draft:
        values = msgspec.structs.asdict(self)
        if self.pieces is not None:
            values["pieces"] = {slot: Ref(each.piece, each.version) for slot, each in self.pieces.items()}
        return Draft(**values)


class BroadcastAnswer(msgspec.Struct):
    id: int
    state: str
    draft: DraftBody
    audience_version: int | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    by: str

    @classmethod
    def of(cls, found: Broadcast, refs: Mapping[str, Ref] | None = None) -> BroadcastAnswer:
        pieces = None
        if refs is not None:
            pieces = {slot: PieceBody(ref.piece, ref.version, ref.altered) for slot, ref in refs.items()}
        told: dict[str, Any] = {**asdict(found.draft), "pieces": pieces}
        return cls(
            found.id,
            found.state,
            DraftBody(**told),
            found.audience_version,
            found.created,
            found.started,
            found.finished,
            found.by,
        )


class StateCount(msgspec.Struct):
    state: str
    reason: str | None
    zh: str
    en: str
    people: int


class ProgressAnswer(msgspec.Struct):
    state: str
    audience: int
    intended: int
    settled: int
    pending: int
    counts: list[StateCount]


class FaultAnswer(msgspec.Struct):
    zh: str
    en: str


class LookAnswer(msgspec.Struct):
    """A message as it stands on the phone, its size in words, and what is wrong with it."""

    text: str
    zh: str
    en: str
    faults: list[FaultAnswer]

    @classmethod
    def of(cls, look: Look) -> LookAnswer:
        return cls(look.text, look.zh, look.en, [FaultAnswer(zh, en) for zh, en in look.faults])


class PreviewAnswer(msgspec.Struct):
    """What one person would get: text by part by channel; whole by channel, where the platform puts it together from
    them; and the guard's word (null: would be sent)."""

    content: dict[str, dict[str, str]]
    looks: dict[str, LookAnswer]
    held: str | None
    zh: str
    en: str


class MessageAnswer(msgspec.Struct):
    id: int
    broadcast: int
    person: int
    channel: str
    state: str
    reason: str | None
    zh: str
    en: str
    due: datetime
    settled: datetime | None
    attempts: int

    @classmethod
    def of(cls, row: MessageRow) -> MessageAnswer:
        return cls(
            row.id,
            row.broadcast,
            row.person,
            row.channel,
            row.state,
            row.reason,
            *guard.reason_words(row.reason),
            row.due,
            row.settled,
            row.attempts,
        )


class RemindBody(msgspec.Struct, forbid_unknown_fields=True):
    """`task` null: everybody who has not confirmed."""

    task: int | None = None


class TestSend(msgspec.Struct, forbid_unknown_fields=True):
    """Send it to oneself: written for ``person``, to ``address`` where the channel needs one."""

    account: Number
    person: Number
    address: Annotated[str, msgspec.Meta(max_length=254)] = ""


class TestAnswer(msgspec.Struct):
    outcome: str
    reason: str
    zh: str
    en: str


class RuleBody(msgspec.Struct, forbid_unknown_fields=True):
    settings: dict[str, str | int | bool] = {}
    enabled: bool = True


class WhatIfBody(msgspec.Struct, forbid_unknown_fields=True):
    """A rule as it might be set: what is left out has its usual value."""

    settings: dict[str, str | int | bool] = {}
    enabled: bool = True
    days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 30


class CapBody(msgspec.Struct, forbid_unknown_fields=True):
    """A cap: of messages of a ``kind`` (marketing, service, any), by ``channel`` (any: all together; each: each on its
    own; or one's name) and ``tone`` (any, promotional), at most ``messages`` to one person in ``days``."""

    kind: str = "marketing"
    channel: str = "any"
    tone: str = "any"
    messages: int = 2
    days: int = 7


class Listed(msgspec.Struct):
    person: int
    at: datetime
    reason: str
    by: str


class FieldAnswer(msgspec.Struct):
    path: str
    zh: str
    en: str
    example: str
    instead: str
