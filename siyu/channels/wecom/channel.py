"""WeCom in the list of channels: what an account needs, and whether it works. It receives; it does not send yet."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.channels.calls import parsed
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.envelope import KEY_CHARACTERS
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import About, Account, Check, Field, Message, Outcome
from siyu.channels.wecom.callbacks import envelope_of
from siyu.channels.wecom.contacts import members_with_customers
from siyu.channels.wecom.platform import WECOM
from siyu.storage import BadInput

CHECK_PATIENCE_SECONDS = 5.0

ABOUT = About(
    name="wecom",
    zh="企业微信",
    en="WeCom",
    suits_zh="接收企业微信客户的添加、流失等变化；暂不支持群发",
    suits_en="Hearing of customers who add or leave on WeCom; sending is not possible yet",
    limits_zh="每个企业每个接口每分钟 10,000 次，系统自动控制",
    limits_en="10,000 calls a minute, company and interface; kept by itself",
    cost_zh="自建应用免费",
    cost_en="Free for apps of your own",
    settled_zh="不适用：此渠道目前只接收",
    settled_en="Does not apply: for now this channel only receives",
    address_kinds=("external_userid",),
    drops_repeats=False,
    marketing=False,
    opens_by_picture=False,
    list_max=1,
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
            "仅当活码旁的告知写明会发送消息时勾选；客户删除员工即视为撤回",
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
    ),
    parts=(),
    sends=False,
)
SECRETS = tuple(field for field in ABOUT.fields if field.kind == "secret")


@dataclass(frozen=True)
class WecomChannel:
    """Holds accounts and checks them; the calls go through the process's :class:`Exchange`."""

    exchange: Exchange

    @property
    def about(self) -> About:
        return ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return ABOUT

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        for field in SECRETS:
            if not secrets.get(field.name):
                raise BadInput(
                    "setting_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=field.name
                )
        if settings.get("base_url"):
            _ = parsed(str(settings["base_url"]), field="base_url")
        envelope_of(Account(0, "wecom", "", settings, secrets))

    def new_secrets(self) -> Mapping[str, str]:
        """For an account whose console has not been filled in yet: paste these there."""
        return {"callback_token": random.token_hex(12), "callback_aes_key": new_aes_key()}

    def list_max(self, account: Account) -> int:
        return ABOUT.list_max

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        """Nothing leaves: neither form nor API lets a broadcast choose this channel."""
        return [Outcome("refused", "channel_receives_only")] * len(messages)

    def check(self, account: Account) -> Check:
        client = PlatformClient(self.exchange, account, WECOM, patience=CHECK_PATIENCE_SECONDS)
        try:
            members = members_with_customers(client)
        except PlatformError as error:
            said = {"code": error.platform_code, "said": error.said}
            return Check(False, error.failure.zh, error.failure.en, said)
        return Check(
            True,
            f"密钥和权限正常，{len(members)} 位成员有客户联系权限。",
            f"Secret and permission work; {len(members)} members may have customers.",
            {"members": len(members)},
        )

    def close(self) -> None:
        self.exchange.close()


def new_aes_key() -> str:
    """43 letters and digits that decode to 32 bytes."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(random.choice(letters) for _ in range(KEY_CHARACTERS))
