"""What a group of acts leaves in the ledger: efforts, contributions, edges of the graph, events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.model import Campaign, Effort, Wish
from siyu.growth.campaigns.store import BY, Raced
from siyu.growth.campaigns.tables import contributions, efforts
from siyu.growth.referral import bringing
from siyu.growth.referral.bringing import Bringing
from siyu.people.actions import append_own
from siyu.storage import insert_into


@dataclass(frozen=True, slots=True)
class Opened:
    """An effort that was opened just now."""

    campaign: Campaign
    effort: Effort


@dataclass(frozen=True, slots=True)
class Counted:
    """Somebody acted. ``effort`` as it was after it."""

    campaign: Campaign
    effort: Effort
    wish: Wish
    person: int
    turn: str
    new_person: bool
    starter: bool
    stage: str = "counted"
    why: str = ""
    number: int = 0  # of what waited


def insert_effort(conn: Connection, effort: Effort) -> int:
    """Its number. Raises :class:`Raced` where the same person opened one meanwhile."""
    values = {name: value for name, value in vars(effort).items() if name != "id"}
    insert = insert_into(conn, efforts).values(values).on_conflict_do_nothing().returning(efforts.c.id)
    number = conn.execute(insert).scalar()
    if number is None:
        raise Raced
    return number


def write(
    conn: Connection, now: datetime, opened: Sequence[Opened], counted: Sequence[Counted], touched: Sequence[Effort]
) -> None:
    """Raises :class:`Raced` where the same act came by another process."""
    update_efforts(conn, touched)
    keep_contributions(conn, now, counted)
    _follow(conn, now, opened, [each for each in counted if each.stage == "counted"])


def settle(conn: Connection, now: datetime, settled: Sequence[Counted]) -> None:
    """What became of contributions that waited."""
    changing = sa.update(contributions).where(contributions.c.id == sa.bindparam("number"))
    rows = [
        {"number": each.number, "stage": each.stage, "why": each.why, "settled": now, "data": dict(each.wish.data)}
        for each in settled
    ]
    if rows:
        conn.execute(changing, rows)
    _follow(conn, now, (), [each for each in settled if each.stage == "counted"])


def _follow(conn: Connection, now: datetime, opened: Sequence[Opened], done: Sequence[Counted]) -> None:
    """The graph and the events."""
    bring(conn, now, done)
    told = [_opened(now, each) for each in opened] + [_helped(now, each) for each in done]
    ended = {each.effort.id: (each.campaign, each.effort) for each in [*opened, *done] if each.effort.stage == "done"}
    told += [ended_event(now, campaign, effort) for campaign, effort in ended.values()]
    append_own(conn, told)


def update_efforts(conn: Connection, touched: Sequence[Effort]) -> None:
    """Write how efforts stand."""
    changing = sa.update(efforts).where(efforts.c.id == sa.bindparam("number"))
    rows = [
        {
            "number": each.id,
            **{name: getattr(each, name) for name in ("state", "have", "need", "short", "stage", "ended")},
        }
        for each in sorted(touched, key=lambda each: each.id)
    ]
    if rows:
        conn.execute(changing, rows)


def keep_contributions(conn: Connection, now: datetime, counted: Sequence[Counted]) -> None:
    """Write what was done; what did not count is kept once a person and reason."""
    rows = [
        {
            "effort": each.effort.id,
            "campaign": each.campaign.id,
            "person": each.person,
            "device": each.wish.device,
            "kind": each.wish.kind,
            "turn": each.turn,
            "data": dict(each.wish.data),
            "at": now,
            "stage": each.stage,
            "why": each.why,
            "new_person": each.new_person,
            "settled": None if each.stage == "waits" else now,
            "once": each.wish.once,
        }
        for each in counted
    ]
    refused = [row for row in rows if row["stage"] == "refused"]
    others = [row for row in rows if row["stage"] != "refused"]
    for part, must in ((refused, False), (others, True)):
        for first in range(0, len(part), 500):
            some = part[first : first + 500]
            insert = insert_into(conn, contributions).values(some).on_conflict_do_nothing()
            if len(conn.execute(insert.returning(contributions.c.id)).all()) != len(some) and must:
                raise Raced


def bring(conn: Connection, now: datetime, done: Sequence[Counted]) -> None:
    """Who was new and came by somebody is brought by them, once and for ever."""
    edges = [
        Bringing(each.person, each.effort.person, now, each.campaign.slug)
        for each in done
        if each.new_person and not each.starter
    ]
    if edges:
        bringing.bring(conn, BY, "campaign", edges)


def _opened(now: datetime, each: Opened) -> dict[str, Any]:
    return _event(
        f"effort-{each.effort.id}-opened", now, "effort_opened", each.effort.person, each.campaign, each.effort
    )


def _helped(now: datetime, each: Counted) -> dict[str, Any]:
    # The key of the act is unique for ever, as the contribution is.
    told = _event(f"contribution-{each.wish.once}", now, "effort_helped", each.person, each.campaign, each.effort)
    told["properties"]["starter"] = each.effort.person
    return told


def ended_event(now: datetime, campaign: Campaign, effort: Effort) -> dict[str, Any]:
    """That an effort is done, or out of time."""
    name = "effort_done" if effort.stage == "done" else "effort_expired"
    return _event(f"effort-{effort.id}-ended", now, name, effort.person, campaign, effort)


def _event(
    message_id: str, now: datetime, name: str, person: int, campaign: Campaign, effort: Effort
) -> dict[str, Any]:
    properties = {"campaign": campaign.slug, "mechanic": campaign.mechanic, "effort": effort.id}
    return {"message_id": message_id, "time": now, "name": name, "person": person, "properties": properties}
