"""What ``siyu content …``, the API and the console answer of pieces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from siyu.content import limits
from siyu.content.pieces import reading
from siyu.content.pieces.model import CLASSES, Asked, Draft, Piece, Version
from siyu.storage import Stores


class PieceAnswer(msgspec.Struct, frozen=True):
    """A piece. `version` is the published one (null: none yet), `latest` the newest, in `latest_stage` (`draft`,
    `submitted`, `returned`, `approved`). `shut`: why it may not be sent now (`unpublished`, `withdrawn`, `archived`,
    `not_begun`, `ended`), empty where it may. `audience`, `stage`: whom it suits; `holder`: whose own script it is."""

    id: int
    kind: str
    title: str
    tone: str
    pillar: str
    lasting: str
    question: str
    value: str
    tags: list[str]
    suits: str
    stage: str
    audience: int | None
    persona: int | None
    holder: str
    begins: datetime | None
    ends: datetime | None
    version: int | None
    latest: int
    latest_stage: str
    shut: str
    post: int | None
    withdrawn: datetime | None
    archived: datetime | None
    created: datetime
    changed: datetime
    by: str


class PiecesAnswer(msgspec.Struct, frozen=True):
    """Pieces, the newest first. `next`: ask for those before it; null where there are no more."""

    pieces: list[PieceAnswer]
    next: int | None


class VersionAnswer(msgspec.Struct, frozen=True):
    """One version. `body`: text by field of the kind, in Liquid; `comment` of who decided."""

    number: int
    body: dict[str, str]
    stage: str
    created: datetime
    changed: datetime
    by: str
    submitted: datetime | None
    submitted_by: str
    decided: datetime | None
    decided_by: str
    comment: str


class VersionsAnswer(msgspec.Struct, frozen=True):
    """All versions of a piece, the newest first."""

    versions: list[VersionAnswer]


class MixAnswer(msgspec.Struct, frozen=True):
    """Of what may be sent now: how many pieces answer which question (`gaps`: those with too little), and how many are
    of which class."""

    questions: dict[str, int]
    gaps: list[str]
    classes: dict[str, dict[str, int]]


class MeasureAnswer(msgspec.Struct, frozen=True):
    """How much of a field there is (`has`), of how much the way takes (`most`), in `unit`; `source`: the document."""

    field: str
    has: int
    most: int
    unit: str
    source: str


class FitAnswer(msgspec.Struct, frozen=True):
    """How a piece fits one way of sending. `messages`: as how many it is billed."""

    way: str
    carried: bool
    fits: bool
    messages: int
    measures: list[MeasureAnswer]


class FitsAnswer(msgspec.Struct, frozen=True):
    """Every way of sending."""

    ways: list[FitAnswer]


def piece_told(piece: Piece, now: datetime) -> PieceAnswer:
    """One."""
    own = {name: getattr(piece.draft, name) for name in Draft.__dataclass_fields__ if name != "tags"}
    kept = {name: getattr(piece, name) for name in Piece.__dataclass_fields__ if name != "draft"}
    return PieceAnswer(**own, **kept, tags=list(piece.draft.tags), shut=piece.shut(now))


def pieces_told(stores: Stores, asked: Asked, *, before: int | None, limit: int) -> PiecesAnswer:
    """A page of them."""
    found = reading.list_pieces(stores, asked, before=before, rows_max=limit + 1)
    now = stores.clock.now()
    more = found[limit - 1].id if len(found) > limit else None
    return PiecesAnswer([piece_told(each, now) for each in found[:limit]], more)


def version_told(found: Version) -> VersionAnswer:
    """One version."""
    values = {name: getattr(found, name) for name in VersionAnswer.__struct_fields__ if name != "body"}
    return VersionAnswer(body=dict(found.body), **values)


def versions_told(stores: Stores, piece: int) -> VersionsAnswer:
    """Raises :class:`~siyu.storage.NotFound`."""
    reading.get_piece(stores, piece)
    return VersionsAnswer([version_told(each) for each in reading.versions_of(stores, piece)])


def mix_told(stores: Stores) -> MixAnswer:
    """How the library is put together, and what is wanting."""
    questions = reading.gaps(stores)
    classes = {name: reading.mix(stores, name) for name in ("kind", *CLASSES)}
    return MixAnswer(questions, reading.too_little(questions), classes)


def fits_told(kind: str, title: str, body: Mapping[str, str]) -> FitsAnswer:
    """How what is said fits every way."""
    return FitsAnswer(
        [
            FitAnswer(
                each.way.name,
                each.carried,
                each.fits,
                each.messages,
                [MeasureAnswer(m.field, m.has, m.most, m.unit, m.source) for m in each.measures],
            )
            for each in limits.fit(kind, body, title)
        ]
    )
