"""Staff who take hours to confirm a task, or never do (``manners``: ``staff_confirm``, ``staff_hours``)."""

from __future__ import annotations

from typing import Any

from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.people import ACTS
from rehearsal.platforms.wecom.world import WeCom

TASK = "staff"


def may_confirm_later(world: WeCom, corp: Corp, name: str, **about: Any) -> None:
    """Perhaps the act is done some hours from now; it depends on the member's luck."""
    manners = world.manners
    if world.chance.random() < manners.staff_confirm:
        after = world.chance.expovariate(1.0 / (manners.staff_hours * 3600)) if manners.staff_hours else 0.0
        world.agenda.at(world.clock.now() + after, TASK, corpid=corp.corpid, act=name, **about)


def does(world: WeCom) -> None:
    """Tells the agenda what these appointments mean."""

    def confirm(about: dict[str, Any]) -> None:
        ACTS[about["act"]](world, world.corps[about["corpid"]], about)

    world.agenda.does[TASK] = confirm
