"""What a platform that lets a new friend be welcomed must be able to do. What is said is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from siyu.channels.protocol import Account

WelcomedKind = Literal["sent", "already", "late", "failed"]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who may be welcomed, once, with ``code``. ``adviser`` is the member of staff they came to, ``channel``
    the code that brought them; ``identifier`` (kind, value) is who they are."""

    code: str = field(repr=False)
    adviser: str
    channel: str
    identifier: tuple[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What is said: text, written out, and attachments (see ``../attachments.py``)."""

    text: str = field(repr=False)
    attachments: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Welcomed:
    """What became of it. already — somebody or something welcomed them before: as good as done. late — the platform's
    time was over. ``zh``/``en`` say why it failed; ``answer`` holds the platform's code and words, never a secret."""

    kind: WelcomedKind
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    zh: str = ""
    en: str = ""


class Welcomer(Protocol):
    """One platform's side of welcoming. Safe to use from many threads."""

    @property
    def seconds_max(self) -> float:
        """How long after the callback the platform still takes a welcome."""
        ...

    def newcomer(self, body: bytes) -> Newcomer | None:
        """Who is to be welcomed by a kept callback; None where nobody is."""
        ...

    def profile(self, account: Account, newcomer: Newcomer, seconds: float) -> Mapping[str, str]:
        """What the platform knows of them (``name``, ``sex``), asked within ``seconds``; nothing where it fails."""
        ...

    def ready(self, account: Account, media: Sequence[str]) -> None:
        """Have these media (sha-256) at the platform for hours to come. One that can't be had is let be."""
        ...

    def welcome(self, account: Account, newcomer: Newcomer, greeting: Greeting, seconds: float) -> Welcomed:
        """Say it, within ``seconds``. Doing it again reaches nobody twice. Raises nothing that a platform may do."""
        ...
