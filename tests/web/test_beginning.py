"""The first steps of a new shop, and the names of time zones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from siyu.audiences.tables import audiences
from siyu.channels.accounts import disable_account, open_account
from siyu.channels.registry import channels_of
from siyu.channels.tables import accounts
from siyu.people.tables import people
from siyu.reach.tables import broadcasts
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.beginning import next_step, steps_of
from siyu.web.current import Call, enter
from siyu.web.zones import COMMON, offset, zone_words
from tests.web.conftest import Console, SignedIn
from tests.web.test_settings import FIRST_RUN

SENT: dict[str, object] = {
    "name": "上新",
    "kind": "marketing",
    "tone": "useful",
    "audience": 1,
    "channels": [],
    "content": {},
    "salt": "s",
    "state": "done",
    "by": "test",
}
MARKED = 'class="begin-step next"'


def next_title(page: str) -> str:
    """What the page asks to do next."""
    return page.partition(MARKED)[2].partition("<h2>")[2].partition("</h2>")[0]


def made(stores: Stores, table: sa.Table, **values: object) -> None:
    now = stores.clock.now()
    moments = {name: now for name in ("created", "changed") if name in table.c}
    with stores.ledger.write() as conn:
        conn.execute(sa.insert(table).values(**moments, **values))


def test_each_step_is_ticked_once_its_work_is_there(stores: Stores, signed_in: SignedIn) -> None:
    console, channels = signed_in("owner"), channels_of()
    seen: list[str] = []

    def look() -> None:
        seen.append(next_title(console.get("/welcome").text))

    look()
    made(stores, people, kept=1, attributes={})
    look()
    made(stores, audiences, name="常客", kind="live", rule={"all": []}, version=1, by="test")
    look()
    url = {"url": "http://127.0.0.1:9/in"}
    account, _ = open_account(stores, channels, channel="webhook", name="短信网关", settings=url)
    look()
    made(stores, broadcasts, **SENT, started=stores.clock.now())
    look()
    disable_account(stores, account)
    look()
    channels.close()
    assert seen == ["数据进来", "圈一个人群", "接入一个渠道账号", "发出第一条群发", "", "接入一个渠道账号"]


def test_home_reminds_of_the_next_step_once_there_are_data(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "下一步" not in console.get("/home").text
    made(stores, people, kept=1, attributes={})
    assert "下一步（2/4）：圈一个人群" in console.get("/home").text


def test_nobody_is_led_to_what_they_may_not_do(stores: Stores, signed_in: SignedIn) -> None:
    page = signed_in("analyst").get("/welcome").text
    assert "/settings/accounts" not in page
    assert "/broadcasts/new" not in page


def test_an_account_that_only_receives_is_no_way_to_send(stores: Stores) -> None:
    enter(Call(stores, path="/welcome", actor=Actor("staff", 1, "林晓", "owner")))
    made(stores, accounts, channel="ocean", name="线索", settings={}, secrets=b"")
    steps = steps_of(stores, channels_of(stores))
    assert [step.name for step in steps if step.done] == []
    assert next_step(steps) == steps[0]


@pytest.mark.parametrize(
    ("password", "again", "words", "silent"),
    [
        ("short", "other", "密码需要 10 到 256 个字符", ""),
        ("a long password", "another one", "两次输入的密码不一致", "密码需要"),
    ],
)
def test_what_is_wrong_with_a_password_itself_is_said_too(
    console: Console, password: str, again: str, words: str, silent: str
) -> None:
    page = console.post("/first-run", FIRST_RUN | {"password": password, "again": again}).text
    assert words in page
    assert not silent or silent not in page


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Shanghai", "北京时间（UTC+8）"),
        ("America/New_York", "纽约（UTC-5）"),
        ("Asia/Kolkata", "Asia/Kolkata（UTC+5:30）"),
        ("Mars/Base", "Mars/Base"),
    ],
)
def test_a_zone_is_said_by_its_name_and_its_distance(stores: Stores, zone: str, words: str) -> None:
    enter(Call(stores, id="0", path="/"))
    assert zone_words(zone) == words


def test_a_zone_follows_its_summer() -> None:
    assert offset("Europe/London", datetime(2026, 1, 1, tzinfo=UTC)) == "UTC"
    assert offset("Europe/London", datetime(2026, 7, 1, tzinfo=UTC)) == "UTC+1"
    assert len(set(COMMON.values())) == len(COMMON)


def test_the_zone_is_chosen_by_its_name_and_an_unusual_one_is_kept(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    page = console.get("/settings").text
    assert '<option value="Asia/Shanghai" selected>北京时间（UTC+8）</option>' in page
    assert "<option>Africa/Cairo</option>" in page
    assert console.post("/settings", {"timezone": "Etc/GMT-8"}).status_code == 303
    assert '<option value="Etc/GMT-8" selected>' in console.get("/settings").text


def test_the_last_button_of_the_first_run_makes_the_owner(console: Console) -> None:
    page = console.get("/first-run").text.partition("</main>")[0]
    assert "创建并开始" in page[page.rindex('type="submit"') :]
    assert page.index('action="/language"') < page.index('action="/first-run"')
