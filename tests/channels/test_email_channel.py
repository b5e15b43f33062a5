"""The e-mail channel against a real SMTP server over the loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels import Account, Message
from siyu.channels.email import EmailChannel
from siyu.channels.email.letter import letter
from siyu.storage import BadInput


class Mailbox:
    """Keeps what arrives; answers as told."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.rcpt_answer = "250 OK"
        self.data_answer = "250 OK"
        self.hang_up_on_data = False

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, policy=default))  # pyright: ignore[reportArgumentType]
        if self.hang_up_on_data:
            server.transport.abort()
        return self.data_answer


class OnAnyPort(Controller):
    """Listens on a port that the machine chooses, and says which."""

    def _create_server(self) -> Any:
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        return self.loop.create_server(self._factory_invoker, sock=listener)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = OnAnyPort(box, hostname="127.0.0.1")
    controller.start()
    yield box, controller.port
    controller.stop()


def account(port: int, **settings: Any) -> Account:
    return Account(
        1,
        "email",
        "mail",
        {
            "host": "127.0.0.1",
            "port": port,
            "security": "plain",
            "from_address": "hello@shop.example",
            "from_name": "思屿小店",
            "identity": "思屿（上海）有限公司 021-12345678",
            **settings,
        },
        {"password": "a-password"},
    )


def message(address: str = "wang@example.com", **content: str) -> Message:
    return Message(
        "m-abc-7",
        7,
        address,
        {
            "subject": "您常买的面膜",
            "body": "您好！\n看看 [新品](https://shop.example/a?x=1&y=2)\n\n<b>祝好</b>",
            **content,
        },
        unsubscribe="https://siyu.example/u/token",
        picture="https://siyu.example/o/token.gif",
    )


def test_a_letter_arrives_in_two_forms(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    (outcome,) = EmailChannel().send(account(port), [message()])
    assert outcome.kind == "accepted"
    (got,) = box.letters
    assert (got["subject"], got["to"]) == ("您常买的面膜", "wang@example.com")
    assert got["message-id"] == "<m-abc-7@shop.example>"
    assert got["list-unsubscribe"] == "<https://siyu.example/u/token>"
    assert got["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    plain = got.get_body(("plain",))
    rich = got.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert "新品 https://shop.example/a?x=1&y=2" in plain.get_content()
    assert "021-12345678" in plain.get_content()
    html = rich.get_content()
    assert '<a href="https://shop.example/a?x=1&amp;y=2">新品</a>' in html
    assert "&lt;b&gt;祝好" in html
    assert "https://siyu.example/o/token.gif" in html


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_can_add_a_header(subject: str, name: str) -> None:
    crafted = f"{subject}\r\nBcc: all@example.com\n"
    mail = letter(account(25, from_name=name + crafted).settings, message(subject=crafted))
    assert mail["Bcc"] is None
    assert [part for part in mail.as_bytes().split(b"\r\n\r\n")[0].split(b"\r\n") if part.startswith(b"Bcc")] == []


@pytest.mark.parametrize("address", ["a@b.cn\nBcc: x@y.cn", "a@b.cn, x@y.cn", "<a@b.cn>", "no-at", "a b@c.cn", ""])
def test_what_is_not_an_address_is_refused(mailbox: tuple[Mailbox, int], address: str) -> None:
    box, port = mailbox
    (outcome,) = EmailChannel().send(account(port), [message(address)])
    assert (outcome.kind, outcome.reason) == ("refused", "address_invalid")
    assert box.letters == []


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ("550 no such user", "refused", "address_unknown"),
        ("452 full", "passing", "mailbox_full"),
        ("450 later", "passing", "mail_deferred"),
    ],
)
def test_what_the_server_says_of_an_address(mailbox: tuple[Mailbox, int], answer: str, kind: str, reason: str) -> None:
    box, port = mailbox
    box.rcpt_answer = answer
    outcomes = EmailChannel().send(account(port), [message(), message()])
    assert [(o.kind, o.reason) for o in outcomes] == [(kind, reason)] * 2


def test_a_letter_without_an_answer_is_unknown_and_the_rest_untried(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    box.hang_up_on_data = True
    outcomes = EmailChannel().send(account(port), [message(), message()])
    assert [(o.kind, o.reason) for o in outcomes] == [("unknown", "no_answer"), ("passing", "no_connection")]


def test_a_wrong_password_stops_the_account() -> None:
    controller = OnAnyPort(
        Mailbox(),
        hostname="127.0.0.1",
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
    )
    controller.start()
    shop = account(controller.port, username="me")
    try:
        (outcome,) = EmailChannel().send(shop, [message()])
        found = EmailChannel().check(shop)
    finally:
        controller.stop()
    assert (outcome.kind, outcome.reason, outcome.account_stopped) == ("passing", "sign_in_failed", True)
    assert not found.works
    assert "a-password" not in str(outcome)


def test_a_live_check_sends_no_letter(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    assert EmailChannel().check(account(port)).works
    assert box.letters == []


def test_without_encryption_only_this_machine_is_used() -> None:
    settings = {**account(25).settings, "host": "93.184.216.34"}
    with pytest.raises(BadInput) as caught:
        EmailChannel().validate(settings, {})
    assert (caught.value.code, caught.value.field) == ("plain_not_allowed", "security")
