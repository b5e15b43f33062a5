"""For whom a broadcast waits: on its page, over the API and on the command line; and reminding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from siyu.cli import run_command
from siyu.reach.command import WaitingAnswer
from siyu.storage import Stores
from tests.channels.platform.simulator import Simulator, running
from tests.reach.wecom_shop import REMIND, WecomShop
from tests.web.conftest import Console


@pytest.fixture
def shop(stores: Stores) -> Iterator[WecomShop]:
    with running(Simulator()) as simulator:
        made = WecomShop(stores, simulator)
        made.friends(2, "zhangsan")
        made.friends(1, "lisi")
        yield made
        made.channels.close()


def test_the_page_tells_for_whom_it_waits_and_reminds_them(shop: WecomShop, signed_in: Callable[..., Console]) -> None:
    broadcast = shop.started()
    shop.hand_on()
    console = signed_in("operator")
    part = console.get(f"/broadcasts/{broadcast}/waiting").text
    assert "还有 2 位员工未确认，涉及 3 位客户" in part
    assert "待员工确认" in console.get(f"/broadcasts/{broadcast}/progress").text
    console.post(f"/broadcasts/{broadcast}/remind", {"task": "1"})
    assert shop.platform.simulator.asked[REMIND] == 1
    console.post(f"/broadcasts/{broadcast}/remind")
    assert shop.platform.simulator.asked[REMIND] == 3


def test_an_analyst_sees_it_and_may_not_remind(shop: WecomShop, signed_in: Callable[..., Console]) -> None:
    broadcast = shop.started()
    shop.hand_on()
    console = signed_in("analyst")
    assert "提醒" not in console.get(f"/broadcasts/{broadcast}/waiting").text
    assert console.post(f"/broadcasts/{broadcast}/remind").status_code == 403


def test_the_api_tells_the_same(shop: WecomShop, console: Console) -> None:
    broadcast = shop.started()
    shop.hand_on()
    key, path = console.key("operator"), f"/api/broadcasts/{broadcast}"
    told = console.http.get(f"{path}/waiting", headers=key).json()
    assert (told["advisers"], told["open"], sorted(task["adviser"] for task in told["tasks"])) == (
        2,
        3,
        ["lisi", "zhangsan"],
    )
    assert console.http.post(f"{path}/remind", json={}, headers=key).json() == {"reminded": 2}
    assert console.http.get("/api/broadcasts/99/waiting", headers=key).status_code == 404


def test_the_command_line_does_the_same(shop: WecomShop, tmp_path: Path) -> None:
    broadcast = shop.started()
    shop.hand_on()
    asked = ["--folder", str(tmp_path), "broadcast", "waiting", str(broadcast), "--json"]
    status, out, _ = run_command(shop.stores, asked)
    assert status == 0
    assert msgspec.json.decode(out, type=WaitingAnswer).advisers == 2
    status, _, err = run_command(shop.stores, ["--folder", str(tmp_path), "broadcast", "remind", str(broadcast)])
    assert (status, err) == (0, "")
    assert shop.platform.simulator.asked[REMIND] == 2
