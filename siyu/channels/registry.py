"""Which channels there are. A new one is a folder and a line here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from siyu.channels.addresses import NetworkPolicy, policy_of
from siyu.channels.allowances import Allowing
from siyu.channels.calls import Caller
from siyu.channels.douyin import allowed as douyin_allowed
from siyu.channels.douyin.callbacks import DouyinReceiver
from siyu.channels.douyin.channel import DouyinChannel
from siyu.channels.douyin.platform import DOUYIN
from siyu.channels.email import EmailChannel
from siyu.channels.handing import Hands
from siyu.channels.miniprogram import callbacks as miniprogram
from siyu.channels.miniprogram.channel import MiniprogramChannel
from siyu.channels.miniprogram.platform import MINIPROGRAM
from siyu.channels.ocean.channel import OceanChannel
from siyu.channels.ocean.clues import OceanReceiver
from siyu.channels.ocean.platform import OCEAN
from siyu.channels.official_account import callbacks as official_account
from siyu.channels.official_account.channel import OfficialAccountChannel
from siyu.channels.official_account.platform import OFFICIAL_ACCOUNT
from siyu.channels.orders.channel import order_channels
from siyu.channels.orders.receiver import order_receivers
from siyu.channels.orders.youzan_source import YOUZAN
from siyu.channels.platform.callbacks import Receivers
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.platform import Platform
from siyu.channels.platform.welcoming import Welcomer
from siyu.channels.protocol import Channel
from siyu.channels.sms.callbacks import SmsReceiver
from siyu.channels.sms.channel import SmsChannel
from siyu.channels.sms.platform import ALIYUN_SMS
from siyu.channels.webhook import WebhookChannel
from siyu.channels.wechat import allowed as wechat_allowed
from siyu.channels.wechatpay.callbacks import WechatPayReceiver
from siyu.channels.wechatpay.channel import WechatPayChannel
from siyu.channels.wecom import allowed as wecom_allowed
from siyu.channels.wecom.callbacks import WecomReceiver
from siyu.channels.wecom.channel import WecomChannel
from siyu.channels.wecom.handing import WecomHands
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.welcoming import WecomWelcomer
from siyu.storage import BadInput, Stores


class Channels(Mapping[str, Channel]):
    """The channels by name, in the order in which they are shown; ``caller`` makes signed calls besides."""

    def __init__(self, *channels: Channel, caller: Caller | None = None) -> None:
        self.caller = caller or Caller()
        self._channels = {channel.about.name: channel for channel in channels}

    def __getitem__(self, name: str) -> Channel:
        if name not in self._channels:
            known = "、".join(self._channels)
            raise BadInput(
                "channel_unknown",
                f"没有名为“{name}”的渠道，可用：{known}。",
                f"There is no channel “{name}”; known are: {known}.",
                field="channel",
            )
        return self._channels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()
        self.caller.close()


def channels_of(stores: Stores | None = None) -> Channels:
    """Every channel of the product, under the network policy that the owner set; without stores, the usual one
    and no platforms, which keep tokens and limits there."""
    policy = NetworkPolicy if stores is None else policy_of(stores)
    caller = Caller(policy)
    if stores is None:
        return Channels(WebhookChannel(caller), EmailChannel(policy), caller=caller)
    return Channels(
        WebhookChannel(caller),
        EmailChannel(policy),
        SmsChannel(Exchange(stores, policy)),
        WecomChannel(Exchange(stores, policy)),
        DouyinChannel(Exchange(stores, policy)),
        OceanChannel(Exchange(stores, policy)),
        *wechat_channels(Exchange(stores, policy)),
        *order_channels(stores, policy),
        WechatPayChannel(Exchange(stores, policy)),
        caller=caller,
    )


def wechat_channels(exchange: Exchange) -> tuple[OfficialAccountChannel, MiniprogramChannel]:
    """Official accounts and mini programs speak to one server."""
    return OfficialAccountChannel(exchange), MiniprogramChannel(exchange)


def wechat_exchange(channels: Channels) -> Exchange:
    """What calls of official accounts and mini programs go through."""
    return next(channel.exchange for channel in channels.values() if isinstance(channel, OfficialAccountChannel))


def receivers_of() -> Receivers:
    """Every platform that calls back."""
    wechat = (official_account.RECEIVER, miniprogram.RECEIVER)
    own = (WecomReceiver(), OceanReceiver(), DouyinReceiver(), SmsReceiver(), WechatPayReceiver())
    return Receivers(*own, *wechat, *order_receivers())


def welcomers_of(channels: Channels) -> Mapping[str, Welcomer]:
    """The platforms that let a new friend be welcomed, by name."""
    return {
        name: WecomWelcomer(channel.exchange) for name, channel in channels.items() if isinstance(channel, WecomChannel)
    }


def hands_of(channels: Channels) -> Mapping[str, Hands]:
    """The channels whose messages members of staff confirm, by name."""
    return {
        name: WecomHands(channel.exchange) for name, channel in channels.items() if isinstance(channel, WecomChannel)
    }


def allowing_of() -> Mapping[str, Allowing]:
    """The channels whose platforms limit how much a person or a group may get, by name."""
    return {
        "wecom": wecom_allowed.allowances,
        "official_account": wechat_allowed.of_official_account,
        "miniprogram": wechat_allowed.of_miniprogram,
        "douyin": douyin_allowed.allowances,
    }


def pay_exchange(channels: Channels) -> Exchange:
    """By what money is paid out."""
    return next(channel.exchange for channel in channels.values() if isinstance(channel, WechatPayChannel))


def exchange_of(channels: Channels) -> Exchange:
    """By what WeCom is called. Raises :class:`BadInput` where no platform is connected."""
    found = channels["wecom"]
    if not isinstance(found, WecomChannel):
        raise BadInput("channel_unknown", "没有企业微信渠道。", "There is no WeCom channel.", field="channel")
    return found.exchange


PLATFORMS: Mapping[str, Platform] = {
    **{each.name: each for each in (WECOM, OFFICIAL_ACCOUNT, MINIPROGRAM, DOUYIN, OCEAN, YOUZAN)},
    "sms": ALIYUN_SMS,
}
"""What is called, by the channel whose accounts call it."""
