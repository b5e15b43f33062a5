"""The webhook channel: a list of messages as JSON in one signed POST. The receiver's side is in README.md."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from siyu.channels.calls import Answer, Caller
from siyu.channels.protocol import ACCEPTED, About, Account, Check, Field, Message, Outcome, Part
from siyu.channels.signing import new_secret
from siyu.channels.steps import Step
from siyu.channels.webhook.answers import outcome_of_status, outcomes_of_body

BATCH_DEFAULT = 50
BATCH_MAX = 500
SECONDS_DEFAULT = 15
RETRY_SECONDS = 30.0
SPLIT_STATUSES = frozenset({400, 413, 422})
"""A list refused with one of these is halved until the one bad message stands alone."""

ABOUT = About(
    name="webhook",
    zh="Webhook",
    en="Webhook",
    suits_zh="对接自有的短信网关、App 推送或其他系统",
    suits_en="Your own SMS gateway, app push or another system",
    limits_zh=f"每次最多 {BATCH_MAX} 条；速率可设",
    limits_en=f"At most {BATCH_MAX} messages a call; the rate is a setting",
    cost_zh="由接收方决定",
    cost_en="Up to the receiver",
    settled_zh="没有应答时，以同一投递编号重发；接收方须丢弃重复的编号",
    settled_en="Without an answer, sent again with the same delivery id; the receiver must drop repeats",
    address_kinds=(),
    drops_repeats=True,
    marketing=True,
    opens_by_picture=False,
    list_max=BATCH_MAX,
    fields=(
        Field(
            "url",
            "text",
            "接收地址",
            "Address",
            "以 https:// 开头；本机可用 http://",
            "Begins with https://; http:// on this machine only",
            required=True,
        ),
        Field(
            "batch",
            "number",
            "每次条数",
            "Messages a call",
            "接收方一次能处理多少条",
            "How many the receiver takes at once",
            default=BATCH_DEFAULT,
            low=1,
            high=BATCH_MAX,
        ),
        Field(
            "per_second",
            "number",
            "每秒最多条数",
            "Messages a second, at most",
            "0 表示不限",
            "0 means no limit",
            default=0,
            low=0,
            high=100_000,
        ),
        Field("timeout_seconds", "number", "等待应答秒数", "Seconds to wait", default=SECONDS_DEFAULT, low=1, high=60),
        Field(
            "identifiers",
            "text",
            "附带的身份标识",
            "Identifiers to send",
            "接收方认人用的标识，用逗号分隔，如 user_id, phone。只给必需的。",
            "What the receiver knows people by, separated by commas, e.g. user_id, phone. No more than it needs.",
            default="user_id",
        ),
        Field("secret", "secret", "签名密钥", "Signing secret", "留空则自动生成", "Made for you when left empty"),
    ),
    steps=(
        Step(
            "connection",
            (
                (
                    "在接收方用签名密钥校验请求（Standard Webhooks），并按 delivery_id 丢弃重复",
                    "On the receiver, verify calls with the secret (Standard Webhooks) and drop repeats by delivery_id",
                ),
            ),
        ),
    ),
    parts=(
        Part("title", "line", "标题", "Title", False, 120),
        Part("text", "text", "正文", "Text", True, 4000),
        Part("link", "link", "链接", "Link", False, 2000),
    ),
)


@dataclass(frozen=True)
class WebhookChannel:
    """Sends to ``settings.url``."""

    caller: Caller = field(default_factory=Caller)

    @property
    def about(self) -> About:
        return ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return ABOUT

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        self.caller.check(str(settings["url"]))

    def new_secrets(self) -> Mapping[str, str]:
        return {"secret": new_secret()}

    def list_max(self, account: Account) -> int:
        return int(account.settings.get("batch", BATCH_DEFAULT))

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        body = _body("messages", [_as_sent(message) for message in messages])
        answer = self._post(account, _call_id(messages), body)
        if isinstance(answer, Outcome):
            return [answer] * len(messages)
        if answer.status in SPLIT_STATUSES and len(messages) > 1:
            middle = len(messages) // 2
            return self.send(account, messages[:middle]) + self.send(account, messages[middle:])
        if answer.good:
            told = outcomes_of_body(answer.words)
            return [told.get(message.delivery_id, ACCEPTED) for message in messages]
        return [outcome_of_status(answer.status, answer.words, answer.retry_after)] * len(messages)

    def check(self, account: Account) -> Check:
        answer = self._post(account, f"check-{int(time.time())}", _body("check", []))
        if isinstance(answer, Outcome):
            return Check(False, "连接不上或没有应答，请检查地址。", "No connection or no answer; check the address.")
        detail = {"status": answer.status}
        if answer.good:
            return Check(
                True,
                f"接收方应答 {answer.status}，可以使用。",
                f"The receiver answered {answer.status}: it works.",
                detail,
            )
        return Check(
            False,
            f"接收方应答 {answer.status}，应为 2xx。请检查地址和签名校验。",
            f"The receiver answered {answer.status} instead of 2xx; check the address and how it verifies signatures.",
            detail,
        )

    def close(self) -> None:
        self.caller.close()

    def _post(self, account: Account, call_id: str, body: bytes) -> Answer | Outcome:
        """The answer; or the outcome where there was none."""
        seconds = float(account.settings.get("timeout_seconds", SECONDS_DEFAULT))
        secrets = [account.secrets["secret"]]
        answer = self.caller.post(str(account.settings["url"]), secrets, call_id, body, seconds=seconds)
        if answer.fault == "no_connection":
            return Outcome("passing", "no_connection", retry_after_seconds=RETRY_SECONDS)
        if answer.fault == "address_not_allowed":
            return Outcome("passing", "address_not_allowed", account_stopped=True)
        if answer.fault == "no_answer":
            return Outcome("unknown", "no_answer", {"fault": answer.exception})
        return answer


def _call_id(messages: Sequence[Message]) -> str:
    """The same messages make the same call, so a receiver may drop repeats of whole calls too."""
    return "call-" + hashlib.sha256("\n".join(m.delivery_id for m in messages).encode()).hexdigest()[:32]


def _body(kind: str, messages: list[dict[str, Any]]) -> bytes:
    return msgspec.json.encode({"type": kind, "messages": messages})


def _as_sent(message: Message) -> dict[str, Any]:
    return {
        "delivery_id": message.delivery_id,
        "person": message.person,
        "identifiers": dict(message.identifiers),
        "kind": message.kind,
        "broadcast": message.broadcast,
        "sent_at": message.sent_at,
        "unsubscribe": message.unsubscribe,
        **{part.name: message.content.get(part.name, "") for part in ABOUT.parts},
    }
