"""Which of WeCom's tags is which of ours, by page and API."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.channels.wecom.tables import wecom_tags
from siyu.people import tags
from siyu.storage import Stores
from tests.channels.wecom.told import an_account
from tests.web.conftest import Console


def known(stores: Stores) -> tuple[int, int]:
    """An account with one tag of WeCom's, and one of ours."""
    account = an_account(stores)
    row = {"account": account, "id": "et1", "name": "油性", "group": "g", "group_name": "肤质"}
    with stores.ledger.write() as conn:
        conn.execute(sa.insert(wecom_tags).values(told=stores.clock.now(), **row))
    return account, tags.make_tag(stores, tags.make_group(stores, "皮肤"), "油")


def test_by_api(stores: Stores, console: Console) -> None:
    account, tag = known(stores)
    key, path = console.key(), f"/api/accounts/{account}/tags"
    told = console.http.get(path, headers=key).json()
    assert (told["here"], told["pairs"][0]["tag"], told["alone"]) == (
        False,
        None,
        [{"tag": tag, "group": "皮肤", "name": "油"}],
    )
    chosen = console.http.post(f"{path}/choose", json={"here": True, "there": False}, headers=key).json()
    assert (chosen["here"], chosen["there"]) == (True, False)
    linked = console.http.post(f"{path}/link", json={"outside": "et1", "tag": tag}, headers=key).json()
    assert linked["pairs"][0]["tag"] == tag
    assert console.http.post(f"{path}/unlink", json={"outside": "et1"}, headers=key).json()["pairs"][0]["tag"] is None


def test_by_page(stores: Stores, console: Console) -> None:
    account, tag = known(stores)
    console.sign_in()
    path = f"/settings/accounts/{account}/tags"
    assert "肤质：油性" in console.get(path).text
    assert console.post(path, {"here": "1"}).status_code < 400
    assert console.post(f"{path}/link", {"outside": "et1", "tag": str(tag)}).status_code < 400
    assert "皮肤：油" in console.get(path).text
    assert console.post(f"{path}/unlink", {"outside": "et1"}).status_code < 400
