"""Callbacks as WeCom writes them, for tests."""

from __future__ import annotations

from datetime import datetime

from siyu.channels.accounts import open_account
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.envelope import Envelope
from siyu.channels.registry import channels_of, receivers_of
from siyu.jobs.turns import run_until_empty
from siyu.storage import Stores

CORP, TOKEN, KEY = "ww_corp", "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ENVELOPE = Envelope(TOKEN, KEY, CORP)
SETTINGS = {
    "corp_id": CORP,
    "agent_id": "1000002",
    "secret": "the-app-secret",
    "callback_token": TOKEN,
    "callback_aes_key": KEY,
    "base_url": "http://127.0.0.1:9",
}


def an_account(stores: Stores, name: str = "旗舰店", **more: str | bool) -> int:
    settings = {**SETTINGS, **more}
    number, _ = open_account(stores, channels_of(stores), channel="wecom", name=name, settings=settings)
    return number


def change(kind: str, at: datetime, *, user: str = "zhangsan", customer: str = "wm1", **more: str) -> bytes:
    """The plain text of a change_external_contact."""
    fields = {
        "ToUserName": CORP,
        "FromUserName": "sys",
        "CreateTime": str(int(at.timestamp())),
        "MsgType": "event",
        "Event": "change_external_contact",
        "ChangeType": kind,
        "UserID": user,
        "ExternalUserID": customer,
        **more,
    }
    inside = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return f"<xml>{inside}</xml>".encode()


def kept(stores: Stores, account: int, *bodies: bytes) -> None:
    """As the door leaves them on disk."""
    for body in bodies:
        stores.callbacks.append(stores.clock.now(), "wecom", str(account), 1, body).result(10)


def applied(stores: Stores, account: int, *bodies: bytes) -> None:
    kept(stores, account, *bodies)
    run_until_empty(Applier(stores, receivers_of()).step)
