"""Whose a device is, links that name somebody, forms that were sent, on both engines."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from siyu.growth.visitors import devices, links, posts, recognising
from siyu.growth.visitors.anonymous import person_for
from siyu.growth.visitors.certainty import sure_person_of
from siyu.people.identity import normalise
from siyu.people.resolving import resolve
from siyu.people.tables import people
from siyu.storage import ManualClock, Stores


def somebody(stores: Stores) -> int:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        made = sa.insert(people).values(kept=0, created=now, changed=now, attributes={}).returning(people.c.person)
        person = conn.execute(made).scalar_one()
        conn.execute(sa.update(people).where(people.c.person == person).values(kept=person))
    return person


def test_a_link_binds_the_first_device_that_opens_it_and_no_other(each_stores: Stores) -> None:
    anna = somebody(each_stores)
    assert devices.bind_by_link(each_stores, "phone", anna, "mark")
    assert devices.bind_by_link(each_stores, "phone", anna, "mark")
    assert not devices.bind_by_link(each_stores, "friend", anna, "mark")
    assert [devices.person_of(each_stores, each) for each in ("phone", "friend")] == [anna, None]


def test_a_device_of_somebody_stays_theirs_until_a_platform_says_otherwise(each_stores: Stores) -> None:
    anna, ben, carl = (somebody(each_stores) for _ in range(3))
    devices.bind_by_link(each_stores, "phone", anna, "one")
    assert not devices.bind_by_link(each_stores, "phone", ben, "two")
    now = each_stores.clock.now()
    with each_stores.ledger.write() as conn:
        devices.bind(conn, {"phone": ben}, now, sure=True)
        devices.bind(conn, {"phone": carl}, now, sure=True)
        devices.bind(conn, {"phone": carl}, now)
    assert devices.person_of(each_stores, "phone") == ben


def test_a_device_is_surely_somebodys_by_a_platform_or_a_personal_link(each_stores: Stores) -> None:
    stores, now = each_stores, each_stores.clock.now()
    with stores.ledger.write() as conn:
        (anna,) = resolve(conn, now, "test", [(normalise("external_userid", "wm1"),)])
        devices.bind(conn, {"told": anna}, now, sure=True)
        devices.bind(conn, {"unsure": anna, "other": anna}, now)
    assert sure_person_of(stores, "told") == anna
    assert (devices.person_of(stores, "unsure"), sure_person_of(stores, "unsure")) == (anna, None)
    assert devices.bind_by_link(stores, "unsure", anna, "1")
    assert sure_person_of(stores, "unsure") == anna
    assert devices.bind_by_link(stores, "other", anna, "1")
    assert sure_person_of(stores, "other") is None, "a link is good for one device"
    visitor = person_for(stores, "fresh")
    assert sure_person_of(stores, "fresh") == visitor, "what was done on it was done by nobody else"
    recognising.recognise(stores, "wechat", (("external_userid", "wm1"),))
    assert sure_person_of(stores, "wechat") == anna
    with stores.ledger.write() as conn:
        recognising.recognise_all(conn, now, {"fresh": (("external_userid", "wm1"),)}, certain=False)
    assert sure_person_of(stores, "fresh") is None
    assert sure_person_of(stores, "nobody") is None


def test_who_was_merged_into_somebody_is_that_somebody(each_stores: Stores) -> None:
    anna, ben = somebody(each_stores), somebody(each_stores)
    devices.bind_by_link(each_stores, "phone", anna, "one")
    with each_stores.ledger.write() as conn:
        conn.execute(sa.update(people).where(people.c.person == anna).values(kept=ben))
    assert devices.person_of(each_stores, "phone") == ben


def test_a_link_names_nobody_who_is_gone(stores: Stores) -> None:
    assert not devices.bind_by_link(stores, "phone", 404, "one")


def test_a_token_names_a_person_for_thirty_days(stores: Stores) -> None:
    now = stores.clock.now()
    token = links.token_for(stores.home, 7, now, mark=255)
    assert links.read(stores.home, token, now) == links.Named(7, "ff", False)
    assert links.read(stores.home, token, now + timedelta(days=30)) == links.Named(7, "ff", False)
    assert links.read(stores.home, token, now + timedelta(days=31)) == links.Named(7, "ff", True)


def test_a_token_that_was_changed_names_nobody(stores: Stores) -> None:
    now = stores.clock.now()
    token = links.token_for(stores.home, 7, now)
    for changed in ("", "x", "ü", token[:-4], "A" + token[1:] if token[0] != "A" else "B" + token[1:], token + "AAAA"):
        assert links.read(stores.home, changed, now) is None


def test_a_form_sent_again_leads_where_it_led_first_for_a_week(each_stores: Stores) -> None:
    assert posts.outcome(each_stores, "phone", "key") is None
    assert posts.keep(each_stores, "phone", "key", "/m/one") == "/m/one"
    assert posts.keep(each_stores, "phone", "key", "/m/two") == "/m/one"
    assert posts.outcome(each_stores, "other", "key") is None
    assert isinstance(each_stores.clock, ManualClock)
    each_stores.clock.advance(timedelta(days=8))
    posts.forget_old(each_stores, None)  # pyright: ignore[reportArgumentType]
    assert posts.outcome(each_stores, "phone", "key") is None
