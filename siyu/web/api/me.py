"""Who asks, and how the installation is."""

from __future__ import annotations

from datetime import datetime

import msgspec

from siyu.staff.model import Actor
from siyu.staff.roles import ROLES
from siyu.storage import Stores
from siyu.web import health
from siyu.web.outside import Outside
from siyu.web.routes import SIGNED_IN, api_read


class Me(msgspec.Struct):
    """The caller: kind (`staff` or `key`), number, role and what it permits."""

    kind: str
    id: int | None
    name: str
    role: str
    permissions: list[str]


class HealthAnswer(msgspec.Struct):
    """`waiting` counts bodies in the inbox; `lag_seconds` is the age of the oldest change not yet in reports."""

    at: datetime
    version: str
    waiting: int
    lag_seconds: float
    events: int
    event_bytes: int
    disk_free_bytes: int
    jobs_active: int
    worries: list[str]


@api_read("/api/me", SIGNED_IN)
def me(actor: Actor) -> Me:
    """Who this key or sign-in belongs to."""
    permissions = sorted(ROLES[actor.role].permissions) if actor.role in ROLES else []
    return Me(actor.kind, actor.id, actor.name, actor.role, permissions)


@api_read("/api/health", "jobs.read")
def health_now(stores: Stores, outside: Outside) -> HealthAnswer:
    """Backlog, freshness, disk and jobs, as the health page shows them."""
    found = health.look(stores)
    return HealthAnswer(
        stores.clock.now(),
        outside.version,
        found.waiting,
        found.lag_seconds,
        found.events,
        found.event_bytes,
        found.disk_free,
        len(found.active),
        [en for _, en in found.worries],
    )


ROUTES = [me, health_now]
