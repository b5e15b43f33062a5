"""SMS in the list of channels: what an account needs, what it sends, whether it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from siyu.channels.calls import parsed
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.hearing import hearing
from siyu.channels.protocol import About, Account, Check, Field, Message, Outcome, parts_of
from siyu.channels.sms import sends
from siyu.channels.sms.asking import asked
from siyu.channels.sms.failures import LIMITED, MINUTE, MINUTE_SECONDS
from siyu.channels.sms.forms import FORMS, SENDS_A_CALL, form_of, phone_of
from siyu.channels.sms.looks import look
from siyu.channels.sms.platform import ALIYUN_SMS, REGION
from siyu.channels.steps import Finding, Step
from siyu.storage import BadInput

PATIENCE_SECONDS = 5.0
SETTLE_MINUTES = 10
KEY_CHARACTERS_MAX = 64
SIGN_STATES: Mapping[str, tuple[str, str]] = {
    "0": ("签名还在审核", "the signature is still under review"),
    "2": ("签名没有通过审核", "the signature was not approved"),
    "10": ("签名的审核已取消", "the review of the signature was cancelled"),
}
APPROVED = "1"
UNKNOWN = Outcome("unknown", "no_answer")
"""Another worker has taken it up meanwhile."""
REASONS: Mapping[int | str, str] = {
    "isv.MOBILE_NUMBER_ILLEGAL": "address_invalid",
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": "address_invalid",
    LIMITED: "phone_limit",
    "isv.SMS_TEMPLATE_ILLEGAL": "template_unknown",
    "isv.TEMPLATE_MISSING_PARAMETERS": "template_data",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "template_data",
    "isv.INVALID_JSON_PARAM": "template_data",
    "isv.PARAM_LENGTH_LIMIT": "template_data",
    "isv.PARAM_NOT_SUPPORT_URL": "template_data",
}

ABOUT = About(
    name="sms",
    zh="短信（阿里云）",
    en="SMS (Alibaba Cloud)",
    suits_zh="通知与限时提醒；其他渠道都找不到人的时候",
    suits_en="Notices and reminders; people whom no other channel reaches",
    limits_zh="只能发审核过的模板；同一模板发给同一号码每天最多 50 条；营销短信 20:00 到次日 9:00 不发",
    limits_en="Approved templates alone; 50 of a template a day to a phone; no marketing from 20:00 to 9:00",
    cost_zh="按条计费，约 0.03 到 0.05 元；超过 70 字按多条算",
    cost_en="By the message, 0.03 to 0.05 yuan; more than 70 characters count as several",
    settled_zh="没有应答时按手机号和日期向平台查询投递编号：查到的不再发，超过设定时间仍查不到的才重发",
    settled_en="Without an answer the service is asked for the delivery id; only what it does not know after the time "
    "set here goes again",
    address_kinds=("phone",),
    drops_repeats=True,
    asks=True,
    marketing=True,
    opens_by_picture=False,
    billed=True,
    list_max=SENDS_A_CALL,
    fields=(
        Field(
            "access_key_id",
            "text",
            "AccessKey ID",
            "Access key id",
            "阿里云 RAM 用户的密钥，只授予短信服务权限（AliyunDysmsFullAccess）",
            "Of a RAM user with the right to SMS alone (AliyunDysmsFullAccess)",
            required=True,
        ),
        Field("access_key_secret", "secret", "AccessKey Secret", "Access key secret"),
        Field(
            "sign_name",
            "text",
            "短信签名",
            "Signature",
            "已通过审核的签名，不带【】",
            "An approved signature, without brackets",
            required=True,
        ),
        Field("region", "text", "地域", "Region", "一般不用改", "Usually as it is", default=REGION),
        Field(
            "settle_minutes",
            "number",
            "查不到多久后重发（分钟）",
            "Minutes until what is not found goes again",
            "没有应答的短信，过了这么久平台仍查不到才重发",
            "A message without an answer goes again when the service does not know it after so long",
            default=SETTLE_MINUTES,
            low=1,
            high=1_440,
        ),
        Field("base_url", "text", "接口地址", "API address", "一般留空；演练时填写", "Usually empty; for rehearsals"),
    ),
    parts=parts_of(FORMS),
    forms=FORMS,
    steps=(
        Step(
            "token",
            (
                (
                    "阿里云 RAM 访问控制 → 用户 → 创建 AccessKey，只授予短信服务的权限",
                    "Aliyun RAM → users: make an access key that may use the SMS service alone",
                ),
            ),
        ),
        Step(
            "sign",
            (
                (
                    "短信服务控制台 → 国内消息 → 签名管理：签名审核通过后，名称与这里一致",
                    "SMS console → domestic → signs: once approved, its name as here",
                ),
                (
                    "营销模板的正文须含“拒收请回复R”，发送前会请您确认",
                    "Templates that promote have to say “拒收请回复R”; you are asked to confirm it before sending",
                ),
            ),
        ),
        Step(
            "callback",
            (
                (
                    "短信服务控制台 → 系统设置 → “状态报告接收”选 HTTP 批量推送，填写下面的地址",
                    "SMS console → system settings: HTTP batch push for delivery reports, to the address below",
                ),
                (
                    "“上行消息接收”填写同一个地址：客户回复 R、T、TD、退订会立即退订，其他回复进入时间线",
                    "The same address for what customers reply: R, T, TD or 退订 unsubscribes at once, all else is on "
                    "the timeline",
                ),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class SmsChannel:
    """Sends by the process's :class:`Exchange`."""

    exchange: Exchange

    @property
    def about(self) -> About:
        return ABOUT

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        about = ABOUT.in_form(content)
        return replace(about, look=partial(look, str(settings.get("sign_name", "")), about.marketing))

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        if not secrets.get("access_key_secret"):
            raise BadInput(
                "setting_missing",
                "请填写“AccessKey Secret”。",
                "Please fill in “Access key secret”.",
                field="access_key_secret",
            )
        key = str(settings["access_key_id"])
        if not (key.isascii() and key.replace(".", "").isalnum() and len(key) <= KEY_CHARACTERS_MAX):
            raise BadInput(
                "access_key_id",
                "AccessKey ID 应为字母和数字。",
                "An access key id has letters and digits.",
                field="access_key_id",
            )
        if settings.get("base_url"):
            parsed(str(settings["base_url"]), field="base_url")

    def new_secrets(self) -> Mapping[str, str]:
        return {}

    def list_max(self, account: Account) -> int:
        return ABOUT.list_max

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        stores, client = self.exchange.stores, self._client(account)
        good = [message for message in messages if phone_of(message.address)]
        with stores.ledger.write() as conn:
            begun = sends.begin(conn, account.id, good, stores.clock.now())
        settled, lost = self._settled(account, client, begun.unanswered)
        again: list[Message] = []
        if lost:
            with stores.ledger.write() as conn:
                again = sends.call_again(conn, account.id, lost, stores.clock.now())
        called = _called(client, [*begun.new, *again], str(account.settings["sign_name"]))
        with stores.ledger.write() as conn:
            sends.end(conn, account.id, {**settled, **called})
        found = {**{message.delivery_id: UNKNOWN for message in good}, **begun.told, **settled, **called}
        return [found.get(message.delivery_id, Outcome("refused", "address_invalid")) for message in messages]

    def _settled(
        self, account: Account, client: PlatformClient, unanswered: Sequence[tuple[Message, datetime]]
    ) -> tuple[dict[str, Outcome], list[tuple[Message, datetime]]]:
        """What became of calls without an answer, by delivery id; and those that the service surely did not take.
        Where it does not answer this time either, it is not asked for the others."""
        patience = timedelta(minutes=int(account.settings.get("settle_minutes") or SETTLE_MINUTES))
        found: dict[str, Outcome] = {}
        lost: list[tuple[Message, datetime]] = []
        silent: Outcome | None = None
        for message, at in unanswered:
            outcome = silent or asked(client, message, at, self.exchange.stores.clock, patience)
            if outcome is None:
                lost.append((message, at))
                continue
            found[message.delivery_id] = outcome
            silent = outcome if "code" in outcome.answer else None
        return found, lost

    def check(self, account: Account) -> Check:
        """Key, right and signature; no message is sent."""
        heard = hearing(self.exchange.stores, account.id)
        steps = {"key": False, "sign": False, "callback": heard.state == "good"}
        try:
            answer = self._client(account).call("GetSmsSign", body={"SignName": account.settings["sign_name"]})
        except PlatformError as error:
            said = {"code": error.platform_code, "said": error.said, **steps}
            words = error.failure.zh, error.failure.en
            found = (
                Finding("token", "bad", *words),
                Finding("sign", "open", "还没有检查到这一步。", "Not looked at yet."),
            )
            return Check(False, *words, said, (*found, heard.finding))
        steps["key"] = True
        key = Finding("token", "good", "平台接受了密钥。", "The platform takes the secret.")
        state = str(answer.get("SignStatus"))
        if state != APPROVED:
            zh, en = SIGN_STATES.get(state, ("签名状态不明", "the state of the signature is not known"))
            found = key, Finding("sign", "bad", f"{zh}。", f"{en[0].upper()}{en[1:]}."), heard.finding
            return Check(False, f"密钥正常，但{zh}。", f"The key works, but {en}.", steps, found)
        steps["sign"] = True
        found = key, Finding("sign", "good", "签名已通过审核。", "The signature is approved."), heard.finding
        if not steps["callback"]:
            return Check(
                True,
                "密钥和签名正常；还没有收到过状态报告，请在控制台填写回调地址。",
                "Key and signature work; no report has come yet: enter the callback address in the console.",
                steps,
                found,
            )
        return Check(True, "密钥和签名正常；回调已接通。", "Key and signature work; callbacks arrive.", steps, found)

    def close(self) -> None:
        self.exchange.close()

    def _client(self, account: Account) -> PlatformClient:
        return PlatformClient(self.exchange, account, ALIYUN_SMS, patience=PATIENCE_SECONDS)


def _called(client: PlatformClient, messages: Sequence[Message], sign_name: str) -> dict[str, Outcome]:
    """One call for each, by delivery id; where nobody is there, or the account is refused, no more are tried."""
    found: dict[str, Outcome] = {}
    closed: Outcome | None = None
    for message in messages:
        outcome = closed or _call(client, form_of(message, sign_name))
        found[message.delivery_id] = outcome
        closed = outcome if outcome.account_stopped or outcome.reason == "no_connection" else None
    return found


def _call(client: PlatformClient, form: Mapping[str, str]) -> Outcome:
    try:
        return sends.accepted(str(client.call("SendSms", body=form).get("BizId") or ""))
    except PlatformError as error:
        return outcome_of(error)


def outcome_of(error: PlatformError) -> Outcome:
    """What a call that came to nothing means for its message."""
    answer = {"code": error.platform_code, "said": error.said}
    kind = error.failure.kind
    if error.unknown:
        return Outcome("unknown", "no_answer", answer)
    if error.platform_code == LIMITED and MINUTE in error.said:
        return Outcome("passing", "phone_limit", answer, MINUTE_SECONDS)
    if kind == "account":
        return Outcome("passing", "account_refused", answer, account_stopped=True)
    if kind == "passing":
        reason = "no_connection" if error.platform_code == "no_connection" else "platform_busy"
        return Outcome("passing", reason, answer, retry_after_seconds=error.retry_after_seconds)
    return Outcome("refused", REASONS.get(error.platform_code, "message_refused"), answer)
