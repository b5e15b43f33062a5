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


def detail_words(name: str) -> str:
    """A detail's name in the reader's language; its own where it has no words."""
    return t(*_DETAILS[name]) if name in _DETAILS else name


def known_actions() -> frozenset[str]:
    return frozenset(_actions)


def subject_words(text: str) -> tuple[str, str]:
    """What to call a subject, and its address (or nothing)."""
    kind, _, number = text.partition(":")
    if kind not in _subjects:
        return text, ""
    zh, en, url = _subjects[kind]
    return f"{t(zh, en)} {number}".strip(), url.format(number) if number.isdigit() else ""


_DETAILS: dict[str, tuple[str, str]] = {
    "address": ("地址", "address"),
    "channel": ("渠道", "channel"),
    "enabled": ("启用", "on"),
    "fields": ("字段", "fields"),
    "given": ("同意", "given"),
    "job": ("任务", "job"),
    "name": ("名称", "name"),
    "other": ("另一位", "other"),
    "persons": ("客户", "people"),
    "purpose": ("用途", "purpose"),
    "role": ("角色", "role"),
    "role_before": ("原角色", "role before"),
    "tag": ("标签", "tag"),
}

for _name, _zh, _en in (
    ("installation_begun", "开始使用", "Installation begun"),
    ("signed_in", "登录", "Signed in"),
    ("signed_in_by_platform", "经企业微信登录侧边栏", "Signed in to the sidebar by WeCom"),
    ("staff_added_by_platform", "首次从侧边栏进入，添加为员工", "Added as staff at the first visit to the sidebar"),
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
    ("body_read_again", "重新读取隔离的数据", "Body set aside read again"),
    ("body_dropped", "丢弃隔离的数据", "Body set aside dropped"),
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
    ("import_received", "收到导入文件", "Import file received"),
    ("import_checked", "检查导入文件", "Import checked"),
    ("import_planned", "确认导入方式", "Import planned"),
    ("import_started", "开始导入", "Import started"),
    ("import_begun", "开始导入", "Import begun"),
    ("import_cancelled", "取消导入", "Import cancelled"),
    ("import_discarded", "放弃导入", "Import discarded"),
    ("backed_up", "备份", "Backed up"),
    ("backup_restored", "恢复备份", "Backup restored"),
    ("people_exported", "导出客户", "People exported"),
    ("audience_created", "新建人群", "Audience created"),
    ("audience_edited", "修改人群", "Audience edited"),
    ("audience_frozen", "固定人群快照", "Audience frozen"),
    ("audience_refreshed", "刷新人群", "Audience refreshed"),
    ("audience_archived", "归档人群", "Audience archived"),
    ("audience_restored", "恢复人群", "Audience restored"),
    ("layers_changed", "修改分层", "Layers changed"),
    ("layers_added", "新建分层方案", "Layers added"),
    ("layers_removed", "删除分层方案", "Layers removed"),
    ("layers_restored", "恢复分层", "Layers restored"),
    ("layers_computed", "重算分层", "Layers computed"),
    ("broadcast_drafted", "新建群发", "Broadcast drafted"),
    ("broadcast_revised", "修改群发", "Broadcast revised"),
    ("broadcast_copied", "复制群发", "Broadcast copied"),
    ("broadcast_tested", "试发群发", "Broadcast tested"),
    ("broadcast_started", "发出群发", "Broadcast started"),
    ("broadcast_paused", "暂停群发", "Broadcast paused"),
    ("broadcast_resumed", "继续群发", "Broadcast resumed"),
    ("broadcast_cancelled", "取消群发", "Broadcast cancelled"),
    ("broadcast_discarded", "删除群发草稿", "Broadcast draft discarded"),
    ("account_price_set", "填写消息单价", "Price of a message set"),
    ("journey_drafted", "新建旅程", "Journey drafted"),
    ("journey_revised", "修改旅程", "Journey revised"),
    ("journey_copied", "复制旅程", "Journey copied"),
    ("journey_archived", "归档旅程", "Journey archived"),
    ("journey_restored", "恢复旅程", "Journey restored"),
    ("journey_published", "发布旅程", "Journey published"),
    ("journey_paused", "暂停旅程", "Journey paused"),
    ("journey_resumed", "继续旅程", "Journey resumed"),
    ("journey_rehearsed", "排练旅程", "Journey rehearsed"),
    ("people_sent_into_journey", "送入旅程", "People sent into a journey"),
    ("journey_closed", "旅程停止进人", "Journey closed to newcomers"),
    ("journey_stopped", "停止旅程", "Journey stopped"),
    ("welcome_added", "新建欢迎语", "Welcome added"),
    ("welcome_changed", "修改欢迎语", "Welcome changed"),
    ("welcome_enabled", "启用欢迎语", "Welcome switched on"),
    ("welcome_disabled", "停用欢迎语", "Welcome switched off"),
    ("welcome_removed", "删除欢迎语", "Welcome removed"),
    ("task_given", "布置员工任务", "Task given to staff"),
    ("task_taken", "领取任务", "Task taken"),
    ("task_handed_over", "转交任务", "Task handed on"),
    ("tasks_handed_over", "批量转交任务", "Tasks handed on"),
    ("task_finished", "完成任务", "Task done"),
    ("task_reopened", "撤销完成任务", "Task reopened"),
    ("task_cancelled", "取消任务", "Task cancelled"),
    ("task_template_added", "新建任务模板", "Task template added"),
    ("task_template_changed", "修改任务模板", "Task template changed"),
    ("task_template_removed", "删除任务模板", "Task template removed"),
    ("advisers_reminded", "提醒员工确认群发", "Advisers reminded"),
    ("medium_added", "上传素材", "Medium uploaded"),
    ("medium_removed", "删除素材", "Medium removed"),
    ("service_answered", "回复客服会话", "Answered in service"),
    ("service_transferred", "转接客服会话", "Service session given on"),
    ("guard_rule_set", "修改分寸规则", "Guard rule set"),
    ("guard_cap_added", "新增频次上限", "Cap added"),
    ("guard_cap_removed", "删除频次上限", "Cap removed"),
    ("person_left_in_peace", "设为免打扰", "Person left in peace"),
    ("person_off_the_list", "取消免打扰", "Person taken off the list"),
    ("hook_created", "新建事件推送", "Event webhook created"),
    ("hook_changed", "修改事件推送", "Event webhook changed"),
    ("hook_paused", "暂停事件推送", "Event webhook paused"),
    ("hook_enabled", "启用事件推送", "Event webhook enabled"),
    ("hook_stopped", "事件推送自动停止", "Event webhook stopped by failures"),
    ("hook_tested", "试发事件推送", "Event webhook tested"),
    ("hook_secret_renewed", "更换推送密钥", "Event webhook secret renewed"),
    ("hook_old_secret_ended", "作废旧推送密钥", "Old event webhook secret ended"),
    ("hook_replayed", "重放事件推送", "Event webhook replayed"),
    ("hook_removed", "删除事件推送", "Event webhook removed"),
    ("hook_delivery_resent", "重发一条推送", "Delivery sent again"),
    ("hook_delivery_skipped", "跳过一条推送", "Delivery skipped"),
    ("account_opened", "添加渠道账号", "Account opened"),
    ("account_changed", "修改渠道账号", "Account changed"),
    ("account_checked", "检测渠道账号", "Account checked"),
    ("account_enabled", "启用渠道账号", "Account enabled"),
    ("account_disabled", "停用渠道账号", "Account disabled"),
    ("account_secret_renewed", "更换账号密钥", "Account secret renewed"),
    ("leads_told_again", "重发线索回传", "Reports of leads told again"),
    ("code_made", "生成二维码或链接", "Code or link made"),
    ("way_added", "新建渠道码", "Code at WeCom added"),
    ("way_changed", "修改渠道码", "Code at WeCom changed"),
    ("way_removed", "删除渠道码", "Code at WeCom removed"),
    ("way_tried_again", "重试创建渠道码", "Code at WeCom tried again"),
    ("scan_code_added", "新建活码", "Live code added"),
    ("scan_code_changed", "修改活码", "Live code changed"),
    ("scan_code_targets", "修改承接对象", "Targets of a live code changed"),
    ("scan_code_used", "启用活码", "Live code put to use"),
    ("scan_code_paused", "暂停活码", "Live code paused"),
    ("scan_code_ended", "结束活码", "Live code ended"),
    ("live_code_added", "新建渠道码", "Code at WeCom added"),
    ("live_code_changed", "修改渠道码", "Code at WeCom changed"),
    ("live_code_removed", "删除渠道码", "Code at WeCom removed"),
    ("live_code_tried_again", "重试创建渠道码", "Code at WeCom tried again"),
    ("followers_read", "读取粉丝列表", "List of followers read"),
    ("link_made", "建获客链接", "Acquisition link made"),
    ("link_changed", "修改获客链接", "Acquisition link changed"),
    ("link_removed", "删除获客链接", "Acquisition link deleted"),
    ("links_read", "读取获客链接", "Acquisition links read"),
    ("hand_over_recorded", "转接客户与群", "Customers and groups handed over"),
    ("hand_over_withdrawn", "撤回转接", "Hand-over withdrawn"),
    ("unassigned_read", "读取待分配客户", "Customers of leavers read"),
    ("work_read", "读取员工与社群数据", "Staff's and groups' work read"),
    ("word_rule_made", "新建敏感词规则", "Rule for sensitive words made"),
    ("word_rule_changed", "修改敏感词规则", "Rule for sensitive words changed"),
    ("word_rule_removed", "删除敏感词规则", "Rule for sensitive words deleted"),
    ("word_rules_read", "读取敏感词规则", "Rules for sensitive words read"),
    ("watch_added", "新建流失提醒", "Alert for lost friends added"),
    ("watch_changed", "修改流失提醒", "Alert for lost friends changed"),
    ("watch_removed", "删除流失提醒", "Alert for lost friends removed"),
    ("alerts_seen", "已阅流失提醒", "Alerts for lost friends seen"),
    ("moment_posted", "发朋友圈", "Moment posted"),
    ("moment_cancelled", "停止朋友圈", "Moment cancelled"),
    ("own_data_exported", "导出本人资料", "A person's own data exported"),
    ("group_post_recorded", "群发到客户群", "Posted to groups"),
    ("group_post_cancelled", "撤回社群群发", "Post to groups called back"),
    ("group_owners_reminded", "提醒群主", "Owners of groups reminded"),
    ("group_welcome_made", "新建入群欢迎语", "Group welcome made"),
    ("group_welcome_changed", "修改入群欢迎语", "Group welcome changed"),
    ("group_welcome_removed", "删除入群欢迎语", "Group welcome removed"),
    ("campaign_added", "新建活动", "Campaign drafted"),
    ("campaign_changed", "修改活动", "Campaign changed"),
    ("campaign_started", "发布活动", "Campaign started"),
    ("campaign_paused", "暂停活动", "Campaign paused"),
    ("campaign_resumed", "继续活动", "Campaign resumed"),
    ("campaign_ended", "结束活动", "Campaign ended"),
    ("effort_opened", "代客户发起活动", "Effort opened for a person"),
    ("effort_helped", "代客户参与活动", "Effort helped for a person"),
    ("purse_opened", "新建预算", "Purse opened"),
    ("purse_changed", "调整预算", "Purse changed"),
    ("purse_closed", "停用预算", "Purse closed"),
    ("purse_reopened", "重新启用预算", "Purse taken from again"),
    ("reward_settled", "处理奖励", "Reward settled"),
    ("referral_told", "记录推荐关系", "Referral told"),
    ("visitor_identified", "识别小程序访客", "Visitor of the mini program identified"),
):
    action(_name, _zh, _en)

for _kind, _zh, _en, _url in (
    ("staff", "员工", "Staff", "/settings/staff/{}"),
    ("key", "API 密钥", "API key", ""),
    ("write_key", "写入密钥", "Write key", ""),
    ("job", "任务", "Job", ""),
    ("aside", "隔离的数据", "Body set aside", ""),
    ("settings", "设置", "Settings", ""),
    ("profile", "本人", "Oneself", ""),
    ("sign_in", "登录", "Sign-in", ""),
    ("rehearsal", "预演", "Rehearsal", ""),
    ("person", "客户", "Person", "/people/{}"),
    ("tag", "标签", "Tag", ""),
    ("audience", "人群", "Audience", "/audiences/{}"),
    ("layers", "分层", "Layers", "/layers#{}"),
    ("broadcast", "群发", "Broadcast", "/broadcasts/{}"),
    ("task", "员工任务", "Task", "/tasks/{}"),
    ("task_template", "任务模板", "Task template", "/tasks/templates/{}"),
    ("journey", "旅程", "Journey", "/journeys/{}"),
    ("medium", "素材", "Medium", "/media"),
    ("chat", "客服会话", "Conversation", "/service/{}"),
    ("welcome", "欢迎语", "Welcome", "/welcomes/{}"),
    ("way", "渠道码", "Code at WeCom", "/ways/{}"),
    ("scan_code", "活码", "Live code", "/codes/{}"),
    ("live_code", "渠道码", "Code at WeCom", "/ways/{}"),  # what they were called before
    ("campaign", "活动", "Campaign", "/campaigns/{}"),
    ("purse", "预算", "Purse", "/purses/{}"),
    ("reward", "奖励", "Reward", "/rewards/{}"),
    ("moment", "朋友圈", "Moment", "/moments/{}"),
    ("group_post", "社群群发", "Post to groups", "/group-posts/{}"),
    ("group_welcome", "入群欢迎语", "Group welcome", "/group-welcomes/{}"),
    ("hand_over", "转接", "Hand-over", "/hand-over/{}"),
    ("link", "获客链接", "Acquisition link", "/acquisition/{}"),
    ("word_rule", "敏感词规则", "Rule for sensitive words", "/word-rules/{}"),
    ("watch", "流失提醒", "Alert for lost friends", "/lost-friends/rules/{}"),
    ("account", "渠道账号", "Account", ""),
    ("import", "导入", "Import", "/imports/{}"),
    ("hook", "事件推送", "Event webhook", "/settings/hooks/{}"),
    ("hook_delivery", "推送记录", "Delivery", "/settings/hooks/deliveries/{}"),
    ("backup", "备份", "Backup", ""),
):
    subject(_kind, _zh, _en, _url)
