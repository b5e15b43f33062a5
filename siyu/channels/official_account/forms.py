"""The kinds of message that an official account sends: what each takes, and the body of its call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siyu.channels.protocol import Form, Message, Part
from siyu.channels.wechat.sending import DATA_HELP_EN, DATA_HELP_ZH, template_data

SENDS_A_CALL = 10
"""Messages that are tried together: after a crash so many are unknown at most."""
MASS_A_CALL = 10_000

TEMPLATE_ID = Part(
    "template_id",
    "code",
    "模板 ID",
    "Template id",
    True,
    100,
    "公众平台 → 广告与服务 → 模板消息／订阅通知 → 我的模板",
    "mp.weixin.qq.com → Template messages / Subscription notices → My templates",
)
DATA = Part("data", "text", "模板字段", "Template's data", True, 2_000, DATA_HELP_ZH, DATA_HELP_EN)
URL = Part("url", "link", "点击打开的网址", "Opens when tapped", False, 1_000)
MINI_APP = Part(
    "mini_app",
    "code",
    "跳转小程序 AppID",
    "Mini program to open",
    False,
    40,
    "填写后优先打开小程序；须与公众号关联",
    "Opened rather than the address; has to be linked with the account",
)
MINI_PAGE = Part("mini_page", "line", "小程序页面", "Its page", False, 1_000)
TEXT = Part("text", "text", "正文", "Text", True, 600)
TITLE = Part("title", "line", "标题", "Title", True, 64)
SUMMARY = Part("description", "line", "摘要", "Summary", False, 120)
CARD_URL = Part("card_url", "link", "图文网址", "Article's address", True, 1_000)
PICTURE = Part("picture", "link", "封面图网址", "Picture's address", False, 1_000)
MEDIA = Part(
    "media_id",
    "code",
    "图文素材 media_id",
    "Article's media id",
    True,
    128,
    "先在公众平台保存为草稿，再从素材接口取得",
    "Save the article on the platform first; its id comes from the platform's API",
)

TEMPLATE = Form(
    "template",
    "模板消息",
    "Template message",
    "订单、预约等服务通知；平台禁止营销内容；须已关注",
    "Notices of orders and appointments; the platform forbids marketing; followers only",
    marketing=False,
    drops_repeats=True,
    list_max=SENDS_A_CALL,
    parts=(TEMPLATE_ID, DATA, URL, MINI_APP, MINI_PAGE),
)
SUBSCRIBE = Form(
    "subscribe",
    "订阅通知",
    "Subscription notice",
    "客户每同意一次可发一条；没有剩余同意的人会被拦截",
    "One for each consent; who has none left is held",
    marketing=False,
    drops_repeats=False,
    list_max=SENDS_A_CALL,
    parts=(TEMPLATE_ID, DATA, MINI_APP, MINI_PAGE),
)
SERVICE = Form(
    "service",
    "客服消息（文字）",
    "Customer-service text",
    "客户来信后 48 小时内最多 5 条；关注、扫码、点菜单后 1 分钟内最多 3 条",
    "5 within 48 hours of a message; 3 within a minute of a follow, scan or menu tap",
    marketing=True,
    drops_repeats=False,
    list_max=SENDS_A_CALL,
    parts=(TEXT,),
)
CARD = Form(
    "service_card",
    "客服消息（图文）",
    "Customer-service card",
    "条数限制同客服消息",
    "Limited like customer-service texts",
    marketing=True,
    drops_repeats=False,
    list_max=SENDS_A_CALL,
    parts=(TITLE, SUMMARY, CARD_URL, PICTURE),
)
MASS_TEXT = Form(
    "mass",
    "群发（文字）",
    "Mass message (text)",
    "服务号每人每月最多 4 条；所有人内容相同，不能使用客户字段；每次至少两人",
    "4 a month to each follower of a service account; the same for all; two receivers at least",
    marketing=True,
    drops_repeats=True,
    list_max=MASS_A_CALL,
    parts=(TEXT,),
    alike=True,
)
MASS_ARTICLE = Form(
    "mass_article",
    "群发（图文）",
    "Mass message (article)",
    "同群发；图文须先存到公众平台",
    "As the mass text; the article has to be on the platform",
    marketing=True,
    drops_repeats=True,
    list_max=MASS_A_CALL,
    parts=(MEDIA,),
    alike=True,
)
FORMS = (TEMPLATE, SUBSCRIBE, SERVICE, CARD, MASS_TEXT, MASS_ARTICLE)
MASS = frozenset({MASS_TEXT.name, MASS_ARTICLE.name})
ANSWERS = frozenset({SERVICE.name, CARD.name})

ENDPOINT: Mapping[str, str] = {
    TEMPLATE.name: "message/template/send",
    SUBSCRIBE.name: "message/subscribe/bizsend",
    SERVICE.name: "message/custom/send",
    CARD.name: "message/custom/send",
}


def body_of(form: str, message: Message, *, trim: bool) -> dict[str, Any]:
    """What is posted for one message of a form that is sent one by one."""
    content = message.content
    body: dict[str, Any] = {"touser": message.address}
    if form in (TEMPLATE.name, SUBSCRIBE.name):
        body["template_id"] = content["template_id"]
        body["data"] = template_data(content["data"], trim=trim)
        if content.get("mini_app"):
            body["miniprogram"] = {"appid": content["mini_app"], "pagepath": content.get("mini_page", "")}
        if form == TEMPLATE.name:
            body |= {"url": content.get("url", ""), "client_msg_id": message.delivery_id}
        return body
    if form == SERVICE.name:
        return {**body, "msgtype": "text", "text": {"content": content["text"]}}
    article = {"title": content["title"], "description": content.get("description", "")}
    article |= {"url": content["card_url"], "picurl": content.get("picture", "")}
    return {**body, "msgtype": "news", "news": {"articles": [article]}}


def mass_body(form: str, content: Mapping[str, str]) -> dict[str, Any]:
    """What a mass message says, without its receivers."""
    if form == MASS_ARTICLE.name:
        return {"msgtype": "mpnews", "mpnews": {"media_id": content["media_id"]}, "send_ignore_reprint": 0}
    return {"msgtype": "text", "text": {"content": content["text"]}}
