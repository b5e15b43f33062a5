"""What goes wrong, drawn with a seed: codes, HTTP errors, silence, cut connections; before or after the work."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["code", "http", "hang", "cut", "slow"]


@dataclass
class Rule:
    """``kind``: *code* answers with ``code``; *http* with the status ``code``; *hang* is silent for ``seconds``, then
    cuts; *cut* cuts at once; *slow* answers rightly after ``seconds``. It strikes ``share`` of the calls to ``path``
    (``*``: all), after ``skip`` others, ``times`` of them at most (0: for ever). ``applied``: the work is done all the
    same, and nobody is told."""

    kind: Kind
    path: str = "*"
    code: int = -1
    share: float = 1.0
    times: int = 0
    skip: int = 0
    seconds: float = 10.0
    applied: bool = False
    hit: int = 0


@dataclass
class Faults:
    seed: int = 7
    rules: list[Rule] = field(default_factory=list[Rule])

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def set(self, rules: list[dict[str, Any]], seed: int | None = None) -> None:
        self.rules = [Rule(**rule) for rule in rules]
        if seed is not None:
            self.seed = seed
            self._chance = random.Random(seed)

    def draw(self, path: str) -> Rule | None:
        """The first rule that strikes this call."""
        for rule in self.rules:
            if rule.path not in ("*", path) or (rule.times and rule.hit >= rule.times):
                continue
            if rule.skip:
                rule.skip -= 1
                continue
            if self._chance.random() < rule.share:
                rule.hit += 1
                return rule
        return None
