"""WeChat Pay in the list of channels: what an account needs, whether it works. It pays rewards, and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.channels.calls import parsed
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.hearing import hearing
from siyu.channels.protocol import About, Account, Check, Field, Message, Outcome
from siyu.channels.steps import Finding, Step
from siyu.channels.wechatpay.client import Pay
from siyu.storage import BadInput

NAME = "wechatpay"
DAY_YUAN = 2_000
APIV3_KEY_CHARACTERS = 32
NO_SUCH_BILL = "sycheck0000000000000000000000000"

ABOUT = About(
    name=NAME,
    zh="微信支付（商家转账）",
    en="WeChat Pay (transfers)",
    suits_zh="活动的现金奖励直接转到客户的微信零钱；不发消息",
    suits_en="Money rewards go straight to people's WeChat balance; no messages",
    limits_zh="每日限额由您在这里设定；2,000 元以上须实名，请人工发放；客户要在微信里确认收款",
    limits_en="You set the limit of a day here; from 2,000 yuan on a real name is needed, so pay by hand; people "
    "confirm in WeChat",
    cost_zh="以微信支付的费率为准",
    cost_en="As WeChat Pay charges",
    settled_zh="没有应答时按商户单号查询；平台没有的才以同一单号再转，绝不重复",
    settled_en="Without an answer the bill is looked up by our number; only what is not there goes again, under the "
    "same number: never twice",
    address_kinds=(),
    drops_repeats=True,
    asks=True,
    marketing=False,
    opens_by_picture=False,
    list_max=1,
    sends=False,
    pays=True,
    fields=(
        Field("mch_id", "text", "商户号", "Merchant number", "微信支付商户平台：账户中心", "Merchant platform", True),
        Field(
            "app_id",
            "text",
            "AppID",
            "App id",
            "已与商户号关联的公众号或小程序；按客户在它那里的 OpenID 转账",
            "Of an official account or mini program bound to the merchant: people are paid by their open id there",
            required=True,
        ),
        Field(
            "serial", "text", "商户证书序列号", "Serial of the merchant's certificate", "API 安全", "API security", True
        ),
        Field(
            "private_key",
            "secret",
            "商户私钥",
            "Merchant's private key",
            "apiclient_key.pem 的全部内容",
            "All of apiclient_key.pem",
            characters_max=4_000,
            lines=True,
        ),
        Field("apiv3_key", "secret", "APIv3 密钥", "APIv3 key", "32 个字符", "32 characters"),
        Field(
            "public_key_id",
            "text",
            "微信支付公钥 ID",
            "Id of WeChat Pay's public key",
            "以 PUB_KEY_ID_ 开头",
            "Begins with PUB_KEY_ID_",
            required=True,
        ),
        Field(
            "public_key",
            "text",
            "微信支付公钥",
            "WeChat Pay's public key",
            "pub_key.pem 的全部内容",
            "All of pub_key.pem",
            required=True,
            characters_max=2_000,
            lines=True,
        ),
        Field(
            "day_yuan",
            "number",
            "每日限额（元）",
            "Limit of a day (yuan)",
            "超过的明天继续",
            "What is above goes on tomorrow",
            default=DAY_YUAN,
            low=1,
            high=1_000_000,
        ),
        Field(
            "scene",
            "text",
            "转账场景 ID",
            "Scene of the transfers",
            "现金营销为 1000",
            "1000 is marketing",
            default="1000",
        ),
        Field(
            "scene_infos",
            "text",
            "场景报备信息",
            "What the scene has to be told",
            "按平台对该场景的要求，逗号分隔",
            "As the platform asks for the scene, with commas",
            default="活动名称,奖励说明",
        ),
        Field("activity", "text", "活动名称", "Name of the activity", "留空则用奖励的名称", "Empty: the reward's own"),
        Field("base_url", "text", "接口地址", "API address", "一般留空；演练时填写", "Usually empty; for rehearsals"),
    ),
    parts=(),
    steps=(
        Step(
            "token",
            (
                (
                    "商户平台 → 产品中心：开通“商家转账”，关联 AppID",
                    "Merchant platform: open transfers, bind the app id",
                ),
                (
                    "账户中心 → API 安全：申请 API 证书，设置 APIv3 密钥，复制微信支付公钥及其 ID",
                    "API security: make the certificate, set the APIv3 key, copy WeChat Pay's public key and its id",
                ),
                ("商户平台 → 商家转账：把服务器 IP 加入白名单", "Transfers: allow this server's address"),
            ),
        ),
        Step(
            "callback",
            (
                (
                    "不用在商户平台填写：公网地址是 https 时，转账会带上下面的地址，确认了立刻知道；否则按单号查询",
                    "Nothing to enter over there: where this server's public address is https, each transfer names the "
                    "address below, and a confirmation is known at once; elsewhere bills are looked up by and by",
                ),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class WechatPayChannel:
    """Holds accounts and checks them; payouts call through the process's :class:`Exchange`."""

    exchange: Exchange

    @property
    def about(self) -> About:
        return ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return ABOUT

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        for field in ABOUT.fields:
            if field.kind == "secret" and not secrets.get(field.name):
                raise BadInput(
                    "setting_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=field.name
                )
        if len(secrets["apiv3_key"].encode()) != APIV3_KEY_CHARACTERS:
            raise BadInput(
                "apiv3_key", "APIv3 密钥应为 32 个字符。", "The APIv3 key has 32 characters.", field="apiv3_key"
            )
        if settings.get("base_url"):
            parsed(str(settings["base_url"]), field="base_url")
        Pay(self.exchange, Account(0, NAME, "", settings, secrets))

    def new_secrets(self) -> Mapping[str, str]:
        return {}

    def list_max(self, account: Account) -> int:
        return 1

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        return [Outcome("refused", "channel_pays")] * len(messages)

    def check(self, account: Account) -> Check:
        """Asks for a bill that never was: a platform that has none knows the key. No money moves."""
        answer = Pay(self.exchange, account).find(NO_SUCH_BILL)
        said, heard = {"said": answer.said}, hearing(self.exchange.stores, account.id).finding
        if answer.kind in ("missing", "bill"):
            zh, en = "微信支付接受了商户密钥。", "WeChat Pay takes the merchant's key."
            return Check(True, zh, en, said, (Finding("token", "good", zh, en), heard))
        if answer.reason == "account_refused" or answer.kind == "refused":
            zh = f"微信支付不接受这个账号：{answer.said}"
            found = Finding("token", "bad", zh, f"WeChat Pay refuses the account: {answer.said}")
        else:
            found = Finding("token", "open", "微信支付没有应答，请稍后再试。", "WeChat Pay did not answer; try later.")
        return Check(False, found.zh, found.en, said, (found, heard))

    def close(self) -> None:
        self.exchange.close()
