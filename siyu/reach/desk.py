"""An adviser's own customers, as the sidebar of the chat offers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from siyu.channels.wecom.friendship import FRIENDS
from siyu.channels.wecom.tables import wecom_contacts
from siyu.people.tables import identifiers, people
from siyu.storage import Stores, sent

KIND = "external_userid"
ROWS_MAX = 30


@dataclass(frozen=True, slots=True)
class Customer:
    """A friend of an adviser's. ``name`` is a free value: a phone may stand in one."""

    external_userid: str
    person: int
    name: str
    since: datetime | None


def addresses_of(stores: Stores, account: int, userid: str, persons: Sequence[int]) -> dict[int, str]:
    """Kept person → external_userid, of those among ``persons`` who are friends of this adviser's."""
    contact, known = wecom_contacts.c, identifiers.c
    same = sa.and_(contact.external_userid == known.value, contact.account == account, contact.userid == userid)
    with stores.ledger.read() as conn:
        asked = sent(conn, person=(sa.BigInteger, list(persons)))
        rows = conn.execute(
            sa.select(people.c.kept, known.value)
            .join_from(asked, people, people.c.kept == asked.c.person)
            .join(identifiers, sa.and_(known.person == people.c.person, sa.func.lower(known.kind) == KIND))
            .join(wecom_contacts, same)
            .where(contact.state.in_(FRIENDS))
        )
        return dict(rows.tuples().all())


def customers_of(stores: Stores, account: int, userid: str, words: str = "") -> list[Customer]:
    """At most ``ROWS_MAX``, who came last first; with ``words`` in their names."""
    contact, known = wecom_contacts.c, identifiers.c
    kept = people.alias("kept")
    query = (
        sa.select(contact.external_userid, kept.c.person, kept.c.name, contact.since)
        .join_from(
            wecom_contacts,
            identifiers,
            sa.and_(known.kind == KIND, known.value == contact.external_userid),
        )
        .join(people, people.c.person == known.person)
        .join(kept, kept.c.person == people.c.kept)
        .where(
            contact.account == account,
            contact.userid == userid,
            contact.state.in_(FRIENDS),
            kept.c.gone.is_(None),
        )
        .order_by(contact.since.desc().nulls_last(), contact.external_userid)
        .limit(ROWS_MAX)
    )
    if words:
        query = query.where(kept.c.name.icontains(words, autoescape=True))
    with stores.ledger.read() as conn:
        return [Customer(row.external_userid, row.person, row.name or "", row.since) for row in conn.execute(query)]
