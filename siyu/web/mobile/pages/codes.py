"""``/c/<slug>``: who scans a live code gets a page with the target that is theirs, always the same one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread

from siyu.channels import media
from siyu.growth.codes import links, reading
from siyu.growth.codes.allocator import Placed, Scan
from siyu.growth.codes.model import Target
from siyu.growth.codes.reading import LiveCode
from siyu.growth.ways import ways
from siyu.storage import NotFound, Stores
from siyu.web.current import current
from siyu.web.mobile import friendly
from siyu.web.mobile.friendly import Notice
from siyu.web.mobile.routes import page, submit
from siyu.web.mobile.visit import Answer, Visit

MARK_CHARACTERS = 20
"""Of the sha-256 of a picture, in its public address."""
PICTURE_SECONDS = int(timedelta(days=1).total_seconds())
WECHAT = "MicroMessenger"


@page("/c/{slug}", personal=True)
async def scan(visit: Visit, slug: str) -> Answer:
    number = await _number(visit, slug)
    if number is None:
        return friendly.show(visit, friendly.unknown())
    if visit.robot:  # it takes nobody's place
        return await anyio.to_thread.run_sync(_announced, visit, number)
    placed = await visit.shared.allocator.awaited(_scan(visit, number))
    if placed.code is None or placed.target is None:
        return _without_target(visit, placed)
    call = current()
    asked = (
        *(placed.code.id, placed.code.changed, placed.target.id),
        *(call.language, call.shop, WECHAT in call.agent),
    )
    known = visit.shared.landings.get(asked)
    if known is not None:
        return known
    made = await anyio.to_thread.run_sync(_landing, visit, placed.code, placed.target)
    return made if links.is_acquisition(placed.target.link) else visit.shared.landings.put(asked, made)


@submit("/c/{slug}")
async def choose(visit: Visit, slug: str) -> Answer:
    """Somebody chose a group. Their place is kept before they are led back to the page that shows it."""
    number = await _number(visit, slug)
    if number is None:
        return friendly.show(visit, friendly.unknown())
    choice = visit.form.whole("choice", low=1)
    if not visit.form.ok:
        return visit.to(f"/c/{slug}")
    placed = await visit.shared.allocator.awaited(_scan(visit, number, choice))
    if placed.closed or placed.target is not None:
        return visit.to(f"/c/{slug}")
    return visit.to(f"/c/{slug}?taken=1")


@page("/c/{slug}/{file}")
def picture(visit: Visit, slug: str, file: str) -> Answer:
    """The picture of a target, uploaded by the operator. Only pictures of this code are shown."""
    code = reading.code_at(visit.stores, slug)
    if code is None or len(file) != MARK_CHARACTERS:
        return friendly.show(visit, friendly.unknown())
    with visit.stores.ledger.read() as conn:
        targets = reading.targets_of(conn, [code.id]).get(code.id, {}).values()
    sha256 = next((each.picture for each in targets if each.picture[:MARK_CHARACTERS] == file), "")
    if not sha256:
        return friendly.show(visit, friendly.unknown())
    medium, body = media.get_medium(visit.stores, sha256)
    kept = b"public, max-age=%d" % PICTURE_SECONDS
    return Answer(body, type=medium.type.encode(), headers=((b"cache-control", kept),))


def _scan(visit: Visit, number: int, choice: int | None = None) -> Scan:
    return Scan(number, visit.device, city=visit.shared.regions.city(current().address), choice=choice)


async def _number(visit: Visit, slug: str) -> int | None:
    """The code of an address; once known it never changes."""
    known = visit.shared.codes.get(slug)
    if known is not None:
        return known
    found = await anyio.to_thread.run_sync(reading.code_at, visit.stores, slug)
    return None if found is None else visit.shared.codes.put(slug, found.id)


def _without_target(visit: Visit, placed: Placed) -> Answer:
    code = placed.code
    if code is None:
        return friendly.show(visit, friendly.unknown())
    if placed.choices:
        return visit.page("choose.html", code=code, choices=placed.choices, taken="taken" in visit.query)
    notices: dict[str, Notice] = {
        "not_begun": friendly.not_begun(code.starts),
        "paused": friendly.resting(),
        "ended": friendly.ended(code.ends),
        "": friendly.full(placed.again),
    }
    return friendly.show(visit, notices[placed.closed])


def _announced(visit: Visit, number: int) -> Answer:
    """What a preview may say of a code: its name and welcome."""
    code = reading.get_code(visit.stores, number)
    return visit.page("code.html", code=code, target=None, image="", link="", wechat=False)


def _landing(visit: Visit, code: LiveCode, target: Target) -> Answer:
    image = _image(visit.stores, code, target)
    if not image and not target.link:  # a code at WeCom that is not made yet
        return friendly.show(visit, friendly.full(None))
    parts = urlsplit(image)
    images = (f"{parts.scheme}://{parts.netloc}",) if parts.netloc else ()
    link = links.link_for(visit.stores.home, target.link, visit.device, code.id)
    fields: dict[str, Any] = {"code": code, "target": target, "image": image, "link": link}
    return visit.page("code.html", images=images, wechat=WECHAT in current().agent, **fields)


def _image(stores: Stores, code: LiveCode, target: Target) -> str:
    if target.picture:
        return f"/c/{code.slug}/{target.picture[:MARK_CHARACTERS]}"
    if target.way is None:
        return ""
    try:
        return ways.get_way(stores, target.way).qr
    except NotFound:
        return ""


ROUTES = [scan, choose, picture]
