"""Ocean Engine in the list of channels: what an account needs, and whether it works. It receives leads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from siyu.channels.calls import parsed
from siyu.channels.ocean.clues import ADS, LIFE
from siyu.channels.ocean.platform import OCEAN
from siyu.channels.ocean.polling import DAYS_BACK, ask, kinds_of, numbers
from siyu.channels.ocean.sending import counts
from siyu.channels.ocean.tables import ocean_clues, ocean_reads
from siyu.channels.platform.checking import Family, check_of, tried
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.hearing import hearing
from siyu.channels.platform.signed import check_secret
from siyu.channels.protocol import About, Account, Check, Field, Message, Outcome
from siyu.channels.signing import new_secret
from siyu.channels.steps import Finding, Step
from siyu.storage import BadInput, Stores

CHECK_PATIENCE_SECONDS = 5.0
SCOPE = (
    "请在开放平台给应用开通线索权限，并让广告主重新授权。",
    "Open leads for the app and have the advertiser authorise it again.",
)
FAMILIES = {ADS: ("广告线索", "Leads of ads"), LIFE: ("本地推线索", "Leads of local accounts")}
STEPS = (
    Step(
        "token",
        (
            ("巨量引擎开放平台 → 应用管理，复制 App ID 和 Secret", "Open platform → your app: copy app id and secret"),
            (
                "让广告主授权应用，把授权后得到的刷新令牌填到这里；之后由系统自己更新",
                "Have the advertiser authorise the app; enter the refresh token it gives; it renews itself",
            ),
        ),
    ),
    Step(
        "callback",
        (
            (
                "可以不做：线索每 5 分钟自动读取。需要即时到达时，让您的线索中台推送到下面的地址，"
                "按 Standard Webhooks 签名",
                "May be left out: leads are read every 5 minutes. To have them at once, have your lead service post "
                "them to the address below, signed by Standard Webhooks with the secret of pushes",
            ),
        ),
    ),
    Step("permission", (("应用的权限里要有“线索管理”", "The app needs the right to manage leads"),)),
)

ABOUT = About(
    name="ocean",
    zh="巨量引擎线索",
    en="Ocean Engine leads",
    suits_zh="抖音广告和本地推的留资，成为有电话的客户；加了企业微信、下了单，再回传给广告优化。对所有广告主开放",
    suits_en="Leads of Douyin ads become people with a phone; that they were added on WeCom or bought is told back. "
    "Open to every advertiser",
    limits_zh="每 5 分钟读取一次；每秒最多 2 次调用，系统自动控制",
    limits_en="Read every 5 minutes; at most 2 calls a second, kept by itself",
    cost_zh="免费（广告费另计）",
    cost_en="Free (ads are paid for elsewhere)",
    settled_zh="回传没有应答时标为未知，由您决定是否重发",
    settled_en="A report without an answer is marked unknown; you decide whether it is repeated",
    address_kinds=(),
    drops_repeats=False,
    marketing=False,
    opens_by_picture=False,
    list_max=1,
    fields=(
        Field("app_id", "text", "应用 App ID", "App id", "巨量引擎开放平台：应用管理", "Open platform: your app", True),
        Field("app_secret", "secret", "应用 Secret", "App secret"),
        Field(
            "refresh_token",
            "secret",
            "刷新令牌",
            "Refresh token",
            "广告主授权后得到；之后由系统自己更新",
            "Given when the advertiser authorises the app; renewed by itself from then on",
        ),
        Field("advertiser_ids", "text", "广告主编号", "Advertiser ids", "多个用逗号分隔", "Several with commas"),
        Field("local_account_ids", "text", "本地推账号", "Local accounts", "最多 50 个，逗号分隔", "Up to 50, commas"),
        Field("days_back", "number", "首次读取几天", "Days to read at first", default=DAYS_BACK, low=1, high=30),
        Field(
            "consent",
            "choice",
            "表单取得的同意",
            "What the form asks for",
            "按表单上的授权文字选择；没有写明营销，就不能选营销",
            "By the text of the form: without marketing in it, marketing may not be chosen",
            default="none",
            choices=(
                ("none", "没有", "Nothing"),
                ("service", "服务通知", "Service messages"),
                ("marketing", "营销推送", "Marketing messages"),
            ),
        ),
        Field("notice", "text", "授权文字的版本", "Version of that text", "例如 2026-01", "For example 2026-01"),
        Field(
            "state_added",
            "text",
            "“已加企业微信”回传为",
            "“Added on WeCom” is told as",
            "clue_convert_state 的值，以平台文档为准",
            "A value of clue_convert_state; the platform's documents decide",
            default="VX",
        ),
        Field("state_bought", "text", "“已下单”回传为", "“Bought” is told as", default="DEAL"),
        Field(
            "resend",
            "yes_no",
            "没有应答就重发",
            "Repeat what got no answer",
            "平台没有说明会去重",
            "The platform does not say that it drops repeats",
            default=False,
        ),
        Field("push_secret", "secret", "推送签名密钥", "Secret of pushes", "留空则自动生成", "Made when left empty"),
        Field("base_url", "text", "接口地址", "API address", "一般留空；演练时填写", "Usually empty; for rehearsals"),
    ),
    parts=(),
    sends=False,
    steps=STEPS,
    limited_zh="平台自己的推送格式没有公开，因此默认用读取；推送接受与读取接口相同的线索格式。",
    limited_en="The platform's own push has no published shape, so leads are read; pushes take the shape of that call.",
)  # fmt: skip


@dataclass(frozen=True)
class OceanChannel:
    """Holds accounts and checks them; the calls go through the process's :class:`Exchange`."""

    exchange: Exchange

    @property
    def about(self) -> About:
        return ABOUT

    @property
    def stores(self) -> Stores:
        return self.exchange.stores

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return ABOUT

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        for field in ABOUT.fields:
            if field.kind == "secret" and not secrets.get(field.name):
                raise _missing(field)
        check_secret(secrets["push_secret"], "push_secret")
        if settings.get("base_url"):
            parsed(str(settings["base_url"]), field="base_url")
        account = Account(0, "ocean", "", settings, secrets)
        if not kinds_of(account):
            raise _missing(next(field for field in ABOUT.fields if field.name == "advertiser_ids"))
        if len(numbers(account, "local_account_ids")) > 50:
            raise BadInput(
                "too_many", "本地推账号最多 50 个。", "At most 50 local accounts.", field="local_account_ids"
            )

    def new_secrets(self) -> Mapping[str, str]:
        return {"push_secret": new_secret()}

    def list_max(self, account: Account) -> int:
        return 1

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        return [Outcome("refused", "channel_receives_only")] * len(messages)

    def client(self, account: Account, patience: float) -> PlatformClient:
        return PlatformClient(self.exchange, account, OCEAN, patience=patience)

    def check(self, account: Account) -> Check:
        now = self.stores.clock.now()
        families = [
            Family(*FAMILIES[kind], lambda client, kind=kind: ask(client, account, kind, now, now, 1, 1), True, SCOPE)
            for kind in kinds_of(account)
        ]
        found, said = tried(self.client(account, CHECK_PATIENCE_SECONDS), OCEAN, None, families)
        found.insert(1, hearing(self.stores, account.id).finding)
        return self._found(account, found, said)

    def _found(self, account: Account, found: list[Finding], said: Mapping[str, Any]) -> Check:
        with self.stores.ledger.read() as conn:
            leads = conn.execute(sa.select(sa.func.count()).where(ocean_clues.c.account == account.id)).scalar_one()
            told = counts(conn, account.id)
            read = conn.execute(
                sa.select(sa.func.max(ocean_reads.c.read)).where(ocean_reads.c.account == account.id)
            ).scalar_one()
        sent, open_ = told.get("sent", 0), told.get("unknown", 0) + told.get("failed", 0)
        return check_of(
            found,
            said,
            f"密钥和权限正常；已收到 {leads} 条线索，已回传 {sent} 次转化，{open_} 次未成功。",
            f"Secret and permission work; {leads} leads so far, {sent} conversions told back, {open_} not.",
            leads=leads,
            conversions=told,
            read=None if read is None else read.isoformat(),
        )

    def close(self) -> None:
        self.exchange.close()


def _missing(field: Field) -> BadInput:
    return BadInput("setting_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=field.name)
