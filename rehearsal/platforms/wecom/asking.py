"""Reading what a call asks for: limits, cursors, texts, attachments; with the platform's codes when it asks badly."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from rehearsal.platforms.core.routes import Refusal, Request
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.world import WeCom

T = TypeVar("T")

TEXT_BYTES_MAX = 4000
ATTACHMENTS_MAX = 9
TITLE_BYTES_MAX, DESC_BYTES_MAX, URL_BYTES_MAX, PROGRAM_TITLE_BYTES_MAX = 128, 512, 2048, 64
DAY_SECONDS = 86_400


def body_of(request: Request) -> dict[str, Any]:
    try:
        return request.json()
    except ValueError as error:
        raise Refusal(40035, "not json") from error


def limit_of(body: dict[str, Any], most: int, default: int | None = None) -> int:
    limit = int(body.get("limit") or (most if default is None else default))
    if not 1 <= limit <= most:
        raise Refusal(40058, f"limit between 1 and {most}")
    return limit


def cursor_of(place: int) -> str:
    return base64.urlsafe_b64encode(f"cursor {place}".encode()).decode().rstrip("=")


def place_of(cursor: str) -> int:
    """0 for an empty cursor."""
    if not cursor:
        return 0
    try:
        word, _, place = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        if word == "cursor":
            return int(place)
    except (ValueError, binascii.Error):
        pass
    raise Refusal(40058, "bad cursor")


def page(rows: Sequence[T], cursor: str, limit: int) -> tuple[list[T], str]:
    """(the rows, the next cursor: empty at the end)."""
    begin = place_of(cursor)
    return list(rows[begin : begin + limit]), cursor_of(begin + limit) if begin + limit < len(rows) else ""


def at_most(names: Iterable[Any], most: int, code: int = 40058) -> list[Any]:
    found = list(names)
    if len(found) > most:
        raise Refusal(code, f"at most {most}")
    return found


def within_days(body: dict[str, Any], days: int) -> tuple[int, int]:
    """(start_time, end_time). Raises 40058 when the span is longer."""
    start, end = int(body["start_time"]), int(body["end_time"])
    if not 0 <= end - start <= days * DAY_SECONDS:
        raise Refusal(40058, f"at most {days} days")
    return start, end


def brief(text: Any, most: int, what: str) -> str:
    """A text of so many characters at most."""
    if not isinstance(text, str) or len(text) > most:
        raise Refusal(40058, f"{what} at most {most} characters")
    return text


def short(text: Any, most: int, what: str) -> str:
    """A text of so many bytes at most."""
    if not isinstance(text, str) or len(text.encode()) > most:
        raise Refusal(40058, f"{what} at most {most} bytes")
    return text


def message_of(world: WeCom, corp: Corp, body: dict[str, Any]) -> dict[str, Any]:
    """``text`` and ``attachments`` of a welcome or mass message, checked. Raises 40058, 40007."""
    text = short((body.get("text") or {}).get("content", ""), TEXT_BYTES_MAX, "text")
    attachments = at_most(body.get("attachments") or [], ATTACHMENTS_MAX)
    if not text and not attachments:
        raise Refusal(40058, "text and attachments are both empty")
    for attachment in attachments:
        check_attachment(world, corp, attachment["msgtype"], attachment[attachment["msgtype"]])
    return {**({"text": {"content": text}} if text else {}), "attachments": attachments}


def check_attachment(world: WeCom, corp: Corp, kind: str, told: dict[str, Any]) -> None:
    if kind == "link":
        short(told["title"], TITLE_BYTES_MAX, "title")
        short(told.get("desc", ""), DESC_BYTES_MAX, "desc")
        short(told["url"], URL_BYTES_MAX, "url")
    elif kind == "miniprogram":
        short(told["title"], PROGRAM_TITLE_BYTES_MAX, "title")
        short(told["appid"], TITLE_BYTES_MAX, "appid")
        check_media(world, corp, told["pic_media_id"], "image")
    elif kind == "image" and told.get("pic_url"):
        if not told.get("media_id") and told["pic_url"] not in corp.media:
            raise Refusal(40058, "pic_url must come from uploadimg")
    elif kind in ("image", "video", "file"):
        check_media(world, corp, told["media_id"], kind)
    else:
        raise Refusal(40058, f"attachment {kind}")


def check_media(world: WeCom, corp: Corp, media_id: Any, kind: str, use: str = "temporary") -> None:
    """Raises 40007 for what was never uploaded, for another use, or has ended after its three days."""
    media = corp.media.get(str(media_id))
    if media is None or media.until <= world.clock.now() or media.use != use or media.type != kind:
        raise Refusal(40007)
