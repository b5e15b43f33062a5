"""The webhook channel: a list of messages as JSON in one signed POST. The receiver's side is in README.md."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from siyu.channels.addresses import NetworkPolicy, resolve
from siyu.channels.protocol import ACCEPTED, About, Account, Check, Field, Message, Outcome, Part
from siyu.channels.signing import headers, new_secret
from siyu.channels.webhook.answers import outcome_of_status, outcomes_of_body
from siyu.storage import BadInput

BATCH_DEFAULT = 50
BATCH_MAX = 500
SECONDS_DEFAULT = 15
ANSWER_BYTES_MAX = 1 << 20
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
    parts=(
        Part("title", "line", "标题", "Title", False, 120),
        Part("text", "text", "正文", "Text", True, 4000),
        Part("link", "link", "链接", "Link", False, 2000),
    ),
)


@dataclass(frozen=True)
class WebhookChannel:
    """Sends to ``settings.url``. Redirects are not followed and the checked address is the one called."""

    policy: NetworkPolicy = field(default_factory=NetworkPolicy)
    _clients: dict[str, httpx.Client] = field(default_factory=dict[str, httpx.Client], repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def about(self) -> About:
        return ABOUT

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        url = _parsed(str(settings["url"]))
        try:
            resolve(url.host, url.port or _port(url), self.policy)
        except OSError:
            return  # a name that can't be resolved today may be tomorrow; the live check tells
        except BadInput as error:
            raise BadInput(error.code, error.zh, error.en, field="url") from None

    def new_secrets(self) -> Mapping[str, str]:
        return {"secret": new_secret()}

    def list_max(self, account: Account) -> int:
        return int(account.settings.get("batch", BATCH_DEFAULT))

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        body = _body("messages", [_as_sent(message) for message in messages])
        answer = self._post(account, _call_id(messages), body)
        if isinstance(answer, Outcome):
            return [answer] * len(messages)
        status, text, retry_after = answer
        if status in SPLIT_STATUSES and len(messages) > 1:
            middle = len(messages) // 2
            return self.send(account, messages[:middle]) + self.send(account, messages[middle:])
        if 200 <= status < 300:
            told = outcomes_of_body(text)
            return [told.get(message.delivery_id, ACCEPTED) for message in messages]
        return [outcome_of_status(status, text, retry_after)] * len(messages)

    def check(self, account: Account) -> Check:
        answer = self._post(account, f"check-{int(time.time())}", _body("check", []))
        if isinstance(answer, Outcome):
            return Check(False, "连接不上或没有应答，请检查地址。", "No connection or no answer; check the address.")
        status = answer[0]
        detail = {"status": status}
        if 200 <= status < 300:
            return Check(True, f"接收方应答 {status}，可以使用。", f"The receiver answered {status}: it works.", detail)
        return Check(
            False,
            f"接收方应答 {status}，应为 2xx。请检查地址和签名校验。",
            f"The receiver answered {status} instead of 2xx; check the address and how it verifies signatures.",
            detail,
        )

    def close(self) -> None:
        with self._turn:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _client(self, host: str) -> httpx.Client:
        """One pool of connections per host: two hosts at one address must not share a TLS session."""
        with self._turn:
            if host not in self._clients:
                self._clients[host] = httpx.Client(follow_redirects=False, trust_env=False)
            return self._clients[host]

    def _post(self, account: Account, call_id: str, body: bytes) -> tuple[int, str, float | None] | Outcome:
        """Status, words and wish to be tried later; or the outcome where there was no answer."""
        url = _parsed(str(account.settings["url"]))
        seconds = float(account.settings.get("timeout_seconds", SECONDS_DEFAULT))
        try:
            address = resolve(url.host, url.port or _port(url), self.policy)
        except OSError:
            return Outcome("passing", "no_connection", retry_after_seconds=RETRY_SECONDS)
        except BadInput:
            return Outcome("passing", "address_not_allowed", account_stopped=True)
        # Only here does the machine's own clock matter: receivers refuse signatures that are minutes old.
        signed = headers(account.secrets["secret"], call_id, int(time.time()), body)
        try:
            with self._client(url.host).stream(
                "POST",
                url.copy_with(host=address),
                content=body,
                timeout=seconds,
                headers={
                    "content-type": "application/json",
                    "host": url.netloc.decode(),
                    "user-agent": "Siyu/0.1",
                    **signed,
                },
                extensions={"sni_hostname": url.host},
            ) as response:
                return response.status_code, _text(response), _retry_after(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
            return Outcome("passing", "no_connection", retry_after_seconds=RETRY_SECONDS)
        except httpx.HTTPError as error:
            return Outcome("unknown", "no_answer", {"fault": type(error).__name__})


def _parsed(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise BadInput(
            "url_invalid",
            "接收地址应形如 https://example.com/path，且不带用户名和密码。",
            "The address should look like https://example.com/path, without user name or password.",
            field="url",
        )
    return url


def _port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80


def _call_id(messages: Sequence[Message]) -> str:
    """The same messages make the same call, so a receiver may drop repeats of whole calls too."""
    return "call-" + hashlib.sha256("\n".join(m.delivery_id for m in messages).encode()).hexdigest()[:32]


def _body(kind: str, messages: list[dict[str, Any]]) -> bytes:
    return json.dumps({"type": kind, "messages": messages}, ensure_ascii=False, separators=(",", ":")).encode()


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


def _text(response: httpx.Response) -> str:
    read = bytearray()
    for piece in response.iter_bytes():
        read += piece
        if len(read) > ANSWER_BYTES_MAX:
            break
    return bytes(read[:ANSWER_BYTES_MAX]).decode("utf-8", "replace")


def _retry_after(response: httpx.Response) -> float | None:
    given = cast("str | None", response.headers.get("retry-after"))
    return float(given) if given and given.isdigit() else None
