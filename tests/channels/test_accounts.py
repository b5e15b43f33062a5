"""Accounts: opened, changed, checked; their secrets sealed."""

from __future__ import annotations

import stat
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels import Channels, channels_of
from siyu.channels.accounts import (
    change_account,
    check_account,
    disable_account,
    get_account,
    open_account,
    renew_secret,
    usable_account,
)
from siyu.channels.secrets import Keyring
from siyu.channels.tables import accounts
from siyu.storage import BadInput, NotFound, Stores, Unavailable
from tests.channels.receiver import receiving

CHANNELS = channels_of()
MAIL = {
    "host": "127.0.0.1",
    "port": 2525,
    "security": "plain",
    "username": "me",
    "password": "a-password",
    "from_address": "me@shop.example",
    "identity": "思屿",
}


@pytest.fixture(autouse=True)
def _closed() -> Any:
    yield
    CHANNELS.close()


def test_a_secret_that_is_made_up_is_shown_once(each_stores: Stores) -> None:
    number, made = open_account(
        each_stores, CHANNELS, channel="webhook", name="网关", settings={"url": "http://127.0.0.1:9/x"}
    )
    assert made["secret"].startswith("whsec_")
    assert made["secret"] not in repr(get_account(each_stores, number))
    assert usable_account(each_stores, number).secrets == made


def test_the_ledger_holds_no_readable_secret(each_stores: Stores) -> None:
    number, _ = open_account(each_stores, CHANNELS, channel="email", name="邮件", settings=MAIL)
    with each_stores.ledger.read() as conn:
        row = conn.execute(sa.select(accounts).where(accounts.c.id == number)).one()
    assert b"a-password" not in bytes(row.secrets)
    assert "a-password" not in str(row.settings)
    assert "a-password" not in repr(usable_account(each_stores, number))


def test_the_key_is_readable_by_its_owner_only(stores: Stores) -> None:
    open_account(stores, CHANNELS, channel="email", name="邮件", settings=MAIL)
    assert stat.S_IMODE((stores.home / "secret.key").stat().st_mode) == 0o600


def test_another_key_is_told_clearly(stores: Stores) -> None:
    sealed = Keyring(b"a" * 32).seal(b"x", "accounts")
    with pytest.raises(Unavailable) as caught:
        Keyring(b"b" * 32).open(sealed, "accounts")
    assert caught.value.code == "secret_key_changed"


def test_an_empty_secret_keeps_the_old_one(each_stores: Stores) -> None:
    number, _ = open_account(each_stores, CHANNELS, channel="email", name="邮件", settings=MAIL)
    change_account(each_stores, CHANNELS, number, settings={"port": 2526, "password": ""})
    ready = usable_account(each_stores, number)
    assert (ready.settings["port"], ready.secrets["password"]) == (2526, "a-password")


def test_a_secret_can_be_renewed(each_stores: Stores) -> None:
    number, made = open_account(
        each_stores, CHANNELS, channel="webhook", name="网关", settings={"url": "http://127.0.0.1:9/x"}
    )
    assert renew_secret(each_stores, CHANNELS, number)["secret"] != made["secret"]


def test_a_live_check_is_kept(each_stores: Stores) -> None:
    with receiving() as receiver:
        number, _ = open_account(each_stores, CHANNELS, channel="webhook", name="网关", settings={"url": receiver.url})
        assert check_account(each_stores, CHANNELS, number).works
        assert (get_account(each_stores, number).check_result or {})["works"] is True
        receiver.answer = lambda _: (401, {}, b"")
        assert not check_account(each_stores, CHANNELS, number).works
    assert (get_account(each_stores, number).check_result or {})["works"] is False


def test_a_disabled_account_sends_nothing(each_stores: Stores) -> None:
    number, _ = open_account(each_stores, CHANNELS, channel="email", name="邮件", settings=MAIL)
    disable_account(each_stores, number)
    with pytest.raises(BadInput):
        usable_account(each_stores, number)


@pytest.mark.parametrize(
    ("channel", "settings", "field"),
    [
        ("fax", {}, "channel"),
        ("webhook", {}, "url"),
        ("webhook", {"url": "http://127.0.0.1/", "batch": "many"}, "batch"),
        ("webhook", {"url": "http://127.0.0.1/", "batch": 0}, "batch"),
        ("webhook", {"url": "http://127.0.0.1/", "colour": "red"}, "colour"),
        ("email", {**MAIL, "security": "rot13"}, "security"),
        ("email", {**MAIL, "from_address": "nobody"}, "from_address"),
        ("email", {**MAIL, "from_name": "a\nb"}, "from_name"),
        ("email", {**MAIL, "identity": ""}, "identity"),
    ],
)
def test_what_is_wrong_is_named(stores: Stores, channel: str, settings: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_account(stores, CHANNELS, channel=channel, name="x", settings=settings)
    assert caught.value.field == field


def test_an_account_that_is_not_there(each_stores: Stores) -> None:
    with pytest.raises(NotFound):
        get_account(each_stores, 99)


def test_channels_say_what_they_suit_in_both_languages() -> None:
    for channel in Channels(*CHANNELS.values()).values():
        about = channel.about
        assert all(
            (about.zh, about.en, about.suits_zh, about.suits_en, about.limits_zh, about.cost_en, about.settled_zh)
        )


def test_a_stored_password_is_not_sent_to_another_server(stores: Stores) -> None:
    number, _ = open_account(stores, CHANNELS, channel="email", name="邮件", settings=MAIL)
    with pytest.raises(BadInput) as refused:
        change_account(stores, CHANNELS, number, settings={"host": "localhost", "password": ""})
    assert (refused.value.code, refused.value.field) == ("secret_again", "password")
    change_account(stores, CHANNELS, number, settings={"host": "localhost", "password": "another"})
    assert usable_account(stores, number).secrets == {"password": "another"}
