"""Mini programs in the list of channels: what an account needs, what it sends, whether it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siyu.channels.miniprogram.callbacks import NAME, identifier_of
from siyu.channels.miniprogram.platform import MINIPROGRAM
from siyu.channels.protocol import FORM, About, Account, Check, Field, Form, Message, Outcome, Part, parts_of
from siyu.channels.wechat import fields, sends
from siyu.channels.wechat.channel import WechatChannel
from siyu.channels.wechat.checking import STEPS, checked
from siyu.channels.wechat.grants import no_grant
from siyu.channels.wechat.sending import DATA_HELP_EN, DATA_HELP_ZH, Sender, template_data
from siyu.channels.wechat.windows import window_closed

SENDS_A_CALL = 10

TEMPLATE_ID = Part(
    "template_id",
    "code",
    "模板 ID",
    "Template id",
    True,
    100,
    "公众平台 → 订阅消息 → 我的模板",
    "mp.weixin.qq.com → Subscription messages → My templates",
)
SUBSCRIBE = Form(
    "subscribe",
    "订阅消息",
    "Subscription message",
    "客户每点一次“允许”可发一条；没有剩余同意的人会被拦截；不得营销",
    "One for each “allow”; who has none left is held; no marketing",
    marketing=False,
    drops_repeats=False,
    list_max=SENDS_A_CALL,
    parts=(
        TEMPLATE_ID,
        Part("data", "text", "模板字段", "Template's data", True, 2_000, DATA_HELP_ZH, DATA_HELP_EN),
        Part("page", "line", "点击打开的页面", "Page it opens", False, 1_000, "形如 pages/order/detail?id=1"),
    ),
)
SERVICE = Form(
    "service",
    "客服消息",
    "Customer-service text",
    "客户来信后 48 小时内最多 5 条；进入客服会话后 1 分钟内最多 2 条",
    "5 within 48 hours of a message; 2 within a minute of entering the chat",
    marketing=True,
    drops_repeats=False,
    list_max=SENDS_A_CALL,
    parts=(Part("text", "text", "正文", "Text", True, 600),),
)
FORMS = (SUBSCRIBE, SERVICE)

ABOUT = About(
    name=NAME,
    zh="小程序",
    en="Mini program",
    suits_zh="客户自己订阅的通知：发货、到货、开抢；来信后的客服回复",
    suits_en="Notices that people asked for: shipped, back in stock, begins now; answers to what they write",
    limits_zh="每同意一次发一条；客服消息 48 小时内 5 条",
    limits_en="One for each consent; 5 answers within 48 hours",
    cost_zh="免费",
    cost_en="Free",
    settled_zh="没有应答时标为“未知”，由你的规则决定是否重发",
    settled_en="Without an answer it is marked unknown, and your rule decides whether to send again",
    address_kinds=("mp_openid:wx",),
    drops_repeats=False,
    marketing=True,
    opens_by_picture=False,
    list_max=SENDS_A_CALL,
    fields=(
        fields.APP_ID,
        fields.SECRET,
        fields.CALLBACK_MODE,
        fields.CALLBACK_TOKEN,
        fields.CALLBACK_AES_KEY,
        Field(
            "state",
            "choice",
            "跳转的小程序版本",
            "Which release is opened",
            default="formal",
            choices=(
                ("formal", "正式版", "Released"),
                ("trial", "体验版", "Trial"),
                ("developer", "开发版", "Development"),
            ),
        ),
        fields.TRIM,
        fields.BASE_URL,
    ),
    parts=parts_of(FORMS),
    forms=FORMS,
    steps=STEPS[:3],  # what it may call can not be tried without a user
)


@dataclass(frozen=True)
class MiniprogramChannel(WechatChannel):
    """Sends for mini programs."""

    ABOUT = ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        address = identifier_of(str(settings.get("app_id") or "wx"))
        if _form_of(content) == SERVICE.name:
            bars = (window_closed(account),)
        else:
            bars = (no_grant(account, content.get("template_id", "")),)
        return replace(ABOUT.in_form(content), address_kinds=(address,), bars=bars)

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        sender = Sender(self.exchange, MINIPROGRAM, account)
        form = _form_of(messages[0].content)
        if form == SERVICE.name:
            return sender.send_each(form, "message/custom/send", messages, sends.Answer(account.id), _service_body)
        budget = sends.Grant(account.id, messages[0].content["template_id"])
        return sender.send_each(
            form, "message/subscribe/send", messages, budget, lambda each: _notice_body(account, each)
        )

    def check(self, account: Account) -> Check:
        return checked(self.exchange, account, MINIPROGRAM)


def _form_of(content: Mapping[str, str]) -> str:
    return content.get(FORM) or SUBSCRIBE.name


def _service_body(message: Message) -> dict[str, Any]:
    return {"touser": message.address, "msgtype": "text", "text": {"content": message.content["text"]}}


def _notice_body(account: Account, message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {
        "touser": message.address,
        "template_id": message.content["template_id"],
        "miniprogram_state": str(account.settings.get("state") or "formal"),
        "lang": "zh_CN",
        "data": template_data(message.content["data"], trim=bool(account.settings.get("trim", True))),
    }
    if message.content.get("page"):
        body["page"] = message.content["page"]
    return body
