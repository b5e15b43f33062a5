"""What a family of callbacks is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.news import News

Apply = Callable[[Connection, int, Sequence[Callback]], list[News]]


@dataclass(frozen=True, slots=True)
class Family:
    """``needs``: of each name the fields that must hold an identifier. ``apply`` as in
    :class:`~siyu.channels.platform.callbacks.Receiver`, for callbacks of these names alone."""

    needs: Mapping[str, tuple[str, ...]]
    apply: Apply


def needing(event: str, changes: Iterable[str], *fields: str) -> dict[str, tuple[str, ...]]:
    """All changes of an event with the same needs."""
    return {f"{event}.{change}": fields for change in changes}


def change_of(callback: Callback) -> str:
    return callback.name.partition(".")[2]


def key_of(callback: Callback, *more: str) -> str:
    """The same whenever the same thing is told."""
    return ":".join((f"wecom:{callback.account}:{callback.key}", *more))
