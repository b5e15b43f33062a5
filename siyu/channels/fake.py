"""A channel that keeps what it is given, for tests and for trying things out. Shipped beside the protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from siyu.channels.protocol import ACCEPTED, About, Account, Bar, Check, Form, Message, Outcome, Part, parts_of

ABOUT = About(
    name="fake",
    zh="试验渠道",
    en="Trial channel",
    suits_zh="试验",
    suits_en="Trying things out",
    limits_zh="无",
    limits_en="None",
    cost_zh="免费",
    cost_en="Free",
    settled_zh="以同一投递编号重发",
    settled_en="Sent again with the same delivery id",
    address_kinds=(),
    drops_repeats=True,
    marketing=True,
    opens_by_picture=False,
    list_max=50,
    fields=(),
    parts=(Part("text", "text", "正文", "Text", True, 2000),),
)


@dataclass
class FakeChannel:
    """Answers as ``answer`` says (accepted unless told otherwise) and remembers each call."""

    name: str = "fake"
    drops_repeats: bool = True
    address_kinds: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    bars: tuple[Bar, ...] = ()
    answer: Callable[[Message], Outcome] = lambda _: ACCEPTED
    calls: list[list[Message]] = field(default_factory=list[list[Message]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def about(self) -> About:
        about = replace(ABOUT, name=self.name, drops_repeats=self.drops_repeats, address_kinds=self.address_kinds)
        return replace(about, forms=self.forms, parts=parts_of(self.forms)) if self.forms else about

    @property
    def received(self) -> list[Message]:
        """Every message of every call, repeats included, in order."""
        with self._lock:
            return [message for call in self.calls for message in call]

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return replace(self.about.in_form(content), bars=self.bars)

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        return None

    def new_secrets(self) -> Mapping[str, str]:
        return {}

    def list_max(self, account: Account) -> int:
        return ABOUT.list_max

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        with self._lock:
            self.calls.append(list(messages))
        return [self.answer(message) for message in messages]

    def check(self, account: Account) -> Check:
        return Check(True, "正常", "Works")

    def close(self) -> None:
        return None
