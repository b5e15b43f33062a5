"""The whole platform: all families of calls, and the app that answers them."""

from __future__ import annotations

from pathlib import Path

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Routes
from rehearsal.platforms.wecom import (
    access,
    acquisition,
    contact_ways,
    contacts,
    groups,
    join_ways,
    kf,
    kf_people,
    mass,
    media,
    members,
    moments,
    setting_up,
    staff,
    statistics,
    tags,
    transfers,
    welcome,
    word_rules,
)
from rehearsal.platforms.wecom.world import WeCom

FAMILIES = (
    access,
    members,
    contacts,
    tags,
    contact_ways,
    welcome,
    media,
    groups,
    join_ways,
    mass,
    moments,
    kf,
    acquisition,
    transfers,
    statistics,
    word_rules,
    setting_up,
)
ACTS = kf_people.ACTS
"""What people and staff do, by name: every family has entered its own."""

MOMENTS_PER_MINUTE = 10


def routes() -> Routes[WeCom]:
    table: Routes[WeCom] = Routes()
    for family in FAMILIES:
        table.include(family.ROUTES)
    return table


def wecom(path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> Simulator[WeCom]:
    """A WeCom without corps. ``path``: the SQLite file of its state."""
    world = WeCom(path, clock, seed)
    for family in (staff, moments, transfers):
        family.does(world)
    world.after_chat.append(acquisition.chatted)
    world.limits.set(f"{moments.CONTACT}/add_moment_task", per_minute=MOMENTS_PER_MINUTE)
    return Simulator(world, routes())
