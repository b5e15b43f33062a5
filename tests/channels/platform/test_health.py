"""How an account is: what its page says of callbacks, faults, quotas and closed calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from siyu.channels.accounts import check_account, get_account, number_of, open_account
from siyu.channels.health import health_of, matrix
from siyu.channels.health_command import health_told, matrix_told
from siyu.channels.platform.checking import address_in
from siyu.channels.platform.uses import day_of, forget_old_uses
from siyu.channels.registry import PLATFORMS, Channels, channels_of, receivers_of
from siyu.channels.steps import WORDS
from siyu.storage import BadInput, ManualClock, NotFound, Stores
from siyu.web.callbacks import Door
from tests.channels.wechat.shop import serving
from tests.channels.wecom.told import an_account, applied, change
from tests.platform_worlds import CORP, SECRET, Shop, wecom_running


@pytest.fixture
def channels(stores: Stores) -> Iterator[Channels]:
    made = channels_of(stores)
    yield made
    made.close()


def _passes(stores: Stores, **time: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(**time))


# --- the way to connect


def test_every_channel_says_what_to_do_at_each_step(channels: Channels) -> None:
    for name, channel in channels.items():
        steps = channel.about.steps
        assert [each.name for each in steps] == sorted({each.name for each in steps}, key=list(WORDS).index), name
        assert all(zh and en for each in steps for zh, en in each.todo)
        assert ("callback" in {each.name for each in steps}) == (name in receivers_of())


def test_what_is_closed_to_newcomers_says_so_and_what_is_open_instead(channels: Channels) -> None:
    about = channels["douyin"].about
    assert about.closed
    assert "不再接受新申请" in about.limited_zh
    assert "巨量引擎" in about.limited_zh


# --- a live look, against a platform


def test_each_step_is_tried_live_and_says_what_to_mend(stores: Stores, channels: Channels) -> None:
    with wecom_running() as platform:
        shop = Shop(platform)
        shop.hire("li")
        account = an_account(stores, corp_id=CORP, secret="wrong", base_url=platform.url)
        wrong = check_account(stores, channels, account)
        assert not wrong.works
        assert [(each.step, each.state) for each in wrong.steps[:3]] == [
            ("token", "bad"),
            ("address", "open"),
            ("callback", "open"),
        ]
        good = an_account(stores, "乙", corp_id=CORP, secret=SECRET, base_url=platform.url)
        right = check_account(stores, channels, good)
        assert right.works, right
        assert {each.state for each in right.steps if each.needed} == {"good"}
        families = {each.family[1]: each.state for each in right.steps if each.family}
        assert families["Customers"] == families["Customer tags"] == "good"
        kept = get_account(stores, good).check_result
        assert kept is not None
        assert [each["step"] for each in kept["steps"]] == [each.step for each in right.steps]


def test_an_address_that_is_not_trusted_is_named(stores: Stores, channels: Channels) -> None:
    with wecom_running() as platform:
        shop = Shop(platform)
        shop.hire("li")
        rule = {"path": "/cgi-bin/get_api_domain_ip", "kind": "code", "code": 60020}
        platform.door.post("faults", rules=[rule])
        account = an_account(stores, corp_id=CORP, secret=SECRET, base_url=platform.url)
        found = check_account(stores, channels, account)
        assert not found.works
        assert [(each.step, each.state) for each in found.steps[:2]] == [("token", "good"), ("address", "bad")]
        assert "可信 IP" in found.zh


PING, MEMBERS = "/cgi-bin/get_api_domain_ip", "/cgi-bin/externalcontact/get_follow_user_list"


@pytest.mark.parametrize(
    ("refused", "works", "states"),
    [
        ({PING: 48002}, True, ["good", "good"]),  # a later call was answered in full: that shows it
        ({"*": 48002}, False, ["good", "open"]),  # nothing was: a refusal may come before the look at it
        ({PING: 48002, MEMBERS: 60020}, False, ["good", "bad"]),
        ({MEMBERS: 60020}, False, ["good", "bad"]),  # the first call may be one that no address is asked of
        ({PING: 40014}, False, ["bad", "open"]),
    ],
)
def test_only_a_call_that_was_answered_shows_that_the_address_is_trusted(
    stores: Stores, channels: Channels, refused: dict[str, int], works: bool, states: list[str]
) -> None:
    with wecom_running() as platform:
        Shop(platform).hire("li")
        account = an_account(stores, corp_id=CORP, secret=SECRET, base_url=platform.url)
        assert check_account(stores, channels, account).works  # and has the token of later calls
        platform.door.post("faults", rules=[{"kind": "code", "path": at, "code": code} for at, code in refused.items()])
        found = check_account(stores, channels, account)
        assert [each.state for each in found.steps[:2]] == states
        assert found.works == works


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("not allow to access from your ip, hint: [1666], from ip: 203.0.113.9, more info at", "203.0.113.9"),
        ("invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist", "203.0.113.9"),
        ("no address here", ""),
    ],
)
def test_the_address_is_taken_from_what_the_platform_says(said: str, address: str) -> None:
    assert address_in(said) == address


def test_calls_that_are_not_allowed_are_told_by_family_and_stop_nothing(stores: Stores, channels: Channels) -> None:
    with wecom_running() as platform:
        shop = Shop(platform)
        shop.hire("li")
        rule = {"path": "/cgi-bin/kf/account/list", "kind": "code", "code": 48002}
        platform.door.post("faults", rules=[rule])
        account = an_account(stores, corp_id=CORP, secret=SECRET, base_url=platform.url)
        found = check_account(stores, channels, account)
        assert found.works
        lacking = [each for each in found.steps if each.state == "bad"]
        assert [each.family for each in lacking] == [("微信客服", "WeChat customer service")]
        assert "微信客服" in found.zh
        (fault,) = health_of(stores, account).faults
        assert (fault.endpoint, fault.code, fault.kind, fault.today) == ("kf/account/list", "48002", "account", 1)
        quotas = {each.lane: each.used for each in health_of(stores, account).quotas}
        assert quotas["get_follow_user_list"] == quotas["kf/account/list"] <= 2  # permits are taken two at a time


# --- callbacks: seen at the door


def test_the_round_trip_is_seen_when_the_platform_tries_the_address(stores: Stores, channels: Channels) -> None:
    from siyu.channels.platform.callbacks import address
    from tests.channels.wechat.shop import APP

    settings = {"app_id": APP, "secret": "s", "callback_token": "weixin", "callback_mode": "plain"}
    account, _ = open_account(stores, channels, channel="official_account", name="号", settings=settings)
    asked = {"timestamp": "1409659589", "nonce": "263014780", "echostr": "1234"}
    genuine = {**asked, "signature": "355b7605e72a1e7fc7cc88793388e9788f62ef27"}
    assert _state(stores, account) == "open"
    with serving(Door(stores, receivers_of())) as url, httpx.Client(trust_env=False) as http:
        to = url + address(stores, "official_account", account)
        assert http.get(to, params={**asked, "signature": "0" * 40}).status_code == 403
        assert _state(stores, account) == "bad"
        assert "Token" in (health_told(stores, account).callbacks or pytest.fail("none")).zh
        _passes(stores, seconds=1)
        assert http.get(to, params=genuine).text == "1234"
        assert _state(stores, account) == "good"


def _state(stores: Stores, account: int) -> str:
    found = health_of(stores, account).hearing
    assert found is not None
    return found.state


def test_a_callback_that_came_is_seen_and_one_of_an_unknown_kind_is_counted(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, change("invented_tomorrow", stores.clock.now()))
    health = health_of(stores, account)
    assert health.hearing is not None
    assert health.hearing.heard == stores.clock.now()
    assert [(each.times, "invented_tomorrow" in each.name) for each in health.strange] == [(1, True)]


# --- several at once


def test_accounts_stand_in_one_matrix_by_company(each_stores: Stores) -> None:
    stores, channels = each_stores, channels_of(each_stores)
    one = an_account(stores, "甲", corp_id="ww2")
    other = an_account(stores, "乙", corp_id="ww1")
    number, _ = open_account(stores, channels, channel="webhook", name="网关", settings={"url": "http://127.0.0.1:9/"})
    rows = matrix(stores)
    assert [(row.account.id, row.owner) for row in rows] == [(number, ""), (other, "wecom:ww1"), (one, "wecom:ww2")]
    told = {row.account: row for row in matrix_told(stores).accounts}
    assert told[one].steps == {"callback": "open"}
    assert told[number].steps == {}


def test_an_account_is_found_by_number_or_name_and_two_of_one_name_are_not_confused(stores: Stores) -> None:
    one, other = an_account(stores, "甲"), an_account(stores, "乙")
    assert number_of(stores, str(other)) == number_of(stores, "乙") == other
    third = an_account(stores, "甲")
    with pytest.raises(BadInput, match=f"{one}, {third}"):
        number_of(stores, "甲")
    with pytest.raises(NotFound):
        number_of(stores, "丙")


def test_days_are_counted_as_the_platform_does_and_forgotten(each_stores: Stores) -> None:
    stores, channels = each_stores, channels_of(each_stores)
    with wecom_running() as platform:
        Shop(platform).hire("li")
        account = an_account(stores, corp_id=CORP, secret=SECRET, base_url=platform.url)
        check_account(stores, channels, account)
        check_account(stores, channels, account)
    channels.close()
    quotas = {each.lane: each.used for each in health_of(stores, account).quotas}
    assert 2 <= quotas["get_follow_user_list"] <= 3  # permits are taken a few at a time
    today = day_of(stores.clock.now())
    _passes(stores, days=1)
    assert day_of(stores.clock.now()) > today
    assert health_of(stores, account).quotas == []
    _passes(stores, days=40)
    assert forget_old_uses(stores) > 0


def test_every_limit_is_of_a_rate_that_some_call_is_under() -> None:
    for platform in PLATFORMS.values():
        assert {each.rate for each in platform.endpoints.values()} <= set(platform.limits)
