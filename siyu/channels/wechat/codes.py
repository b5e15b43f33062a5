"""QR codes and links with scenes: where somebody came from is read off the scene they bring.

A mini program's scene has 32 characters, so a code's own scene is short and its name is kept here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.miniprogram.platform import MINIPROGRAM
from siyu.channels.official_account.platform import OFFICIAL_ACCOUNT
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.platform import Platform
from siyu.channels.protocol import Account
from siyu.channels.wechat.tables import wechat_codes as table
from siyu.storage import BadInput, NotFound, Stores

KINDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "official_account": {
        "temporary": ("临时二维码（最长 30 天）", "Temporary code (30 days at most)"),
        "permanent": ("永久二维码（共 10 万个）", "Permanent code (100,000 in all)"),
    },
    "miniprogram": {
        "page": ("小程序码", "Mini program code"),
        "link": ("URL Link（短信、邮件、网页打开小程序）", "URL link (opens it from SMS, mail, pages)"),
        "scheme": ("URL Scheme（应用内打开小程序）", "URL scheme (opens it from apps)"),
    },
}
DAYS_MAX = 30
DAYS_DEFAULT = 30
NAME_CHARACTERS_MAX = 80
WIDTH_PIXELS = 430
SHOWN_AT = "https://mp.weixin.qq.com/cgi-bin/showqrcode"
SCENE_CHARACTERS_MAX: Mapping[str, int] = {"official_account": 64, "miniprogram": 32}
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
_PAGE = re.compile(r"[A-Za-z0-9_\-./]{1,200}")


@dataclass(frozen=True, slots=True)
class Code:
    """``url``: what the code says, or the link itself. ``scans`` and ``follows`` as far as the platform tells them."""

    id: int
    account: int
    scene: str
    name: str
    kind: str
    page: str
    url: str
    ticket: str
    created: datetime
    expires: datetime | None
    by: str
    scans: int
    follows: int

    @property
    def picture(self) -> str:
        """Where its picture is: of an official account at the platform, of a mini program here; "" of a link."""
        if self.ticket:
            return f"{SHOWN_AT}?ticket={quote(self.ticket, safe='')}"
        return f"/settings/accounts/{self.account}/codes/{self.id}.png" if self.kind == "page" else ""


_VIEW = [table.c[name] for name in Code.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Wanted:
    """``scene``: "" makes one up. ``page``: of the mini program, "" its first. ``days``: of what does not last."""

    name: str
    kind: str
    scene: str = ""
    page: str = ""
    days: int = DAYS_DEFAULT


def make_code(stores: Stores, exchange: Exchange, by: str, account: int, wanted: Wanted) -> int:
    """Have the platform make a code; its number. Raises :class:`BadInput` and
    :class:`~siyu.channels.platform.failures.PlatformError`."""
    ready = usable_account(stores, account)
    scene = wanted.scene.strip() or f"s{secrets.token_hex(4)}"
    _check(ready, wanted, scene)
    with stores.ledger.read() as conn:
        if conn.execute(sa.select(table.c.id).where(table.c.account == account, table.c.scene == scene)).first():
            raise BadInput("scene_taken", "这个场景值已被使用。", "This scene is in use already.", field="scene")
    now = stores.clock.now()
    made = _MAKERS[wanted.kind](_client(exchange, ready), wanted, scene)
    lasts = wanted.kind not in ("permanent", "page")
    with stores.ledger.write() as conn:
        return conn.execute(
            sa.insert(table)
            .values(
                account=account,
                scene=scene,
                name=wanted.name.strip(),
                kind=wanted.kind,
                page=wanted.page.strip().lstrip("/"),
                created=now,
                expires=now + timedelta(days=wanted.days) if lasts else None,
                by=by,
                **made,
            )
            .returning(table.c.id)
        ).scalar_one()


def list_codes(stores: Stores, account: int, rows_max: int = 500) -> list[Code]:
    """An account's codes, the newest first."""
    query = sa.select(*_VIEW).where(table.c.account == account).order_by(table.c.id.desc()).limit(rows_max)
    with stores.ledger.read() as conn:
        return [Code(*row) for row in conn.execute(query)]


def get_code(stores: Stores, account: int, code: int) -> Code:
    """One code of an account. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_VIEW).where(table.c.account == account, table.c.id == code)).one_or_none()
    if row is None:
        raise _no_code()
    return Code(*row)


def picture_of(stores: Stores, account: int, code: int) -> bytes:
    """The picture of a mini program's code. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        picture = conn.execute(
            sa.select(table.c.picture).where(table.c.account == account, table.c.id == code)
        ).scalar_one_or_none()
    if picture is None:
        raise _no_code()
    return bytes(picture)


# --- making them


def _temporary(client: PlatformClient, wanted: Wanted, scene: str) -> dict[str, Any]:
    return _official(client, scene, "QR_STR_SCENE", expire_seconds=wanted.days * 86_400)


def _permanent(client: PlatformClient, wanted: Wanted, scene: str) -> dict[str, Any]:
    return _official(client, scene, "QR_LIMIT_STR_SCENE")


def _official(client: PlatformClient, scene: str, action: str, **more: int) -> dict[str, Any]:
    body = {**more, "action_name": action, "action_info": {"scene": {"scene_str": scene}}}
    answer = client.call("qrcode/create", body=body)
    return {"url": str(answer["url"]), "ticket": str(answer["ticket"])}


def _page(client: PlatformClient, wanted: Wanted, scene: str) -> dict[str, Any]:
    body: dict[str, Any] = {"scene": scene, "width": WIDTH_PIXELS, "check_path": False}
    if wanted.page:
        body["page"] = wanted.page.strip().lstrip("/")
    return {"picture": client.call("getwxacodeunlimit", body=body)["content"]}


def _link(client: PlatformClient, wanted: Wanted, scene: str) -> dict[str, Any]:
    body = {**_target(wanted, scene), "is_expire": True, "expire_type": 1, "expire_interval": wanted.days}
    return {"url": str(client.call("generate_urllink", body=body)["url_link"])}


def _scheme(client: PlatformClient, wanted: Wanted, scene: str) -> dict[str, Any]:
    expiry = {"is_expire": True, "expire_type": 1, "expire_interval": wanted.days}
    answer = client.call("generatescheme", body={"jump_wxa": _target(wanted, scene), **expiry})
    return {"url": str(answer["openlink"])}


def _target(wanted: Wanted, scene: str) -> dict[str, str]:
    path = wanted.page.strip().lstrip("/")
    return {"path": f"/{path}" if path else "", "query": f"scene={scene}"}


_MAKERS = {"temporary": _temporary, "permanent": _permanent, "page": _page, "link": _link, "scheme": _scheme}


def platform_of(account: Account) -> Platform:
    """Raises :class:`BadInput` for an account of another channel."""
    platforms = {each.name: each for each in (OFFICIAL_ACCOUNT, MINIPROGRAM)}
    if account.channel not in platforms:
        raise BadInput(
            "not_wechat",
            "只有公众号和小程序账号有这项功能。",
            "Only official accounts and mini programs have this.",
            field="account",
        )
    return platforms[account.channel]


def _client(exchange: Exchange, account: Account) -> PlatformClient:
    return PlatformClient(exchange, account, platform_of(account))


def _check(account: Account, wanted: Wanted, scene: str) -> None:
    platform = platform_of(account).name
    most = SCENE_CHARACTERS_MAX[platform]
    checks: Sequence[tuple[bool, str, str, str]] = (
        (
            0 < len(wanted.name.strip()) <= NAME_CHARACTERS_MAX,
            "name",
            f"名称须为 1 到 {NAME_CHARACTERS_MAX} 个字",
            f"The name needs 1 to {NAME_CHARACTERS_MAX} characters",
        ),
        (wanted.kind in KINDS[platform], "kind", "没有这种码", "There is no such kind of code"),
        (
            len(scene) <= most and bool(_SCENE.fullmatch(scene)),
            "scene",
            f"场景值须为 1 到 {most} 个字母、数字或常用符号",
            f"The scene needs 1 to {most} letters, digits or usual signs",
        ),
        (
            not wanted.page.strip() or bool(_PAGE.fullmatch(wanted.page.strip())),
            "page",
            "页面路径形如 pages/index/index",
            "The page looks like pages/index/index",
        ),
        (
            1 <= wanted.days <= DAYS_MAX,
            "days",
            f"有效期须为 1 到 {DAYS_MAX} 天",
            f"It lasts 1 to {DAYS_MAX} days",
        ),
    )
    for fits, field, zh, en in checks:
        if not fits:
            raise BadInput("code_unfit", f"{zh}。", f"{en}.", field=field)


def _no_code() -> NotFound:
    return NotFound("no_code", "没有这个二维码或链接。", "There is no such code or link.")
