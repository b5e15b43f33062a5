"""Which step of a new version stands for which of the one before: proposed, checked, and what it means for somebody who
rests there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from siyu.reach.journeys import nodes
from siyu.reach.journeys.findings import Problem
from siyu.reach.journeys.model import Journey

Waits = nodes.Wait | nodes.WaitUntil | nodes.BestHour | nodes.WaitEvent
Moved = Literal["stays", "acts"]
"""*stays*: they rest at the new step until the moment that they had. *acts*: the new step is done for them at once."""


def rests(node: nodes.Any) -> bool:
    """Whether people come to rest at this step (at a message: those who wait for the guard)."""
    if isinstance(node, nodes.Task):
        return node.wait
    return isinstance(node, Waits) or (isinstance(node, nodes.Message) and node.when_held.do == "wait")


def proposed(old: Journey, new: Journey) -> dict[str, str]:
    """Each step of the old version at which people rest → the one of the same id, where that is possible."""
    there = {node.id: node for node in new.nodes}
    return {
        node.id: node.id
        for node in old.nodes
        if rests(node) and node.id in there and moved(node, there[node.id]) is not None
    }


def moved(old: nodes.Any, new: nodes.Any) -> Moved | None:
    """What becomes of somebody who rests at ``old`` and is moved to ``new``; None where that can't be meant."""
    if isinstance(new, nodes.Task) and new.wait:  # their task is of the old step: news of it name that
        return "stays" if isinstance(old, nodes.Task) and old.wait and old.id == new.id else None
    if isinstance(new, Waits):
        return None if isinstance(old, nodes.Message) else "stays"
    if isinstance(old, nodes.Message) and isinstance(new, nodes.Message):
        return "stays"
    return "acts"


def problems_of_moves(old: Journey | None, new: Journey, moves: Mapping[str, str]) -> list[Problem]:
    """What is wrong with a mapping: the steps that it names, and whether anybody can be moved so."""
    return list(_problems(old, new, moves))


def _problems(old: Journey | None, new: Journey, moves: Mapping[str, str]) -> Iterator[Problem]:
    if old is None:
        yield Problem(
            None,
            "journey_moves_first",
            "这是第一版，还没有人可以转移。",
            "This is the first version; there is nobody to move.",
            field="moves",
        )
        return
    before, after = ({node.id: node for node in each.nodes} for each in (old, new))
    for one, other in moves.items():
        if one not in before or other not in after:
            missing, zh, en = (
                (one, "原版本", "version before") if one not in before else (other, "新版本", "new version")
            )
            yield Problem(
                other if other in after else None,
                "journey_moves_unknown",
                f"{zh}里没有步骤「{missing}」。",
                f"The {en} has no step “{missing}”.",
                field="moves",
            )
        elif rests(before[one]) and moved(before[one], after[other]) is None:
            names = (before[one].title or one, after[other].title or other)
            yield Problem(
                other,
                "journey_moves_unfit",
                f"停在「{names[0]}」的人不能移到「{names[1]}」：那里要等的事还没有为他们开始。请移到它前面的步骤。",
                f"Who rests at “{names[0]}” can't be moved to “{names[1]}”: what is awaited there has not begun for "
                "them. Move them to a step before it.",
                field="moves",
            )
