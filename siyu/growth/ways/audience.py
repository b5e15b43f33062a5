"""The audience of everybody who came through a code: a live one, which follows."""

from __future__ import annotations

from siyu.audiences import actions
from siyu.audiences.conditions.did import Did
from siyu.audiences.filters import Filter
from siyu.audiences.model import Rule
from siyu.growth.ways.model import MEANS, KeptWay
from siyu.storage import Stores


def rule_of(code: KeptWay) -> Rule:
    """Came through it, ever."""
    return Did(MEANS[code.kind][0], (Filter("properties.channel_state", "is", code.state),))


def make_audience(stores: Stores, by: str, code: KeptWay, name: str = "") -> int:
    """Keep them as an audience; its number. Raises :class:`BadInput`: the name is too long."""
    return actions.create(stores, by, name.strip() or f"来自渠道码「{code.name}」", rule_of(code))
