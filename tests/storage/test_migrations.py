"""How a ledger of an older version becomes one of this version, on both engines."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from siyu.people import write_keys as write_keys_room
from siyu.people.tables import write_keys
from siyu.staff.tables import sign_ins, staff
from siyu.storage import EventLog, Ledger, Stores, Unavailable, eventlog_schema, metadata, migrations
from siyu.storage.inbox import inbox_metadata
from siyu.storage.migrations.steps import STEPS, Step


def add_nickname(op: Operations) -> None:
    with op.batch_alter_table("staff") as table:
        table.add_column(sa.Column("nickname", sa.Text))


def require_nickname(op: Operations) -> None:
    op.execute("UPDATE staff SET nickname = name")
    with op.batch_alter_table("staff") as table:
        table.alter_column("nickname", existing_type=sa.Text(), nullable=False)


ADD, REQUIRE = Step(101, "nickname", add_nickname), Step(102, "nickname needed", require_nickname)


@pytest.fixture
def ledger(each_stores: Stores) -> Ledger:
    """An empty database of either engine."""
    ledger = each_stores.ledger
    metadata.drop_all(ledger.engine)
    return ledger


def with_one_member(ledger: Ledger) -> None:
    migrations.upgrade(ledger)
    now = sa.literal(0)
    with ledger.write() as conn:
        conn.execute(sa.insert(staff).values(id=1, login="li", name="Li", password="x", role="owner", created=now))
        row = {"token": "t", "staff": 1, "at": now, "seen": now, "expires": now, "agent": ""}
        conn.execute(sa.insert(sign_ins).values(row))


def columns_of(ledger: Ledger, table: str) -> dict[str, bool]:
    return {column["name"]: column["nullable"] for column in sa.inspect(ledger.engine).get_columns(table)}


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")  # SQLite: of an index over an expression
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_a_new_ledger_has_exactly_the_tables_of_the_rooms(ledger: Ledger) -> None:
    migrations.upgrade(ledger)
    with ledger.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        known = [metadata, inbox_metadata] if ledger.dialect == "postgresql" else metadata
        with warnings.catch_warnings():  # SQLite tells nothing of an index on an expression
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            assert compare_metadata(context, known) == []


def test_upgrading_again_changes_nothing(ledger: Ledger) -> None:
    with_one_member(ledger)
    assert migrations.upgrade(ledger) == []
    with ledger.read() as conn:
        assert conn.execute(sa.select(staff.c.login)).scalars().all() == ["li"]


def test_an_older_ledger_takes_the_steps_it_has_not_seen_and_keeps_its_rows(ledger: Ledger) -> None:
    with_one_member(ledger)
    assert migrations.upgrade(ledger, [*STEPS, ADD]) == [101]
    assert migrations.upgrade(ledger, [*STEPS, ADD, REQUIRE]) == [102]
    assert columns_of(ledger, "staff")["nickname"] is False
    with ledger.read() as conn:
        assert conn.execute(sa.text("SELECT nickname FROM staff")).scalars().all() == ["Li"]
        assert conn.execute(sa.select(sign_ins.c.staff)).scalars().all() == [1]


def test_foreign_keys_are_watched_again_after_an_upgrade(ledger: Ledger) -> None:
    with_one_member(ledger)
    migrations.upgrade(ledger, [*STEPS, ADD, REQUIRE])
    with pytest.raises(sa.exc.IntegrityError), ledger.write() as conn:
        conn.execute(sa.text("DELETE FROM staff"))


def test_a_new_ledger_needs_no_step(ledger: Ledger) -> None:
    assert migrations.upgrade(ledger, [*STEPS, ADD]) == []
    assert migrations.upgrade(ledger, [*STEPS, ADD]) == []


def test_a_table_that_is_missing_is_created(ledger: Ledger) -> None:
    with_one_member(ledger)
    with ledger.engine.begin() as conn:
        conn.execute(sa.text("DROP TABLE blocklist"))
    migrations.upgrade(ledger)
    assert sa.inspect(ledger.engine).has_table("blocklist")


def test_a_step_that_fails_leaves_no_trace(ledger: Ledger) -> None:
    def broken(op: Operations) -> None:
        add_nickname(op)
        raise RuntimeError

    with_one_member(ledger)
    with pytest.raises(RuntimeError):
        migrations.upgrade(ledger, [*STEPS, Step(101, "broken", broken)])
    assert "nickname" not in columns_of(ledger, "staff")
    assert migrations.upgrade(ledger, [*STEPS, ADD]) == [101]


def test_a_ledger_that_a_newer_version_has_changed_is_refused(ledger: Ledger) -> None:
    with_one_member(ledger)
    migrations.upgrade(ledger, [*STEPS, ADD])
    with pytest.raises(Unavailable) as caught:
        migrations.upgrade(ledger)
    assert caught.value.code == "ledger_newer"


def test_a_sqlite_file_is_copied_aside_before_it_is_changed(stores: Stores, tmp_path: Path) -> None:
    migrations.upgrade(stores.ledger)
    migrations.upgrade(stores.ledger, [*STEPS, ADD])
    copy = Ledger(f"sqlite:///{tmp_path / 'ledger.db.before-101'}")
    assert "nickname" not in columns_of(copy, "staff")
    copy.close()


def test_a_ledger_from_before_journeys_keeps_its_messages(ledger: Ledger) -> None:
    migrations.upgrade(ledger)
    before = _as_it_is(ledger)
    with ledger.write() as conn:
        op = Operations(MigrationContext.configure(conn))
        op.drop_index("ix_broadcasts_journey", "broadcasts")
        with op.batch_alter_table("broadcasts") as table:
            for column in ("priority", "journey", "journey_version", "node"):
                table.drop_column(column)
            table.alter_column("audience", existing_type=sa.BigInteger(), nullable=False)
        with op.batch_alter_table("outbox") as table:
            table.drop_constraint("uq_outbox_broadcast_person_run", type_="unique")
            table.drop_column("run")
            table.create_unique_constraint("uq_outbox_broadcast_person", ["broadcast", "person"])
        conn.execute(sa.text("DELETE FROM schema_steps WHERE number >= 3"))
        old = "broadcast, person, channel, account, kind, tone, state, priority, due, decided, counted, attempts"
        conn.execute(sa.text(f"INSERT INTO outbox ({old}) VALUES (1, 7, 'c', 1, 'k', 't', 'due', 0, 0, 0, 0, 0)"))
    assert 3 in migrations.upgrade(ledger)
    assert _as_it_is(ledger) == before
    with ledger.read() as conn:
        assert conn.execute(sa.text("SELECT person, run, priority FROM outbox")).all() == [(7, 1, 50)]


def test_what_was_called_a_live_code_is_kept_as_a_code_at_wecom(ledger: Ledger) -> None:
    migrations.upgrade(ledger)
    before, ours = _as_it_is(ledger, "wecom_ways"), _as_it_is(ledger, "live_codes")
    names = _names_of_constraints(ledger)
    with ledger.write() as conn:
        op = Operations(MigrationContext.configure(conn))
        if sa.inspect(conn).has_table("live_codes"):
            op.drop_table("live_codes")
        for name in ("account", "next"):
            op.drop_index(f"ix_wecom_ways_{name}", "wecom_ways")
        op.rename_table("wecom_ways", "live_codes")
        if ledger.dialect == "postgresql":
            for kind, rest in (("pk", ""), ("uq", "_state")):
                op.execute(
                    f"ALTER TABLE live_codes RENAME CONSTRAINT {kind}_wecom_ways{rest} TO {kind}_live_codes{rest}"
                )
            op.execute("ALTER SEQUENCE wecom_ways_id_seq RENAME TO live_codes_id_seq")
        op.create_index("ix_live_codes_account", "live_codes", ["account"])
        op.create_index("ix_live_codes_next", "live_codes", ["next"])
        conn.execute(sa.text("DELETE FROM schema_steps WHERE number >= 5"))
        of_it = "account, kind, name, state, way, tags, stage, created, changed, by"
        conn.execute(
            sa.text(f"INSERT INTO live_codes ({of_it}) VALUES (1, 'join', 'n', 'd', '{{}}', '[]', 'live', 0, 0, 't')")
        )
        conn.execute(sa.text("INSERT INTO cursors (name, place) VALUES ('live_codes', 9)"))
    assert migrations.upgrade(ledger)[0] == 5
    assert _as_it_is(ledger, "wecom_ways") == before
    assert _as_it_is(ledger, "live_codes") == ours  # live codes of our own, under the names that it left
    assert _names_of_constraints(ledger) == names
    with ledger.read() as conn:
        assert conn.execute(sa.text("SELECT state FROM wecom_ways")).scalars().all() == ["d"]
        assert conn.execute(sa.text("SELECT place FROM cursors WHERE name = 'wecom_ways'")).scalars().all() == [9]


def test_tasks_from_before_say_why_they_were_cancelled(ledger: Ledger) -> None:
    migrations.upgrade(ledger)
    before = _as_it_is(ledger, "staff_tasks")
    with ledger.write() as conn:
        with Operations(MigrationContext.configure(conn)).batch_alter_table("staff_tasks") as table:
            table.drop_column("why")
        conn.execute(sa.text("DELETE FROM schema_steps WHERE number >= 6"))
    assert migrations.upgrade(ledger)[0] == 6
    assert _as_it_is(ledger, "staff_tasks") == before


def _names_of_constraints(ledger: Ledger) -> list[str]:
    """On PostgreSQL, where another table can't have one of the same name."""
    if ledger.dialect != "postgresql":
        return []
    with ledger.read() as conn:
        own = sa.text("SELECT relname FROM pg_class WHERE relname NOT LIKE 'pg\\_%'")
        return sorted(str(name) for name in conn.execute(own).scalars())


def test_write_keys_from_before_kinds_go_on_as_server_keys_and_are_marked(ledger: Ledger) -> None:
    migrations.upgrade(ledger)
    as_new = _as_it_is(ledger, "write_keys")
    with ledger.engine.begin() as conn:
        op = Operations(MigrationContext.configure(conn))
        with op.batch_alter_table("write_keys") as table:
            table.drop_column("kind")
            table.drop_column("before_kinds")
        conn.execute(sa.text("INSERT INTO write_keys (key, name, source, created) VALUES ('wk', '官网', 'web', 0)"))
        conn.execute(sa.text("DELETE FROM schema_steps WHERE number = 10"))
    migrations.upgrade(ledger)
    assert _as_it_is(ledger, "write_keys") == as_new
    with ledger.write() as conn:
        old = conn.execute(sa.text("SELECT kind, before_kinds FROM write_keys")).one()
        assert (old.kind, bool(old.before_kinds)) == ("server", True)
        row = {"key": "k2", "name": "x", "source": "y", "kind": "page", "created": sa.literal(0)}
        new = conn.execute(sa.insert(write_keys).values(row).returning(write_keys.c.before_kinds)).scalar_one()
        assert not new


def test_keys_of_servers_that_were_kept_in_clear_are_digested_and_go_on(stores: Stores) -> None:
    made = write_keys_room.create(stores, "商城", "shop", "server")
    page = write_keys_room.create(stores, "官网", "site", "page")
    with stores.ledger.engine.begin() as conn:
        op = Operations(MigrationContext.configure(conn))
        with op.batch_alter_table("write_keys") as table:
            table.drop_column("prefix")
        conn.execute(sa.text("UPDATE write_keys SET key = :key WHERE id = :id"), {"key": made.key, "id": made.id})
        conn.execute(sa.text("DELETE FROM schema_steps WHERE number = 12"))
    migrations.upgrade(stores.ledger)
    assert write_keys_room.writer_of(stores, made.key) == ("shop", "server")
    known, other = write_keys_room.all_of(stores)
    assert (known.key, known.prefix, other.key) == ("", made.key[:6], page.key)


def _as_it_is(ledger: Ledger, *tables: str) -> dict[str, object]:
    """Columns, constraints and indexes of the tables, those of a part of the rows with which part."""
    found = sa.inspect(ledger.engine)
    return {
        table: (
            {each["name"]: (str(each["type"]), each["nullable"]) for each in found.get_columns(table)},
            sorted(str(each["column_names"]) for each in found.get_unique_constraints(table)),
            {
                str(each["name"]): (each["column_names"], each["unique"], str(sorted(each.get("dialect_options", {}))))
                for each in found.get_indexes(table)
            },
            found.get_pk_constraint(table)["constrained_columns"],
        )
        for table in (tables or ("broadcasts", "outbox"))
    }


def test_the_event_logs_schema_may_be_laid_down_again(event_log: EventLog) -> None:
    look = "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position"
    before = event_log.rows(look)
    for statement in (*eventlog_schema.STATEMENTS, *eventlog_schema.CHANGES):
        event_log.command(statement)
    assert event_log.rows(look) == before
    assert len(before) > 40
