"""The way to connect an official account or a mini program, and a live look at each step of it."""

from __future__ import annotations

from collections.abc import Sequence

from siyu.channels.platform.checking import Family, check_of, tried
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.hearing import hearing
from siyu.channels.platform.platform import Platform
from siyu.channels.protocol import Account, Check
from siyu.channels.steps import Step

PATIENCE_SECONDS = 5.0

STEPS = (
    Step(
        "token",
        (
            (
                "公众平台（mp.weixin.qq.com）→ 设置与开发 → 开发接口管理（小程序：开发管理）："
                "复制 AppID，重置并复制 AppSecret",
                "mp.weixin.qq.com → Settings and development → Basic configuration: copy the app id; reset and copy "
                "the app secret",
            ),
        ),
    ),
    Step(
        "address",
        (
            (
                "同一页的“IP 白名单”填本机的出口 IP；不知道就直接检查，平台会说出它看到的 IP（错误码 40164）",
                "On the same page put this server's outgoing address on the IP list; if you do not know it, check, and "
                "the platform names it (code 40164)",
            ),
        ),
    ),
    Step(
        "callback",
        (
            (
                "同一平台的“服务器配置”（小程序：“消息推送”）填写下面的地址",
                "Under server configuration (mini programs: message push) enter the address below",
            ),
            (
                "Token 和 EncodingAESKey 与这里一致，加解密方式相同，格式 XML 或 JSON 均可，提交并启用",
                "The same token and AES key as here, the same mode of sealing, XML or JSON; submit and enable it",
            ),
        ),
    ),
    Step(
        "permission",
        (
            (
                "公众平台 → 接口权限：没有的接口多半要先完成微信认证",
                "mp.weixin.qq.com → Interface permissions: what is missing mostly needs the account to be verified",
            ),
        ),
    ),
)


def checked(exchange: Exchange, account: Account, platform: Platform, families: Sequence[Family] = ()) -> Check:
    """Every step, live; nobody is reached."""
    client = PlatformClient(exchange, account, platform, patience=PATIENCE_SECONDS)
    found, said = tried(client, platform, lambda client: client.call("get_api_domain_ip"), families)
    heard = hearing(exchange.stores, account.id)
    found.insert(2, heard.finding)
    good_zh, good_en = "密钥、IP 白名单和接口权限正常", "Secret, IP list and permissions work"
    calls = ("回调已接通。", "callbacks arrive.") if heard.state == "good" else (heard.finding.zh, heard.finding.en)
    return check_of(found, said, f"{good_zh}；{calls[0]}", f"{good_en}; {calls[1]}")
