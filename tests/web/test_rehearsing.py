"""The rehearsal shop as the console starts, stops and announces it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siyu.channels import accounts
from siyu.channels.registry import channels_of
from siyu.channels.signing import headers, verify
from siyu.staff import queries
from siyu.storage import Conflict, Stores, Unavailable
from siyu.web.rehearsing import Rehearsal, folder_of
from tests.web.conftest import Console

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def rehearsal(stores: Stores) -> Iterator[Rehearsal]:
    made = Rehearsal(stores, NOBODY_LISTENS, channels_of())
    yield made
    made.stop()


def test_it_starts_once_and_stops_when_told(rehearsal: Rehearsal) -> None:
    rehearsal.start()
    with pytest.raises(Conflict):
        rehearsal.start()
    rehearsal.stop()
    assert rehearsal.progress is not None
    assert not rehearsal.progress.running


def test_it_goes_on_after_a_restart_of_the_server_but_not_after_a_stop_by_hand(
    stores: Stores, rehearsal: Rehearsal
) -> None:
    rehearsal.start()
    restarted = Rehearsal(stores, NOBODY_LISTENS, channels_of())
    restarted.resume()
    assert restarted.progress is not None
    restarted.stop()
    again = Rehearsal(stores, NOBODY_LISTENS, channels_of())
    again.resume()
    assert again.progress is None


def test_a_server_that_does_not_know_its_address_says_so(stores: Stores) -> None:
    with pytest.raises(Unavailable) as refused:
        Rehearsal(stores, "", channels_of()).start()
    assert "siyu up" in refused.value.en


def test_its_people_get_a_webhook_account_whose_secret_signs(stores: Stores, rehearsal: Rehearsal) -> None:
    rehearsal.start()
    secret = rehearsal.secret
    rehearsal.connect("http://127.0.0.1:4801/webhook")
    rehearsal.connect("http://127.0.0.1:4802/webhook")
    (account,) = accounts.list_accounts(stores)
    assert account.settings["url"] == "http://127.0.0.1:4802/webhook"
    assert accounts.usable_account(stores, account.id).secrets["secret"] == secret
    signed = headers([secret], "m", 1_800_000_000, b"{}")
    assert verify(secret, "m", "1800000000", b"{}", signed["webhook-signature"], 1_800_000_000)


def test_every_page_says_that_people_are_made_up_once_there_are_such(console: Console, stores: Stores) -> None:
    console.sign_in()
    assert "预演数据" not in console.get("/welcome").text
    folder_of(stores).mkdir()
    assert "预演数据" in console.get("/welcome").text
    assert "预演数据" in console.get("/profile").text


def test_its_manager_has_an_api_key_that_ends_with_it(stores: Stores, rehearsal: Rehearsal) -> None:
    rehearsal.start()
    (key,) = [each for each in queries.keys(stores) if each.revoked is None]
    assert (key.name, key.role) == ("预演店铺", "admin")
    rehearsal.stop()
    assert all(each.revoked is not None for each in queries.keys(stores))
