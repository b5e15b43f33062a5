"""The e-mail channel: SMTP, one connection per list of messages."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from siyu.channels.addresses import NetworkPolicy, Policy, is_loopback, resolve
from siyu.channels.email.letter import is_address, letter
from siyu.channels.protocol import ACCEPTED, About, Account, Check, Field, Message, Outcome, Part
from siyu.channels.steps import Step
from siyu.storage import BadInput

LIST_MAX = 10
"""Letters a connection: after a crash so many are unknown at most, though few of them were tried."""
SECONDS_DEFAULT = 20
RETRY_SECONDS = 300.0
WORDS_MAX = 300

ABOUT = About(
    name="email",
    zh="邮件",
    en="E-mail",
    suits_zh="长内容、账单与通知、可留存的说明",
    suits_en="Longer reading, notices, things worth keeping",
    limits_zh="受邮件服务商的每日与每秒限额约束",
    limits_en="The mail provider's limits per day and second",
    cost_zh="按服务商计费，通常很低",
    cost_en="As the provider charges; usually very little",
    settled_zh="没有应答时标为“未知”，由您的规则决定是否重发",
    settled_en="Without an answer it is marked unknown, and your rule decides whether to send again",
    address_kinds=("email",),
    drops_repeats=False,
    marketing=True,
    opens_by_picture=True,
    list_max=LIST_MAX,
    fields=(
        Field("host", "text", "SMTP 服务器", "SMTP server", required=True),
        Field("port", "number", "端口", "Port", default=465, low=1, high=65535),
        Field(
            "security",
            "choice",
            "加密方式",
            "Encryption",
            default="tls",
            choices=(
                ("tls", "TLS（465）", "TLS (465)"),
                ("starttls", "STARTTLS（587）", "STARTTLS (587)"),
                ("plain", "不加密（仅限本机）", "None (this machine only)"),
            ),
        ),
        Field("username", "text", "用户名", "User name"),
        Field("password", "secret", "密码或授权码", "Password"),
        Field("from_address", "text", "发件地址", "From address", required=True),
        Field("from_name", "text", "发件人名称", "From name"),
        Field("reply_to", "text", "回复地址", "Reply-to address"),
        Field(
            "identity",
            "text",
            "落款（公司名称与联系方式）",
            "Who you are (company and contact)",
            "广告法要求写明真实身份与联系方式，会出现在每封邮件末尾",
            "The law asks for your true identity and contact; it ends every message",
            required=True,
        ),
        Field(
            "per_second",
            "number",
            "每秒最多封数",
            "Messages a second, at most",
            "0 表示不限",
            "0 means no limit",
            default=0,
            low=0,
            high=10_000,
        ),
        Field("timeout_seconds", "number", "等待秒数", "Seconds to wait", default=SECONDS_DEFAULT, low=1, high=120),
    ),
    steps=(
        Step(
            "connection",
            (
                (
                    "在域名处配置 SPF 与 DKIM，邮件才不会进垃圾箱",
                    "Set SPF and DKIM for your domain, or mail ends as spam",
                ),
            ),
        ),
    ),
    parts=(
        Part("subject", "line", "主题", "Subject", True, 200),
        Part("body", "text", "正文", "Body", True, 20_000),
    ),
)


@dataclass(frozen=True)
class EmailChannel:
    """Sends through the account's SMTP server. Certificates are checked; plain only on this very machine."""

    policy: Policy = NetworkPolicy

    @property
    def about(self) -> About:
        return ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return ABOUT

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        for name in ("from_address", "reply_to"):
            if settings.get(name) and not is_address(str(settings[name])):
                raise BadInput("email_invalid", "邮箱地址格式不正确。", "The e-mail address is not valid.", field=name)
        if settings["security"] == "plain" and not is_loopback(str(settings["host"])):
            raise BadInput(
                "plain_not_allowed",
                "不加密只能用于本机的邮件服务器，请选择 TLS 或 STARTTLS。",
                "Without encryption only this machine's own server may be used; choose TLS or STARTTLS.",
                field="security",
            )
        with suppress(OSError):
            resolve(str(settings["host"]), int(settings["port"]), self.policy())

    def new_secrets(self) -> Mapping[str, str]:
        return {}

    def list_max(self, account: Account) -> int:
        return LIST_MAX

    def close(self) -> None:
        return None

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        try:
            server = _connected(account, self.policy())
        except _NoConnection as failure:
            return [failure.outcome] * len(messages)
        outcomes: list[Outcome] = []
        try:
            for message in messages:
                outcomes.append(_sent(server, account, message))
                if outcomes[-1].reason in ("no_answer", "no_connection"):
                    break  # the connection is gone: the rest was never tried
        finally:
            _hang_up(server)
        untried = Outcome("passing", "no_connection", retry_after_seconds=RETRY_SECONDS)
        return outcomes + [untried] * (len(messages) - len(outcomes))

    def check(self, account: Account) -> Check:
        try:
            server = _connected(account, self.policy())
        except _NoConnection as failure:
            if failure.outcome.reason == "sign_in_failed":
                return Check(
                    False,
                    "服务器连上了，但登录失败。请检查用户名和密码（很多服务商要用“授权码”）。",
                    "The server was reached, but sign-in failed. Check user name and password (some ask for a code).",
                )
            return Check(
                False,
                "连接不上服务器，请检查地址、端口和加密方式。",
                "The server can't be reached; check address, port and encryption.",
                failure.outcome.answer,
            )
        try:
            code, _ = server.noop()
        except (OSError, smtplib.SMTPException):
            code = 0
        finally:
            _hang_up(server)
        if code == 250:
            return Check(True, "服务器可用，登录成功。", "The server answers and sign-in works.")
        return Check(False, "服务器没有正常应答。", "The server did not answer as it should.", {"code": code})


class _NoConnection(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class _Smtp(smtplib.SMTP):
    """Goes to the address that was checked, while TLS still asks for the name."""

    address: str = ""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # the hook that smtplib offers
        return socket.create_connection((self.address, port), timeout)


class _SmtpTls(_Smtp):
    context: ssl.SSLContext

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        bare = super()._get_socket(host, port, timeout)
        try:
            return self.context.wrap_socket(bare, server_hostname=host)
        except BaseException:
            bare.close()
            raise


def _connected(account: Account, policy: NetworkPolicy) -> smtplib.SMTP:
    """A connection, signed in. Raises :class:`_NoConnection` with what that means for the messages."""
    settings = account.settings
    host, port = str(settings["host"]), int(settings["port"])
    security = str(settings["security"])
    server = (_SmtpTls if security == "tls" else _Smtp)(timeout=float(settings.get("timeout_seconds", SECONDS_DEFAULT)))
    try:
        server.address = resolve(host, port, policy)
        context = ssl.create_default_context()
        if isinstance(server, _SmtpTls):
            server.context = context
        server._host = host  # pyright: ignore[reportAttributeAccessIssue]  # starttls() asks for this name
        code, words = server.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        if security == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if settings.get("username"):
            server.login(str(settings["username"]), account.secrets.get("password", ""))
    except BadInput:
        _hang_up(server)
        raise _NoConnection(Outcome("passing", "address_not_allowed", account_stopped=True)) from None
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
        _hang_up(server)
        code = getattr(error, "smtp_code", 0)
        raise _NoConnection(Outcome("passing", "sign_in_failed", {"code": code}, account_stopped=True)) from None
    except (OSError, smtplib.SMTPException) as error:
        _hang_up(server)
        fault = {"fault": type(error).__name__}
        raise _NoConnection(Outcome("passing", "no_connection", fault, RETRY_SECONDS)) from None
    return server


def _hang_up(server: smtplib.SMTP) -> None:
    """Say good-bye where that still works; the messages' outcomes are known already."""
    try:
        if server.sock is not None:
            server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _sent(server: smtplib.SMTP, account: Account, message: Message) -> Outcome:
    if not is_address(message.address):
        return Outcome("refused", "address_invalid")
    mail = letter(account.settings, message)
    try:
        for code, words in (
            server.mail(str(account.settings["from_address"])),
            server.rcpt(message.address),
        ):
            if code >= 400:
                server.rset()
                return _answered(code, words, "address_unknown" if code in (550, 551, 553) else "mail_rejected")
    except (OSError, smtplib.SMTPException) as error:
        return Outcome("passing", "no_connection", {"fault": type(error).__name__}, RETRY_SECONDS)
    return _data(server, mail.as_bytes())


def _data(server: smtplib.SMTP, body: bytes) -> Outcome:
    try:
        code, words = server.data(body)
    except smtplib.SMTPDataError as error:  # refused before a byte of the message went
        return _answered(error.smtp_code, error.smtp_error, "mail_rejected")
    except (OSError, smtplib.SMTPException) as error:
        return Outcome("unknown", "no_answer", {"fault": type(error).__name__})
    return ACCEPTED if code == 250 else _answered(code, words, "mail_rejected")


def _answered(code: int, words: bytes | str, refusal: str) -> Outcome:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    answer: Mapping[str, Any] = {"code": code, "words": text[:WORDS_MAX]}
    if code >= 500:
        return Outcome("refused", refusal, answer)
    return Outcome("passing", "mailbox_full" if code == 452 else "mail_deferred", answer, RETRY_SECONDS)
