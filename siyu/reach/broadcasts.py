"""Broadcasts 群发: drafted, counted, started, paused, resumed, cancelled. Writing the outbox is in ``intending.py``."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels import Channels
from siyu.channels.protocol import FORM
from siyu.channels.tables import accounts
from siyu.content.pieces.model import Ref
from siyu.content.pieces.using import forget_uses, note_uses, refs_of
from siyu.jobs import enqueue
from siyu.reach import pieces
from siyu.reach.content import check_content
from siyu.reach.guard import Way
from siyu.reach.model import ACTIVE, KINDS, TONES, Broadcast, Draft
from siyu.reach.priorities import PRIORITY_MAX
from siyu.reach.tables import broadcast_members, broadcasts
from siyu.storage import BadInput, Conflict, NotFound, Stores

NAME_CHARACTERS_MAX = 100
CHANNELS_MAX = 5
HOLDOUT_PERCENT_MAX = 50
OWN = broadcasts.c.journey.is_(None)
"""SQL: a broadcast that was started by itself, not the message of a journey."""
PLACE = "broadcast"
"""Where the library finds what these say."""
INTEND_JOB = "intend_broadcast"
CLOSE_JOB = "close_broadcast"


def draft_broadcast(stores: Stores, channels: Channels, by: str, draft: Draft) -> int:
    """Keep a new draft; its number. Content may still be unfinished; what is there must be right."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        ways = _check(conn, channels, draft)
        refs = pieces.checked(conn, ways, draft)
        values = {**_columns(draft), **pieces.tone(conn, refs), "salt": secrets.token_hex(8), "state": "draft"}
        made = sa.insert(broadcasts).values(**values, created=now, changed=now, by=by).returning(broadcasts.c.id)
        number = conn.execute(made).scalar_one()
        note_uses(conn, now, PLACE, number, refs or {})
        return number


def revise_broadcast(stores: Stores, channels: Channels, broadcast: int, draft: Draft) -> None:
    """Change a draft. Raises :class:`Conflict` once it is started."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        ways = _check(conn, channels, draft)
        kept = replace(draft, pieces=refs_of(conn, PLACE, broadcast)) if draft.pieces is None else draft
        refs = pieces.checked(conn, ways, kept)
        _move(conn, broadcast, ("draft",), {**_columns(draft), **pieces.tone(conn, refs), "changed": now})
        note_uses(conn, now, PLACE, broadcast, refs or {})


def copy_broadcast(stores: Stores, by: str, broadcast: int) -> int:
    """A new draft with the same content and audience, without the times."""
    found = get_broadcast(stores, broadcast)
    now = stores.clock.now()
    name = f"{found.draft.name} · 副本"[:NAME_CHARACTERS_MAX]
    values = _columns(replace(found.draft, name=name, starts=None, expires=None))
    with stores.ledger.write() as conn:
        made = sa.insert(broadcasts).values(
            **values, salt=secrets.token_hex(8), state="draft", created=now, changed=now, by=by
        )
        number = conn.execute(made.returning(broadcasts.c.id)).scalar_one()
        note_uses(conn, now, PLACE, number, refs_of(conn, PLACE, broadcast))
        return number


def start_broadcast(stores: Stores, channels: Channels, broadcast: int) -> None:
    """Start it now, or at its time. From here on it goes by itself, through crashes.

    Raises :class:`BadInput` where content is missing, :class:`Conflict` where it has been started.
    """
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = read_sender(conn, broadcast)
        ways = _check(conn, channels, found.draft)
        check_ready(channels, found.draft, ways)
        starts = max(found.draft.starts or now, now)
        if found.draft.expires is not None and found.draft.expires <= starts:
            raise BadInput(
                "expires_too_early", "有效期应晚于开始时间。", "It must expire after it starts.", field="expires"
            )
        until = pieces.until(conn, refs_of(conn, PLACE, broadcast), starts, found.draft.expires)
        values = {"state": "scheduled", "starts": starts, "expires": until, "changed": now}
        _move(conn, broadcast, ("draft",), values)
        enqueue_intending(conn, broadcast, now, starts)


def pause_broadcast(stores: Stores, broadcast: int) -> None:
    """Stop sending: what a worker holds this moment still goes, nothing else."""
    with stores.ledger.write() as conn:
        _move(conn, broadcast, ("scheduled", *ACTIVE), {"state": "paused", "changed": stores.clock.now()})


def resume_broadcast(stores: Stores, broadcast: int) -> None:
    """Go on where it was left."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = read_sender(conn, broadcast)
        state = "scheduled" if found.started is None else "intending"
        _move(conn, broadcast, ("paused",), {"state": state, "changed": now})
        enqueue_intending(conn, broadcast, now, max(found.draft.starts or now, now))


def cancel_broadcast(stores: Stores, broadcast: int) -> None:
    """Give up what has not been sent, for good."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        states = ("scheduled", "paused", *ACTIVE)
        _move(conn, broadcast, states, {"state": "cancelled", "changed": now, "finished": now})
        enqueue(conn, CLOSE_JOB, {"broadcast": broadcast}, now=now, key=f"{CLOSE_JOB}-{broadcast}")


def discard_broadcast(stores: Stores, broadcast: int) -> None:
    """Throw a draft away."""
    with stores.ledger.write() as conn:
        gone = conn.execute(
            sa.delete(broadcasts).where(broadcasts.c.id == broadcast, broadcasts.c.state == "draft")
        ).rowcount
        if not gone:
            raise _refusal(conn, broadcast)
        forget_uses(conn, PLACE, broadcast)


def pieces_of(stores: Stores, broadcast: int) -> dict[str, Ref]:
    """Of which version of which piece its words are, by channel."""
    with stores.ledger.read() as conn:
        return refs_of(conn, PLACE, broadcast)


def get_broadcast(stores: Stores, broadcast: int) -> Broadcast:
    """One broadcast. Raises :class:`NotFound`, also for the message of a journey."""
    found = get_sender(stores, broadcast)
    if found.journey is not None:
        raise _not_found(broadcast)
    return found


def get_sender(stores: Stores, broadcast: int) -> Broadcast:
    """A broadcast, or the message of a journey. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return read_sender(conn, broadcast)


def read_sender(conn: Connection, broadcast: int) -> Broadcast:
    """As :func:`get_sender`."""
    row = conn.execute(sa.select(broadcasts).where(broadcasts.c.id == broadcast)).one_or_none()
    if row is None:
        raise _not_found(broadcast)
    return _read(row)


def _not_found(broadcast: int) -> NotFound:
    zh, en = f"没有编号为 {broadcast} 的群发。", f"There is no broadcast {broadcast}."
    return NotFound("broadcast_not_found", zh, en)


def list_broadcasts(
    stores: Stores, *, state: str | None = None, words: str = "", before: int | None = None, rows_max: int = 50
) -> list[Broadcast]:
    """Newest first; ``words``: part of the name; ``before`` is the number of the last one seen."""
    query = sa.select(broadcasts).where(OWN).order_by(broadcasts.c.id.desc()).limit(rows_max)
    if state:
        query = query.where(broadcasts.c.state == state)
    if words:
        query = query.where(broadcasts.c.name.icontains(words, autoescape=True))
    if before is not None:
        query = query.where(broadcasts.c.id < before)
    with stores.ledger.read() as conn:
        return [_read(row) for row in conn.execute(query)]


def ways_of(conn: Connection, channels: Channels, draft: Draft) -> list[Way]:
    """The accounts of a draft as ways for its content, in order. Raises :class:`BadInput` for one that is not there."""
    rows = conn.execute(
        sa.select(accounts.c.id, accounts.c.channel, accounts.c.settings).where(accounts.c.id.in_(draft.channels))
    )
    found = {row.id: row for row in rows}
    for number in draft.channels:
        if number not in found:
            raise BadInput(
                "account_unknown", f"没有编号为 {number} 的账号。", f"There is no account {number}.", field="channels"
            )
    ways = [found[number] for number in draft.channels]
    return [
        Way(row.id, channels[row.channel].speaking(row.id, row.settings, draft.content.get(row.channel, {})))
        for row in ways
    ]


def check_ready(channels: Channels, draft: Draft, ways: list[Way]) -> set[str]:
    """Whether every channel has its content; the roots of the fields it uses. Raises :class:`BadInput`."""
    if not ways:
        raise BadInput("channels_missing", "请至少选择一个渠道账号。", "Choose at least one account.", field="channels")
    roots: set[str] = set()
    for way in ways:
        name = way.channel.name
        if not way.channel.sends:
            raise BadInput(
                "channel_receives_only",
                f"渠道“{way.channel.zh}”目前只接收，不能用来群发。",
                f"The channel “{way.channel.en}” only receives for now; it can't be sent through.",
                field="channels",
            )
        if draft.kind == "marketing" and not way.channel.marketing:
            raise BadInput(
                "marketing_forbidden",
                f"渠道“{way.channel.zh}”不允许营销内容。",
                f"The channel “{way.channel.en}” may not carry marketing.",
                field="channels",
            )
        used = check_content(way.channel.parts, draft.content.get(name, {}), name)
        if way.channel.alike and used - {"shop"}:
            raise BadInput(
                "content_alike",
                f"渠道“{way.channel.zh}”的这种消息对所有人内容相同，不能使用客户字段。",
                f"This kind of message of “{way.channel.en}” is the same for all: it can't use fields of a person.",
                field=f"content.{name}.{FORM}",
            )
        roots |= used
    return roots


def enqueue_intending(conn: Connection, broadcast: int, now: datetime, due: datetime) -> None:
    """Have the outbox of a broadcast written from ``due`` on; one job a broadcast, however often it is asked for."""
    enqueue(
        conn,
        INTEND_JOB,
        {"broadcast": broadcast},
        now=now,
        due=due,
        key=f"{INTEND_JOB}-{broadcast}",
        attempts_max=100,
        again=True,
    )


def size_of(conn: Connection, broadcast: int) -> tuple[int, int]:
    """How many were in the audience when it was frozen, and the last person's number (0, 0 before that)."""
    row = conn.execute(
        sa.select(sa.func.sum(broadcast_members.c.size), sa.func.max(broadcast_members.c.last)).where(
            broadcast_members.c.broadcast == broadcast
        )
    ).one()
    return int(row[0] or 0), int(row[1] or 0)


def _check(conn: Connection, channels: Channels, draft: Draft) -> list[Way]:
    checks = (
        (bool(draft.name.strip()) and len(draft.name) <= NAME_CHARACTERS_MAX, "name", "名称", "The name"),
        (draft.kind in KINDS, "kind", "类型", "The kind"),
        (draft.tone in TONES, "tone", "性质", "The tone"),
        (0 <= draft.holdout_percent <= HOLDOUT_PERCENT_MAX, "holdout_percent", "对照组比例", "The hold-out"),
        (0 <= draft.priority <= PRIORITY_MAX, "priority", "优先级", "The priority"),
        (draft.when_unknown in ("leave", "send_again"), "when_unknown", "未知结果的处理", "What to do when unknown"),
        (len(draft.channels) <= CHANNELS_MAX, "channels", "渠道账号", "The list of accounts"),
        (len(set(draft.channels)) == len(draft.channels), "channels", "渠道账号", "The list of accounts"),
    )
    for fits, field, zh, en in checks:
        if not fits:
            raise BadInput("broadcast_unfit", f"{zh}不合适，请检查。", f"{en} does not fit.", field=field)
    return ways_of(conn, channels, draft)


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.name.strip(),
        "kind": draft.kind,
        "tone": draft.tone,
        "audience": draft.audience,
        "channels": list(draft.channels),
        "content": {channel: dict(parts) for channel, parts in draft.content.items()},
        "holdout_percent": draft.holdout_percent,
        "when_unknown": draft.when_unknown,
        "starts": draft.starts,
        "expires": draft.expires,
        "priority": draft.priority,
    }


def _read(row: Row[Any]) -> Broadcast:
    draft = Draft(
        name=row.name,
        audience=row.audience or 0,
        channels=row.channels,
        content=row.content,
        kind=row.kind,
        tone=row.tone,
        holdout_percent=row.holdout_percent,
        when_unknown=row.when_unknown,
        starts=row.starts,
        expires=row.expires,
        priority=row.priority,
    )
    return Broadcast(
        id=row.id,
        draft=draft,
        state=row.state,
        audience_version=row.audience_version,
        rule=row.rule,
        salt=row.salt,
        intended_up_to=row.intended_up_to,
        created=row.created,
        changed=row.changed,
        started=row.started,
        finished=row.finished,
        by=row.by,
        journey=row.journey,
        journey_version=row.journey_version,
        node=row.node,
    )


def _move(conn: Connection, broadcast: int, states: tuple[str, ...], values: dict[str, Any]) -> None:
    """Compare and set: change it if it is in one of these states. A journey's message goes with its journey."""
    moved = conn.execute(
        sa.update(broadcasts).where(broadcasts.c.id == broadcast, broadcasts.c.state.in_(states), OWN).values(**values)
    ).rowcount
    if not moved:
        raise _refusal(conn, broadcast)


def _refusal(conn: Connection, broadcast: int) -> Conflict | NotFound:
    found = read_sender(conn, broadcast)
    if found.journey is not None:
        return _not_found(broadcast)
    state = found.state
    return Conflict(
        "broadcast_state",
        f"群发 {broadcast} 现在的状态（{state}）不允许这样做，请刷新后再试。",
        f"Broadcast {broadcast} is {state}; this can't be done now. Reload and look again.",
        state=state,
    )
