"""What an official account is told: who follows, scans, taps, writes; what became of messages."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.official_account.asking import ask_to_read
from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.documents import number, text
from siyu.channels.wechat.receiver import WechatReceiver, messages
from siyu.channels.wechat.receiving import msgid_of, openid_of, printable
from siyu.channels.wechat.tables import wechat_calls
from siyu.channels.wechat.taking import Taken
from siyu.channels.wechat.users import FOLLOWING, LEFT, Seen
from siyu.channels.wechat.windows import ACTED, WROTE, Allowance, Opened

NAME = "official_account"
MESSAGES = messages("text", "image", "voice", "video", "shortvideo", "location", "link")
TAPS = {"click": ACTED, "view": ""}
"""Taps on the menu, and the window that each opens."""
TEMPLATE_DONE, MASS_DONE = "templatesendjobfinish", "masssendjobfinish"
OWN = MESSAGES | TAPS.keys() | {"subscribe", "unsubscribe", "scan", TEMPLATE_DONE, MASS_DONE}
SCENE_PREFIX = "qrscene_"
MASS_COUNTS = ("TotalCount", "FilterCount", "SentCount", "ErrorCount")

ALLOWANCES = {WROTE: Allowance(timedelta(hours=48), 5), ACTED: Allowance(timedelta(minutes=1), 3)}


def identifier_of(app_id: str) -> str:
    return f"openid:{app_id}"


def _take(conn: Connection, taken: Taken, each: Callback) -> None:
    if taken.took(each):
        return
    key = printable(text(each.fields, "EventKey"))
    if each.name in MESSAGES:
        _saw(taken, each, WROTE)
        taken.wrote(each)
    elif each.name == "subscribe":
        scene = key.removeprefix(SCENE_PREFIX) if key.startswith(SCENE_PREFIX) else ""
        _saw(taken, each, ACTED, began=True, scene=scene)
        taken.tell(each, "account_followed", channel_state=scene)
        taken.scanned.update([(scene, True)] if scene else [])
    elif each.name == "unsubscribe":
        taken.seen.append(Seen(openid_of(each.fields), LEFT, each.time))
        taken.tell(each, "account_unfollowed")
    elif each.name == "scan":
        _saw(taken, each, ACTED)
        taken.tell(each, "code_scanned", channel_state=key)
        taken.scanned[key, False] += 1
    elif each.name in TAPS:
        _saw(taken, each, TAPS[each.name])
        taken.tell(each, "menu_clicked", name=key)
    elif each.name == TEMPLATE_DONE:
        taken.results.append((each, msgid_of(each.fields), printable(text(each.fields, "Status"))))
    else:
        _mass_done(conn, each)


def _saw(taken: Taken, each: Callback, cause: str, *, began: bool = False, scene: str = "") -> None:
    """Whoever does something follows; what they do opens a window to answer in."""
    openid = openid_of(each.fields)
    taken.seen.append(Seen(openid, FOLLOWING, each.time, began, scene))
    if cause:
        taken.opened.append(Opened(openid, cause, each.time))


def _have_them_read(conn: Connection, taken: Taken) -> None:
    if taken.seen:
        ask_to_read(conn, taken.account)


def _mass_done(conn: Connection, each: Callback) -> None:
    """What became of a mass message, in numbers; the platform does not say who."""
    counts = {name: found for name in MASS_COUNTS if (found := number(text(each.fields, name))) is not None}
    result = {"status": printable(text(each.fields, "Status")), **counts}
    conn.execute(
        sa.update(wechat_calls)
        .where(wechat_calls.c.account == each.account, wechat_calls.c.msgid == msgid_of(each.fields))
        .values(result=result, told=each.time)
    )


RECEIVER = WechatReceiver(NAME, OWN, identifier_of, ALLOWANCES, _take, _have_them_read)
