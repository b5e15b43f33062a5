"""Who gives money: the connected pay account; staff by hand, where there is none or it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from siyu.channels.wechatpay.callbacks import when_heard
from siyu.growth.payouts import store
from siyu.growth.purses.givers import Giver, takes_over
from siyu.growth.purses.model import Reward

KIND = "money"


def give(conn: Connection, at: datetime, rewards: Sequence[Reward]) -> None:
    """With what grants them it is written down that they are to be paid, each under its own bill."""
    account = store.pay_account(conn)
    if account is not None:
        store.intend(conn, at, account, {reward.id: reward.amount for reward in rewards})


def set_apart(conn: Connection, rewards: Sequence[Reward]) -> set[int]:
    """Those of which no money is on its way: staff may give them by hand, or take them back. What has been paid by hand
    can be taken back; what WeChat Pay paid, or may have, can't."""
    now = max((reward.changed for reward in rewards), default=None)
    return set() if now is None else store.set_apart(conn, now, {reward.id for reward in rewards})


takes_over(Giver(KIND, "现金", "Money", "yuan", by_hand=True, give=give, take_back=set_apart, may_pay=set_apart))
when_heard(store.look_now)
