"""The way to connect an account, step by step: what to do where, and what a live look at each step found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["good", "bad", "open"]
"""*open*: not known yet (the platform has not called, a step before it failed, it is busy)."""

WORDS: Mapping[str, tuple[str, str]] = {
    "token": ("密钥", "Secret"),
    "address": ("可信 IP", "Trusted address"),
    "sign": ("短信签名", "Sign"),
    "callback": ("回调", "Callbacks"),
    "permission": ("接口权限", "Permissions"),
    "orders": ("补单接口", "Reading orders"),
    "connection": ("连接", "Connection"),
}
"""Every step there is, in the order in which they are taken."""


@dataclass(frozen=True, slots=True)
class Step:
    """``todo``: what to do in the platform's console or elsewhere, in order (zh, en). With the *callback* step the
    page shows the address that is to be pasted."""

    name: str
    todo: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        return WORDS[self.name]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at one step. ``family``: which calls, where a step has several (zh, en)."""

    step: str
    state: State
    zh: str
    en: str
    family: tuple[str, str] | None = None
    needed: bool = True

    def plain(self) -> dict[str, Any]:
        """As it is kept and as the API gives it."""
        family = {"family_zh": self.family[0], "family_en": self.family[1]} if self.family else {}
        words = {"zh": self.zh, "en": self.en, **family}
        return {"step": self.step, "state": self.state, "needed": self.needed, **words}


def state_of(states: Iterable[tuple[State, bool]]) -> State:
    """Of a step, from (state, whether it is needed) of each finding: what is not needed spoils nothing."""
    needed = [state for state, wanted in states if wanted]
    if "bad" in needed:
        return "bad"
    return "good" if needed and all(state == "good" for state in needed) else "open"


def spoiler(findings: Sequence[Finding]) -> Finding | None:
    """The first that keeps the account from working, what is known to be bad before what is not known; None where it
    works. Callbacks come when the platform calls, so they spoil nothing."""
    wanted = [each for each in findings if each.needed and each.state != "good"]
    return min(wanted, key=lambda each: each.state != "bad", default=None)
