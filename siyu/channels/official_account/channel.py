"""Official accounts in the list of channels: what an account needs, what it sends, whether it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siyu.channels.official_account.callbacks import NAME, identifier_of
from siyu.channels.official_account.forms import ANSWERS, ENDPOINT, FORMS, MASS, SUBSCRIBE, TEMPLATE, body_of
from siyu.channels.official_account.mass import preview, send_mass
from siyu.channels.official_account.platform import OFFICIAL_ACCOUNT
from siyu.channels.official_account.tagging import (
    TAGS_A_PERSON,
    TAGS_A_PERSON_USUAL,
    TAGS_IN_ALL,
    TAGS_IN_ALL_USUAL,
)
from siyu.channels.platform import authorising
from siyu.channels.platform.checking import Family
from siyu.channels.protocol import FORM, About, Account, Bar, Check, Field, Message, Outcome, parts_of
from siyu.channels.wechat import fields, sends
from siyu.channels.wechat.channel import WechatChannel
from siyu.channels.wechat.checking import STEPS, checked
from siyu.channels.wechat.grants import no_grant
from siyu.channels.wechat.sending import Sender
from siyu.channels.wechat.users import mass_used_up, never, not_following
from siyu.channels.wechat.windows import window_closed

MASS_A_MONTH = 4

VERIFY = ("需要完成微信认证。", "The account has to be verified.")
FAMILIES = (
    Family("粉丝", "Followers", lambda client: client.call("user/get"), True, VERIFY),
    Family("粉丝标签", "Tags of followers", lambda client: client.call("tags/get"), True, VERIFY),
)

ABOUT = About(
    name=NAME,
    zh="公众号",
    en="Official account",
    suits_zh="服务通知（模板、订阅）、48 小时内的客服回复、每月几次的图文群发",
    suits_en="Service notices, answers within 48 hours, a few articles a month to every follower",
    limits_zh="群发：服务号每人每月 4 条；模板消息每日 10 万条；客服消息 48 小时内 5 条",
    limits_en="Mass: 4 a month to each (service accounts); templates: 100,000 a day; answers: 5 within 48 hours",
    cost_zh="免费（服务号须认证，300 元/年）",
    cost_en="Free (a service account has to be verified, 300 yuan a year)",
    settled_zh="模板消息和群发以同一编号重发，平台自动去重；其他标为“未知”",
    settled_en="Template and mass messages go again under the same id, which the platform drops; others are unknown",
    address_kinds=("openid:wx",),
    drops_repeats=False,
    marketing=True,
    opens_by_picture=False,
    list_max=TEMPLATE.list_max,
    fields=(
        fields.APP_ID,
        fields.SECRET,
        Field(
            "account_kind",
            "choice",
            "账号类型",
            "Kind of account",
            "平台只允许服务号按名单群发；订阅号的群发会被拦截",
            "Only service accounts may send mass messages to a list; those of subscription accounts are held",
            default="service",
            choices=(("service", "服务号", "Service account"), ("subscription", "订阅号", "Subscription account")),
        ),
        fields.CALLBACK_MODE,
        fields.CALLBACK_TOKEN,
        fields.CALLBACK_AES_KEY,
        Field(
            "mass_quota",
            "number",
            "每人每月群发条数上限",
            "Mass messages a month to each, at most",
            "平台规定 4；只可调低",
            "The platform allows 4; lower it if you like",
            default=MASS_A_MONTH,
            low=1,
            high=MASS_A_MONTH,
        ),
        Field(
            TAGS_A_PERSON,
            "number",
            "每位粉丝最多几个标签",
            "Tags a follower may have",
            "平台一般为 20；只有标签同步用到",
            "20 as a rule; only the sync of tags needs it",
            default=TAGS_A_PERSON_USUAL,
            low=1,
            high=100,
        ),
        Field(
            TAGS_IN_ALL,
            "number",
            "公众号最多几个标签",
            "Tags the account may have",
            "平台一般为 100；只有标签同步用到",
            "100 as a rule; only the sync of tags needs it",
            default=TAGS_IN_ALL_USUAL,
            low=1,
            high=1_000,
        ),
        authorising.field(
            "在微信里打开活码、活动页时，先向平台问一次是谁；须在公众平台“网页授权域名”填写本站域名",
            "Asked once when a code or a campaign is opened in WeChat; enter this site as domain of web authorisation",
            consent=True,
        ),
        fields.TRIM,
        fields.BASE_URL,
    ),
    parts=parts_of(FORMS),
    forms=FORMS,
    steps=STEPS,
)


@dataclass(frozen=True)
class OfficialAccountChannel(WechatChannel):
    """Sends for official accounts."""

    ABOUT = ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        address = identifier_of(str(settings.get("app_id") or "wx"))
        bars = _bars(account, settings, content)
        return replace(ABOUT.in_form(content), address_kinds=(address,), bars=bars)

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        form = _form_of(messages[0].content)
        sender = Sender(self.exchange, OFFICIAL_ACCOUNT, account)
        if form in MASS and messages[0].kind == "test":
            return preview(sender, form, messages)
        if form in MASS:
            return send_mass(sender, form, messages, _mass(account.id, account.settings))
        budget: sends.Budget = sends.Free()
        if form == SUBSCRIBE.name:
            budget = sends.Grant(account.id, messages[0].content["template_id"])
        elif form in ANSWERS:
            budget = sends.Answer(account.id)
        trim = bool(account.settings.get("trim", True))
        return sender.send_each(form, ENDPOINT[form], messages, budget, lambda each: body_of(form, each, trim=trim))

    def check(self, account: Account) -> Check:
        return checked(self.exchange, account, OFFICIAL_ACCOUNT, FAMILIES)


def _form_of(content: Mapping[str, str]) -> str:
    return content.get(FORM) or TEMPLATE.name


def _mass(account: int, settings: Mapping[str, Any]) -> sends.Mass:
    return sends.Mass(account, int(settings.get("mass_quota") or MASS_A_MONTH))


def _bars(account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> tuple[Bar, ...]:
    """What the platform would refuse, for this form."""
    form = _form_of(content)
    if form == SUBSCRIBE.name:
        return (no_grant(account, content.get("template_id", "")),)
    if form in ANSWERS:
        return (not_following(account), window_closed(account))
    if form in MASS and settings.get("account_kind") == "subscription":
        return (never("mass_not_allowed"),)
    if form in MASS:
        return (not_following(account), mass_used_up(account, _mass(account, settings).quota))
    return (not_following(account),)
