"""Pictures, films and files to send: kept once by their content, given to platforms when they are needed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import media
from siyu.storage import BadInput, NotFound, Stores, insert_into

MEGABYTE = 1_000_000
NAME_CHARACTERS_MAX = 100
BYTES_MIN = 6
BYTES_MAX: Mapping[str, int] = {"image": 10 * MEGABYTE, "video": 10 * MEGABYTE, "file": 20 * MEGABYTE}
"""By kind, as WeCom takes them (document 90253)."""
MEDIA_MAX = 10_000
KINDS: Mapping[str, tuple[str, str]] = {
    "image": ("图片", "Picture"),
    "video": ("视频", "Film"),
    "file": ("文件", "File"),
}


@dataclass(frozen=True, slots=True)
class Medium:
    """One thing to send, without its content. ``sha256`` is its name for ever."""

    sha256: str
    kind: str
    name: str
    type: str
    size: int
    created: datetime
    by: str


_VIEW = tuple(media.c[name] for name in Medium.__dataclass_fields__)


def add_medium(stores: Stores, by: str, name: str, content: bytes) -> str:
    """Keep it; its sha-256. The same content again is the same medium. Raises :class:`BadInput` at ``file``."""
    kind, media_type = kind_of(content)
    if not BYTES_MIN <= len(content) <= BYTES_MAX[kind]:
        megabytes = BYTES_MAX[kind] // MEGABYTE
        zh, en = KINDS[kind]
        raise BadInput(
            "medium_size",
            f"{zh}应大于 5 字节，最大 {megabytes} MB。",
            f"{en}: more than 5 bytes, at most {megabytes} MB.",
            field="file",
        )
    sha256 = hashlib.sha256(content).hexdigest()
    shown = "".join(filter(str.isprintable, name)).strip()[-NAME_CHARACTERS_MAX:] or sha256[:12]
    row = {"sha256": sha256, "kind": kind, "name": shown, "type": media_type, "size": len(content)}
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).select_from(media)).scalar_one() >= MEDIA_MAX:
            raise BadInput("media_too_many", f"最多保存 {MEDIA_MAX} 个素材。", f"At most {MEDIA_MAX} are kept.")
        values = {**row, "content": content, "created": stores.clock.now(), "by": by}
        conn.execute(insert_into(conn, media).values(values).on_conflict_do_nothing())
    return sha256


def kind_of(content: bytes) -> tuple[str, str]:
    """What it is, by its own first bytes, whatever its name says: kind and media type."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image", "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image", "image/png"
    if content[4:8] == b"ftyp":
        return "video", "video/mp4"
    return "file", "application/octet-stream"


def all_media(stores: Stores, kind: str = "", *, words: str = "", rows_max: int = 500) -> list[Medium]:
    """The newest first; ``words``: part of the name."""
    query = sa.select(*_VIEW).order_by(media.c.created.desc(), media.c.sha256).limit(rows_max)
    if kind:
        query = query.where(media.c.kind == kind)
    if words:
        query = query.where(media.c.name.icontains(words, autoescape=True))
    with stores.ledger.read() as conn:
        return [Medium(*row) for row in conn.execute(query)]


def get_medium(stores: Stores, sha256: str) -> tuple[Medium, bytes]:
    """One with its content. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_VIEW, media.c.content).where(media.c.sha256 == sha256)).one_or_none()
    if row is None:
        raise NotFound("medium_not_found", "没有这个素材。", "There is no such medium.")
    return Medium(*row[:-1]), row[-1]


def remove_medium(stores: Stores, sha256: str) -> None:
    """Throw it away; what still names it goes out without it. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        if not conn.execute(sa.delete(media).where(media.c.sha256 == sha256)).rowcount:
            raise NotFound("medium_not_found", "没有这个素材。", "There is no such medium.")


def require_media(conn: Connection, named: Mapping[str, tuple[str, str]]) -> None:
    """Raise :class:`BadInput` at the field (key) whose medium (sha-256 and kind) is not kept."""
    for field, (sha256, kind) in named.items():
        if conn.execute(sa.select(media.c.kind).where(media.c.sha256 == sha256)).scalar() != kind:
            zh, en = KINDS[kind]
            raise BadInput(
                "medium_not_found", f"没有这个{zh}素材，请先上传。", f"There is no such {en.lower()}.", field=field
            )
