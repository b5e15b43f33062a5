"""Messages of journeys as senders: a row of ``broadcasts`` that stands for as long as its journey runs.

So the outbox, the guard, delivery, results and "why did I get this?" know one kind of sender. A standing one has no
audience and never ends by itself; the engine writes its messages by :func:`~siyu.reach.outbox.intend_and_tell`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Channels
from siyu.jobs import enqueue
from siyu.reach.broadcasts import CLOSE_JOB, read_sender, ways_of
from siyu.reach.guard import Way, Wish
from siyu.reach.model import Draft, Kind, Tone, WhenUnknown
from siyu.reach.outbox import Intention
from siyu.reach.tables import broadcasts
from siyu.storage import insert_into

StandingState = Literal["standing", "paused", "cancelled"]


def stand(
    conn: Connection,
    *,
    journey: int,
    version: int,
    node: str,
    name: str,
    kind: Kind,
    tone: Tone,
    channels: Sequence[int],
    content: Mapping[str, Mapping[str, str]],
    when_unknown: WhenUnknown,
    priority: int,
    salt: str,
    by: str,
    now: datetime,
    expires: datetime | None = None,
) -> int:
    """Have the message of a step stand: its number as a sender. Again for the same step changes nothing.

    Accounts and content are checked before (:func:`~siyu.reach.broadcasts.check_ready`). ``priority``: 0 to 100;
    ``expires``: nothing of it is sent from then on.
    """
    row = {
        "name": name,
        "kind": kind,
        "tone": tone,
        "channels": list(channels),
        "content": {channel: dict(parts) for channel, parts in content.items()},
        "holdout_percent": 0,
        "salt": salt,
        "when_unknown": when_unknown,
        "state": "standing",
        "created": now,
        "changed": now,
        "started": now,
        "by": by,
        "expires": expires,
        "priority": priority,
        "journey": journey,
        "journey_version": version,
        "node": node,
    }
    made = conn.execute(
        insert_into(conn, broadcasts).values(**row).on_conflict_do_nothing().returning(broadcasts.c.id)
    ).scalar()
    return senders_of(conn, journey, version)[node] if made is None else made


def senders_of(conn: Connection, journey: int, version: int) -> dict[str, int]:
    """The senders of a version: step's id → number."""
    mine = sa.and_(broadcasts.c.journey == journey, broadcasts.c.journey_version == version)
    return {row.node: row.id for row in conn.execute(sa.select(broadcasts.c.node, broadcasts.c.id).where(mine))}


@dataclass(frozen=True, slots=True)
class Standing:
    """A sender, read once for all who come to its step together."""

    sender: int
    draft: Draft
    ways: Sequence[Way]

    def intention(
        self, *, installation: str, now: datetime, run: int = 1, asked_again: Iterable[str] = ()
    ) -> Intention:
        """What is written for people who come to the step for the ``run``-th time, for ``intend_and_tell``."""
        wish = Wish(self.draft.kind, self.draft.tone, self.ways, now, self.draft.priority)
        return Intention(self.sender, wish, installation, now, run, frozenset(asked_again))


def read_standing(conn: Connection, channels: Channels, sender: int) -> Standing:
    """Raises :class:`~siyu.storage.NotFound`."""
    draft = read_sender(conn, sender).draft
    return Standing(sender, draft, ways_of(conn, channels, draft))


def set_standing_state(
    conn: Connection, journey: int, version: int | None, state: StandingState, *, now: datetime
) -> list[int]:
    """Pause the senders of a version (None: of every version), have them stand again, or cancel them for good; the
    numbers of those that changed. What waits of cancelled ones is given up by a job."""
    mine = broadcasts.c.journey == journey
    if version is not None:
        mine = sa.and_(mine, broadcasts.c.journey_version == version)
    others = [each for each in ("standing", "paused") if each != state]
    values = {"state": state, "changed": now} | ({"finished": now} if state == "cancelled" else {})
    changed = conn.execute(
        sa.update(broadcasts).where(mine, broadcasts.c.state.in_(others)).values(**values).returning(broadcasts.c.id)
    )
    numbers = sorted(changed.scalars())
    if state == "cancelled":
        for number in numbers:
            enqueue(conn, CLOSE_JOB, {"broadcast": number}, now=now, key=f"{CLOSE_JOB}-{number}")
    return numbers
