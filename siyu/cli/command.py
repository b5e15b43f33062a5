"""What a command is: its words, its arguments, and a plain function of the open stores.

Kept free of heavy imports, so that ``siyu --help`` is quick; each command imports its room when it runs.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siyu.staff.acts import Act
    from siyu.storage import Stores

Watch = Callable[[int, int | None, str], None]
"""Told how far a long command is: done, all (None if unknown), stage."""


@dataclass(frozen=True)
class Call:
    """One call of a command on open stores. ``folder`` is where relative file names begin; ``alone`` says
    that no worker runs beside it, in this process or another; ``act`` is its record where it is audited."""

    stores: Stores
    arguments: Namespace
    folder: Path
    watch: Watch
    alone: bool = False
    act: Act | None = None

    def note(self, subject: str = "", **detail: Any) -> None:
        """Say what the audit row of this command is about; as ``note`` of the web."""
        if self.act is not None:
            self.act.subject = subject or self.act.subject
            self.act.detail.update(detail)

    def path(self, name: str) -> Path:
        """A file that the caller named."""
        return self.folder / Path(name).expanduser()


def pairs(name: str, texts: Sequence[str]) -> dict[str, str]:
    """``KEY=VALUE`` options as a mapping. Raises :class:`BadInput` where the sign is missing."""
    from siyu.storage import BadInput

    found: dict[str, str] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not (key and sign):
            raise BadInput(
                "not_a_pair",
                f"--{name} 应写成 名称=值，现在是 {text!r}。",
                f"--{name} takes KEY=VALUE, not {text!r}.",
                field=name,
            )
        found[key] = value
    return found


def no_arguments(parser: ArgumentParser) -> None:
    """For commands that take none."""


@dataclass(frozen=True)
class Command:
    """``words`` is how it is called (``("import", "orders")``). ``run`` answers what ``--json`` prints; for people it
    is laid out as text. ``audits`` names the action in the audit log, empty where nothing changes."""

    words: tuple[str, ...]
    zh: str
    en: str
    run: Callable[[Call], Mapping[str, Any]]
    arguments: Callable[[ArgumentParser], None] = no_arguments
    examples: tuple[str, ...] = ()
    audits: str = ""


@dataclass(frozen=True)
class ServerCommand:
    """A command that opens the stores itself and stays: ``up``, ``web``, ``worker``."""

    words: tuple[str, ...]
    zh: str
    en: str
    parts: frozenset[str] = field(default_factory=frozenset[str])
