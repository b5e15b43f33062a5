"""Who opens a page in WeCom's browser: a customer whom the company knows (D.15)."""

from __future__ import annotations

from siyu.channels.platform import authorising
from siyu.channels.platform.authorising import CODE_CHARACTERS_MAX, PATIENCE_SECONDS
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account
from siyu.channels.wecom.fields import is_identifier
from siyu.channels.wecom.platform import WECOM, corp_of


def address(account: Account, back: str, state: str) -> str:
    """See :func:`siyu.channels.platform.authorising.address`."""
    asked = {"appid": corp_of(account), "agentid": str(account.settings["agent_id"])}
    return authorising.address(account, asked, back, "snsapi_base", state)


def told_of(exchange: Exchange, account: Account, code: str) -> dict[str, object]:
    """What the platform says of who brought a code, which is good once. Raises :class:`PlatformError`."""
    client = PlatformClient(exchange, account, WECOM, patience=PATIENCE_SECONDS)
    return client.call("auth/getuserinfo", params={"code": code[:CODE_CHARACTERS_MAX]})


def who_came(exchange: Exchange, account: Account, code: str) -> tuple[tuple[str, str], ...]:
    """A customer; nobody for the company's own members, and for strangers. Raises :class:`PlatformError`."""
    found = told_of(exchange, account, code).get("external_userid")
    return (("external_userid", str(found)),) if is_identifier(found) else ()
