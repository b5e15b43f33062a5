"""What Ocean Engine answers to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.ocean.fields import ads_clue, life_clue
from rehearsal.platforms.ocean.world import (
    REFRESH_SECONDS,
    WRONG,
    WRONG_REFRESH,
    App,
    Clue,
    Ocean,
    Push,
    Told,
    dumped,
    epoch,
)

ROUTES: Routes[Ocean] = Routes()
PAGE_SIZE_MAX = 100
OWNERS_MAX = 50
LIFE_STATES = frozenset({"ARRIVAL", "CLUE_CONFIRM", "CLUE_HIGH_INTENTION", "CONVERSION_CLASS", "INVALID_EVENT"})


@ROUTES.post("/open_api/oauth2/refresh_token/", open=True)
def refresh_token(world: Ocean, request: Request) -> Answer:
    body = request.json()
    app, asked = str(body["app_id"]), world.refreshes.get(str(body["refresh_token"]))
    known = world.apps.get(app)
    if known is None or known.secret != body["secret"]:
        raise Refusal(WRONG, "app_id or secret is wrong")
    if asked is None or asked.used or asked.app != app:
        raise Refusal(WRONG_REFRESH, "refresh_token is wrong")
    world.refreshes.change(str(body["refresh_token"]), used=True)
    token, seconds = world.tokens.issue(app, app, fresh=True)
    return {
        "access_token": token,
        "expires_in": seconds,
        "refresh_token": world.refresh_token(app),
        "refresh_token_expires_in": REFRESH_SECONDS,
    }


@ROUTES.get("/open_api/2/tools/clue/get/")
def clue_get(world: Ocean, request: Request) -> Answer:
    owners = world.owned(request, json.loads(request.query["advertiser_ids"]))
    return _page(world, "ads", owners, request.query)


@ROUTES.post("/open_api/2/tools/clue/life/get/")
def life_get(world: Ocean, request: Request) -> Answer:
    body = request.json()
    if len(body["local_account_ids"]) > OWNERS_MAX:
        raise Refusal(WRONG, "too many accounts")
    return _page(world, "life", world.owned(request, body["local_account_ids"]), body)


def _page(world: Ocean, kind: str, owners: list[int], asked: dict[str, Any]) -> Answer:
    since, until = epoch(asked["start_time"]), epoch(asked["end_time"])
    page, size = int(asked["page"]), int(asked["page_size"])
    if not 1 <= size <= PAGE_SIZE_MAX or page < 1:
        raise Refusal(WRONG, "page_size is wrong")
    found = [each for each in world.clues.values() if each.kind == kind and each.owner in owners]
    found = sorted((each for each in found if since <= int(each.at) <= until), key=lambda each: each.at)
    pages = -(-len(found) // size)
    info = {"total": len(found), "page_total": pages, "page_size": size, "page_number": page}
    return {"list": [each.fields for each in found[(page - 1) * size : page * size]], "page_info": info}


@ROUTES.post("/open_api/2/tools/clue/callback/")
def callback(world: Ocean, request: Request) -> Answer:
    body = request.json()
    owners = world.owned(request, body["advertiser_ids"])
    return _told(world, "ads", owners, body)


@ROUTES.post("/open_api/2/tools/clue/life/callback/")
def life_callback(world: Ocean, request: Request) -> Answer:
    body = request.json()
    if body["clue_convert_state"] not in LIFE_STATES:
        raise Refusal(WRONG, "clue_convert_state is wrong")
    return _told(world, "life", world.owned(request, body["local_account_ids"]), body)


def _told(world: Ocean, kind: str, owners: list[int], body: dict[str, Any]) -> Answer:
    number = str(body["clue_id"])
    clue = world.clues.get(number)
    if clue is None or clue.kind != kind or clue.owner not in owners:
        raise Refusal(WRONG, "clue_id is wrong")
    world.told_back.put(str(len(world.told_back) + 1), Told(number, str(body["clue_convert_state"]), body))
    return {}


# --- what tests and worlds do


@ROUTES.door("app")
def open_app(world: Ocean, request: Request) -> Answer:
    """{app_id, secret, owners}: an app that these accounts authorised; its first refresh token."""
    wish = request.json()
    world.apps.put(str(wish["app_id"]), App(str(wish["secret"]), list(wish["owners"])))
    return {"refresh_token": world.refresh_token(str(wish["app_id"]))}


@ROUTES.door("clue")
def leave_clue(world: Ocean, request: Request) -> Answer:
    """{owner, kind, seconds_ago, fields, push}: somebody leaves a lead now or so long ago; its number."""
    wish = request.json()
    number = str(7_000_000_000_000_000_000 + len(world.clues))
    at = world.clock.now() - float(wish.get("seconds_ago", 0))
    make = life_clue if wish.get("kind") == "life" else ads_clue
    fields = {**make(number, int(wish["owner"]), at), **wish.get("fields", {})}
    world.clues.put(number, Clue(int(wish["owner"]), wish.get("kind", "ads"), at, fields))
    if wish.get("push"):
        world.poster.post(str(wish["push"]), dumped(fields), name=f"clue-{number}")
    return {"clue_id": number}


@ROUTES.door("listen")
def listen(world: Ocean, request: Request) -> Answer:
    """{to, url, secret}: where pushes go."""
    wish = request.json()
    world.pushes.put(wish["to"], Push(wish["url"], wish["secret"]))
    return {}


@ROUTES.door("told")
def told(world: Ocean, request: Request) -> Answer:
    """What was told back, in order."""
    return {"told": [{"clue": each.clue, "state": each.state, "body": each.body} for each in world.told_back.values()]}


def ocean(path: Path | None = None, clock: DomainClock | None = None) -> Simulator[Ocean]:
    """A simulated Ocean Engine."""
    return Simulator(Ocean(path, clock), ROUTES)
