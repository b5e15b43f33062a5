"""Pages of other sites, opened in WeChat's browser: who opens them is told with a code."""

from __future__ import annotations

import html
from urllib.parse import urlencode

from rehearsal.platforms.core.routes import Answer, Refusal, Reply, Request, Routes
from rehearsal.platforms.official_account.world import OfficialAccountWorld, Visit

ROUTES: Routes[OfficialAccountWorld] = Routes()

CODE_SECONDS = 300
STATE_CHARACTERS_MAX = 128
SCOPES = ("snsapi_base", "snsapi_userinfo")
HTML = "text/html; charset=utf-8"


@ROUTES.get("/connect/oauth2/authorize", open=True)
def authorize(world: OfficialAccountWorld, request: Request) -> Answer:
    """Leads back with a code. Who opens it is said in the address (``openid``, ``unionid``), else chosen on the page;
    ``refuse``: they refuse, and come back without a code."""
    asked = request.query
    app, state = world.apps.get(asked.get("appid", "")), asked.get("state", "")
    fit = state.isalnum() and len(state) <= STATE_CHARACTERS_MAX and asked.get("scope") in SCOPES
    if app is None or app.kind != "service" or not app.verified or not fit or asked.get("response_type") != "code":
        return Reply("链接无法访问，请从公众号打开".encode(), 200, HTML)
    target = asked["redirect_uri"]
    if asked.get("refuse"):
        return _back(target, state=state)
    if not asked.get("openid"):
        choices = (urlencode({**asked, "openid": openid}) for openid in world.followers(app.app_id)[:20])
        links = "".join(f'<li><a href="?{html.escape(query)}">{number}</a>' for number, query in enumerate(choices))
        return Reply(f'<!doctype html><meta charset="utf-8"><ul>{links}</ul>'.encode(), 200, HTML)
    world.meet(app.app_id, asked["openid"], asked.get("unionid", ""))
    code = f"071code{world.next_number('visit'):06d}"
    world.visits.put(code, Visit(app.app_id, asked["openid"], asked["scope"], world.clock.now() + CODE_SECONDS))
    return _back(target, code=code, state=state)


@ROUTES.get("/sns/oauth2/access_token", open=True)
def who_came(world: OfficialAccountWorld, request: Request) -> Answer:
    asked = request.query
    app = world.open_app(asked["appid"], asked["secret"])
    visit = world.visits.remove(asked["code"])
    if visit is None or visit.app_id != app.app_id or visit.until <= world.clock.now():
        raise Refusal(40029, "invalid code")
    user = world.user(app.app_id, visit.openid)
    known = user.unionid and (user.following or visit.scope == "snsapi_userinfo")
    told = {"access_token": f"T{asked['code']}", "expires_in": 7200, "refresh_token": f"R{asked['code']}"}
    return {**told, "openid": user.openid, "scope": visit.scope, **({"unionid": user.unionid} if known else {})}


def _back(target: str, **told: str) -> Reply:
    return Reply(b"", 302, "text/plain", (("location", f"{target}{'&' if '?' in target else '?'}{urlencode(told)}"),))
