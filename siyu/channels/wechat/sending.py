"""From a written message to a call, and from the platform's answer to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.platform import Platform
from siyu.channels.platform.reading import named_lines
from siyu.channels.protocol import Account, Message, Outcome
from siyu.channels.wechat import sends
from siyu.channels.wechat.failures import (
    INVALID_OPENID,
    NO_GRANT,
    NOT_FOLLOWING,
    SENT_BEFORE,
    WINDOW_CLOSED,
    WINDOW_USED,
)
from siyu.channels.wechat.sends import Budget

PATIENCE_SECONDS = 5.0
REASONS: Mapping[int | str, str] = {
    INVALID_OPENID: "address_invalid",
    NOT_FOLLOWING: "not_following",
    NO_GRANT: "no_grant",
    WINDOW_CLOSED: "window_closed",
    WINDOW_USED: "window_closed",
    47003: "template_data",
    40037: "template_unknown",
}
SPENT = frozenset({"no_grant", "window_closed"})
"""Reasons by which the platform says that of a receiver nothing was left."""

Say = Callable[[Message], Mapping[str, Any]]
"""The body of the call for a message."""


@dataclass(frozen=True)
class Sender:
    """Sends the messages of one account, one call each."""

    exchange: Exchange
    platform: Platform
    account: Account

    @property
    def client(self) -> PlatformClient:
        return PlatformClient(self.exchange, self.account, self.platform, patience=PATIENCE_SECONDS)

    def send_each(
        self, form: str, endpoint: str, messages: Sequence[Message], budget: Budget, say: Say
    ) -> list[Outcome]:
        """One call a message; one outcome a message, in order."""
        stores = self.exchange.stores
        with stores.ledger.write() as conn:
            begun = sends.begin(conn, self.account.id, form, messages, budget, stores.clock.now())
        ended = [(message, self._one(endpoint, say(message))) for message in begun.go]
        with stores.ledger.write() as conn:
            sends.end(conn, self.account.id, budget, ended, SPENT)
        found = {**begun.told, **{message.delivery_id: outcome for message, outcome in ended}}
        return [found[message.delivery_id] for message in messages]

    def _one(self, endpoint: str, body: Mapping[str, Any]) -> Outcome:
        try:
            return accepted(self.client.call(endpoint, body=body))
        except PlatformError as error:
            return outcome_of(error)


def accepted(answer: Mapping[str, Any]) -> Outcome:
    msgid = answer.get("msgid", answer.get("msg_id"))
    return Outcome("accepted", answer={} if msgid is None else {"msgid": str(msgid)})


def outcome_of(error: PlatformError) -> Outcome:
    """What a call that came to nothing means for its message."""
    answer = {"code": error.platform_code, "said": error.said}
    if error.unknown:
        return Outcome("unknown", "no_answer", answer)
    if error.platform_code == SENT_BEFORE:
        return Outcome("accepted", answer=answer)
    kind = error.failure.kind
    if kind == "account":
        return Outcome("passing", "account_refused", answer, account_stopped=True)
    if kind == "passing":
        reason = "no_connection" if error.platform_code == "no_connection" else "platform_busy"
        return Outcome("passing", reason, answer, retry_after_seconds=error.retry_after_seconds)
    return Outcome("refused", REASONS.get(error.platform_code, "message_refused"), answer)


# --- the data of templates

DATA_HELP_ZH = "一行一个字段，写作 thing1：{{ person.name }}，字段名从平台的模板详情复制"
DATA_HELP_EN = "One field a line: thing1: {{ person.name }}. Copy their names from the platform's template."
VALUE_CHARACTERS_MAX: Mapping[str, int] = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "name": 10,
    "phrase": 5,
    "const": 20,
}


def template_data(text: str, *, trim: bool) -> dict[str, dict[str, str]]:
    """``thing1: 面膜`` a line → ``{"thing1": {"value": "面膜"}}``.

    ``trim``: cut values to what their kind may hold (the platform refuses longer ones).
    """
    return {name: {"value": _fit(name, value) if trim else value} for name, value in named_lines(text).items()}


def _fit(name: str, value: str) -> str:
    most = VALUE_CHARACTERS_MAX.get(name.rstrip("0123456789"), 0)
    return value if not most or len(value) <= most else value[: most - 1] + "…" if most > 5 else value[:most]
