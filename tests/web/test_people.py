"""The pages of people."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.jobs.turns import run_until_empty
from siyu.people import actions, merges, tags
from siyu.people.actions import append_own
from siyu.people.drain import Drain
from siyu.people.event_names import NAMES
from siyu.people.projection import project_all
from siyu.people.tables import consents, person_tags
from siyu.staff.tables import audit
from siyu.web.build_static import icons_used
from siyu.web.console.person import ENTRIES_A_PAGE
from tests.people.calls import drained, track
from tests.people.test_identity import kept, resolved
from tests.web.conftest import Console


@pytest.fixture
def shop(console: Console) -> Console:
    paid = {"order_id": "1", "products": [{"sku": "A", "name": "面霜", "quantity": 2, "price": 30}]}
    traits = {"name": "王丽<b>", "phone": "13800138000", "city": "杭州", "skin": "dry"}
    drained(
        console.stores,
        {"type": "identify", "userId": "wang", "traits": traits},
        track("wang", "Order Completed", properties=paid),
        *(track("wang", f"step {place:02d}") for place in range(40)),
        track("li", "Product Viewed", properties={"name": "口红"}),
    )
    project_all(console.stores)
    return console


def test_the_list_shows_people_and_filters_by_the_address(shop: Console) -> None:
    page = shop.sign_in().get("/people").text
    assert "王丽&lt;b&gt;" in page
    assert "¥60.00" in page
    assert "王丽" not in shop.get("/people?q=nobody").text
    assert "王丽" in shop.get("/people?q=138%200013%208000").text
    assert "王丽" in shop.get("/people?seen=30&consent=&orders=1&sort=-spent&columns=name,spent").text
    assert shop.get("/people?cursor=rubbish").status_code == 400


def test_a_persons_page_shows_five_classes_and_the_timeline(shop: Console) -> None:
    page = shop.sign_in().get("/people/1").text
    for words in ("王丽&lt;b&gt;", "来源", "行为", "业务", "尚未计算", "面霜", "¥60.00", "+8613800138000"):
        assert words in page


def test_the_best_hour_is_fetched_behind_a_persons_page(shop: Console) -> None:
    page = shop.sign_in().get("/people/1").text
    assert 'hx-get="/people/1/best-hour"' in page
    card = shop.get("/people/1/best-hour").text
    assert "最佳时段" in card
    assert "依据本人近 90 天" in card
    assert card.count('class="hour-cell') == 48


@pytest.mark.parametrize(("role", "phone"), [("operator", "138****8000"), ("adviser", "+8613800138000")])
def test_phones_are_masked_unless_the_role_may_see_them(shop: Console, role: str, phone: str) -> None:
    page = shop.sign_in(role).get("/people/1").text
    assert phone in page
    assert ("+8613800138000" in page) == (role == "adviser")


def test_the_timeline_goes_on_by_its_cursor(shop: Console) -> None:
    page = shop.sign_in().get("/people/1?part=timeline", **{"HX-Request": "true"}).text
    counts = [page.count('class="entry ')]
    while "part=timeline&cursor=" in page:
        following = page.split("part=timeline&cursor=")[1].split('"')[0]
        page = shop.get(f"/people/1?part=timeline&cursor={following}", **{"HX-Request": "true"}).text
        assert page.lstrip().startswith("<li")
        counts.append(page.count('class="entry '))
    assert counts[0] == ENTRIES_A_PAGE
    assert sum(counts) == 42


def test_a_person_that_is_not_there_is_not_found(shop: Console) -> None:
    assert shop.sign_in().get("/people/99").status_code == 404


def test_tags_are_given_and_taken_in_place(shop: Console) -> None:
    shop.sign_in()
    assert shop.post("/tags/groups", {"name": "肤质", "exclusive": "1"}).status_code == 303
    shop.post("/tags/groups/1", {"tag_name": "干性"})
    assert "干性" in shop.get("/tags").text
    shop.post("/people/1/tags", {"tag": "1", "expires": "2027-01-01"})
    assert "到期 2027-01-01" in shop.get("/people/1").text
    shop.post("/people/1/tags/1/remove")
    with shop.stores.ledger.read() as conn:
        assert conn.execute(sa.select(person_tags)).all() == []
        actions = conn.execute(sa.select(audit.c.action)).scalars().all()
    assert {"tag_group_created", "tag_created", "tag_added", "tag_removed"} <= set(actions)


def test_a_bad_tag_group_comes_back_with_its_error(shop: Console) -> None:
    answer = shop.sign_in().post("/tags/groups", {"name": ""})
    assert (answer.status_code, "请填写" in answer.text) == (422, True)


def test_consent_is_switched(shop: Console) -> None:
    shop.sign_in("agent").post("/people/1/consent", {"purpose": "marketing", "channel": "email", "given": "1"})
    with shop.stores.ledger.read() as conn:
        row = conn.execute(sa.select(consents)).one()
    assert (row.purpose, row.channel, row.given) == ("marketing", "email", True)


def test_the_profile_is_edited_and_keeps_types(shop: Console) -> None:
    shop.sign_in()
    page = shop.get("/people/1/edit").text
    assert "skin: dry" in page
    fields = {"name": "王丽", "city": "", "attributes": "skin: oily\nlevel：3"}
    assert shop.post("/people/1/edit", fields).status_code == 303
    page = shop.get("/people/1").text
    assert "oily" in page
    assert "杭州" not in page
    bad = shop.post("/people/1/edit", {"name": "王丽", "birthday": "soon"})
    assert (bad.status_code, "日期" in bad.text) == (422, True)


def test_merging_undoing_and_the_old_address(shop: Console) -> None:
    shop.sign_in()
    assert shop.post("/people/1/merge", {"other": "li"}).headers["location"] == "/people/1"
    assert shop.get("/people/2").headers["location"] == "/people/1"
    assert "手动合并" in shop.get("/people/1").text
    shop.post("/merges/1/undo")
    assert kept(shop.stores, 1, 2) == [1, 2]


def test_a_held_merge_is_settled_side_by_side(shop: Console) -> None:
    resolved(shop.stores, "user_id=a phone=+8613900139000", "member_card=c phone=+8613900139001")
    resolved(shop.stores, "user_id=a member_card=c")
    page = shop.sign_in("operator").get("/conflicts").text
    assert "139****9000" in page
    assert "会员卡号" in page
    shop.post("/conflicts/1/settle", {"decision": "merge"})
    assert kept(shop.stores, 3, 4) == [3, 3]
    assert "没有待裁决的合并" in shop.get("/conflicts").text


def test_erasing_needs_the_permission(shop: Console) -> None:
    assert shop.sign_in("operator").post("/people/1/erase").status_code == 403
    assert shop.sign_in("admin").post("/people/1/erase").status_code == 303
    assert "个人信息已删除" in shop.get("/people/1").text


def test_roles_without_the_permission_see_nothing(shop: Console) -> None:
    shop.sign_in("analyst")
    codes = {url: shop.get(url).status_code for url in ("/people/1/edit", "/conflicts")}
    assert set(codes.values()) == {403}


def test_the_search_at_the_top_finds_people(shop: Console) -> None:
    assert "/people/1" in shop.sign_in().get("/search/hits?q=王丽").text


def test_a_page_in_english_has_no_chinese_words_of_its_own(shop: Console) -> None:
    shop.sign_in(language="en")
    tags.make_tag(shop.stores, tags.make_group(shop.stores, "skin"), "dry")
    merges.merge(shop.stores, "staff:1", 1, 2)
    run_until_empty(Drain(shop.stores).step)
    data = ("王丽", "王", "面霜", "口红", "杭州", "中文", "私域", "我的店铺")
    for url in ("/people", "/people/1", "/people/1/edit", "/tags", "/conflicts"):
        page = shop.get(url).text
        for known in data:
            page = page.replace(known, "")
        assert [char for char in page if "\u4e00" <= char <= "\u9fff"] == []


def test_the_timeline_speaks_of_layers_channels_and_purposes_by_name(shop: Console) -> None:
    with shop.stores.ledger.write() as conn:
        for place, (name, told) in enumerate(
            (
                ("layer_changed", {"scheme": "lifecycle", "from": "", "to": "loyal"}),
                ("message_held", {"channel": "email", "reason": "consent", "broadcast": 1}),
                ("consent_given", {"purpose": "marketing", "channel": "any"}),
            )
        ):
            row = {"message_id": f"m{place}", "time": shop.stores.clock.now(), "name": name, "person": 1}
            append_own(conn, [{**row, "properties": told}])
    run_until_empty(Drain(shop.stores).step)
    text = shop.sign_in().get("/people/1").text
    for words in ("生命周期：未分层 → 忠诚", "邮件 · ", "营销推送 · 所有渠道"):
        assert words in text, words


def test_every_event_has_an_icon_that_is_in_the_sprite() -> None:
    assert {each.icon for each in NAMES.values()} <= set(icons_used())


def test_an_attribute_that_is_a_moment_is_told_in_the_time_of_the_shop(shop: Console) -> None:
    actions.set_profile(shop.stores, "staff:1", 1, {"createdAt": "2024-03-08T04:00:00.000Z"})
    text = shop.sign_in().get("/people/1").text
    assert "2024-03-08 12:00" in text
    assert "04:00:00.000Z" not in text
