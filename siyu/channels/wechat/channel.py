"""What the channels of official accounts and mini programs do alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import About, Account
from siyu.channels.wechat import fields


@dataclass(frozen=True)
class WechatChannel:
    """The calls go through the process's :class:`Exchange`. See :class:`~siyu.channels.protocol.Channel`."""

    exchange: Exchange
    ABOUT: ClassVar[About]

    @property
    def about(self) -> About:
        return self.ABOUT

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        fields.check_fields(self.ABOUT.name, settings, secrets)

    def new_secrets(self) -> Mapping[str, str]:
        return fields.made_secrets()

    def list_max(self, account: Account) -> int:
        return self.ABOUT.list_max

    def close(self) -> None:
        self.exchange.close()
