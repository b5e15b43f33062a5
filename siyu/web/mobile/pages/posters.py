"""``/m/e/<effort>/poster``: the poster of who started it, to be saved: their link, their name, their portrait.

Nobody else is shown it: a poster says who somebody is, and an effort's page does not.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable

from siyu.growth.campaigns import reading
from siyu.growth.campaigns.model import Campaign, Effort
from siyu.growth.posters import keeping
from siyu.growth.posters.command import drawn
from siyu.growth.posters.drawing import NOBODY, Face
from siyu.growth.posters.model import SIZES, Poster
from siyu.storage import BadInput, Unavailable
from siyu.web.current import current
from siyu.web.limits import TooMany
from siyu.web.mobile import friendly
from siyu.web.mobile.routes import page, submit
from siyu.web.mobile.visit import Answer, Visit, address
from siyu.web.mobile.who import kept, own, who

PORTRAIT_PIXELS_MAX = 1_000_000
"""The page makes it small before it is sent."""
PICTURE_SECONDS = 3_600
WAITS_SECONDS = 3.0
"""Of who finds as many drawing as may at once."""

Mine = tuple[Campaign, Effort, Poster, int]
"""What was started, the poster it offers, and the person (kept)."""


@page("/m/e/{slug}/poster", personal=True)
def poster_page(visit: Visit, slug: str) -> Answer:
    mine = _mine(visit, slug)
    return _away(visit, slug) if mine is None else _shown(visit, mine)


@submit("/m/e/{slug}/poster")
def set_face(visit: Visit, slug: str) -> Answer:
    """How they want to be shown."""
    mine = _mine(visit, slug)
    if mine is None:
        return _away(visit, slug)
    form = visit.form
    with form.errors_kept():
        if form.get("act") == "clear":
            keeping.clear_face(visit.stores, mine[3])
        else:
            name, picture = form.get("name").strip(), _portrait(form.get("portrait"))
            keeping.set_face(
                visit.stores, keeping.SELF, mine[3], name=name, picture=picture, pixels_max=PORTRAIT_PIXELS_MAX
            )
    return visit.to(f"/m/e/{slug}/poster") if form.ok else _shown(visit, mine, invalid=True)


@page("/m/e/{slug}/poster.jpg")
def picture(visit: Visit, slug: str) -> Answer:
    """The poster itself; with ``plain`` without name and portrait."""
    mine = _mine(visit, slug)
    if mine is None:
        return friendly.show(visit, friendly.unknown())
    _, effort, poster, person = mine
    face = NOBODY if "plain" in visit.query else keeping.face_of(visit.stores, person)
    link = address(f"/m/e/{effort.slug}")
    key = (effort.id, poster.id, poster.changed, _mark(face))
    body = visit.shared.posters.get(key) or _drawn(visit, key, lambda: drawn(visit.stores, poster.id, link, face))
    return Answer(body, type=b"image/jpeg", headers=((b"cache-control", b"private, max-age=%d" % PICTURE_SECONDS),))


def _drawn(visit: Visit, key: tuple[object, ...], draw: Callable[[], bytes]) -> bytes:
    """Draw it and keep it. Raises :class:`TooMany` and :class:`Unavailable`: it takes the machine a while."""
    shared, now = visit.shared, visit.stores.clock.now().timestamp()
    seconds = shared.draws.take(visit.device, now) or shared.draws_there.take(current().address, now)
    if seconds:
        raise TooMany(seconds)
    with shared.drawing.room(WAITS_SECONDS) as free:
        if not free:
            raise Unavailable(
                "posters_busy",
                "现在画海报的人很多，请过一会儿再打开。",
                "Many posters are being drawn just now: please open it again in a moment.",
            )
        return shared.posters.get(key) or shared.posters.put(key, draw())


def _mine(visit: Visit, slug: str) -> Mine | None:
    """None: there is no such effort, it is over, it has no poster, or it is not sure that they started it."""
    effort = reading.effort_at(visit.stores, slug)
    node = own(visit)
    if effort is None or node is None or visit.robot:
        return None
    person = kept(visit, effort.person)
    campaign = reading.get_campaign(visit.stores, effort.campaign)
    now = visit.stores.clock.now()
    if person != node or campaign.shut(now) or not effort.is_open(now) or campaign.plays.solo(campaign.ruled):
        return None
    poster = keeping.chosen(visit.stores, campaign.id)
    return None if poster is None else (campaign, effort, poster, person)


def _away(visit: Visit, slug: str) -> Answer:
    """To the effort's own page; who is not surely known is told how to be."""
    unsure = who(visit).node is not None and own(visit) is None
    return friendly.show(visit, friendly.unsure(f"/m/e/{slug}")) if unsure else visit.to(f"/m/e/{slug}")


def _shown(visit: Visit, mine: Mine, *, invalid: bool = False) -> Answer:
    campaign, effort, poster, person = mine
    face = keeping.face_of(visit.stores, person)
    plain = "plain" in visit.query
    same = f"/m/e/{effort.slug}/poster.jpg?v={_mark(NOBODY if plain else face)}{poster.changed.timestamp():.0f}"
    return (visit.invalid if invalid else visit.page)(
        "poster.html",
        campaign=campaign,
        effort=effort,
        picture=same + ("&plain=1" if plain else ""),
        plain=plain,
        size=SIZES[poster.size],
        face=face,
        form=visit.form,
        characters=keeping.FACE_NAME_CHARACTERS_MAX,
        asks_portrait=poster.layout.portrait is not None,
        asks_name=poster.layout.name is not None or poster.layout.portrait is not None,
    )


def _portrait(text: str) -> bytes | None:
    """What the page's script made of the chosen picture; None where none was chosen."""
    if not text:
        return None
    try:
        return base64.b64decode(text.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("picture_broken", "打不开这张图片。", "This picture can't be opened.", field="picture") from None


def _mark(face: Face) -> str:
    """Another one for another face, so that no old picture is shown."""
    return hashlib.sha256(face.name.encode() + b"\0" + (face.picture or b"")).hexdigest()[:12]


ROUTES = [poster_page, set_face, picture]
