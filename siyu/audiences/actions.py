"""What can be done to an audience: make, edit, archive, freeze, bring up to date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences import states
from siyu.audiences.compile import Compiled
from siyu.audiences.context import definitions, moment
from siyu.audiences.model import All, Member, Rule, parse, to_json
from siyu.audiences.queries import NO_CAUSE, Audience, find, get
from siyu.audiences.sql import Query
from siyu.audiences.tables import audience_versions, audiences
from siyu.jobs import enqueue
from siyu.people.actions import append_own
from siyu.storage import CHUNK_ROWS, BadInput, Conflict, Stores

NAME_LENGTH_MAX = 100
REFRESH_MINUTES = 60
REFRESH_MINUTES_MAX = 7 * 24 * 60
STATES_KEPT = 2
REFRESH_JOB = "refresh_audience"


def create(
    stores: Stores,
    by: str,
    name: str,
    rule: Rule,
    kind: Literal["live", "snapshot"] = "live",
    refresh_minutes: int = REFRESH_MINUTES,
) -> int:
    """Keep a rule as an audience; its number. A live one is first computed by a job, a snapshot at once."""
    _check(name, refresh_minutes)
    check_refers(stores, rule, None)
    with stores.ledger.write() as conn:
        number = _insert(conn, stores, by, name, rule, kind, refresh_minutes)
        if kind == "live":
            enqueue(conn, REFRESH_JOB, {"audience": number}, key=f"{REFRESH_JOB}-{number}")
    if kind == "snapshot":
        freeze(stores, number, rule)
    return number


def create_list(stores: Stores, by: str, name: str, select: str, parameters: Mapping[str, Any]) -> int:
    """Keep the persons that a SELECT of the event log gives (column ``kept``) as a snapshot; its number.

    Its rule says no more than that they are in it: they were chosen elsewhere.
    """
    _check(name, REFRESH_MINUTES)
    with stores.ledger.write() as conn:
        number = _insert(conn, stores, by, name, All(()), "snapshot", REFRESH_MINUTES)
        itself = to_json(Member(number))
        conn.execute(sa.update(audiences).where(audiences.c.id == number).values(rule=itself))
        conn.execute(sa.update(audience_versions).where(audience_versions.c.audience == number).values(rule=itself))
    states.keep_selected(stores.events, select, parameters, number, 1, stores.clock.now())
    _keep_size(stores, number)
    return number


def _insert(
    conn: Connection,
    stores: Stores,
    by: str,
    name: str,
    rule: Rule,
    kind: Literal["live", "snapshot"],
    refresh_minutes: int,
) -> int:
    now = stores.clock.now()
    number = conn.execute(
        sa.insert(audiences)
        .values(
            name=name.strip(), kind=kind, rule=to_json(rule), version=1, created=now, changed=now, by=by,
            refresh_minutes=refresh_minutes,
        )
        .returning(audiences.c.id)
    ).scalar_one()  # fmt: skip
    _keep_version(conn, number, 1, rule, stores, by)
    return number


def freeze(stores: Stores, number: int, rule: Rule) -> None:
    """Fill a snapshot: its members are those of this moment, for ever."""
    now = stores.clock.now()
    states.keep(stores.events, rule, moment(stores), definitions(stores), number, 1, now)
    _keep_size(stores, number)


def _keep_size(stores: Stores, number: int) -> None:
    """A snapshot's only state is there from now on."""
    size, now = states.size_of_state(stores.events, number, 1), stores.clock.now()
    with stores.ledger.write() as conn:
        conn.execute(sa.update(audiences).where(audiences.c.id == number).values(state=1, size=size, computed=now))


def edit(
    stores: Stores, by: str, number: int, *, name: str, rule: Rule, refresh_minutes: int = 60, seen: int | None = None
) -> int:
    """Change a live audience; its new version. ``seen``: the version the editor began with.

    Raises :class:`Conflict` where somebody else was faster, :class:`BadInput` for a snapshot's rule.
    """
    _check(name, refresh_minutes)
    if rule != get(stores, number).rule:  # the list of a snapshot refers to itself, and may
        check_refers(stores, rule, number)
    with stores.ledger.write() as conn:
        audience = find(conn, number)
        if seen is not None and audience.version != seen:
            raise Conflict(
                "audience_changed",
                "其他人刚修改过这个人群，请刷新后再改。",
                "Somebody else has just changed this audience; reload and edit again.",
            )
        changed = audience.rule != rule
        if changed and audience.kind == "snapshot":
            raise BadInput("snapshot_fixed", "静态人群的规则不能修改。", "A snapshot's rule can't be changed.")
        version = audience.version + changed
        conn.execute(
            sa.update(audiences)
            .where(audiences.c.id == number)
            .values(
                name=name.strip(), rule=to_json(rule), version=version, refresh_minutes=refresh_minutes,
                changed=stores.clock.now(),
            )
        )  # fmt: skip
        if changed:
            _keep_version(conn, number, version, rule, stores, by)
            enqueue(conn, REFRESH_JOB, {"audience": number}, key=f"{REFRESH_JOB}-{number}")
        return version


def archive(stores: Stores, number: int, archived: bool = True) -> None:
    """Put an audience away, or bring it back. Rules that refer to it go on meaning the same."""
    with stores.ledger.write() as conn:
        find(conn, number)
        now = stores.clock.now() if archived else None
        conn.execute(sa.update(audiences).where(audiences.c.id == number).values(archived=now))


def check_refers(stores: Stores, rule: Rule, number: int | None) -> None:
    """Refuse a rule that refers to audiences that are not there, or to itself in a circle."""
    Compiled(Query(moment(stores)), definitions(stores)).bitmap(rule, opened=() if number is None else (number,))


def _check(name: str, refresh_minutes: int) -> None:
    if not 0 < len(name.strip()) <= NAME_LENGTH_MAX:
        raise BadInput(
            "audience_name",
            f"请给人群起个名字（最多 {NAME_LENGTH_MAX} 字）。",
            f"Give the audience a name of at most {NAME_LENGTH_MAX} characters.",
            field="name",
        )
    if not 1 <= refresh_minutes <= REFRESH_MINUTES_MAX:
        raise BadInput(
            "audience_refresh",
            "更新间隔须为 1 分钟到 7 天。",
            "It is brought up to date every minute at most, every 7 days at least.",
            field="refresh_minutes",
        )


def _keep_version(conn: Connection, number: int, version: int, rule: Rule, stores: Stores, by: str) -> None:
    conn.execute(
        sa.insert(audience_versions).values(
            audience=number, version=version, rule=to_json(rule), at=stores.clock.now(), by=by
        )
    )


# -- bringing up to date -----------------------------------------------------------------------------------


def refresh(stores: Stores, number: int) -> dict[str, Any]:
    """Compute a live audience anew; whoever joined or left since becomes events with their cause.

    The new state is stored first, then the events in chunks, then the audience points to the new state: after a
    crash the same state is taken up again and its events have the same message ids, so that each counts once.
    The first computation tells no events: being there from the start is not joining.
    """
    audience = get(stores, number)
    if audience.kind == "snapshot":
        return {"size": audience.size, "joined": 0, "left": 0}
    state = (audience.state or 0) + 1
    edited = _edited_since(stores, audience)
    computed = stores.clock.now()
    if not states.has_state(stores.events, number, state):
        states.keep(stores.events, audience.rule, moment(stores), definitions(stores), number, state, computed)
    joined = left = 0
    if audience.state is not None:
        joined, left = _tell_changes(stores, audience, state, edited)
    size = states.size_of_state(stores.events, number, state)
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(audiences).where(audiences.c.id == number).values(state=state, size=size, computed=computed)
        )
    states.forget_states(stores.events, number, before=state - STATES_KEPT + 1)
    return {"size": size, "joined": joined, "left": left}


def _edited_since(stores: Stores, audience: Audience) -> bool:
    """Whether the rule is another than the one that the last state was computed with."""
    query = sa.select(audience_versions.c.at).where(
        audience_versions.c.audience == audience.id, audience_versions.c.version == audience.version
    )
    with stores.ledger.read() as conn:
        at = conn.execute(query).scalar_one()
    return audience.computed is not None and at > audience.computed


def _tell_changes(stores: Stores, audience: Audience, state: int, edited: bool) -> tuple[int, int]:
    paths = {number: at for number, (at, _) in enumerate(states.own_leaves(audience.rule), start=1)}
    joined = left = after = 0
    while True:
        changes = states.changes(stores.events, audience.id, audience.state or 0, state, after, CHUNK_ROWS)
        if not changes:
            return joined, left
        rows = [_told(audience, state, change, [NO_CAUSE] if edited else _causes(change, paths)) for change in changes]
        with stores.ledger.write() as conn:
            now = stores.clock.now()
            append_own(conn, [{**row, "time": now} for row in rows])
        entered = sum(change.joined for change in changes)
        joined, left, after = joined + entered, left + len(changes) - entered, changes[-1].person


def _causes(change: states.Change, paths: dict[int, str]) -> list[str]:
    return [f"{'+' if holds else '-'}{paths[leaf]}" for leaf, holds in change.leaves if leaf in paths]


def _told(audience: Audience, state: int, change: states.Change, causes: list[str]) -> dict[str, Any]:
    return {
        "message_id": f"audience-{audience.id}-{state}-{change.person}",
        "name": "audience_entered" if change.joined else "audience_left",
        "person": change.person,
        "properties": {
            "audience": audience.id,
            "audience_name": audience.name,
            "version": audience.version,
            "state": state,
            "causes": causes,
        },
    }


def snapshot_of(stores: Stores, by: str, number: int, name: str) -> int:
    """A static copy of an audience as it is now; its number."""
    return create(stores, by, name, get(stores, number).rule, "snapshot")


def parse_rule(raw: Any) -> Rule:
    """A rule from decoded JSON; anything but an object is refused."""
    if not isinstance(raw, dict):
        raise BadInput("rule_shape", "规则须是一个 JSON 对象。", "A rule is a JSON object.", field="$")
    return parse(raw)  # pyright: ignore[reportUnknownArgumentType]
