"""The settings that an account of an official account or a mini program needs, with what to copy from where."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping
from typing import Any

from siyu.channels.calls import parsed
from siyu.channels.platform.envelope import KEY_CHARACTERS
from siyu.channels.protocol import Account, Field
from siyu.channels.wechat.receiving import envelope_of
from siyu.storage import BadInput

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

APP_ID = Field(
    "app_id",
    "text",
    "AppID",
    "App id",
    "公众平台（mp.weixin.qq.com）→ 设置与开发 → 开发接口管理 → 基本配置；以 wx 开头",
    "mp.weixin.qq.com → Settings and development → Basic configuration; begins with wx",
    required=True,
)
SECRET = Field(
    "secret",
    "secret",
    "AppSecret",
    "App secret",
    "同一页“重置”后复制；并把本机出口 IP 加入“IP 白名单”",
    "Reset and copy it on the same page; add this server's outgoing IP to the IP list there",
)
CALLBACK_TOKEN = Field(
    "callback_token",
    "secret",
    "回调 Token",
    "Callback token",
    "留空则自动生成；填入平台的“服务器配置／消息推送”",
    "Empty: one is made; enter it in the platform's server configuration",
)
CALLBACK_AES_KEY = Field(
    "callback_aes_key",
    "secret",
    "回调 EncodingAESKey",
    "Callback AES key",
    "43 个字符；留空则自动生成",
    "43 characters; empty: one is made",
)
CALLBACK_MODE = Field(
    "callback_mode",
    "choice",
    "消息加解密方式",
    "How callbacks are sealed",
    "须与平台一致；推荐安全模式",
    "The same as on the platform; safe mode is recommended",
    default="safe",
    choices=(("safe", "安全模式（或兼容模式）", "Safe mode (or compatible)"), ("plain", "明文模式", "Plain mode")),
)
TRIM = Field(
    "trim",
    "yes_no",
    "自动截断超长字段",
    "Cut values that are too long",
    "模板字段有长度上限（如 thing 20 字），超长会被平台拒收",
    "A template's values have a longest length (thing: 20); the platform refuses longer ones",
    default=True,
)
BASE_URL = Field(
    "base_url",
    "text",
    "接口地址",
    "API address",
    "一般留空；演练时填写",
    "Usually empty; for rehearsals",
)


def check_fields(channel: str, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    """Raise :class:`BadInput` naming the field that can't work."""
    for field in (SECRET, CALLBACK_TOKEN):
        if not secrets.get(field.name):
            raise BadInput(
                "setting_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=field.name
            )
    app_id = str(settings.get("app_id") or "")
    if not (app_id.isascii() and app_id.isalnum() and len(app_id) <= 40):
        raise BadInput("app_id", "AppID 由字母和数字组成。", "An app id has letters and digits.", field="app_id")
    if settings.get("base_url"):
        _ = parsed(str(settings["base_url"]), field="base_url")
    if settings.get("callback_mode") != "plain":
        envelope_of(Account(0, channel, "", settings, secrets))


def made_secrets() -> Mapping[str, str]:
    """For an account whose callback has not been filled in yet: paste these into the platform's console."""
    key = "".join(random.choice(LETTERS) for _ in range(KEY_CHARACTERS))
    return {"callback_token": random.token_hex(12), "callback_aes_key": key}
