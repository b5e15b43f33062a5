"""Tokens: fetched once, shared by every thread and process, sealed in the ledger, never in a log.

Single flight: a lock among the threads of this process, and among processes a row leased to the one that fetches;
the others look until the token is there. A platform that refuses (a wrong secret) is not asked again for a minute,
because it bans addresses that keep asking.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.failures import TOKEN_AWAITED, TOKEN_REFUSED, PlatformError
from siyu.channels.platform.tables import platform_tokens as table
from siyu.channels.secrets import keyring
from siyu.storage import Stores, insert_into

SEAL = "platform_tokens"
EARLY_SECONDS = 300
"""A token is replaced this long before its end, or at half of a shorter life."""
REFUSED_SECONDS = 60
FETCH_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.05
PROCESS = uuid.uuid4().hex
"""Who fetches: this process, whichever of its threads."""


class Fetched(NamedTuple):
    token: str
    seconds: float  # its life, domain time


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token, of which kind, by which secret."""

    account: int
    kind: str
    secret: str

    @classmethod
    def of(cls, account: int, kind: str, secret: str) -> Holder:
        return cls(account, kind, hashlib.sha256(secret.encode()).hexdigest()[:16])


class Tokens:
    """The tokens of one installation. Safe to use from every thread."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._kept: dict[Holder, tuple[str, datetime]] = {}
        self._failed: dict[Holder, tuple[float, PlatformError]] = {}  # when the last fetch failed, and how
        self._locks: defaultdict[Holder, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def current(self, holder: Holder, fetch: Callable[[], Fetched]) -> str:
        """A token that is good now; ``fetch`` is called by one caller of all. Raises what ``fetch`` raises, also to
        those who waited for it meanwhile: each trying it after the other, they would be held up by a platform that is
        away."""
        kept = self._kept.get(holder)
        if kept is not None and kept[1] > self._stores.clock.now():
            return kept[0]
        asked = time.monotonic()
        with self._lock(holder):
            failed = self._failed.get(holder)
            if failed is not None and failed[0] >= asked:
                raise failed[1]
            give_up = time.monotonic() + 2 * FETCH_SECONDS_MAX
            while time.monotonic() < give_up:
                token = self._stored(holder)
                if token is None and self._take_fetching(holder):
                    token = self._fetch(holder, fetch)
                if token is not None:
                    return token
                time.sleep(LOOK_SECONDS)
        raise PlatformError("token_awaited", TOKEN_AWAITED, holder.kind, retry_after_seconds=FETCH_SECONDS_MAX)

    def stale(self, holder: Holder, token: str) -> None:
        """Give back a token that the platform did not take. One that was replaced meanwhile is not touched."""
        if self._kept.get(holder, ("",))[0] == token:
            self._kept.pop(holder, None)
        with self._stores.ledger.write() as conn:
            row = self._row(conn, holder)
            if row is not None and row.sealed is not None and self._opened(row.sealed) == token:
                conn.execute(sa.update(table).where(_is(holder)).values(sealed=None, fresh_until=None))

    def renewed(self, holder: Holder) -> str | None:
        """The secret that took the place of the one that was entered; None where that one is good still."""
        with self._stores.ledger.read() as conn:
            row = self._row(conn, _next(holder))
        return None if row is None or row.sealed is None else self._opened(row.sealed)

    def keep_renewed(self, holder: Holder, secret: str) -> None:
        """Keep the secret for the next fetch: the platform takes each only once."""
        following = _next(holder)
        sealed = {"secret": holder.secret, "sealed": self._sealed(secret)}
        with self._stores.ledger.write() as conn:
            stored = insert_into(conn, table).values(account=holder.account, kind=following.kind, **sealed)
            conn.execute(stored.on_conflict_do_update(index_elements=["account", "kind"], set_=sealed))

    def _lock(self, holder: Holder) -> threading.Lock:
        with self._guard:
            return self._locks[holder]

    def _stored(self, holder: Holder) -> str | None:
        with self._stores.ledger.read() as conn:
            row = self._row(conn, holder)
        now = self._stores.clock.now()
        if row is None:
            return None
        if row.sealed is not None and row.fresh_until > now:
            token = self._opened(row.sealed)
            self._kept[holder] = (token, row.fresh_until)
            return token
        if row.refused_until is not None and row.refused_until > now:
            left = (row.refused_until - now).total_seconds()
            raise PlatformError(row.refused_code, TOKEN_REFUSED, holder.kind, retry_after_seconds=left)
        return None

    def _row(self, conn: Connection, holder: Holder) -> Any:
        return conn.execute(sa.select(table).where(_is(holder), table.c.secret == holder.secret)).one_or_none()

    def _take_fetching(self, holder: Holder) -> bool:
        now = datetime.now(UTC)
        mine = {"fetcher": PROCESS, "fetching_until": now + timedelta(seconds=FETCH_SECONDS_MAX)}
        other_secret = table.c.secret != holder.secret
        nobody = sa.or_(table.c.fetching_until.is_(None), table.c.fetching_until < now, other_secret)
        if self._stores.alone:  # another process that was fetching is dead: nobody waits for its time to run out
            nobody = sa.or_(nobody, table.c.fetcher != PROCESS)
        # A token that came between looking and taking must not be fetched over.
        needed = sa.or_(table.c.sealed.is_(None), table.c.fresh_until <= self._stores.clock.now(), other_secret)
        anew = {"secret": holder.secret, "sealed": None, "fresh_until": None, "refused_until": None}
        with self._stores.ledger.write() as conn:
            taken = insert_into(conn, table).values(account=holder.account, kind=holder.kind, **anew, **mine)
            taken = taken.on_conflict_do_update(
                index_elements=["account", "kind"], set_={**anew, **mine}, where=sa.and_(nobody, needed)
            )
            return conn.execute(taken.returning(table.c.kind)).first() is not None

    def _fetch(self, holder: Holder, fetch: Callable[[], Fetched]) -> str:
        values: dict[str, Any] = {"fetching_until": None}
        try:
            token, seconds = fetch()
            fresh = timedelta(seconds=max(seconds - EARLY_SECONDS, seconds / 2))
            values |= {"sealed": self._sealed(token), "fresh_until": self._stores.clock.now() + fresh}
        except PlatformError as error:
            if error.failure.kind in ("account", "ours"):
                until = self._stores.clock.now() + timedelta(seconds=REFUSED_SECONDS)
                values |= {"refused_until": until, "refused_code": str(error.platform_code)}
            self._failed[holder] = (time.monotonic(), error)
            raise
        finally:
            with self._stores.ledger.write() as conn:
                conn.execute(sa.update(table).where(_is(holder), table.c.fetcher == PROCESS).values(**values))
        self._kept[holder] = (token, values["fresh_until"])
        return token

    def _sealed(self, token: str) -> bytes:
        return keyring(self._stores.home).seal(token.encode(), SEAL)

    def _opened(self, sealed: bytes) -> str:
        return keyring(self._stores.home).open(sealed, SEAL).decode()


def _next(holder: Holder) -> Holder:
    """Where the secret is kept that takes the place of the one entered; with another one entered, it is none."""
    return replace(holder, kind=f"{holder.kind}:next")


def _is(holder: Holder) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.account == holder.account, table.c.kind == holder.kind)
