"""Douyin in the list of channels: private messages within the platform's windows, and what an account needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siyu.channels.calls import parsed
from siyu.channels.douyin.failures import WINDOW_GONE
from siyu.channels.douyin.platform import DOUYIN
from siyu.channels.douyin.windows import SCENES, Place, close_window, give_place_back, take_place, window_closed
from siyu.channels.platform.checking import Family, check_of, tried
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.hearing import hearing
from siyu.channels.protocol import About, Account, Check, Field, Message, Outcome, Part
from siyu.channels.steps import Step
from siyu.storage import BadInput

PATIENCE_SECONDS = 5.0
TEXT_CHARACTERS_MAX = 1_000
WORDS_MAX = 300

SCOPE = (
    "请在抖音开放平台给应用开通该能力，并让企业号重新授权。",
    "Open it for the app and authorise the account again.",
)
STEPS = (
    Step(
        "token",
        (
            (
                "抖音开放平台 → 应用详情，复制 Client Key 和 Client Secret",
                "Open platform → the app: copy client key and secret",
            ),
            (
                "让企业号扫码授权应用，把得到的 open_id 和 refresh_token 填到这里（30 天内有效，之后自动更新）",
                "Have the enterprise account authorise the app; enter the open id and the refresh token it gives here "
                "(good for 30 days, then renewed by itself)",
            ),
        ),
    ),
    Step(
        "callback",
        (
            (
                "抖音开放平台 → 应用 → Webhooks：填写下面的地址，订阅私信、关注、粉丝群事件",
                "Douyin open platform → app → Webhooks: enter the address below; subscribe to private messages, "
                "follows and fan groups",
            ),
        ),
    ),
    Step(
        "permission",
        (("能力列表里应有“私信”与“关注”权限", "The list of rights should have private messages and follows"),),
    ),
)

ABOUT = About(
    name="douyin",
    zh="抖音私信",
    en="Douyin private messages",
    suits_zh="回复刚给企业号发过私信、或允许接收消息的人；接收私信、关注、进群和留资卡",
    suits_en="Answering people who have just written, or allowed messages; hearing of messages, follows, groups, cards",
    limits_zh="对方发消息后 24 小时内最多 6 条；进入会话 30 秒内 3 条；授权用户每天一次、3 条",
    limits_en="6 within 24 hours of their message; 3 within 30 seconds of entering; 3 once a day to who allowed it",
    cost_zh="免费",
    cost_en="Free",
    settled_zh="没有应答时标为未知，不会重发",
    settled_en="Without an answer a message is marked unknown and not repeated",
    address_kinds=("douyin_openid",),
    drops_repeats=False,
    marketing=True,
    opens_by_picture=False,
    list_max=1,
    fields=(
        Field("client_key", "text", "Client Key", "Client key", "抖音开放平台应用详情", "Open platform", True),
        Field("client_secret", "secret", "Client Secret", "Client secret", "也用来校验回调", "It proves callbacks"),
        Field(
            "open_id",
            "text",
            "企业号 open_id",
            "Open id of the account",
            "企业号授权应用后得到",
            "Given when the enterprise account authorises the app",
            required=True,
        ),
        Field(
            "refresh_token",
            "secret",
            "刷新令牌",
            "Refresh token",
            "授权后得到，30 天内有效；到期请重新授权并填写",
            "Given with it, good for 30 days; authorise again when it ends",
        ),
        Field("base_url", "text", "接口地址", "API address", "一般留空；演练时填写", "Usually empty; for rehearsals"),
    ),
    parts=(Part("text", "text", "正文", "Text", True, TEXT_CHARACTERS_MAX),),
    steps=STEPS,
    limited_zh="企业号私信能力已不再接受新申请：只有已经开通的应用才能接入。没有开通的，请接入“巨量引擎线索”（对所有广告主开放）。",
    limited_en="Private messages of enterprise accounts take no new applicants: only an app that has this right works. "
    "Without it, connect Ocean Engine leads, which are open to every advertiser.",
    closed=True,
)  # fmt: skip


@dataclass(frozen=True)
class DouyinChannel:
    """Sends to people who may be written to now; the calls go through the process's :class:`Exchange`."""

    exchange: Exchange

    @property
    def about(self) -> About:
        return ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        """An open id is of one app, so only that app's reach anybody."""
        kind = f"douyin_openid:{settings['client_key']}"
        return replace(ABOUT, address_kinds=(kind,), bars=(window_closed(account),))

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        for field in ABOUT.fields:
            if field.kind == "secret" and not secrets.get(field.name):
                raise BadInput(
                    "setting_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=field.name
                )
        key = str(settings["client_key"])
        if not (key.isascii() and key.isalnum() and len(key) <= 64):
            raise BadInput(
                "client_key", "Client Key 应为字母和数字。", "A client key has letters and digits.", field="client_key"
            )
        if settings.get("base_url"):
            parsed(str(settings["base_url"]), field="base_url")

    def new_secrets(self) -> Mapping[str, str]:
        return {}

    def list_max(self, account: Account) -> int:
        return ABOUT.list_max

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        return [self._send(account, message) for message in messages]

    def _send(self, account: Account, message: Message) -> Outcome:
        stores = self.exchange.stores
        with stores.ledger.write() as conn:
            place = take_place(conn, account.id, message.address, stores.clock.now())
        if place is None:
            return Outcome("refused", "window_closed")
        try:
            answer = self._client(account).call(
                "im/send/msg", params={"open_id": account.settings["open_id"]}, body=_body(message, place)
            )
        except PlatformError as error:
            return self._failed(account, message, place, error)
        return Outcome("accepted", answer={"msg_id": str(answer.get("msg_id") or "")})

    def _failed(self, account: Account, message: Message, place: Place, error: PlatformError) -> Outcome:
        """What a refusal means, and what becomes of the place: kept where it may have been used."""
        answer = {"code": error.platform_code, "words": error.said[:WORDS_MAX]}
        if error.unknown:
            return Outcome("unknown", "no_answer", answer)
        with self.exchange.stores.ledger.write() as conn:
            if error.platform_code in WINDOW_GONE:
                close_window(conn, account.id, message.address, place.scene)
            else:
                give_place_back(conn, account.id, message.address, place.scene)
        if error.platform_code in WINDOW_GONE:
            return Outcome("refused", "window_closed", answer)
        if error.failure.kind == "account":
            return Outcome("passing", "account_refused", answer, error.retry_after_seconds, account_stopped=True)
        if error.failure.kind == "passing":
            return Outcome("passing", "receiver_busy", answer, error.retry_after_seconds)
        return Outcome("refused", "message_refused", answer)

    def check(self, account: Account) -> Check:
        names: list[str] = []

        def asks(client: PlatformClient) -> None:
            answer = client.call("oauth/userinfo", body={"open_id": account.settings["open_id"]})
            data = answer.get("data")
            names.append(str(data.get("nickname") or "") if isinstance(data, dict) else "")

        family = Family("企业号资料", "Profile of the account", asks, True, SCOPE)
        found, said = tried(self._client(account), DOUYIN, None, [family])
        found.insert(1, hearing(self.exchange.stores, account.id).finding)
        name = names[0] if names else ""
        return check_of(found, said, f"令牌正常：{name}。", f"The token works: {name}.", name=name)

    def close(self) -> None:
        self.exchange.close()

    def _client(self, account: Account) -> PlatformClient:
        return PlatformClient(self.exchange, account, DOUYIN, patience=PATIENCE_SECONDS)


def _body(message: Message, place: Place) -> dict[str, Any]:
    said = {"msg_type": 1, "text": {"text": message.content.get("text", "")}}
    return {
        "msg_id": place.message,
        "conversation_id": place.conversation,
        "to_user_id": message.address,
        "scene": SCENES[place.scene].name,
        "content_list": [said],
    }
