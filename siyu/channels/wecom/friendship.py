"""A customer and a member of staff, as far as the platform told. Pure, but for reading and storing.

Nothing comes in order. A change of state counts only where it is later than the one known; what happened is told in
any case, once. A friendship is the time between a beginning and an end, so that the two callbacks of one beginning
(the customer adds first, the member adds back) are told as one, and a sync that finds it tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy.engine import Connection

from siyu.channels.wecom import mirror
from siyu.channels.wecom.tables import wecom_contacts

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
FRIENDS = ("half", "friend")
TOLD_OF = {
    "removed": "friend_removed",
    "lost": "friend_lost",
    "transferred": "friend_transferred",
    "gone": "friend_removed",
}
RANKS = {"half": 1, "friend": 2}
OTHER_RANK = 3
"""Of two changes in the same second (the platform's times have no smaller part) the higher rank is the later."""
SAME_BEGINNING = timedelta(seconds=2)
"""The list's ``createtime`` and the callback of one beginning may be so far apart."""


class Listed(NamedTuple):
    """A customer in a member's list, or a follower of a customer's."""

    since: datetime
    channel: str
    add_way: int | None
    tags: str  # ids, sorted, with commas


@dataclass(slots=True)
class Contact:
    """See ``tables.py``."""

    external_userid: str
    userid: str
    state: str = "unknown"
    told: datetime = NEVER
    since: datetime | None = None
    ended: datetime | None = None
    channel: str = ""
    reread: datetime | None = None
    archiving: datetime | None = None
    transfer_failed: str = ""
    read: datetime | None = None
    add_way: int | None = None
    tags: str = ""
    profile: str = ""

    def begin(self, state: str, at: datetime, channel: str) -> str:
        """A friendship begins, half or whole; the event it is in a person's life, "" for none."""
        since = self.since
        within = since is not None and since - SAME_BEGINNING <= at and (self.ended is None or at < self.ended)
        first_half = state == "half" and since is not None and at <= since
        if self._later(state, at) and not within:
            self.since, self.ended, self.channel = at, None, channel
        elif since is None or first_half:
            self.since, self.channel = at, self.channel or channel
        self.channel = self.channel or (channel if within else "")
        return "" if within or first_half else "friend_added"

    def end(self, state: str, at: datetime) -> str:
        """It ends."""
        if self._later(state, at):
            self.ended = at
        return TOLD_OF[state]

    def find(self, at: datetime, listed: Listed) -> str:
        """It is in a list that was asked for at ``at``."""
        if self.read is not None and at < self.read:
            return ""
        self.read, self.add_way, self.tags = at, listed.add_way, listed.tags
        self.channel = self.channel or listed.channel
        if self.told > at:
            return ""  # a callback knows better
        if self.state in FRIENDS:
            self.since = self.since or listed.since
            return ""
        # Whom a customer deleted still has them in the list.
        if self.state == "lost" and listed.since <= (self.ended or self.told):
            return ""
        again = self.since is not None and abs(self.since - listed.since) <= SAME_BEGINNING
        self.state, self.told, self.since, self.ended = "friend", at, listed.since, None
        return "" if again else "friend_added"

    def miss(self, at: datetime) -> str:
        """It is no longer in a list that was asked for at ``at``."""
        if self.state not in FRIENDS or self.told > at:
            return ""
        self.state, self.told, self.ended, self.read = "gone", at, at, at
        return TOLD_OF["gone"]

    def _later(self, state: str, at: datetime) -> bool:
        """Take the state if it is not older than the one known."""
        told = at.replace(microsecond=0) + timedelta(milliseconds=RANKS.get(state, OTHER_RANK))
        if told < self.told:
            return False
        self.state, self.told = state, told
        return True


COLUMNS = tuple(field.name for field in fields(Contact))
MET = ("external_userid", "userid", "state", "told", "since", "channel", "read", "add_way", "tags", "profile")
"""What is known of somebody whom a list told of first; all else is as it is by default."""

Pair = tuple[str, str]
"""external_userid, userid."""


def contacts_known(conn: Connection, account: int, pairs: Sequence[Pair]) -> dict[Pair, Contact]:
    """What is known of these pairs, of those that there are."""
    found = mirror.look_up(conn, wecom_contacts, account, pairs, COLUMNS)
    return {(row[0], row[1]): Contact(*row) for row in found}


def contacts_of(conn: Connection, account: int, pairs: Sequence[Pair]) -> dict[Pair, Contact]:
    """What is known of each pair; nothing yet of those that are new."""
    known = contacts_known(conn, account, pairs)
    return {pair: known.get(pair) or Contact(*pair) for pair in pairs}


def store(conn: Connection, account: int, contacts: Sequence[Contact], columns: Sequence[str] = COLUMNS) -> None:
    """Put them back. Between reading and storing nobody else may have changed them (``mirror.alone``). ``columns``:
    the only ones that may have changed, with those of the key."""
    if contacts:
        given = {name: list(map(attrgetter(name), contacts)) for name in columns}
        mirror.put_columns(conn, wecom_contacts, account, given, always=True)
