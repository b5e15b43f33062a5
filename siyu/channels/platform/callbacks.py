"""What platforms call about: proved genuine at the door, kept on disk, applied by one in the installation."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from sqlalchemy.engine import Connection

from siyu.channels.platform.documents import Document
from siyu.channels.platform.news import News
from siyu.channels.protocol import Account
from siyu.channels.secrets import keyring
from siyu.storage import InboxRow, NotFound, Stores

PATH = "/callbacks/"
PATH_SECRET_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP request at the door. ``query`` is decoded."""

    method: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def given(self, name: str) -> str:
        return self.query.get(name, "")


class Received(NamedTuple):
    """What the door makes of a delivery: ``keep`` is put on disk (several where one delivery tells of many things,
    None: nothing to keep), then ``answer`` given."""

    keep: bytes | tuple[bytes, ...] | None
    answer: bytes = b""
    media_type: str = "text/plain"

    @property
    def bodies(self) -> tuple[bytes, ...]:
        """Each body of its own that has to be on disk."""
        if self.keep is None:
            return ()
        return (self.keep,) if isinstance(self.keep, bytes) else self.keep


@dataclass(frozen=True, slots=True)
class Callback:
    """One thing a platform told. ``key``: the same for the same delivery; ``number``: its row on disk."""

    platform: str
    account: int
    key: str
    name: str
    time: datetime
    fields: Document = field(repr=False)
    number: int = 0


class Told(NamedTuple):
    """What a kept body says: which kind of thing, when (None where it does not say: as it came), all of its fields."""

    name: str
    time: datetime | None
    fields: Document


class Receiver(Protocol):
    """A platform's side of receiving. Holds no state."""

    @property
    def platform(self) -> str: ...

    @property
    def known(self) -> frozenset[str]:
        """Names of what :meth:`apply` understands; all others are kept and shown."""
        ...

    def receive(self, account: Account, delivery: Delivery) -> Received:
        """Prove a delivery genuine and open it. Raises :class:`~siyu.storage.SiyuError`: 4xx, never kept."""
        ...

    def hurries(self, body: bytes) -> bool:
        """Whether a kept body may hold what has to be answered within seconds. Asked of each one: it costs nothing."""
        ...

    def read(self, body: bytes) -> Told:
        """What a kept body says. Raises :class:`~siyu.storage.BadInput`."""
        ...

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        """Change the platform's mirror by set, later times win; ``callbacks`` are new, of one account, by time.
        What it returns depends on nothing but the mirror and the callbacks."""
        ...


class Hurry(Protocol):
    """Takes what can't wait its turn: a welcome has twenty seconds, whatever else is queued."""

    def take(self, row: InboxRow) -> None:
        """From the door, once it is on disk. Returns at once; what it has no room for is noted by the applier."""
        ...

    def note(self, conn: Connection, rows: Sequence[InboxRow]) -> None:
        """From the applier, in the transaction that moves its cursor: what a crash left behind is found here.
        What was taken already is not touched."""
        ...


class NoHurry:
    """Nobody here answers within seconds."""

    def take(self, row: InboxRow) -> None:
        return None

    def note(self, conn: Connection, rows: Sequence[InboxRow]) -> None:
        return None


class Receivers(Mapping[str, Receiver]):
    """The platforms that call back, by name."""

    def __init__(self, *receivers: Receiver) -> None:
        self._receivers = {each.platform: each for each in receivers}

    def __getitem__(self, platform: str) -> Receiver:
        return self._receivers[platform]

    def __iter__(self) -> Iterator[str]:
        return iter(self._receivers)

    def __len__(self) -> int:
        return len(self._receivers)


def keep(stores: Stores, account: Account, body: bytes) -> Future[int]:
    """Put an opened callback on disk; answered is only what the future has a number for."""
    return stores.callbacks.append(stores.clock.now(), account.channel, str(account.id), 1, body)


def address(stores: Stores, platform: str, account: int) -> str:
    """The path to paste into the platform's console. Its last part can't be guessed: strangers cost nothing."""
    return f"{PATH}{platform}/{account}/{_path_secret(stores, platform, account)}"


def prove_path(stores: Stores, platform: str, account: int, secret: str) -> None:
    """Raise :class:`NotFound` unless this is the address that :func:`address` gave out."""
    if not hmac.compare_digest(secret.encode(), _path_secret(stores, platform, account).encode()):
        raise NotFound("callback_address", "没有这个回调地址。", "There is no such callback address.")


def _path_secret(stores: Stores, platform: str, account: int) -> str:
    return keyring(stores.home).derive(f"callback:{platform}:{account}").hex()[:PATH_SECRET_CHARACTERS]


def key_of(body: bytes) -> str:
    """The platform repeats a delivery with the same text, so this is the same for it."""
    return hashlib.sha256(body).hexdigest()


def moment(seconds: object) -> datetime:
    """Epoch seconds as platforms write them. Raises :class:`ValueError` for no such number."""
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("no time") from error


def only(names: Iterable[str], of: str) -> frozenset[str]:
    """Names of the form ``event.change``."""
    return frozenset(f"{of}.{name}" for name in names)
