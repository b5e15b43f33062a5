"""Access tokens: the same one until it ends, then another; may be ended early."""

from __future__ import annotations

import hashlib

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Refusal
from rehearsal.platforms.core.state import Shelf

LIFE_SECONDS = 7200


class Grant(msgspec.Struct, frozen=True):
    """To whom a token was given: an account (corp, appid…), an app of it, and what kind of token."""

    account: str
    app: str
    kind: str
    until: float
    revoked: bool = False


class Tokens:
    """``codes``: what the platform says of (an unknown token, one that has ended)."""

    def __init__(
        self,
        shelf: Shelf,
        clock: DomainClock,
        codes: tuple[int, int] = (40014, 42001),
        life_seconds: int = LIFE_SECONDS,
    ) -> None:
        self._clock = clock
        self._codes = codes
        self.life_seconds = life_seconds
        self._grants = shelf.drawer("tokens", Grant)
        self._current = {(each.account, each.app, each.kind): token for token, each in self._grants.items()}

    def issue(self, account: str, app: str, kind: str = "access", *, fresh: bool = False) -> tuple[str, int]:
        """(token, seconds it is still good for). ``fresh``: another one even if the last is still good."""
        who = account, app, kind
        now = self._clock.now()
        token = self._current.get(who, "")
        grant = self._grants.get(token)
        if fresh or grant is None or grant.revoked or grant.until <= now:
            number = len(self._grants)
            token = hashlib.sha256(f"{number} {account} {app} {kind} {now}".encode()).hexdigest() * 2
            grant = self._grants.put(token, Grant(account, app, kind, now + self.life_seconds))
            self._current[who] = token
        return token, int(grant.until - now)

    def who(self, token: str, kind: str = "access") -> Grant:
        """Raises ``Refusal`` for a token that is unknown or has ended."""
        grant = self._grants.get(token)
        if grant is None or grant.kind != kind:
            raise Refusal(self._codes[0], "invalid access_token")
        if grant.revoked or grant.until <= self._clock.now():
            raise Refusal(self._codes[1], "access_token expired")
        return grant

    def end(self, account: str | None = None, kind: str | None = None) -> int:
        """Tokens of an account (or all) are good no longer; how many."""
        ended = 0
        for token, grant in list(self._grants.items()):
            if account in (None, grant.account) and kind in (None, grant.kind) and not grant.revoked:
                self._grants.change(token, revoked=True)
                ended += 1
        return ended
