"""Content → media: pictures, films and files to send, uploaded once."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from litestar import Request, Response

from siyu.channels import media
from siyu.staff.model import Actor
from siyu.storage import SiyuError, Stores
from siyu.web import menu
from siyu.web.current import note
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.routes import page, submit
from siyu.web.uploads import receive
from siyu.web.view import Html, View

menu.page("content", "/media", "素材", "Media", permission="broadcast.read", order=20)

UPLOADS = "uploads"
BYTES_MAX = max(media.BYTES_MAX.values()) + media.MEGABYTE
_IMMUTABLE = "private, max-age=31536000, immutable"
LISTED = (
    Column("look", "预览", "Look"),
    Column("name", "名称", "Name", sort=True),
    Column("kind", "类型", "Kind", sort=True, narrow=False),
    Column("size", "大小", "Size", sort=True, numeric=True, narrow=False),
    Column("created", "上传", "Uploaded", sort=True, narrow=False),
    Column("act", "操作", "Actions"),
)

AnyRequest = Request[Any, Any, Any]


@page("/media", "broadcast.read")
def list_all(view: View, stores: Stores) -> Html:
    return _page(view, stores, Form())


def _page(view: View, stores: Stores, form: Form) -> Html:
    listing = Listing.read("media", LISTED, sort="-created", filters=("kind",))
    found = media.all_media(stores, listing.filters["kind"], words=listing.words, rows_max=media.MEDIA_MAX)
    if listing.sort != "created" or not listing.descending:  # the newest come first by themselves
        found.sort(key=attrgetter(listing.sort), reverse=listing.descending)
    fields: dict[str, Any] = {"listing": listing.paged(found), "kinds": media.KINDS, "form": form}
    if not form.ok:
        return view.invalid("reach/media.html", **fields)
    return view.render("reach/media.html", fragment="list", **fields)


@submit("/media", "broadcast.write", audits="medium_added", request_max_body_size=None)
async def upload(request: AnyRequest, view: View, stores: Stores, actor: Actor) -> Html:
    form = Form()
    try:
        received = await receive(request, stores.home / UPLOADS, bytes_max=BYTES_MAX)
        sha256 = await anyio.to_thread.run_sync(take, stores, actor, received.path, received.name)
    except SiyuError as error:
        if error.status >= 500:
            raise
        form.fail(error)
        return await anyio.to_thread.run_sync(_page, view, stores, form)
    note(f"medium:{sha256[:12]}", name=received.name)
    return view.redirect("/media", toast=("已上传", "Uploaded"))


def take(stores: Stores, actor: Actor, path: Path, name: str) -> str:
    """Keep what was received; the file of the upload goes."""
    try:
        return media.add_medium(stores, actor.tag, name, path.read_bytes())
    finally:
        path.unlink(missing_ok=True)


@page("/media/{sha256:str}/file", "broadcast.read")
def content(stores: Stores, sha256: str) -> Response[bytes]:
    """The thing itself; what is no picture or film is only offered to be saved."""
    medium, body = media.get_medium(stores, sha256)
    kept = "attachment" if medium.kind == "file" else "inline"
    named = f"{kept}; filename*=UTF-8''{quote(medium.name)}"
    headers = {"cache-control": _IMMUTABLE, "content-disposition": named}
    return Response(body, media_type=medium.type, headers=headers)


@submit("/media/{sha256:str}/remove", "broadcast.write", audits="medium_removed")
def remove(view: View, stores: Stores, sha256: str) -> Html:
    note(f"medium:{sha256[:12]}")
    media.remove_medium(stores, sha256)
    return view.redirect("/media", toast=("已删除", "Removed"))


ROUTES = [list_all, upload, content, remove]
