"""The words of a broadcast from the library: found, filled into the editor, and shown with their piece and version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from siyu.channels.media import all_media
from siyu.channels.protocol import FORM
from siyu.channels.registry import Channels
from siyu.content.pieces import reading
from siyu.content.pieces.model import KINDS, TONES, Asked, Ref
from siyu.reach import from_library
from siyu.storage import NotAllowed, NotFound, SiyuError, Stores
from siyu.web.current import current, in_words, may, t
from siyu.web.forms import Form
from siyu.web.paging import whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

FOUND_MAX = 12


def refs_in(form: Form, channels: Channels) -> dict[str, Ref]:
    """The pieces that the editor names, by channel: ``piece.sms`` = ``12:3``."""
    found: dict[str, Ref] = {}
    for name in channels:
        piece, _, version = form.get(f"piece.{name}").partition(":")
        numbers = whole(piece), whole(version)
        if numbers[0] is not None and numbers[1] is not None:
            found[name] = Ref(numbers[0], numbers[1])
    return found


def shown_refs(refs: Mapping[str, Ref]) -> dict[str, str]:
    """As the editor names them."""
    return {f"piece.{slot}": f"{ref.piece}:{ref.version}" for slot, ref in refs.items()}


def chosen(stores: Stores, refs: Mapping[str, Ref]) -> dict[str, dict[str, Any]]:
    """What to call the pieces that the words come from, by channel."""
    with stores.ledger.read() as conn:
        found = reading.pieces_in(conn, [ref.piece for ref in refs.values()])
    return {
        slot: {
            "id": ref.piece,
            "title": found[ref.piece].draft.title,
            "version": ref.version,
            "tone": found[ref.piece].draft.tone,
            "tone_words": t(*TONES[found[ref.piece].draft.tone]),
            "altered": ref.altered,
        }
        for slot, ref in refs.items()
        if ref.piece in found
    }


def editing(stores: Stores, channels: Channels, form: Form) -> dict[str, Any]:
    """What the editor of messages is given besides its form."""
    return {
        "chosen": chosen(stores, refs_in(form, channels)),
        "fill_error": None,
        "media": [("", t("不加", "None")), *((each.sha256, each.name) for each in all_media(stores, "image"))],
    }


@page("/broadcasts/pieces", "broadcast.write")
def found(view: View, stores: Stores, channel: str = "") -> Html:
    _may_read()
    asked = dict(parse_qsl(current().query))
    words = asked.get(f"find.{channel}", "")[:100]
    return view.render(
        "content/found.html",
        channel=channel if channel.isidentifier() else "",
        found=reading.list_pieces(stores, Asked(words=words, usable=True, scripts=False), rows_max=FOUND_MAX),
        kinds=in_words({name: (kind.zh, kind.en) for name, kind in KINDS.items()}),
        tones=in_words(TONES),
    )


@submit("/broadcasts/fill", "broadcast.write", audits=None)
def fill(view: View, stores: Stores, channels: Channels, form: Form) -> Html:
    """One channel's part of the editor, with the words of the piece that was chosen (or with none named)."""
    _may_read()
    name = form.get("fill_channel")
    if name not in channels:
        raise NotFound("channel_unknown", "没有这个渠道。", "There is no such channel.")
    values = {key: form.all(key) for key in form.names()}
    values.pop(f"piece.{name}", None)
    error: tuple[str, SiyuError] | None = None
    number = whole(form.get("fill_piece"))
    if number is not None:
        try:
            values |= _filled(stores, channels, form, name, number)
        except SiyuError as failed:
            if failed.status >= 500:
                raise
            error = (name, failed)
    after = Form(values)
    context: dict[str, Any] = {"channel": name, "about": channels[name].about, "form": after}
    context |= editing(stores, channels, after) | {"fill_error": error}
    answer = view.render("reach/channel_content.html", **context)
    answer.headers["HX-Trigger-After-Settle"] = "filled"
    return answer


def _filled(stores: Stores, channels: Channels, form: Form, name: str, number: int) -> dict[str, list[str]]:
    with stores.ledger.read() as conn:
        piece = reading.piece_in(conn, number)
        version = piece.version or piece.latest
        reading.require_usable(conn, [Ref(number, version)], stores.clock.now())
        said = reading.version_in(conn, number, version)
    parts = channels[name].about.in_form({FORM: form.get(f"content.{name}.{FORM}")}).parts
    texts = from_library.filled(parts, piece.draft, said)
    found = {f"content.{name}.{part}": [text] for part, text in texts.items()}
    return {**found, f"piece.{name}": [f"{number}:{version}"]}


def _may_read() -> None:
    if not may("content.read"):
        raise NotAllowed(
            "content_read", "您不能查看素材库。", "You may not see the library.", permission="content.read"
        )


ROUTES = [found, fill]
