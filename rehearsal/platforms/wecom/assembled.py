"""The whole platform: all families of calls, and the app that answers them."""

from __future__ import annotations

from pathlib import Path

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Routes
from rehearsal.platforms.wecom import (
    access,
    contact_ways,
    contacts,
    groups,
    join_ways,
    mass,
    media,
    members,
    setting_up,
    staff,
    tags,
    welcome,
)
from rehearsal.platforms.wecom.world import WeCom

FAMILIES = (access, members, contacts, tags, contact_ways, welcome, media, groups, join_ways, mass, setting_up)


def routes() -> Routes[WeCom]:
    table: Routes[WeCom] = Routes()
    for family in FAMILIES:
        table.include(family.ROUTES)
    return table


def wecom(path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> Simulator[WeCom]:
    """A WeCom without corps. ``path``: the SQLite file of its state."""
    world = WeCom(path, clock, seed)
    staff.does(world)
    return Simulator(world, routes())
