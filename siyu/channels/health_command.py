"""What the API and the command line answer of how accounts are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from siyu.channels.accounts import AccountView
from siyu.channels.health import Health, Quota, Row, health_of, matrix
from siyu.channels.readings import Reading
from siyu.storage import Stores

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
State = Literal["good", "bad", "open"]


class FindingAnswer(msgspec.Struct):
    """What a live look found at one step; ``family``: which calls, where a step has several. What is not ``needed``
    keeps nothing from working but itself."""

    step: str
    state: State
    needed: bool
    zh: str
    en: str
    family_zh: str | msgspec.UnsetType = msgspec.UNSET
    family_en: str | msgspec.UnsetType = msgspec.UNSET


class HearingAnswer(msgspec.Struct):
    """When the platform tried the address, when it last called, when something was last not believed and why."""

    state: State
    verified: Moment | None
    heard: Moment | None
    refused: Moment | None
    refused_code: str
    zh: str
    en: str


class FaultAnswer(msgspec.Struct):
    """Calls that came to nothing in seven days, one kind."""

    call: str
    code: str
    kind: str
    zh: str
    en: str
    times: int
    today: int
    last: Moment


class CircuitAnswer(msgspec.Struct):
    """Calls that wait until ``closed_until``, or of which only ``slots`` may run at once for now."""

    lane: str
    closed_until: Moment | None
    slots: int | None


class AllowedAnswer(msgspec.Struct):
    calls: int
    seconds: float


class QuotaAnswer(msgspec.Struct):
    """Calls of this day (in China) that count against one limit; ``share`` of a day's limit, null where there is
    none a day."""

    lane: str
    rate: str
    used: int
    allowed: list[AllowedAnswer]
    share: float | None


class StrangeAnswer(msgspec.Struct):
    name: str
    times: int
    last: Moment


class PartAnswer(msgspec.Struct):
    name: str
    zh: str
    en: str
    count: int | None
    ended: Moment | None


class ReadingAnswer(msgspec.Struct):
    """What was read of the platform, and the job that reads now or read last."""

    state: str | None
    stage: str
    done: int
    all: int | None
    failed: str
    ended: Moment | None
    parts: list[PartAnswer]


class AccountHealthAnswer(msgspec.Struct):
    """How an account is. ``steps`` as last looked at; ``callbacks`` null where its platform calls nobody."""

    account: int
    channel: str
    name: str
    works: bool | None
    checked: Moment | None
    steps: list[FindingAnswer]
    callbacks: HearingAnswer | None
    faults: list[FaultAnswer]
    circuits: list[CircuitAnswer]
    quotas: list[QuotaAnswer]
    strange: list[StrangeAnswer]
    reading: ReadingAnswer | None


class RowAnswer(msgspec.Struct):
    """One account in a line. ``owner``: the company or app whose limits it shares; ``faults`` of this day; ``share``:
    the highest of a day's quotas."""

    account: int
    channel: str
    name: str
    owner: str
    disabled: bool
    steps: dict[str, State]
    reached: Moment | None
    faults: int
    strange: int
    share: float | None
    read: Moment | None
    worry: bool


class MatrixAnswer(msgspec.Struct):
    accounts: list[RowAnswer]


def health_told(stores: Stores, account: int) -> AccountHealthAnswer:
    """See :func:`~siyu.channels.health.health_of`."""
    found = health_of(stores, account)
    view = found.account
    return AccountHealthAnswer(
        view.id,
        view.channel,
        view.name,
        None if view.check_result is None else bool(view.check_result["works"]),
        view.checked,
        findings(view),
        _hearing(found),
        [FaultAnswer(f.endpoint, f.code, f.kind, f.zh, f.en, f.times, f.today, f.last) for f in found.faults],
        [CircuitAnswer(each.lane, each.closed_until, each.slots) for each in found.circuits],
        [_quota(each) for each in found.quotas],
        [StrangeAnswer(each.name, each.times, each.last) for each in found.strange],
        _reading(found.reading),
    )


def matrix_told(stores: Stores) -> MatrixAnswer:
    """See :func:`~siyu.channels.health.matrix`."""
    return MatrixAnswer([_row(row) for row in matrix(stores)])


def findings(view: AccountView) -> list[FindingAnswer]:
    """The findings of the last live look."""
    return msgspec.convert((view.check_result or {}).get("steps", []), list[FindingAnswer])


def _hearing(found: Health) -> HearingAnswer | None:
    heard = found.hearing
    if heard is None:
        return None
    words = heard.finding
    return HearingAnswer(
        heard.state, heard.verified, heard.heard, heard.refused, heard.refused_code, words.zh, words.en
    )


def _quota(quota: Quota) -> QuotaAnswer:
    allowed = [AllowedAnswer(each.calls, each.seconds) for each in quota.allowed]
    return QuotaAnswer(quota.lane, quota.rate, quota.used, allowed, quota.share)


def _reading(reading: Reading | None) -> ReadingAnswer | None:
    if reading is None:
        return None
    job = reading.job
    parts = [PartAnswer(part.name, part.zh, part.en, part.count, part.ended) for part in reading.parts]
    if job is None:
        return ReadingAnswer(None, "", 0, None, reading.failed, reading.ended, parts)
    return ReadingAnswer(job.state, job.stage, job.done, job.all, reading.failed, reading.ended, parts)


def _row(row: Row) -> RowAnswer:
    view = row.account
    return RowAnswer(
        view.id,
        view.channel,
        view.name,
        row.owner,
        view.disabled is not None,
        dict(row.steps),
        row.reached,
        row.faults,
        row.strange,
        row.share,
        row.reading.ended if row.reading else None,
        row.worry,
    )
