"""Who is who."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.people.identity import Claim, Identifier, normalise
from siyu.people.resolving import resolve
from siyu.people.tables import conflicts, identifiers, merges, people
from siyu.storage import BadInput, Stores


def ids(text: str) -> Claim:
    """``"phone=1 user_id=u"`` as a claim."""
    return tuple(Identifier(*part.split("=")) for part in text.split())


def resolved(stores: Stores, *claims: str) -> list[int]:
    with stores.ledger.write() as conn:
        return resolve(conn, stores.clock.now(), "shop", [ids(claim) for claim in claims])


def kept(stores: Stores, *nodes: int) -> list[int]:
    with stores.ledger.read() as conn:
        of = dict(conn.execute(sa.select(people.c.person, people.c.kept)).tuples().all())
    return [of[node] for node in nodes]


def count(stores: Stores, table: sa.Table) -> int:
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize(
    ("kind", "given", "kept_as"),
    [
        ("phone", "138 0013-8000", "+8613800138000"),
        ("phone", "86 13800138000", "+8613800138000"),
        ("phone", "0086-138-0013-8000", "+8613800138000"),
        ("phone", "１３８００１３８０００", "+8613800138000"),
        ("phone", 13800138000, "+8613800138000"),
        ("phone", "(010) 1234-5678", "+861012345678"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        ("email", " Wang.Li@Example.COM ", "wang.li@example.com"),
        ("openid:wx12", " oABC ", "oABC"),
        ("user_id", 42, "42"),
    ],
)
def test_an_identifier_has_one_spelling(kind: str, given: object, kept_as: str) -> None:
    assert normalise(kind, given) == Identifier(kind, kept_as)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("phone", "12345"),
        ("phone", "+8612345678901"),
        ("email", "nobody"),
        ("user_id", ""),
        ("user_id", "undefined"),
        ("user_id", "a\x00b"),
        ("user_id", "x" * 256),
        ("user_id", None),
        ("user_id", True),
        ("user_id", 1.5),
        ("openid", "no app named"),
        ("shoe_size", "42"),
    ],
)
def test_what_identifies_nobody_is_refused(kind: str, given: object) -> None:
    with pytest.raises(BadInput):
        normalise(kind, given)


def test_the_same_identifier_is_the_same_person(each_stores: Stores) -> None:
    a, b, c = resolved(each_stores, "user_id=a", "user_id=b", "user_id=a")
    assert a == c != b
    assert resolved(each_stores, "user_id=b", "user_id=a") == [b, a]


def test_a_shared_strong_identifier_merges_two_known_persons(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "user_id=a", "email=e")
    resolved(each_stores, "user_id=a email=e")
    assert kept(each_stores, a, b) == [a, a]
    with each_stores.ledger.read() as conn:
        row = conn.execute(sa.select(merges)).one()
    assert (row.cause, row.kept, row.absorbed, row.evidence["kind"]) == ("shared_identifier", a, b, "email")


def test_identifiers_link_within_one_batch(each_stores: Stores) -> None:
    nodes = resolved(each_stores, "user_id=a email=e", "email=e phone=1", "phone=1 member_card=c")
    assert len(set(nodes)) == 1


def test_events_and_identifiers_keep_the_node_they_came_with(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "user_id=a", "email=e")
    resolved(each_stores, "user_id=a email=e")
    assert resolved(each_stores, "email=e", "user_id=a", "email=e user_id=a") == [b, a, a]


def test_two_phones_hold_the_merge(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "user_id=a phone=1", "member_card=c phone=2")
    resolved(each_stores, "user_id=a member_card=c")
    resolved(each_stores, "user_id=a member_card=c")
    assert kept(each_stores, a, b) == [a, b]
    with each_stores.ledger.read() as conn:
        row = conn.execute(sa.select(conflicts)).one()
    assert (row.low, row.high, row.reason, row.state) == (a, b, "phone", "open")


def test_a_new_phone_of_a_known_person_is_theirs(each_stores: Stores) -> None:
    (a,) = resolved(each_stores, "user_id=a phone=1")
    assert resolved(each_stores, "user_id=a phone=2", "phone=2") == [a, a]


def test_a_visitor_who_signs_in_keeps_their_past(each_stores: Stores) -> None:
    (visitor,) = resolved(each_stores, "anonymous_id=x")
    assert resolved(each_stores, "anonymous_id=x user_id=a") == [visitor]


def test_a_visitor_who_signs_in_as_somebody_known_becomes_them(each_stores: Stores) -> None:
    known, visitor = resolved(each_stores, "user_id=a", "anonymous_id=x")
    assert resolved(each_stores, "anonymous_id=x user_id=a") == [known]
    assert kept(each_stores, known, visitor) == [known, known]


def test_a_shared_device_never_merges_two_known_persons(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "anonymous_id=x user_id=a", "anonymous_id=x user_id=b")
    assert kept(each_stores, a, b) == [a, b]
    assert resolved(each_stores, "anonymous_id=x") == [a]
    assert count(each_stores, merges) == 0


def test_how_a_stream_is_cut_into_batches_does_not_matter(stores: Stores) -> None:
    claims = ["anonymous_id=x", "anonymous_id=x user_id=a", "anonymous_id=x user_id=b", "user_id=b phone=1"]
    claims += ["phone=2 user_id=c", "user_id=c email=e", "email=e anonymous_id=y", "anonymous_id=y"]
    whole = resolved(stores, *claims)
    assert [resolved(stores, claim)[0] for claim in claims] == whole
    assert count(stores, people) == 3


def test_a_claim_without_identifiers_is_refused(stores: Stores) -> None:
    with stores.ledger.write() as conn, pytest.raises(BadInput):
        resolve(conn, stores.clock.now(), "shop", [()])
    assert count(stores, identifiers) == 0


def test_a_new_phone_beside_a_known_email_is_held_and_not_added(each_stores: Stores) -> None:
    known, new = resolved(each_stores, "phone=+8613800138000 email=a@b.cn", "phone=+8613900139000 email=a@b.cn")
    assert kept(each_stores, known, new) == [known, new]
    assert known != new
    with each_stores.ledger.read() as conn:
        (held,) = conn.execute(sa.select(conflicts.c.low, conflicts.c.high, conflicts.c.reason, conflicts.c.state))
    assert tuple(held) == (known, new, "phone", "open")
    assert resolved(each_stores, "phone=+8613900139000 email=a@b.cn") == [new]
    assert count(each_stores, conflicts) == 1


def test_a_new_phone_on_a_known_account_is_a_new_number(each_stores: Stores) -> None:
    first, second = resolved(each_stores, "user_id=u phone=+8613800138000", "user_id=u phone=+8613900139000")
    assert first == second
    assert count(each_stores, conflicts) == 0


def test_a_first_phone_beside_a_known_email_is_added(each_stores: Stores) -> None:
    first, second = resolved(each_stores, "email=a@b.cn", "phone=+8613900139000 email=a@b.cn")
    assert first == second
    assert count(each_stores, conflicts) == 0
