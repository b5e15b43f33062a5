"""Sensitive words and alerts for lost friends, by console, API and command line alike."""

from __future__ import annotations

from siyu.channels.wecom.word_rules import rules as words
from siyu.channels.wecom.word_rules import tasks
from siyu.jobs import run_due
from siyu.jobs.turns import run_until_empty
from siyu.people import tags
from siyu.people.drain import Drain
from siyu.reach.lost_friends import rules, watching
from siyu.reach.lost_friends.rules import Draft
from siyu.storage import Stores
from tests.channels.wecom.simulated import Simulated
from tests.published import answered
from tests.web.conftest import SignedIn

JOBS = tasks  # known once it is imported


# --- sensitive words


def test_a_rule_is_made_changed_and_ended_in_the_console(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有规则" in console.get("/word-rules").text
    fields = {
        "name": "飞单",
        "account": str(world.account),
        "words": "加我微信\n私下转账，返现",
        "kinds": ["phone", "red_packet"],
        "how": "blocks",
        "members": "li",
    }
    assert console.post("/word-rules/new", fields).status_code == 303
    (rule,) = words.list_rules(world.stores)
    assert (rule.words, rule.kinds, rule.blocks) == (["加我微信", "私下转账", "返现"], ["phone", "red_packet"], True)
    page = console.get("/word-rules").text
    assert "手机号、红包、加我微信" in page
    assert "手机号、红包、加我微信" in console.get("/word-rules?q=返现", **{"HX-Request": "true"}).text
    shown = console.get(f"/word-rules/{rule.id}").text
    assert "私下转账" in shown
    assert 'value="phone" checked' in shown
    assert 'value="email" checked' not in shown
    changed = {**fields, "how": "warns", "members": "li, wang", "kinds": []}
    assert console.post(f"/word-rules/{rule.id}", changed).status_code == 303
    rule = words.get_rule(world.stores, rule.id)
    assert (rule.kinds, rule.blocks, rule.members) == ([], False, ["li", "wang"])
    assert console.post("/word-rules/read").status_code == 303
    run_due(world.stores)
    assert console.post(f"/word-rules/{rule.id}/remove").status_code == 303
    assert words.list_rules(world.stores) == []


def test_what_is_wrong_with_a_rule_is_said_at_its_field(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    fields = {"name": "飞单", "account": str(world.account), "how": "blocks", "members": "li"}
    answer = console.post("/word-rules/new", fields)
    assert (answer.status_code, "请填写敏感词" in answer.text) == (422, True)
    answer = console.post("/word-rules/new", {**fields, "words": "返现", "members": ""})
    assert (answer.status_code, "请选择适用的成员或部门" in answer.text) == (422, True)


def test_who_only_looks_makes_no_rules(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("agent")
    assert console.get("/word-rules").status_code == 200
    assert console.get("/word-rules/new").status_code == 403
    assert console.get("/lost-friends").status_code == 200
    assert console.get("/lost-friends/rules/new").status_code == 403


def test_the_api_of_rules_does_the_same(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key, at = console.key(), f"/api/accounts/{world.account}/word-rules"
    body = {"name": "飞单", "words": ["加我微信"], "members": ["li"]}
    made = console.http.post(at, json=body, headers=key)
    assert (made.status_code, made.json()["state"]) == (201, "there")
    one = f"/api/word-rules/{made.json()['id']}"
    changed = console.http.put(one, json={**body, "kinds": ["email"], "blocks": False}, headers=key)
    assert (changed.json()["kinds"], changed.json()["blocks"]) == (["email"], False)
    assert console.http.post(f"{at}/read", headers=key).json()["job"]
    run_due(world.stores)
    assert [each["name"] for each in console.get("/api/word-rules").json()["rules"]] == ["飞单"]
    assert console.http.delete(one, headers=key).status_code == 204
    assert console.get(one).json()["state"] == "gone"
    refused = console.http.post(at, json={"name": "飞单", "members": ["li"]}, headers=key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "word_rule_empty")


def test_the_command_line_of_rules_does_the_same(world: Simulated) -> None:
    answered(world.stores, f"word-rule make {world.account} --name 飞单 --words 加我微信 --members li", "word-rule")
    answered(world.stores, "word-rule change 1 --warn", "word-rule")
    assert not words.get_rule(world.stores, 1).blocks
    answered(world.stores, f"word-rule read {world.account}", "word-rule-list")
    answered(world.stores, "word-rule list", "word-rule-list")
    answered(world.stores, "word-rule remove 1", "word-rule-remove")


# --- lost friends


def leaves(world: Simulated, userid: str = "li") -> None:
    """A customer leaves, and it is looked at."""
    watching.watch(world.stores)
    friend = world.shop.befriend(userid)
    world.shop.act("delete", userid=userid, external_userid=friend)
    world.hear()
    run_until_empty(Drain(world.stores).step)
    watching.watch(world.stores)


def test_an_alert_is_wished_for_heard_and_seen_in_the_console(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    empty = console.get("/lost-friends").text
    assert "还没有设定" in empty
    assert "建第一条" in empty
    assert console.post("/lost-friends/rules/new", {"kind": "adviser", "least": "1"}).status_code == 303
    leaves(world)
    page = console.get("/lost-friends?seen=no").text
    assert "同一员工一天流失 1 位及以上" in page
    assert "同一员工一天流失 1 位及以上" in console.get("/lost-friends", **{"HX-Request": "true"}).text
    assert "同一员工一天流失 1 位及以上" in console.get("/lost-friends?q=LI", **{"HX-Request": "true"}).text
    assert "没有符合条件的结果" in console.get("/lost-friends?q=wang").text
    assert "1 条流失提醒" in console.get("/home").text
    assert console.post("/lost-friends/seen").status_code == 303
    assert "1 条流失提醒" not in console.get("/home").text
    (rule,) = rules.list_rules(world.stores)
    assert console.get(f"/lost-friends/rules/{rule.id}").status_code == 200
    changed = {"kind": "layer", "layer": "lifecycle active", "least": "1"}
    assert console.post(f"/lost-friends/rules/{rule.id}", changed).status_code == 303
    assert rules.get_rule(world.stores, rule.id).layer == "active"
    assert console.post(f"/lost-friends/rules/{rule.id}/remove").status_code == 303
    assert rules.list_rules(world.stores) == []


def test_what_is_wrong_with_an_alert_is_said_at_its_field(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    for fields, words_said in (
        ({"kind": "tag"}, "请选择标签"),
        ({"kind": "layer"}, "请选择分层"),
        ({"kind": "shop", "least": "0"}, "1"),
    ):
        answer = console.post("/lost-friends/rules/new", fields)
        assert (answer.status_code, words_said in answer.text) == (422, True)


def test_the_api_of_alerts_does_the_same(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key, at = console.key(), "/api/lost-friends"
    tag = tags.make_tag(world.stores, tags.make_group(world.stores, "等级"), "VIP")
    made = console.http.post(f"{at}/rules", json={"kind": "tag", "tag": tag}, headers=key)
    assert (made.status_code, made.json()["zh"]) == (201, "带标签「VIP」的客户流失")
    one = f"{at}/rules/{made.json()['id']}"
    assert console.http.put(one, json={"kind": "shop", "least": 1}, headers=key).json()["least"] == 1
    assert console.get(one).json()["kind"] == "shop"
    leaves(world)
    (alert,) = console.get(f"{at}?unseen=true").json()["items"]
    assert (alert["many"], alert["person"], alert["seen"]) == (1, None, None)
    seen = console.http.post(f"{at}/seen", json={"alerts": [alert["id"]]}, headers=key)
    assert seen.json() == {"seen": 1}
    assert console.get(f"{at}?unseen=true").json()["items"] == []
    assert console.http.delete(one, headers=key).status_code == 204
    assert console.get(f"{at}/rules").json() == {"rules": []}


def test_the_command_line_of_alerts_does_the_same(world: Simulated) -> None:
    answered(world.stores, "lost-friends add --kind adviser --least 1", "lost-friends-rule")
    answered(world.stores, "lost-friends change 1 --kind shop --least 1", "lost-friends-rule")
    leaves(world)
    answered(world.stores, "lost-friends list --unseen", "lost-friends-list")
    answered(world.stores, "lost-friends see", "lost-friends-see")
    assert watching.list_alerts(world.stores, unseen=True) == []
    rules.add_rule(world.stores, "staff:1", Draft("shop", 9))
    answered(world.stores, "lost-friends rules", "lost-friends-rules")
    answered(world.stores, "lost-friends remove 1", "lost-friends-remove")
