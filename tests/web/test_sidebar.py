"""The sidebar of WeCom's chat, over HTTP: signing in at a simulated WeCom, and what an adviser may see."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from siyu.channels.accounts import change_account, check_account, disable_account, usable_account
from siyu.channels.platform.envelope import page_signature
from siyu.channels.wecom import sidebar
from siyu.channels.wecom.syncing import start_sync
from siyu.content.personas import keeping as personas
from siyu.content.personas.model import Draft
from siyu.content.scripts import using
from siyu.jobs import run_due
from siyu.people import actions, profile, tags
from siyu.reach.staff_tasks import doing, giving
from siyu.reach.staff_tasks import queries as queries_of_tasks
from siyu.reach.staff_tasks.model import EVERYTHING, Wish
from siyu.staff import actions as staff_actions
from siyu.staff import audit, queries
from siyu.staff.model import SYSTEM
from siyu.storage import Stores
from siyu.web.edge import SIDEBAR_STATE_COOKIE
from tests.content.library import a_piece
from tests.growth.way_shop import WayShop, a_way_shop
from tests.platform_worlds import HTTP
from tests.web.conftest import PASSWORD, Console, SignedIn

WHO = "/cgi-bin/auth/getuserinfo"
TICKET = "/cgi-bin/ticket/get"


@pytest.fixture
def shop(stores: Stores) -> Iterator[WayShop]:
    yield from a_way_shop(stores)


@dataclass
class Desk:
    """An adviser's WeCom client: what it opens beside a chat."""

    shop: WayShop
    console: Console

    @property
    def path(self) -> str:
        return f"/sidebar/{self.shop.account}"

    def open_to(self, *userids: str, **settings: str) -> Desk:
        """The account lets these members in."""
        wished = {"sidebar": "named", "sidebar_members": ", ".join(userids), **settings}
        change_account(self.shop.stores, self.shop.channels, self.shop.account, settings=wished)
        return self

    def asked(self) -> str:
        """Where the platform is asked to say who this is."""
        answer = self.console.get(self.path)
        assert answer.status_code == 303
        return answer.headers["location"]

    def proved(self, userid: str) -> str:
        """The path that the platform leads back to, once it knows who it is."""
        back = HTTP.get(f"{self.asked().split('#')[0]}&member={userid}").headers["location"]
        parts = urlsplit(back)
        assert (parts.scheme, parts.netloc) == ("http", "siyu.test")
        return f"{parts.path}?{parts.query}"

    def enter(self, userid: str) -> Any:
        answer = self.console.get(self.proved(userid))
        return self.console.get(answer.headers["location"]) if answer.status_code == 303 else answer

    def see(self, external_userid: str) -> Any:
        return self.console.get(f"{self.path}?external_userid={external_userid}")

    def tags_of(self, person: int) -> list[int]:
        return [tag.id for tag in profile.profile_of(self.shop.stores, person).tags]

    def friend(self, userid: str, name: str) -> str:
        """A customer who added this member; the product knows of it."""
        made = self.shop.shop.befriend(userid, name=name)
        self.shop.taken_in()
        actions.set_profile(self.shop.stores, "test", self.shop.person(made), {"name": name})
        return made


@pytest.fixture
def desk(shop: WayShop, console: Console) -> Desk:
    return Desk(shop, console)


# --- who gets in


def test_nobody_gets_in_until_the_account_says_so(desk: Desk) -> None:
    assert desk.console.get(desk.path).status_code == 404
    assert desk.console.get("/sidebar/99").status_code == 404
    desk.open_to("zhangsan")
    disable_account(desk.shop.stores, desk.shop.account)
    assert desk.console.get(desk.path).status_code == 404


def test_a_member_who_was_named_gets_in_by_wecoms_sign_in(desk: Desk) -> None:
    desk.open_to("zhangsan")
    asked = dict(parse_qsl(urlsplit(desk.asked()).query))
    assert asked["redirect_uri"] == f"http://siyu.test{desk.path}/signed-in"
    assert (asked["state"].isalnum(), len(asked["state"]) <= 128) == (True, True)
    assert desk.enter("zhangsan").status_code == 200
    (member,) = queries.members(desk.shop.stores)
    assert (member.role, member.login.startswith("zhangsan@")) == ("adviser", True)
    assert {"staff_added_by_platform", "signed_in_by_platform"} <= {
        row.action for row in audit.entries(desk.shop.stores.ledger)
    }


def test_a_member_reads_the_sidebar_in_their_clients_language(desk: Desk) -> None:
    desk.open_to("zhangsan")
    desk.console.http.headers["accept-language"] = "en-GB"
    assert "My customers" in desk.enter("zhangsan").text


def test_who_was_not_named_is_told_whom_to_ask(desk: Desk) -> None:
    answer = desk.open_to("lisi").enter("zhangsan")
    assert (answer.status_code, "请联系管理员" in answer.text) == (403, True)
    assert queries.members(desk.shop.stores) == []


def test_all_who_may_have_customers_get_in_where_the_account_says_all(desk: Desk) -> None:
    desk.open_to(sidebar="all", sidebar_members="")
    assert desk.enter("zhangsan").status_code == 403  # not known to be one yet
    start_sync(desk.shop.stores, desk.shop.account, ["members"])
    run_due(desk.shop.stores)
    assert desk.enter("zhangsan").status_code == 200


def test_who_is_taken_from_the_list_is_out_at_once(desk: Desk) -> None:
    desk.open_to("zhangsan").enter("zhangsan")
    desk.open_to("lisi")
    assert desk.console.get(desk.path).status_code == 403


def test_whom_the_staff_page_disables_is_out_at_once_and_does_not_come_back(desk: Desk) -> None:
    desk.open_to("zhangsan").enter("zhangsan")
    (member,) = queries.members(desk.shop.stores)
    staff_actions.disable_member(desk.shop.stores, SYSTEM, member.id)
    assert desk.console.get(desk.path).status_code == 303
    assert desk.enter("zhangsan").status_code == 403


def test_a_user_id_that_is_somebodys_login_does_not_become_them(desk: Desk) -> None:
    stores = desk.shop.stores
    boss = staff_actions.create_member(
        stores, SYSTEM, login="zhangsan", name="Boss", password=PASSWORD, role="owner", language="zh"
    )
    desk.open_to("zhangsan").enter("zhangsan")
    (other,) = [each for each in queries.members(stores) if each.id != boss]
    assert other.role == "adviser"


def test_an_outsider_is_refused(desk: Desk) -> None:
    desk.open_to("zhangsan")
    state = dict(parse_qsl(urlsplit(desk.asked()).query))["state"]
    code = desk.shop.platform.door.post("code", corpid=desk.shop.shop.corpid, openid="o1")["code"]
    answer = desk.console.get(f"{desk.path}/signed-in?code={code}&state={state}")
    assert (answer.status_code, "只有企业成员" in answer.text) == (403, True)


def test_a_code_works_once(desk: Desk) -> None:
    desk.open_to("zhangsan")
    back = desk.proved("zhangsan")
    nonce = desk.console.http.cookies[SIDEBAR_STATE_COOKIE]
    assert desk.console.get(back).status_code == 303
    desk.console.http.cookies.set(SIDEBAR_STATE_COOKIE, nonce, domain="siyu.test", path="/sidebar")
    again = desk.console.get(back)
    assert (again.status_code >= 400, "重新登录" in again.text) == (True, True)


@pytest.mark.parametrize("wrong", ["forged", "with another nonce", "of another browser", "old", "none"])
def test_a_sign_in_that_was_not_begun_here_is_refused_before_wecom_is_asked(desk: Desk, wrong: str) -> None:
    desk.open_to("zhangsan")
    back = desk.proved("zhangsan")
    code, state = (dict(parse_qsl(urlsplit(back).query))[name] for name in ("code", "state"))
    path = f"{desk.path}/signed-in"
    if wrong == "forged":
        state = state[:-1] + ("0" if state[-1] != "0" else "1")
    elif wrong == "of another browser":
        desk.console.http.cookies.clear()
    elif wrong == "old":
        desk.shop.move(minutes=11)
    elif wrong == "none":
        state = ""
    else:
        state = state[:8] + "f" * 16 + state[24:]
    answer = desk.console.get(f"{path}?code={code}&state={state}")
    assert (answer.status_code, "重新打开" in answer.text) == (403, True)
    assert desk.shop.calls(WHO) == 0


def test_it_is_good_for_the_sidebar_alone_and_the_consoles_sign_in_is_not_good_for_it(
    desk: Desk, signed_in: SignedIn
) -> None:
    desk.open_to("zhangsan").enter("zhangsan")
    assert desk.console.get("/people").headers["location"].startswith("/sign-in")
    assert desk.console.http.get("/api/people").status_code == 401
    desk.console.http.cookies.clear()
    signed_in("owner")
    assert desk.console.get(desk.path).headers["location"].startswith(desk.shop.shop.url)
    assert desk.console.get(f"{desk.path}/customers").status_code in (303, 403)


def test_a_browser_that_keeps_no_cookies_is_told_instead_of_led_round(desk: Desk) -> None:
    desk.open_to("zhangsan")
    answer = desk.console.get(f"{desk.path}?entered=true")
    assert (answer.status_code, "Cookie" in answer.text) == (403, True)


# --- what is seen


def test_an_adviser_sees_the_customer_they_talk_to(desk: Desk) -> None:
    stores = desk.shop.stores
    anna = desk.friend("zhangsan", "安娜")
    person = desk.shop.person(anna)
    tags.add_tag(stores, "test", person, tags.make_tag(stores, tags.make_group(stores, "肤质"), "油性"))
    actions.set_profile(stores, "test", person, {"city": "杭州", "note": "喜欢清爽的"})
    desk.open_to("zhangsan").enter("zhangsan")
    shown = desk.see(anna).text
    assert all(each in shown for each in ("安娜", "油性", "杭州", "喜欢清爽的", "订单", "加为好友"))


def test_nobody_sees_a_colleagues_customer(desk: Desk) -> None:
    anna, ben = desk.friend("zhangsan", "安娜"), desk.friend("lisi", "本本")
    shown = desk.open_to("zhangsan").enter("zhangsan").text
    assert ("安娜" in shown, "本本" in shown) == (True, False)
    assert "本本" not in desk.console.get(f"{desk.path}/customers?q=本").text
    refused = desk.see(ben)
    assert (refused.status_code, "本本" in refused.text) == (403, False)
    assert desk.see("wmNobody").status_code == 403
    desk.shop.shop.act("delete", userid="zhangsan", external_userid=anna)
    desk.shop.taken_in()
    assert desk.see(anna).status_code == 403


def test_customers_are_found_by_name(desk: Desk) -> None:
    desk.friend("zhangsan", "安娜")
    desk.friend("zhangsan", "贝贝")
    desk.open_to("zhangsan").enter("zhangsan")
    found = desk.console.get(f"{desk.path}/customers?q=贝").text
    assert ("贝贝" in found, "安娜" in found) == (True, False)


@pytest.mark.parametrize(("role", "whole"), [("adviser", True), ("agent", False)])
def test_phones_are_shown_as_the_role_may_see_them(desk: Desk, role: str, whole: bool) -> None:
    anna = desk.friend("zhangsan", "安娜 16412345678")
    desk.open_to("zhangsan", sidebar_role=role).enter("zhangsan")
    assert ("16412345678" in desk.see(anna).text) is whole


def test_a_note_is_kept_for_all_colleagues_and_on_record(desk: Desk) -> None:
    anna = desk.friend("zhangsan", "安娜")
    desk.open_to("zhangsan").enter("zhangsan")
    written = desk.console.post(f"{desk.path}/note", {"external_userid": anna, "note": "下周来店"})
    assert written.headers["location"] == f"{desk.path}?external_userid={anna}"
    assert "下周来店" in desk.see(anna).text
    (row,) = [each for each in audit.entries(desk.shop.stores.ledger) if each.action == "person_changed"]
    assert (row.subject, row.detail["fields"]) == (f"person:{desk.shop.person(anna)}", ["note"])
    assert "下周来店" not in str(row.detail)


def test_a_note_on_a_colleagues_customer_is_refused(desk: Desk) -> None:
    ben = desk.friend("lisi", "本本")
    desk.open_to("zhangsan").enter("zhangsan")
    assert desk.console.post(f"{desk.path}/note", {"external_userid": ben, "note": "x"}).status_code == 403
    assert desk.console.post(f"{desk.path}/note", {"note": "x"}, sec_fetch_site="cross-site").status_code == 403


def test_who_may_only_look_writes_no_note(desk: Desk) -> None:
    anna = desk.friend("zhangsan", "安娜")
    desk.open_to("zhangsan", sidebar_role="analyst").enter("zhangsan")
    assert "保存备注" not in desk.see(anna).text
    assert desk.console.post(f"{desk.path}/note", {"external_userid": anna, "note": "x"}).status_code == 403


def test_an_adviser_tags_their_customer_and_takes_it_back_and_it_is_on_record(desk: Desk) -> None:
    stores = desk.shop.stores
    oily = tags.make_tag(stores, tags.make_group(stores, "肤质"), "油性")
    anna = desk.friend("zhangsan", "安娜")
    person, theirs = desk.shop.person(anna), f"{desk.path}/people/{desk.shop.person(anna)}/tags"
    desk.open_to("zhangsan").enter("zhangsan")
    assert f'<option value="{oily}">肤质 · 油性' in desk.see(anna).text
    added = desk.console.post(theirs, {"tag": oily})
    assert added.headers["location"] == f"{desk.path}?external_userid={anna}"
    assert desk.tags_of(person) == [oily]
    assert f"{theirs}/{oily}/remove" in desk.see(anna).text
    desk.console.post(f"{theirs}/{oily}/remove", {})
    assert desk.tags_of(person) == []
    told = [each for each in audit.entries(stores.ledger) if each.action in ("tag_added", "tag_removed")]
    assert {(each.action, each.subject) for each in told} == {
        ("tag_added", f"person:{person}"),
        ("tag_removed", f"person:{person}"),
    }
    assert all(each.by.startswith("staff:") for each in told)


@pytest.mark.parametrize(("userid", "role"), [("lisi", "adviser"), ("zhangsan", "analyst")])
def test_a_colleagues_customer_is_not_tagged_nor_by_who_may_only_look(desk: Desk, userid: str, role: str) -> None:
    stores = desk.shop.stores
    oily, dry = (tags.make_tag(stores, tags.make_group(stores, name), name) for name in ("油性", "干性"))
    anna = desk.friend("zhangsan", "安娜")
    person, theirs = desk.shop.person(anna), f"{desk.path}/people/{desk.shop.person(anna)}/tags"
    tags.add_tag(stores, "test", person, dry)
    desk.open_to(userid, sidebar_role=role).enter(userid)
    assert desk.console.post(theirs, {"tag": oily}).status_code == 403
    assert desk.console.post(f"{theirs}/{dry}/remove", {}).status_code == 403
    assert desk.tags_of(person) == [dry]
    assert theirs not in desk.see(anna).text


# --- what is to do for them


def test_an_adviser_takes_and_does_what_is_to_do_for_whom_they_talk_to(desk: Desk) -> None:
    stores, anna = desk.shop.stores, desk.friend("zhangsan", "安娜")
    (number,) = giving.give(stores, "system", [desk.shop.person(anna)], Wish("问候新好友", "{{ person.name }}您好"))
    mine = desk.open_to("zhangsan").enter("zhangsan").text
    assert ("我的任务" in mine, f"external_userid={anna}" in mine) == (True, True)
    assert all(each in desk.see(anna).text for each in ("问候新好友", "安娜您好", "还剩 1 小时"))
    said = {"external_userid": anna, "rung": "voice", "outcome": "reached", "note": "想看新品"}
    assert desk.console.post(f"{desk.path}/tasks/{number}/take", said).status_code == 303
    assert desk.console.post(f"{desk.path}/tasks/{number}/done", said).status_code == 303
    done = queries_of_tasks.one_task(stores, EVERYTHING, number)
    assert (done.state, done.rung, done.note) == ("done", "voice", "想看新品")
    assert "问候新好友" not in desk.console.get(f"{desk.path}/tasks?external_userid={anna}").text
    desk.console.post(f"{desk.path}/tasks/{number}/reopen")
    assert "可以试试视频" not in desk.see(anna).text  # undone: nothing was reached
    assert "问候新好友" in desk.console.get(f"{desk.path}/tasks?external_userid={anna}").text


def test_a_colleagues_task_is_neither_shown_nor_done(desk: Desk) -> None:
    stores = desk.shop.stores
    anna, ben = desk.friend("zhangsan", "安娜"), desk.friend("lisi", "本本")
    (theirs,) = giving.give(stores, "system", [desk.shop.person(ben)], Wish("问候"))
    (pool,) = giving.give(stores, "system", [desk.shop.person(ben)], Wish("回访", to="pool"))
    desk.open_to("zhangsan").enter("zhangsan")
    for number, customer, status in ((theirs, anna, 404), (theirs, ben, 403), (pool, anna, 403), (pool, ben, 403)):
        for act in ("take", "done"):
            answer = desk.console.post(f"{desk.path}/tasks/{number}/{act}", {"external_userid": customer})
            assert answer.status_code == status
    assert desk.console.get(f"{desk.path}/tasks?external_userid={ben}").status_code == 403
    doing.finish(stores, EVERYTHING, "system", pool, doing.Result())
    assert desk.console.post(f"{desk.path}/tasks/{pool}/reopen").status_code == 403


# --- inside WeCom's client


def test_only_the_sidebar_may_be_held_by_wecoms_pages(desk: Desk) -> None:
    held = desk.open_to("zhangsan").enter("zhangsan").headers
    assert "frame-ancestors 'self' https://work.weixin.qq.com" in held["content-security-policy"]
    assert "x-frame-options" not in held
    other = desk.console.get("/sign-in").headers
    assert ("frame-ancestors 'none'" in other["content-security-policy"], other["x-frame-options"]) == (True, "DENY")


def test_scripts_of_the_platform_are_loaded_only_where_the_account_says_so(desk: Desk) -> None:
    with_script = desk.open_to("zhangsan").enter("zhangsan")
    assert "https://res.wx.qq.com/" in with_script.headers["content-security-policy"]
    assert "data-scripts" in with_script.text
    desk.open_to("zhangsan", sidebar_script="none")
    without = desk.console.get(desk.path)
    assert "qq.com/open" not in without.headers["content-security-policy"] + without.text
    assert "请选择客户" in without.text


def test_the_page_is_signed_with_both_tickets(desk: Desk) -> None:
    desk.open_to("zhangsan").enter("zhangsan")
    url = f"http://siyu.test{desk.path}?entered=true"
    signed = desk.console.http.get(f"{desk.path}/signature", params={"url": url}).json()
    said = (signed["nonce"], str(signed["timestamp"]), url)
    company = desk.shop.shop.ask("get_jsapi_ticket")["ticket"]
    app = desk.shop.shop.ask("ticket/get", type="agent_config")["ticket"]
    assert (signed["page"], signed["agent"]) == (page_signature(company, *said), page_signature(app, *said))
    assert (signed["corp_id"], signed["agent_id"]) == (desk.shop.shop.corpid, "1000002")


@pytest.mark.parametrize("url", ["http://elsewhere.test/sidebar/1", "http://siyu.test/people", "", "http://siyu.test"])
def test_no_other_page_is_signed(desk: Desk, url: str) -> None:
    desk.open_to("zhangsan").enter("zhangsan")
    answer = desk.console.http.get(f"{desk.path}/signature", params={"url": url})
    assert answer.status_code == 400
    assert desk.shop.calls(TICKET) == 0


def test_a_ticket_is_fetched_once_however_many_pages_are_signed(desk: Desk) -> None:
    desk.open_to("zhangsan").enter("zhangsan")
    for _ in range(3):
        asked = {"url": f"http://siyu.test{desk.path}"}
        assert desk.console.http.get(f"{desk.path}/signature", params=asked).status_code == 200
    assert desk.shop.calls(TICKET) == 1


def test_many_at_once_fetch_each_ticket_once(desk: Desk) -> None:
    account = usable_account(desk.shop.stores, desk.shop.account)
    now = desk.shop.stores.clock.now()
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda n: sidebar.signed(desk.shop.exchange, account, f"http://x/{n}", now), range(16)))
    assert len({each.agent for each in made}) == 16
    assert (desk.shop.calls(TICKET), desk.shop.calls("/cgi-bin/get_jsapi_ticket")) == (1, 1)


def test_the_live_check_says_whether_the_page_can_be_signed(desk: Desk) -> None:
    desk.open_to("zhangsan")
    assert check_account(desk.shop.stores, desk.shop.channels, desk.shop.account).works
    assert desk.shop.calls(TICKET) == 1


def test_the_account_page_says_what_to_paste_where(desk: Desk, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    page = f"/settings/accounts/{desk.shop.account}"
    assert "可信域名" in console.get(page).text
    desk.open_to("zhangsan", domain_proof="Ab3dE6")
    shown = console.get(page).text
    assert all(each in shown for each in ("siyu.test", f"http://siyu.test{desk.path}", "WW_verify_Ab3dE6.txt"))


def test_the_trusted_domain_is_proved_by_the_file_that_the_account_names(desk: Desk) -> None:
    assert desk.console.get("/WW_verify_Ab3dE6.txt").status_code == 404
    desk.open_to("zhangsan", domain_proof="Ab3dE6")
    assert desk.console.get("/WW_verify_Ab3dE6.txt").text == "Ab3dE6"
    assert desk.console.get("/WW_verify_Ab3dE7.txt").status_code == 404
    assert desk.console.get("/WW_verify_.txt").status_code == 404


def test_scripts_are_found_filled_in_and_counted_for_whom_they_talk_to(desk: Desk) -> None:
    stores, anna = desk.shop.stores, desk.friend("zhangsan", "安娜")
    bela = desk.friend("lisi", "贝拉")
    made = a_piece(stores, kind="script", title="发货", body={"text": "{{ person.name }}，今天发", "asked": "多久发货"})
    desk.open_to("zhangsan").enter("zhangsan")
    assert "安娜，今天发" in desk.see(anna).text
    found = desk.console.get(f"{desk.path}/scripts?external_userid={anna}&q=什么时候发货").text
    assert "安娜，今天发" in found
    assert desk.console.get(f"{desk.path}/scripts?external_userid={bela}&q=发货").status_code == 403
    said = {"external_userid": anna, "how": "sent"}
    assert desk.console.post(f"{desk.path}/scripts/{made.id}/said", said).status_code == 303
    assert (
        desk.console.post(f"{desk.path}/scripts/{made.id}/said", {**said, "external_userid": bela}).status_code == 403
    )
    assert using.count_used(stores, [made.id]) == {made.id: 1}
    desk.console.post(f"{desk.path}/scripts/{made.id}/favourite", said)
    assert "取消收藏" in desk.see(anna).text


def test_as_whom_an_adviser_speaks_is_said_beside_the_chat(desk: Desk) -> None:
    stores = desk.shop.stores
    persona = personas.add_persona(stores, "staff:1", Draft("小思", signature="每天三条省钱小技巧"))
    personas.set_speakers(stores, "staff:1", persona.id, desk.shop.account, ["zhangsan"])
    assert "每天三条省钱小技巧" in desk.open_to("zhangsan").enter("zhangsan").text
