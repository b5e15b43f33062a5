"""Tokens, tickets, addresses of the platform; members who sign in."""

from __future__ import annotations

import hashlib
import html
from urllib.parse import urlencode

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Reply, Request, Routes
from rehearsal.platforms.wecom.asking import body_of
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CODE_SECONDS = 300


class Code(msgspec.Struct, frozen=True):
    """What a sign-in page gave: for a member or for an outsider."""

    until: float
    userid: str = ""
    external_userid: str = ""
    openid: str = ""
    private: bool = False


@ROUTES.get("/cgi-bin/gettoken", open=True)
def gettoken(world: WeCom, request: Request) -> Answer:
    corp = world.corp(request.query.get("corpid", ""))
    for agentid, app in corp.apps.items():
        if app.secret == request.query.get("corpsecret"):
            token, seconds = world.tokens.issue(corp.corpid, agentid)
            return {"access_token": token, "expires_in": seconds}
    raise Refusal(40001)


@ROUTES.get("/cgi-bin/get_api_domain_ip")
def api_addresses(world: WeCom, request: Request) -> Answer:
    return {"ip_list": ["127.0.0.1"]}


@ROUTES.get("/cgi-bin/getcallbackip")
def callback_addresses(world: WeCom, request: Request) -> Answer:
    return {"ip_list": ["127.0.0.*"]}


@ROUTES.get("/cgi-bin/get_jsapi_ticket")
def corp_ticket(world: WeCom, request: Request) -> Answer:
    return _ticket(world, request.account, "", "jsapi_ticket")


@ROUTES.get("/cgi-bin/ticket/get")
def app_ticket(world: WeCom, request: Request) -> Answer:
    if request.query.get("type") != "agent_config":
        raise Refusal(40035, "type")
    return _ticket(world, request.account, request.app, "agent_config")


def _ticket(world: WeCom, corpid: str, app: str, kind: str) -> Answer:
    ticket, seconds = world.tokens.issue(corpid, app, kind)
    return {"ticket": ticket[:86], "expires_in": seconds}


# members who sign in


@ROUTES.get("/connect/oauth2/authorize", open=True)
def authorize(world: WeCom, request: Request) -> Answer:
    """The page inside WeCom: whoever is signed in comes back with a code; with nobody signed in, choose a member, or
    say in the address which customer it is (``external_userid``)."""
    private = request.query.get("scope") == "snsapi_privateinfo"
    return _sign_in(world, request, request.query.get("appid", ""), private)


@ROUTES.get("/wwlogin/sso/login", open=True)
def desktop(world: WeCom, request: Request) -> Answer:
    """The page with a code for desktops."""
    return _sign_in(world, request, request.query.get("appid", ""), False)


def _sign_in(world: WeCom, request: Request, corpid: str, private: bool) -> Reply:
    corp = world.corp(corpid)
    target = request.query["redirect_uri"]
    outsider = request.query.get("external_userid", "")
    chosen = request.query.get("member") or world.row(corp).signed_in
    if not chosen and not outsider:
        choices = ((urlencode({**request.query, "member": each.userid}), each.name) for each in corp.staff())
        links = "".join(f'<li><a href="?{html.escape(query)}">{html.escape(name)}</a>' for query, name in choices)
        return Reply(f'<!doctype html><meta charset="utf-8"><ul>{links}</ul>'.encode(), 200, "text/html; charset=utf-8")
    until = world.clock.now() + CODE_SECONDS
    if outsider:
        given = Code(until, external_userid=outsider, openid=f"o-{outsider}")
    else:
        given = Code(until, userid=corp.member(chosen).userid, private=private)
    code = give_code(world, corp, given)
    back = urlencode({"code": code, "state": request.query.get("state", "")})
    return Reply(b"", 302, "text/plain", (("location", f"{target}{'&' if '?' in target else '?'}{back}"),))


def give_code(world: WeCom, corp: Corp, code: Code) -> str:
    given = world.new_id("CODE", 40)
    corp.drawer("codes", Code).put(given, code)
    return given


@ROUTES.get("/cgi-bin/auth/getuserinfo")
def who_signed_in(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    found = corp.drawer("codes", Code).remove(request.query.get("code", ""))
    if not isinstance(found, Code) or found.until <= world.clock.now():
        raise Refusal(40029)
    if not found.userid:
        outsider = {"external_userid": found.external_userid} if found.external_userid else {}
        return {"openid": found.openid, **outsider}
    if not found.private:
        return {"userid": found.userid}
    ticket = give_code(world, corp, msgspec.structs.replace(found, until=world.clock.now() + 1800))
    return {"userid": found.userid, "user_ticket": ticket, "expires_in": 1800}


@ROUTES.post("/cgi-bin/auth/getuserdetail")
def details_of_who_signed_in(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    found = corp.drawer("codes", Code).get(str(body_of(request).get("user_ticket", "")))
    if not isinstance(found, Code) or found.until <= world.clock.now():
        raise Refusal(40029)
    member = corp.member(found.userid)
    return {
        "userid": member.userid,
        "gender": member.gender,
        "avatar": avatar_of(member.userid),
        "qr_code": f"https://open.work.weixin.qq.com/wwopen/userQRCode?vcode={member.userid}",
        "mobile": member.mobile,
        "email": member.email,
        "biz_mail": "",
        "address": "",
    }


def avatar_of(who: str) -> str:
    return f"https://wework.qpic.cn/wwhead/{hashlib.md5(who.encode()).hexdigest()}/0"
