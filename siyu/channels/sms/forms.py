"""The kinds of text message, and what they are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping

from siyu.channels.platform.reading import named_lines, spelt
from siyu.channels.protocol import Form, Message, Part

SENDS_A_CALL = 10
"""Messages that are tried together by one thread."""
CHINA_PREFIX = "+86"

TEMPLATE_CODE = Part(
    "template_code",
    "code",
    "模板 CODE",
    "Template code",
    True,
    40,
    "短信服务控制台 → 国内消息 → 模板管理；形如 SMS_123456789，须已通过审核",
    "SMS console → Templates; like SMS_123456789, and approved",
)
TEMPLATE_TEXT = Part(
    "template_text",
    "verbatim",
    "模板正文",
    "Text of the template",
    False,
    500,
    "从控制台原样粘贴，不带【签名】：只用来预览整条短信、字数和计费条数，发出的以平台审核的模板为准",
    "Pasted from the console without the 【signature】: for the preview, its length and what it costs. What goes out "
    "is the platform's own",
)
DATA = Part(
    "data",
    "text",
    "模板变量",
    "Variables of the template",
    False,
    2_000,
    "一行一个变量，写作 name: {{ person.name }}，变量名与模板里的 ${name} 一致；没有变量就留空",
    "One a line: name: {{ person.name }}, named as ${name} in the template. Empty where there are none.",
)
REFUSAL = Part(
    "refusal",
    "choice",
    "拒收方式",
    "How to refuse",
    True,
    10,
    "规定要求营销短信写明怎样拒收。请先在控制台确认模板正文以“拒收请回复R”结尾",
    "The rules want every advertisement to say how to refuse. See in the console that the template ends so",
    choices=(
        ("", "请确认", "Please confirm"),
        ("R", "模板正文含“拒收请回复R”", "The template says “拒收请回复R” (reply R to refuse)"),
    ),
)

PROMOTION = Form(
    "promotion",
    "推广短信",
    "Promotion",
    "须客户同意短信营销；夜里不发；回复 R、T、TD、退订即退订",
    "Needs consent to marketing by SMS; not at night; a reply of R, T, TD or 退订 unsubscribes",
    marketing=True,
    drops_repeats=True,
    list_max=SENDS_A_CALL,
    parts=(TEMPLATE_CODE, TEMPLATE_TEXT, DATA, REFUSAL),
)
NOTICE = Form(
    "notice",
    "通知短信",
    "Notice",
    "订单、预约等通知，不能含营销内容",
    "Orders, appointments; nothing that promotes",
    marketing=False,
    drops_repeats=True,
    list_max=SENDS_A_CALL,
    parts=(TEMPLATE_CODE, TEMPLATE_TEXT, DATA),
)
FORMS = (PROMOTION, NOTICE)


def phone_of(address: str) -> str:
    """A phone as the service writes it: eleven digits in mainland China, else country and number; "" for none."""
    phone = spelt("phone", address)
    return phone.removeprefix(CHINA_PREFIX) if phone.startswith(CHINA_PREFIX) else phone.removeprefix("+")


def form_of(message: Message, sign_name: str) -> Mapping[str, str]:
    """What is given to the call for one message."""
    variables = named_lines(message.content.get("data", ""))
    return {
        "PhoneNumbers": phone_of(message.address),
        "SignName": sign_name,
        "TemplateCode": message.content["template_code"],
        "TemplateParam": json.dumps(variables, ensure_ascii=False, separators=(",", ":")) if variables else "",
        "OutId": message.delivery_id,
    }
