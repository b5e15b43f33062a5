"""The changes that tables have gone through since the first release, in order; see docs/decisions/0005.

A step is written for the tables as they were then: it names columns by text and imports nothing of the rooms. Once
released it never changes. For SQLite use ``op.batch_alter_table``, which PostgreSQL runs as plain ``ALTER TABLE``:

    def add_nickname(op: Operations) -> None:
        with op.batch_alter_table("people") as table:
            table.add_column(sa.Column("nickname", sa.Text))

    STEPS = (Step(1, "nickname of people", add_nickname),)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa
from alembic.operations import Operations


@dataclass(frozen=True)
class Step:
    """One change. Numbers only grow."""

    number: int
    name: str
    run: Callable[[Operations], None]


def contacts_as_read(op: Operations) -> None:
    """What is read of a customer, beside what callbacks tell."""
    known = sa.inspect(op.get_bind())
    if not known.has_table("wecom_contacts") or "read" in {
        each["name"] for each in known.get_columns("wecom_contacts")
    }:
        return
    with op.batch_alter_table("wecom_contacts") as table:
        table.add_column(sa.Column("read", sa.BigInteger))
        table.add_column(sa.Column("add_way", sa.Integer))
        table.add_column(sa.Column("tags", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("profile", sa.Text, nullable=False, server_default=""))
    op.create_index(
        "ix_wecom_contacts_to_read",
        "wecom_contacts",
        ["account"],
        sqlite_where=sa.text("reread IS NOT NULL AND (read IS NULL OR read < reread)"),
        postgresql_where=sa.text("reread IS NOT NULL AND (read IS NULL OR read < reread)"),
    )


def seats_untold(op: Operations) -> None:
    """Who came into a group by a code and is told once it is known by which."""
    known = sa.inspect(op.get_bind())
    if not known.has_table("wecom_group_members") or "untold" in {
        each["name"] for each in known.get_columns("wecom_group_members")
    }:
        return
    with op.batch_alter_table("wecom_group_members") as table:
        table.add_column(sa.Column("untold", sa.Boolean, nullable=False, server_default=sa.false()))


def messages_of_journeys(op: Operations) -> None:
    """A sender may be the message of a journey's step, and a person get it once a run."""
    known = sa.inspect(op.get_bind())
    if known.has_table("broadcasts") and "journey" not in {each["name"] for each in known.get_columns("broadcasts")}:
        with op.batch_alter_table("broadcasts") as table:
            table.add_column(sa.Column("priority", sa.Integer, nullable=False, server_default="50"))
            table.add_column(sa.Column("journey", sa.BigInteger))
            table.add_column(sa.Column("journey_version", sa.Integer))
            table.add_column(sa.Column("node", sa.Text))
            table.alter_column("audience", existing_type=sa.BigInteger(), nullable=True)
        op.create_index(
            "ix_broadcasts_journey",
            "broadcasts",
            ["journey", "journey_version", "node"],
            unique=True,
            sqlite_where=sa.text("journey IS NOT NULL"),
            postgresql_where=sa.text("journey IS NOT NULL"),
        )
    if known.has_table("outbox") and "run" not in {each["name"] for each in known.get_columns("outbox")}:
        with op.batch_alter_table("outbox") as table:
            table.add_column(sa.Column("run", sa.Integer, nullable=False, server_default="1"))
            table.drop_constraint("uq_outbox_broadcast_person", type_="unique")
            table.create_unique_constraint("uq_outbox_broadcast_person_run", ["broadcast", "person", "run"])


def ranks_of_messages(op: Operations) -> None:
    """What may still be sent is ranked by its kind's thousands and its sender's priority: 50 for all so far."""
    if sa.inspect(op.get_bind()).has_table("outbox"):
        op.execute(
            "UPDATE outbox SET priority = CASE kind WHEN 'service' THEN 1050 ELSE 50 END "
            "WHERE state IN ('due', 'claimed', 'attempted', 'handed')"
        )


def codes_at_wecom(op: Operations) -> None:
    """What was called a live code is a code at WeCom; live codes are our own."""
    known = sa.inspect(op.get_bind())
    if known.has_table("live_codes") and not known.has_table("wecom_ways"):
        op.drop_index("ix_live_codes_account", "live_codes")
        op.drop_index("ix_live_codes_next", "live_codes")
        op.rename_table("live_codes", "wecom_ways")
        if op.get_bind().dialect.name == "postgresql":  # its names of constraints are unique beyond their table
            op.execute("ALTER TABLE wecom_ways RENAME CONSTRAINT pk_live_codes TO pk_wecom_ways")
            op.execute("ALTER TABLE wecom_ways RENAME CONSTRAINT uq_live_codes_state TO uq_wecom_ways_state")
            op.execute("ALTER SEQUENCE live_codes_id_seq RENAME TO wecom_ways_id_seq")
        op.create_index("ix_wecom_ways_account", "wecom_ways", ["account", "kind"])
        waits = sa.text("next IS NOT NULL")
        op.create_index("ix_wecom_ways_next", "wecom_ways", ["next"], sqlite_where=waits, postgresql_where=waits)
    for table in ("cursors", "schedules", "jobs"):
        if known.has_table(table):
            op.execute(f"UPDATE {table} SET name = 'wecom_ways' WHERE name = 'live_codes'")
    if known.has_table("saved_views"):
        op.execute("UPDATE saved_views SET page = '/ways' WHERE page = '/codes'")


def why_tasks_were_cancelled(op: Operations) -> None:
    """A task that a journey took back says why."""
    known = sa.inspect(op.get_bind())
    if known.has_table("staff_tasks") and "why" not in {each["name"] for each in known.get_columns("staff_tasks")}:
        with op.batch_alter_table("staff_tasks") as table:
            table.add_column(sa.Column("why", sa.Text, nullable=False, server_default=""))


def rewards_due(op: Operations) -> None:
    """A reward may be let go by itself at a moment."""
    known = sa.inspect(op.get_bind())
    if not known.has_table("rewards") or "due" in {each["name"] for each in known.get_columns("rewards")}:
        return
    with op.batch_alter_table("rewards") as table:
        table.add_column(sa.Column("due", sa.BigInteger))
    held = sa.text("stage = 'held'")
    op.create_index("ix_rewards_due", "rewards", ["due"], sqlite_where=held, postgresql_where=held)


def campaigns_narrowed(op: Operations) -> None:
    """A campaign may say which codes, goods and amounts count."""
    known = sa.inspect(op.get_bind())
    if known.has_table("campaigns") and "narrowed" not in {each["name"] for each in known.get_columns("campaigns")}:
        with op.batch_alter_table("campaigns") as table:
            table.add_column(sa.Column("narrowed", sa.JSON, nullable=False, server_default="{}"))


def figures_of_campaigns(op: Operations) -> None:
    """Figures of campaigns with a million acts are read from an index alone."""
    known = sa.inspect(op.get_bind())
    for table, columns in (
        ("contributions", ["campaign", "person", "stage", "new_person", "effort"]),
        ("campaign_visits", ["campaign", "device", "effort", "own"]),
    ):
        name = f"ix_{table}_figures"
        if known.has_table(table) and name not in {each["name"] for each in known.get_indexes(table)}:
            op.create_index(name, table, columns)


def kinds_of_write_keys(op: Operations) -> None:
    """A write key has a kind. Those there are may do what they could, and are marked: they may stand in pages."""
    known = sa.inspect(op.get_bind())
    if not known.has_table("write_keys") or "kind" in {each["name"] for each in known.get_columns("write_keys")}:
        return
    with op.batch_alter_table("write_keys") as table:
        table.add_column(sa.Column("kind", sa.Text, nullable=False, server_default="server"))
        table.add_column(sa.Column("before_kinds", sa.Boolean, nullable=False, server_default=sa.true()))
    with op.batch_alter_table("write_keys") as table:
        table.alter_column("kind", existing_type=sa.Text(), existing_nullable=False, server_default=None)
        table.alter_column(
            "before_kinds", existing_type=sa.Boolean(), existing_nullable=False, server_default=sa.false()
        )


def limits_of_forms(op: Operations) -> None:
    """A form may limit what comes from one network and in an hour; of an address a mark is kept for a month."""
    known = sa.inspect(op.get_bind())
    if not known.has_table("leads") or "network" in {each["name"] for each in known.get_columns("leads")}:
        return
    with op.batch_alter_table("lead_forms") as table:
        table.add_column(sa.Column("limits", sa.JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("leads") as table:
        table.add_column(sa.Column("network", sa.Text, nullable=False, server_default=""))
    there = sa.text("network <> ''")
    columns = ["network", "form", "at"]
    op.create_index("ix_leads_network", "leads", columns, sqlite_where=there, postgresql_where=there)


def digests_of_server_keys(op: Operations) -> None:
    """Of a server's key only a digest is kept, and its first letters."""
    conn = op.get_bind()
    known = sa.inspect(conn)
    if not known.has_table("write_keys") or "prefix" in {each["name"] for each in known.get_columns("write_keys")}:
        return
    with op.batch_alter_table("write_keys") as table:
        table.add_column(sa.Column("prefix", sa.Text, nullable=False, server_default=""))
    kept = conn.execute(sa.text("SELECT id, key FROM write_keys WHERE kind = 'server'")).all()
    for number, key in kept:
        values = {"id": number, "prefix": key[:6], "key": f"sha256:{sha256(key.encode()).hexdigest()}"}
        conn.execute(sa.text("UPDATE write_keys SET key = :key, prefix = :prefix WHERE id = :id"), values)


STEPS: tuple[Step, ...] = (
    Step(1, "what is read of WeCom's customers", contacts_as_read),
    Step(2, "who came into a group by a code", seats_untold),
    Step(3, "messages of journeys as senders", messages_of_journeys),
    Step(4, "ranks of messages that wait", ranks_of_messages),
    Step(5, "codes at WeCom under their own name", codes_at_wecom),
    Step(6, "why a journey took a task back", why_tasks_were_cancelled),
    Step(7, "when held rewards are let go", rewards_due),
    Step(8, "which codes, goods and amounts count in a campaign", campaigns_narrowed),
    Step(9, "what figures of campaigns read", figures_of_campaigns),
    Step(10, "kinds of write keys", kinds_of_write_keys),
    Step(11, "limits of lead forms", limits_of_forms),
    Step(12, "digests of server keys", digests_of_server_keys),
)
