"""Passwords, sign-ins, keys, and who may manage whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import Type, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from siyu.staff import actions, audit, lockout, masking, passwords, queries, roles
from siyu.staff.model import SYSTEM, Actor
from siyu.staff.tables import api_keys, sign_ins, staff, wrong_passwords
from siyu.storage import BadInput, Conflict, Ledger, ManualClock, NotAllowed, Stores
from tests.passwords import OF_THE_PRODUCT

PASSWORD = "correct horse battery"


def _clock(stores: Stores) -> ManualClock:
    assert isinstance(stores.clock, ManualClock)
    return stores.clock


def _owner(stores: Stores) -> Actor:
    number = actions.create_owner(stores, login="boss", name="老板", password=PASSWORD)
    return Actor("staff", number, "老板", "owner")


def test_the_first_owner_is_made_once(each_stores: Stores) -> None:
    _owner(each_stores)
    with pytest.raises(Conflict) as refused:
        actions.create_owner(each_stores, login="second", name="x", password=PASSWORD)
    assert refused.value.code == "owner_exists"


def test_a_sign_in_is_found_by_its_token_and_only_its_hash_is_kept(each_stores: Stores) -> None:
    owner = _owner(each_stores)
    actor, token = actions.sign_in(each_stores, " BOSS ", PASSWORD, "Firefox")
    assert actor == owner
    found = queries.signed_in(each_stores, token)
    assert found is not None
    assert found.actor == owner
    with each_stores.ledger.read() as conn:
        assert token not in str(conn.execute(sa.select(sign_ins)).all())
        assert PASSWORD not in str(conn.execute(sa.select(staff)).all())


def test_five_wrong_passwords_lock_the_account_for_a_while(stores: Stores) -> None:
    _owner(stores)
    for _ in range(lockout.FAILURES_MAX):
        with pytest.raises(NotAllowed, match="not right"):
            actions.sign_in(stores, "boss", "wrong", "")
    with pytest.raises(NotAllowed) as locked:
        actions.sign_in(stores, "boss", PASSWORD, "")
    assert locked.value.code == "locked_out"
    _clock(stores).advance(lockout.LOCKED + timedelta(seconds=1))
    assert actions.sign_in(stores, "boss", PASSWORD, "")[0].name == "老板"


def test_an_unknown_login_and_a_wrong_password_sound_the_same(stores: Stores) -> None:
    _owner(stores)
    answers: list[str] = []
    for login in ("boss", "nobody"):
        with pytest.raises(NotAllowed) as refused:
            actions.sign_in(stores, login, "wrong", "")
        answers.append(refused.value.zh)
    assert answers[0] == answers[1]


def test_a_login_that_is_not_there_costs_as_much_to_look_at() -> None:
    made_up = passwords._of_nobody()
    assert extract_parameters(made_up) == extract_parameters(passwords.keep(PASSWORD))
    assert not passwords.matches(made_up, PASSWORD)
    assert not passwords.matches(None, PASSWORD)


def _refusals(stores: Stores, login: str, count: int, address: str = "192.0.2.1") -> list[tuple[str, str]]:
    answers: list[tuple[str, str]] = []
    for _ in range(count):
        with pytest.raises(NotAllowed) as refused:
            actions.sign_in(stores, login, "wrong", "", address)
        answers.append((refused.value.code, refused.value.zh))
    return answers


def test_a_lock_does_not_tell_whether_a_login_exists(each_stores: Stores) -> None:
    _owner(each_stores)
    known = _refusals(each_stores, "boss", lockout.FAILURES_MAX + 2)
    unknown = _refusals(each_stores, "nobody", lockout.FAILURES_MAX + 2)
    assert known == unknown
    assert known[-1][0] == "locked_out"


def test_a_stranger_who_guesses_does_not_lock_the_owner_out(stores: Stores) -> None:
    _owner(stores)
    _refusals(stores, "boss", lockout.FAILURES_MAX + 1, "192.0.2.1")
    assert actions.sign_in(stores, "boss", PASSWORD, "", "198.51.100.7")[0].name == "老板"


def test_guessing_from_many_addresses_locks_the_login_for_all(stores: Stores) -> None:
    _owner(stores)
    for each in range(lockout.FAILURES_ANYWHERE_MAX):
        _refusals(stores, "boss", 1, f"192.0.2.{each}")
    with pytest.raises(NotAllowed, match="Too many"):
        actions.sign_in(stores, "boss", PASSWORD, "", "198.51.100.7")


@pytest.mark.postgresql
def test_wrong_passwords_count_together_whichever_process_was_asked(postgresql_stores: Stores) -> None:
    _owner(postgresql_stores)
    url = postgresql_stores.ledger.url.render_as_string(hide_password=False)
    processes = [postgresql_stores, *(replace(postgresql_stores, ledger=Ledger(url)) for _ in range(2))]
    for number in range(lockout.FAILURES_MAX):
        _refusals(processes[number % 3], "boss", 1)
    assert {_refusals(each, "boss", 1)[0][0] for each in processes} == {"locked_out"}
    for each in processes[1:]:
        each.ledger.close()


def test_a_password_is_expensive_to_guess() -> None:
    """What the product does itself: RFC 9106's second recommended choice, or more."""
    used = extract_parameters(OF_THE_PRODUCT.hash("a long password"))
    assert used.type is Type.ID
    assert (used.time_cost >= 3, used.memory_cost >= 64 * 1024, used.hash_len >= 32) == (True, True, True)


def test_what_was_typed_as_login_is_not_kept(stores: Stores) -> None:
    _refusals(stores, "my secret password", 1)
    with stores.ledger.read() as conn:
        assert "secret" not in str(conn.execute(sa.select(wrong_passwords)).all())
        assert "secret" not in str(audit.entries(stores.ledger))


def test_an_administrator_sees_a_lock_and_lifts_it(stores: Stores) -> None:
    owner = _owner(stores)
    number = actions.create_member(stores, owner, login="ann", name="Ann", password=PASSWORD, role="operator")
    _refusals(stores, "ann", lockout.FAILURES_MAX)
    assert [each.login for each in queries.members(stores) if each.locked_until] == ["ann"]
    actions.enable_member(stores, owner, number)
    assert actions.sign_in(stores, "ann", PASSWORD, "", "192.0.2.1")[0].name == "Ann"


def test_signing_in_and_its_row_of_the_log_are_one(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    _owner(stores)

    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(audit, "record", crash)
    with pytest.raises(ZeroDivisionError):
        actions.sign_in(stores, "boss", PASSWORD, "")
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(sign_ins)).all() == []


def test_a_sign_in_in_use_rolls_on_and_one_left_alone_ends(stores: Stores) -> None:
    _owner(stores)
    _, used = actions.sign_in(stores, "boss", PASSWORD, "")
    _, idle = actions.sign_in(stores, "boss", PASSWORD, "")
    _clock(stores).advance(actions.SIGNED_IN - timedelta(days=1))
    actions.touch(stores, used)
    _clock(stores).advance(timedelta(days=2))
    assert queries.signed_in(stores, used) is not None
    assert queries.signed_in(stores, idle) is None


def test_disabling_somebody_ends_their_sign_ins(stores: Stores) -> None:
    owner = _owner(stores)
    number = actions.create_member(stores, owner, login="ann", name="Ann", password=PASSWORD, role="operator")
    _, token = actions.sign_in(stores, "ann", PASSWORD, "")
    actions.disable_member(stores, owner, number)
    assert queries.signed_in(stores, token) is None
    with pytest.raises(NotAllowed, match="not right"):
        actions.sign_in(stores, "ann", PASSWORD, "")


def test_the_last_owner_can_neither_leave_nor_be_demoted(stores: Stores) -> None:
    owner = _owner(stores)
    assert owner.id is not None
    with pytest.raises(Conflict):
        actions.disable_member(stores, owner, owner.id)
    with pytest.raises(Conflict):
        actions.change_member(stores, owner, owner.id, name="老板", role="admin")


def test_an_administrator_can_not_touch_an_owner(stores: Stores) -> None:
    owner = _owner(stores)
    assert owner.id is not None
    admin = Actor("staff", 99, "Admin", "admin")
    with pytest.raises(NotAllowed):
        actions.create_member(stores, admin, login="evil", name="x", password=PASSWORD, role="owner")
    with pytest.raises(NotAllowed):
        actions.reset_password(stores, admin, owner.id, "a new password 1")


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "1234567890", "x" * 300, "boss boss boss"])
def test_a_weak_password_is_refused_at_its_field(stores: Stores, password: str) -> None:
    with pytest.raises(BadInput) as refused:
        actions.create_owner(stores, login="boss", name="x", password=password)
    assert refused.value.field == "password"


def test_changing_a_password_signs_every_browser_out(stores: Stores) -> None:
    owner = _owner(stores)
    assert owner.id is not None
    _, token = actions.sign_in(stores, "boss", PASSWORD, "")
    with pytest.raises(BadInput):
        actions.change_password(stores, owner.id, "not the old one", "a new password 1")
    actions.change_password(stores, owner.id, PASSWORD, "a new password 1")
    assert queries.signed_in(stores, token) is None
    assert actions.sign_in(stores, "boss", "a new password 1", "")[0].name == "老板"


def test_a_key_works_until_it_is_revoked_and_is_kept_as_a_hash(each_stores: Stores) -> None:
    number, secret = actions.create_key(each_stores, SYSTEM, name="ERP", role="operator")
    assert queries.key_holder(each_stores, secret) == Actor("key", number, "ERP", "operator")
    with each_stores.ledger.read() as conn:
        assert secret not in str(conn.execute(sa.select(api_keys)).all())
    actions.revoke_key(each_stores, SYSTEM, number)
    assert queries.key_holder(each_stores, secret) is None


def test_a_key_sleeps_while_its_maker_is_disabled(each_stores: Stores) -> None:
    owner = _owner(each_stores)
    number = actions.create_member(each_stores, owner, login="ann", name="Ann", password=PASSWORD, role="admin")
    _, secret = actions.create_key(each_stores, Actor("staff", number, "Ann", "admin"), name="ERP", role="operator")
    assert queries.key_holder(each_stores, secret) is not None
    actions.disable_member(each_stores, owner, number)
    assert queries.key_holder(each_stores, secret) is None
    actions.enable_member(each_stores, owner, number)
    assert queries.key_holder(each_stores, secret) is not None


def test_a_key_holds_no_more_than_its_maker_may_still_give(stores: Stores) -> None:
    owner = _owner(stores)
    number = actions.create_member(stores, owner, login="ann", name="Ann", password=PASSWORD, role="admin")
    _, secret = actions.create_key(stores, Actor("staff", number, "Ann", "admin"), name="ERP", role="admin")
    actions.change_member(stores, owner, number, name="Ann", role="analyst")
    assert queries.key_holder(stores, secret) is None


def test_a_key_in_use_is_noted_once_a_minute(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    number, _ = actions.create_key(stores, SYSTEM, name="ERP", role="operator")
    writes: list[int] = []
    write = stores.ledger.write_unless_busy
    monkeypatch.setattr(stores.ledger, "write_unless_busy", lambda: (writes.append(1), write())[1])
    for _ in range(3):
        actions.key_used(stores, number)
    assert len(writes) == 1
    _clock(stores).advance(timedelta(seconds=61))
    actions.key_used(stores, number)
    assert len(writes) == 2


def test_who_asks_waits_for_no_writer_and_is_noted_the_next_time(stores: Stores) -> None:
    number, _ = actions.create_key(stores, SYSTEM, name="ERP", role="operator")
    used = sa.select(api_keys.c.used).where(api_keys.c.id == number)
    with stores.ledger.write():
        actions.key_used(stores, number)
    with stores.ledger.read() as conn:
        assert conn.execute(used).scalar_one() is None
    actions.key_used(stores, number)
    with stores.ledger.read() as conn:
        assert conn.execute(used).scalar_one() == stores.clock.now()


def test_roles_are_denied_what_they_do_not_list() -> None:
    assert roles.allows("operator", "people.read")
    assert not roles.allows("operator", "people.phone")
    assert not roles.allows("nobody", "people.read")
    with pytest.raises(KeyError):
        roles.allows("owner", "no.such.permission")


@given(st.sampled_from(sorted(roles.ROLES)), st.sampled_from(sorted(roles.ROLES)))
def test_nobody_hands_out_more_than_they_hold(giver: str, role: str) -> None:
    if roles.may_grant(giver, role):
        assert roles.ROLES[role].permissions <= roles.ROLES[giver].permissions


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "13800001234", "138****1234"),
        ("phone", "8613800001234", "86138****1234"),
        ("phone", "12345", "****45"),
        ("phone", "12", "****"),
        ("email", "zhang.wei@example.com", "z****@example.com"),
        ("unionid", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"),
    ],
)
def test_personal_values_are_masked(kind: str, value: str, shown: str) -> None:
    assert masking.identifier(kind, value) == shown


@given(st.from_regex(r"\A1[0-9]{10}\Z"))
def test_a_masked_phone_keeps_seven_digits_and_hides_four(number: str) -> None:
    assert len(masking.phone(number)) == 11
    assert masking.phone(number)[3:7] == "****"


def test_a_saved_view_is_ones_own(stores: Stores) -> None:
    owner = _owner(stores)
    assert owner.id is not None
    other = actions.create_member(stores, owner, login="ann", name="Ann", password=PASSWORD, role="operator")
    actions.save_view(stores, owner.id, page="/people", name="新客", query="layer=new")
    actions.save_view(stores, owner.id, page="/people", name="新客", query="layer=new&sort=-spent")
    (view,) = queries.views(stores, owner.id, "/people")
    assert view.query == "layer=new&sort=-spent"
    actions.drop_view(stores, other, view.id)
    assert queries.views(stores, owner.id, "/people") == [view]
