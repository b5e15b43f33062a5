"""What the SMS service answers to, and what people do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Answer, Request, Routes
from rehearsal.platforms.sms.world import Account, Broken, Sms, Template, no, written

ROUTES: Routes[Sms] = Routes()

VALUE_MAX = 35
PAGE_SIZE_MAX = 50
MINUTE, HOUR, DAY = 60, 3_600, 86_400
LIMITS: Mapping[str, tuple[tuple[int, int, str], ...]] = {
    "code": ((MINUTE, 1, "分钟"), (HOUR, 5, "小时"), (DAY, 10, "天")),
    "notice": ((DAY, 50, "天"),),
    "promotion": ((DAY, 50, "天"),),
}
"""By kind of template: within so many seconds, so many to one phone, and how the service calls that span."""
_PHONE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})|[1-9]\d{6,14}")


@ROUTES.post("/")
def call(world: Sms, request: Request) -> Answer:
    """Its name stands in the form."""
    form = request.form()
    action = ACTIONS.get(form["Action"]) if form["Version"] == "2017-05-25" else None
    if action is None:
        raise no("isv.INVALID_PARAMETERS")
    return action(world, request.account, form)


def send_sms(world: Sms, key: str, form: Mapping[str, str]) -> dict[str, Any]:
    account = world.accounts[key]
    if account.balance <= 0:
        raise no("isv.AMOUNT_NOT_ENOUGH")
    phone = _PHONE.fullmatch(form["PhoneNumbers"])
    if phone is None:
        raise no("isv.MOBILE_NUMBER_ILLEGAL")
    if form["SignName"] != account.sign or account.sign_status != 1:
        raise no("isv.SMS_SIGNATURE_ILLEGAL")
    template = account.templates.get(form["TemplateCode"])
    if template is None:
        raise no("isv.SMS_TEMPLATE_ILLEGAL")
    variables = _variables(template, form.get("TemplateParam", ""))
    number = phone.group(1) or phone.group(0)
    _within_limits(world, key, number, form["TemplateCode"], template.kind)
    return {"BizId": world.take(key, number, form["TemplateCode"], variables, form.get("OutId", ""))}


def query_send_details(world: Sms, key: str, form: Mapping[str, str]) -> dict[str, Any]:
    size, page = int(form["PageSize"]), int(form["CurrentPage"])
    if not 1 <= size <= PAGE_SIZE_MAX or page < 1:
        raise no("isv.INVALID_PARAMETERS")
    found = [
        {
            "PhoneNum": text.phone,
            "SendStatus": text.status,
            "ErrCode": text.err_code,
            "TemplateCode": text.template,
            "Content": json.dumps(text.variables, ensure_ascii=False),
            "SendDate": written(text.at),
            "OutId": text.out_id,
        }
        for text in world.texts.values()
        if text.key == key and text.phone == form["PhoneNumber"] and written(text.at, "%Y%m%d") == form["SendDate"]
    ]
    shown = [] if world.accounts[key].hides else found[(page - 1) * size : page * size]
    return {"TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}}


def get_sms_sign(world: Sms, key: str, form: Mapping[str, str]) -> dict[str, Any]:
    account = world.accounts[key]
    if form["SignName"] != account.sign:
        raise no("isv.SMS_SIGNATURE_ILLEGAL")
    return {"SignName": account.sign, "SignStatus": account.sign_status}


ACTIONS: Mapping[str, Callable[[Sms, str, Mapping[str, str]], dict[str, Any]]] = {
    "SendSms": send_sms,
    "QuerySendDetails": query_send_details,
    "GetSmsSign": get_sms_sign,
}


def _variables(template: Template, text: str) -> dict[str, str]:
    try:
        given = json.loads(text) if text else {}
    except ValueError:
        raise no("isv.INVALID_JSON_PARAM") from None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise no("isv.INVALID_JSON_PARAM")
    if any(name not in given for name in template.variables):
        raise no("isv.TEMPLATE_MISSING_PARAMETERS")
    if any(len(value) > VALUE_MAX for value in given.values()):
        raise no("isv.PARAM_LENGTH_LIMIT")
    if any("http://" in value or "https://" in value for value in given.values()):
        raise no("isv.PARAM_NOT_SUPPORT_URL")
    return given


def _within_limits(world: Sms, key: str, phone: str, code: str, kind: str) -> None:
    now = world.clock.now()
    mine = [each.at for each in world.texts.values() if (each.key, each.phone, each.template) == (key, phone, code)]
    for seconds, most, words in LIMITS[kind]:
        if sum(at > now - seconds for at in mine) >= most:
            raise no("isv.BUSINESS_LIMIT_CONTROL", f"触发{words}级流控Permits:{most}")


# --- what tests and worlds do


@ROUTES.door("account")
def open_account(world: Sms, request: Request) -> Answer:
    """{key, secret, sign, templates: {code: {kind, variables}}, url, balance, sign_status, report_seconds}."""
    wish = request.json()
    key = str(wish.pop("key"))
    templates = {code: Template(**each) for code, each in wish.pop("templates").items()}
    world.accounts.put(key, Account(templates=templates, **wish))
    return {}


@ROUTES.door("change")
def change_account(world: Sms, request: Request) -> Answer:
    """{key, …}: the fields of an account that are other from now on."""
    wish = request.json()
    world.accounts.change(str(wish.pop("key")), **wish)
    return {}


@ROUTES.door("phone")
def break_phone(world: Sms, request: Request) -> Answer:
    """{phone, code, words}: this phone gets nothing from now on."""
    wish = request.json()
    world.broken.put(wish["phone"], Broken(wish.get("code", "IS_CLOSED"), wish.get("words", "短信接收号码关机")))
    return {}


@ROUTES.door("reply")
def reply(world: Sms, request: Request) -> Answer:
    """{key, phone, text}: somebody answers."""
    wish = request.json()
    world.reply(wish["key"], wish["phone"], wish["text"])
    return {}


@ROUTES.door("texts")
def texts(world: Sms, request: Request) -> Answer:
    """What was taken, in order; of one access key, where it is named."""
    wanted = request.query.get("key")
    mine = [each for each in world.texts.values() if wanted in (None, each.key)]
    return {
        "texts": [
            {"phone": each.phone, "template": each.template, "variables": each.variables, "out_id": each.out_id}
            for each in mine
        ]
    }


def sms(path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> Simulator[Sms]:
    """A simulated SMS service."""
    return Simulator(Sms(path, clock, seed), ROUTES)
