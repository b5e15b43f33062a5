"""Who opens a page of ours on a phone: asked of the platform whose browser it is, once they come back with a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from siyu.channels.accounts import list_accounts, usable_account
from siyu.channels.official_account import visitors as followers
from siyu.channels.platform.authorising import NOBODY, PHONE_PAGES
from siyu.channels.protocol import Account
from siyu.channels.registry import Channels, exchange_of, wechat_exchange
from siyu.channels.wecom import visitors as customers
from siyu.storage import Stores

Browser = Literal["wechat", "wecom"]
ASKED_OF: Mapping[Browser, str] = {"wechat": "official_account", "wecom": "wecom"}
Named = tuple[tuple[str, str], ...]
"""Identifiers: kind, value."""


def browser_of(agent: str) -> Browser | None:
    """Whose browser a user agent names: WeCom's calls itself WeChat's too. ☆"""
    if "wxwork/" in agent:
        return "wecom"
    return "wechat" if "MicroMessenger/" in agent else None


def askers(stores: Stores) -> dict[Browser, Account]:
    """The account that is asked in each browser: the first that allows it."""
    known = [each for each in list_accounts(stores) if each.disabled is None]
    found: dict[Browser, Account] = {}
    for browser, channel in ASKED_OF.items():
        mine = [each.id for each in known if each.channel == channel and _allows(each.settings)]
        if mine:
            found[browser] = usable_account(stores, mine[0])
    return found


def address(account: Account, back: str, state: str) -> str:
    """Where the platform is asked; it leads ``back``."""
    asked_of = customers if account.channel == "wecom" else followers
    return asked_of.address(account, back, state)


def who_came(channels: Channels, account: Account, code: str) -> Named:
    """Who brought a code, which is good once; nobody where the platform knows no customer. Raises
    :class:`~siyu.channels.platform.failures.PlatformError`."""
    if account.channel == "wecom":
        return customers.who_came(exchange_of(channels), account, code)
    return followers.who_came(wechat_exchange(channels), account, code)


def _allows(settings: Mapping[str, object]) -> bool:
    return settings.get(PHONE_PAGES, NOBODY) != NOBODY
