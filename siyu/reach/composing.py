"""Composing: a claimed message written out for its person, with address, identifiers and signed links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.channels import Account, Channel, Message
from siyu.jobs import preferences
from siyu.people.tables import identifiers, people
from siyu.reach.broadcasts import check_ready_roots, get_sender
from siyu.reach.claiming import Claim, Lane
from siyu.reach.content import Written, with_links, write
from siyu.reach.fields import load
from siyu.reach.links import Links
from siyu.reach.outbox import delivery_id
from siyu.storage import SiyuError, Stores, sent


@dataclass(frozen=True, slots=True)
class Composed:
    """Messages by their number in the outbox, what is kept of each for "why did I get this?", and those that failed."""

    messages: Mapping[int, Message]
    kept: Mapping[int, Mapping[str, Any]]
    failed: tuple[int, ...]


def compose(
    stores: Stores,
    channel: Channel,
    account: Account,
    lane: Lane,
    claim: Claim,
    links: Links,
    installation: str,
    now: datetime,
) -> Composed:
    """Write every claimed message. One whose template fails on its person's values is told apart, the rest go."""
    broadcast = get_sender(stores, lane.broadcast)
    content = broadcast.draft.content.get(channel.about.name, {})
    about = channel.speaking(account.id, account.settings, content)
    kept_of, known = _identities(stores, claim, account, about.address_kinds)
    fields = load(stores, sorted(set(kept_of.values())), check_ready_roots(about.parts, content))
    language = str(preferences.get(stores, "language"))
    messages: dict[int, Message] = {}
    kept: dict[int, Mapping[str, Any]] = {}
    failed: list[int] = []
    for number, person in zip(claim.messages, claim.persons, strict=True):
        try:
            written = write(about.parts, content, fields[kept_of[person]], language)
        except SiyuError:
            failed.append(number)
            continue
        owned = known.get(kept_of[person], {})
        address = next((owned[kind] for kind in about.address_kinds if kind in owned), "")
        messages[number] = Message(
            delivery_id=delivery_id(installation, number),
            person=kept_of[person],
            address=address,
            content=with_links(written.parts, {} if about.alike else _tracked(links, number, written)),
            kind=lane.kind,
            broadcast=lane.broadcast,
            identifiers={kind: value for kind, value in owned.items() if kind not in about.address_kinds},
            unsubscribe=links.unsubscribe(number) if lane.kind == "marketing" else None,
            picture=links.opened(number) if about.opens_by_picture else None,
            sent_at=now.isoformat(),
        )
        kept[number] = {"parts": dict(written.parts), "links": list(written.links)}
    return Composed(messages, kept, tuple(failed))


def _tracked(links: Links, number: int, written: Written) -> dict[str, str]:
    made = {link: links.followed(number, place) for place, link in enumerate(written.links)}
    return {link: tracked for link, tracked in made.items() if tracked}


def _identities(
    stores: Stores, claim: Claim, account: Account, address_kinds: tuple[str, ...]
) -> tuple[dict[int, int], dict[int, dict[str, str]]]:
    """Who speaks for each person today, and the newest identifier of each kind that this account may see."""
    allowed = [kind.strip() for kind in str(account.settings.get("identifiers") or "").split(",") if kind.strip()]
    kinds = list(dict.fromkeys([*address_kinds, *allowed]))
    with stores.ledger.read() as conn:
        asked = sent(conn, person=(sa.BigInteger, list(claim.persons)))
        kept_of = {
            int(person): int(kept)
            for person, kept in conn.execute(
                sa.select(people.c.person, people.c.kept).join(asked, asked.c.person == people.c.person)
            )
        }
        speakers = sent(conn, person=(sa.BigInteger, sorted(set(kept_of.values()))))
        rows = conn.execute(
            sa.select(people.c.kept, identifiers.c.kind, identifiers.c.value)
            .select_from(speakers)
            .join(people, people.c.kept == speakers.c.person)
            .join(identifiers, identifiers.c.person == people.c.person)
            .order_by(identifiers.c.since, identifiers.c.value)
        )
        known: dict[int, dict[str, str]] = {}
        for kept, kind, value in rows:
            # Asked of SQLite, it would look up the kind instead of the person: everybody's identifiers, for each one.
            if kind not in kinds:
                continue
            known.setdefault(kept, {})[kind] = value
    return kept_of, known
