"""The rooms: their tables, what registers itself, and who tells whom."""

from __future__ import annotations

from importlib import import_module

from siyu.audiences import exported
from siyu.audiences import tables as audience_tables
from siyu.audiences.layers import layers_of
from siyu.channels import tables as channel_tables
from siyu.channels.douyin import tables as douyin_tables
from siyu.channels.douyin import windows as douyin_windows
from siyu.channels.ocean import tables as ocean_tables
from siyu.channels.orders import mirror as order_mirror
from siyu.channels.orders import tables as order_tables
from siyu.channels.platform import tables as platform_tables
from siyu.channels.sms import tables as sms_tables
from siyu.channels.wechat import forgetting as wechat_forgetting
from siyu.channels.wechat import tables as wechat_tables
from siyu.channels.wecom import sending_tables as wecom_sending_tables
from siyu.channels.wecom import tables as wecom_tables
from siyu.channels.wecom.acquisition import tables as wecom_acquisition_tables
from siyu.channels.wecom.forgetting import forget_customer
from siyu.channels.wecom.group_posts import tables as wecom_group_post_tables
from siyu.channels.wecom.group_welcomes import tables as wecom_group_welcome_tables
from siyu.channels.wecom.moments import tables as wecom_moment_tables
from siyu.channels.wecom.service import tables as wecom_service_tables
from siyu.channels.wecom.statistics import tables as wecom_statistic_tables
from siyu.channels.wecom.transfers import tables as wecom_transfer_tables
from siyu.channels.wecom.word_rules import tables as wecom_word_rule_tables
from siyu.commerce import forgetting as commerce_forgetting
from siyu.commerce import tables as commerce_tables
from siyu.commerce.offers import asking
from siyu.content.calendar import tables as calendar_tables
from siyu.content.links import forgetting as content_link_forgetting
from siyu.content.links import opening as content_link_opening
from siyu.content.links import tables as content_link_tables
from siyu.content.personas import tables as persona_tables
from siyu.content.pieces import tables as piece_tables
from siyu.content.scripts import forgetting as script_forgetting
from siyu.content.scripts import tables as script_tables
from siyu.content.ugc import keeping as ugc_keeping
from siyu.content.ugc import tables as ugc_tables
from siyu.content.wording import tables as wording_tables
from siyu.growth.campaigns import following as campaign_following
from siyu.growth.campaigns import forgetting as campaign_forgetting
from siyu.growth.campaigns import tables as campaign_tables
from siyu.growth.cheating import forgetting as cheating_forgetting
from siyu.growth.cheating import holding
from siyu.growth.cheating import tables as cheating_tables
from siyu.growth.codes import choices
from siyu.growth.codes import forgetting as scan_forgetting
from siyu.growth.codes import tables as code_tables
from siyu.growth.cold_start import tables as cold_tables
from siyu.growth.leads import forgetting as lead_forgetting
from siyu.growth.leads import tables as lead_tables
from siyu.growth.mechanics.commission import tables as commission_tables
from siyu.growth.paths import tables as path_tables
from siyu.growth.payouts import forgetting as payout_forgetting
from siyu.growth.payouts import tables as payout_tables
from siyu.growth.posters import forgetting as poster_forgetting
from siyu.growth.posters import tables as poster_tables
from siyu.growth.purses import forgetting as purse_forgetting
from siyu.growth.purses import granting
from siyu.growth.purses import tables as purse_tables
from siyu.growth.referral import bringing
from siyu.growth.referral import tables as referral_tables
from siyu.growth.touchpoints import tables as touchpoint_tables
from siyu.growth.visitors import devices
from siyu.growth.visitors import forgetting as visitor_forgetting
from siyu.growth.visitors import tables as visitor_tables
from siyu.growth.ways import tables as way_tables
from siyu.growth.ways.ways import working_ways
from siyu.hooks import tables as hook_tables
from siyu.jobs import tables as job_tables
from siyu.loyalty.care import forgetting as care_forgetting
from siyu.loyalty.care import tables as care_tables
from siyu.loyalty.coupons import forgetting as coupon_forgetting
from siyu.loyalty.coupons import tables as coupon_tables
from siyu.loyalty.points import forgetting as point_forgetting
from siyu.loyalty.points import tables as point_tables
from siyu.loyalty.points import tasks as point_tasks
from siyu.loyalty.tiers import attribute as tier_attribute
from siyu.loyalty.tiers import forgetting as tier_forgetting
from siyu.loyalty.tiers import settling as tier_settling
from siyu.loyalty.tiers import tables as tier_tables
from siyu.loyalty.tiers.rights import tiers_of
from siyu.people import erasure, families, projection
from siyu.people import tables as people_tables
from siyu.reach import link_alerts, offer_coupons
from siyu.reach import pieces as reach_pieces
from siyu.reach import tables as reach_tables
from siyu.reach.journeys import codes as journey_codes
from siyu.reach.journeys import tables as journey_tables
from siyu.reach.lost_friends import tables as lost_friend_tables
from siyu.reach.promises import forgetting as promise_forgetting
from siyu.reach.promises import tables as promise_tables
from siyu.reach.staff_tasks import forgetting as task_forgetting
from siyu.reach.staff_tasks import tables as task_tables
from siyu.reach.tagging import tables as tagging_tables
from siyu.staff import tables as staff_tables

TABLES = (
    job_tables,
    people_tables,
    channel_tables,
    platform_tables,
    wecom_tables,
    wecom_sending_tables,
    wecom_service_tables,
    wecom_acquisition_tables,
    wecom_group_post_tables,
    wecom_group_welcome_tables,
    wecom_moment_tables,
    wecom_statistic_tables,
    wecom_transfer_tables,
    wecom_word_rule_tables,
    order_tables,
    ocean_tables,
    wechat_tables,
    douyin_tables,
    sms_tables,
    staff_tables,
    audience_tables,
    point_tables,
    tier_tables,
    commerce_tables,
    content_link_tables,
    coupon_tables,
    care_tables,
    piece_tables,
    script_tables,
    ugc_tables,
    persona_tables,
    wording_tables,
    calendar_tables,
    reach_tables,
    tagging_tables,
    lost_friend_tables,
    task_tables,
    promise_tables,
    journey_tables,
    way_tables,
    purse_tables,
    payout_tables,
    referral_tables,
    campaign_tables,
    cheating_tables,
    commission_tables,
    visitor_tables,
    code_tables,
    touchpoint_tables,
    path_tables,
    cold_tables,
    lead_tables,
    poster_tables,
    hook_tables,
)
"""Naming them makes the ledger know every room's tables before it is opened."""

REGISTERING = (
    "siyu.people.importing.running",
    "siyu.people.exporting.keeping",
    "siyu.people.erasure",
    "siyu.people.files_left",
    "siyu.people.housekeeping",
    "siyu.people.tags",
    "siyu.channels.platform.tasks",
    "siyu.channels.wecom.forgetting",
    "siyu.channels.ocean.tasks",
    "siyu.channels.orders.tasks",
    "siyu.channels.wecom.tasks",
    "siyu.channels.wecom.acquisition.tasks",
    "siyu.channels.wecom.statistics.tasks",
    "siyu.channels.wecom.transfers.tasks",
    "siyu.channels.wecom.word_rules.tasks",
    "siyu.channels.wecom.moments.tasks",
    "siyu.channels.wecom.group_posts.tasks",
    "siyu.channels.official_account.reading",
    "siyu.channels.wechat.tasks",
    "siyu.channels.sms.tasks",
    "siyu.audiences.tasks",
    "siyu.loyalty.tiers.tasks",
    "siyu.loyalty.care.tasks",
    "siyu.content.pieces.keeping",
    "siyu.insight.reports",
    "siyu.commerce.goods.following",
    "siyu.commerce.goods.cycles",
    "siyu.commerce.links.attributing",
    "siyu.loyalty.coupons.tasks",
    "siyu.loyalty.points.tasks",
    "siyu.reach.tagging.tasks",
    "siyu.reach.journeys.rehearsals",
    "siyu.reach.journeys.tasks",
    "siyu.reach.tasks",
    "siyu.reach.lost_friends.tasks",
    "siyu.reach.conversions",
    "siyu.growth.cheating.scoring",
    "siyu.growth.codes.tasks",
    "siyu.growth.cold_start.following",
    "siyu.growth.leads.following",
    "siyu.growth.visitors.posts",
    "siyu.growth.ways.tasks",
    "siyu.growth.mechanics",
    "siyu.growth.payouts.giving",
    "siyu.growth.purses.coupons",
    "siyu.reach.journeys.coupons",
    "siyu.growth.purses.points",
    "siyu.reach.journeys.points",
    "siyu.hooks.tasks",
)
"""Importing them registers the jobs, schedules, preferences and reports of every room."""


def load_rooms() -> None:
    """Import what registers itself, and bind who tells whom."""
    for name in REGISTERING:
        import_module(name)
    projection.provide_layers(tier_attribute.beside(layers_of))
    families.also_told(bringing.mark_parted)
    families.also_told(campaign_following.joined)
    families.also_told(tier_settling.parted_or_joined)
    granting.also_told(bringing.mark_granted)
    granting.also_asked(holding.keep_under_review)
    exported.bind()
    devices.when_bound(choices.tag_bound)
    journey_codes.provide_codes(working_ways)
    point_tasks.provide_tiers(tiers_of)
    erasure.also_forget_nodes(tier_forgetting.forget_people)
    erasure.also_forget_nodes(care_forgetting.forget_people)
    erasure.also_forget_nodes(point_forgetting.forget_people)
    ugc_keeping.also_told(reach_pieces.stop_saying)
    erasure.also_forget_nodes(script_forgetting.forget_people)
    erasure.also_forget_nodes(ugc_keeping.forget_people)
    erasure.also_forget_nodes(task_forgetting.forget_people)
    erasure.also_forget_nodes(purse_forgetting.forget_people)
    erasure.also_forget_nodes(payout_forgetting.forget_people)
    erasure.also_forget_nodes(coupon_forgetting.forget_people)
    erasure.also_forget_nodes(campaign_forgetting.forget_people)
    erasure.also_forget_nodes(cheating_forgetting.forget_people)
    erasure.also_forget_nodes(scan_forgetting.forget_people)
    erasure.also_forget_nodes(lead_forgetting.forget_people)
    erasure.also_forget_nodes(visitor_forgetting.forget_people)
    erasure.also_forget_nodes(poster_forgetting.forget_people)
    erasure.also_forget_nodes(commerce_forgetting.forget_people)
    erasure.also_forget_nodes(content_link_forgetting.forget_people)
    erasure.also_forget_nodes(promise_forgetting.forget_people)
    content_link_opening.when_opened(link_alerts.tell)
    asking.provide_worth(offer_coupons.worth)
    erasure.also_forget(order_mirror.forget_buyers)
    erasure.also_forget(forget_customer)
    erasure.also_forget(wechat_forgetting.forget_people)
    erasure.also_forget(douyin_windows.forget_people)
