"""What messages cost: ``siyu account price``, ``siyu broadcast cost``, ``siyu journey cost``; what a journey will need:
``siyu journey forecast``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.account_commands import account_argument, numbered
from siyu.cli.command import Call, Command

BY = "cli"


def price(call: Call) -> Mapping[str, Any]:
    """What a message costs from now on."""
    from siyu.reach import cost_command

    number = numbered(call)
    call.note(f"account:{number}", price=call.arguments.price)
    return cost_command.price(call.stores, BY, number, call.arguments.price)


def of_broadcast(call: Call) -> Mapping[str, Any]:
    """What its messages cost."""
    from siyu.reach import cost_command

    return cost_command.broadcast_cost(call.stores, call.arguments.broadcast)


def of_journey(call: Call) -> Mapping[str, Any]:
    """What its messages cost."""
    from siyu.reach import cost_command

    return cost_command.journey_cost(call.stores, call.arguments.journey, call.arguments.of_version)


def forecast(call: Call) -> Mapping[str, Any]:
    """What a draft will need."""
    from siyu.reach.journeys import forecast_command

    return forecast_command.shown(call.stores, call.arguments.journey)


def _price_arguments(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument("price", metavar="PRICE", help="每条价格，如 0.045 · the price of one message")


def _broadcast_argument(parser: ArgumentParser) -> None:
    parser.add_argument("broadcast", metavar="ID", type=int, help="群发编号 · the broadcast's number")


def _journey(parser: ArgumentParser) -> None:
    parser.add_argument("journey", metavar="ID", type=int, help="旅程编号 · the journey's number")


def _journey_arguments(parser: ArgumentParser) -> None:
    _journey(parser)
    parser.add_argument("--of-version", metavar="N", type=int, help="只算这一版，默认全部 · this version alone")


OF_ACCOUNTS = (
    Command(
        ("account", "price"),
        "填写每条消息的价格，从现在起算；首次填写也算以前的",
        "What a message costs from now on; the first price entered holds for all before it",
        price,
        _price_arguments,
        ("siyu account price 1 0.045 --json",),
        "account_price_set",
    ),
)
OF_BROADCASTS = (
    Command(
        ("broadcast", "cost"),
        "已送达的消息花了多少",
        "What its accepted messages cost",
        of_broadcast,
        _broadcast_argument,
        ("siyu broadcast cost 3 --json",),
    ),
)
OF_JOURNEYS = (
    Command(
        ("journey", "cost"),
        "已送达的消息花了多少",
        "What its accepted messages cost",
        of_journey,
        _journey_arguments,
        ("siyu journey cost 1 --json",),
    ),
    Command(
        ("journey", "forecast"),
        "发布前的额度与花费预测：按最近进来的人，加上其他旅程，对照平台额度",
        "What a draft will need and cost, by who would have come in lately, beside other journeys and the limits",
        forecast,
        _journey,
        ("siyu journey forecast 1 --json",),
    ),
)
