"""The smallest platform there is: one word can be kept and read, and each keeping is told."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.core.routes import Answer, Request, Routes
from rehearsal.platforms.core.world import World

NOON = 1_800_000_000.0


class Word(msgspec.Struct, frozen=True):
    text: str


class Tiny(World):
    def __init__(self, path: Path | None = None, clock: DomainClock | None = None) -> None:
        super().__init__(path, clock)
        self.words = self.shelf.drawer("words", Word)
        self.agenda.does["forget"] = lambda about: self.words.remove(about["key"])

    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        listener = self.words.get("listener")
        if listener is None:
            return None
        return Sealed(listener.text + parcel.address, parcel.message.encode(), {"nonce": nonce})


ROUTES: Routes[Tiny] = Routes()


@ROUTES.get("/token", open=True)
def token(world: Tiny, request: Request) -> Answer:
    given, seconds = world.tokens.issue(request.query["who"], "app")
    return {"access_token": given, "expires_in": seconds}


@ROUTES.post("/keep")
def keep(world: Tiny, request: Request) -> Answer:
    body = request.json()
    world.words.put(request.account, Word(body["text"]))
    world.poster.post("/told", body["text"])
    if "seconds" in body:
        world.agenda.at(world.clock.now() + body["seconds"], "forget", key=request.account)
    return {}


@ROUTES.get("/read")
def read(world: Tiny, request: Request) -> Answer:
    word = world.words.get(request.account)
    return {"text": word.text if word else None}


@ROUTES.post("/upload")
def upload(world: Tiny, request: Request) -> Answer:
    return {"parts": [[each.name, each.filename, each.content.hex()] for each in request.uploads()]}


@ROUTES.door("listen")
def listen(world: Tiny, request: Request) -> Answer:
    world.words.put("listener", Word(request.json()["url"]))
    return {}


def tiny(path: Path | None = None, pace: float = 0.0) -> Simulator[Tiny]:
    """Its clock stands at noon until it is moved."""
    return Simulator(Tiny(path, DomainClock(NOON, pace)), ROUTES)
