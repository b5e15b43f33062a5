"""Settings of an account that say who may use the sidebar of the chat, and as what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from siyu.channels.protocol import Field
from siyu.channels.wecom.fields import is_identifier
from siyu.storage import BadInput

OFF, NAMED, ALL = "off", "named", "all"
_PROOF = re.compile(r"[0-9A-Za-z]{4,64}")

FIELDS = (
    Field(
        "sidebar",
        "choice",
        "聊天侧边栏",
        "Sidebar of the chat",
        "哪些成员可以在聊天旁查看自己的客户",
        "Which members may see their own customers beside the chat",
        default=OFF,
        choices=(
            (OFF, "不开放", "Nobody"),
            (NAMED, "仅下列成员", "The members named below"),
            (ALL, "所有有客户联系权限的成员", "All members who may have customers"),
        ),
    ),
    Field(
        "sidebar_members",
        "text",
        "可用侧边栏的成员",
        "Members who may use the sidebar",
        "成员账号（userid），用逗号分隔",
        "User ids, with commas",
    ),
    Field(
        "sidebar_role",
        "choice",
        "侧边栏成员的角色",
        "Role of members in the sidebar",
        "首次进入时设定，之后可在“员工与角色”中修改或停用",
        "Given at the first visit; changed or ended later under “Staff and roles”",
        default="adviser",
        choices=(
            ("adviser", "导购：可看完整手机号，可写备注", "Adviser: sees whole phones, writes notes"),
            ("agent", "客服：手机号打码，可写备注", "Service agent: phones masked, writes notes"),
            ("analyst", "分析：手机号打码，只看", "Analyst: phones masked, looks only"),
        ),
    ),
    Field(
        "sidebar_script",
        "choice",
        "识别当前聊天",
        "Know whose chat is open",
        "由企业微信自己的脚本告知；不加载时由成员自己选客户",
        "Told by WeCom's own script; without it members choose the customer",
        default="platform",
        choices=(
            ("platform", "加载企业微信的脚本", "Load WeCom's script"),
            ("none", "不加载外部脚本", "Load no script from elsewhere"),
        ),
    ),
    Field(
        "domain_proof",
        "text",
        "可信域名校验码",
        "Proof of the trusted domain",
        "后台下载的 WW_verify_….txt 中的内容；填写后由本站代为出示",
        "What is in the file WW_verify_….txt of the WeCom console; this site then shows it there",
    ),
)


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raises :class:`BadInput` naming the field."""
    proof = settings.get("domain_proof")
    if proof and not _PROOF.fullmatch(str(proof)):
        raise BadInput(
            "domain_proof",
            "校验码为 4 到 64 个字母或数字，不含文件名。",
            "The proof is 4 to 64 letters and digits, without the file's name.",
            field="domain_proof",
        )
    unfit = [each for each in named_members(settings) if not is_identifier(each)]
    if unfit or (settings.get("sidebar") == NAMED and not named_members(settings)):
        raise BadInput(
            "sidebar_members",
            "请填写成员账号（userid），用逗号分隔。",
            "Name members by user id, with commas.",
            field="sidebar_members",
        )


def named_members(settings: Mapping[str, Any]) -> list[str]:
    """The user ids of the setting."""
    return [each for each in re.split(r"[\s,，、]+", str(settings.get("sidebar_members") or "")) if each]
