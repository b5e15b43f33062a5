"""Collections kept by staff; what is handed in to them; looked at, used again, taken back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.media import add_medium
from siyu.channels.tables import media
from siyu.content.pieces.keeping import add_piece, withdraw_in
from siyu.content.pieces.model import Draft, Piece, checked_tags
from siyu.content.pieces.tables import content_pieces, content_versions
from siyu.content.ugc.model import (
    CALLS_MAX,
    DEVICE_A_DAY,
    Call,
    CallDraft,
    Handing,
    Post,
    Text,
    as_template,
    checked_call,
    checked_handing,
    unfit,
)
from siyu.content.ugc.tables import ugc_calls, ugc_posts, ugc_texts
from siyu.storage import BadInput, Conflict, NotFound, Stores

ROWS_MAX = 500
COMMENT_CHARACTERS_MAX = 200
_CALL = tuple(ugc_calls.c[name] for name in Call.__dataclass_fields__)
_TEXT = tuple(ugc_texts.c[name] for name in Text.__dataclass_fields__)
_POST = tuple(
    ugc_posts.c.picture.is_not(None).label("pictured") if name == "pictured" else ugc_posts.c[name]
    for name in Post.__dataclass_fields__
)
Told = Callable[[Connection, datetime, Sequence[int]], None]
_told: list[Told] = []


def also_told(told: Told) -> None:
    """Have ``told`` called with the numbers of pieces that may never be sent again, in the same transaction."""
    if told not in _told:
        _told.append(told)


# -- collections --------------------------------------------------------------------------------------------


def list_calls(stores: Stores) -> list[Call]:
    """All collections, the newest first."""
    with stores.ledger.read() as conn:
        return [Call(*row) for row in conn.execute(sa.select(*_CALL).order_by(ugc_calls.c.id.desc()))]


def get_call(stores: Stores, call: int) -> Call:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _call(conn, ugc_calls.c.id == call)


def call_at(stores: Stores, slug: str) -> Call | None:
    """By the end of its address."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(*_CALL).where(ugc_calls.c.slug == slug)).one_or_none()
    return None if row is None else Call(*row)


def get_text(stores: Stores, text: int) -> Text:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _text(conn, text)


def add_call(stores: Stores, by: str, draft: CallDraft) -> Call:
    """A new collection, open at once. Raises :class:`BadInput` by field."""
    checked_call(draft)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).select_from(ugc_calls)).scalar_one() >= CALLS_MAX:
            raise BadInput("calls_too_many", f"最多 {CALLS_MAX} 个征集。", f"At most {CALLS_MAX}.", field="title")
        values = {**_columns(draft), "slug": secrets.token_hex(5), "text": 0, "stage": "live"}
        made = sa.insert(ugc_calls).values(**values, created=now, changed=now, by=by).returning(ugc_calls.c.id)
        number = conn.execute(made).scalar_one()
        _show(conn, number, draft, now, by)
        return _call(conn, ugc_calls.c.id == number)


def change_call(stores: Stores, by: str, call: int, draft: CallDraft) -> Call:
    """Another consent is another version: who agreed before agreed to what they saw. Raises :class:`BadInput`,
    :class:`NotFound`."""
    checked_call(draft)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _call(conn, ugc_calls.c.id == call)
        conn.execute(sa.update(ugc_calls).where(ugc_calls.c.id == call).values(**_columns(draft), changed=now))
        _show(conn, call, draft, now, by)
        return _call(conn, ugc_calls.c.id == call)


def set_open(stores: Stores, call: int, *, is_open: bool) -> Call:
    """Take nothing more in, or again. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        _call(conn, ugc_calls.c.id == call)
        values = {"stage": "live" if is_open else "ended", "changed": stores.clock.now()}
        conn.execute(sa.update(ugc_calls).where(ugc_calls.c.id == call).values(values))
        return _call(conn, ugc_calls.c.id == call)


# -- handing in ---------------------------------------------------------------------------------------------


def hand_in(stores: Stores, call: int, handing: Handing) -> str:
    """Take it in; its mark. The same key again is the same post. Raises :class:`BadInput` by field,
    :class:`Conflict` where the collection is over, or too much came from the device."""
    now = stores.clock.now()
    name, words = checked_handing(handing)
    with stores.ledger.write() as conn:
        known = conn.execute(sa.select(ugc_posts.c.mark).where(ugc_posts.c.once == handing.once)).scalar()
        if known is not None:
            return known
        found = _call(conn, ugc_calls.c.id == call)
        if not found.open(now):
            raise Conflict("ugc_over", "征集已结束，谢谢您。", "The collection is over; thank you.")
        if _text(conn, handing.text).call != call:
            raise Conflict("ugc_text_strange", "页面已过期，请重新打开。", "The page is too old: open it again.")
        mine = sa.and_(ugc_posts.c.device == handing.device, ugc_posts.c.at > now - timedelta(days=1))
        many = sa.select(sa.func.count()).select_from(ugc_posts).where(mine)
        if handing.device and conn.execute(many).scalar_one() >= DEVICE_A_DAY:
            raise Conflict("ugc_often", "今天提交得太多了，请明天再来。", "Too many for today: come back tomorrow.")
        mark = secrets.token_urlsafe(12)
        row: dict[str, Any] = {"mark": mark, "once": handing.once, "call": call, "text": handing.text}
        row |= {"person": handing.person, "device": handing.device, "name": name, "words": words}
        row |= {"picture": handing.picture, "age": handing.age, "stage": "waiting", "at": now}
        conn.execute(sa.insert(ugc_posts).values(row))
        return mark


def post_at(stores: Stores, call: int, mark: str) -> Post | None:
    """By the end of its own address."""
    with stores.ledger.read() as conn:
        mine = sa.and_(ugc_posts.c.call == call, ugc_posts.c.mark == mark)
        row = conn.execute(sa.select(*_POST).where(mine)).one_or_none()
    return None if row is None else Post(*row)


def list_posts(
    stores: Stores, call: int | None = None, stage: str = "", *, before: int | None = None, rows_max: int = ROWS_MAX
) -> list[Post]:
    """The newest first."""
    query = sa.select(*_POST).order_by(ugc_posts.c.id.desc()).limit(rows_max)
    if call is not None:
        query = query.where(ugc_posts.c.call == call)
    if stage:
        query = query.where(ugc_posts.c.stage == stage)
    if before is not None:
        query = query.where(ugc_posts.c.id < before)
    with stores.ledger.read() as conn:
        return [Post(*row) for row in conn.execute(query)]


def count_posts(stores: Stores) -> dict[tuple[int, str], int]:
    """(collection, stage) → how many."""
    query = sa.select(ugc_posts.c.call, ugc_posts.c.stage, sa.func.count()).group_by(
        ugc_posts.c.call, ugc_posts.c.stage
    )
    with stores.ledger.read() as conn:
        return {(row[0], row[1]): int(row[2]) for row in conn.execute(query)}


def get_post(stores: Stores, post: int) -> Post:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _post(conn, post)


def picture_of(stores: Stores, post: int) -> bytes:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        found = conn.execute(sa.select(ugc_posts.c.picture).where(ugc_posts.c.id == post)).scalar()
    if found is None:
        raise NotFound("ugc_no_picture", "没有照片。", "There is no photo.")
    return found


# -- looking at it, using it, taking it back ------------------------------------------------------------------


def decide(stores: Stores, by: str, post: int, *, accepted: bool, comment: str = "") -> Post:
    """May it be used? Raises :class:`NotFound`, :class:`Conflict`, :class:`BadInput`."""
    if len(comment) > COMMENT_CHARACTERS_MAX:
        raise unfit("comment", f"最多 {COMMENT_CHARACTERS_MAX} 字", f"At most {COMMENT_CHARACTERS_MAX} characters")
    values = {"stage": "accepted" if accepted else "refused", "decided": stores.clock.now(), "decided_by": by}
    with stores.ledger.write() as conn:
        _post(conn, post)
        mine = sa.and_(ugc_posts.c.id == post, ugc_posts.c.stage.in_(("waiting", "refused", "accepted")))
        if not conn.execute(sa.update(ugc_posts).where(mine).values(**values, comment=comment.strip())).rowcount:
            raise Conflict("ugc_withdrawn", "作者已撤回，不能再用。", "Its author has taken it back.")
        return _post(conn, post)


def reuse(stores: Stores, by: str, post: int, title: str) -> Piece:
    """A piece of the library from an accepted post, of pillar ``ugc``, a draft. Raises :class:`Conflict` for a post
    that is not accepted, :class:`BadInput`, :class:`NotFound`."""
    found = get_post(stores, post)
    if found.stage != "accepted":
        raise Conflict("ugc_not_accepted", "先采纳，再收入素材库。", "Accept it first, then take it into the library.")
    call = get_call(stores, found.call)
    signed = f"\n—— {as_template(found.name)}" if found.name else ""
    text = f"{as_template(found.words)}{signed}".strip()
    classes: dict[str, Any] = {"pillar": "ugc", "question": "why_this", "value": "feeling", "tone": "useful"}
    if found.pictured:
        medium = add_medium(stores, by, f"{title}.jpg", picture_of(stores, post))
        draft, body = Draft("image", title, **classes, tags=tuple(call.tags)), {"medium": medium, "text": text}
    else:
        draft, body = Draft("article", title, **classes, tags=tuple(call.tags)), {"text": text, "body": text}
    return add_piece(stores, by, draft, {name: value for name, value in body.items() if value}, post=post)


def take_back(stores: Stores, post: int) -> Post:
    """The author takes the consent back: what was handed in is deleted, what came of it never sent again. Doing it
    again changes nothing. Raises :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _post(conn, post)
        withdraw_posts(conn, now, [post])
        return _post(conn, post)


def withdraw_posts(conn: Connection, now: datetime, posts: Sequence[int]) -> None:
    """As :func:`take_back`, by set: the words and pictures of these posts go, also from the pieces that came of them
    and from the media; who sends them is told."""
    theirs = ugc_posts.c.id.in_(list(posts))
    gone: dict[str, Any] = {"words": "", "name": "", "picture": None, "comment": "", "stage": "withdrawn"}
    conn.execute(sa.update(ugc_posts).where(theirs, ugc_posts.c.withdrawn.is_(None)).values(**gone, withdrawn=now))
    pieces = [number for post in posts for number in withdraw_in(conn, now, post)]
    if not pieces:
        return
    mine = content_versions.c.piece.in_(pieces)
    kept = conn.execute(sa.select(content_versions.c.body).where(mine)).scalars()
    pictures = sorted({body["medium"] for body in kept if body.get("medium")})
    conn.execute(sa.update(content_versions).where(mine).values(body={}))
    conn.execute(sa.update(content_pieces).where(content_pieces.c.id.in_(pieces)).values(title="（已撤回）"))
    conn.execute(sa.delete(media).where(media.c.sha256.in_(pictures)))
    for told in _told:
        told(conn, now, pieces)


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`: as if they had taken all of it back; and whose it was."""
    theirs = ugc_posts.c.person.in_(nodes)
    posts = list(conn.execute(sa.select(ugc_posts.c.id).where(theirs)).scalars())
    withdraw_posts(conn, at, posts)
    conn.execute(sa.update(ugc_posts).where(ugc_posts.c.id.in_(posts)).values(person=None, device=""))


def _call(conn: Connection, which: sa.ColumnElement[bool]) -> Call:
    row = conn.execute(sa.select(*_CALL).where(which)).one_or_none()
    if row is None:
        raise NotFound("ugc_call_not_found", "没有这个征集。", "There is no such collection.")
    return Call(*row)


def _text(conn: Connection, text: int) -> Text:
    row = conn.execute(sa.select(*_TEXT).where(ugc_texts.c.id == text)).one_or_none()
    if row is None:
        raise NotFound("ugc_text_not_found", "没有这个版本的授权。", "There is no such version of the consent.")
    return Text(*row)


def _post(conn: Connection, post: int) -> Post:
    row = conn.execute(sa.select(*_POST).where(ugc_posts.c.id == post)).one_or_none()
    if row is None:
        raise NotFound("ugc_post_not_found", "没有这份晒单。", "There is no such post.")
    return Post(*row)


def _columns(draft: CallDraft) -> dict[str, Any]:
    values = {name: getattr(draft, name).strip() for name in ("title", "words_zh", "words_en")}
    return {**values, "tags": list(checked_tags(draft.tags)), "ends": draft.ends}


def _show(conn: Connection, call: int, draft: CallDraft, now: datetime, by: str) -> None:
    """The consent shown from now on: the version that says it already, or a new one."""
    zh, en = draft.consent_zh.strip(), draft.consent_en.strip()
    table = ugc_texts.c
    same = sa.select(table.id).where(table.call == call, table.zh == zh, table.en == en)
    version = conn.execute(same.order_by(table.id).limit(1)).scalar()
    if version is None:
        last = conn.execute(sa.select(sa.func.max(table.version)).where(table.call == call)).scalar() or 0
        made = sa.insert(ugc_texts).values(call=call, version=last + 1, zh=zh, en=en, at=now, by=by)
        version = conn.execute(made.returning(table.id)).scalar_one()
    conn.execute(sa.update(ugc_calls).where(ugc_calls.c.id == call).values(text=version))
