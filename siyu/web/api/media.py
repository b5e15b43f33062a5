"""The API of media: pictures, films and files to send."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import anyio.to_thread
import msgspec
from litestar import Request

from siyu.channels import media
from siyu.channels.media import Medium
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.console.media import BYTES_MAX, UPLOADS, take
from siyu.web.current import note
from siyu.web.routes import api_read, api_write
from siyu.web.uploads import receive

AnyRequest = Request[Any, Any, Any]


class MediumAnswer(msgspec.Struct):
    """A medium; ``sha256`` is what attachments name it by."""

    sha256: str
    kind: str
    name: str
    type: str
    size: int
    created: datetime
    by: str

    @classmethod
    def of(cls, medium: Medium) -> MediumAnswer:
        return cls(medium.sha256, medium.kind, medium.name, medium.type, medium.size, medium.created, medium.by)


@api_read("/api/media", "broadcast.read")
def list_all(stores: Stores) -> list[MediumAnswer]:
    """The newest first, at most 500."""
    return [MediumAnswer.of(each) for each in media.all_media(stores)]


@api_write("POST", "/api/media", "broadcast.write", audits="medium_added", repeatable=False, request_max_body_size=None)
async def add(request: AnyRequest, stores: Stores, actor: Actor) -> MediumAnswer:
    """Keep a picture, a film or a file.

    The body is the file itself with its name in `X-File-Name`, or `multipart/form-data`. The same content again is
    the same medium.
    """
    received = await receive(request, stores.home / UPLOADS, bytes_max=BYTES_MAX)
    sha256 = await anyio.to_thread.run_sync(take, stores, actor, received.path, received.name)
    note(f"medium:{sha256[:12]}", name=received.name)
    medium, _ = await anyio.to_thread.run_sync(media.get_medium, stores, sha256)
    return MediumAnswer.of(medium)


@api_write("DELETE", "/api/media/{sha256:str}", "broadcast.write", audits="medium_removed")
def remove(stores: Stores, sha256: str) -> None:
    """Throw it away; what names it goes out without it."""
    note(f"medium:{sha256[:12]}")
    media.remove_medium(stores, sha256)


ROUTES = [list_all, add, remove]
