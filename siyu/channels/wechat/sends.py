"""Record before act: a row for each message before its call, what became of it after.

A message that was accepted is never called again. One whose call got no answer is called again only where the platform
drops repeats, or where the operator's rule says so; what was taken for it (an answer, a consent, a place in the quota)
is not taken twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.protocol import Message, Outcome
from siyu.channels.wechat import grants, users, windows
from siyu.channels.wechat.tables import wechat_sends as table
from siyu.storage import insert_into, sent

CALLING, ACCEPTED, REFUSED = "calling", "accepted", "refused"


class Budget(Protocol):
    """What a message of a form uses up of its receiver."""

    @property
    def reason(self) -> str:
        """Why who has nothing left gets nothing."""
        ...

    def take(self, conn: Connection, openids: Sequence[str], now: datetime) -> set[str]:
        """Take one of each; of whom there was one."""
        ...

    def give_back(self, conn: Connection, openids: Sequence[str]) -> None:
        """The calls surely did not arrive."""
        ...

    def none_left(self, conn: Connection, openids: Sequence[str]) -> None:
        """The platform says that there was nothing left."""
        ...


@dataclass(frozen=True)
class Free:
    """Uses up nothing."""

    reason: str = ""

    def take(self, conn: Connection, openids: Sequence[str], now: datetime) -> set[str]:
        return set(openids)

    def give_back(self, conn: Connection, openids: Sequence[str]) -> None:
        return None

    def none_left(self, conn: Connection, openids: Sequence[str]) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    """One of the answers that a window allows."""

    account: int
    reason: str = "window_closed"

    def take(self, conn: Connection, openids: Sequence[str], now: datetime) -> set[str]:
        return set(windows.take_answers(conn, self.account, openids, now))

    def give_back(self, conn: Connection, openids: Sequence[str]) -> None:
        windows.give_answers_back(conn, self.account, openids)

    def none_left(self, conn: Connection, openids: Sequence[str]) -> None:
        windows.close_windows(conn, self.account, openids)


@dataclass(frozen=True)
class Grant:
    """One consent to a subscription message."""

    account: int
    template: str
    reason: str = "no_grant"

    def take(self, conn: Connection, openids: Sequence[str], now: datetime) -> set[str]:
        return grants.take_grants(conn, self.account, self.template, openids)

    def give_back(self, conn: Connection, openids: Sequence[str]) -> None:
        grants.give_grants_back(conn, self.account, self.template, openids)

    def none_left(self, conn: Connection, openids: Sequence[str]) -> None:
        grants.none_left(conn, self.account, self.template, openids)


@dataclass(frozen=True)
class Mass:
    """One of the mass messages of the month."""

    account: int
    quota: int
    reason: str = "mass_quota"

    def take(self, conn: Connection, openids: Sequence[str], now: datetime) -> set[str]:
        return users.take_mass(conn, self.account, openids, now, self.quota)

    def give_back(self, conn: Connection, openids: Sequence[str]) -> None:
        users.give_mass_back(conn, self.account, openids)

    def none_left(self, conn: Connection, openids: Sequence[str]) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Begun:
    """``go``: messages to call for; ``told``: what is known of the others already; ``calls``: of messages that were
    in a mass message before, which one."""

    go: Sequence[Message]
    told: Mapping[str, Outcome]
    calls: Mapping[str, str]


def begin(
    conn: Connection,
    account: int,
    form: str,
    messages: Sequence[Message],
    budget: Budget,
    now: datetime,
    call: str = "",
) -> Begun:
    """Write the rows, take what is used up."""
    known = _known(conn, account, messages)
    done = {number: row for number, row in known.items() if row.state == ACCEPTED}
    told = {number: Outcome("accepted", answer=_answer(row.msgid)) for number, row in done.items()}
    new = [message for message in messages if message.delivery_id not in known]
    opened: list[Message] = []
    for one_each in _rounds(new):
        may = budget.take(conn, [message.address for message in one_each], now)
        opened += [message for message in one_each if message.address in may]
        refused = [message for message in one_each if message.address not in may]
        told |= {message.delivery_id: Outcome("refused", budget.reason) for message in refused}
    if opened:
        shared = {"account": account, "form": form, "at": now, "call": call, "state": CALLING}
        conn.execute(
            insert_into(conn, table).on_conflict_do_nothing(),
            [{"delivery_id": each.delivery_id, "openid": each.address, **shared} for each in opened],
        )
    go = [message for message in messages if message.delivery_id not in told]
    return Begun(go, told, {number: row.call for number, row in known.items() if row.state != ACCEPTED and row.call})


def end(
    conn: Connection, account: int, budget: Budget, ended: Sequence[tuple[Message, Outcome]], spent: frozenset[str]
) -> None:
    """Write what became of the calls. ``spent``: reasons by which the platform says that nothing was left."""
    by_msgid: dict[str, list[Message]] = {}
    for message, outcome in ended:
        if outcome.kind == "accepted":
            by_msgid.setdefault(str(outcome.answer.get("msgid", "")), []).append(message)
    for msgid, messages in by_msgid.items():
        _mark(conn, account, messages, ACCEPTED, msgid)
    refused = [message for message, outcome in ended if outcome.kind == "refused"]
    _mark(conn, account, refused, REFUSED, "")
    gone = [message.address for message, outcome in ended if outcome.kind == "refused" and outcome.reason in spent]
    if gone:
        budget.none_left(conn, gone)
    passing = [message for message, outcome in ended if outcome.kind == "passing"]
    unused = [m for m, outcome in ended if outcome.kind == "refused" and outcome.reason not in spent]
    for one_each in _rounds([*unused, *passing]):
        budget.give_back(conn, [message.address for message in one_each])
    if passing:
        ids = sent(conn, delivery_id=(sa.Text, [message.delivery_id for message in passing]))
        conn.execute(sa.delete(table).where(table.c.account == account, table.c.delivery_id.in_(sa.select(ids.c[0]))))


def _rounds(messages: Sequence[Message]) -> list[list[Message]]:
    """The messages in rounds in which everybody comes once: what is done by set counts each once."""
    rounds: list[list[Message]] = []
    turns: dict[str, int] = {}
    for message in messages:
        turn = turns[message.address] = turns.get(message.address, -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(message)
    return rounds


def _mark(conn: Connection, account: int, messages: Sequence[Message], state: str, msgid: str) -> None:
    if messages:
        ids = sent(conn, delivery_id=(sa.Text, [message.delivery_id for message in messages]))
        conn.execute(
            sa.update(table)
            .where(table.c.account == account, table.c.delivery_id.in_(sa.select(ids.c.delivery_id)))
            .values(state=state, msgid=msgid)
        )


def _known(conn: Connection, account: int, messages: Sequence[Message]) -> dict[str, Any]:
    ids = sent(conn, delivery_id=(sa.Text, [message.delivery_id for message in messages]))
    rows = conn.execute(
        sa.select(table).where(table.c.account == account, table.c.delivery_id.in_(sa.select(ids.c.delivery_id)))
    )
    return {row.delivery_id: row for row in rows}


def _answer(msgid: str) -> dict[str, Any]:
    return {"msgid": msgid} if msgid else {}
