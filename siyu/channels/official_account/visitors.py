"""Who opens a page in WeChat's browser: an official account's authorisation for web pages (E.4)."""

from __future__ import annotations

from siyu.channels.official_account.callbacks import identifier_of
from siyu.channels.official_account.platform import OFFICIAL_ACCOUNT
from siyu.channels.platform import authorising
from siyu.channels.platform.authorising import CODE_CHARACTERS_MAX, PATIENCE_SECONDS, PHONE_PAGES, SILENTLY
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.reading import spelt
from siyu.channels.protocol import Account
from siyu.channels.wechat.platform import app_of


def address(account: Account, back: str, state: str) -> str:
    """See :func:`siyu.channels.platform.authorising.address`."""
    scope = f"snsapi_{account.settings.get(PHONE_PAGES) or SILENTLY}"
    return authorising.address(account, {"appid": app_of(account)}, back, scope, state)


def who_came(exchange: Exchange, account: Account, code: str) -> tuple[tuple[str, str], ...]:
    """Their open id, and their union id where it is told. What the code would let us read of them is not read, and
    its tokens are not kept. Raises :class:`PlatformError`."""
    client = PlatformClient(exchange, account, OFFICIAL_ACCOUNT, patience=PATIENCE_SECONDS)
    asked = {"appid": app_of(account), "secret": account.secrets["secret"], "code": code[:CODE_CHARACTERS_MAX]}
    told = client.call("sns/oauth2/access_token", params={**asked, "grant_type": "authorization_code"})
    found = ((identifier_of(app_of(account)), told.get("openid")), ("unionid", told.get("unionid")))
    return tuple((kind, value) for kind, value in found if isinstance(value, str) and spelt(kind, value))
