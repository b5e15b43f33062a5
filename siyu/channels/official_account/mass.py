"""Mass messages: one call carries one text to up to 10,000 followers.

The call's body is on disk before it leaves, under a name by which the platform drops repeats (``clientmsgid``, for a
day). Where no answer came, the same body goes again, to the letter, not what waits now in whatever grouping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.official_account.forms import mass_body
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import Message, Outcome
from siyu.channels.wechat import sends
from siyu.channels.wechat.sending import SPENT, Sender, accepted, outcome_of
from siyu.channels.wechat.sends import Mass
from siyu.channels.wechat.tables import wechat_calls
from siyu.storage import insert_into

RECEIVERS_MIN = 2
ALONE = Outcome("refused", "mass_needs_two")
REPEATS_DROPPED = timedelta(hours=23)
"""How long the platform drops repeats (a day), and a little less: later the same call would reach people twice."""
TOO_LATE = Outcome("unknown", "no_answer")


class _Call(NamedTuple):
    name: str
    body: Mapping[str, Any]
    messages: Sequence[Message]
    at: datetime


def send_mass(sender: Sender, form: str, messages: Sequence[Message], budget: Mass) -> list[Outcome]:
    """One call for those that are new, and once more each call of before that got no answer."""
    account, stores = sender.account.id, sender.exchange.stores
    now = stores.clock.now()
    name = _name_of(messages)
    with stores.ledger.write() as conn:
        begun = sends.begin(conn, account, form, messages, budget, now, call=name)
        new = [message for message in begun.go if message.delivery_id not in begun.calls]
        calls = _before(conn, account, begun)
        late = {call.name for call in calls if call.at < now - REPEATS_DROPPED}
        if len(new) >= RECEIVERS_MIN:
            body = {"touser": [each.address for each in new], **mass_body(form, new[0].content), "clientmsgid": name}
            kept = {"account": account, "call": name, "at": now, "body": body, "state": sends.CALLING, "size": len(new)}
            conn.execute(insert_into(conn, wechat_calls).values(**kept).on_conflict_do_nothing())
            calls.append(_Call(name, body, new, now))
    found = dict(begun.told)
    if len(new) == 1:
        calls.append(_Call("", {}, new, now))
    for call in calls:
        outcome = TOO_LATE if call.name in late else _one(sender, call.body) if call.name else ALONE
        _note(sender, budget, call, outcome)
        found |= {message.delivery_id: outcome for message in call.messages}
    return [found[message.delivery_id] for message in messages]


def preview(sender: Sender, form: str, messages: Sequence[Message]) -> list[Outcome]:
    """A mass message to oneself, before everybody gets it; the platform allows a hundred a day."""

    def say(message: Message) -> dict[str, Any]:
        return {"touser": message.address, **mass_body(form, message.content)}

    return sender.send_each(form, "message/mass/preview", messages, sends.Free(), say)


def _before(conn: Connection, account: int, begun: sends.Begun) -> list[_Call]:
    """The unanswered calls that some of these messages were in. Each of its messages learns what becomes of it."""
    by_call: dict[str, list[Message]] = {}
    for message in begun.go:
        if message.delivery_id in begun.calls:
            by_call.setdefault(begun.calls[message.delivery_id], []).append(message)
    rows = conn.execute(
        sa.select(wechat_calls.c.call, wechat_calls.c.body, wechat_calls.c.at).where(
            wechat_calls.c.account == account, wechat_calls.c.call.in_(list(by_call))
        )
    )
    return [_Call(row.call, row.body, by_call[row.call], row.at) for row in rows]


def _one(sender: Sender, body: Mapping[str, Any]) -> Outcome:
    try:
        return accepted(sender.client.call("message/mass/send", body=body))
    except PlatformError as error:
        return outcome_of(error)


def _note(sender: Sender, budget: Mass, call: _Call, outcome: Outcome) -> None:
    account = sender.account.id
    with sender.exchange.stores.ledger.write() as conn:
        sends.end(conn, account, budget, [(message, outcome) for message in call.messages], SPENT)
        mine = sa.and_(wechat_calls.c.account == account, wechat_calls.c.call == call.name)
        if outcome.kind == "passing":  # it surely did not go: these messages may be in another call
            conn.execute(sa.delete(wechat_calls).where(mine))
        elif outcome.kind in ("accepted", "refused"):
            msgid = str(outcome.answer.get("msgid", ""))
            conn.execute(sa.update(wechat_calls).where(mine).values(state=outcome.kind, msgid=msgid))


def _name_of(messages: Sequence[Message]) -> str:
    joined = "\n".join(message.delivery_id for message in messages)
    return "siyu-" + hashlib.sha256(joined.encode()).hexdigest()[:40]
