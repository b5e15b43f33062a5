"""Making, changing and removing group welcomes (document 92366)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from siyu.channels.accounts import usable_account
from siyu.channels.attachments import media_in, read_attachments
from siyu.channels.media import require_media
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.attachments import attachments_of
from siyu.channels.wecom.group_welcomes.tables import wecom_group_welcomes as table
from siyu.channels.wecom.platform import WECOM
from siyu.storage import BadInput, Conflict, NotFound, SiyuError, Stores

NAME_CHARACTERS_MAX = 40
TEXT_BYTES_MAX = 3_000
SHOWN_MAX = 500
NO_SUCH_TEMPLATE = 40058
STATES: Mapping[str, tuple[str, str]] = {
    "calling": ("正在创建", "being made"),
    "there": ("可用", "works"),
    "refused": ("未建成", "not made"),
    "unknown": ("平台没有应答，可能已建成", "no answer: it may be there"),
    "gone": ("已删除", "removed"),
}


@dataclass(frozen=True)
class Draft:
    """``text`` may hold ``%NICKNAME%``. ``attachment``: one, as of a welcome; {} for none. ``notify``: owners of groups
    are told that it is there."""

    name: str
    text: str
    attachment: Mapping[str, str] = field(default_factory=dict[str, str])
    notify: bool = True


class GroupWelcome(Struct, frozen=True):
    """A group welcome. ``state``: calling, there, refused, unknown (no answer came), gone; ``template``: what owners
    of groups find it by."""

    id: int
    account: int
    name: str
    text: str
    attachment: dict[str, str]
    template: str | None
    state: str
    created: datetime
    changed: datetime
    by: str


_COLUMNS = [table.c[name] for name in GroupWelcome.__struct_fields__]


def make(stores: Stores, exchange: Exchange, by: str, account: int, draft: Draft) -> int:
    """Have one made; its number. Raises :class:`BadInput`, :class:`NotFound`, :class:`PlatformError`."""
    ready = usable_account(stores, account)
    if ready.channel != WECOM.name:
        words = "只有企业微信账号有入群欢迎语。", "Only WeCom accounts have group welcomes."
        raise BadInput("account_no_group_welcomes", *words, field="account")
    kept, now = _checked(stores, draft), stores.clock.now()
    with stores.ledger.write() as conn:
        values = {**kept, "account": account, "state": "calling", "created": now, "changed": now, "by": by}
        number = int(conn.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one())
    client = PlatformClient(exchange, ready, WECOM)
    try:
        content = _content(stores, client, account, kept)
        body = {**content, "notify": int(draft.notify)}
        answer = client.call("group_welcome_template/add", body=body)
    except SiyuError as error:
        unknown = isinstance(error, PlatformError) and error.unknown
        _change(stores, number, state="unknown" if unknown else "refused")
        raise
    _change(stores, number, state="there", template=str(answer["template_id"]))
    return number


def change(stores: Stores, exchange: Exchange, number: int, draft: Draft) -> None:
    """Change it at the platform, then here; it holds for the next who joins. Raises as above."""
    found, kept = get(stores, number), _checked(stores, draft)
    if not found.template or found.state != "there":
        words = "这条入群欢迎语不在平台上。", "This group welcome is not at the platform."
        raise Conflict("group_welcome_not_there", *words)
    client = PlatformClient(exchange, usable_account(stores, found.account), WECOM)
    content = _content(stores, client, found.account, kept)
    client.call("group_welcome_template/edit", body={"template_id": found.template, **content})
    _change(stores, number, **kept, changed=stores.clock.now())


def remove(stores: Stores, exchange: Exchange, number: int) -> None:
    """Remove it: groups that it hangs on no longer say it. Raises :class:`NotFound`, :class:`PlatformError`."""
    found = get(stores, number)
    if found.template and found.state == "there":
        client = PlatformClient(exchange, usable_account(stores, found.account), WECOM)
        try:
            client.call("group_welcome_template/del", body={"template_id": found.template})
        except PlatformError as error:
            if error.platform_code != NO_SUCH_TEMPLATE:
                raise
    _change(stores, number, state="gone")


def list_all(stores: Stores, words: str = "") -> list[GroupWelcome]:
    """Those that are not removed, the newest first."""
    query = sa.select(*_COLUMNS).where(table.c.state != "gone").order_by(table.c.id.desc()).limit(SHOWN_MAX)
    if words:
        query = query.where(table.c.name.icontains(words, autoescape=True))
    with stores.ledger.read() as conn:
        return [GroupWelcome(*row) for row in conn.execute(query)]


def get(stores: Stores, number: int) -> GroupWelcome:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_COLUMNS).where(table.c.id == number)).one_or_none()
    if row is None:
        words = f"没有编号为 {number} 的入群欢迎语。", f"There is no group welcome {number}."
        raise NotFound("group_welcome_not_found", *words)
    return GroupWelcome(*row)


def _checked(stores: Stores, draft: Draft) -> dict[str, Any]:
    name, text = draft.name.strip(), draft.text.strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        words = f"名称须为 1 到 {NAME_CHARACTERS_MAX} 个字。", f"A name has 1 to {NAME_CHARACTERS_MAX} characters."
        raise BadInput("group_welcome_name", *words, field="name")
    if len(text.encode()) > TEXT_BYTES_MAX:
        words = (
            f"文字最多 {TEXT_BYTES_MAX:,} 字节（约 1,000 个汉字）。",
            f"A text has at most {TEXT_BYTES_MAX:,} bytes.",
        )
        raise BadInput("group_welcome_long", *words, field="text")
    attachments = read_attachments([draft.attachment] if draft.attachment else [])
    if not text and not attachments:
        words = "请写文字或加附件。", "Write a text or add an attachment."
        raise BadInput("group_welcome_empty", *words, field="text")
    with stores.ledger.read() as conn:
        require_media(conn, media_in(attachments))
    return {"name": name, "text": text, "attachment": attachments[0] if attachments else {}}


def _content(stores: Stores, client: PlatformClient, account: int, kept: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"text": {"content": kept["text"]}} if kept["text"] else {}
    if kept["attachment"]:
        (one,) = attachments_of(stores, client, usable_account(stores, account), [kept["attachment"]])
        body[one["msgtype"]] = one[one["msgtype"]]
    return body


def _change(stores: Stores, number: int, **values: Any) -> None:
    with stores.ledger.write() as conn:
        conn.execute(sa.update(table).where(table.c.id == number).values(**values))
