"""Tags go both ways between here and WeCom: each once, the later act counts, echoes say nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import siyu.channels.wecom.tasks
import siyu.reach.tagging.tasks as tagging_tasks
from siyu.channels.wecom.syncing import start_sync
from siyu.channels.wecom.tables import wecom_contacts, wecom_tag_marks
from siyu.jobs import enqueue, run_due
from siyu.jobs.turns import run_until_empty
from siyu.people import news, tags
from siyu.people.drain import Drain
from siyu.people.tables import identifiers, person_tags
from siyu.reach.tagging import links
from siyu.reach.tagging.links import Choice
from siyu.storage import BadInput, ManualClock, Stores
from tests.channels.platform.simulator import Simulator
from tests.channels.wecom.company import Company, serving
from tests.channels.wecom.told import an_account, applied, change

ANNA = "wmOgQhDgAAuXFJGwbve4g4iXknfOAAAA"
assert siyu.channels.wecom.tasks
assert tagging_tasks


@pytest.fixture
def company() -> Company:
    made = Company()
    made.tag("et1", "油性")
    made.tag("et2", "干性")
    made.add("li", ANNA, tag_id=["et1"])
    made.add("wang", ANNA)
    return made


@pytest.fixture
def simulator(company: Company) -> Iterator[Simulator]:
    with serving(company) as simulator:
        yield simulator


def passes(stores: Stores, seconds: int = 60) -> None:
    """Time, and everything that is done in it."""
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(seconds=seconds))
    for _ in range(3):
        run_until_empty(Drain(stores).step)
        news.give_places(stores)
        with stores.ledger.write() as conn:
            enqueue(conn, "sync_tags", {}, now=stores.clock.now(), key="test:sync_tags")
        run_due(stores)


def begun(stores: Stores, simulator: Simulator, *, here: bool = True, there: bool = False) -> int:
    account = an_account(stores, base_url=simulator.url)
    links.choose(stores, account, Choice(here, there))
    start_sync(stores, account)
    run_due(stores)
    passes(stores)
    return account


def anna(stores: Stores) -> int:
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(identifiers.c.person).where(identifiers.c.value == ANNA)).scalar_one()


def held(stores: Stores) -> dict[str, str]:
    """Name of each tag of Anna's → where it is from."""
    with stores.ledger.read() as conn:
        names = {each.id: each.name for each in tags.all_tags(conn)}
        rows = conn.execute(sa.select(person_tags).where(person_tags.c.person == anna(stores)))
        return {names[row.tag]: row.origin for row in rows}


def number_of(stores: Stores, name: str) -> int:
    with stores.ledger.read() as conn:
        return next(each.id for each in tags.all_tags(conn) if each.name == name)


def at_wecom(company: Company) -> dict[str, list[str]]:
    return {userid: rows[0]["follow_info"]["tag_id"] for userid, rows in company.contacts.items()}


def edited(stores: Stores, account: int, userid: str) -> None:
    applied(stores, account, change("edit_external_contact", stores.clock.now(), user=userid, customer=ANNA))


def test_tags_of_wecom_are_made_here_and_given_where_the_owner_says_so(
    each_stores: Stores, simulator: Simulator
) -> None:
    account = begun(each_stores, simulator)
    assert [row.tag_name for row in links.table_of(each_stores, account).rows] == ["肤质：油性", "肤质：干性"]
    assert held(each_stores) == {"油性": "wecom"}


def test_nothing_is_made_where_the_owner_did_not_say_so(stores: Stores, simulator: Simulator) -> None:
    account = begun(stores, simulator, here=False)
    assert {row.tag for row in links.table_of(stores, account).rows} == {None}
    with stores.ledger.read() as conn:
        assert tags.all_tags(conn) == []


def test_a_tag_set_here_is_marked_for_every_adviser_once(
    each_stores: Stores, simulator: Simulator, company: Company
) -> None:
    stores = each_stores
    account = begun(stores, simulator)
    tags.add_tag(stores, "staff:1", anna(stores), number_of(stores, "干性"))
    passes(stores)
    assert at_wecom(company) == {"li": ["et1", "et2"], "wang": ["et2"]}
    edited(stores, account, "li")  # the echo
    passes(stores)
    passes(stores)
    assert len(company.marked) == 2
    assert held(stores) == {"油性": "wecom", "干性": "hand"}


def test_a_tag_taken_here_is_taken_there(stores: Stores, simulator: Simulator, company: Company) -> None:
    begun(stores, simulator)
    tags.remove_tag(stores, "staff:1", anna(stores), number_of(stores, "油性"))
    passes(stores)
    assert at_wecom(company) == {"li": [], "wang": []}
    assert held(stores) == {}


def test_an_adviser_s_change_comes_in_and_stays_theirs(stores: Stores, simulator: Simulator, company: Company) -> None:
    account = begun(stores, simulator)
    company.contacts["wang"][0]["follow_info"]["tag_id"] = ["et2"]
    edited(stores, account, "wang")
    passes(stores)
    assert held(stores) == {"油性": "wecom", "干性": "wecom"}
    assert company.marked == []
    company.contacts["wang"][0]["follow_info"]["tag_id"] = []
    edited(stores, account, "wang")
    passes(stores)
    assert held(stores) == {"油性": "wecom"}


def test_a_tag_that_another_adviser_still_has_set_stays(stores: Stores, simulator: Simulator, company: Company) -> None:
    company.contacts["wang"][0]["follow_info"]["tag_id"] = ["et1"]
    account = begun(stores, simulator)
    company.contacts["wang"][0]["follow_info"]["tag_id"] = []
    edited(stores, account, "wang")
    passes(stores)
    assert held(stores) == {"油性": "wecom"}


def test_of_two_acts_the_later_counts(stores: Stores, simulator: Simulator, company: Company) -> None:
    account = begun(stores, simulator)
    early = change("edit_external_contact", stores.clock.now(), user="wang", customer=ANNA)
    stores.clock.advance(timedelta(seconds=30))  # pyright: ignore
    tags.add_tag(stores, "staff:1", anna(stores), number_of(stores, "干性"))
    stores.clock.advance(timedelta(seconds=1))  # pyright: ignore
    tags.remove_tag(stores, "staff:1", anna(stores), number_of(stores, "干性"))
    passes(stores, 1)
    company.contacts["wang"][0]["follow_info"]["tag_id"] = ["et2"]  # of before, told of late
    applied(stores, account, early)
    passes(stores)
    assert held(stores) == {"油性": "wecom"}
    assert at_wecom(company)["wang"] == []


def test_who_is_no_friend_any_more_is_not_tried_for_ever(
    stores: Stores, simulator: Simulator, company: Company
) -> None:
    account = begun(stores, simulator)
    company.refuse[ANNA] = 84061
    tags.add_tag(stores, "staff:1", anna(stores), number_of(stores, "干性"))
    passes(stores)
    passes(stores, 3_600)
    assert len(company.marked) == 2
    assert links.table_of(stores, account).failed == 2
    with stores.ledger.read() as conn:
        assert set(conn.execute(sa.select(wecom_tag_marks.c.code)).scalars()) == {"84061"}


def test_what_was_there_before_the_link_gets_across(stores: Stores, simulator: Simulator, company: Company) -> None:
    account = begun(stores, simulator, here=False)
    group = tags.make_group(stores, "皮肤")
    oily, dry = tags.make_tag(stores, group, "油"), tags.make_tag(stores, group, "干")
    tags.add_tag(stores, "staff:1", anna(stores), dry)
    passes(stores)
    links.link(stores, "staff:1", account, "et1", oily)
    links.link(stores, "staff:1", account, "et2", dry)
    passes(stores)
    assert held(stores) == {"油": "wecom", "干": "hand"}
    assert at_wecom(company) == {"li": ["et1", "et2"], "wang": ["et2"]}


def test_a_tag_has_one_counterpart(stores: Stores, simulator: Simulator) -> None:
    account = begun(stores, simulator)
    with pytest.raises(BadInput) as refused:
        links.link(stores, "staff:1", account, "et1", number_of(stores, "干性"))
    assert refused.value.code == "tag_linked"
    links.unlink(stores, account, "et1")


def test_tags_that_are_only_here_are_made_there(stores: Stores, simulator: Simulator, company: Company) -> None:
    group = tags.make_group(stores, "等级")
    gold = tags.make_tag(stores, group, "金卡")
    account = begun(stores, simulator, there=True)
    assert [row["tag"][0]["name"] for row in company.tags if row["group_name"] == "等级"] == ["金卡"]
    tags.add_tag(stores, "staff:1", anna(stores), gold)
    passes(stores)
    assert at_wecom(company) == {"li": ["et-made-0", "et1"], "wang": ["et-made-0"]}
    assert links.table_of(stores, account).ours_alone == []


def test_a_list_asked_for_before_a_mark_does_not_undo_it(stores: Stores, simulator: Simulator) -> None:
    from siyu.channels.wecom import mirror
    from siyu.channels.wecom.sync.filling import fill
    from siyu.channels.wecom.sync.listing import of_page

    account = begun(stores, simulator)
    asked = stores.clock.now()
    tags.add_tag(stores, "staff:1", anna(stores), number_of(stores, "干性"))
    passes(stores)
    follow: dict[str, Any] = {"userid": "wang", "createtime": 1_700_000_000, "tag_id": []}
    page = [{"external_contact": {"external_userid": ANNA, "name": "客户AAAA", "gender": 2}, "follow_info": follow}]
    with stores.ledger.write() as conn:
        mirror.alone(conn, account)
        conn.execute(sa.update(wecom_contacts).values(read=asked))
        fill(conn, account, of_page(json.dumps(page).encode(), asked)[0], apart=False)
    passes(stores)
    assert held(stores) == {"油性": "wecom", "干性": "hand"}
