"""``/m/show/<collection>``: a photo or a few words handed in, with consent; ``/m/show/<collection>/<mark>``: what was
handed in, and taking it back.

Taking back is as easy as giving: one button, on the page that the browser was led to, which can be kept as a link.
"""

from __future__ import annotations

import base64
import binascii
from io import BytesIO
from typing import Any

from siyu.content.ugc import keeping
from siyu.content.ugc.model import AGES, NAME_CHARACTERS_MAX, STAGES, WORDS_CHARACTERS_MAX, Call, Handing, Post
from siyu.growth.pictures.safe import opened
from siyu.storage import BadInput
from siyu.web.current import current
from siyu.web.limits import TooMany
from siyu.web.mobile import friendly
from siyu.web.mobile.routes import page, submit
from siyu.web.mobile.visit import Answer, Visit
from siyu.web.mobile.who import who

PICTURE_PIXELS_MAX = 4_000_000
"""The page makes it small before it is sent."""
SIDE_PIXELS = 1_600
QUALITY = 82
FORM_BYTES_MAX = 1_600_000


@page("/m/show/{slug}")
def show(visit: Visit, slug: str) -> Answer:
    call = keeping.call_at(visit.stores, slug)
    return _form(visit, call) if _open(visit, call) else _shut(visit, call)


@submit("/m/show/{slug}", form_bytes_max=FORM_BYTES_MAX)
def hand_in(visit: Visit, slug: str) -> Answer:
    call = keeping.call_at(visit.stores, slug)
    if call is None or not _open(visit, call):
        return _shut(visit, call)
    seconds = visit.shared.form_sends.take(current().address, visit.stores.clock.now().timestamp())
    if seconds:
        raise TooMany(seconds)
    with visit.form.errors_kept():
        mark = keeping.hand_in(visit.stores, call.id, _handing(visit, call))
        return visit.to(f"/m/show/{slug}/{mark}")
    return _form(visit, call)


def _handing(visit: Visit, call: Call) -> Handing:
    asked = visit.form
    text = asked.get("text")
    return Handing(
        text=int(text) if text.isdecimal() and len(text) < 16 else call.text,
        agreed=asked.flag("agreed"),
        age=asked.get("age"),
        once=visit.once,
        name=asked.get("name"),
        words=asked.get("words").replace("\r\n", "\n"),
        picture=_picture(asked.get("photo")),
        device=visit.device,
        person=who(visit).node,
    )


def _picture(text: str) -> bytes | None:
    """What the page's script made of the chosen photo, drawn anew; None where none was chosen."""
    if not text:
        return None
    from PIL import Image

    try:
        given = base64.b64decode(text.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        zh, en = "打不开这张照片，请换一张。", "This photo can't be opened: choose another."
        raise BadInput("picture_broken", zh, en, field="picture") from None
    drawn = opened(given, "picture", PICTURE_PIXELS_MAX)
    drawn.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    flat = Image.new("RGB", drawn.size, (255, 255, 255))
    flat.paste(drawn, (0, 0), drawn)
    kept = BytesIO()
    flat.save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()


def _form(visit: Visit, call: Call | None) -> Answer:
    assert call is not None
    show_it = visit.page if visit.form.ok else visit.invalid
    context: dict[str, Any] = {
        "collection": call,
        "asked": visit.form,
        "text": keeping.get_text(visit.stores, call.text),
        "ages": AGES,
        "words_max": WORDS_CHARACTERS_MAX,
        "name_max": NAME_CHARACTERS_MAX,
    }
    return show_it("show_form.html", **context)


def _open(visit: Visit, call: Call | None) -> bool:
    return call is not None and call.open(visit.stores.clock.now())


def _shut(visit: Visit, call: Call | None) -> Answer:
    return friendly.show(visit, friendly.unknown() if call is None else friendly.ended(call.ends))


@page("/m/show/{slug}/{mark}")
def left(visit: Visit, slug: str, mark: str) -> Answer:
    found = _post(visit, slug, mark)
    if found is None:
        return friendly.show(visit, friendly.unknown())
    call, post = found
    return visit.page("show_left.html", collection=call, post=post, mine=_mine(visit, post), stage=STAGES[post.stage])


@page("/m/show/{slug}/{mark}/photo.jpg")
def photo(visit: Visit, slug: str, mark: str) -> Answer:
    """Shown to the device it came from alone."""
    found = _post(visit, slug, mark)
    if found is None or not found[1].pictured or not _mine(visit, found[1]):
        return friendly.show(visit, friendly.unknown())
    headers = ((b"cache-control", b"private, no-store"),)
    return Answer(keeping.picture_of(visit.stores, found[1].id), type=b"image/jpeg", headers=headers)


@submit("/m/show/{slug}/{mark}")
def take_back(visit: Visit, slug: str, mark: str) -> Answer:
    """The consent is taken back; doing it again changes nothing."""
    found = _post(visit, slug, mark)
    if found is None:
        return friendly.show(visit, friendly.unknown())
    if _mine(visit, found[1]):
        keeping.take_back(visit.stores, found[1].id)
    return visit.to(f"/m/show/{slug}/{mark}")


def _mine(visit: Visit, post: Post) -> bool:
    """The device it came from, or another of the same person's."""
    node = who(visit).node
    return post.device == visit.device or (post.person is not None and post.person == node)


def _post(visit: Visit, slug: str, mark: str) -> tuple[Call, Post] | None:
    call = keeping.call_at(visit.stores, slug)
    post = None if call is None else keeping.post_at(visit.stores, call.id, mark)
    return None if call is None or post is None else (call, post)


ROUTES = [show, hand_in, left, photo, take_back]
