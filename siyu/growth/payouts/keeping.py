"""Payouts as staff see and settle them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import accounts
from siyu.growth.payouts import store
from siyu.growth.payouts.giving import KIND
from siyu.growth.payouts.model import DOUBLED, OUT, STATES, UNSURE, Payout
from siyu.growth.payouts.tables import payouts
from siyu.growth.payouts.whose import receivers, whose
from siyu.growth.purses.tables import rewards
from siyu.people.families import members_of
from siyu.storage import Conflict, NotFound, Stores

ROWS_MAX = 500
CONFIRMED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A payout with its reward: to which ``person`` (node), for what."""

    payout: Payout
    person: int
    title: str
    stage: str


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """Money that a person has to confirm: with what WeChat opens the page for it."""

    title: str
    cents: int
    package: str
    mch_id: str
    app_id: str


def list_payouts(stores: Stores, state: str = "", before: int | None = None, rows_max: int = 50) -> list[Shown]:
    """A page of them, the newest first; of one state, where it is named."""
    query = _shown().order_by(payouts.c.id.desc()).limit(min(rows_max, ROWS_MAX + 1))
    if state:
        query = query.where(payouts.c.state == state)
    if before is not None:
        query = query.where(payouts.c.id < before)
    with stores.ledger.read() as conn:
        return [_read(row) for row in conn.execute(query)]


def payout_of(stores: Stores, reward: int) -> Payout | None:
    """Of a reward, where it has one."""
    with stores.ledger.read() as conn:
        return store.of_rewards(conn, [reward]).get(reward)


def receiver_of(stores: Stores, reward: int) -> str:
    """The open id that a reward's money went to, or would go to now, shortened: enough to compare it with what the
    platform shows, and nothing to use. "" for none."""
    with stores.ledger.read() as conn:
        known = store.of_rewards(conn, [reward]).get(reward)
        if known is not None and known.openid:
            return _shortened(known.openid)
        account = store.pay_account(conn) if known is None else known.account
        person = conn.execute(sa.select(rewards.c.person).where(rewards.c.id == reward)).scalar()
        if account is None or person is None:
            return ""
        settings = conn.execute(sa.select(accounts.c.settings).where(accounts.c.id == account)).scalar_one()
        return _shortened(receivers(conn, str(settings["app_id"]), [person]).get(person, ""))


def _shortened(openid: str) -> str:
    return f"{openid[:4]}…{openid[-4:]}" if len(openid) > 12 else openid[:4] + "…" * bool(openid)


def counts(stores: Stores) -> dict[str, tuple[int, int]]:
    """State → (how many, cents); every state."""
    query = sa.select(payouts.c.state, sa.func.count(), sa.func.sum(payouts.c.amount)).group_by(payouts.c.state)
    with stores.ledger.read() as conn:
        found = {state: (int(number), int(cents)) for state, number, cents in conn.execute(query)}
    return {state: found.get(state, (0, 0)) for state in STATES}


def to_confirm(stores: Stores, person: int) -> list[ToConfirm]:
    """Money that waits for a person (any node of it) to confirm it in WeChat, the oldest first."""
    with stores.ledger.read() as conn:
        nodes = [node for own in members_of(conn, [person]).values() for node in own]
        query = (
            sa.select(rewards.c.title, payouts.c.amount, payouts.c.package, accounts.c.settings)
            .join(rewards, rewards.c.id == payouts.c.reward)
            .join(accounts, accounts.c.id == payouts.c.account)
            .where(rewards.c.person.in_(nodes), payouts.c.state == "accepted", payouts.c.package != "")
            .order_by(payouts.c.id)
            .limit(CONFIRMED_AT_ONCE)
        )
        return [
            ToConfirm(title, cents, package, str(settings["mch_id"]), str(settings["app_id"]))
            for title, cents, package, settings in conn.execute(query)
        ]


def start(stores: Stores, reward: int) -> Shown:
    """Have a granted reward paid by the connected account: one that was granted before it was connected, was refused,
    or was to be given by hand; always under the same bill. Where it could not be told whose the open id is, this says
    that it is the person's own; where they took part as several, that it is due. Raises :class:`NotFound`,
    :class:`Conflict`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = conn.execute(sa.select(rewards).where(rewards.c.id == reward).with_for_update()).one_or_none()
        if row is None:
            raise NotFound("no_reward", f"没有编号为 {reward} 的奖励。", f"There is no reward {reward}.")
        if row.kind != KIND or row.stage != "granted":
            raise _not_now(row.stage)
        account = store.pay_account(conn)
        if account is None:
            raise Conflict("no_pay_account", "还没有接入微信支付。", "No pay account is connected.")
        known = store.of_rewards(conn, [reward], lock=True).get(reward)
        if known is None:
            store.intend(conn, now, account, {reward: row.amount})
        elif known.burned:
            raise Conflict(
                "bill_used_up",
                "这笔转账在平台上已失败，单号不能再用，请人工发放。",
                "This transfer failed at the platform and its number is used up: pay it by hand.",
            )
        elif known.state not in OUT:
            openid = _confirmed(conn, account, row.person) if known.why in (UNSURE, DOUBLED) else ""
            again = {"state": "intended", "account": account, "openid": openid, "tries": 0, "why": "", "said": ""}
            mine = sa.update(payouts).where(payouts.c.id == known.id)
            conn.execute(mine.values(changed=now, next=now, **again))
        return _one(conn, reward)


def _confirmed(conn: Connection, account: int, person: int) -> str:
    """The open id that a person has; "" for none. Raises :class:`Conflict` where there are several, not all sure."""
    settings = conn.execute(sa.select(accounts.c.settings).where(accounts.c.id == account)).scalar_one()
    has = whose(conn, str(settings["app_id"]), [person]).get(person)
    if has is not None and not has.sure and len(has.openids) > 1:
        raise Conflict(
            "openids_several",
            "这位客户有多个 OpenID，无法确定付给哪一个：请先撤销错误的合并，或人工发放。",
            "The person has several open ids: undo the wrong merge first, or give it by hand.",
        )
    return has.openids[-1] if has is not None and has.openids else ""


def stop(stores: Stores, reward: int) -> Shown:
    """Give it by hand instead, while no money is on its way. Raises :class:`NotFound`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        known = store.of_rewards(conn, [reward], lock=True).get(reward)
        if known is None:
            raise NotFound("no_payout", f"奖励 {reward} 没有转账。", f"Reward {reward} has no payout.")
        if not store.set_apart(conn, stores.clock.now(), [reward]):
            raise _not_now(known.state)
        return _one(conn, reward)


def _one(conn: Connection, reward: int) -> Shown:
    return _read(conn.execute(_shown().where(payouts.c.reward == reward)).one())


def _shown() -> sa.Select[tuple[object, ...]]:
    columns = [*store.VIEW, rewards.c.person, rewards.c.title, rewards.c.stage]
    return sa.select(*columns).join(rewards, rewards.c.id == payouts.c.reward)


def _read(row: sa.Row[tuple[object, ...]]) -> Shown:
    own = len(store.VIEW)
    return Shown(Payout(*row[:own]), *row[own:])  # pyright: ignore[reportArgumentType]


def _not_now(stage: str) -> Conflict:
    return Conflict("payout_state", "现在不能这样处理。", "This can't be done now.", stage=stage)
