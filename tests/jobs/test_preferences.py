"""What an owner sets for the whole installation."""

from __future__ import annotations

from typing import Any

import pytest

from siyu.jobs import preferences
from siyu.storage import BadInput, NotFound, Stores


def put(stores: Stores, name: str, value: Any) -> None:
    with stores.ledger.write() as conn:
        preferences.put(conn, name, value, at=stores.clock.now(), by="staff:1")


def test_an_unset_preference_has_its_default(each_stores: Stores) -> None:
    assert preferences.get(each_stores, "timezone") == "Asia/Shanghai"
    assert preferences.values(each_stores)["currency"] == "CNY"


def test_a_set_preference_is_kept(each_stores: Stores) -> None:
    put(each_stores, "timezone", "Europe/London")
    put(each_stores, "timezone", "Europe/Paris")
    assert preferences.timezone(each_stores).key == "Europe/Paris"
    assert preferences.values(each_stores)["timezone"] == "Europe/Paris"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", 8),
        ("currency", "yuan"),
        ("language", "fr"),
        ("inbox_days", 0),
        ("inbox_days", True),
        ("inbox_days", "30"),
        ("shop_name", "  "),
        ("shop_name", "店" * 1000),
    ],
)
def test_an_unfit_value_is_refused_by_name(stores: Stores, name: str, value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        put(stores, name, value)
    assert caught.value.field == name


def test_an_unknown_preference_is_refused(stores: Stores) -> None:
    with pytest.raises(NotFound):
        put(stores, "colour", "blue")


def test_every_preference_fits_its_own_default_and_speaks_both_languages(stores: Stores) -> None:
    for each in preferences.all_preferences():
        put(stores, each.name, each.default)
        assert each.zh
        assert each.en
        assert each.help_zh
        assert each.help_en
