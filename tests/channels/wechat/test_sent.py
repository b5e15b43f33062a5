"""What an official account sends: every form, its limits, and each message once, whatever breaks."""

from __future__ import annotations

import pytest

from siyu.channels.accounts import check_account, usable_account
from siyu.channels.protocol import Message
from siyu.channels.wechat.tables import wechat_calls, wechat_grants
from tests.channels.wechat.shop import APP, TEMPLATE, Shop, message, template

TEMPLATE_PATH = "/cgi-bin/message/template/send"
MASS_PATH = "/cgi-bin/message/mass/send"
CUSTOM_PATH = "/cgi-bin/message/custom/send"


def service(number: int, openid: str, text: str = "您好") -> object:
    return message(number, openid, form="service", text=text)


def kinds(outcomes: list[object]) -> list[tuple[str, str]]:
    return [(outcome.kind, outcome.reason) for outcome in outcomes]  # pyright: ignore


# --- template messages


def test_a_template_message_arrives_with_its_data(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    data = "thing1: 玻尿酸面膜\nthing2：一个特别特别特别特别特别特别特别长的商品名称\namount3: 128.00元"
    (outcome,) = shop.send(template(1, "o1", data, url="https://shop.example/o/1"))
    assert outcome.kind == "accepted"
    (arrived,) = shop.arrived()
    values = {name: each["value"] for name, each in arrived["body"]["data"].items()}
    assert values == {
        "thing1": "玻尿酸面膜",
        "thing2": "一个特别特别特别特别特别特别特别长的商…",
        "amount3": "128.00元",
    }
    assert arrived["body"]["url"] == "https://shop.example/o/1"


def test_an_unanswered_template_message_goes_again_under_its_own_id(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    shop.platform.door.post("faults", rules=[{"kind": "cut", "path": TEMPLATE_PATH, "times": 1, "applied": True}])
    assert shop.send(template(1, "o1"))[0].kind == "accepted"
    assert (shop.calls(TEMPLATE_PATH), len(shop.arrived())) == (3, 1)  # done unheard, cut, repeated


def test_what_was_accepted_is_never_called_again(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    first = shop.send(template(1, "o1"))
    again = shop.send(template(1, "o1"))
    assert first[0].answer["msgid"] == again[0].answer["msgid"]
    assert shop.calls(TEMPLATE_PATH) == 1


@pytest.mark.parametrize(
    ("code", "kind", "reason", "stopped"),
    [
        (43004, "refused", "not_following", False),
        (47003, "refused", "template_data", False),
        (40037, "refused", "template_unknown", False),
        (48001, "passing", "account_refused", True),
        (40164, "passing", "account_refused", True),
        (45009, "passing", "platform_busy", False),
    ],
)
def test_what_the_platform_says_is_understood(shop: Shop, code: int, kind: str, reason: str, stopped: bool) -> None:
    shop.happens("follows", openid="o1")
    shop.platform.door.post("faults", rules=[{"kind": "code", "path": TEMPLATE_PATH, "code": code}])
    (outcome,) = shop.send(template(1, "o1"))
    assert (outcome.kind, outcome.reason, outcome.account_stopped) == (kind, reason, stopped)


def test_a_token_that_ended_early_is_renewed_once(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    shop.send(template(1, "o1"))
    shop.platform.door.post("tokens")
    assert shop.send(template(2, "o1"))[0].kind == "accepted"
    assert shop.calls("/cgi-bin/stable_token") == 2


# --- answers in their window


def test_the_sixth_answer_is_not_even_tried(each_shop: Shop) -> None:
    shop = each_shop
    shop.happens("writes", openid="o1", text="在吗")
    outcomes = shop.send(*[service(number, "o1") for number in range(5)])  # pyright: ignore
    assert kinds(outcomes) == [("accepted", "")] * 5
    assert kinds(shop.send(service(6, "o1"))) == [("refused", "window_closed")]  # pyright: ignore
    assert shop.calls(CUSTOM_PATH) == 5


def test_a_new_message_opens_the_window_anew(shop: Shop) -> None:
    shop.happens("writes", openid="o1", text="在吗")
    shop.send(*[service(number, "o1") for number in range(5)])  # pyright: ignore
    shop.move(hours=1)
    shop.happens("writes", openid="o1", text="还在吗")
    assert kinds(shop.send(service(6, "o1"))) == [("accepted", "")]  # pyright: ignore


def test_after_48_hours_the_window_is_closed(shop: Shop) -> None:
    shop.happens("writes", openid="o1", text="在吗")
    shop.move(hours=48, seconds=1)
    assert kinds(shop.send(service(1, "o1"))) == [("refused", "window_closed")]  # pyright: ignore
    assert shop.calls(CUSTOM_PATH) == 0


def test_where_the_platform_counts_otherwise_its_word_stands(shop: Shop) -> None:
    shop.happens("writes", openid="o1", text="在吗")
    shop.platform.door.post("faults", rules=[{"kind": "code", "path": CUSTOM_PATH, "code": 45047, "times": 1}])
    assert kinds(shop.send(service(1, "o1"))) == [("refused", "window_closed")]  # pyright: ignore
    assert shop.answers_left("o1") == {"wrote": 0}


def test_an_answer_that_got_no_answer_is_unknown_and_not_repeated(shop: Shop) -> None:
    shop.happens("writes", openid="o1", text="在吗")
    shop.platform.door.post("faults", rules=[{"kind": "cut", "path": CUSTOM_PATH, "times": 1, "applied": True}])
    assert kinds(shop.send(service(1, "o1"))) == [("unknown", "no_answer")]  # pyright: ignore
    assert len(shop.arrived()) == 1
    assert shop.answers_left("o1") == {"wrote": 4}


def test_what_surely_did_not_go_is_given_back(shop: Shop) -> None:
    shop.happens("writes", openid="o1", text="在吗")
    shop.platform.door.post("faults", rules=[{"kind": "code", "path": CUSTOM_PATH, "code": 45009}])
    assert shop.send(service(1, "o1"))[0].kind == "passing"  # pyright: ignore
    assert shop.answers_left("o1") == {"wrote": 5}


def test_a_card_has_title_and_address(shop: Shop) -> None:
    shop.happens("writes", openid="o1", text="在吗")
    shop.send(message(1, "o1", form="service_card", title="新品", card_url="https://shop.example/a"))
    (arrived,) = shop.arrived()
    assert arrived["kind"] == "custom.news"
    assert arrived["body"]["news"]["articles"][0]["url"] == "https://shop.example/a"


# --- subscription notices


def test_one_notice_for_each_consent(each_shop: Shop) -> None:
    shop = each_shop
    shop.happens("answers", openid="o1", templates={TEMPLATE: "accept"})
    notice = {"form": "subscribe", "template_id": TEMPLATE, "data": "thing1: 到货"}
    assert kinds(shop.send(message(1, "o1", **notice))) == [("accepted", "")]
    assert kinds(shop.send(message(2, "o1", **notice))) == [("refused", "no_grant")]
    assert shop.calls("/cgi-bin/message/subscribe/bizsend") == 1


def test_where_the_platform_says_none_is_left_none_is(shop: Shop) -> None:
    shop.happens("answers", openid="o1", templates={TEMPLATE: "accept"})
    shop.platform.door.post(
        "faults", rules=[{"kind": "code", "code": 43101, "path": "/cgi-bin/message/subscribe/bizsend"}]
    )
    notice = {"form": "subscribe", "template_id": TEMPLATE, "data": "thing1: 到货"}
    assert kinds(shop.send(message(1, "o1", **notice))) == [("refused", "no_grant")]
    with shop.stores.ledger.read() as conn:
        assert [row.granted for row in conn.execute(wechat_grants.select())] == [0]


# --- mass messages


def followers(shop: Shop, count: int) -> list[str]:
    openids = [f"m{number}" for number in range(count)]
    for openid in openids:
        shop.platform.door.post("follows", app_id=APP, openid=openid)
    shop.hear()
    return openids


def mass(number: int, openid: str, text: str = "新品上架") -> object:
    return message(number, openid, form="mass", text=text)


def test_one_call_reaches_all_and_its_result_is_kept(each_shop: Shop) -> None:
    shop = each_shop
    openids = followers(shop, 3)
    outcomes = shop.send(*[mass(n, openid) for n, openid in enumerate(openids)])  # pyright: ignore
    assert kinds(outcomes) == [("accepted", "")] * 3
    assert shop.calls(MASS_PATH) == 1
    shop.move(seconds=40)
    assert sorted(each["openid"] for each in shop.arrived()) == openids
    with shop.stores.ledger.read() as conn:
        (call,) = conn.execute(wechat_calls.select()).all()
    assert (call.state, call.size, call.result["SentCount"]) == ("accepted", 3, 3)


def test_the_fifth_of_a_month_is_not_tried_and_the_next_month_begins_anew(shop: Shop) -> None:
    openids = followers(shop, 2)
    for number in range(4):
        assert shop.send(*[mass(number * 10 + n, o) for n, o in enumerate(openids)])[0].kind == "accepted"  # pyright: ignore
        shop.move(minutes=20)
    again = [mass(50 + n, openid) for n, openid in enumerate(openids)]
    assert kinds(shop.send(*again)) == [("refused", "mass_quota")] * 2  # pyright: ignore
    shop.move(days=31)
    assert shop.send(*[mass(60 + n, o) for n, o in enumerate(openids)])[0].kind == "accepted"  # pyright: ignore


def test_an_unanswered_mass_message_goes_again_to_the_letter(shop: Shop) -> None:
    openids = followers(shop, 3)
    shop.platform.door.post("faults", rules=[{"kind": "cut", "path": MASS_PATH, "times": 4, "applied": True}])
    messages = [mass(n, openid) for n, openid in enumerate(openids)]
    assert {outcome.kind for outcome in shop.send(*messages)} == {"unknown"}  # pyright: ignore
    shop.move(seconds=40)
    shop.platform.door.post("faults", rules=[])
    # Afterwards they come in another grouping, with somebody new between them.
    late = followers(shop, 4)[-1]
    outcomes = shop.send(messages[0], mass(9, late), mass(10, "m1"), messages[2])  # pyright: ignore
    assert {outcomes[0].kind, outcomes[3].kind} == {"accepted"}
    shop.move(seconds=40)
    first = [each["openid"] for each in shop.arrived()][:3]
    assert sorted(first) == openids
    assert [each["openid"] for each in shop.arrived()].count("m0") == 1


def test_one_alone_can_not_get_a_mass_message(shop: Shop) -> None:
    (openid,) = followers(shop, 1)
    assert kinds(shop.send(mass(1, openid))) == [("refused", "mass_needs_two")]  # pyright: ignore
    assert shop.user(openid).mass_count == 0


def test_an_old_unanswered_mass_message_is_not_repeated(shop: Shop) -> None:
    """After a day the platform no longer drops repeats: it stays unknown."""
    openids = followers(shop, 2)
    shop.platform.door.post("faults", rules=[{"kind": "cut", "path": MASS_PATH, "applied": True}])
    messages = [mass(n, openid) for n, openid in enumerate(openids)]
    shop.send(*messages)  # pyright: ignore
    shop.platform.door.post("faults", rules=[])
    shop.move(hours=25)
    assert kinds(shop.send(*messages)) == [("unknown", "no_answer")] * 2  # pyright: ignore
    assert len(shop.arrived()) == 2


def test_a_test_of_a_mass_message_reaches_one_alone(shop: Shop) -> None:
    (openid,) = followers(shop, 1)
    test = Message("test-1", 1, openid, {"form": "mass", "text": "新品上架"}, kind="test")
    assert kinds(shop.send(test)) == [("accepted", "")]
    assert [each["kind"] for each in shop.arrived()] == ["mass.preview"]
    assert shop.user(openid).mass_count == 0


# --- the live check


def test_the_check_says_which_step_fails(shop: Shop) -> None:
    found = check_account(shop.stores, shop.channels, shop.account)
    assert found.works
    assert "还没有收到平台的验证或回调" in found.zh
    shop.happens("follows", openid="o1")
    assert "回调已接通" in check_account(shop.stores, shop.channels, shop.account).zh
    shop.platform.door.post("app", app_id=APP, verified=False)
    found = check_account(shop.stores, shop.channels, shop.account)
    assert (found.works, found.zh.startswith("接口权限")) == (False, True)
    shop.platform.door.post("faults", rules=[{"kind": "code", "code": 40164, "path": "/cgi-bin/get_api_domain_ip"}])
    assert "IP" in check_account(shop.stores, shop.channels, shop.account).zh


def test_a_wrong_secret_is_said_so(shop: Shop) -> None:
    shop.platform.door.post("app", app_id=APP, secret="another")
    found = shop.channels["official_account"].check(usable_account(shop.stores, shop.account))
    assert (found.works, found.detail["code"]) == (False, 40125)
