"""What may be done, and which role may do it. Denied unless a role lists it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that may be allowed."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions, with a sentence that says whom it is for."""

    name: str
    zh: str
    en: str
    zh_for: str
    en_for: str
    permissions: frozenset[str]


PERMISSIONS: dict[str, Permission] = {
    permission.name: permission
    for permission in (
        Permission("people.read", "查看客户", "See people"),
        Permission("people.phone", "查看完整手机号与邮箱", "See full phone numbers and e-mails"),
        Permission("people.write", "修改客户、标签与同意", "Change people, tags and consent"),
        Permission("people.merge", "合并客户与撤销合并", "Merge people and undo merges"),
        Permission("people.erase", "导出与删除一位客户的个人信息", "Export and erase a person's data"),
        Permission("import", "导入数据", "Import data"),
        Permission("export", "导出数据", "Export data"),
        Permission("audience.read", "查看人群与分层", "See audiences and layers"),
        Permission("audience.write", "修改人群与分层", "Change audiences and layers"),
        Permission("broadcast.read", "查看群发与消息", "See broadcasts and messages"),
        Permission("broadcast.write", "编辑群发", "Write broadcasts"),
        Permission("broadcast.send", "发出、暂停与取消群发", "Send, pause and cancel broadcasts"),
        Permission("journeys.read", "查看旅程", "See journeys"),
        Permission("journeys.write", "编辑旅程", "Write journeys"),
        Permission("journeys.publish", "发布、暂停与停止旅程", "Publish, pause and stop journeys"),
        Permission("code.read", "查看活码与渠道码", "See codes"),
        Permission("code.write", "新建、修改与删除活码与渠道码", "Make, change and remove codes"),
        Permission("lead.read", "查看表单与线索", "See forms and leads"),
        Permission("lead.write", "编辑表单与预约，分配与处理线索", "Keep forms and bookings, give out leads"),
        Permission("campaign.read", "查看裂变活动、奖励与推荐关系", "See campaigns, rewards and referrals"),
        Permission("campaign.write", "新建、发布与结束裂变活动", "Make, start and end campaigns"),
        Permission("campaign.act", "代客户参与活动（供自有应用）", "Act in campaigns for people (a shop's own apps)"),
        Permission("purse.write", "设置预算、处理奖励", "Keep purses, settle rewards"),
        Permission("coupon.read", "查看优惠券", "See coupons"),
        Permission("coupon.write", "新建、修改、停发与印制优惠券", "Make, change, stop and print coupons"),
        Permission("coupon.give", "给客户发券与收回", "Give people coupons and take them back"),
        Permission("coupon.redeem", "核销优惠券与撤销核销", "Redeem coupons and undo it"),
        Permission("acquire.write", "管理获客链接", "Manage acquisition links"),
        Permission("people.hand_over", "转接客户与群", "Hand customers and groups over"),
        Permission("watch.write", "管理敏感词与流失提醒", "Manage sensitive words and alerts for lost friends"),
        Permission("service.answer", "回复客服会话", "Answer people in service"),
        Permission("tasks.read", "查看员工任务", "See tasks for staff"),
        Permission("tasks.write", "处理自己的员工任务", "Work on one's own tasks"),
        Permission(
            "tasks.manage", "查看全员任务、转交与管理模板", "See everybody's tasks, hand them on, keep templates"
        ),
        Permission("goods.read", "查看商品、优惠与链接", "See goods, offers and tracked links"),
        Permission("goods.write", "编辑商品、优惠与链接", "Keep goods, offers and tracked links"),
        Permission("content.read", "查看素材库、话术与人设", "See the library, scripts and personas"),
        Permission("content.write", "编辑素材、话术、晒单与人设", "Write content, scripts, collections and personas"),
        Permission("scripts.own", "写自己的话术", "Write scripts of one's own"),
        Permission("content.approve", "审批素材与晒单", "Approve content and what people hand in"),
        Permission("guard.write", "修改分寸与上限", "Change the guard and its caps"),
        Permission("channel.write", "管理渠道账号", "Manage channel accounts"),
        Permission("hooks.write", "管理事件推送", "Manage event webhooks"),
        Permission("report.read", "查看报表", "See reports"),
        Permission("jobs.read", "查看后台任务与健康状况", "See jobs and health"),
        Permission("jobs.write", "取消与重试后台任务", "Cancel and retry jobs"),
        Permission("settings.write", "修改设置", "Change settings"),
        Permission("staff.write", "管理员工与 API 密钥", "Manage staff and API keys"),
        Permission("owners.write", "管理所有者", "Manage owners"),
        Permission("audit.read", "查看操作记录", "Read the audit log"),
    )
}

_OPERATOR = frozenset(
    {
        "people.read",
        "people.write",
        "people.merge",
        "import",
        "export",
        "audience.read",
        "audience.write",
        "broadcast.read",
        "broadcast.write",
        "broadcast.send",
        "journeys.read",
        "journeys.write",
        "journeys.publish",
        "code.read",
        "code.write",
        "lead.read",
        "lead.write",
        "campaign.read",
        "campaign.write",
        "purse.write",
        "coupon.read",
        "coupon.write",
        "coupon.give",
        "coupon.redeem",
        "acquire.write",
        "people.hand_over",
        "watch.write",
        "service.answer",
        "goods.read",
        "goods.write",
        "tasks.read",
        "tasks.write",
        "tasks.manage",
        "content.read",
        "content.write",
        "content.approve",
        "scripts.own",
        "report.read",
        "jobs.read",
        "jobs.write",
    }
)

ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role(
            "owner",
            "所有者",
            "Owner",
            "可以做一切，包括管理其他管理员。",
            "May do everything, other administrators included.",
            frozenset(PERMISSIONS),
        ),
        Role(
            "admin",
            "管理员",
            "Administrator",
            "可以做一切，但不能管理所有者。",
            "May do everything, but not manage owners.",
            frozenset(PERMISSIONS) - {"owners.write"},
        ),
        Role(
            "operator",
            "运营",
            "Operator",
            "日常运营：导入、人群、群发与报表；看不到完整手机号。",
            "Day-to-day work: imports, audiences, broadcasts, reports; phone numbers are masked.",
            _OPERATOR,
        ),
        Role(
            "adviser",
            "导购",
            "Adviser",
            "一对一跟进客户：可看完整手机号，可打标签，处理自己的任务。",
            "Follows up with people one by one: sees full phone numbers, sets tags, works on own tasks.",
            frozenset(
                {
                    "people.read",
                    "people.phone",
                    "people.write",
                    "audience.read",
                    "broadcast.read",
                    "journeys.read",
                    "code.read",
                    "lead.read",
                    "campaign.read",
                    "goods.read",
                    "coupon.read",
                    "coupon.give",
                    "coupon.redeem",
                    "tasks.read",
                    "tasks.write",
                    "content.read",
                    "scripts.own",
                }
            ),
        ),
        Role(
            "agent",
            "客服",
            "Service agent",
            "接待客户：可看客户与消息，可回复客服会话，可记录同意与退订，处理自己的任务。",
            "Answers people: sees people and messages, answers in service, records consent, works on own tasks.",
            frozenset(
                {
                    "people.read",
                    "people.write",
                    "broadcast.read",
                    "goods.read",
                    "service.answer",
                    "coupon.read",
                    "coupon.redeem",
                    "tasks.read",
                    "tasks.write",
                    "content.read",
                    "scripts.own",
                }
            ),
        ),
        Role(
            "analyst",
            "分析",
            "Analyst",
            "只看：报表、人群与客户（手机号打码），可导出。",
            "Looks only: reports, audiences, people (phones masked), and exports.",
            frozenset(
                {
                    "people.read",
                    "audience.read",
                    "broadcast.read",
                    "journeys.read",
                    "code.read",
                    "lead.read",
                    "campaign.read",
                    "goods.read",
                    "coupon.read",
                    "content.read",
                    "report.read",
                    "export",
                    "jobs.read",
                }
            ),
        ),
    )
}


def allows(role: str, permission: str) -> bool:
    """Whether a role holds a permission. An unknown role holds none; an unknown permission is a mistake in code."""
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    found = ROLES.get(role)
    return found is not None and permission in found.permissions


def may_grant(giver: str, role: str) -> bool:
    """Whether one role may hand out another: only with ``staff.write``, and never more than it holds itself."""
    if giver not in ROLES or role not in ROLES:
        return False
    return "staff.write" in ROLES[giver].permissions and ROLES[role].permissions <= ROLES[giver].permissions
