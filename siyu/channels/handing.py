"""What a channel must be able to do whose messages go out only when a member of staff confirms them.

Such a channel answers *handed*: the message is kept under its delivery id, for ever once. Tasks are made of what was
gathered; what became of them is asked for, and told back by delivery id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy.engine import Connection

from siyu.channels.protocol import Account


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of a message that was handed over. withdrawn — it never went out, because it was called back."""

    delivery_id: str
    state: Literal["accepted", "refused", "withdrawn"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What one adviser has to confirm. ``state``: *making* (not at the platform yet), *waiting*, *sending* (confirmed,
    results still come), *withdrawing*, *done*. ``open``: messages of it that are not settled."""

    id: int
    account: int
    broadcast: int | None
    adviser: str
    people: int
    open: int
    state: str
    handed: datetime | None
    confirmed: datetime | None
    reminders: int


Settle = Callable[[Connection, Sequence[Confirmed]], None]
"""Writes what became of messages, in the transaction in which the channel notes it."""


class Hands(Protocol):
    """One platform's side of handing messages to staff. Minded by one in the installation."""

    def known(self, conn: Connection, delivery_ids: Sequence[str]) -> set[str]:
        """Those that are kept already: whoever handed them over went away before it was noted."""
        ...

    def gathering(self, conn: Connection) -> set[tuple[int, int | None]]:
        """(account, broadcast) of which messages are gathered that are in no task yet."""
        ...

    def open_broadcasts(self, conn: Connection) -> set[tuple[int, int]]:
        """(account, broadcast) of which something is gathered or waits, and that was not called back."""
        ...

    def minded_accounts(self, conn: Connection) -> set[int]:
        """Accounts for which :meth:`mind` has something to do now."""
        ...

    def mind(self, account: Account, complete: Collection[int | None], settle: Settle) -> int:
        """Make tasks of what is gathered (of *complete* broadcasts: nothing more comes for now) and ask what became of
        those that wait; how much was done. Raises :class:`~siyu.channels.platform.failures.PlatformError` where the
        account itself is refused."""
        ...

    def withdraw(self, account: int, broadcast: int, settle: Settle) -> None:
        """Call back what has not gone out; what did is told all the same."""
        ...

    def tasks(self, conn: Connection, broadcast: int) -> list[Task]:
        """Of a broadcast, the open ones first."""
        ...

    def remind(self, account: Account, task: int) -> None:
        """Remind the adviser. Raises :class:`~siyu.storage.SiyuError` where that can't be done (again)."""
        ...
