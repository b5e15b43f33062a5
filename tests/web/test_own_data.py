"""What is kept of one person: all of it is told, by every table there is; erased, it goes; merged, it is together."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa

import siyu.app
from siyu.channels.tables import accounts
from siyu.channels.wecom.acquisition.tables import wecom_link_customers
from siyu.channels.wecom.moments.tables import wecom_moment_people
from siyu.channels.wecom.transfers.tables import wecom_handover_items, wecom_unassigned
from siyu.cli import run_command
from siyu.insight.own_data import KEPT, NOBODY, everything_of
from siyu.people import erasure, merges
from siyu.people.tables import identifiers, people
from siyu.storage import NotFound, Stores, insert_into, metadata
from siyu.storage.ledger import Instant
from tests.web.conftest import Console

ROOMS = siyu.app.TABLES
PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
OF_LINKS_AND_MOMENTS = (wecom_link_customers, wecom_handover_items, wecom_unassigned, wecom_moment_people)
ANNA, BEN = 1, 2
KINDS = ("external_userid", "openid:wxa", "mp_openid:wxb", "douyin_openid:app")
AFTER_ERASURE = {
    "people": "the number, emptied",
    "merges": "that it was one, without why",
    "conflicts": "that it was asked, without why",
    "consent_log": "the shop's proof, without wording",
    "own_events": "on the way into the event log, which is emptied after",
    "changed_people": "the note that the projection has to follow",
    "outbox": "by number: figures stay true",
    "attempts": "by number",
    "hook_deliveries": "by number, for some days",
    "hook_attempts": "by number, for some days",
    "audit": "what staff did; nobody may change it",
    "blocklist": "by number: who must not be written to is not",
    "tired": "by number, until it is worked out anew within the hour",
    "cool_downs": "by number: who must be left in peace is",
    "person_layers": "by number, until layers are worked out anew",
    "tag_acts": "by number",
    "lost_alerts": "by number: that somebody left was told",
    "staff_tasks": "by number, cancelled and without notes: figures stay true",
    "scan_places": "by number: caps and figures stay true",
    "journey_people": "by number: figures stay true",
    "leads": "by number, without what they wrote: figures stay true",
    "referrals": "by number: who brought whom stays true",
    "kin": "by number: figures stay true",
    "kin_changes": "by number, within seconds",
    "efforts": "by number: figures stay true",
    "contributions": "by number, without device and words",
    "commission_sales": "by number: what promoters earned stays true",
    "promises": "by number, without what was said: figures stay true",
    "content_hops": "by number: that a link passed through somebody stays true",
    "content_objections": "of a device that is nobody's any more",
    "offers": "by number, ended and without words: what was taken stays true",
    "offer_claims": "by number: figures stay true",
    "cold_invites": "by number: what a purse granted stays true",
    "content_sayings": "that a script was used; to whom is emptied",
    "ugc_posts": "that there was one and what was agreed to; words, photo and whose it was are emptied",
    "suspicions": "by number, without reasons and what staff wrote",
    "reward_reviews": "by number: what was held and saved stays true",
    "rewards": "by number: what a purse paid stays true",
    "point_accounts": "by number: the books add up",
    "point_postings": "by number: the books add up",
    "point_entries": "by number: the books add up",
    "point_lots": "by number: the books add up",
    "point_holds": "by number: the books add up",
    "coupons": "by number: what a budget was spent on stays true; open ones have ended",
    "coupon_steps": "by number: what was done with a coupon, without words",
    "reward_steps": "by number, without what staff wrote",
    "wecom_contacts": "the platform's own picture: by it, who was erased does not come back",
    "wecom_group_members": "the platform's own picture",
    "wecom_tag_changes": "until it was taken over",
    "wecom_tag_marks": "until it was marked",
    "wecom_sends": "open ones end by themselves",
    "wecom_texts": "said to many",
    "payouts": "the books: bill and amount; to which open id is emptied",
    "shop_orders": "by the shop's number: figures stay true",
    "shop_order_parts": "by the shop's number: figures stay true",
    "shop_details": "by the shop's number; what was told of it is emptied",
}
"""What stays of an erased person, and why. Whatever is not here must be gone."""


def value_of(kind: str, person: int) -> str:
    return f"{'wm' if kind == 'external_userid' else 'o'}-{kind.partition(':')[0]}-{person}"


def born(stores: Stores, *persons: int) -> None:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        conn.execute(
            sa.insert(people),
            [{"person": n, "kept": n, "created": now, "changed": now, "attributes": {}} for n in persons],
        )
        rows = [
            {"kind": kind, "value": value_of(kind, n), "person": n, "since": now, "source": "t"}
            for n in persons
            for kind in KINDS
        ]
        conn.execute(sa.insert(identifiers), rows)
        shop = {"channel": "official_account", "name": "号", "settings": {"app_id": "wxa"}, "secrets": b""}
        conn.execute(sa.insert(accounts), [{**shop, "id": n, "created": now, "changed": now} for n in persons])


def _key(table: sa.Table, person: int) -> dict[str, Any]:
    """What makes a row of this table one of that person."""
    names = {column.name for column in table.columns}
    hangs: dict[str, dict[str, Any]] = {
        "attempts": {"message": person},
        "hook_attempts": {"delivery": person},
        "wecom_kf_messages": {"chat": person},
        "wecom_texts": {"hash": f"text-{person}"},
        "wecom_handover_items": {"kind": "customer", "item": value_of("external_userid", person)},
        "wecom_group_members": {"member": value_of("external_userid", person)},
        "audit": {"subject": f"person:{person}"},
        "merges": {"kept": person, "absorbed": person},
        "conflicts": {"low": person, "high": person + 100},
        "content_reads": {"hop": person},
        "content_hops": {"id": person},
        "offers": {"to": "person", "whom": str(person)},
        "shop_order_buyers": {"kind": "external_userid", "value": value_of("external_userid", person)},
    }
    found = dict(hangs.get(table.name, {}))
    if table.name.startswith("point_"):
        ours = {"kind": "person", "of": person, "posting": person, "lot": person, "hold": person, "id": person}
        found |= {name: value for name, value in ours.items() if name in names}
    if "external_userid" in names:
        found["external_userid"] = value_of("external_userid", person)
    if "openid" in names:
        found["openid"] = value_of("openid", person)
    if "open_id" in names:
        found["open_id"] = value_of("douyin_openid", person)
    if "person" in names:
        found["person"] = person
    if "number" in names and table.name.startswith("shop_"):
        found["number"] = f"order-{person}"
    if table.name == "wecom_sends":
        found["text"] = f"text-{person}"
    return found


def row_of(stores: Stores, table: sa.Table, person: int) -> dict[str, Any]:
    """A row with whatever its columns want."""
    row = _key(table, person)
    for column in table.columns:
        if column.name in row or column.nullable or column.server_default is not None:
            continue
        row[column.name] = _filled(stores, column, person)
    return row


def _filled(stores: Stores, column: sa.Column[Any], person: int) -> Any:
    if isinstance(column.type, Instant):
        return stores.clock.now()
    if isinstance(column.type, sa.JSON):
        return {}
    by_type: dict[type, Any] = {int: person, str: f"x{person}", bool: False, bytes: b"x", float: 1.0}
    return by_type.get(column.type.python_type, 0)


def filled(stores: Stores, *persons: int, tables: Sequence[sa.Table] = tuple(KEPT)) -> None:
    """A row of every table for each."""
    with stores.ledger.write() as conn:
        for table in tables:
            for person in persons:
                if table not in (people, identifiers):
                    _put(stores, conn, table, row_of(stores, table, person), person)


def _put(stores: Stores, conn: sa.Connection, table: sa.Table, row: dict[str, Any], person: int) -> None:
    """The row, and before it those that it refers to."""
    for reference in table.foreign_keys:
        above = reference.column
        if row.get(reference.parent.name) is not None:
            _put(
                stores,
                conn,
                above.table,
                {**row_of(stores, above.table, person), above.name: row[reference.parent.name]},
                person,
            )
    conn.execute(insert_into(conn, table).values(**row).on_conflict_do_nothing())


@pytest.fixture
def bound() -> None:
    siyu.app.load_rooms()


def test_every_table_says_whether_it_is_about_a_person() -> None:
    """Item 16 of the contract list: the export of a person holds all tables."""
    assert ROOMS
    known = {name for name in metadata.tables if not name.startswith("test_")}
    told = {table.name for table in KEPT}
    assert known - told - set(NOBODY) == set(), "say in siyu/insight/own_data.py whose rows these are"
    assert (told & set(NOBODY), set(NOBODY) - known) == (set(), set())


def test_a_row_of_any_table_is_in_its_persons_export_and_in_no_others(stores: Stores) -> None:
    born(stores, ANNA, BEN)
    filled(stores, ANNA, BEN)
    anna, ben = (everything_of(stores, person)["tables"] for person in (ANNA, BEN))
    everywhere = {table.name for table in KEPT}
    assert (everywhere - set(anna), everywhere - set(ben)) == (set(), set())
    assert {name: len(rows) for name, rows in anna.items() if name != "identifiers"} == dict.fromkeys(
        everywhere - {"identifiers"}, 1
    )
    both = [name for name in anna if any(row in ben[name] for row in anna[name])]
    assert both == []
    assert json.loads(json.dumps(anna)) == anna


def test_who_is_erased_is_in_no_table_but_those_that_say_why(stores: Stores, bound: None) -> None:
    born(stores, ANNA, BEN)
    filled(stores, ANNA, BEN)
    with stores.ledger.read() as conn:
        before = {table.name: _many(conn, table) for table in KEPT}
    erasure.erase(stores, "test", ANNA)
    with stores.ledger.read() as conn:
        left = {table.name: _many(conn, table) for table in KEPT}
    stays = {name for name, many in left.items() if many >= before[name]}
    assert stays <= set(AFTER_ERASURE)
    assert everything_of(stores, BEN)["tables"].keys() == {table.name for table in KEPT}
    assert [left[table.name] - before[table.name] for table in OF_LINKS_AND_MOMENTS] == [-1] * 4


def _many(conn: sa.Connection, table: sa.Table) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_merged_they_are_told_together_and_undone_apart(stores: Stores) -> None:
    born(stores, ANNA, BEN)
    filled(stores, ANNA, BEN, tables=OF_LINKS_AND_MOMENTS)
    names = [table.name for table in OF_LINKS_AND_MOMENTS]

    def many(person: int) -> set[int]:
        tables = everything_of(stores, person)["tables"]
        return {len(tables[name]) for name in names}

    kept = merges.merge(stores, "test", ANNA, BEN)
    assert many(kept) == many(ANNA) == many(BEN) == {2}
    with stores.ledger.read() as conn:
        (merge,) = merges.history(conn, kept)
    merges.undo(stores, "test", merge.id)
    assert many(ANNA) == many(BEN) == {1}


def test_the_page_hands_over_a_file_and_the_audit_log_knows(stores: Stores, signed_in: Callable[..., Console]) -> None:
    born(stores, ANNA)
    console = signed_in("owner")
    assert "导出本人资料" in console.get(f"/people/{ANNA}").text
    answer = console.post(f"/people/{ANNA}/own-data")
    assert "attachment" in answer.headers["content-disposition"]
    assert {each["value"] for each in answer.json()["tables"]["identifiers"]} == {value_of(k, ANNA) for k in KINDS}
    key = console.key()
    told = console.http.post(f"/api/people/{ANNA}/own-data", headers=key)
    assert (told.status_code, told.json()["person"]) == (200, ANNA)
    noted = console.get("/settings/audit").text
    assert "导出本人资料" in noted
    assert signed_in("operator").post(f"/people/{ANNA}/own-data").status_code == 403


def test_the_command_line_writes_it_to_a_file_of_ones_own(stores: Stores, tmp_path: Path) -> None:
    born(stores, ANNA)
    target = tmp_path / "anna.json"
    argv = ["--folder", str(tmp_path), "export", "person", str(ANNA), str(target), "--json"]
    status, out, err = run_command(stores, argv)
    assert status == 0, err
    jsonschema.validate(json.loads(out), json.loads((PUBLISHED / "export-person.json").read_text("utf-8")))
    assert json.loads(target.read_text("utf-8"))["person"] == ANNA
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(NotFound):
        everything_of(stores, 99)
