"""The API of the library of content."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from siyu.content.pieces import command, keeping, reading
from siyu.content.pieces.command import FitsAnswer, MixAnswer, PieceAnswer, PiecesAnswer, VersionsAnswer
from siyu.content.pieces.model import KINDS, Asked, Draft, Piece
from siyu.reach import piece_command
from siyu.reach.piece_command import UsesAnswer
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_ask, api_read, api_write

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
Word = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Body = dict[str, Text]


class PieceBody(msgspec.Struct, forbid_unknown_fields=True):
    """A piece. `body`: text by field of its `kind`, in Liquid; left out, what it says stays. `ends`: from then on it is
    neither offered nor sent."""

    kind: Word
    title: Word
    body: Body | None = None
    tone: Literal["useful", "promotional"] = "useful"
    pillar: Literal["brand", "ugc", "interactive"] = "brand"
    lasting: Literal["evergreen", "topical"] = "evergreen"
    question: Literal["why_kind", "why_this", "what_i_get"] = "what_i_get"
    value: Literal["knowledge", "benefit", "feeling"] = "knowledge"
    tags: Annotated[list[Word], msgspec.Meta(max_length=50)] = []
    suits: Word = ""
    stage: Word = ""
    audience: Number | None = None
    begins: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    ends: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    def draft(self) -> Draft:
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__ if name != "body"}
        return Draft(**values)


class DecisionBody(msgspec.Struct, forbid_unknown_fields=True):
    """About the version that was looked at; `comment` is needed to send it back."""

    version: Number
    comment: Annotated[str, msgspec.Meta(max_length=500)] = ""


class FitBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a piece would say."""

    kind: Word
    title: Word = ""
    body: Body = {}


@api_read("/api/content/pieces", "content.read")
def list_all(
    stores: Stores,
    q: str = "",
    kind: str = "",
    tag: str = "",
    usable: bool = False,
    archived: bool = False,
    before: int | None = None,
    limit: Limit = 50,
) -> PiecesAnswer:
    """Pieces, the newest first. `q`: words in title, tags, what it suits; `usable`: only what may be sent now."""
    asked = Asked(q[:200], kind, tag, usable=usable, archived=archived, holder="")
    return command.pieces_told(stores, asked, before=before, limit=limit)


@api_read("/api/content/mix", "content.read")
def mix(stores: Stores) -> MixAnswer:
    """Which question has too little, and how the library is put together."""
    return command.mix_told(stores)


@api_ask("/api/content/fit", "content.read")
def fit(data: FitBody) -> FitsAnswer:
    """Whether what is said fits each way of sending, counted as its platform counts. Changes nothing."""
    if data.kind not in KINDS:
        raise BadInput("piece_unfit", "没有这种内容。", "There is no such kind.", field="kind")
    return command.fits_told(data.kind, data.title, data.body)


@api_write("POST", "/api/content/pieces", "content.write", audits="piece_added")
def add(stores: Stores, actor: Actor, data: PieceBody) -> PieceAnswer:
    """A new piece, a draft."""
    made = keeping.add_piece(stores, actor.tag, data.draft(), data.body or {})
    note(f"piece:{made.id}", name=made.draft.title)
    return _told(stores, made)


@api_read("/api/content/pieces/{piece:int}", "content.read")
def one(stores: Stores, piece: Id) -> PieceAnswer:
    """One piece."""
    return _told(stores, reading.get_piece(stores, piece))


@api_write("PUT", "/api/content/pieces/{piece:int}", "content.write", audits="piece_changed", about="piece:{piece}")
def change(stores: Stores, actor: Actor, piece: Id, data: PieceBody) -> PieceAnswer:
    """Change it; of a published one other words become the next version."""
    return _told(stores, keeping.change_piece(stores, actor.tag, piece, data.draft(), data.body))


@api_read("/api/content/pieces/{piece:int}/versions", "content.read")
def versions(stores: Stores, piece: Id) -> VersionsAnswer:
    """All versions of a piece, the newest first."""
    return command.versions_told(stores, piece)


@api_read("/api/content/pieces/{piece:int}/uses", "content.read")
def uses(stores: Stores, piece: Id) -> UsesAnswer:
    """Where it was used, and what came of it."""
    return piece_command.uses_told(stores, piece)


acts = api_acts("/api/content/pieces/{piece:int}", "content.write", about="piece:{piece}")
decides = api_acts("/api/content/pieces/{piece:int}", "content.approve", about="piece:{piece}")


@acts("submit", "piece_submitted")
def submit(stores: Stores, actor: Actor, piece: Id) -> PieceAnswer:
    """Ask for approval of its newest version."""
    return _told(stores, keeping.submit(stores, actor.tag, piece))


@acts("take-back", "piece_taken_back")
def take_back(stores: Stores, piece: Id) -> PieceAnswer:
    """Before anybody has decided: a draft again."""
    return _told(stores, keeping.take_back(stores, piece))


@decides("approve", "piece_approved")
def approve(stores: Stores, actor: Actor, piece: Id, data: DecisionBody) -> PieceAnswer:
    """Publish the version that was looked at."""
    return _told(stores, keeping.approve(stores, actor.tag, piece, data.version, data.comment))


@decides("send-back", "piece_sent_back")
def send_back(stores: Stores, actor: Actor, piece: Id, data: DecisionBody) -> PieceAnswer:
    """Not as it is: the comment says why."""
    return _told(stores, keeping.send_back(stores, actor.tag, piece, data.version, data.comment))


@acts("archive", "piece_archived")
def archive(stores: Stores, piece: Id) -> PieceAnswer:
    """Offer it no more; its versions and figures stay."""
    return _told(stores, keeping.archive(stores, piece, archived=True))


@acts("restore", "piece_restored")
def restore(stores: Stores, piece: Id) -> PieceAnswer:
    """Offer it again."""
    return _told(stores, keeping.archive(stores, piece, archived=False))


def _told(stores: Stores, piece: Piece) -> PieceAnswer:
    return command.piece_told(piece, stores.clock.now())


ROUTES = [
    list_all,
    mix,
    fit,
    add,
    one,
    change,
    versions,
    uses,
    submit,
    take_back,
    approve,
    send_back,
    archive,
    restore,
]
