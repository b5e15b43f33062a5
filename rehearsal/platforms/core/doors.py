"""The control door that every simulator has, at ``/rehearsal/<name>``: for tests and worlds, never for the product.

``clock`` GET, POST {pace, move_seconds, now}
``faults`` POST {rules, seed}
``limits`` POST {path, per_minute, per_hour, per_day, in_flight}
``latency`` POST {seconds}: machine seconds that each call takes
``poster`` GET, POST {tries, wait_seconds, again_seconds, at_once, repeats, disorder, late_seconds, held}
``settle`` POST {seconds}: waits until no callback is under way
``calls`` GET: what was asked; POST {}: forgets it
``tokens`` POST {account, kind}: ends tokens
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from rehearsal.platforms.core.calls import Calls
from rehearsal.platforms.core.routes import Answer, DoorHandler, Request

LOOK_SECONDS = 0.005
SETTLE_SECONDS = 30.0


def core_doors(seen: Calls) -> dict[str, DoorHandler[Any]]:
    """The doors by name."""
    doors: dict[str, DoorHandler[Any]] = {
        "clock": _clock,
        "faults": _faults,
        "limits": _limits,
        "poster": _poster,
        "settle": _settle,
        "tokens": _tokens,
        "latency": _latency,
    }

    def asked(world: Any, request: Request) -> Answer:
        if request.method == "POST":
            seen.by_path.clear()
            seen.by_code.clear()
            seen.last.clear()
        wanted = request.query.get("path")
        last = [call for call in seen.last if wanted in (None, call["path"])]
        most = dict(world.limits.most_at_once)
        return {"by_path": dict(seen.by_path), "by_code": dict(seen.by_code), "last": last, "most_at_once": most}

    return {**doors, "calls": asked}


def _clock(world: Any, request: Request) -> Answer:
    wish = request.json()
    if "pace" in wish:
        world.clock.set_pace(float(wish["pace"]))
    if "now" in wish:
        world.clock.set(float(wish["now"]))
    if "move_seconds" in wish:
        world.clock.move(float(wish["move_seconds"]))
    world.agenda.run_due()
    return {"now": world.clock.now(), "pace": world.clock.pace}


def _faults(world: Any, request: Request) -> Answer:
    if request.method == "POST":
        wish = request.json()
        world.faults.set(wish.get("rules", []), wish.get("seed"))
    return {"rules": [asdict(rule) for rule in world.faults.rules]}


def _limits(world: Any, request: Request) -> Answer:
    wish = request.json()
    return asdict(world.limits.set(wish.pop("path", "*"), **wish))


def _poster(world: Any, request: Request) -> Answer:
    if request.method == "POST":
        world.poster.behave(request.json())
    return world.poster.stats()


async def _settle(world: Any, request: Request) -> Answer:
    until = asyncio.get_running_loop().time() + float(request.json().get("seconds", SETTLE_SECONDS))
    while world.poster.waiting() and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(LOOK_SECONDS)
    return {"settled": not world.poster.waiting(), **world.poster.stats()}


def _tokens(world: Any, request: Request) -> Answer:
    wish = request.json()
    return {"ended": world.tokens.end(wish.get("account"), wish.get("kind"))}


def _latency(world: Any, request: Request) -> Answer:
    world.latency_seconds = float(request.json()["seconds"])
    return {"seconds": world.latency_seconds}
