"""Composing: a claimed message written out for its person, with address, identifiers and signed links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.channels import About, Account, Message
from siyu.channels.protocol import Part
from siyu.content.fields import ROOTS
from siyu.jobs import preferences
from siyu.people.tables import identifiers, people
from siyu.reach.claiming import Lane
from siyu.reach.content import Written, fields_read, with_links
from siyu.reach.fields import load
from siyu.reach.links import Links
from siyu.reach.model import Broadcast
from siyu.reach.outbox import delivery_id
from siyu.reach.writing import Writing
from siyu.storage import BadInput, SiyuError, Stores, gathered, sent


@dataclass(frozen=True, slots=True)
class Composed:
    """Messages by their number in the outbox, what is kept of each for "why did I get this?", and those that failed."""

    messages: Mapping[int, Message]
    kept: Mapping[int, Mapping[str, Any]]
    failed: Sequence[int]


class Composer:
    """Writes messages of one lane: what they have in common is made ready once."""

    def __init__(
        self,
        stores: Stores,
        account: Account,
        about: About,
        lane: Lane,
        sender: Broadcast,
        links: Links,
        installation: str,
        now: datetime,
    ) -> None:
        self._stores = stores
        self._about = about
        self._lane = lane
        self._links = links
        self._installation = installation
        self._now = now.isoformat()
        self._kinds = _kinds_told(account, about)
        content = sender.draft.content.get(lane.channel, {})
        self._writing = Writing(about.parts, content, str(preferences.get(stores, "language")))
        self._fields = _fields_wanted(about.parts, content)

    def compose(self, numbers: Sequence[int], persons: Sequence[int]) -> Composed:
        """Write every message. One whose template fails on its person's values is told apart, the rest go."""
        kept_of, known = self._identities(persons)
        fields = load(self._stores, sorted(set(kept_of.values())), self._fields)
        messages: dict[int, Message] = {}
        kept: dict[int, Mapping[str, Any]] = {}
        failed: list[int] = []
        for number, person in zip(numbers, persons, strict=True):
            speaker = kept_of[person]
            try:
                written = self._writing.of(fields[speaker])
            except SiyuError:
                failed.append(number)
                continue
            messages[number] = self._message(number, speaker, known.get(speaker, {}), written)
            kept[number] = {"parts": written.parts, "links": written.links}
        return Composed(messages, kept, failed)

    def _message(self, number: int, person: int, owned: Mapping[str, str], written: Written) -> Message:
        about, links, kinds = self._about, self._links, self._about.address_kinds
        content = written.parts
        if written.links and not about.alike:
            content = with_links(content, self._tracked(number, written))
        return Message(
            delivery_id=delivery_id(self._installation, number),
            person=person,
            address=next((owned[kind] for kind in kinds if kind in owned), "") if kinds else "",
            content=content,
            kind=self._lane.kind,
            broadcast=self._lane.broadcast,
            identifiers={kind: value for kind, value in owned.items() if kind not in kinds} if kinds else owned,
            unsubscribe=links.unsubscribe(number) if self._lane.kind == "marketing" else None,
            picture=links.opened(number) if about.opens_by_picture else None,
            sent_at=self._now,
        )

    def _tracked(self, number: int, written: Written) -> dict[str, str]:
        made = {link: self._links.followed(number, place) for place, link in enumerate(written.links)}
        return {link: tracked for link, tracked in made.items() if tracked}

    def _identities(self, persons: Sequence[int]) -> tuple[dict[int, int], dict[int, dict[str, str]]]:
        """Who speaks for each person today, and the newest identifier of each kind that this account may see."""
        known: dict[int, dict[str, str]] = {}
        with self._stores.ledger.read() as conn:
            asked = sent(conn, person=(sa.BigInteger, list(persons)))
            query = sa.select(people.c.person, people.c.kept).join(asked, asked.c.person == people.c.person)
            nodes, kept = gathered(conn, query)
            kept_of: dict[int, int] = dict(zip(nodes, kept, strict=True))
            if not self._kinds:
                return kept_of, known
            speakers = sent(conn, person=(sa.BigInteger, sorted(set(kept))))
            rows = gathered(
                conn,
                sa.select(identifiers.c.since, identifiers.c.value, people.c.kept, identifiers.c.kind)
                .select_from(speakers)
                .join(people, people.c.kept == speakers.c.person)
                .join(identifiers, identifiers.c.person == people.c.person),
            )
        # Asked of SQLite, it would look up the kind instead of the person: everybody's identifiers, for each one.
        told = [row for row in zip(*rows, strict=True) if row[3] in self._kinds]
        if len(told) > len({row[2] for row in told}):
            told.sort()  # the newest last
        for _, value, speaker, kind in told:
            known.setdefault(speaker, {})[kind] = value
        return kept_of, known


def _kinds_told(account: Account, about: About) -> frozenset[str]:
    allowed = (kind.strip() for kind in str(account.settings.get("identifiers") or "").split(","))
    return frozenset([*about.address_kinds, *(kind for kind in allowed if kind)])


def _fields_wanted(parts: Sequence[Part], content: Mapping[str, str]) -> set[str]:
    """The fields that content uses; all of them where it isn't right (that was said before it started)."""
    try:
        return fields_read(parts, content, "")
    except BadInput:
        return set(ROOTS)
