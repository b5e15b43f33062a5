"""Pieces for tests."""

from __future__ import annotations

from typing import Any

from siyu.content.pieces import keeping
from siyu.content.pieces.model import Draft, Piece
from siyu.storage import Stores

WRITER, EDITOR = "staff:1", "staff:2"
BODY = {"text": "给经常买{{ favourite.category }}的你", "link": "https://shop.example/masks"}


def a_piece(stores: Stores, *, publish: bool = True, body: dict[str, str] | None = None, **more: Any) -> Piece:
    """A link to masks, published."""
    about: dict[str, Any] = {"kind": "link", "title": "面膜怎么选", "tags": ("面膜",), **more}
    draft = Draft(**about)
    made = keeping.add_piece(stores, WRITER, draft, BODY if body is None else body)
    return published(stores, made.id) if publish else made


def published(stores: Stores, piece: int) -> Piece:
    """Its newest version submitted and approved."""
    asked = keeping.submit(stores, WRITER, piece)
    return keeping.approve(stores, EDITOR, piece, asked.latest)
