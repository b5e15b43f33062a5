"""The rules of the guard, a file each, in the order in which they speak: the first that holds gives the reason."""

from __future__ import annotations

from siyu.reach.rules.address import Address
from siyu.reach.rules.base import Asked, Rule
from siyu.reach.rules.blocklist import Blocklist
from siyu.reach.rules.caps import CAP, CHANNEL_CAP
from siyu.reach.rules.consent import Consent
from siyu.reach.rules.cool_down import CoolDown
from siyu.reach.rules.erased import Erased
from siyu.reach.rules.fatigue import FATIGUE
from siyu.reach.rules.minors import Minors
from siyu.reach.rules.no_profiling import NoProfiling
from siyu.reach.rules.quiet_hours import QuietHours
from siyu.reach.rules.ratio import Ratio

QUIET_HOURS = QuietHours()
RULES: tuple[Rule, ...] = (
    Erased(),
    Blocklist(),
    Minors(),
    NoProfiling(),
    Consent(),
    Address(),
    CoolDown(),
    CAP,
    CHANNEL_CAP,
    Ratio(),
    FATIGUE,
    QUIET_HOURS,
)

OFF_AT_FIRST = frozenset({FATIGUE.name})
"""Rules that wait until the operator switches them on."""

__all__ = ["OFF_AT_FIRST", "QUIET_HOURS", "RULES", "Asked", "QuietHours", "Rule"]
