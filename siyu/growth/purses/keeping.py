"""Purses: opened, filled up or lowered, closed; and rewards as staff see and settle them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.purses import granting
from siyu.growth.purses.givers import GIVERS, Giver
from siyu.growth.purses.model import CURRENCIES, NAME_CHARACTERS_MAX, Purse, Reward, Stage, smallest
from siyu.growth.purses.tables import purse_coupons, purses, reward_steps, rewards
from siyu.loyalty.coupons.taking import locked
from siyu.storage import BadInput, Conflict, NotFound, Stores

ROWS_MAX = 500
WHY_CHARACTERS_MAX = 200
_VIEW = [purses.c[name] for name in Purse.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rewards: of a ``purse``, ``person`` (all nodes of it given), ``stage``, numbers below ``before``."""

    purse: int | None = None
    persons: tuple[int, ...] = ()
    stage: str = ""
    before: int | None = None
    rows_max: int = 50


def open_purse(stores: Stores, by: str, name: str, currency: str, total: Decimal, coupon: int | None = None) -> Purse:
    """Set money, points or pieces aside; ``coupon``: the kind that its pieces are. Raises :class:`BadInput`,
    :class:`NotFound`."""
    name = name.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise BadInput(
            "purse_name",
            f"请填写名称，最多 {NAME_CHARACTERS_MAX} 字。",
            f"Give it a name of at most {NAME_CHARACTERS_MAX} characters.",
            field="name",
        )
    if currency not in CURRENCIES:
        raise BadInput("purse_currency", "请选择元、积分或份数。", "Choose yuan, points or pieces.", field="currency")
    units = smallest(currency, total, "total")
    with stores.ledger.write() as conn:
        values = {"name": name, "currency": currency, "total": units, "created": stores.clock.now(), "by": by}
        row = conn.execute(sa.insert(purses).values(values).returning(*_VIEW)).one()
        if coupon is not None:
            _name_coupon(conn, row.id, currency, coupon)
    return Purse(*row)


def set_total(stores: Stores, purse: int, total: Decimal) -> Purse:
    """Raise or lower what it may cost in all. Raises :class:`NotFound`, :class:`BadInput`, :class:`Conflict` (less
    than what has been taken already)."""
    with stores.ledger.write() as conn:
        found = _purse(conn, purse)
        units = smallest(found.currency, total, "total")
        fits = sa.update(purses).where(purses.c.id == purse, purses.c.held + purses.c.spent <= units)
        if conn.execute(fits.values(total=units)).rowcount != 1:
            raise Conflict(
                "purse_taken",
                "已发放和暂扣的奖励已超过这个数额，不能调得更低。",
                "More than that has been granted or is held already.",
                field="total",
            )
        return _purse(conn, purse)


def close_purse(stores: Stores, purse: int, *, closed: bool) -> Purse:
    """Stop taking from it, or go on. What was granted is not touched. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        _purse(conn, purse)
        when = stores.clock.now() if closed else None
        conn.execute(sa.update(purses).where(purses.c.id == purse).values(closed=when))
        return _purse(conn, purse)


def get_purse(stores: Stores, purse: int) -> Purse:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _purse(conn, purse)


def list_purses(stores: Stores, before: int | None = None, rows_max: int = 50) -> list[Purse]:
    """A page of them, the newest first."""
    query = sa.select(*_VIEW).order_by(purses.c.id.desc()).limit(min(rows_max, ROWS_MAX + 1))
    if before is not None:
        query = query.where(purses.c.id < before)
    with stores.ledger.read() as conn:
        return [Purse(*row) for row in conn.execute(query)]


def list_rewards(stores: Stores, asked: Asked) -> list[Reward]:
    """A page of rewards, the newest first."""
    query = sa.select(*granting.VIEW).order_by(rewards.c.id.desc()).limit(min(asked.rows_max, ROWS_MAX + 1))
    if asked.purse is not None:
        query = query.where(rewards.c.purse == asked.purse)
    if asked.persons:
        query = query.where(rewards.c.person.in_(asked.persons))
    if asked.stage:
        query = query.where(rewards.c.stage == asked.stage)
    if asked.before is not None:
        query = query.where(rewards.c.id < asked.before)
    with stores.ledger.read() as conn:
        return [Reward(*row) for row in conn.execute(query)]


def settle(stores: Stores, by: str, reward: int, to: Stage, why: str = "") -> Reward:
    """What staff do with one reward: release (``granted``), ``dropped``, ``paid`` (given by hand), ``taken_back``.
    Raises :class:`NotFound`, :class:`BadInput`, :class:`Conflict` (its stage, or its giver, does not allow it)."""
    why = why.strip()
    if len(why) > WHY_CHARACTERS_MAX:
        raise BadInput(
            "why_too_long",
            f"说明最多 {WHY_CHARACTERS_MAX} 字。",
            f"At most {WHY_CHARACTERS_MAX} characters.",
            field="why",
        )
    with stores.ledger.write() as conn:
        query = sa.select(*granting.VIEW).where(rewards.c.id == reward).with_for_update()
        row = conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no_reward", f"没有编号为 {reward} 的奖励。", f"There is no reward {reward}.")
        giver = GIVERS.get(row.kind)
        by_hand = to != "paid" or (giver is not None and giver.by_hand and _may_pay(conn, giver, Reward(*row)))
        moved = granting.move(conn, stores.clock.now(), by, [reward], to, why) if by_hand else []
        if not moved:
            raise Conflict(
                "reward_stage", "这个奖励现在不能这样处理。", "This can't be done to the reward now.", stage=row.stage
            )
        return moved[0]


def steps_of(stores: Stores, reward: int) -> list[dict[str, Any]]:
    """Its steps, the first first: stage, at, by, why."""
    query = sa.select(reward_steps.c.stage, reward_steps.c.at, reward_steps.c.by, reward_steps.c.why)
    with stores.ledger.read() as conn:
        found = conn.execute(query.where(reward_steps.c.reward == reward).order_by(reward_steps.c.id))
        return [dict(row) for row in found.mappings()]


def _name_coupon(conn: Connection, purse: int, currency: str, coupon: int) -> None:
    if currency != "pieces":
        raise BadInput("purse_coupon", "优惠券按份，请选择份数。", "Coupons go by pieces.", field="currency")
    if coupon not in locked(conn, {coupon}):
        raise NotFound("no_coupon_kind", "没有这种优惠券。", "There is no such coupon kind.", field="coupon")
    conn.execute(sa.insert(purse_coupons).values(purse=purse, kind=coupon))


def _may_pay(conn: Connection, giver: Giver, reward: Reward) -> bool:
    return reward.stage == "granted" and reward.id in giver.may_pay(conn, [reward])


def _purse(conn: Connection, purse: int) -> Purse:
    row = conn.execute(sa.select(*_VIEW).where(purses.c.id == purse)).one_or_none()
    if row is None:
        raise NotFound("no_purse", f"没有编号为 {purse} 的预算。", f"There is no purse {purse}.")
    return Purse(*row)
