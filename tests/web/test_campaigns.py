"""Campaigns, purses, rewards and referrals in the console, over the API and on the command line."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from typing import Any

import msgspec
import pytest

from siyu.growth.campaigns import keeping, reading, sealing
from siyu.growth.purses import keeping as purses
from siyu.growth.purses.keeping import Asked
from siyu.growth.referral import counting
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.staff import audit
from siyu.storage import ManualClock, Stores
from tests.growth.campaigns.playing import INVITE, granted, play, some_people, started, wanted
from tests.growth.mechanics.samples import RULES
from tests.growth.referral.test_bringing import bring
from tests.published import answered
from tests.web.conftest import Console, SignedIn


def form_of(stores: Stores, **more: str) -> dict[str, Any]:
    now = stores.clock.now().astimezone(UTC)
    same = {
        "name": "春日有礼",
        "purpose": "join",
        "sponsor": "井水商店",
        "slug": "spring",
        "text_zh": "邀请朋友来逛逛。",
        "text_en": "",
        "begins": f"{now:%Y-%m-%d}",
        "ends": f"{now + timedelta(days=9):%Y-%m-%d}",
        "ask": "tap",
        "door": "",
        "each": "1",
        "places": "counter",
        "rules.rungs.0.friends": "2",
        "rules.rungs.0.title": "面膜",
        "rules.rungs.0.kind": "goods",
        "rules.rungs.0.amount": "1",
        "rules.rungs.1.friends": "5",
        "rules.rungs.1.title": "红包",
        "rules.rungs.1.kind": "money",
        "rules.rungs.1.amount": "8.88",
        "rules.friend_title": "",
        "rules.held_days": "0",
    }
    return same | more


def test_a_campaign_is_made_checked_and_started_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有活动" in console.get("/campaigns").text
    assert "邀请有礼" in console.get("/campaigns/new").text
    assert "阶梯奖励" in console.get("/campaigns/new?mechanic=invite").text
    console.post("/purses/new", {"name": "礼品", "currency": "pieces", "total": "50"})
    made = console.post("/campaigns/new?mechanic=invite", form_of(stores))
    (campaign,) = reading.list_campaigns(stores)
    assert (made.status_code, made.headers["location"]) == (303, f"/campaigns/{campaign.id}")
    assert [rung["amount"] for rung in campaign.rules["rungs"]] == [1, 888]
    path = f"/campaigns/{campaign.id}"
    shown = console.get(path).text
    assert "要从一个以元计的预算里出" in shown
    for number in ("²", "9" * 400):
        assert console.post(f"{path}/edit", form_of(stores, **{"purses.pieces": number})).status_code < 500
    assert f'href="{path}/edit#f-purses.yuan"' in shown
    assert "要从一个以元计的预算里出" in console.get(f"{path}/edit").text
    console.post("/purses/new", {"name": "现金", "currency": "yuan", "total": "500"})
    goods, money = sorted(each.id for each in purses.list_purses(stores))
    console.post(f"{path}/edit", form_of(stores, **{"purses.pieces": str(goods), "purses.yuan": str(money)}))
    assert console.post(f"{path}/start").status_code == 303
    assert reading.get_campaign(stores, campaign.id).stage == "live"
    shown = console.get(path).text
    assert "http://siyu.test/m/spring" in shown
    assert "从活动页到新客户" in shown
    console.post(f"{path}/pause")
    console.post(f"{path}/resume")
    console.post(f"{path}/end")
    assert reading.get_campaign(stores, campaign.id).stage == "ended"
    assert "春日有礼" in console.get("/campaigns?stage=ended").text
    actions = [row.action for row in audit.entries(stores.ledger)]
    assert actions[:4] == ["campaign_ended", "campaign_resumed", "campaign_paused", "campaign_started"]


def test_mistakes_stand_at_their_fields_and_what_was_written_stays(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    answer = console.post(
        "/campaigns/new?mechanic=invite", form_of(stores, **{"name": "", "rules.rungs.0.friends": "零"})
    )
    assert answer.status_code == 422
    assert 'id="e-rules.rungs.0.friends"' in answer.text
    assert 'value="零"' in answer.text
    assert console.post("/campaigns/new?mechanic=invite", form_of(stores, slug="No!")).status_code == 422
    assert console.post("/purses/new", {"name": "x", "currency": "yuan", "total": "1.005"}).status_code == 422


def test_a_running_campaign_shows_every_jump_live(stores: Stores, signed_in: SignedIn) -> None:
    starter, *friends = some_people(stores, 3)
    campaign = started(stores)
    opened = play(stores, campaign, starter)
    assert opened.effort is not None
    for friend in friends:
        play(stores, campaign, friend, opened.effort.slug)
    console = signed_in("owner")
    page = console.get(f"/campaigns/{campaign.id}").text
    assert "2 / 2" in page
    live = console.get(f"/campaigns/{campaign.id}", **{"hx-request": "true"}).text
    assert "2 / 2" in live
    assert "<html" not in live
    assert signed_in("agent").get(f"/campaigns/{campaign.id}").status_code == 403


def test_results_stand_side_by_side_and_say_where_too_few_people_tell(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "没有发布过的活动" in console.get("/campaigns/compare").text
    starter, *friends = some_people(stores, 3)
    found = started(stores, name="春日<b>助力</b>")
    effort = play(stores, found, starter).effort
    assert effort is not None
    for friend in friends:
        play(stores, found, friend, effort.slug)
    run_until_empty(Drain(stores).step)
    page = console.get("/campaigns/compare").text
    assert "春日&lt;b&gt;助力" in page
    assert "人太少" in page
    assert "没有符合条件的活动" in console.get("/campaigns/compare?mechanic=lottery&before=x").text
    assert "做到了吗" in console.get(f"/campaigns/{found.id}").text
    assert "还没有可比的" in console.get("/campaigns/layers").text, "their seven days are not over"
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(days=10))
    console = signed_in("owner")
    layers = console.get("/campaigns/layers?measure=reached&scheme=nothing&days=x").text
    assert "人太少（最多的玩法 1 人，满 30 人才比）" in layers


def test_rewards_are_settled_on_their_pages(stores: Stores, signed_in: SignedIn) -> None:
    starter, friend = some_people(stores, 2)
    campaign = started(stores, rules={"helpers": 1, "title": "杯子"})
    effort = play(stores, campaign, starter).effort
    assert effort is not None
    play(stores, campaign, friend, effort.slug)
    (reward,) = purses.list_rewards(stores, Asked())
    console = signed_in("owner")
    assert "杯子" in console.get(f"/purses/{reward.purse}").text
    assert "标记已发放" in console.get(f"/rewards/{reward.id}").text
    assert console.post(f"/rewards/{reward.id}/settle", {"to": "dropped"}).status_code == 422
    console.post(f"/rewards/{reward.id}/settle", {"to": "paid", "why": "当面交付"})
    assert granted(stores) == [(starter, "杯子", "paid")]
    assert "当面交付" in console.get(f"/rewards/{reward.id}").text
    assert console.post(f"/purses/{reward.purse}/total", {"total": "0.5"}).status_code == 422
    console.post(f"/purses/{reward.purse}/total", {"total": "3"})
    assert purses.get_purse(stores, reward.purse).total == 3
    console.post(f"/purses/{reward.purse}/close")
    assert "已停用" in console.get("/purses").text


def test_the_graph_has_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    a, b, c = some_people(stores, 3)
    bring(stores, (a, b), (b, c))
    run_until_empty(lambda: counting.count(stores))
    console = signed_in("owner")
    assert f'href="/referrals/{a}"' in console.get("/referrals?order=size&days=7").text
    tree = console.get(f"/referrals/{b}").text
    assert f'href="/people/{a}"' in tree
    assert f'href="/people/{c}"' in tree
    assert console.get("/referrals/999").status_code == 404


def test_the_api_makes_starts_plays_and_tells(stores: Stores, console: Console) -> None:
    key = console.key("owner")

    def call(method: str, path: str, body: Any = None) -> Any:
        return console.http.request(method, path, headers=key, json=body)

    purse = call("POST", "/api/purses", {"name": "礼品", "currency": "pieces", "total": "9"}).json()
    assert (purse["left"], purse["closed"]) == (9, None)
    body = msgspec.to_builtins(wanted(stores, "help", adults=False))
    body |= {"purses": {"pieces": purse["id"]}, "rules": {"helpers": 1, "title": "杯子"}}
    made = call("POST", "/api/campaigns", body | {"sponsor": ""}).json()
    assert [each["field"] for each in made["findings"] if each["severity"] == "stop"] == ["sponsor"]
    path = f"/api/campaigns/{made['id']}"
    assert call("POST", f"{path}/start").status_code == 400
    assert call("PUT", path, body).json()["sponsor"] == "井水商店"
    assert call("POST", f"{path}/start").json()["stage"] == "live"
    one, two = some_people(stores, 2)
    effort = call("POST", f"{path}/efforts", {"person": one, "once": "open-0001"}).json()["effort"]
    act = {"person": two, "once": "help-0001"}
    assert call("POST", f"{path}/efforts/{effort['slug']}", act).json()["state"] == "counted"
    assert call("POST", f"{path}/efforts/{effort['slug']}", act).json()["state"] == "same"
    assert call("POST", f"{path}/efforts/nothing", act | {"once": "help-0002"}).status_code == 404
    figures = call("GET", f"{path}/figures").json()
    assert figures["efforts"] == {"done": 1}
    assert figures["granted"] == {"pieces": 1}
    assert (figures["k"], figures["judged"]["share"]["few"], figures["newcomers"]["people"]) == (1, True, 0)
    (line,) = call("GET", "/api/campaigns/compare?purpose=join").json()["campaigns"]
    assert (line["id"], line["figures"]["jumps"], line["figures"]["worth"]) == (made["id"], 4, figures["worth"])
    assert call("GET", "/api/campaigns/compare?mechanic=lottery").json() == {"campaigns": [], "next": None}
    assert call("GET", "/api/campaigns/layers").json()["mechanics"] == []
    for strange in ("scheme=none", "last=0001-01-01", "first=9999-12-31", "first=2026-01-02&last=2026-01-01"):
        assert call("GET", f"/api/campaigns/layers?{strange}").status_code in (400, 404), strange
    for strange in ("last=0001-01-01", "last=9999-12-31"):
        assert call("GET", f"/api/referrals/k?{strange}").status_code == 400, strange
    assert call("GET", f"{path}/efforts").json()["efforts"][0]["stage"] == "done"
    (reward,) = call("GET", f"/api/rewards?person={one}").json()["rewards"]
    settled = call("POST", f"/api/rewards/{reward['id']}/settle", {"to": "paid"}).json()
    assert [step["stage"] for step in settled["steps"]] == ["granted", "paid"]
    assert call("GET", "/api/referrals/k").json()["total"]["brought"] == 0
    assert call("GET", "/api/referrals/top").json() == {"people": [], "next": None}
    assert {each["name"] for each in call("GET", "/api/mechanics").json()["mechanics"]} >= {"help", "invite"}


def test_the_command_line_does_the_same(stores: Stores) -> None:
    def run(line: str, schema: str) -> Any:
        return answered(stores, line, schema)

    purse = run("purse add 礼品 --currency pieces --total 5", "purse")["id"]
    assert run(f"purse total {purse} 6", "purse")["total"] == 6
    assert run(f"purse close {purse}", "purse")["closed"]
    assert run(f"purse reopen {purse}", "purse")["closed"] is None
    document = msgspec.to_builtins(wanted(stores, "help")) | {"rules": {"helpers": 1, "title": "杯子"}}
    (stores.home / "spring.json").write_text(json.dumps(document | {"purses": {"pieces": purse}}), "utf-8")
    campaign = run("campaign add spring.json", "campaign")["id"]
    run(f"campaign change {campaign} spring.json", "campaign")
    assert run(f"campaign show {campaign}", "campaign")["findings"][0]["severity"] == "warn"
    for word, stage in (("start", "live"), ("pause", "paused"), ("resume", "live")):
        assert run(f"campaign {word} {campaign}", "campaign")["stage"] == stage
    one, two = some_people(stores, 2)
    found = reading.get_campaign(stores, campaign)
    effort = play(stores, found, one).effort
    assert effort is not None
    play(stores, found, two, effort.slug)
    assert run(f"campaign figures {campaign}", "campaign-figures")["efforts"] == {"done": 1}
    assert run("campaign compare", "campaign-compare")["campaigns"][0]["id"] == campaign
    assert run("campaign layers --first 2026-01-01 --last 2026-01-31", "campaign-layers")["layers"]
    assert run(f"campaign efforts {campaign}", "campaign-efforts")["efforts"][0]["slug"] == effort.slug
    (reward,) = run("reward list", "reward-list")["rewards"]
    assert run(f"reward settle {reward['id']} paid --why 当面", "reward")["steps"][-1]["why"] == "当面"
    assert run(f"reward show {reward['id']}", "reward")["reward"]["stage"] == "paid"
    (three,) = some_people(stores, 1)
    assert run(f"referral bring {three} --inviter {one}", "referral-bring")["state"] == "brought"
    run_until_empty(lambda: counting.count(stores))
    assert run(f"referral person {one}", "referral-person")["place"]["direct"] == 2
    assert run(f"campaign end {campaign}", "campaign")["secret"]


def test_a_secret_is_not_told_before_the_end(stores: Stores, console: Console) -> None:
    campaign = started(stores, "invite", rules=INVITE)
    told = console.http.get(f"/api/campaigns/{campaign.id}", headers=console.key("owner")).json()
    assert (told["secret"], len(told["secret_hash"])) == ("", 64)
    keeping.end(stores, campaign.id)
    told = console.http.get(f"/api/campaigns/{campaign.id}", headers=console.key("owner")).json()
    assert told["secret"] == sealing.opened(stores.home, campaign.secret).hex()


@pytest.mark.parametrize("role", ["adviser", "agent"])
def test_who_may_only_look_sees_no_buttons(stores: Stores, signed_in: SignedIn, role: str) -> None:
    campaign = started(stores)
    answer = signed_in(role).get(f"/campaigns/{campaign.id}")
    assert answer.status_code == (200 if role == "adviser" else 403)
    assert "/edit" not in answer.text


def test_a_campaign_is_found_by_name_or_address(stores: Stores, signed_in: SignedIn) -> None:
    for name, slug in (("春日有礼", "spring"), ("中秋三人团", "moon")):
        keeping.draft(stores, "staff:1", wanted(stores, name=name, slug=slug))
    console = signed_in("owner")
    for words in ("中秋", "MOON"):
        page = console.get(f"/campaigns?q={words}").text
        assert "中秋三人团" in page
        assert "春日有礼" not in page


def test_what_is_left_of_prizes_is_said_by_their_names(stores: Stores, signed_in: SignedIn) -> None:
    campaign = started(stores, "lottery", 40, rules=RULES["lottery"], adults=True)
    page = signed_in("owner").get(f"/campaigns/{campaign.id}").text
    assert "prize:1" not in page
    assert "已出 0 / 5" in page


def test_a_purse_says_which_campaign_a_reward_is_of(stores: Stores, signed_in: SignedIn) -> None:
    campaign = started(stores, rules={"helpers": 1, "title": "杯子"})
    starter, friend = some_people(stores, 2)
    opened = play(stores, campaign, starter)
    play(stores, campaign, friend, opened.effort.slug)
    page = signed_in("owner").get(f"/purses/{campaign.purses['pieces']}").text
    assert f'<a href="/campaigns/{campaign.id}">{campaign.name}</a>' in page


def test_pages_of_results_stand_below_results_in_the_menu(signed_in: SignedIn) -> None:
    page = signed_in("owner").get("/campaigns/layers").text
    assert 'href="/campaigns/compare" aria-current="page"' in " ".join(page.split())
