"""Words for what the audit log holds: actions (domain verbs) and subjects (``staff:3``). A room adds its own:

verbs.action("tag_created", "新建标签", "Tag created")
verbs.subject("tag", "标签", "Tag", "/tags/{}")
"""

from __future__ import annotations

from siyu.web.current import t

_actions: dict[str, tuple[str, str]] = {}
_subjects: dict[str, tuple[str, str, str]] = {}


def action(name: str, zh: str, en: str) -> None:
    """Name an action."""
    _actions[name] = (zh, en)


def subject(kind: str, zh: str, en: str, url: str = "") -> None:
    """Name a kind of thing; ``url`` has ``{}`` for its number."""
    _subjects[kind] = (zh, en, url)


def action_words(name: str) -> str:
    """An action in the reader's language; its own name where no room has given it words."""
    return t(*_actions[name]) if name in _actions else name


def known_actions() -> frozenset[str]:
    return frozenset(_actions)


def subject_words(text: str) -> tuple[str, str]:
    """What to call a subject, and its address (or nothing)."""
    kind, _, number = text.partition(":")
    if kind not in _subjects:
        return text, ""
    zh, en, url = _subjects[kind]
    return f"{t(zh, en)} {number}".strip(), url.format(number) if number.isdigit() else ""


for _name, _zh, _en in (
    ("installation_begun", "开始使用", "Installation begun"),
    ("signed_in", "登录", "Signed in"),
    ("signed_out", "退出登录", "Signed out"),
    ("sign_in_refused", "登录被拒", "Sign-in refused"),
    ("profile_changed", "修改个人资料", "Profile changed"),
    ("password_changed", "更换密码", "Password changed"),
    ("staff_added", "添加员工", "Staff added"),
    ("staff_changed", "修改员工", "Staff changed"),
    ("staff_disabled", "停用员工", "Staff disabled"),
    ("staff_enabled", "启用员工", "Staff enabled"),
    ("password_reset", "重置密码", "Password reset"),
    ("api_key_created", "创建 API 密钥", "API key created"),
    ("api_key_revoked", "作废 API 密钥", "API key revoked"),
    ("write_key_created", "创建写入密钥", "Write key created"),
    ("write_key_revoked", "作废写入密钥", "Write key revoked"),
    ("settings_changed", "修改设置", "Settings changed"),
    ("job_cancelled", "取消任务", "Job cancelled"),
    ("job_retried", "重试任务", "Job retried"),
    ("rehearsal_started", "开始预演", "Rehearsal started"),
    ("rehearsal_stopped", "停止预演", "Rehearsal stopped"),
    ("person_changed", "修改客户资料", "Person changed"),
    ("person_erased", "删除客户个人信息", "Person erased"),
    ("people_merged", "合并客户", "People merged"),
    ("merge_undone", "撤销合并", "Merge undone"),
    ("conflict_settled", "处理合并冲突", "Conflict settled"),
    ("consent_stated", "记录同意或退订", "Consent recorded"),
    ("tag_group_created", "新建标签组", "Tag group created"),
    ("tag_created", "新建标签", "Tag created"),
    ("tag_changed", "修改标签", "Tag changed"),
    ("tag_archived", "归档标签", "Tag archived"),
    ("tag_restored", "恢复标签", "Tag restored"),
    ("tag_added", "打标签", "Tag added to a person"),
    ("tag_removed", "去标签", "Tag taken off a person"),
):
    action(_name, _zh, _en)

for _kind, _zh, _en, _url in (
    ("staff", "员工", "Staff", "/settings/staff/{}"),
    ("key", "API 密钥", "API key", ""),
    ("write_key", "写入密钥", "Write key", ""),
    ("job", "任务", "Job", ""),
    ("settings", "设置", "Settings", ""),
    ("profile", "本人", "Oneself", ""),
    ("sign_in", "登录", "Sign-in", ""),
    ("rehearsal", "预演", "Rehearsal", ""),
    ("person", "客户", "Person", "/people/{}"),
    ("tag", "标签", "Tag", ""),
):
    subject(_kind, _zh, _en, _url)
