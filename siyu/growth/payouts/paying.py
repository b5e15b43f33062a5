"""The loop that pays: every attempt is on disk before its call, every answer after it. One in the installation; were
there two for a moment, both would speak of the same bill.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.platform import callbacks
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account
from siyu.channels.wechatpay.bills import Answer, Bill
from siyu.channels.wechatpay.channel import DAY_YUAN
from siyu.channels.wechatpay.client import Pay
from siyu.growth.cheating.doubles import doubled_among
from siyu.growth.payouts import store
from siyu.growth.payouts.model import (
    ACCOUNT_PAUSE,
    DOUBLED,
    LOST_AFTER,
    NAME_NEEDED_CENTS,
    OUT,
    UNSURE,
    Payout,
    Verdict,
    after_calling_again,
    after_looking,
    after_transfer,
    day_of,
    pause_of,
)
from siyu.growth.payouts.tables import payouts
from siyu.growth.payouts.whose import Whose, whose
from siyu.growth.purses import granting
from siyu.growth.purses.tables import rewards
from siyu.jobs.turns import keep_doing
from siyu.people.actions import append_own
from siyu.storage import SiyuError, Stores, sent

IDLE_SECONDS = 5.0
CHUNK = 20
"""So many are attempted at once: after a crash so many are asked for, at most."""
BY = "wechatpay"
EVENT = "reward_to_take"


@dataclass(frozen=True, slots=True)
class _Attempt:
    payout: Payout
    title: str


class Payer:
    """Pays what is due through the accounts."""

    def __init__(self, stores: Stores, exchange: Exchange, address: str = "") -> None:
        """``address``: how this installation is reached, or ''."""
        self._stores, self._exchange, self._address = stores, exchange, address

    def run_forever(self, stopped: threading.Event) -> None:
        """Until ``stopped``."""
        keep_doing(lambda: 0.0 if self.step() else IDLE_SECONDS, stopped, "payouts")

    def step(self) -> int:
        """What is due now, a chunk of it; how much it was. Where nothing is, nothing is written."""
        with self._stores.ledger.read() as conn:
            found = store.due(conn, self._stores.clock.now(), CHUNK)
        for account in sorted({each.account for each in found}):
            self._of_account(account, [each for each in found if each.account == account])
        return len(found)

    def _of_account(self, number: int, found: Sequence[Payout]) -> None:
        waits = [each for each in found if each.state == "intended"]
        out = [each for each in found if each.state in OUT]
        try:
            account = usable_account(self._stores, number)
        except SiyuError:  # disabled, or gone: nothing is called, what waits goes on waiting
            self._end([(each, _put_off(each, "account_disabled", ACCOUNT_PAUSE)) for each in found])
            return
        pay = Pay(self._exchange, account, self._told_at(account))
        titles = self._titles(out)
        self._end([(each, _looked(pay, each, titles[each.reward])) for each in out])
        self._attempt(pay, account, waits)

    def _told_at(self, account: Account) -> str:
        """Where WeChat Pay tells what became of a bill: it calls nothing but https; '' for nowhere."""
        if not self._address.startswith("https://") and not account.settings.get("base_url"):
            return ""
        return self._address and self._address.rstrip("/") + callbacks.address(
            self._stores, account.channel, account.id
        )

    def _titles(self, found: Sequence[Payout]) -> dict[int, str]:
        with self._stores.ledger.read() as conn:
            asked = sent(conn, id=(sa.BigInteger, [each.reward for each in found]))
            query = sa.select(rewards.c.id, rewards.c.title).where(rewards.c.id.in_(sa.select(asked.c.id)))
            return {row.id: row.title for row in conn.execute(query)}

    def _attempt(self, pay: Pay, account: Account, waits: Sequence[Payout]) -> None:
        begun = self._begin(account, waits)
        ended: list[tuple[Payout, Verdict]] = []
        closed: Answer | None = None
        for each in begun:
            answer = closed or pay.transfer(_bill(each.payout, each.title))
            closed = answer if answer.reason in ("no_connection", "account_refused", "no_balance") else None
            ended.append((each.payout, after_transfer(each.payout, answer)))
        self._end(ended)

    def _begin(self, account: Account, waits: Sequence[Payout]) -> list[_Attempt]:
        """Write down that these are being called, as many as the day and their persons allow."""
        if not waits:
            return []
        now = self._stores.clock.now()
        begins, ends = day_of(now)
        attempts: list[_Attempt] = []
        with self._stores.ledger.write() as conn:
            asked = sent(conn, id=(sa.BigInteger, [each.reward for each in waits]))
            query = sa.select(*(rewards.c[name] for name in ("id", "person", "title", "stage", "campaign")))
            found = conn.execute(query.where(rewards.c.id.in_(sa.select(asked.c.id))).with_for_update())
            of = {row.id: row for row in found}
            known = whose(conn, str(account.settings["app_id"]), {row.person for row in of.values()})
            doubled = doubled_among(conn, {(row.campaign, row.person) for row in of.values()})
            limit = int(account.settings.get("day_yuan") or DAY_YUAN) * 100
            room = limit - store.spent_today(conn, account.id, begins)
            for each in waits:
                row = of[each.reward]
                has = known.get(row.person, Whose((), sure=True))
                payout = replace(each, openid=each.openid or (has.openids[-1] if has.openids and has.sure else ""))
                doubt = "" if each.openid else _doubt(has, (row.campaign, row.person) in doubled)
                stopped = _stopped(payout, row.stage, room, ends - now, doubt)
                if stopped is not None:
                    store.write(conn, now, each, stopped, ("intended",))
                elif _mark(conn, now, payout):
                    room -= payout.amount
                    attempts.append(_Attempt(replace(payout, state="attempted", attempted=now), row.title))
        return attempts

    def _end(self, ended: Sequence[tuple[Payout, Verdict]]) -> None:
        """Write down what came of it; what arrived is given."""
        if not ended:
            return
        now = self._stores.clock.now()
        with self._stores.ledger.write() as conn:
            arrived = sent(
                conn, id=(sa.BigInteger, [each.reward for each, verdict in ended if verdict.state == "paid"])
            )
            # rewards before payouts, as everywhere: nobody waits for a row while holding what its holder waits for
            conn.execute(sa.select(rewards.c.id).where(rewards.c.id.in_(sa.select(arrived.c.id))).with_for_update())
            kept = [each for each in ended if store.write(conn, now, *each, (each[0].state,))]
            granting.pay(conn, now, BY, [payout.reward for payout, verdict in kept if verdict.state == "paid"])
            _tell(conn, now, [payout for payout, verdict in kept if verdict.package and not payout.package])


def _tell(conn: sa.Connection, now: datetime, found: Sequence[Payout]) -> None:
    """Say that people have money to take, which journeys may tell them: the event :data:`EVENT`."""
    if not found:
        return
    asked = sent(conn, id=(sa.BigInteger, [each.reward for each in found]))
    columns = rewards.c.id, rewards.c.person, rewards.c.title, rewards.c.kind, rewards.c.campaign
    query = sa.select(*columns).where(rewards.c.id.in_(sa.select(asked.c.id)))
    of = {row.id: row for row in conn.execute(query)}
    append_own(
        conn,
        [
            {
                "message_id": f"payout-{each.id}-{now.isoformat()}",
                "time": now,
                "name": EVENT,
                "person": of[each.reward].person,
                "properties": {
                    "reward": each.reward,
                    "title": of[each.reward].title,
                    "kind": of[each.reward].kind,
                    "campaign": of[each.reward].campaign,
                    "cents": each.amount,
                },
            }
            for each in found
        ],
    )


def _looked(pay: Pay, payout: Payout, title: str) -> Verdict:
    """Ask for a bill; where the platform does not have it, call again."""
    verdict = after_looking(payout, pay.find(payout.bill))
    if not verdict.again:
        return verdict
    if not payout.openid:  # its person was erased meanwhile
        return Verdict("withdrawn")
    return after_calling_again(payout, verdict, pay.transfer(_bill(payout, title)))


def _bill(payout: Payout, title: str) -> Bill:
    return Bill(payout.bill, payout.openid, payout.amount, title)


def _doubt(has: Whose, doubled: bool) -> str:
    """Why it needs a person's word first; "" where it does not."""
    if has.openids and not has.sure:
        return UNSURE
    return DOUBLED if has.openids and doubled else ""


def _stopped(payout: Payout, stage: str, room: int, until_tomorrow: timedelta, doubt: str) -> Verdict | None:
    """Why it is not called now; None where it is."""
    if stage != "granted":
        return Verdict("withdrawn")
    if payout.amount >= NAME_NEEDED_CENTS:
        return Verdict("refused", "name_needed")
    if doubt:
        return Verdict("refused", doubt)
    if not payout.openid:
        return _put_off(payout, "no_openid", pause_of(payout.tries))
    if payout.amount > room:
        return _put_off(payout, "day_limit", until_tomorrow)
    return None


def _put_off(payout: Payout, why: str, pause: timedelta) -> Verdict:
    return Verdict(payout.state, why, pause=pause)  # pyright: ignore[reportArgumentType]


def _mark(conn: sa.Connection, now: datetime, payout: Payout) -> bool:
    values = {"state": "attempted", "openid": payout.openid, "attempted": now, "changed": now, "next": now + LOST_AFTER}
    mine = sa.update(payouts).where(payouts.c.id == payout.id, payouts.c.state == "intended")
    return conn.execute(mine.values(why="", said="", **values)).rowcount == 1
