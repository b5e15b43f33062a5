"""The welcome message: a code that is good once, for 20 seconds, for the first app that uses it."""

from __future__ import annotations

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import body_of, message_of
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import Welcome
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()


@ROUTES.post("/cgi-bin/externalcontact/send_welcome_msg")
def send(world: WeCom, request: Request) -> Answer:
    """A used code is 41051 whoever asks, one that is unknown or too late is 41050."""
    corp, body = world.caller(request), body_of(request)
    if not body.get("welcome_code"):
        raise Refusal(41049)
    welcome = corp.welcomes.get(body["welcome_code"])
    if welcome is None:
        raise Refusal(41050)
    if welcome.used:
        raise Refusal(41051)
    if welcome.until <= world.clock.now():
        raise Refusal(41050)
    content = message_of(world, corp, body)
    follow = corp.follow(welcome.userid, welcome.external_userid)
    if follow is not None and follow.last > follow.createtime:
        raise Refusal(41051)
    corp.welcomes.change(welcome.code, used=True)
    corp.deliver(world.now(), "welcome", welcome.userid, [welcome.external_userid], content, welcome.code)
    return {}


def give_code(world: WeCom, corp: Corp, userid: str, external_userid: str) -> str:
    code = world.new_id("CALLBACK_CODE", 40)
    until = world.clock.now() + world.clock.at_machine_speed(world.manners.welcome_seconds)
    corp.welcomes.put(code, Welcome(code, userid, external_userid, until))
    return code
