"""From a draft to a version that people walk on, and how a journey is paused, closed and stopped.

A version never changes. Its messages stand as senders (``senders.py``) from the transaction that publishes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Channels
from siyu.content.pieces.model import Ref
from siyu.content.pieces.using import note_uses
from siyu.jobs import enqueue
from siyu.reach import pieces
from siyu.reach.broadcasts import ways_of
from siyu.reach.journeys import nodes
from siyu.reach.journeys.checking import problems
from siyu.reach.journeys.drafts import STATES, Kept, State, check_not_archived, check_seen, document_of, get, read
from siyu.reach.journeys.findings import Problem
from siyu.reach.journeys.model import Journey, to_json
from siyu.reach.journeys.moves import problems_of_moves
from siyu.reach.journeys.tables import journey_versions, journeys
from siyu.reach.model import Draft
from siyu.reach.senders import set_standing_state, stand
from siyu.storage import BadInput, Conflict, Stores

MOVE_JOB = "move_journey_people"
STOP_JOB = "stop_journey"
SWEEP = timedelta(minutes=1)
"""So long after a stop it is looked again: somebody may have been on their way in while it was stopped."""


def publish(
    stores: Stores,
    channels: Channels,
    by: str,
    journey: int,
    *,
    seen: datetime | None = None,
    moves: Mapping[str, str] | None = None,
) -> int:
    """Make the draft a version that people come into from now on; its number. ``seen``: as for ``revise``. ``moves``:
    step of the version before → step of this one, for those who rest there; a job moves them. All others finish on
    the version that they are in. A paused journey stays paused.

    Raises :class:`BadInput` with every problem where there is one, :class:`Conflict` where the draft has changed, is
    archived, or is what people walk on already.
    """
    found = get(stores, journey)
    check_seen(found, seen)
    check_not_archived(found)
    before = None if found.version is None else document_of(stores, journey, found.version)
    if found.draft == before and found.state in ("running", "paused"):
        raise Conflict(
            "journey_unchanged", "草稿与现行版本相同，无需发布。", "The draft is the version that runs already."
        )
    refuse(found.draft, problems(stores, channels, found.draft, journey))
    if moves:
        refuse(found.draft, problems_of_moves(before, found.draft, moves))
    with stores.ledger.write() as conn:
        return _write(conn, channels, stores.clock.now(), by, found, moves or {})


def _write(conn: Connection, channels: Channels, now: datetime, by: str, found: Kept, moves: Mapping[str, str]) -> int:
    _claim(conn, found)
    highest = sa.select(sa.func.max(journey_versions.c.version)).where(journey_versions.c.journey == found.id)
    version = (conn.execute(highest).scalar() or 0) + 1
    row = {"document": to_json(found.draft), "published": now, "by": by, "moved": dict(moves) or sa.null()}
    conn.execute(sa.insert(journey_versions).values(journey=found.id, version=version, **row))
    _stand_messages(conn, channels, now, by, found, version)
    paused = found.state == "paused"
    values = {"version": version} if paused else {"version": version, "state": "running"}
    _move(conn, found.id, (found.state,), {**values, **({"paused_from": "running"} if paused else {})})
    if paused:
        set_standing_state(conn, found.id, version, "paused", now=now)
    if moves and found.version is not None:
        arguments = {"journey": found.id, "from": found.version, "to": version, "moves": dict(moves)}
        enqueue(conn, MOVE_JOB, arguments, now=now, key=f"{MOVE_JOB}-{found.id}-{version}", attempts_max=100)
    return version


def _claim(conn: Connection, found: Kept) -> None:
    """Of two who publish at the same moment the later one is told. Holds the row until the end of the transaction."""
    same = (journeys.c.changed == found.changed, journeys.c.version.is_not_distinct_from(found.version))
    claim = sa.update(journeys).where(journeys.c.id == found.id, *same).values(changed=found.changed)
    if not conn.execute(claim).rowcount:
        raise Conflict(
            "journey_changed",
            "其他人刚修改或发布过这个旅程，请刷新后再试。",
            "Somebody else has just changed or published this journey; reload and try again.",
        )


def _stand_messages(conn: Connection, channels: Channels, now: datetime, by: str, found: Kept, version: int) -> None:
    for node in found.draft.nodes:
        if isinstance(node, nodes.Message):
            refs = {slot: Ref(*given) for slot, given in node.pieces.items()}
            draft = Draft(node.id, 0, node.channels, node.content, node.kind, node.tone, pieces=refs)
            refs = pieces.checked(conn, ways_of(conn, channels, draft), draft) if refs else {}
            sender = stand(
                conn,
                journey=found.id,
                version=version,
                node=node.id,
                name=f"{found.name} · {node.title or node.id}",
                kind=node.kind,
                tone=pieces.tone(conn, refs).get("tone", node.tone),
                expires=pieces.until(conn, refs, now, None),
                channels=node.channels,
                content=node.content,
                when_unknown=node.when_unknown,
                priority=found.draft.priority,
                salt=found.salt,
                by=by,
                now=now,
            )
            note_uses(conn, now, "journey", sender, refs)


def pause(stores: Stores, journey: int) -> None:
    """Nobody goes on and nothing is sent; who comes in waits at the gate."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        state = read(conn, journey).state
        _move(conn, journey, ("running", "closing"), {"state": "paused", "paused_from": state})
        set_standing_state(conn, journey, None, "paused", now=now)


def resume(stores: Stores, journey: int) -> None:
    """Go on as it was before the pause."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        before = read(conn, journey).paused_from or "running"
        _move(conn, journey, ("paused",), {"state": before, "paused_from": None})
        set_standing_state(conn, journey, None, "standing", now=now)


def close(stores: Stores, journey: int) -> None:
    """Nobody comes in any more; those inside go on to their end."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _move(conn, journey, ("running", "paused"), {"state": "closing", "paused_from": None})
        set_standing_state(conn, journey, None, "standing", now=now)


def stop(stores: Stores, journey: int) -> None:
    """Everybody leaves, and what waits to be sent is given up, for good; a job does it."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = read(conn, journey)
        _move(conn, journey, ("running", "paused", "closing"), {"state": "stopped", "paused_from": None})
        set_standing_state(conn, journey, None, "cancelled", now=now)
        arguments = {"journey": journey, "up_to": found.version}
        for due in (now, now + SWEEP):
            key = f"{STOP_JOB}-{journey}-{found.version}-{due.isoformat()}"
            enqueue(conn, STOP_JOB, arguments, now=now, due=due, key=key, attempts_max=100)


def refuse(journey: Journey, found: list[Problem], meant: str = "发布") -> None:
    """Raise :class:`BadInput` with every error among these problems. ``meant``: what they are in the way of."""
    errors = [each for each in found if each.level == "error"]
    if errors:
        first = errors[0]
        step = next((each.title or each.id for each in journey.nodes if each.id == first.node), first.node)
        raise BadInput(
            "journey_problems",
            f"有 {len(errors)} 处问题，不能{meant}。第一处：{f'「{step}」' if step else ''}{first.zh}",
            f"{len(errors)} problems are in the way. The first{f' (“{step}”)' if step else ''}: {first.en}",
            problems=[
                {"node": each.node, "code": each.code, "zh": each.zh, "en": each.en, "field": each.field}
                for each in errors
            ],
        )


def _move(conn: Connection, journey: int, states: tuple[State, ...], values: dict[str, object]) -> None:
    """Compare and set: change it if it is in one of these states."""
    moved = conn.execute(
        sa.update(journeys).where(journeys.c.id == journey, journeys.c.state.in_(states)).values(**values)
    ).rowcount
    if not moved:
        state = read(conn, journey).state
        zh, en = STATES[state][0], STATES[state][1].lower()
        raise Conflict(
            "journey_state",
            f"旅程 {journey} 现在的状态（{zh}）不允许这样做，请刷新后再试。",
            f"Journey {journey} is {en}; this can't be done now. Reload and look again.",
            state=state,
        )
