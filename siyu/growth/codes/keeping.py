"""Live codes: made, changed, put to use, paused, ended; their targets."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import media
from siyu.growth.codes import reading
from siyu.growth.codes.model import (
    DAY_MINUTES,
    KINDS,
    LINK_CHARACTERS_MAX,
    MODES,
    NAME_CHARACTERS_MAX,
    TARGETS_MAX,
    WELCOME_CHARACTERS_MAX,
    Hours,
    Kind,
    Mode,
    Moment,
    Stage,
    Target,
)
from siyu.growth.codes.reading import LiveCode
from siyu.growth.codes.tables import code_targets, live_codes
from siyu.growth.ways import ways
from siyu.growth.ways.tables import wecom_ways
from siyu.jobs import preferences
from siyu.people.tables import tags
from siyu.staff.tables import staff
from siyu.storage import BadInput, Conflict, NotFound, Stores

COUNT_MAX = 1_000_000
_SLUG = re.compile(r"[0-9a-z][0-9a-z\-]{2,39}")


@dataclass(frozen=True, slots=True)
class CodeDraft:
    """What an operator decides. ``slug``: "" makes one up; it and ``kind`` stay as they were first. ``owner``: the
    number of a member; ``welcome``: what the page says."""

    name: str
    kind: Kind = "staff"
    mode: Mode = "turn"
    slug: str = ""
    owner: int | None = None
    welcome: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """A target behind a code; ``id`` null: a new one. Exactly one of ``way``, ``picture`` (sha256 of a medium) and
    ``link`` says where it leads; see :class:`~siyu.growth.codes.model.Target` for the rest."""

    id: int | None = None
    name: str = ""
    way: int | None = None
    picture: str = ""
    link: str = ""
    tag: int | None = None
    weight: int = 1
    day_cap: int | None = None
    seats: int | None = None
    regions: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    backup: bool = False
    off: bool = False
    follower: int | None = None


def add_code(stores: Stores, by: str, draft: CodeDraft) -> LiveCode:
    """Keep a draft, which nobody can come by yet. Raises :class:`BadInput`."""
    slug = draft.slug.strip() or f"{secrets.token_hex(4)}"
    _check(draft, slug)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(live_codes.c.id).where(live_codes.c.slug == slug)).first() is not None:
            raise _unfit("slug", "这个地址已被另一个活码使用", "Another live code has this address")
        _check_owner(conn, draft.owner)
        values = {**_values(draft), "slug": slug, "kind": draft.kind, "stage": "draft"}
        made = sa.insert(live_codes).values(**values, created=now, changed=now, by=by)
        number = conn.execute(made.returning(live_codes.c.id)).scalar_one()
        return reading.code_in(conn, number)


def change_code(stores: Stores, code: int, draft: CodeDraft) -> LiveCode:
    """Change what may be changed: all but address and kind. Raises :class:`NotFound`, :class:`BadInput`,
    :class:`Conflict`."""
    with stores.ledger.write() as conn:
        found = _changeable(conn, code)
        _check(draft, found.slug)
        _check_owner(conn, draft.owner)
        if found.stage in ("live", "paused"):
            _ready(draft.owner, draft.welcome)
        changed = {**_values(draft), "changed": _next(found, stores.clock.now())}
        conn.execute(sa.update(live_codes).where(live_codes.c.id == code).values(changed))
        return reading.code_in(conn, code)


def put_targets(stores: Stores, code: int, drafts: Sequence[TargetDraft]) -> list[Target]:
    """These stand behind the code from now on, in this order. One that is not named is switched off and kept, for
    those who have it. Raises :class:`NotFound`, :class:`BadInput`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        found = _changeable(conn, code)
        known = _targets_today(stores, conn, code)
        named = [draft.id for draft in drafts if draft.id is not None]
        if len(drafts) + len(set(known) - set(named)) > TARGETS_MAX:
            raise _too_many()
        if len(named) != len(set(named)) or set(named) - set(known):
            raise _no_target()
        for draft in drafts:
            _check_target(conn, draft, known)
        gone = sorted(set(known) - set(named))
        if gone:
            conn.execute(sa.update(code_targets).where(code_targets.c.id.in_(gone)).values(off=True))
        for place, draft in enumerate(drafts):
            _put(conn, code, place, draft)
        conn.execute(
            sa.update(live_codes).where(live_codes.c.id == code).values(changed=_next(found, stores.clock.now()))
        )
        return list(reading.targets_of(conn, [code]).get(code, {}).values())


def add_targets(stores: Stores, code: int, drafts: Sequence[TargetDraft]) -> list[Target]:
    """Put these behind the code too, after those that are there. Raises as :func:`put_targets`."""
    with stores.ledger.write() as conn:
        found = _changeable(conn, code)
        known = _targets(conn, code)
        if len(known) + len(drafts) > TARGETS_MAX:
            raise _too_many()
        after = 1 + max((each.place for each in known.values()), default=-1)
        for place, draft in enumerate(drafts, after):
            _check_target(conn, replace(draft, id=None), known)
            _put(conn, code, place, replace(draft, id=None))
        conn.execute(
            sa.update(live_codes).where(live_codes.c.id == code).values(changed=_next(found, stores.clock.now()))
        )
        return [each for each in _targets(conn, code).values() if each.id not in known]


def change_target(stores: Stores, code: int, draft: TargetDraft) -> Target:
    """Change one, which stays in its place. Raises as :func:`put_targets`."""
    with stores.ledger.write() as conn:
        found = _changeable(conn, code)
        known = _targets_today(stores, conn, code)
        if draft.id not in known:
            raise _no_target()
        _check_target(conn, draft, known)
        _put(conn, code, known[draft.id].place, draft)
        conn.execute(
            sa.update(live_codes).where(live_codes.c.id == code).values(changed=_next(found, stores.clock.now()))
        )
        return _targets(conn, code)[draft.id]


def put_to_use(stores: Stores, code: int) -> LiveCode:
    """From now on its address leads on. Raises :class:`NotFound`; :class:`Conflict`, :class:`BadInput` where it lacks
    an owner, a welcome or a target."""
    with stores.ledger.write() as conn:
        found = _changeable(conn, code)
        _ready(found.owner, found.welcome)
        now = stores.clock.now()
        targets = reading.targets_of(conn, [code]).get(code, {}).values()
        if all(each.ended(now) for each in targets):
            raise _unfit("targets", "请先添加至少一个承接对象", "Add a target first")
        return _staged(conn, found, "live", now)


def pause(stores: Stores, code: int) -> LiveCode:
    """Its page says that it rests. Raises :class:`NotFound`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        return _staged(conn, _changeable(conn, code), "paused", stores.clock.now())


def end(stores: Stores, code: int) -> LiveCode:
    """For ever: its page says so, its address is not used again, its figures stay. Raises :class:`NotFound`,
    :class:`Conflict`."""
    with stores.ledger.write() as conn:
        return _staged(conn, _changeable(conn, code), "ended", stores.clock.now())


def _staged(conn: Connection, code: LiveCode, stage: Stage, now: datetime) -> LiveCode:
    changed = {"stage": stage, "changed": _next(code, now)}
    conn.execute(sa.update(live_codes).where(live_codes.c.id == code.id).values(changed))
    return reading.code_in(conn, code.id)


def _next(code: LiveCode, now: datetime) -> datetime:
    """The moment of a change: later than the one before, so that who knows the code as of a moment knows all of it."""
    return max(now, code.changed + timedelta(milliseconds=1))


def _changeable(conn: Connection, code: int) -> LiveCode:
    """The code, which nobody else changes meanwhile."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(live_codes.c.id).where(live_codes.c.id == code).with_for_update())
    found = reading.code_in(conn, code)
    if found.stage == "ended":
        raise Conflict("live_code_ended", "这个活码已结束，不能再改。", "This live code has ended for good.")
    return found


def _targets(conn: Connection, code: int) -> dict[int, Target]:
    return reading.targets_of(conn, [code]).get(code, {})


def _targets_today(stores: Stores, conn: Connection, code: int) -> dict[int, Target]:
    """Counted for today: what was given on another day stands against no cap."""
    day = Moment(stores.clock.now(), preferences.timezone(conn)).day
    before = sa.and_(code_targets.c.code == code, code_targets.c.day != day)
    conn.execute(sa.update(code_targets).where(before).values(given_day=0, day=day))
    return _targets(conn, code)


def _put(conn: Connection, code: int, place: int, draft: TargetDraft) -> None:
    names = [name for name in TargetDraft.__dataclass_fields__ if name != "id"]
    values: dict[str, Any] = {name: getattr(draft, name) for name in names}
    values |= {"name": draft.name.strip(), "link": draft.link.strip(), "place": place}
    values |= {"regions": list(draft.regions), "hours": [list(each) for each in draft.hours]}
    if draft.way is not None and draft.tag is not None:  # who comes through it is known by it
        ways.also_tag(conn, draft.way, draft.tag)
    if draft.id is None:
        conn.execute(sa.insert(code_targets).values(code=code, **values))
    else:
        conn.execute(sa.update(code_targets).where(code_targets.c.id == draft.id).values(**values))


def _values(draft: CodeDraft) -> dict[str, Any]:
    return {
        "name": draft.name.strip(),
        "mode": draft.mode,
        "owner": draft.owner,
        "welcome": draft.welcome.strip(),
        "starts": draft.starts,
        "ends": draft.ends,
    }


def _check(draft: CodeDraft, slug: str) -> None:
    if draft.kind not in KINDS or draft.mode not in MODES:
        raise _unfit("mode", "没有这种活码或切换方式", "There is no such kind or mode")
    if not 0 < len(draft.name.strip()) <= NAME_CHARACTERS_MAX or not draft.name.isprintable():
        raise _unfit("name", f"名称须为 1 到 {NAME_CHARACTERS_MAX} 个字", f"1 to {NAME_CHARACTERS_MAX} characters")
    if not _SLUG.fullmatch(slug):
        raise _unfit("slug", "地址须为 3 到 40 个小写字母、数字或横线", "3 to 40 small letters, digits or hyphens")
    if len(draft.welcome) > WELCOME_CHARACTERS_MAX or "\0" in draft.welcome:
        raise _unfit("welcome", f"最多 {WELCOME_CHARACTERS_MAX} 字", f"At most {WELCOME_CHARACTERS_MAX} characters")
    if draft.starts is not None and draft.ends is not None and draft.ends <= draft.starts:
        raise _unfit("ends", "结束须在开始之后", "It ends before it starts")


def _check_owner(conn: Connection, owner: int | None) -> None:
    known = sa.select(staff.c.id).where(staff.c.id == owner, staff.c.disabled.is_(None))
    if owner is not None and conn.execute(known).first() is None:
        raise _unfit("owner", "没有这位成员，或已停用", "There is no such member, or they are disabled")


def _ready(owner: int | None, welcome: str) -> None:
    if owner is None:
        raise _unfit("owner", "请先指定负责人：没人负责的码不能使用", "Name an owner first: nobody would look after it")
    if not welcome.strip():
        raise _unfit("welcome", "请先写好欢迎语", "Write a welcome first")


def _check_target(conn: Connection, draft: TargetDraft, known: dict[int, Target]) -> None:
    if not 0 < len(draft.name.strip()) <= NAME_CHARACTERS_MAX or not draft.name.isprintable():
        raise _unfit("targets", "每个承接对象都要有名称", "Each target needs a name")
    if sum(map(bool, (draft.way, draft.picture, draft.link.strip()))) != 1:
        raise _unfit(
            "targets", "渠道码、图片、链接三选一", "A code at WeCom, a picture or a link: one of them", draft.name
        )
    if draft.link and not _is_link(draft.link.strip()):
        raise _unfit("targets", "链接须以 https:// 或 http:// 开头", "A link begins with http(s)://", draft.name)
    there = ((wecom_ways.c.id, draft.way), (media.c.sha256, draft.picture), (tags.c.id, draft.tag))
    for column, value in there:
        query = sa.select(column).where(column == value)
        query = query.where(media.c.kind == "image") if column is media.c.sha256 else query
        if value and conn.execute(query).first() is None:
            raise _unfit("targets", "渠道码、图片或标签不存在", "The code, picture or tag is not there", draft.name)
    _check_numbers(draft, known)


def _check_numbers(draft: TargetDraft, known: dict[int, Target]) -> None:
    counts = [each for each in (draft.day_cap, draft.seats, draft.weight) if each is not None]
    if any(not 0 < each <= COUNT_MAX for each in counts):
        raise _unfit("targets", "权重、上限须为正整数", "Weights and caps are whole numbers from 1", draft.name)
    had = known.get(draft.id) if draft.id is not None else None
    low = had is not None and (
        (draft.seats is not None and draft.seats < had.given)
        or (draft.day_cap is not None and draft.day_cap < had.given_day)
    )
    if low:
        raise _unfit("targets", "上限不能低于已分配人数", "A cap can't be below how many have it already", draft.name)
    if any(not (0 <= day < 7 and 0 <= first < last <= DAY_MINUTES) for day, first, last in draft.hours):
        raise _unfit("targets", "时段有误", "The hours are not fit", draft.name)
    if draft.follower is not None and (draft.follower not in known or draft.follower == draft.id):
        raise _unfit("targets", "接替者须是同一活码的另一个", "A follower is another target of it", draft.name)


def _too_many() -> BadInput:
    return _unfit("targets", f"最多 {TARGETS_MAX} 个承接对象", f"At most {TARGETS_MAX} targets")


def _no_target() -> NotFound:
    return NotFound("target_not_found", "没有这个承接对象。", "There is no such target.")


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    fit = len(text) <= LINK_CHARACTERS_MAX and text.isprintable() and " " not in text
    return fit and parts.scheme in ("https", "http") and bool(parts.hostname)


def _unfit(field: str, zh: str, en: str, name: str = "") -> BadInput:
    before = (f"{name}：", f"{name}: ") if name else ("", "")
    return BadInput("live_code_unfit", f"{before[0]}{zh}。", f"{before[1]}{en}.", field=field)
