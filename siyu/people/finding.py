"""Finding somebody by an identifier, and the identifiers and the name that somebody has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.identity import KINDS, Identifier, normalise, policy_of
from siyu.people.masking import masked
from siyu.people.tables import identifiers, people
from siyu.storage import BadInput, Stores, sent


def find_exactly(stores: Stores, text: str) -> list[int]:
    """Kept persons who hold ``text`` as an identifier of any kind, or whose number it is."""
    found: set[int] = set()
    with stores.ledger.read() as conn:
        wanted = [each for kind in _kinds_in_use(conn) if (each := _as_identifier(kind, text)) is not None]
        if wanted:
            asked = sent(conn, kind=(sa.Text, [i.kind for i in wanted]), value=(sa.Text, [i.value for i in wanted]))
            matching = sa.and_(identifiers.c.kind == asked.c.kind, identifiers.c.value == asked.c.value)
            found |= set(
                conn.execute(
                    sa.select(people.c.kept)
                    .join_from(asked, identifiers, matching)
                    .join(people, people.c.person == identifiers.c.person)
                ).scalars()
            )
        number = text.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 10:
            found |= set(conn.execute(sa.select(people.c.kept).where(people.c.person == int(number))).scalars())
    return sorted(found)


def holders(stores: Stores, wanted: Identifier) -> list[int]:
    """The kept person who holds an identifier, if any."""
    with stores.ledger.read() as conn:
        held = (identifiers.c.kind == wanted.kind) & (identifiers.c.value == wanted.value)
        joined = sa.select(people.c.kept).join(identifiers, identifiers.c.person == people.c.person)
        return list(conn.execute(joined.where(held)).scalars())


def holders_of(stores: Stores, kind: str, values: Iterable[str]) -> dict[str, int]:
    """Value → the kept person who holds it as an identifier of this kind, where somebody does."""
    with stores.ledger.read() as conn:
        asked = sent(conn, value=(sa.Text, list(set(values))))
        held = sa.and_(identifiers.c.kind == kind, identifiers.c.value.in_(sa.select(asked.c.value)))
        query = sa.select(identifiers.c.value, people.c.kept).join(people, people.c.person == identifiers.c.person)
        return dict(conn.execute(query.where(held)).tuples().all())


def names_of(stores: Stores, persons: Iterable[int]) -> dict[int, str]:
    """Person → name, of those whose name is known. Names are free values: a phone may stand in one."""
    with stores.ledger.read() as conn:
        asked = sent(conn, person=(sa.BigInteger, list(set(persons))))
        named = sa.and_(people.c.person.in_(sa.select(asked.c.person)), people.c.name.is_not(None), people.c.name != "")
        return {row.person: row.name for row in conn.execute(sa.select(people.c.person, people.c.name).where(named))}


def _kinds_in_use(conn: Connection) -> list[str]:
    """One seek in the primary key per kind, however many identifiers there are."""
    kinds: list[str] = []
    last = ""
    while True:
        following = sa.select(sa.func.min(identifiers.c.kind)).where(identifiers.c.kind > last)
        kind = conn.execute(following).scalar_one()
        if kind is None:
            return kinds
        kinds.append(kind)
        last = kind


def _as_identifier(kind: str, text: str) -> Identifier | None:
    try:
        return normalise(kind, text)
    except BadInput:
        return None


@dataclass(frozen=True, slots=True)
class Held:
    """One identifier of a person. ``value`` is masked unless it may be seen whole."""

    kind: str
    zh: str
    en: str
    value: str
    hidden: bool
    node: int
    since: datetime
    source: str


def identifiers_of(conn: Connection, nodes: Sequence[int], *, whole: bool) -> list[Held]:
    """What the nodes hold, best evidence first."""
    rows = conn.execute(sa.select(identifiers).where(identifiers.c.person.in_(nodes)).order_by(identifiers.c.since))
    found: list[Held] = []
    for row in rows:
        policy = policy_of(row.kind)
        part = row.kind.partition(":")[2]
        suffix = f" {part}" if part else ""
        value = row.value if whole else masked(row.kind, row.value)
        found.append(
            Held(
                row.kind,
                policy.zh + suffix,
                policy.en + suffix,
                value,
                value != row.value,
                row.person,
                row.since,
                row.source,
            )
        )
    return sorted(found, key=lambda held: list(KINDS).index(held.kind.partition(":")[0]))
