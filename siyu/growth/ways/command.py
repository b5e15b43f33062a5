"""What ``siyu way …`` and the API answer of codes at WeCom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from siyu.audiences import queries as audiences
from siyu.growth.ways import figures, ways
from siyu.growth.ways.audience import make_audience, rule_of
from siyu.growth.ways.figures import Count
from siyu.growth.ways.model import KeptWay, WayDraft
from siyu.growth.ways.ways import Wanted
from siyu.reach.welcomes import WelcomeRule, all_welcomes, choose
from siyu.storage import BadInput, Stores

Stage = Literal["making", "unknown", "refused", "live", "changing", "removing", "removed"]


class Problem(msgspec.Struct, frozen=True):
    """What the platform refused last, and why."""

    code: str
    zh: str
    en: str


class WayAnswer(msgspec.Struct, frozen=True):
    """A code at WeCom. `kind`: `contact` (adds an adviser) or `join` (into a group). `state` comes back with who came
    through it. Of `contact`: `users`, `departments`, `skip_verify`; of `join`: `groups` (chat ids) and what further
    groups are called. `tags` are given to who comes; `welcome`: the rule that names this code, `speaks`: the one that
    speaks to a newcomer of any adviser. `qr`: the picture's address, empty before the code is `live`. `added`, `left`,
    `stayed`: of the last 30 days. `problem`: what the platform refused last."""

    id: int
    account: int
    kind: Literal["contact", "join"]
    name: str
    state: str
    stage: Stage
    remark: str
    users: list[str]
    departments: list[int]
    skip_verify: bool
    groups: list[str]
    auto_create: bool
    room_name: str
    room_number: int
    tags: list[int]
    welcome: int | None
    speaks: int | None
    expires: datetime | None
    config_id: str | None
    qr: str
    added: int
    left: int
    stayed: int
    problem: Problem | None
    created: datetime
    changed: datetime
    by: str
    ended: datetime | None


class WaysAnswer(msgspec.Struct, frozen=True):
    """A page of codes, the newest first. `next`: give it as `before` for the page behind; null at the end. `all`: on
    all pages."""

    ways: list[WayAnswer]
    next: int | None
    all: int


class Day(msgspec.Struct, frozen=True):
    """`added` that day, and of these how many `left` since and how many `stayed`."""

    day: date
    added: int
    left: int
    stayed: int


class Whom(msgspec.Struct, frozen=True):
    """An adviser (userid), or of a group code a group (chat id). `name` empty: not known."""

    id: str
    name: str
    added: int
    left: int
    stayed: int


class DayAndWhom(msgspec.Struct, frozen=True):
    """One day of one adviser or group."""

    day: date
    id: str
    added: int
    left: int
    stayed: int


class FiguresAnswer(msgspec.Struct, frozen=True):
    """Friendships that began through a code from `first` to `last`: `added` = `left` (ended since by either side) +
    `stayed`."""

    way: int
    first: date
    last: date
    added: int
    left: int
    stayed: int
    days: list[Day]
    whom: list[Whom]
    lines: list[DayAndWhom]


class MadeAudience(msgspec.Struct, frozen=True):
    """The live audience of who came through the code, and what its rule says."""

    audience: int
    zh: str
    en: str


def told(stores: Stores, code: int) -> WayAnswer:
    """One code. Raises :class:`NotFound`."""
    return all_told(stores, [ways.get_way(stores, code)])[0]


def all_told(stores: Stores, found: Sequence[KeptWay]) -> list[WayAnswer]:
    """Codes with their figures and welcomes."""
    counts = figures.counts_of(stores, found)
    rules = all_welcomes(stores)
    return [_answer(code, counts[code.id], rules) for code in found]


def page_told(stores: Stores, wanted: Wanted) -> WaysAnswer:
    """A page of them. Raises :class:`BadInput`."""
    if not 0 < wanted.rows_max <= ways.ROWS_MAX:
        raise BadInput(
            "limit_unfit", f"每页 1 到 {ways.ROWS_MAX} 条。", f"A page has 1 to {ways.ROWS_MAX}.", field="limit"
        )
    found = ways.list_ways(stores, replace(wanted, rows_max=wanted.rows_max + 1))
    shown = found[: wanted.rows_max]
    more = shown[-1].id if len(found) > len(shown) else None
    return WaysAnswer(all_told(stores, shown), more, ways.count_ways(stores, wanted))


def figures_told(stores: Stores, code: int, first: date | None, last: date | None) -> FiguresAnswer:
    """By day and by adviser. Raises :class:`NotFound`, :class:`BadInput`."""
    found = figures.figures_of(stores, ways.get_way(stores, code), first, last)
    return FiguresAnswer(
        code,
        found.first,
        found.last,
        *_three(found.total),
        [Day(day, *_three(count)) for day, count in found.days],
        [Whom(whom, found.names.get(whom, ""), *_three(count)) for whom, count in found.whom],
        [DayAndWhom(line.day, line.whom, *_three(line.count)) for line in found.lines],
    )


def audience_told(stores: Stores, by: str, code: int, name: str = "") -> MadeAudience:
    """Keep who came through it as an audience. Raises :class:`NotFound`, :class:`BadInput`."""
    found = ways.get_way(stores, code)
    number = make_audience(stores, by, found, name)
    return MadeAudience(number, *audiences.said(stores, rule_of(found)))


def draft_of(code: KeptWay, welcome: int | None) -> WayDraft:
    """As it is, to be changed."""
    return WayDraft(code.name, code.account, code.kind, code.state, code.meant, code.tags, code.expires, welcome)


def naming(rules: Sequence[WelcomeRule], state: str) -> int | None:
    """The welcome that names a code."""
    return next((rule.id for rule in rules if state in rule.draft.channels), None)


def changed(stores: Stores, code: int, given: Mapping[str, Any]) -> WayDraft:
    """The draft of a code with what is given instead: fields of :class:`WayDraft` and of its way. Raises
    :class:`NotFound`."""
    found = ways.get_way(stores, code)
    draft = draft_of(found, naming(all_welcomes(stores), found.state))
    return drafted(draft, given)


def drafted(draft: WayDraft, given: Mapping[str, Any]) -> WayDraft:
    """With what is given instead."""
    own = {name: value for name, value in given.items() if name in WayDraft.__dataclass_fields__}
    of_way = {name: value for name, value in given.items() if name in draft.way.__struct_fields__}
    changes: dict[str, Any] = {**own, "way": msgspec.structs.replace(draft.way, **of_way)}
    return replace(draft, **changes)


def _answer(code: KeptWay, count: Count, rules: Sequence[WelcomeRule]) -> WayAnswer:
    speaks = choose(rules, code.account, code.state, "") if code.kind == "contact" else None
    way = code.meant
    return WayAnswer(
        id=code.id,
        account=code.account,
        kind=code.kind,
        name=code.name,
        state=code.state,
        stage=code.stage,  # pyright: ignore[reportArgumentType]
        remark=way.remark,
        users=list(way.users),
        departments=list(way.departments),
        skip_verify=way.skip_verify,
        groups=list(way.groups),
        auto_create=way.auto_create,
        room_name=way.room_name,
        room_number=way.room_number,
        tags=list(code.tags),
        welcome=naming(rules, code.state),
        speaks=None if speaks is None else speaks.id,
        expires=code.expires,
        config_id=code.config_id,
        qr=code.qr,
        added=count.added,
        left=count.left,
        stayed=count.stayed,
        problem=None if code.problem is None else Problem(**code.problem),
        created=code.created,
        changed=code.changed,
        by=code.by,
        ended=code.ended,
    )


def _three(count: Count) -> tuple[int, int, int]:
    return count.added, count.left, count.stayed
