"""WeCom in the list of channels: what an account needs, whether it works, and what it sends."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siyu.channels.calls import parsed
from siyu.channels.platform import authorising
from siyu.channels.platform.envelope import KEY_CHARACTERS
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import About, Account, Check, Field, Message, Outcome, Part
from siyu.channels.wecom import sidebar_settings
from siyu.channels.wecom.callbacks import envelope_of
from siyu.channels.wecom.checking import STEPS, checked
from siyu.channels.wecom.group_posts.limits import (
    GROUP_DAY_MAX,
    GROUP_MONTH_MAX,
    GROUP_TASK_MAX,
    TASK_GROUPS_USUAL,
)
from siyu.channels.wecom.handing import CONFIRM_DAYS, CONFIRM_DAYS_USUAL
from siyu.channels.wecom.mass import gather
from siyu.channels.wecom.quotas import DAY_MAX, DAYS_OF_THE_MONTH, MONTH_MAX, bars
from siyu.storage import BadInput

LIST_MAX = 2_500
"""Messages gathered in one transaction, of which delivery has four at once."""

PARTS = (
    Part("text", "text", "正文", "Text", True, 1_300, "所有人内容相同", "The same for all"),
    Part("image", "medium", "图片", "Picture", False, 64),
    Part("link_title", "line", "链接标题", "Title of the link", False, 40),
    Part("link_url", "code", "链接网址", "Address of the link", False, 2_000),
    Part("link_description", "line", "链接描述", "Description of the link", False, 160),
    Part("link_picture", "code", "链接封面图网址", "Picture of the link (address)", False, 2_000),
    Part("program_title", "line", "小程序标题", "Title of the mini-program", False, 20),
    Part("program_appid", "code", "小程序 AppId", "Its app id", False, 64),
    Part("program_page", "code", "小程序页面路径", "Its page", False, 1_000),
    Part("program_cover", "medium", "小程序封面（520×416）", "Its cover (520×416)", False, 64),
)

ABOUT = About(
    name="wecom",
    zh="企业微信",
    en="WeCom",
    suits_zh="决策较长、客单价高的一对一沟通；员工在手机上确认后才会发出",
    suits_en="One-to-one talks about things worth thinking over; sent when an adviser confirms it on the phone",
    limits_zh="每位客户每月最多收到与当月天数相同条数的群发，默认按每天 1 条控制；每个任务最多 10,000 位客户",
    limits_en="A customer may get as many a month as it has days, by default one a day; 10,000 a task",
    cost_zh="自建应用免费",
    cost_en="Free for apps of your own",
    settled_zh="同一投递编号只交付一次；没有应答的任务先向平台查询，确定没有创建才重建",
    settled_en="Handed over once by delivery id; an unanswered task is looked for, and made anew only if it never was",
    address_kinds=("external_userid",),
    drops_repeats=True,
    asks=True,
    marketing=True,
    opens_by_picture=False,
    list_max=LIST_MAX,
    alike=True,
    fields=(
        Field(
            "corp_id",
            "text",
            "企业 ID",
            "Corp id",
            "企业微信后台：我的企业 → 企业信息 → 企业 ID",
            "WeCom console: My company → Company information → Corp id",
            required=True,
        ),
        Field(
            "agent_id",
            "text",
            "应用 AgentId",
            "Agent id",
            "应用管理 → 自建应用，同一页还有 Secret",
            "Apps → your own app; its secret is on the same page",
            required=True,
        ),
        Field("secret", "secret", "应用 Secret", "App secret"),
        Field(
            "callback_token",
            "secret",
            "回调 Token",
            "Callback token",
            "应用 → 接收消息 → 设置 API 接收，两项须与后台一致",
            "App → Receive messages → API; both must be the same as there",
        ),
        Field("callback_aes_key", "secret", "回调 EncodingAESKey", "Callback AES key", "43 个字符", "43 characters"),
        Field(
            "added_means_yes",
            "yes_no",
            "添加好友视为同意接收企业微信消息",
            "Adding an adviser means agreeing to messages",
            "仅当渠道码旁的告知写明会发送消息时勾选；客户删除员工即视为撤回",
            "Only where the notice beside the code says so; deleting the adviser takes it back",
            default=False,
        ),
        Field(
            "base_url",
            "text",
            "接口地址",
            "API address",
            "一般留空；演练或专有部署时填写",
            "Usually empty; for rehearsals or private deployments",
        ),
        Field(
            "sender",
            "choice",
            "由谁发送",
            "Who sends",
            "客户有多位好友员工时",
            "Where a customer has several advisers",
            default="latest",
            choices=(
                ("latest", "最近加上的员工", "The adviser added last"),
                ("first", "最早加上的员工", "The adviser added first"),
            ),
        ),
        Field(
            DAY_MAX,
            "number",
            "每位客户每天最多群发",
            "Mass messages to a customer a day",
            "与企业微信后台的设置一致",
            "As set in the WeCom console",
            default=1,
            low=1,
            high=31,
        ),
        Field(
            MONTH_MAX,
            "number",
            "每位客户每月最多群发",
            "Mass messages to a customer a month",
            "0：与当月天数相同（平台规则）",
            "0: as many as the month has days, the platform's rule",
            default=DAYS_OF_THE_MONTH,
            low=0,
            high=31,
        ),
        Field(
            GROUP_DAY_MAX,
            "number",
            "每个群每天最多群发",
            "Mass messages to a group a day",
            "与企业微信后台的设置一致",
            "As set in the WeCom console",
            default=1,
            low=1,
            high=31,
        ),
        Field(
            GROUP_MONTH_MAX,
            "number",
            "每个群每月最多群发",
            "Mass messages to a group a month",
            "0：与当月天数相同（平台规则）",
            "0: as many as the month has days, the platform's rule",
            default=DAYS_OF_THE_MONTH,
            low=0,
            high=31,
        ),
        Field(
            GROUP_TASK_MAX,
            "number",
            "每个任务最多的群",
            "Groups in one task",
            "群主的群更多时分成几个任务",
            "An owner with more gets several tasks",
            default=TASK_GROUPS_USUAL,
            low=1,
            high=2_000,
        ),
        Field(
            CONFIRM_DAYS,
            "number",
            "员工确认的期限（天）",
            "Days an adviser may take",
            "到期未确认的任务会取消，客户改用群发的下一个渠道",
            "Then the task is cancelled, and its people get the broadcast's next channel",
            default=CONFIRM_DAYS_USUAL,
            low=1,
            high=30,
        ),
        Field(
            "group_full",
            "number",
            "入群码换群人数",
            "Members at which a group code leads on",
            "群到这个人数后，渠道码改为引导到下一个群；扫码最多进到 200 人的群",
            "From then on the code leads to its next group; a scan leads into groups below 200",
            default=180,
            low=2,
            high=200,
        ),
        *sidebar_settings.FIELDS,
        authorising.field(
            "客户在企业微信里打开活码、活动页时，先向平台问一次是谁；本站须是应用的可信域名",
            "Asked once when a customer opens a code or a campaign in WeCom; this site is the app's trusted domain",
            consent=False,
        ),
    ),
    parts=PARTS,
    steps=STEPS,
)
SECRETS = tuple(field for field in ABOUT.fields if field.kind == "secret")


@dataclass(frozen=True)
class WecomChannel:
    """Holds accounts, checks them, gathers what they send; the calls go through the process's :class:`Exchange`."""

    exchange: Exchange

    @property
    def about(self) -> About:
        return ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return replace(ABOUT, bars=bars(account, settings))

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        for field in SECRETS:
            if not secrets.get(field.name):
                raise BadInput(
                    "setting_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=field.name
                )
        if settings.get("base_url"):
            _ = parsed(str(settings["base_url"]), field="base_url")
        envelope_of(Account(0, "wecom", "", settings, secrets))
        sidebar_settings.check_settings(settings)

    def new_secrets(self) -> Mapping[str, str]:
        """For an account whose console has not been filled in yet: paste these there."""
        return {"callback_token": random.token_hex(12), "callback_aes_key": new_aes_key()}

    def list_max(self, account: Account) -> int:
        return ABOUT.list_max

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        """Gathered under their delivery ids: tasks are made of them once the broadcast has no more (``mass.py``)."""
        return gather(self.exchange.stores, account, messages, str(account.settings.get("sender") or "latest"))

    def check(self, account: Account) -> Check:
        return checked(self.exchange, account)

    def close(self) -> None:
        self.exchange.close()


def new_aes_key() -> str:
    """43 letters and digits that decode to 32 bytes."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(random.choice(letters) for _ in range(KEY_CHARACTERS))
