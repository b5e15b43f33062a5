"""Who is it that opened the mini program: its login code → open id and union id (code2session).

The session key stays at the platform's word: it is neither kept nor given out.
"""

from __future__ import annotations

from dataclasses import dataclass

from siyu.channels.accounts import usable_account
from siyu.channels.miniprogram.callbacks import NAME, identifier_of
from siyu.channels.miniprogram.platform import MINIPROGRAM
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.news import News, tell
from siyu.channels.wechat.platform import app_of
from siyu.channels.wechat.users import USER, Seen, note_unionid, see
from siyu.storage import BadInput, Stores


@dataclass(frozen=True, slots=True)
class Visitor:
    """``unionid`` is "" where the mini program is not bound to an open-platform account."""

    openid: str
    unionid: str


def sign_in(stores: Stores, exchange: Exchange, account: int, code: str) -> Visitor:
    """Ask the platform who brought this code (good once, for five minutes), and take them in. Raises
    :class:`BadInput`, :class:`~siyu.channels.platform.failures.PlatformError`."""
    ready = usable_account(stores, account)
    if ready.channel != NAME:
        raise BadInput("not_miniprogram", "这不是小程序账号。", "This is no mini program's account.", field="account")
    client = PlatformClient(exchange, ready, MINIPROGRAM)
    asked = {"appid": app_of(ready), "secret": ready.secrets["secret"], "js_code": code}
    answer = client.call("jscode2session", params={**asked, "grant_type": "authorization_code"})
    found = Visitor(str(answer["openid"]), str(answer.get("unionid") or ""))
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        see(conn, account, [Seen(found.openid, USER, now)])
        note_unionid(conn, account, found.openid, found.unionid)
    who = [(identifier_of(app_of(ready)), found.openid)] + ([("unionid", found.unionid)] if found.unionid else [])
    key = f"wechat:{app_of(ready)}:{found.openid}:{found.unionid}"
    tell(stores, f"{NAME}:{ready.name}", [News("", now, tuple(who), key)])
    return found
