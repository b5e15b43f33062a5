"""Reading the library: pieces, their versions, what is offered, which question has too little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from siyu.content.pieces.model import CLASSES, KINDS, QUESTIONS, SHUT, Asked, Draft, Piece, Ref, Version
from siyu.content.pieces.tables import content_pieces, content_versions
from siyu.storage import Conflict, NotFound, Stores

ROWS_MAX = 500
EVERYTHING = Asked()
_DRAFT = tuple(Draft.__dataclass_fields__)
_newer = content_versions.alias()
_LATEST = sa.select(sa.func.max(_newer.c.number)).where(_newer.c.piece == content_pieces.c.id).scalar_subquery()
_JOINED = content_pieces.join(
    content_versions, sa.and_(content_versions.c.piece == content_pieces.c.id, content_versions.c.number == _LATEST)
)
_VIEW = (
    *content_pieces.c,
    content_versions.c.number.label("latest"),
    content_versions.c.stage.label("latest_stage"),
)


def list_pieces(
    stores: Stores, asked: Asked = EVERYTHING, *, before: int | None = None, rows_max: int = ROWS_MAX
) -> list[Piece]:
    """Pieces, newest first; ``before``: the number of the last one seen."""
    query = _pieces(asked, stores.clock.now()).order_by(content_pieces.c.id.desc()).limit(rows_max)
    if before is not None:
        query = query.where(content_pieces.c.id < before)
    with stores.ledger.read() as conn:
        return [_piece(row) for row in conn.execute(query).mappings()]


def count_waiting(stores: Stores) -> int:
    """How many versions wait for approval."""
    waiting = sa.select(sa.func.count()).select_from(content_versions).where(content_versions.c.stage == "submitted")
    with stores.ledger.read() as conn:
        return conn.execute(waiting).scalar_one()


def get_piece(stores: Stores, piece: int) -> Piece:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return piece_in(conn, piece)


def piece_in(conn: Connection, piece: int) -> Piece:
    """As :func:`get_piece`."""
    query = sa.select(*_VIEW).select_from(_JOINED).where(content_pieces.c.id == piece)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        zh, en = f"没有编号为 {piece} 的素材。", f"There is no piece {piece} in the library."
        raise NotFound("piece_not_found", zh, en)
    return _piece(row)


def pieces_in(conn: Connection, numbers: Sequence[int]) -> dict[int, Piece]:
    """Those of these that there are, by number."""
    query = sa.select(*_VIEW).select_from(_JOINED).where(content_pieces.c.id.in_(sorted(set(numbers))))
    return {row["id"]: _piece(row) for row in conn.execute(query).mappings()}


def version_in(conn: Connection, piece: int, number: int) -> Version:
    """Raises :class:`NotFound`."""
    mine = sa.and_(content_versions.c.piece == piece, content_versions.c.number == number)
    row = conn.execute(sa.select(content_versions).where(mine)).mappings().one_or_none()
    if row is None:
        raise NotFound("piece_version_not_found", "没有这个版本。", "There is no such version.")
    return Version(**row)


def get_version(stores: Stores, piece: int, number: int) -> Version:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return version_in(conn, piece, number)


def versions_of(stores: Stores, piece: int) -> list[Version]:
    """All versions of a piece, the newest first."""
    query = sa.select(content_versions).where(content_versions.c.piece == piece)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.order_by(content_versions.c.number.desc())).mappings()
        return [Version(**row) for row in rows]


def published(stores: Stores, numbers: Sequence[int]) -> dict[int, Version]:
    """Piece → its published version, of those that have one."""
    current = sa.and_(
        content_versions.c.piece == content_pieces.c.id, content_versions.c.number == content_pieces.c.version
    )
    joined = content_versions.join(content_pieces, current)
    query = sa.select(content_versions).select_from(joined).where(content_pieces.c.id.in_(sorted(set(numbers))))
    with stores.ledger.read() as conn:
        return {row["piece"]: Version(**row) for row in conn.execute(query).mappings()}


def newest_bodies(stores: Stores, numbers: Sequence[int]) -> dict[int, Mapping[str, str]]:
    """Piece → what its newest version says."""
    at = sa.and_(content_versions.c.piece == content_pieces.c.id, content_versions.c.number == _LATEST)
    joined = content_versions.join(content_pieces, at)
    query = sa.select(content_versions.c.piece, content_versions.c.body).select_from(joined)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.where(content_pieces.c.id.in_(sorted(set(numbers)))))
        return {row.piece: row.body for row in rows}


def require_usable(conn: Connection, refs: Sequence[Ref], at: datetime) -> dict[int, Piece]:
    """The pieces that these name, where all of them may be sent at this moment. Raises :class:`NotFound`,
    :class:`Conflict` with a way out."""
    found = pieces_in(conn, [ref.piece for ref in refs])
    for ref in refs:
        if ref.piece not in found:
            piece_in(conn, ref.piece)
        version = version_in(conn, ref.piece, ref.version)
        piece = found[ref.piece]
        shut = piece.shut(at) or ("" if version.stage == "approved" else "unpublished")
        if shut:
            raise _shut(piece, shut)
    return found


def _shut(piece: Piece, shut: str) -> Conflict:
    zh, en = SHUT[shut]
    title = piece.draft.title
    out_zh, out_en = {
        "ended": ("在素材库延长有效期，或换一份素材", "Lengthen it in the library, or choose another piece"),
        "not_begun": ("晚些再发，或在素材库改开始时间", "Send it later, or change its beginning in the library"),
        "unpublished": ("请先在素材库提交并通过审批", "Submit it in the library and have it approved"),
    }.get(shut, ("请换一份素材，或删去这段内容", "Choose another piece, or take its words out"))
    return Conflict(
        f"piece_{shut}",
        f"素材“{title}”{zh}，不能发送。{out_zh}。",
        f"The piece “{title}” {en}, so it can't be sent. {out_en}.",
        field="pieces",
        piece=piece.id,
    )


def tags_known(stores: Stores) -> list[str]:
    """Tags of pieces that are not put away, the most used first."""
    query = sa.select(content_pieces.c.tags).where(content_pieces.c.archived.is_(None)).limit(10_000)
    with stores.ledger.read() as conn:
        counted = Counter(tag for tags in conn.execute(query).scalars() for tag in tags)
    return [tag for tag, _ in counted.most_common(200)]


def gaps(stores: Stores) -> dict[str, int]:
    """Question → how many pieces that may be sent now answer it (scripts apart)."""
    return mix(stores, "question")


def mix(stores: Stores, name: str) -> dict[str, int]:
    """Of a class of :data:`~siyu.content.pieces.model.CLASSES` (or ``kind``): value → pieces that may be sent now."""
    allowed = KINDS if name == "kind" else CLASSES[name][1]
    column = content_pieces.c[name]
    rows = _usable(sa.select(column, sa.func.count()), stores.clock.now())
    if name != "kind":
        rows = rows.where(content_pieces.c.kind != "script")
    with stores.ledger.read() as conn:
        counted = {str(row[0]): int(row[1]) for row in conn.execute(rows.group_by(column))}
    return {value: counted.get(value, 0) for value in allowed}


def too_little(counted: Mapping[str, int]) -> list[str]:
    """Questions with fewer than half of their fair share, or with nothing."""
    share = sum(counted.values()) / len(QUESTIONS)
    return [name for name, count in counted.items() if count == 0 or count < share / 2]


def _pieces(asked: Asked, now: datetime) -> sa.Select[Any]:
    table = content_pieces.c
    query = sa.select(*_VIEW).select_from(_JOINED)
    query = query.where(table.archived.is_not(None) if asked.archived else table.archived.is_(None))
    if asked.usable:
        query = _usable(query, now)
    if asked.kind:
        query = query.where(table.kind == asked.kind)
    if asked.scripts is not None:
        query = query.where((table.kind == "script") == asked.scripts)
    if asked.holder is not None:
        query = query.where(table.holder.in_(("", asked.holder)))
    if asked.stage:
        query = query.where(content_versions.c.stage == asked.stage)
    for name, value in asked.classes.items():
        query = query.where(table[name] == value)
    for word in asked.words.split():
        in_tags = sa.cast(table.tags, sa.Text).contains(_escaped(word), autoescape=True)
        query = query.where(
            sa.or_(
                table.title.icontains(word, autoescape=True),
                table.suits.icontains(word, autoescape=True),
                sa.cast(table.tags, sa.Text).icontains(word, autoescape=True),
                in_tags,
            )
        )
    if asked.tag:
        whole = f'"{asked.tag}"'
        tags = sa.cast(table.tags, sa.Text)
        query = query.where(
            sa.or_(tags.contains(whole, autoescape=True), tags.contains(_escaped(whole), autoescape=True))
        )
    return query


def _escaped(word: str) -> str:
    """As JSON is kept: letters beyond ASCII written \\uXXXX."""
    return word.encode("ascii", "backslashreplace").decode()


def _usable(query: sa.Select[Any], now: datetime) -> sa.Select[Any]:
    table = content_pieces.c
    return query.where(
        table.version.is_not(None),
        table.archived.is_(None),
        table.withdrawn.is_(None),
        sa.or_(table.begins.is_(None), table.begins <= now),
        sa.or_(table.ends.is_(None), table.ends > now),
    )


def _piece(values: RowMapping) -> Piece:
    draft = Draft(**{name: values[name] for name in _DRAFT if name != "tags"}, tags=tuple(values["tags"]))
    return Piece(draft=draft, **{name: values[name] for name in Piece.__dataclass_fields__ if name != "draft"})
