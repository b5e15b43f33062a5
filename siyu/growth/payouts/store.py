"""The rows of payouts, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import accounts
from siyu.channels.wechatpay.channel import NAME
from siyu.growth.payouts.model import OPEN, OUT, Payout, Verdict, bill_number
from siyu.growth.payouts.tables import payouts
from siyu.growth.payouts.whose import receivers
from siyu.storage import insert_into, sent

VIEW = [payouts.c[name] for name in Payout.__dataclass_fields__]


def pay_account(conn: Connection) -> int | None:
    """The account that pays: the first that is connected and not disabled; None where there is none."""
    query = sa.select(accounts.c.id).where(accounts.c.channel == NAME, accounts.c.disabled.is_(None))
    return conn.execute(query.order_by(accounts.c.id).limit(1)).scalar()


def intend(conn: Connection, now: datetime, account: int, cents: Mapping[int, int]) -> None:
    """Have these paid: reward → cents. What has a payout already keeps it."""
    rows = [
        {
            "reward": reward,
            "bill": bill_number(),
            "account": account,
            "amount": amount,
            "state": "intended",
            "made": now,
            "changed": now,
            "next": now,
        }
        for reward, amount in cents.items()
    ]
    for first in range(0, len(rows), 1_000):
        insert = insert_into(conn, payouts).values(rows[first : first + 1_000])
        conn.execute(insert.on_conflict_do_nothing(index_elements=["reward"]))


def of_rewards(conn: Connection, rewards: Collection[int], *, lock: bool = False) -> dict[int, Payout]:
    """Reward → its payout, where it has one."""
    if not rewards:
        return {}
    asked = sent(conn, reward=(sa.BigInteger, sorted(rewards)))
    query = sa.select(*VIEW).where(payouts.c.reward.in_(sa.select(asked.c.reward))).order_by(payouts.c.id)
    found = [Payout(*row) for row in conn.execute(query.with_for_update() if lock else query)]
    return {each.reward: each for each in found}


def set_apart(conn: Connection, now: datetime, rewards: Collection[int]) -> set[int]:
    """Of these rewards, those of which no money is on its way or may be; what was to pay them is withdrawn."""
    found = of_rewards(conn, rewards, lock=True)
    free = {reward for reward in rewards if reward not in found or found[reward].state not in OUT}
    ended = [found[reward].id for reward in free if reward in found]
    if ended:
        which = payouts.c.id.in_(sa.select(sent(conn, id=(sa.BigInteger, ended)).c.id))
        values = {"state": "withdrawn", "changed": now, "next": None}
        conn.execute(sa.update(payouts).where(which, payouts.c.state.not_in(OUT)).values(**values))
    return free


def due(conn: Connection, now: datetime, rows_max: int) -> list[Payout]:
    """What is to be looked at now."""
    query = sa.select(*VIEW).where(payouts.c.next <= now).order_by(payouts.c.next, payouts.c.id).limit(rows_max)
    return [Payout(*row) for row in conn.execute(query)]


def look_now(conn: Connection, account: int, bills: Collection[str], at: datetime) -> None:
    """Have these bills asked for at once: the platform says that they ended."""
    asked = sent(conn, bill=(sa.Text, sorted(bills)))
    mine = payouts.c.bill.in_(sa.select(asked.c.bill)), payouts.c.account == account, payouts.c.state.in_(OPEN)
    conn.execute(sa.update(payouts).where(*mine, payouts.c.next > at).values(next=at))


def spent_today(conn: Connection, account: int, begins: datetime) -> int:
    """Cents that an account paid since ``begins``, or may have."""
    query = sa.select(sa.func.coalesce(sa.func.sum(payouts.c.amount), 0)).where(
        payouts.c.account == account, payouts.c.attempted >= begins, payouts.c.state.in_(OUT)
    )
    return int(conn.execute(query).scalar_one())


def pay_keys(conn: Connection, nodes: Collection[int]) -> dict[int, str]:
    """Node → where its person's money goes, in one text (app and open id), as a key for limits: whoever shares it is
    paid into one pocket. Only nodes whose person has one; nobody, where no account pays."""
    account = pay_account(conn) if nodes else None
    if account is None:
        return {}
    settings = conn.execute(sa.select(accounts.c.settings).where(accounts.c.id == account)).scalar_one()
    app_id = str(settings["app_id"])
    return {node: f"{app_id}:{openid}" for node, openid in receivers(conn, app_id, nodes).items()}


def write(conn: Connection, now: datetime, payout: Payout, verdict: Verdict, from_: Sequence[str]) -> bool:
    """Have a payout be as it was found, unless it is in another state than one of ``from_`` by now."""
    values = {
        "state": verdict.state,
        "why": verdict.why,
        "said": verdict.said,
        "package": "" if verdict.pause is None else verdict.package or payout.package,
        "burned": payout.burned or verdict.burned,
        "tries": payout.tries + 1,
        "changed": now,
        "next": None if verdict.pause is None else now + verdict.pause,
    }
    mine = sa.update(payouts).where(payouts.c.id == payout.id, payouts.c.state.in_(from_)).values(**values)
    return conn.execute(mine).rowcount == 1
