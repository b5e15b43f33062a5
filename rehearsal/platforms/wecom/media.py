"""Files: temporary ones for three days, those for moments and albums, pictures with a lasting address."""

from __future__ import annotations

import math

from rehearsal.platforms.core.routes import Answer, Refusal, Reply, Request, Routes, Upload
from rehearsal.platforms.wecom.corp import Corp, day_of
from rehearsal.platforms.wecom.model import Media
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
MEGABYTE = 1_000_000
BYTES_MAX = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "file": 20 * MEGABYTE}
LASTING_BYTES_MAX, LASTING_PER_DAY = 2 * MEGABYTE, 1000
BYTES_MIN = 6
LIFE_SECONDS = 3 * 86_400


def _file(request: Request, kind: str, most: int) -> Upload:
    if kind not in BYTES_MAX:
        raise Refusal(40004)
    try:
        found = [each for each in request.uploads() if each.filename]
    except ValueError as error:
        raise Refusal(44001) from error
    if not found:
        raise Refusal(44001)
    if not BYTES_MIN <= len(found[0].content) <= most:
        raise Refusal(40006)
    return found[0]


def _keep(world: WeCom, corp: Corp, upload: Upload, kind: str, use: str, key: str = "", until: float = 0.0) -> Media:
    now = world.now()
    media_id = key or world.new_id("", 43)
    media = Media(media_id, kind, upload.filename, upload.content, now, until or now + LIFE_SECONDS, use)
    return corp.media.put(media_id, media)


@ROUTES.post("/cgi-bin/media/upload")
def upload(world: WeCom, request: Request) -> Answer:
    kind = request.query.get("type", "")
    media = _keep(world, world.caller(request), _file(request, kind, BYTES_MAX.get(kind, 0)), kind, "temporary")
    return {"type": kind, "media_id": media.media_id, "created_at": str(media.created)}


@ROUTES.post("/cgi-bin/media/upload_attachment")
def upload_attachment(world: WeCom, request: Request) -> Answer:
    """For moments (1) or the album (2)."""
    kind = request.query.get("media_type", "")
    use = {"1": "moments", "2": "album"}.get(request.query.get("attachment_type", ""))
    if use is None:
        raise Refusal(40058, "attachment_type")
    media = _keep(world, world.caller(request), _file(request, kind, BYTES_MAX.get(kind, 0)), kind, use)
    return {"type": kind, "media_id": media.media_id, "created_at": media.created}


@ROUTES.post("/cgi-bin/media/uploadimg")
def upload_picture(world: WeCom, request: Request) -> Answer:
    """A lasting address, 1,000 a day."""
    corp = world.caller(request)
    today = day_of(world.now())
    if sum(1 for each in corp.media.values() if each.use == "permanent" and each.created >= today) >= LASTING_PER_DAY:
        raise Refusal(45009)
    found = _file(request, "image", LASTING_BYTES_MAX)
    address = f"https://p.qpic.cn/pic_wework/{world.new_id('', 40)}/0"
    return {"url": _keep(world, corp, found, "image", "permanent", address, math.inf).media_id}


@ROUTES.get("/cgi-bin/media/get")
def get(world: WeCom, request: Request) -> Answer:
    media = world.caller(request).media.get(request.query.get("media_id", ""))
    if media is None or media.use == "permanent" or media.until <= world.clock.now():
        raise Refusal(40007)
    name = (("content-disposition", 'attachment; filename="media"'),)
    return Reply(media.content, 200, "application/octet-stream", name)
