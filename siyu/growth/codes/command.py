"""What ``siyu code …``, the API and the console answer of live codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from siyu.growth.codes import figures, hours, reading
from siyu.growth.codes.figures import Count
from siyu.growth.codes.keeping import CodeDraft, TargetDraft
from siyu.growth.codes.model import Kind, Mode, Moment, Stage, Target, open_to, running_out
from siyu.growth.codes.reading import LiveCode
from siyu.growth.period import span_of
from siyu.jobs import preferences
from siyu.storage import BadInput, Stores

Why = Literal["", "off", "barred", "ended", "not_begun", "full", "today_full", "closed"]
WHY: Mapping[Why, tuple[str, str]] = {
    "": ("可分配", "Open"),
    "off": ("已停用", "Switched off"),
    "barred": ("渠道码不可用", "Its code at WeCom is not there"),
    "ended": ("已到期", "Has ended"),
    "not_begun": ("未开始", "Not begun"),
    "full": ("已满", "Full"),
    "today_full": ("今天已满", "Full for today"),
    "closed": ("时段外", "Outside its hours"),
}
ALERTS: Mapping[str, tuple[str, str]] = {
    "ends": ("两天内到期，还没有接替", "ends within two days, and nobody follows"),
    "ended": ("已到期，还没有接替", "has ended, and nobody follows"),
    "full": ("已满", "is full"),
    "nearly_full": ("快满了", "is nearly full"),
}


class TargetAnswer(msgspec.Struct, frozen=True):
    """One that people are led to: a code at WeCom (`way`), a `picture` (sha256 of a medium), or a `link`. `hours`:
    spans as `1-5 09:00-18:00` (Monday is 1), none: always. `given` in all, `given_today` today. `state` empty: it takes
    people now; else why not. `follower`: the target that stands in for it once it has ended."""

    id: int
    name: str
    way: int | None
    picture: str
    link: str
    tag: int | None
    weight: int
    day_cap: int | None
    seats: int | None
    regions: list[str]
    hours: list[str]
    starts: datetime | None
    ends: datetime | None
    backup: bool
    off: bool
    follower: int | None
    given: int
    given_today: int
    state: Why


class Alert(msgspec.Struct, frozen=True):
    """A target that somebody should look after: it `ends` in two days, has `ended`, is `full` or `nearly_full`."""

    target: int
    name: str
    why: Literal["ends", "ended", "full", "nearly_full"]


class CodeLine(msgspec.Struct, frozen=True):
    """A live code: one address for ever (`path`). `scans`, `placed` (people who got a target for the first time) and
    `lost` (nobody was free): of the last 30 days."""

    id: int
    slug: str
    path: str
    name: str
    kind: Kind
    mode: Mode
    owner: int | None
    welcome: str
    stage: Stage
    starts: datetime | None
    ends: datetime | None
    scans: int
    placed: int
    lost: int
    created: datetime
    changed: datetime
    by: str


class CodeAnswer(CodeLine, frozen=True):
    """A live code with its targets, in their order."""

    targets: list[TargetAnswer] = []
    alerts: list[Alert] = []


class CodesAnswer(msgspec.Struct, frozen=True):
    """A page of live codes, the newest first. `next`: give it as `before` for the page behind; null at the end."""

    codes: list[CodeLine]
    next: int | None
    all: int


class TargetFigures(msgspec.Struct, frozen=True):
    """What came of one target: `placed` from `first` to `last`; of a code at WeCom, friends `added` in 30 days, and of
    these who `stayed`."""

    target: int
    name: str
    scans: int
    placed: int
    added: int
    stayed: int


class DayFigures(msgspec.Struct, frozen=True):
    """One day."""

    day: date
    scans: int
    placed: int
    lost: int


class CodeFiguresAnswer(msgspec.Struct, frozen=True):
    """From `first` to `last`: how often somebody came (`scans`), got a target for the first time (`placed`), found none
    (`lost`), was asked to choose (`choosing`). `zombies`: friends who came by it, more than a day ago, and heard
    nothing of staff in their first 24 hours."""

    code: int
    first: date
    last: date
    scans: int
    placed: int
    lost: int
    choosing: int
    zombies: int
    targets: list[TargetFigures]
    days: list[DayFigures]


class MakingAnswer(msgspec.Struct, frozen=True):
    """The job that makes codes at WeCom and puts them behind the live code."""

    job: int


def told(stores: Stores, code: int) -> CodeAnswer:
    """One code. Raises :class:`NotFound`."""
    found = reading.get_code(stores, code)
    with stores.ledger.read() as conn:
        targets = list(reading.targets_of(conn, [code]).get(code, {}).values())
        at = Moment(stores.clock.now(), preferences.timezone(conn))
    line = _line(found, figures.counts_of(stores, [code])[code])
    alerts = [Alert(each.id, each.name, why) for each, why in running_out(targets, at.now)]  # pyright: ignore[reportArgumentType]
    return CodeAnswer(**msgspec.structs.asdict(line), targets=[_target(each, at) for each in targets], alerts=alerts)


def page_told(
    stores: Stores, words: str = "", stage: str = "", before: int | None = None, limit: int = 50
) -> CodesAnswer:
    """A page of them. Raises :class:`BadInput`."""
    if not 0 < limit <= reading.ROWS_MAX:
        raise BadInput(
            "limit_unfit", f"每页 1 到 {reading.ROWS_MAX} 条。", f"A page has 1 to {reading.ROWS_MAX}.", field="limit"
        )
    found = reading.list_codes(stores, words, stage, before, limit + 1)
    shown = found[:limit]
    more = shown[-1].id if len(found) > len(shown) else None
    return CodesAnswer(lines_told(stores, shown), more, reading.count_codes(stores, words, stage))


def lines_told(stores: Stores, found: Sequence[LiveCode]) -> list[CodeLine]:
    """Codes as lines of a list."""
    counts = figures.counts_of(stores, [code.id for code in found])
    return [_line(code, counts[code.id]) for code in found]


def figures_told(stores: Stores, code: int, first: date | None = None, last: date | None = None) -> CodeFiguresAnswer:
    """By target and by day. Raises :class:`NotFound`, :class:`BadInput`."""
    since, until = span_of(stores, first, last)
    found = figures.figures_of(stores, code, since, until)
    with stores.ledger.read() as conn:
        targets = reading.targets_of(conn, [code]).get(code, {}).values()
    days = sorted({line.day for line in found.lines})
    return CodeFiguresAnswer(
        code,
        since,
        until,
        found.scans,
        found.placed,
        found.lost,
        found.choosing,
        found.zombies,
        [
            TargetFigures(
                each.id,
                each.name,
                sum(line.scans for line in found.lines if line.target == each.id),
                sum(line.placed for line in found.lines if line.target == each.id),
                found.added.get(each.id, 0),
                found.stayed.get(each.id, 0),
            )
            for each in targets
        ],
        [DayFigures(day, *found.of_day(day)) for day in days],
    )


def drafted(draft: CodeDraft, given: Mapping[str, Any]) -> CodeDraft:
    """With what is given instead."""
    return replace(draft, **given)


def draft_of(code: LiveCode) -> CodeDraft:
    """As it is, to be changed."""
    return CodeDraft(code.name, code.kind, code.mode, code.slug, code.owner, code.welcome, code.starts, code.ends)


def target_drafted(draft: TargetDraft, given: Mapping[str, Any]) -> TargetDraft:
    """With what is given instead; ``hours`` as lines. Raises :class:`BadInput`."""
    values = dict(given)
    if "hours" in values:
        values["hours"] = hours.read("\n".join(values["hours"]))
    if "regions" in values:
        values["regions"] = tuple(values["regions"])
    return replace(draft, **values)


def changed_target(stores: Stores, code: int, target: int, given: Mapping[str, Any]) -> TargetDraft:
    """A target of a code with what is given instead. Raises :class:`NotFound`, :class:`BadInput`."""
    return target_drafted(draft_of_target(reading.get_target(stores, code, target)), given)


def draft_of_target(target: Target) -> TargetDraft:
    """As it is, to be changed."""
    return TargetDraft(**{name: getattr(target, name) for name in TargetDraft.__dataclass_fields__})


def why(target: Target, at: Moment) -> Why:
    """Why a target takes nobody now; "" where it does. Where somebody is does not matter here."""
    full = target.seats is not None and target.given >= target.seats
    today = target.day_cap is not None and target.given_on(at.day) >= target.day_cap
    reasons: tuple[tuple[Why, bool], ...] = (
        ("off", target.off),
        ("barred", target.barred),
        ("ended", target.ended(at.now)),
        ("not_begun", target.starts is not None and target.starts > at.now),
        ("full", full),
        ("today_full", today),
        ("closed", not open_to(msgspec.structs.replace(target, regions=()), at)),
    )
    for name, holds in reasons:
        if holds:
            return name
    return ""


def _line(code: LiveCode, count: Count) -> CodeLine:
    return CodeLine(
        id=code.id,
        slug=code.slug,
        path=f"/c/{code.slug}",
        name=code.name,
        kind=code.kind,
        mode=code.mode,
        owner=code.owner,
        welcome=code.welcome,
        stage=code.stage,
        starts=code.starts,
        ends=code.ends,
        scans=count.scans,
        placed=count.placed,
        lost=count.lost,
        created=code.created,
        changed=code.changed,
        by=code.by,
    )


def _target(target: Target, at: Moment) -> TargetAnswer:
    return TargetAnswer(
        id=target.id,
        name=target.name,
        way=target.way,
        picture=target.picture,
        link=target.link,
        tag=target.tag,
        weight=target.weight,
        day_cap=target.day_cap,
        seats=target.seats,
        regions=list(target.regions),
        hours=hours.write(target.hours).splitlines(),
        starts=target.starts,
        ends=target.ends,
        backup=target.backup,
        off=target.off,
        follower=target.follower,
        given=target.given,
        given_today=target.given_on(at.day),
        state=why(target, at),
    )
