"""Official accounts and mini programs in the console, the API and the command line; a broadcast through one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels.accounts import change_account
from siyu.channels.registry import Channels
from siyu.people.tables import consents, identifiers
from siyu.reach.broadcasts import draft_broadcast, start_broadcast
from siyu.reach.delivery import Deliverer
from siyu.reach.intending import intend_broadcast
from siyu.reach.membership import Membership
from siyu.reach.model import Draft
from siyu.reach.tables import outbox
from siyu.storage import Stores
from tests.channels.wechat.shop import APP, TEMPLATE, Shop, a_shop
from tests.published import answered
from tests.web.conftest import Console, SignedIn


@pytest.fixture
def shop(stores: Stores) -> Iterator[Shop]:
    yield from a_shop(stores, "official_account")


@pytest.fixture
def each_shop(each_stores: Stores) -> Iterator[Shop]:
    yield from a_shop(each_stores, "official_account")


@pytest.fixture
def mini(stores: Stores) -> Iterator[Shop]:
    yield from a_shop(stores, "miniprogram")


# --- a broadcast, from the audience to the phone


def persons(shop: Shop) -> dict[str, int]:
    kind = f"{'openid' if shop.channel == 'official_account' else 'mp_openid'}:{APP}"
    with shop.stores.ledger.read() as conn:
        rows = conn.execute(sa.select(identifiers.c.value, identifiers.c.person).where(identifiers.c.kind == kind))
        return dict(rows.tuples().all())


def consented(shop: Shop) -> None:
    now = shop.stores.clock.now()
    common = {"purpose": "marketing", "channel": "any", "given": True, "at": now, "notice": "1", "evidence": "test"}
    with shop.stores.ledger.write() as conn:
        rows = [{"person": person, "by": "test", **common} for person in persons(shop).values()]
        conn.execute(sa.insert(consents), rows)


def broadcast(shop: Shop, kind: str, **content: str) -> dict[str, tuple[str, str | None]]:
    """Sent to everybody who is known; what became of each, by open id."""
    people = persons(shop)
    draft = Draft("试", 1, [shop.account], {shop.channel: content}, kind=kind, holdout_percent=0)  # pyright: ignore
    number = draft_broadcast(shop.stores, shop.channels, "test", draft)
    start_broadcast(shop.stores, shop.channels, number)

    def members(*_: Any) -> Membership:
        return Membership(1, {"all": []}, sorted(people.values()))  # pyright: ignore

    intend_broadcast(shop.stores, shop.channels, members, number, lambda *_: None)
    deliverer = Deliverer(shop.stores, shop.channels, machine_clock=shop.stores.clock)
    for _ in range(5):
        deliverer.tick()
    deliverer.stop()
    with shop.stores.ledger.read() as conn:
        rows = conn.execute(sa.select(outbox.c.person, outbox.c.state, outbox.c.reason))
        found = {row.person: (row.state, row.reason) for row in rows}
    return {openid: found[person] for openid, person in people.items()}


def test_a_mass_message_goes_to_followers_who_have_some_of_their_month_left(each_shop: Shop) -> None:
    shop = each_shop
    for openid in ("here", "there", "left"):
        shop.happens("follows", openid=openid)
    shop.move(seconds=5)
    shop.happens("unfollows", openid="left")
    shop.work()
    consented(shop)
    told = broadcast(shop, "marketing", form="mass", text="新品上架")
    expected = ("accepted", None)
    assert told == {"here": expected, "there": expected, "left": ("held", "not_following")}
    shop.move(seconds=40)
    assert sorted(each["openid"] for each in shop.arrived()) == ["here", "there"]


def test_a_subscription_account_sends_no_mass_messages_to_a_list(shop: Shop) -> None:
    change_account(shop.stores, shop.channels, shop.account, settings={"account_kind": "subscription"})
    shop.happens("follows", openid="o1")
    shop.work()
    consented(shop)
    assert broadcast(shop, "marketing", form="mass", text="新品") == {"o1": ("held", "mass_not_allowed")}


def test_an_answer_goes_only_to_whom_may_be_answered_now(shop: Shop) -> None:
    for openid in ("wrote", "silent"):
        shop.happens("follows", openid=openid)
    shop.move(minutes=5)
    shop.happens("writes", openid="wrote", text="在吗")
    shop.work()
    consented(shop)
    told = broadcast(shop, "marketing", form="service", text="{{ person.name }}好")
    assert told == {"wrote": ("accepted", None), "silent": ("held", "window_closed")}
    assert shop.arrived()[0]["body"]["text"]["content"] == "您好"


def test_a_notice_goes_only_to_whom_agreed(mini: Shop) -> None:
    mini.happens("answers", openid="yes", templates={TEMPLATE: "accept"})
    mini.happens("answers", openid="no", templates={TEMPLATE: "reject"})
    mini.work()
    content = {"form": "subscribe", "template_id": TEMPLATE, "data": "thing1: 到货提醒"}
    assert broadcast(mini, "service", **content) == {"yes": ("accepted", None), "no": ("held", "no_grant")}
    assert mini.calls("/cgi-bin/message/subscribe/send") == 1


# --- the console


def test_codes_are_made_and_followers_read_in_the_console(shop: Shop, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    page = f"/settings/accounts/{shop.account}/wechat"
    shop.platform.door.post("followers", app_id=APP, count=3)
    assert console.post(page, {"name": "门店海报", "kind": "temporary", "days": "7"}).status_code == 303
    assert console.post(f"/settings/accounts/{shop.account}/followers/read", {}).status_code == 303
    shop.work()
    shown = console.get(page).text
    assert "门店海报" in shown
    assert "showqrcode?ticket=" in shown
    assert "已关注" in shown
    assert shop.user("o0000000").state == "following"


def test_what_is_wrong_with_a_code_is_said_at_its_field(shop: Shop, signed_in: SignedIn) -> None:
    page = f"/settings/accounts/{shop.account}/wechat"
    answer = signed_in("owner").post(page, {"name": "海报", "kind": "temporary", "days": "7", "scene": "春 天"})
    assert answer.status_code == 422
    assert "场景值须为" in answer.text


def test_the_account_page_says_what_to_paste_where(shop: Shop, signed_in: SignedIn) -> None:
    shown = signed_in("owner").get(f"/settings/accounts/{shop.account}").text
    assert f"/callbacks/official_account/{shop.account}/" in shown
    assert "EncodingAESKey" in shown
    assert "IP 白名单" in shown


def test_the_editor_offers_what_each_form_needs(shop: Shop, signed_in: SignedIn) -> None:
    shown = signed_in("owner").get("/broadcasts/new").text
    for name in ("form", "template_id", "data", "text", "media_id"):
        assert f'name="content.official_account.{name}"' in shown
    assert 'data-when="template subscribe "' in shown


# --- the API and the command line


def asked(console: Console, url: str, body: dict[str, Any]) -> Any:
    return console.http.post(url, json=body, headers=console.key())


def test_the_api_makes_codes_and_knows_who_opened_the_mini_program(mini: Shop, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    at = f"/api/accounts/{mini.account}"
    made = asked(console, f"{at}/codes", {"name": "门店", "kind": "page"})
    assert made.status_code == 201
    picture = console.get(made.json()["picture"])
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    code = mini.platform.door.post("opens", app_id=APP, openid="p1", unionid="u1")["code"]
    visitor = asked(console, f"{at}/visitors", {"code": code})
    assert visitor.json() == {"openid": "p1", "unionid": "u1"}
    assert console.get(f"{at}/standing").json()["people"] == {"user": 1}
    refused = asked(console, f"{at}/followers/read", {})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "no_followers")


@pytest.mark.parametrize(
    ("line", "schema"),
    [
        ("wechat show 1", "wechat-show"),
        ("wechat code 1 --name 门店海报 --kind temporary --days 30", "wechat-code"),
        ("wechat codes 1", "wechat-codes"),
        ("wechat read 1", "wechat-read"),
    ],
)
def test_the_command_line_does_the_same(shop: Shop, line: str, schema: str) -> None:
    answered(shop.stores, line.replace(" 1 ", f" {shop.account} "), schema)


def test_channels_say_their_forms(shop: Shop) -> None:
    channels: Channels = shop.channels
    forms = {form.name: form for form in channels["official_account"].about.forms}
    assert (forms["template"].marketing, forms["mass"].alike, forms["service"].drops_repeats) == (False, True, False)
