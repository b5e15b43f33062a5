"""``siyu service``: what people wrote to service accounts (微信客服), and answering."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """Conversations."""
    from siyu.channels.wecom.service import command

    return command.list_all(call.stores)


def show(call: Call) -> Mapping[str, Any]:
    """One with its messages."""
    from siyu.channels.wecom.service import command

    return command.show(call.stores, call.arguments.chat)


def answer(call: Call) -> Mapping[str, Any]:
    """Send a text."""
    from siyu.channels import channels_of
    from siyu.channels.registry import exchange_of
    from siyu.channels.wecom.service import answering

    call.note(f"chat:{call.arguments.chat}")
    channels = channels_of(call.stores)
    try:
        became = answering.answer(call.stores, exchange_of(channels), "cli", call.arguments.chat, call.arguments.text)
    finally:
        channels.close()
    return {"became": became}


def transfer(call: Call) -> Mapping[str, Any]:
    """Give the session on."""
    from siyu.channels import channels_of
    from siyu.channels.registry import exchange_of
    from siyu.channels.wecom.service import answering, command

    asked = call.arguments
    call.note(f"chat:{asked.chat}")
    channels = channels_of(call.stores)
    try:
        answering.transfer(call.stores, exchange_of(channels), asked.chat, asked.state, asked.servicer)
    finally:
        channels.close()
    return command.show(call.stores, asked.chat)


def _chat(parser: ArgumentParser) -> None:
    parser.add_argument("chat", metavar="ID", type=int, help="会话编号 · the conversation's number")


def _answer_arguments(parser: ArgumentParser) -> None:
    _chat(parser)
    parser.add_argument("text", metavar="TEXT", help="内容 · what is said")


def _transfer_arguments(parser: ArgumentParser) -> None:
    _chat(parser)
    parser.add_argument(
        "state", metavar="STATE", type=int, choices=(1, 2, 3, 4), help="2 接入池 pool, 3 人工 staff, 4 结束 end"
    )
    parser.add_argument("--servicer", metavar="USERID", default="", help="接待人员 · the member of staff, for 3")


COMMANDS = (
    Command(
        ("service", "list"), "列出客服会话", "Service conversations", list_all, examples=("siyu service list --json",)
    ),
    Command(
        ("service", "show"),
        "一个会话和它的消息",
        "A conversation with its messages",
        show,
        _chat,
        ("siyu service show 3 --json",),
    ),
    Command(
        ("service", "answer"),
        "回复客户：最后一条消息后 48 小时内最多 5 条",
        "Answer, within 48 hours after the customer wrote, at most five",
        answer,
        _answer_arguments,
        ("siyu service answer 3 您好",),
        "service_answered",
    ),
    Command(
        ("service", "transfer"),
        "转接或结束会话",
        "Give a session on, or end it",
        transfer,
        _transfer_arguments,
        ("siyu service transfer 3 4",),
        "service_transferred",
    ),
)
