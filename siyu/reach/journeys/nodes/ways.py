"""Where people part: by rule, by lot; and where they go."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from siyu.audiences import model as rules
from siyu.audiences.words import Words
from siyu.reach.journeys.nodes.base import Edges, Node, OneWay
from siyu.storage import BadInput

ARMS_MAX = 20


class Case(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``rule``: as audiences write them. ``title``: what the edge is called."""

    rule: dict[str, Any]
    to: str | None = None
    title: str = ""

    def read(self, at: str = "$") -> rules.Rule:
        """The rule as a tree. Raises :class:`BadInput`."""
        try:
            return rules.parse(self.rule)
        except BadInput as error:
            raise BadInput(error.code, error.zh, error.en, field=f"{at}{(error.field or '$')[1:]}") from None


class Branch(Node, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="branch"):
    """The first of the ``cases`` whose rule the person meets at this moment; ``otherwise`` where none is met."""

    cases: tuple[Case, ...]
    otherwise: str | None = None

    def edges(self) -> Edges:
        return {**{str(place): case.to for place, case in enumerate(self.cases)}, "otherwise": self.otherwise}

    def check(self, at: str) -> None:
        check_arms(len(self.cases), 1, f"{at}.cases")
        for place, case in enumerate(self.cases):
            case.read(f"{at}.cases[{place}].rule")

    def sentence(self, words: Words) -> str:
        said = [case.title or case.read().sentence(words) for case in self.cases]
        return words.t("按条件分流：" + "；".join(said), "by rule: " + "; ".join(said))


class Arm(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``share``: percent of those who come."""

    share: float
    to: str | None = None
    title: str = ""


class Split(Node, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="split"):
    """By lot, the same for a person every time they come (the assignment of experiments)."""

    arms: tuple[Arm, ...]

    def edges(self) -> Edges:
        return {str(place): arm.to for place, arm in enumerate(self.arms)}

    def check(self, at: str) -> None:
        check_arms(len(self.arms), 2, f"{at}.arms")
        if any(arm.share < 0 for arm in self.arms) or abs(sum(arm.share for arm in self.arms) - 100) > 0.01:
            raise BadInput(
                "journey_shares", "各分支比例之和须为 100%。", "The shares must sum to 100%.", field=f"{at}.arms"
            )

    def sentence(self, words: Words) -> str:
        shares = " / ".join(f"{arm.share:g}%" for arm in self.arms)
        return words.t(f"随机分流 {shares}", f"by lot {shares}")


class SubJourney(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="journey"):
    """Begin another journey for them, and go on here. Its own rules of entry hold."""

    journey: int

    def sentence(self, words: Words) -> str:
        return words.t(f"进入旅程 {self.journey}", f"enter journey {self.journey}")


class Exit(Node, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="exit"):
    """The journey ends here."""

    def sentence(self, words: Words) -> str:
        return words.t("离开旅程", "leave the journey")


def check_arms(many: int, least: int, at: str) -> None:
    """Raise :class:`BadInput` for too few ways or too many."""
    if not least <= many <= ARMS_MAX:
        raise BadInput(
            "journey_arms", f"分支须为 {least} 至 {ARMS_MAX} 个。", f"There are {least} to {ARMS_MAX} ways.", field=at
        )
