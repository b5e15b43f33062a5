"""Lists, profiles, timelines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from siyu.people import consents, merges, queries, tags
from siyu.people.event_names import NAMES
from siyu.people.finding import find_exactly, identifiers_of
from siyu.people.held import held_merges, held_pairs
from siyu.people.masking import masked
from siyu.people.profile import profile_of
from siyu.people.projection import project_all
from siyu.people.queries import Search, count_people, people_page
from siyu.people.timeline import nodes_of, timeline
from siyu.storage import BadInput, NotFound, Stores
from siyu.storage.eventlog_schema import NOT_BY_PERSON
from tests.people.calls import drained, track
from tests.people.test_identity import resolved


@pytest.fixture
def shop(stores: Stores) -> Stores:
    """Five people; the later the name in the alphabet, the more they bought and the earlier they were seen."""
    base = stores.clock.now()
    for place, name in enumerate(("安", "贝", "陈", "丁", "鄂")):
        user = f"u{place}"
        traits = {"name": f"{name}小姐", "city": ["上海", "杭州"][place % 2], "phone": f"1380013800{place}"}
        calls = [{"type": "identify", "userId": user, "traits": traits, "messageId": f"i{place}"}]
        when = (base - timedelta(days=place)).isoformat()
        products = [{"sku": "A", "name": "面霜", "category": "护肤", "quantity": 1, "price": 10 * place}]
        for order in range(place):
            properties = {"order_id": f"{place}-{order}", "products": products}
            calls.append(track(user, "Order Completed", timestamp=when, properties=properties))
        calls.append(track(user, "Product Viewed", timestamp=when, properties={"sku": "A", "name": "面霜"}))
        drained(stores, *calls)
    project_all(stores)
    return stores


def listed(stores: Stores, **search: object) -> list[str]:
    return [row.name[0] for row in people_page(stores, Search(**search)).rows]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ({"sort": "last_seen"}, "安贝陈丁鄂"),
        ({"sort": "created"}, "鄂丁陈贝安"),
        ({"sort": "orders"}, "鄂丁陈贝安"),
        ({"sort": "spent"}, "鄂丁陈贝安"),
        ({"text": "陈"}, "陈"),
        ({"text": "小姐", "cities": ["杭州"]}, "贝丁"),
        ({"text": "138 0013 8002"}, "陈"),
        ({"text": "u3"}, "丁"),
        ({"text": "#5"}, "鄂"),
        ({"text": "nobody"}, ""),
        ({"orders_min": 3}, "丁鄂"),
        ({"orders_min": 1, "sort": "orders"}, "鄂丁陈贝"),
        ({"orders_min": 1, "cities": ["上海"]}, "陈鄂"),
        ({"spent_min": Decimal(90)}, "丁鄂"),
        ({"kinds": ["phone"], "cities": ["上海"]}, "安陈鄂"),
        ({"kinds": ["email"]}, ""),
        ({"sources": ["web"]}, "安贝陈丁鄂"),
    ],
)
def test_a_list_is_searched_filtered_and_sorted(shop: Stores, search: dict[str, object], names: str) -> None:
    assert listed(shop, **search) == list(names)
    assert count_people(shop, Search(**search)) == len(names)  # type: ignore[arg-type]


@pytest.mark.parametrize("sort", ["last_seen", "created", "orders", "spent"])
def test_pages_join_without_gap_or_repeat(shop: Stores, sort: str) -> None:
    whole = [row.person for row in people_page(shop, Search(sort=sort)).rows]  # type: ignore[arg-type]
    parts: list[int] = []
    cursor = None
    while True:
        page = people_page(shop, Search(sort=sort), cursor, limit=2)  # type: ignore[arg-type]
        parts += [row.person for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert parts == whole


@pytest.mark.parametrize(
    "asked",
    [
        lambda now: Search(),
        lambda now: Search(seen_since=now - timedelta(minutes=45)),
        lambda now: Search(orders_min=1),
        lambda now: Search(cities=["杭州"]),
    ],
    ids=["everybody", "seen since", "bought", "of a city"],
)
def test_the_quick_way_to_the_last_seen_gives_the_same_pages(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, asked: Callable[[datetime], Search]
) -> None:
    base = stores.clock.now()
    moments = [(base - timedelta(minutes=(place * 37) % 60)).isoformat() for place in range(60)]
    drained(stores, *(track(f"u{place % 23}", "x", timestamp=moment) for place, moment in enumerate(moments)))
    drained(stores, *(track(f"u{place % 23}", "x", timestamp=moment) for place, moment in enumerate(moments[:30])))
    bought = {"products": [{"sku": "A", "quantity": 1, "price": 1}]}
    for place in range(0, 23, 2):
        order = track(
            f"u{place}", "Order Completed", timestamp=moments[1], properties=bought | {"order_id": str(place)}
        )
        known = {"type": "identify", "userId": f"u{place}", "traits": {"city": "杭州"}, "messageId": f"i{place}"}
        drained(stores, order, known)
    merges.merge(stores, "staff:1", 2, 9)
    project_all(stores)
    search = asked(base)
    pages: list[list[int]] = []
    for rows_a_person in (1, 10_000):  # 10,000 rows are not there: the plain way
        monkeypatch.setattr(queries, "ROWS_A_PERSON", rows_a_person)
        cursor, seen = None, []
        while True:
            page = people_page(stores, search, cursor, limit=4)
            seen += [row.person for row in page.rows]
            cursor = page.next
            if cursor is None:
                break
        pages.append(seen)
    assert pages[0] == pages[1]
    assert len(pages[0]) == count_people(stores, search) > 4


def test_a_bad_cursor_is_refused(shop: Stores) -> None:
    with pytest.raises(BadInput):
        people_page(shop, Search(), "nonsense")


def test_merged_people_are_one_line_with_the_figures_of_both(shop: Stores) -> None:
    merges.merge(shop, "staff:1", 2, 5)
    project_all(shop)
    (row,) = people_page(shop, Search(text="#5")).rows
    assert (row.person, row.orders, row.spent) == (2, 5, Decimal(170))
    assert count_people(shop, Search()) == 4


def test_filters_by_tag_and_consent(shop: Stores) -> None:
    tag = tags.make_tag(shop, tags.make_group(shop, "肤质"), "干性")
    tags.add_tag(shop, "staff:1", 3, tag)
    consents.state_consent(shop, "person", 4, "marketing", "any", given=True)
    project_all(shop)
    assert listed(shop, tags=[tag]) == ["陈"]
    assert listed(shop, consent="marketing:any") == ["丁"]
    assert listed(shop, consent="-marketing:any") == []


def test_who_has_done_nothing_is_in_the_list_too(stores: Stores) -> None:
    resolved(stores, "user_id=a")
    project_all(stores)
    assert [row.last_seen for row in people_page(stores, Search()).rows] == [None]


def test_a_profile_has_five_classes(shop: Stores) -> None:
    profile = profile_of(shop, 4)
    assert profile.basic["name"] == "丁小姐"
    assert (profile.source.source, profile.source.first_product) == ("web", "面霜")
    assert (profile.behaviour.visits, sum(profile.behaviour.hours)) == (1, 4)
    assert profile.behaviour.hours[8] == 4  # midnight UTC is eight in Shanghai
    assert profile.behaviour.top_products == [("面霜", 1)]
    business = profile.business
    assert (business.orders, business.sales, business.average) == (3, Decimal(90), Decimal(30))
    assert business.top_categories == [("护肤", Decimal(90))]
    assert profile.predictive == {"computed": False}


def test_a_profile_of_somebody_unknown_is_not_found(stores: Stores) -> None:
    with pytest.raises(NotFound):
        profile_of(stores, 77)


def test_a_timeline_is_paged_newest_first_and_filtered(shop: Stores) -> None:
    nodes = nodes_of(shop, 4)
    first = timeline(shop, nodes, limit=2)
    second = timeline(shop, nodes, limit=10, cursor=first.next)
    assert [entry.name for entry in (*first.entries, *second.entries)].count("order_paid") == 3
    assert len(first.entries) + len(second.entries) == 5
    paid = timeline(shop, nodes, names=["order_paid"]).entries
    assert {(entry.zh, entry.detail, entry.amount) for entry in paid} == {("下单付款", "面霜", Decimal(30))}


def test_a_profile_names_what_happened_and_its_last_moments_open_the_timeline(shop: Stores) -> None:
    shown = profile_of(shop, 4)
    assert dict(shown.behaviour.names)["order_paid"] == 3
    assert timeline(shop, shown.nodes, limit=2, newest=shown.newest) == timeline(shop, shown.nodes, limit=2)
    paid = timeline(shop, shown.nodes, limit=2, names=["order_paid"], newest=shown.newest)
    assert paid == timeline(shop, shown.nodes, limit=2, names=["order_paid"])


def test_identifiers_are_masked_unless_they_may_be_seen(shop: Stores) -> None:
    with shop.ledger.read() as conn:
        shown = {held.kind: held.value for held in identifiers_of(conn, [1], whole=False)}
        whole = {held.kind: held.value for held in identifiers_of(conn, [1], whole=True)}
    assert shown == {"user_id": "u0", "phone": "138****8000"}
    assert whole["phone"] == "+8613800138000"
    assert masked("email", "wang@example.com") == "w***@example.com"


def test_held_merges_show_the_persons_of_today(stores: Stores) -> None:
    resolved(stores, "user_id=a phone=1", "member_card=c phone=2")
    resolved(stores, "user_id=a member_card=c")
    with stores.ledger.read() as conn:
        (held,) = held_merges(conn)
        assert (held.low, held.high, held.reason) == (1, 2, "phone")
        assert held_merges(conn, state="kept_apart") == []


def test_what_is_held_between_two_persons_is_one_pair_and_settled_at_once(stores: Stores) -> None:
    resolved(stores, "user_id=a phone=1 unionid=x", "member_card=c phone=2 unionid=y")
    resolved(stores, "user_id=a member_card=c")
    resolved(stores, "user_id=d phone=3", "member_card=e phone=4")
    resolved(stores, "user_id=d member_card=e")
    with stores.ledger.read() as conn:
        newer, older = held_pairs(conn)
        assert [held.reason for held in newer] == ["phone"]
        assert {held.reason for held in older} == {"phone", "unionid"}
        assert held_pairs(conn, after=newer[0].id) == [older]
        assert held_pairs(conn, limit=1) == [newer]
    merges.settle(stores, "staff:1", older[1].id, "keep_apart")
    with stores.ledger.read() as conn:
        assert held_pairs(conn) == [newer]


def test_a_person_is_found_by_any_kind_of_identifier(stores: Stores) -> None:
    resolved(stores, "openid:wx1=oX", "customer:shop=17850")
    assert find_exactly(stores, "oX") == [1]
    assert find_exactly(stores, "17850") == [2]


def test_every_name_that_is_no_visit_is_known_to_the_statistics() -> None:
    assert set(NOT_BY_PERSON) == {name for name, each in NAMES.items() if not each.visit}


@pytest.mark.parametrize("sort", ["last_seen", "created", "orders", "spent"])
def test_the_other_way_round_is_the_same_list_backwards(shop: Stores, sort: queries.Sort) -> None:
    down, up = (_all_pages(shop, Search(sort=sort, ascending=ascending)) for ascending in (False, True))
    assert up == down[::-1]
    assert len(up) == 5


def _all_pages(stores: Stores, search: Search) -> list[int]:
    page = people_page(stores, search, None, limit=2)
    seen = [row.person for row in page.rows]
    while page.next is not None:
        page = people_page(stores, search, page.next, limit=2)
        seen += [row.person for row in page.rows]
    return seen
