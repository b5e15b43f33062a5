"""The simulated official account and mini program speak like the real ones: same keys, same types, same codes.

The samples are those of the platform's documents, restated in ``platform-facts`` E.1 to E.6.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from rehearsal.platforms.core.running import Running
from rehearsal.platforms.miniprogram.calls import miniprogram
from rehearsal.platforms.official_account.doors import official_account
from tests.platform_worlds import HTTP, Listener, listening, running

APP, SECRET, TEMPLATE = "wx1", "secret", "tmpl"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as heard:
        heard.answer = lambda path, query, body: (200, b"success")
        yield heard


@pytest.fixture
def account(listener: Listener) -> Iterator[Running]:
    with running(official_account()) as platform:
        _register(platform, listener)
        yield platform


@pytest.fixture
def program(listener: Listener) -> Iterator[Running]:
    with running(miniprogram()) as platform:
        _register(platform, listener, told_as="json")
        yield platform


def _register(platform: Running, listener: Listener, **more: Any) -> None:
    plain = {"callback": f"{listener.url}/told", "token": "weixin", "safe": False, "templates": [TEMPLATE]}
    platform.door.post("app", app_id=APP, secret=SECRET, **plain, **more)


def token(platform: Running) -> str:
    asked = {"grant_type": "client_credential", "appid": APP, "secret": SECRET, "force_refresh": False}
    return HTTP.post(f"{platform.url}/cgi-bin/stable_token", json=asked).json()["access_token"]


def post(platform: Running, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return HTTP.post(f"{platform.url}{path}", params={"access_token": token(platform)}, json=body).json()


def shape(value: Any) -> Any:
    """Keys and types, without values; a list is as its first entry."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def told(listener: Listener, platform: Running) -> list[str]:
    platform.door.post("clock", move_seconds=60)
    platform.door.post("settle", seconds=5)
    return [body.decode() for _, _, body in listener.heard]


def tree(xml: str) -> dict[str, Any]:
    """Tags of an XML document, nested; text as its type would be read."""

    def inside(element: Element) -> Any:
        return {child.tag: inside(child) for child in element} if len(element) else "text"

    return inside(fromstring(xml))


OK = {"errcode": 0, "errmsg": "ok"}
SUBSCRIBED = """<xml><ToUserName><![CDATA[gh_toUser]]></ToUserName><FromUserName><![CDATA[OPENID]]></FromUserName>
<CreateTime>123456789</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[qrscene_123123]]></EventKey><Ticket><![CDATA[TICKET]]></Ticket></xml>"""
SCANNED = SUBSCRIBED.replace("subscribe", "SCAN").replace("qrscene_123123", "SCENE_VALUE")
PAGE = {"total": 2, "count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"}
INFO = {
    "subscribe": 1,
    "openid": "OPENID",
    "language": "zh_CN",
    "subscribe_time": 1513749081,
    "unionid": "UNIONID",
    "remark": "",
    "groupid": 0,
    "tagid_list": [128, 2],
    "subscribe_scene": "ADD_SCENE_QR_CODE",
    "qr_scene": 98765,
    "qr_scene_str": "",
}


def test_a_token_is_the_same_until_it_ends(account: Running) -> None:
    asked = {"grant_type": "client_credential", "appid": APP, "secret": SECRET}
    answer = HTTP.post(f"{account.url}/cgi-bin/stable_token", json=asked).json()
    assert shape(answer) == shape({**OK, "access_token": "T", "expires_in": 7200})
    assert answer["access_token"] == token(account)
    forced = HTTP.post(f"{account.url}/cgi-bin/stable_token", json={**asked, "force_refresh": True}).json()
    assert forced["access_token"] != answer["access_token"]


@pytest.mark.parametrize(("wrong", "code"), [({"appid": "wx2"}, 40013), ({"secret": "x"}, 40125)])
def test_strangers_get_no_token(account: Running, wrong: dict[str, str], code: int) -> None:
    asked = {"grant_type": "client_credential", "appid": APP, "secret": SECRET, **wrong}
    assert HTTP.post(f"{account.url}/cgi-bin/stable_token", json=asked).json()["errcode"] == code


def test_followers_are_listed_and_described_as_in_the_samples(account: Running) -> None:
    account.door.post("followers", app_id=APP, count=2)
    page = HTTP.get(f"{account.url}/cgi-bin/user/get", params={"access_token": token(account)}).json()
    assert shape(page) == shape({**OK, **PAGE})
    asked = {"user_list": [{"openid": openid, "lang": "zh_CN"} for openid in page["data"]["openid"]]}
    (info, _) = post(account, "/cgi-bin/user/info/batchget", asked)["user_info_list"]
    assert shape({**info, "tagid_list": [2]}) == shape(INFO)


def test_codes_are_made_as_in_the_sample(account: Running) -> None:
    asked = {"expire_seconds": 604800, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "test"}}}
    answer = post(account, "/cgi-bin/qrcode/create", asked)
    sample = {"ticket": "gQH47j", "expire_seconds": 60, "url": "http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI"}
    assert shape(answer) == shape({**OK, **sample})


def test_followers_are_told_of_as_in_the_samples(account: Running, listener: Listener) -> None:
    account.door.post("poster", at_once=1)  # in the order in which it happened
    account.door.post("follows", app_id=APP, openid="o1", scene="123123")
    account.door.post("scans", app_id=APP, openid="o1", scene="SCENE_VALUE")
    first, second = told(listener, account)
    assert (tree(first), tree(second)) == (tree(SUBSCRIBED), tree(SCANNED))
    assert "qrscene_123123" in first
    assert "qrscene" not in second


def test_a_template_is_taken_once_and_its_end_is_told(account: Running, listener: Listener) -> None:
    account.door.post("followers", app_id=APP, count=1)
    body = {"touser": "o0000000", "template_id": TEMPLATE, "client_msg_id": "m1", "data": {"thing1": {"value": "面膜"}}}
    first, again = (post(account, "/cgi-bin/message/template/send", body) for _ in range(2))
    assert shape(first) == shape({**OK, "msgid": 200228332})
    assert first["msgid"] == again["msgid"]
    assert len(account.door.get("arrived")["messages"]) == 1
    (end,) = told(listener, account)
    assert {"MsgID", "Status", "Event"} <= set(tree(end))
    assert "TEMPLATESENDJOBFINISH" in end


def test_a_mass_message_is_taken_once_and_its_numbers_are_told(account: Running, listener: Listener) -> None:
    account.door.post("followers", app_id=APP, count=3)
    body = {"touser": ["o0000000", "o0000001"], "msgtype": "text", "text": {"content": "新品"}, "clientmsgid": "c1"}
    assert shape(post(account, "/cgi-bin/message/mass/send", body)) == shape(
        {**OK, "msg_id": 34182, "msg_data_id": 206227730}
    )
    assert post(account, "/cgi-bin/message/mass/send", body)["errcode"] == 45065
    assert post(account, "/cgi-bin/message/mass/send", {**body, "touser": ["o0000000"]})["errcode"] == 40130
    (end,) = told(listener, account)
    assert {"MsgID", "Status", "TotalCount", "FilterCount", "SentCount", "ErrorCount"} <= set(tree(end))


@pytest.mark.parametrize(
    ("hours", "sent", "code"), [(0, 5, 45047), (48, 0, 45015)], ids=["six messages", "after two days"]
)
def test_answers_have_their_window(account: Running, hours: int, sent: int, code: int) -> None:
    account.door.post("writes", app_id=APP, openid="o1", text="在吗")
    account.door.post("clock", move_seconds=hours * 3600 + 1)
    body = {"touser": "o1", "msgtype": "text", "text": {"content": "您好"}}
    codes = [post(account, "/cgi-bin/message/custom/send", body)["errcode"] for _ in range(sent + 1)]
    assert codes == [0] * sent + [code]


def test_consents_are_told_nested_in_xml_and_alone_or_listed_in_json(
    account: Running, program: Running, listener: Listener
) -> None:
    account.door.post("answers", app_id=APP, openid="o1", templates={"T1": "accept"})
    (xml,) = told(listener, account)
    entry = {"TemplateId": "text", "SubscribeStatusString": "text", "PopupScene": "text"}
    assert tree(xml)["SubscribeMsgPopupEvent"] == {"List": entry}
    listener.heard.clear()
    program.door.post("answers", app_id=APP, openid="p1", templates={"T1": "accept"})
    program.door.post("answers", app_id=APP, openid="p1", templates={"T1": "accept", "T2": "reject"})
    one, two = (json.loads(each) for each in told(listener, program))
    assert set(one["List"]) == set(entry)
    assert [set(each) for each in two["List"]] == [set(entry)] * 2


def test_a_subscription_message_needs_a_consent_of_its_own(program: Running) -> None:
    program.door.post("answers", app_id=APP, openid="p1", templates={TEMPLATE: "accept"})
    body = {"touser": "p1", "template_id": TEMPLATE, "data": {"thing1": {"value": "面膜"}}}
    codes = [post(program, "/cgi-bin/message/subscribe/send", body)["errcode"] for _ in range(2)]
    assert codes == [0, 43101]
    too_long = {**body, "data": {"thing1": {"value": "很" * 21}}}
    assert post(program, "/cgi-bin/message/subscribe/send", too_long)["errcode"] == 47003


def test_who_opens_a_page_comes_back_with_a_code_that_is_good_once(account: Running) -> None:
    asked = {"appid": APP, "redirect_uri": "http://127.0.0.1/back?a=1", "response_type": "code", "state": "S1"}

    def opened(**more: str) -> httpx.Response:
        return HTTP.get(f"{account.url}/connect/oauth2/authorize", params={**asked, **more})

    def told(code: str) -> dict[str, Any]:
        whose = {"appid": APP, "secret": SECRET, "code": code, "grant_type": "authorization_code"}
        return HTTP.get(f"{account.url}/sns/oauth2/access_token", params=whose).json()

    account.door.post("follows", app_id=APP, openid="o1", unionid="u1")
    assert "openid=o1" in opened(scope="snsapi_base").text, "nobody said who they are: they choose"
    back = parse_qs(urlsplit(opened(scope="snsapi_base", openid="o1").headers["location"]).query)
    assert (back["a"], back["state"]) == (["1"], ["S1"])
    assert {"openid": "o1", "unionid": "u1", "scope": "snsapi_base"}.items() <= told(back["code"][0]).items()
    assert told(back["code"][0])["errcode"] == 40029
    for scope, unionid in (("snsapi_base", None), ("snsapi_userinfo", "u2")):  # who does not follow
        stranger = opened(scope=scope, openid="o2", unionid="u2").headers["location"]
        assert told(parse_qs(urlsplit(stranger).query)["code"][0]).get("unionid") == unionid
    assert "code" not in parse_qs(urlsplit(opened(scope="snsapi_userinfo", refuse="1").headers["location"]).query)
    for wrong in ({"scope": "snsapi_login"}, {"scope": "snsapi_base", "state": "not-letters"}):
        assert "无法访问" in opened(**wrong).text


def test_a_login_code_is_good_once_for_five_minutes(program: Running) -> None:
    def session(code: str) -> dict[str, Any]:
        asked = {"appid": APP, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"}
        return HTTP.get(f"{program.url}/sns/jscode2session", params=asked).json()

    code = program.door.post("opens", app_id=APP, openid="p1", unionid="u1")["code"]
    assert shape(session(code)) == shape({**OK, "openid": "O", "unionid": "U", "session_key": "K"})
    assert session(code)["errcode"] == 40029
    late = program.door.post("opens", app_id=APP, openid="p1")["code"]
    program.door.post("clock", move_seconds=301)
    assert session(late)["errcode"] == 40029


def test_codes_are_pictures_and_links_are_links(program: Running) -> None:
    asked = {"scene": "a=1", "page": "page/index/index", "check_path": True, "env_version": "release", "width": 430}
    url, query = f"{program.url}/wxa/getwxacodeunlimit", {"access_token": token(program)}
    assert HTTP.post(url, params=query, json=asked).content.startswith(b"\x89PNG")
    assert HTTP.post(url, params=query, json={**asked, "scene": "x" * 33}).json()["errcode"] == 40169
    link = {"path": "/pages/index", "query": "a=1", "is_expire": True, "expire_type": 1, "expire_interval": 1}
    assert shape(post(program, "/wxa/generate_urllink", link)) == shape({**OK, "url_link": "https://wxaurl.cn/x"})
    assert post(program, "/wxa/generate_urllink", {**link, "expire_interval": 31})["errcode"] == 85401
    scheme = {"jump_wxa": {"path": "/pages/index", "query": "a=1"}, "is_expire": True, "expire_interval": 1}
    assert shape(post(program, "/wxa/generatescheme", scheme)) == shape({**OK, "openlink": "weixin://dl/business/?t=x"})


def test_what_was_done_is_remembered_in_a_file(tmp_path: Any) -> None:
    path = tmp_path / "account.sqlite"
    with running(official_account(path)) as platform:
        platform.door.post("app", app_id=APP, secret=SECRET)
        platform.door.post("followers", app_id=APP, count=2)
    with running(official_account(path)) as platform:
        page = HTTP.get(f"{platform.url}/cgi-bin/user/get", params={"access_token": token(platform)}).json()
    assert page["total"] == 2
