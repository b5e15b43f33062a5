"""What WeCom's customer service (微信客服) remembers: accounts, servicers, sessions, messages, codes."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Refusal
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.world import WeCom

NEW, BOT, POOL, HUMAN, ENDED = 0, 1, 2, 3, 4
CUSTOMER, SYSTEM, SERVICER = 3, 4, 5


class Account(msgspec.Struct, frozen=True):
    open_kfid: str
    name: str
    media_id: str = ""
    servicers: tuple[str, ...] = ()
    departments: tuple[int, ...] = ()
    messages: int = 0
    """How many there are in its list: the number of the last."""


class Session(msgspec.Struct, frozen=True):
    """One customer with one account. ``said``: when they last wrote; ``sent``: what was sent to them since."""

    state: int = NEW
    servicer: str = ""
    said: int = 0
    sent: int = 0
    entered: int = 0
    scene: str = ""
    scene_param: str = ""
    rejects: bool = False


class Line(msgspec.Struct, frozen=True):
    body: dict[str, Any]


class EventCode(msgspec.Struct, frozen=True):
    """Lets one message out on an occasion: *welcome*, *pool*, *picked*, *ended*."""

    open_kfid: str
    external_userid: str
    until: float
    menu: bool


class SyncToken(msgspec.Struct, frozen=True):
    open_kfid: str
    until: float


def accounts(corp: Corp) -> Any:
    return corp.drawer("kf_accounts", Account)


def sessions(corp: Corp) -> Any:
    return corp.drawer("kf_sessions", Session)


def lines(corp: Corp) -> Any:
    return corp.drawer("kf_lines", Line)


def codes(corp: Corp) -> Any:
    return corp.drawer("kf_codes", EventCode)


def sync_tokens(corp: Corp) -> Any:
    return corp.drawer("kf_tokens", SyncToken)


def account_in(corp: Corp, open_kfid: Any) -> Account:
    """Raises 95000."""
    found = accounts(corp).get(str(open_kfid))
    if found is None:
        raise Refusal(95000)
    return found


def session_key(open_kfid: str, external: str) -> str:
    return f"{open_kfid} {external}"


def session_of(corp: Corp, open_kfid: str, external: str) -> Session:
    return sessions(corp).get(session_key(open_kfid, external)) or Session()


def give_code(world: WeCom, corp: Corp, open_kfid: str, external: str, seconds: float, *, menu: bool) -> str:
    code = world.new_id("KFCODE", 30)
    codes(corp).put(code, EventCode(open_kfid, external, world.clock.now() + seconds, menu))
    return code


def write(world: WeCom, corp: Corp, open_kfid: str, body: dict[str, Any]) -> str:
    """A line of the account's list, and the callback that there is something to read. The id of the message."""
    account = account_in(corp, open_kfid)
    number = account.messages + 1
    accounts(corp).change(open_kfid, messages=number)
    msgid = world.new_id("", 32)
    lines(corp).put(f"{open_kfid} {number}", Line({"msgid": msgid, "send_time": world.now(), **body}))
    token = world.new_id("ENC", 44)
    sync_tokens(corp).put(token, SyncToken(open_kfid, world.clock.now() + world.manners.kf_token_seconds))
    told = {
        "ToUserName": corp.corpid,
        "CreateTime": world.now(),
        "MsgType": "event",
        "Event": "kf_msg_or_event",
        "Token": token,
        "OpenKfId": open_kfid,
    }
    world.post(corp, told, "kf_msg_or_event")
    return msgid


def write_event(world: WeCom, corp: Corp, kind: str, open_kfid: str, **fields: Any) -> None:
    """An event among the messages."""
    told = {name: value for name, value in fields.items() if value is not None}
    event = {"event_type": kind, "open_kfid": open_kfid, **told}
    write(world, corp, open_kfid, {"origin": SYSTEM, "msgtype": "event", "event": event})
