"""What people do with an official account."""

from __future__ import annotations

from pathlib import Path

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Answer, Request, Routes
from rehearsal.platforms.official_account import calls, pages
from rehearsal.platforms.official_account.world import OfficialAccountWorld
from rehearsal.platforms.wechat.common import common_routes
from rehearsal.platforms.wechat.world import User

DOORS: Routes[OfficialAccountWorld] = Routes()


@DOORS.door("followers")
def followers(world: OfficialAccountWorld, request: Request) -> Answer:
    """People who followed before anybody listened: ``{"app_id", "count", "prefix", "unions": true}``."""
    wish = request.json()
    app_id, prefix = wish["app_id"], str(wish.get("prefix", "o"))
    for number in range(int(wish["count"])):
        openid = f"{prefix}{number:07d}"
        unionid = f"union-{openid}" if wish.get("unions", True) else ""
        user = User(openid, unionid, following=True, subscribe_time=world.now() - 86_400)
        world.users.put(world.key(app_id, openid), user)
    return {"followers": len(world.followers(app_id))}


@DOORS.door("follows")
def follows(world: OfficialAccountWorld, request: Request) -> Answer:
    """Somebody follows, by a code's scene or without: ``{"app_id", "openid", "unionid", "scene", "ticket"}``."""
    wish = request.json()
    app_id, openid, scene = wish["app_id"], wish["openid"], str(wish.get("scene", ""))
    world.meet(app_id, openid, str(wish.get("unionid", "")))
    changes = {"following": True, "subscribe_time": world.now(), "qr_scene": scene}
    how = "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH"
    world.change(app_id, openid, **changes, subscribe_scene=how)
    world.acted(app_id, openid)
    if scene:
        ticket = str(wish.get("ticket", "TICKET"))
        world.event(app_id, openid, "subscribe", EventKey=f"qrscene_{scene}", Ticket=ticket)
    else:
        world.event(app_id, openid, "subscribe", EventKey="")
    return {}


@DOORS.door("unfollows")
def unfollows(world: OfficialAccountWorld, request: Request) -> Answer:
    """``{"app_id", "openid"}``."""
    wish = request.json()
    world.change(wish["app_id"], wish["openid"], following=False, tags=(), wrote_left=0, acted_left=0)
    world.event(wish["app_id"], wish["openid"], "unsubscribe", EventKey="")
    return {}


@DOORS.door("scans")
def scans(world: OfficialAccountWorld, request: Request) -> Answer:
    """A follower scans a code: ``{"app_id", "openid", "scene"}``."""
    wish = request.json()
    world.acted(wish["app_id"], wish["openid"])
    world.event(wish["app_id"], wish["openid"], "SCAN", EventKey=wish["scene"], Ticket="TICKET")
    return {}


@DOORS.door("taps")
def taps(world: OfficialAccountWorld, request: Request) -> Answer:
    """A follower taps the menu: ``{"app_id", "openid", "key", "event": "CLICK"|"VIEW"}``."""
    wish = request.json()
    if wish.get("event", "CLICK") == "CLICK":
        world.acted(wish["app_id"], wish["openid"])
    world.event(wish["app_id"], wish["openid"], str(wish.get("event", "CLICK")), EventKey=wish["key"])
    return {}


@DOORS.door("blocks_templates")
def blocks_templates(world: OfficialAccountWorld, request: Request) -> Answer:
    """A follower refuses template messages: ``{"app_id", "openid"}``."""
    wish = request.json()
    world.change(wish["app_id"], wish["openid"], blocks_templates=True)
    return {}


def official_account(
    path: Path | None = None, clock: DomainClock | None = None, seed: int = 7
) -> Simulator[OfficialAccountWorld]:
    """The simulator, with or without a file that it remembers in."""
    routes: Routes[OfficialAccountWorld] = Routes()
    routes.include(common_routes())  # pyright: ignore[reportArgumentType] (functions of the wider world)
    routes.include(calls.ROUTES)
    routes.include(pages.ROUTES)
    routes.include(DOORS)
    return Simulator(OfficialAccountWorld(path, clock, seed), routes)
