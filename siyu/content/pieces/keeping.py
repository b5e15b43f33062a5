"""Pieces kept by staff: made, changed, put away; their versions written, submitted, approved, sent back.

What is published never changes: the first change after an approval is the next version, and what was sent says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences.tables import audiences
from siyu.channels.media import KINDS as MEDIA_KINDS
from siyu.channels.tables import media
from siyu.content import templates
from siyu.content.pieces.model import COMMENT_CHARACTERS_MAX, KINDS, OPEN, Draft, Field, Kind, Piece, checked, unfit
from siyu.content.pieces.reading import piece_in, version_in
from siyu.content.pieces.tables import content_pieces, content_versions
from siyu.jobs import preferences
from siyu.jobs.preferences import Preference
from siyu.storage import BadInput, Conflict, NotAllowed, Stores

PIECES_MAX = 50_000
FOUR_EYES = "content_four_eyes"
preferences.register(
    Preference(
        FOUR_EYES,
        False,
        "素材须由另一人审批",
        "Content is approved by somebody else",
        "打开后，写过或提交过这个版本的人不能自己批准它。",
        "Whoever wrote or submitted a version can't approve it.",
    )
)


def add_piece(stores: Stores, by: str, draft: Draft, body: Mapping[str, str], *, post: int | None = None) -> Piece:
    """A new piece with its first version, a draft. ``post``: of a person's own. Raises :class:`BadInput` by field."""
    with stores.ledger.write() as conn:
        return add_in(conn, stores.clock.now(), by, draft, body, post=post)


def add_in(
    conn: Connection, now: datetime, by: str, draft: Draft, body: Mapping[str, str], *, post: int | None = None
) -> Piece:
    """As :func:`add_piece`, in a transaction."""
    draft = checked(draft)
    many = sa.select(sa.func.count()).select_from(content_pieces)
    if conn.execute(many).scalar_one() >= PIECES_MAX:
        raise BadInput("pieces_too_many", f"最多 {PIECES_MAX} 份素材。", f"At most {PIECES_MAX} pieces.", field="title")
    kept = checked_body(conn, KINDS[draft.kind], body)
    _check_audience(conn, draft)
    values = {**_columns(draft), "post": post, "created": now, "changed": now, "by": by}
    number = conn.execute(sa.insert(content_pieces).values(values).returning(content_pieces.c.id)).scalar_one()
    _put_version(conn, number, 1, kept, by, now)
    return piece_in(conn, number)


def change_piece(stores: Stores, by: str, piece: int, draft: Draft, body: Mapping[str, str] | None = None) -> Piece:
    """Change what is said of it, and what it says: of a published one that becomes the next version, a draft. The
    kind and whose it is stay. Raises :class:`BadInput`, :class:`NotFound`, :class:`Conflict`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = changeable(conn, piece)
        draft = checked(replace(draft, kind=found.draft.kind, holder=found.draft.holder))
        _check_audience(conn, draft)
        conn.execute(
            sa.update(content_pieces).where(content_pieces.c.id == piece).values(**_columns(draft), changed=now)
        )
        if body is not None:
            _write(conn, now, by, found, checked_body(conn, KINDS[found.draft.kind], body))
        return piece_in(conn, piece)


def submit(stores: Stores, by: str, piece: int) -> Piece:
    """Ask for approval of its newest version. Raises :class:`NotFound`, :class:`Conflict`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = changeable(conn, piece)
        values = {"stage": "submitted", "submitted": now, "submitted_by": by, "comment": ""}
        _move(conn, found, OPEN, values)
        return piece_in(conn, piece)


def take_back(stores: Stores, piece: int) -> Piece:
    """Before anybody has decided: it is a draft again. Raises :class:`NotFound`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        found = changeable(conn, piece)
        _move(conn, found, ("submitted",), {"stage": "draft", "submitted": None, "submitted_by": ""})
        return piece_in(conn, piece)


def approve(stores: Stores, by: str, piece: int, number: int, comment: str = "") -> Piece:
    """Publish the version that was submitted, which never changes from now on. ``number``: the version that was looked
    at. Raises :class:`NotAllowed` where another's eyes are asked for, :class:`Conflict`, :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _decidable(conn, piece, number)
        version = version_in(conn, piece, number)
        if preferences.get(conn, FOUR_EYES) and by in (version.by, version.submitted_by):
            raise NotAllowed(
                "piece_four_eyes",
                "须由另一人审批：您写了或提交了这个版本。请让同事审批，或在设置中关闭“素材须由另一人审批”。",
                "Somebody else has to approve it: you wrote or submitted this version. Ask a colleague, or turn off "
                "“Content is approved by somebody else” in the settings.",
            )
        _decide(conn, found, now, by, "approved", comment)
        shown = sa.update(content_pieces).where(content_pieces.c.id == piece)
        conn.execute(shown.values(version=number, changed=now))
        return piece_in(conn, piece)


def send_back(stores: Stores, by: str, piece: int, number: int, comment: str) -> Piece:
    """Not as it is; ``comment`` says why. Raises :class:`BadInput`, :class:`Conflict`, :class:`NotFound`."""
    if not comment.strip():
        raise unfit("comment", "请写明退回的原因", "Say why it is sent back")
    with stores.ledger.write() as conn:
        found = _decidable(conn, piece, number)
        _decide(conn, found, stores.clock.now(), by, "returned", comment)
        return piece_in(conn, piece)


def archive(stores: Stores, piece: int, *, archived: bool) -> Piece:
    """Offer it no more, or again; its versions and figures stay. Raises :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = piece_in(conn, piece)
        if (found.archived is not None) is not archived:
            values = {"archived": now if archived else None, "changed": now}
            conn.execute(sa.update(content_pieces).where(content_pieces.c.id == piece).values(values))
        return piece_in(conn, piece)


def withdraw_in(conn: Connection, now: datetime, post: int) -> list[int]:
    """The author of a post took the consent back: its pieces are never offered or sent again. Their numbers."""
    theirs = sa.and_(content_pieces.c.post == post, content_pieces.c.withdrawn.is_(None))
    gone = sa.update(content_pieces).where(theirs).values(withdrawn=now, changed=now).returning(content_pieces.c.id)
    return list(conn.execute(gone).scalars())


def checked_body(conn: Connection, kind: Kind, body: Mapping[str, str]) -> dict[str, str]:
    """What a piece of this kind says, in order. Raises :class:`BadInput` at ``body.<field>``."""
    known = {each.name: each for each in kind.fields}
    strange = sorted(set(body) - set(known))
    if strange:
        raise unfit(f"body.{strange[0]}", f"这种内容没有“{strange[0]}”", f"This kind has no “{strange[0]}”")
    kept = {name: text for name, each in known.items() if (text := _checked_text(each, body.get(name, "")))}
    if kind.either and not any(kept.get(name) for name in kind.either):
        named = [known[name] for name in kind.either]
        zh, en = "或".join(f"“{each.zh}”" for each in named), " or ".join(f"“{each.en}”" for each in named)
        raise unfit(f"body.{kind.either[0]}", f"请填写{zh}", f"Fill in {en}")
    for name, text in kept.items():
        _check_medium(conn, known[name], text)
    return kept


def _checked_text(field: Field, given: str) -> str:
    at, text = f"body.{field.name}", given.replace("\r\n", "\n").strip()
    if not text:
        if field.required:
            raise unfit(at, f"请填写“{field.zh}”", f"Fill in “{field.en}”")
        return ""
    if len(text) > field.characters_max:
        raise unfit(
            at,
            f"“{field.zh}”最多 {field.characters_max} 字，现在 {len(text)} 字",
            f"“{field.en}” may have {field.characters_max} characters; it has {len(text)}",
        )
    if field.kind != "text" and not text.isprintable():
        raise unfit(at, f"“{field.zh}”应为一行文字", f"“{field.en}” is one line")
    if field.kind in ("line", "text"):
        templates.check(text, (field.zh, field.en), at)
    if field.kind == "link" and not text.startswith(("https://", "http://")):
        raise unfit(at, f"“{field.zh}”须以 http:// 或 https:// 开头", f"“{field.en}” begins with http:// or https://")
    return text


def _check_medium(conn: Connection, field: Field, text: str) -> None:
    wanted = {"image": "image", "video": "video", "voice": "file", "file": "file"}.get(field.kind)
    if wanted is None:
        return
    kind = conn.execute(sa.select(media.c.kind).where(media.c.sha256 == text)).scalar()
    if kind != wanted:
        zh, en = MEDIA_KINDS[wanted]
        raise unfit(
            f"body.{field.name}",
            f"没有这个{zh}，请先在“素材”上传",
            f"There is no such {en.lower()}: upload it under media first",
        )


def changeable(conn: Connection, piece: int) -> Piece:
    """A piece that may be written, its row held. Raises :class:`NotFound`, :class:`Conflict`."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(content_pieces.c.id).where(content_pieces.c.id == piece).with_for_update())
    found = piece_in(conn, piece)
    if found.archived is not None:
        raise Conflict(
            "piece_archived", "素材已归档，请先恢复。", "The piece is put away; bring it back first.", piece=piece
        )
    return found


def _write(conn: Connection, now: datetime, by: str, found: Piece, body: Mapping[str, str]) -> None:
    """Into the newest version while it may be changed, else into the next one."""
    if found.latest_stage == "submitted":
        raise Conflict(
            "piece_submitted",
            "这个版本正在审批，请先撤回再修改。",
            "This version waits for approval; take it back before you change it.",
        )
    if found.latest_stage in OPEN:
        mine = _version(found.id, found.latest)
        values = {"body": dict(body), "by": by, "changed": now, "stage": "draft"}
        conn.execute(sa.update(content_versions).where(mine).values(values))
    elif version_in(conn, found.id, found.latest).body != body:
        _put_version(conn, found.id, found.latest + 1, body, by, now)


def _put_version(conn: Connection, piece: int, number: int, body: Mapping[str, str], by: str, now: datetime) -> None:
    values = {"piece": piece, "number": number, "body": dict(body), "stage": "draft"}
    conn.execute(sa.insert(content_versions).values(**values, created=now, changed=now, by=by))


def _decidable(conn: Connection, piece: int, number: int) -> Piece:
    found = changeable(conn, piece)
    if found.latest != number:
        raise Conflict(
            "piece_moved_on", "素材已有新的版本，请刷新后再看。", "There is a newer version; reload and look again."
        )
    return found


def _decide(conn: Connection, found: Piece, now: datetime, by: str, stage: str, comment: str) -> None:
    said = comment.strip()
    if len(said) > COMMENT_CHARACTERS_MAX:
        most = COMMENT_CHARACTERS_MAX
        raise unfit("comment", f"最多 {most} 字", f"At most {most} characters")
    _move(conn, found, ("submitted",), {"stage": stage, "decided": now, "decided_by": by, "comment": said})


def _move(conn: Connection, found: Piece, stages: tuple[str, ...], values: Mapping[str, Any]) -> None:
    """Compare and set on the newest version."""
    mine = sa.and_(_version(found.id, found.latest), content_versions.c.stage.in_(stages))
    if not conn.execute(sa.update(content_versions).where(mine).values(**values)).rowcount:
        raise Conflict(
            "piece_stage",
            "素材现在的状态不允许这样做，请刷新后再试。",
            "This can't be done as the piece stands now; reload and look again.",
            stage=found.latest_stage,
        )


def _version(piece: int, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(content_versions.c.piece == piece, content_versions.c.number == number)


def _check_audience(conn: Connection, draft: Draft) -> None:
    if draft.audience is None:
        return
    if conn.execute(sa.select(audiences.c.id).where(audiences.c.id == draft.audience)).first() is None:
        raise unfit("audience", "没有这个人群", "There is no such audience")


def _columns(draft: Draft) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    return {**values, "tags": list(draft.tags)}
