"""Background work as an operator reads it. A test sees to it that every handler has its words."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.web.current import t

JOB_WORDS: Mapping[str, tuple[str, str]] = {
    "check_import": ("检查导入的文件", "Check the imported file"),
    "run_import": ("导入数据", "Import"),
    "export_people": ("导出", "Export"),
    "refresh_audience": ("更新一个人群", "Bring an audience up to date"),
    "refresh_audiences": ("更新实时人群", "Bring live audiences up to date"),
    "compute_layers": ("计算分层", "Work out the layers"),
    "compute_first_layers": ("首次计算分层", "Work out new layers"),
    "clear_layers": ("清空已删除的分层", "Clear removed layers"),
    "intend_broadcast": ("准备群发", "Prepare a broadcast"),
    "close_broadcast": ("结束已取消的群发", "Close a cancelled broadcast"),
    "move_journey_people": ("旅程：在途的人转到新版本", "Move people to a journey's new version"),
    "rehearse_journey": ("排练旅程", "Rehearse a journey"),
    "stop_journey": ("旅程：停止后所有人离开", "Everybody leaves a stopped journey"),
    "campaign_recall": ("活动：认出的人补记完成情况", "Campaigns: count what people who became known did"),
    "find_who_is_tired": ("计算疲劳度", "Work out who is tired of messages"),
    "leave_complainers_in_peace": ("投诉客户加入免打扰", "Leave complainers in peace"),
    "erase_events": ("删除个人信息", "Erase personal data"),
    "redeem_coupons": ("按订单核销优惠券", "Redeem coupons that orders used"),
    "end_coupons": ("优惠券到期与到期提醒", "End coupons, tell of those that end soon"),
    "come_of_age": ("更新未成年标记", "Note who came of age"),
    "expire_tags": ("移除到期标签", "Take off expired tags"),
    "forget_old_bodies": ("清理过期原文", "Forget old intake"),
    "forget_old_aside": ("清理过期隔离数据", "Forget old bodies set aside"),
    "forget_old_exports": ("清理过期导出文件", "Forget old exports"),
    "settle_left_acts": ("补记中断的操作", "Settle acts that broke off"),
    "forget_old_deliveries": ("清理推送记录", "Forget old deliveries of webhooks"),
    "forget_old_uploads": ("清理过期导入文件", "Forget old imported files"),
    "forget_old_callbacks": ("清理平台回调记录", "Forget old callbacks of platforms"),
    "make_code_ways": ("为活码创建渠道码", "Make codes at WeCom for a live code"),
    "care_today": ("每天早上的会员关怀", "Care, every morning"),
    "settle_tiers": ("更新会员等级", "Bring tiers up to date"),
    "tiers_at_night": ("每晚更新会员等级并核对成长值", "Tiers every night, and the proof of their values"),
    "try_tier_plan": ("试算等级方案", "Try a plan of tiers on the past"),
    "follow_leads": ("跟踪线索的答复与成交", "Follow what came of leads"),
    "commission": ("结算推荐佣金", "Settle commission on orders"),
    "points_earned": ("按订单与行为发积分", "Points for orders and doings"),
    "points_ended": ("积分到期与预留到期", "End points and holds that are over"),
    "points_proof": ("每晚核对积分账", "Prove the points ledger every night"),
    "score_players": ("活动反作弊评分", "Score who plays campaigns"),
    "forget_seats": ("清理活动限额的旧记录", "Forget old seats of limits"),
    "visitor_posts": ("清理公开页提交记录", "Forget old forms of public pages"),
    "wecom_sync": ("同步企业微信", "Sync WeCom"),
    "wecom_sync_all": ("每晚同步企业微信", "Sync WeCom every night"),
    "wecom_mark_tags": ("在企业微信打标签", "Mark tags at WeCom"),
    "sync_tags": ("同步标签", "Keep tags in step"),
    "wecom_read_links": ("读取获客链接", "Read acquisition links"),
    "wecom_read_all_links": ("每小时读取获客链接", "Read acquisition links every hour"),
    "wecom_read_statistics": ("读取员工与社群数据", "Read what staff and groups did"),
    "wecom_read_all_statistics": ("每晚读取员工与社群数据", "Read what staff and groups did, every night"),
    "wecom_read_word_rules": ("读取敏感词规则", "Read rules for sensitive words"),
    "wecom_read_all_word_rules": ("每晚读取敏感词规则", "Read rules for sensitive words every night"),
    "watch_lost_friends": ("查看流失好友", "Look who left their advisers"),
    "wecom_hand_over": ("转接客户与群", "Hand customers and groups over"),
    "wecom_hand_over_due": ("查看转接结果", "Look at hand-overs"),
    "wecom_read_unassigned": ("读取待分配客户", "Read customers of members who left"),
    "wecom_read_all_unassigned": ("定时读取待分配客户", "Read customers of members who left, by schedule"),
    "wecom_publish_moments": ("发表朋友圈", "Publish moments"),
    "wecom_moments_due": ("查看朋友圈结果", "Look at moments"),
    "wecom_post_to_groups": ("群发到客户群", "Post to groups"),
    "wecom_group_posts_due": ("查看社群群发结果", "Look at posts to groups"),
    "forget_old_wecom": ("清理企业微信记录", "Forget old records of WeCom"),
    "read_wechat_users": ("读取公众号粉丝资料", "Read followers of official accounts"),
    "list_wechat_followers": ("读取公众号粉丝列表", "List followers of official accounts"),
    "wechat_mark_tags": ("在公众号打标签", "Tag followers at the official account"),
    "read_linked_tags": ("每晚核对公众号标签", "Compare tags of official accounts every night"),
    "wecom_reread": ("读取企业微信的变化", "Read what changed on WeCom"),
    "read_order_details": ("查询订单全文", "Ask for whole orders"),
    "backfill_orders": ("补读历史订单", "Read orders of before"),
    "read_leads": ("读取巨量引擎线索", "Read leads of Ocean Engine"),
    "note_conversions": ("登记线索转化", "Note what became of leads"),
    "send_conversions": ("回传线索转化", "Tell what became of leads"),
    "forget_wechat_sends": ("清理公众号与小程序发送记录", "Forget old sends of WeChat accounts"),
    "forget_sms_sends": ("清理短信发送记录", "Forget old sends of text messages"),
    "renew_media_of_welcomes": ("续传欢迎语的素材", "Renew the media of welcomes"),
    "cold_start": ("跟进邀请名单", "Follow invite lists"),
    "wecom_ways": ("维护渠道码", "Keep codes at WeCom going"),
    "goods_of_orders": ("从订单更新商品", "Goods seen in orders"),
    "offer_orders": ("订单归属到下单链接", "Orders that came of links"),
    "goods_cycles": ("按订单推算使用周期", "How long goods last, by orders"),
    "forget_old_jobs": ("清理任务记录", "Forget old jobs"),
}


def job_words(name: str) -> str:
    """What a job does; its own name where nobody gave words."""
    words = JOB_WORDS.get(name)
    return name if words is None else t(*words)


def names_like(text: str) -> list[str]:
    """The names of the jobs whose words, in either language, or own name hold this text."""
    wanted = text.casefold()
    return [name for name, words in JOB_WORDS.items() if any(wanted in each.casefold() for each in (name, *words))]
