"""Everything that is kept of one person, for the person who asks for it (PIPL article 45): rows and events, whole.

A table is about a person by their number (all nodes of it, merges applied) or by an identifier; both are said here,
once for every table. A table that says neither is in :data:`NOBODY`, with the reason; a test holds the two together
against the schema, so that a new table can't be forgotten.

Not in it: bodies that the inbox and the callbacks hold until they are read (minutes) and then until they are forgotten
(days); files that were imported or exported; what only the platforms keep.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences.tables import person_layers
from siyu.channels.douyin.tables import douyin_windows
from siyu.channels.orders.tables import shop_details, shop_order_buyers, shop_order_parts, shop_orders
from siyu.channels.wechat.tables import (
    wechat_grants,
    wechat_results,
    wechat_sends,
    wechat_tag_changes,
    wechat_tag_marks,
    wechat_users,
    wechat_windows,
)
from siyu.channels.wecom.acquisition.tables import wecom_link_customers
from siyu.channels.wecom.moments.tables import wecom_moment_people
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_texts
from siyu.channels.wecom.service.tables import wecom_kf_chats, wecom_kf_messages
from siyu.channels.wecom.tables import wecom_contacts, wecom_group_members, wecom_tag_changes, wecom_tag_marks
from siyu.channels.wecom.transfers.tables import wecom_handover_items, wecom_unassigned
from siyu.commerce.tables import offer_claims, offer_orders, offers
from siyu.content.links.tables import content_hops, content_objections, content_reads
from siyu.content.scripts.tables import content_sayings
from siyu.content.ugc.tables import ugc_posts
from siyu.growth.campaigns.tables import campaign_tickets, campaign_visits, contributions, efforts
from siyu.growth.cheating.tables import limit_seats, reward_reviews, suspicions
from siyu.growth.codes.tables import scan_places
from siyu.growth.cold_start.tables import cold_invites
from siyu.growth.leads.tables import lead_looks, leads
from siyu.growth.mechanics.commission.tables import commission_sales
from siyu.growth.payouts.tables import payouts
from siyu.growth.posters.tables import poster_faces
from siyu.growth.purses.tables import reward_steps, rewards
from siyu.growth.referral.tables import kin, kin_changes, referrals
from siyu.growth.visitors.tables import visitor_devices, visitor_posts
from siyu.hooks.tables import hook_attempts, hook_deliveries
from siyu.loyalty.coupons.tables import coupon_steps, coupons
from siyu.loyalty.points.tables import point_accounts, point_entries, point_holds, point_lots, point_postings
from siyu.loyalty.tiers.tables import tier_agents, tier_changes, tier_facts, tier_stale, tier_standings
from siyu.people import families, timeline
from siyu.people.merges import kept_person
from siyu.people.tables import (
    changed_people,
    conflicts,
    consent_log,
    consents,
    identifiers,
    merges,
    own_events,
    people,
    person_tags,
)
from siyu.reach.journeys.tables import journey_people
from siyu.reach.lost_friends.tables import lost_alerts
from siyu.reach.promises.tables import promises
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.reach.tables import attempts, blocklist, cool_downs, outbox, tired
from siyu.reach.tagging.tables import tag_acts
from siyu.staff.tables import audit
from siyu.storage import Stores, sent

WORDS = ("zh", "en", "icon", "kind", "detail")
"""What a page shows beside an event."""
FORMAT = 1


@dataclass(frozen=True)
class Whom:
    """One person: every node of theirs, and every identifier (kind, value)."""

    conn: Connection
    nodes: Sequence[int]
    known: Sequence[tuple[str, str]]

    def numbers(self) -> sa.Select[tuple[int]]:
        """SQL: the nodes."""
        return sa.select(sent(self.conn, person=(sa.BigInteger, list(self.nodes))).c.person)

    def values(self, *kinds: str) -> sa.Select[tuple[str]]:
        """SQL: identifiers of these kinds; ``openid`` also means ``openid:<app>``."""
        found = [value for kind, value in self.known if kind.partition(":")[0] in kinds]
        return sa.select(sent(self.conn, value=(sa.Text, found)).c.value)


Mine = Callable[[Whom], sa.ColumnElement[bool]]


def _numbered(*columns: sa.Column[Any]) -> Mine:
    return lambda whom: sa.or_(*(column.in_(whom.numbers()) for column in columns))


def _called(column: sa.Column[Any], *kinds: str) -> Mine:
    return lambda whom: column.in_(whom.values(*kinds))


def _customer(column: sa.Column[Any]) -> Mine:
    return _called(column, "external_userid")


def _under(column: sa.Column[Any], above: sa.Column[Any], mine: Mine) -> Mine:
    """Rows that hang on rows of another table."""
    return lambda whom: column.in_(sa.select(above).where(mine(whom)))


def _buyer(whom: Whom) -> sa.ColumnElement[bool]:
    rows = sent(
        whom.conn,
        kind=(sa.Text, [kind for kind, _ in whom.known]),
        value=(sa.Text, [value for _, value in whom.known]),
    )
    mine = sa.and_(rows.c.kind == shop_order_buyers.c.kind, rows.c.value == shop_order_buyers.c.value)
    return sa.exists().where(mine)


def _ordered(table: sa.Table) -> Mine:
    def mine(whom: Whom) -> sa.ColumnElement[bool]:
        same = sa.and_(shop_order_buyers.c.account == table.c.account, shop_order_buyers.c.number == table.c.number)
        return sa.exists().where(same, _buyer(whom))

    return mine


def _subject(whom: Whom) -> sa.ColumnElement[bool]:
    return audit.c.subject.in_([f"person:{node}" for node in whom.nodes])


def _handed_over(whom: Whom) -> sa.ColumnElement[bool]:
    item = wecom_handover_items.c
    return sa.and_(item.kind == "customer", item.item.in_(whom.values("external_userid")))


def _with_points(table: sa.Table) -> Mine:
    """Accounts and entries of a person; others are the shop's own."""
    theirs = table.c.kind.in_(("person", "held", "owed"))
    return lambda whom: sa.and_(theirs, table.c.of.in_(whom.numbers()))


_POSTINGS = _under(point_postings.c.id, point_entries.c.posting, _with_points(point_entries))
_OPENIDS = ("openid", "mp_openid")
KEPT: Mapping[sa.Table, Mine] = {
    people: _numbered(people.c.person),
    identifiers: _numbered(identifiers.c.person),
    merges: _numbered(merges.c.kept, merges.c.absorbed),
    conflicts: _numbered(conflicts.c.low, conflicts.c.high),
    person_tags: _numbered(person_tags.c.person),
    consents: _numbered(consents.c.person),
    consent_log: _numbered(consent_log.c.person),
    own_events: _numbered(own_events.c.person),
    changed_people: _numbered(changed_people.c.person),
    person_layers: _numbered(person_layers.c.person),
    tag_acts: _numbered(tag_acts.c.person),
    blocklist: _numbered(blocklist.c.person),
    staff_tasks: _numbered(staff_tasks.c.person),
    journey_people: _numbered(journey_people.c.person),
    cool_downs: _numbered(cool_downs.c.person),
    tired: _numbered(tired.c.person),
    outbox: _numbered(outbox.c.person),
    attempts: _under(attempts.c.message, outbox.c.id, _numbered(outbox.c.person)),
    hook_deliveries: _numbered(hook_deliveries.c.person),
    hook_attempts: _under(hook_attempts.c.delivery, hook_deliveries.c.id, _numbered(hook_deliveries.c.person)),
    referrals: _numbered(referrals.c.person, referrals.c.inviter),
    kin: _numbered(kin.c.person),
    kin_changes: _numbered(kin_changes.c.person),
    efforts: _numbered(efforts.c.person),
    contributions: _numbered(contributions.c.person),
    campaign_tickets: _numbered(campaign_tickets.c.person),
    commission_sales: _numbered(commission_sales.c.buyer),
    campaign_visits: _under(campaign_visits.c.device, visitor_devices.c.device, _numbered(visitor_devices.c.person)),
    cold_invites: _numbered(cold_invites.c.person),
    limit_seats: lambda whom: sa.case(
        (limit_seats.c.sort == "person", sa.cast(limit_seats.c.mark, sa.BigInteger)), else_=limit_seats.c.seat
    ).in_(whom.numbers()),
    suspicions: _numbered(suspicions.c.person),
    reward_reviews: _under(reward_reviews.c.reward, rewards.c.id, _numbered(rewards.c.person)),
    poster_faces: _numbered(poster_faces.c.person),
    rewards: _numbered(rewards.c.person),
    payouts: _under(payouts.c.reward, rewards.c.id, _numbered(rewards.c.person)),
    reward_steps: _under(reward_steps.c.reward, rewards.c.id, _numbered(rewards.c.person)),
    coupons: _numbered(coupons.c.person),
    coupon_steps: _under(coupon_steps.c.coupon, coupons.c.id, _numbered(coupons.c.person)),
    point_accounts: _with_points(point_accounts),
    point_postings: _POSTINGS,
    point_entries: _with_points(point_entries),
    point_lots: _numbered(point_lots.c.of),
    point_holds: _under(point_holds.c.hold, point_postings.c.id, _POSTINGS),
    tier_facts: _numbered(tier_facts.c.person),
    tier_standings: _numbered(tier_standings.c.person),
    tier_changes: _numbered(tier_changes.c.person),
    tier_stale: _numbered(tier_stale.c.person),
    tier_agents: _numbered(tier_agents.c.person),
    offers: lambda whom: sa.and_(
        offers.c.to == "person", offers.c.whom.in_(sa.select(sa.cast(whom.numbers().subquery().c.person, sa.Text)))
    ),
    promises: _numbered(promises.c.person),
    content_hops: _numbered(content_hops.c.person),
    content_reads: _under(content_reads.c.hop, content_hops.c.id, _numbered(content_hops.c.person)),
    content_objections: _under(
        content_objections.c.device, visitor_devices.c.device, _numbered(visitor_devices.c.person)
    ),
    offer_claims: _numbered(offer_claims.c.person),
    offer_orders: _numbered(offer_orders.c.person),
    lost_alerts: _numbered(lost_alerts.c.person),
    scan_places: lambda whom: sa.or_(
        scan_places.c.person.in_(whom.numbers()),
        scan_places.c.who.in_(
            sa.select(sa.literal("d") + visitor_devices.c.device).where(visitor_devices.c.person.in_(whom.numbers()))
        ),
    ),
    leads: _numbered(leads.c.person),
    content_sayings: _numbered(content_sayings.c.person),
    ugc_posts: _numbered(ugc_posts.c.person),
    lead_looks: _under(lead_looks.c.device, visitor_devices.c.device, _numbered(visitor_devices.c.person)),
    visitor_devices: _numbered(visitor_devices.c.person),
    visitor_posts: _under(visitor_posts.c.device, visitor_devices.c.device, _numbered(visitor_devices.c.person)),
    audit: _subject,
    wecom_contacts: _customer(wecom_contacts.c.external_userid),
    wecom_group_members: _customer(wecom_group_members.c.member),
    wecom_tag_changes: _customer(wecom_tag_changes.c.external_userid),
    wecom_tag_marks: _customer(wecom_tag_marks.c.external_userid),
    wecom_sends: _customer(wecom_sends.c.external_userid),
    wecom_texts: _under(wecom_texts.c.hash, wecom_sends.c.text, _customer(wecom_sends.c.external_userid)),
    wecom_kf_chats: _customer(wecom_kf_chats.c.external_userid),
    wecom_kf_messages: _under(
        wecom_kf_messages.c.chat, wecom_kf_chats.c.id, _customer(wecom_kf_chats.c.external_userid)
    ),
    wecom_link_customers: _customer(wecom_link_customers.c.external_userid),
    wecom_handover_items: _handed_over,
    wecom_unassigned: _customer(wecom_unassigned.c.external_userid),
    wecom_moment_people: _customer(wecom_moment_people.c.external_userid),
    wechat_users: _called(wechat_users.c.openid, *_OPENIDS),
    wechat_windows: _called(wechat_windows.c.openid, *_OPENIDS),
    wechat_grants: _called(wechat_grants.c.openid, *_OPENIDS),
    wechat_sends: _called(wechat_sends.c.openid, *_OPENIDS),
    wechat_results: _called(wechat_results.c.openid, *_OPENIDS),
    wechat_tag_changes: _called(wechat_tag_changes.c.openid, *_OPENIDS),
    wechat_tag_marks: _called(wechat_tag_marks.c.openid, *_OPENIDS),
    douyin_windows: _called(douyin_windows.c.open_id, "douyin_openid"),
    shop_order_buyers: _buyer,
    shop_orders: _ordered(shop_orders),
    shop_order_parts: _ordered(shop_order_parts),
    shop_details: _ordered(shop_details),
}
"""Which rows of which table are about a person."""

_SHOP, _ROUND, _STAFF = "about the shop", "passes within minutes", "about staff"
NOBODY: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("accounts", "media", "platform_tokens", "platform_lanes", "platform_slots", "paces", "guard_rules"),
            "account_prices",
            *("audiences", "audience_versions", "layer_schemes", "broadcasts", "welcome_rules", "tag_groups", "tags"),
            *(
                "tag_links",
                "tag_choices",
                "hooks",
                "wecom_ways",
                "live_codes",
                "write_keys",
                "imports",
                "shop_feeds",
                "batches",
            ),
            *("wecom_departments", "wecom_groups", "wecom_tags", "wecom_links", "wecom_balances", "wecom_reads"),
            *("wecom_kf_pulls", "wecom_kf_places", "wecom_media", "wecom_tasks", "wecom_acquisition_links"),
            *("wecom_quotas", "wecom_moments", "wecom_group_welcomes", "wecom_group_posts", "wecom_group_tasks"),
            *("wecom_group_post_items", "wecom_handovers", "wechat_codes", "wechat_tags", "wechat_readings"),
            *("wecom_word_rules", "lost_rules", "purses", "campaigns", "campaign_stocks", "campaign_limits"),
            *("task_texts", "task_templates"),
            *("journeys", "journey_versions", "journey_counts", "journey_rehearsals"),
            *("live_codes", "code_targets", "code_days"),
            *("goods", "goods_changes", "order_links", "content_links"),
            *("touchpoints", "touchpoint_marks", "touchpoint_costs", "entry_paths", "cold_lists"),
            *("lead_forms", "lead_texts", "lead_slots", "lead_refusals"),
            *("posters", "campaign_posters", "point_rules", "tier_plans", "tier_trials"),
            *("coupon_kinds", "purse_coupons"),
            *("content_pieces", "content_versions", "content_uses"),
            *("ugc_calls", "ugc_texts", "personas"),
            *("wording_words", "content_plans", "content_days"),
            *("callback_doors", "platform_uses", "platform_faults", "shop_backfills"),
            *("ocean_reads", "schedules", "cursors", "settings", "turns", "schema_steps"),
        ),
        _SHOP,
    ),
    **dict.fromkeys(("staff", "wrong_passwords", "sign_ins", "platform_staff", "platform_sign_ins"), _STAFF),
    **dict.fromkeys(("api_keys", "saved_views", "acts", "tier_agent_pool"), _STAFF),
    **dict.fromkeys(("content_favourites", "persona_speakers"), _STAFF),
    **dict.fromkeys(("wecom_members", "wecom_moment_parts", "wecom_member_days", "wecom_group_days"), _STAFF),
    **dict.fromkeys(("jobs", "welcomes", "news", "wecom_statistic_reads"), _ROUND),
    "limit_counts": "how many, of marks that tell nothing",
    "answered_calls": "an answer to a machine, for a day",
    "callbacks_seen": "fingerprints of callbacks",
    "set_aside": "bodies that could not be read, until somebody has looked; whom they name is erased in them",
    "callbacks_strange": "callbacks of no known kind, as they came, for some days",
    "broadcast_members": "numbers of an audience, packed; the outbox tells whom it was for",
    "own_events_of_many": "numbers of many, packed, within seconds on their way to the event log; the events tell them",
    "order_keys": "numbers of orders; the events tell them",
    "wechat_calls": "a call to many; wechat_sends tells whom",
    "sms_sends": "numbers of messages; the outbox tells whom",
    "ocean_clues": "numbers of leads; the events tell them",
    "ocean_conversions": "numbers of leads; the events tell them",
}
"""Tables that are about nobody who could ask, by name, and why."""


def everything_of(stores: Stores, person: int) -> dict[str, Any]:
    """All that is kept of a person, ready for JSON: ``tables`` by name, each a list of rows as they stand; ``events``,
    the newest first. Of who was erased, what is left. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        kept = kept_person(conn, person)
        nodes = list(families.members_of(conn, [kept])[kept])
        held = sa.select(identifiers.c.kind, identifiers.c.value).where(identifiers.c.person.in_(nodes))
        whom = Whom(conn, nodes, [(row.kind, row.value) for row in conn.execute(held)])
        tables = {table.name: _rows(conn, table, mine(whom)) for table, mine in KEPT.items()}
    return {
        "format": FORMAT,
        "at": stores.clock.now().isoformat(),
        "person": kept,
        "nodes": nodes,
        "tables": {name: rows for name, rows in tables.items() if rows},
        "events": _events(stores, nodes),
    }


def _rows(conn: Connection, table: sa.Table, mine: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    query = sa.select(table).where(mine).order_by(*table.primary_key.columns)
    return [{name: _plain(value) for name, value in row.items()} for row in conn.execute(query).mappings()]


def _events(stores: Stores, nodes: Sequence[int]) -> list[dict[str, Any]]:
    """Every event of these nodes, the newest first, read in turns."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = timeline.timeline(stores, nodes, cursor=cursor, limit=timeline.PAGE_MAX)
        found += [
            {name: value for name, value in msgspec.to_builtins(each).items() if name not in WORDS}
            for each in page.entries
        ]
        cursor = page.next
        if cursor is None:
            return found


def _plain(value: Any) -> Any:
    """As JSON takes it; bytes in base64."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
