"""What of which platform can be asked for orders. A new one is a file and a line here."""

from __future__ import annotations

from siyu.channels.addresses import NetworkPolicy, Policy
from siyu.channels.calls import Caller
from siyu.channels.orders.source import Source
from siyu.channels.orders.taobao_source import TaobaoSource
from siyu.channels.orders.youzan_source import YouzanSource
from siyu.channels.platform.exchange import Exchange
from siyu.storage import Stores


def source_of(stores: Stores, channel: str, policy: Policy = NetworkPolicy) -> Source | None:
    """By what orders of a channel are asked for; None where its platform can't be asked."""
    if channel == "youzan":
        return YouzanSource(Exchange(stores, policy))
    if channel == "taobao":
        return TaobaoSource(Caller(policy))
    return None
