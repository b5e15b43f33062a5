"""Whether a platform reaches us: when it tried the address, when it last called, what was not believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.tables import callback_doors as table
from siyu.channels.steps import Finding, State
from siyu.storage import InboxRow, Stores, insert_into

REFUSALS: Mapping[str, tuple[str, str]] = {
    "callback_signature": (
        "签名不正确：平台后台填写的 Token（或密钥）与这里不一致。",
        "the signature is wrong: the token or secret on the platform is not the one here.",
    ),
    "callback_damaged": (
        "无法解密：平台后台填写的 EncodingAESKey 或加密方式与这里不一致。",
        "it could not be opened: the AES key or the mode on the platform is not the one here.",
    ),
    "pay_signature": (
        "签名不是微信支付公钥所签：请核对微信支付公钥及其 ID。",
        "WeChat Pay's public key does not prove it: look at the key and its id.",
    ),
    "pay_sealed": (
        "无法解密：请核对 APIv3 密钥。",
        "it could not be opened: look at the APIv3 key.",
    ),
    "callback_old": (
        "它是 5 分钟前（或之后）签的：请校准服务器时间；若时间无误，是有人在重放。",
        "it was signed more than 5 minutes off: look at the server's clock; if that is right, somebody replays.",
    ),
    "callback_receiver": (
        "接收方不是这个账号：请核对企业 ID、AppID 或商户号。",
        "it is meant for another account: look at the corp id, app id or merchant number.",
    ),
}
NEITHER = ("内容无法读取（{}）。", "it could not be read ({}).")


@dataclass(frozen=True, slots=True)
class Hearing:
    """``verified``, ``heard``, ``refused``: the latest of each, by this server's clock."""

    verified: datetime | None = None
    heard: datetime | None = None
    refused: datetime | None = None
    refused_code: str = ""

    @property
    def reached(self) -> datetime | None:
        """When the platform last got through."""
        return max((at for at in (self.verified, self.heard) if at is not None), default=None)

    @property
    def state(self) -> State:
        if self.refused is not None and (self.reached is None or self.refused > self.reached):
            return "bad"
        return "open" if self.reached is None else "good"

    @property
    def finding(self) -> Finding:
        if self.state == "good":
            what = ("已收到平台的回调。", "Callbacks arrive.")
            if self.heard is None:
                what = (
                    "平台已验证过回调地址，还没有推送内容。",
                    "The platform has tried the address; nothing came yet.",
                )
            return Finding("callback", "good", *what, needed=False)
        if self.state == "bad":
            zh, en = REFUSALS.get(self.refused_code, tuple(words.format(self.refused_code) for words in NEITHER))
            return Finding("callback", "bad", f"收到了回调但没有采信，{zh}", f"A callback came, but {en}", needed=False)
        return Finding(
            "callback",
            "open",
            "还没有收到平台的验证或回调：在平台后台保存地址后，这里几秒内会变为“通过”。",
            "The platform has not called yet: save the address in its console, and this changes within seconds.",
            needed=False,
        )


def hearing(stores: Stores, account: int) -> Hearing:
    """What was seen at the door of an account."""
    return hearings(stores, [account]).get(account, Hearing())


def hearings(stores: Stores, accounts: Sequence[int]) -> dict[int, Hearing]:
    """The same of several; accounts at whose door nothing was seen are left out."""
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(table).where(table.c.account.in_(accounts)))
        return {row.account: Hearing(*row[1:]) for row in rows}


def note_verified(stores: Stores, account: int) -> None:
    """The platform tried the address and was answered rightly."""
    with stores.ledger.write() as conn:
        _note(conn, [{"account": account, "verified": stores.clock.now()}], ("verified",))


def note_refused(stores: Stores, account: int, code: str) -> None:
    """Something came to the right address and was not believed."""
    row = {"account": account, "refused": stores.clock.now(), "refused_code": code}
    with stores.ledger.write() as conn:
        _note(conn, [row], ("refused", "refused_code"))


def note_heard(conn: Connection, rows: Iterable[InboxRow]) -> None:
    """Genuine callbacks came, repeats and all."""
    latest: dict[int, datetime] = {}
    for row in rows:
        account = int(row.source)
        latest[account] = max(latest.get(account, row.received), row.received)
    _note(conn, [{"account": account, "heard": at} for account, at in latest.items()], ("heard",))


def _note(conn: Connection, rows: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
    stored = insert_into(conn, table)
    new = {name: stored.excluded[name] for name in names}
    conn.execute(stored.on_conflict_do_update(index_elements=["account"], set_=new), rows)
