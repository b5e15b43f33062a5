"""Customers and events in files."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.people.tables import consents, identifiers, people, person_tags, tags
from siyu.storage import Stores
from tests.people.importing.shop import brought_in, events, reasons, table

WEIBAN = "客户昵称,备注名,手机号,性别,生日,添加渠道,所属员工,企业标签,添加时间,肤质"


def test_a_weiban_export_is_recognised(each_stores: Stores) -> None:
    report = brought_in(
        each_stores,
        table("小王,王芳,13800138000,女,1990-05-17,门店活码,李导购,等级:VIP、敏感肌,2024-03-01,干", header=WEIBAN),
        kind="people",
        source=None,
    )
    assert report["source"] == "weiban"
    with each_stores.ledger.read() as conn:
        person = conn.execute(sa.select(people)).one()
        held = conn.execute(sa.select(identifiers.c.kind, identifiers.c.value)).all()
        tagged = conn.execute(sa.select(tags.c.name, person_tags.c.origin).join(person_tags)).all()
    assert (person.name, person.sex, person.birthday) == ("王芳", "female", "1990-05-17")
    assert (person.origin_source, person.origin_staff) == ("门店活码", "李导购")
    assert person.attributes["肤质"] == "干"
    assert held == [("phone", "+8613800138000")]
    assert sorted(tagged) == [("VIP", "import"), ("敏感肌", "import")]


def test_consents_come_with_their_evidence_and_once(stores: Stores) -> None:
    content = table("13800138000,是", "13900139000,否", header="手机号,同意短信")
    options = {
        "kind": "people",
        "mapping": {"consent.sms": "同意短信"},
        "settings": {"evidence": "门店纸质表 2024", "notice": "v3"},
    }
    for _ in range(2):
        brought_in(stores, content, **options)
    with stores.ledger.read() as conn:
        said = conn.execute(
            sa.select(consents.c.channel, consents.c.given, consents.c.evidence, consents.c.notice)
        ).all()
        log = conn.execute(sa.text("SELECT count(*) FROM consent_log")).scalar_one()
    assert sorted(said) == [("sms", False, "门店纸质表 2024", "v3"), ("sms", True, "门店纸质表 2024", "v3")]
    assert log == 2


def test_bad_customers_are_refused_by_row(stores: Stores) -> None:
    rows = ("138****8000,女", "13800138000,也许", "13900139000,男")
    report = brought_in(
        stores, table(*rows, header="手机号,性别"), kind="people", mapping={"phone": "手机号", "sex": "性别"}
    )
    assert reasons(report) == {"person_bad": 1, "sex_bad": 1}
    assert report["accepted"] == 1


def test_events_keep_their_names_and_typed_properties(stores: Stores) -> None:
    content = table(
        "u1,2024-03-01 10:00,page_viewed,/home,3",
        "u1,2024-03-01 10:01,报名,/a,4",
        header="user_id,time,event,path,seconds",
    )
    report = brought_in(stores, content, kind="events")
    assert events(stores, "name, properties.path.:String, properties.seconds.:Float64") == [
        ("page_viewed", "/home", 3.0),
        ("报名", "/a", 4.0),
    ]
    assert (report["events"], report["known"]) == (2, 0)


def test_equal_events_are_kept_and_a_second_import_adds_none(stores: Stores) -> None:
    content = table(*["u1,2024-03-01 10:00,page_viewed,/home"] * 3, header="user_id,time,event,path")
    assert brought_in(stores, content, kind="events")["events"] == 3
    assert brought_in(stores, content, kind="events")["events"] == 0


def test_an_event_with_a_message_id_counts_once(stores: Stores) -> None:
    content = table("u1,2024-03-01,a,m1", "u1,2024-03-02,a,m1", header="user_id,time,event,message_id")
    report = brought_in(stores, content, kind="events")
    assert (report["events"], report["known"]) == (1, 1)
    assert [message for (message,) in events(stores, "message_id")] == ["m1"]


def test_a_file_of_one_event_has_its_name_given(stores: Stores) -> None:
    brought_in(stores, table("u1,2024-03-01", header="user_id,time"), kind="events", settings={"event_name": "到店"})
    assert events(stores, "name") == [("到店",)]
