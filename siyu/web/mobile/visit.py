"""One visit of a public page, and what is answered to it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from siyu.channels.registry import Channels
from siyu.storage import Stores
from siyu.web import wording
from siyu.web.current import current, lent, t
from siyu.web.forms import Form
from siyu.web.mobile import once
from siyu.web.mobile.shared import Shared
from siyu.web.static_files import asset
from siyu.web.view import in_header, with_query

TEMPLATES = Path(__file__).parent / "templates"
HTML = b"text/html; charset=utf-8"
ZIPPED_BYTES_MIN = 1_400
"""What fits into one packet is not made smaller."""

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent. ``images``: origins of pictures beside our own, which the page's policy then allows."""

    body: bytes = b""
    status: int = 200
    type: bytes = HTML
    headers: Headers = ()
    zipped: bytes | None = None
    images: tuple[str, ...] = ()

    @property
    def location(self) -> str:
        """Where a redirect leads; "" for anything else."""
        return next((value.decode("latin-1") for name, value in self.headers if name == b"location"), "")


@dataclass(slots=True)
class Visit:
    """What a page is given. ``device``: the mark of who comes, ``fresh`` where it was made just now; ``once``: the
    one-time key of the form that was sent, "" in a GET; ``robot``: nobody reads it (a preview, a crawler): show what
    there is, and let nothing happen; ``asked``: the browser keeps that it was sent to the platform (``asking.py``),
    ``remembers``: have it keep that."""

    stores: Stores
    channels: Channels
    shared: Shared
    device: str
    fresh: bool = False
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    form: Form = field(default_factory=Form)
    once: str = ""
    robot: bool = False
    asked: bool = False
    remembers: bool = False

    def page(self, template: str, *, status: int = 200, images: tuple[str, ...] = (), **context: Any) -> Answer:
        """A page of ``templates/``. In it ``once()`` writes the field every form needs, ``t`` and the filters of the
        console are there."""
        field = once.field_of(self.stores.home, self.device)
        return html(templates().get_template(template).render(once=field, **context), status, images)

    def invalid(self, template: str, **context: Any) -> Answer:
        """The form again, with its errors: nothing was changed, and its key is still good."""
        return self.page(template, status=422, **context)

    def to(self, location: str) -> Answer:
        """Lead on; after a form that was sent, which then is never sent again."""
        return Answer(status=303, headers=((b"location", in_header(location).encode("latin-1")),))


def address(path: str) -> str:
    """A page of ours as everybody reaches it; where the installation was not told that, as who comes does."""
    call = current()
    told = lent().outside.public_url.rstrip("/")
    if told:
        return told + path
    return f"{'https' if call.secure else 'http'}://{call.host}{path}"


def html(text: str, status: int = 200, images: tuple[str, ...] = ()) -> Answer:
    """A page as it is sent."""
    body = text.encode()
    zipped = gzip.compress(body, 5, mtime=0) if len(body) >= ZIPPED_BYTES_MIN else None
    return Answer(body, status, zipped=zipped, images=images)


@cache
def templates() -> jinja2.Environment:
    """The one environment of public pages: everything is escaped, an unknown name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: dict[str, Any] = {"t": t, "asset": asset, "call": current, "with_query": with_query}
    environment.globals.update(known)
    environment.filters.update(wording.FILTERS)
    environment.filters["quote"] = lambda text: quote(str(text), safe="")
    return environment
