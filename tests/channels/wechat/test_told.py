"""What an official account is told: followers, scans, taps, messages, consents, results."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import httpx
import pytest

from siyu.channels.accounts import change_account
from siyu.channels.official_account.callbacks import RECEIVER
from siyu.channels.platform.applier import strange_callbacks
from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.envelope import signature
from siyu.channels.wechat.forgetting import forget_people
from siyu.channels.wechat.tables import wechat_grants, wechat_results, wechat_sends, wechat_users, wechat_windows
from tests.channels.wechat.shop import APP, TEMPLATE, Shop, template


def test_the_platform_tries_the_address_and_gets_its_echo_back(shop: Shop) -> None:
    asked = shop.platform.door.post("try_address", app_id=APP, echo="5837917411472410")
    answer = httpx.get(asked["url"], params=asked["query"])
    assert (answer.status_code, answer.text) == (200, "5837917411472410")
    forged = httpx.get(asked["url"], params={**asked["query"], "signature": "0" * 40})
    assert forged.status_code == 403


def test_a_follower_by_a_code_is_a_person_who_came_from_there(each_shop: Shop) -> None:
    shop = each_shop
    shop.happens("follows", openid="o1", unionid="u1", scene="spring")
    shop.work()
    user = shop.user("o1")
    assert (user.state, user.scene, user.unionid, user.stale) == ("following", "spring", "u1", False)
    assert {(f"openid:{APP}", "o1"), ("unionid", "u1")} <= shop.known()
    (event,) = shop.stores.events.rows(
        "SELECT name, source, properties.`channel_state`.:String FROM events WHERE name = 'account_followed'"
    )
    assert event == ("account_followed", "official_account:汀屿", "spring")


def test_the_union_id_joins_the_follower_with_whom_was_known_before(shop: Shop) -> None:
    shop.happens("follows", openid="o1", unionid="u1")
    shop.work()
    body = {
        "batch": [
            {
                "type": "identify",
                "messageId": "m1",
                "context": {
                    "externalIds": [
                        {"type": "external_userid", "id": "wm1"},
                        {"type": "unionid", "id": "u1"},
                    ]
                },
            }
        ]
    }
    shop.stores.inbox.append(
        shop.stores.clock.now(), "platform:batch", "wecom:旗舰店", 1, json.dumps(body).encode()
    ).result(5)
    shop.work()
    with shop.stores.ledger.read() as conn:
        (people,) = conn.exec_driver_sql("SELECT count(DISTINCT kept) FROM people").one()
    assert people == 1


def test_whoever_unfollows_is_known_to_have_left(each_shop: Shop) -> None:
    shop = each_shop
    shop.happens("follows", openid="o1")
    shop.move(minutes=1)
    shop.happens("unfollows", openid="o1")
    shop.work()
    assert shop.user("o1").state == "left"
    assert shop.told() == ["account_followed", "account_unfollowed"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_they_come_the_end_is_the_same(shop: Shop, order: tuple[int, ...]) -> None:
    told = [
        ("subscribe", {"FromUserName": "o1", "EventKey": "qrscene_s0"}),
        ("unsubscribe", {"FromUserName": "o1"}),
        ("subscribe", {"FromUserName": "o1", "EventKey": "qrscene_s2"}),
    ]
    for place in order:
        name, fields = told[place]
        at = shop.stores.clock.now() + timedelta(minutes=place)
        with shop.stores.ledger.write() as conn:
            callback = Callback("official_account", shop.account, str(place), name, at, fields)
            RECEIVER.apply(conn, shop.account, [callback])
    user = shop.user("o1")
    assert (user.state, user.scene) == ("following", "s2")
    assert user.ended < user.since


def test_a_scan_a_tap_and_a_message_are_on_the_timeline(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    for seconds, (door, wish) in enumerate(
        [
            ("scans", {"scene": "shelf-7"}),
            ("taps", {"key": "MENU_1"}),
            ("writes", {"text": "这款面膜\n敏感肌能用吗？"}),
        ]
    ):
        shop.move(seconds=seconds + 1)
        shop.happens(door, openid="o1", **wish)
    shop.work()
    assert shop.told() == ["account_followed", "code_scanned", "menu_clicked", "customer_wrote"]
    (said,) = shop.stores.events.rows("SELECT properties.`text`.:String FROM events WHERE name = 'customer_wrote'")
    assert said == ("这款面膜 敏感肌能用吗？",)


def test_a_message_opens_five_answers_and_a_tap_three(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    assert shop.answers_left("o1") == {"acted": 3}
    shop.happens("writes", openid="o1", text="在吗")
    assert shop.answers_left("o1") == {"acted": 3, "wrote": 5}


@pytest.mark.parametrize("told_as", ["xml", "json"])
def test_consents_are_counted_from_what_is_told(shop: Shop, told_as: str) -> None:
    shop.platform.door.post("app", app_id=APP, told_as=told_as)

    def granted() -> dict[str, int]:
        with shop.stores.ledger.read() as conn:
            return {row.template: row.granted for row in conn.execute(wechat_grants.select())}

    shop.happens("answers", openid="o1", templates={"T1": "accept", "T2": "accept", "T3": "reject"})
    shop.move(seconds=5)
    shop.happens("answers", openid="o1", templates={"T1": "accept"})
    assert granted() == {"T1": 2, "T2": 1, "T3": 0}
    shop.move(seconds=5)
    shop.happens("answers", openid="o1", templates={"T1": "reject"}, changed=True)
    assert granted() == {"T1": 0, "T2": 1, "T3": 0}


def test_a_template_message_that_did_not_arrive_is_told(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    shop.platform.door.post("blocks_templates", app_id=APP, openid="o1")
    assert shop.send(template(1, "o1"))[0].kind == "accepted"
    shop.move(seconds=5)
    shop.work()
    (event,) = shop.stores.events.rows(
        "SELECT name, properties.`reason`.:String, properties.`delivery_id`.:String FROM events"
        " WHERE name = 'message_failed'"
    )
    assert event == ("message_failed", "failed:user block", "d-1")


def test_what_people_withdraw_is_forgotten(shop: Shop) -> None:
    shop.happens("follows", openid="o1", unionid="u1", scene="spring")
    shop.work()
    shop.happens("withdraws", openid="o1")
    shop.work()
    assert (shop.user("o1").unionid, shop.user("o1").scene) == ("", "")
    assert "authorization_withdrawn" in shop.told()


def test_whoever_is_erased_is_forgotten_here_too(shop: Shop) -> None:
    for openid in ("o1", "o2"):
        shop.happens("follows", openid=openid)
        shop.happens("answers", openid=openid, templates={TEMPLATE: "accept"})
        shop.send(template(openid, openid))
    with shop.stores.ledger.write() as conn:
        forget_people(conn, [("phone", "+8613800138000"), (f"openid:{APP}", "o1"), ("openid:another", "o2")])
    for table in (wechat_users, wechat_windows, wechat_grants, wechat_sends):
        with shop.stores.ledger.read() as conn:
            assert {row.openid for row in conn.execute(table.select())} == {"o2"}


def test_repeats_and_disorder_change_nothing_twice(shop: Shop) -> None:
    shop.platform.door.post("poster", repeats=1.0, late_seconds=0.0)
    shop.happens("follows", openid="o1", scene="spring")
    shop.work()
    assert shop.told() == ["account_followed"]


def test_a_plain_body_is_refused_where_sealed_ones_were_agreed(shop: Shop) -> None:
    asked = shop.platform.door.post("try_address", app_id=APP, echo="1")
    body = b"<xml><FromUserName>o9</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType></xml>"
    query = {name: value for name, value in asked["query"].items() if name != "echostr"}
    assert httpx.post(asked["url"], params=query, content=body).status_code == 400


def test_plain_callbacks_are_taken_where_that_was_agreed(shop: Shop) -> None:
    change_account(shop.stores, shop.channels, shop.account, settings={"callback_mode": "plain"})
    shop.platform.door.post("app", app_id=APP, safe=False)
    shop.happens("follows", openid="o1")
    assert shop.user("o1").state == "following"


def test_what_nobody_knows_is_kept_and_counted(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    shop.platform.door.post("taps", app_id=APP, openid="o1", key="k", event="INVENTED_TOMORROW")
    shop.hear()
    assert [each["name"] for each in strange_callbacks(shop.stores)] == ["invented_tomorrow"]


def test_the_vector_of_the_platform_signs_like_ours() -> None:
    assert signature("weixin", "1409659589", "263014780") == "355b7605e72a1e7fc7cc88793388e9788f62ef27"


def test_a_template_is_known_by_its_result(shop: Shop) -> None:
    shop.happens("follows", openid="o1")
    shop.happens("answers", openid="o1", templates={TEMPLATE: "accept"})
    shop.send(template(1, "o1"))
    shop.move(seconds=5)
    with shop.stores.ledger.read() as conn:
        (result,) = conn.execute(wechat_results.select()).all()
    assert (result.openid, result.status) == ("o1", "success")
