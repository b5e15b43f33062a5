"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

NONE = 0
"""In the place of a target: there was none to be had."""
CHOOSING = -1
"""In the place of a target: a page on which to choose was shown."""

live_codes = sa.Table(
    "live_codes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),  # of its address: /c/<slug>, for ever
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # staff, group, choice
    sa.Column("mode", sa.Text, nullable=False),  # turn, capacity, weight
    sa.Column("owner", sa.BigInteger),  # a member of this installation
    sa.Column("welcome", sa.Text, nullable=False, server_default=""),  # what the page says to who comes
    sa.Column("stage", sa.Text, nullable=False),  # draft, live, paused, ended
    sa.Column("starts", Instant),
    sa.Column("ends", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

code_targets = sa.Table(
    "code_targets",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("code", sa.BigInteger, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),  # its order behind the code
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("way", sa.BigInteger),  # a code at WeCom; else a picture or a link
    sa.Column("picture", sa.Text, nullable=False, server_default=""),  # sha256 of a medium
    sa.Column("link", sa.Text, nullable=False, server_default=""),
    sa.Column("tag", sa.BigInteger),  # given to who chooses it
    sa.Column("weight", sa.Integer, nullable=False, server_default="1"),
    sa.Column("day_cap", sa.Integer),  # people a day; null: as many as come
    sa.Column("seats", sa.Integer),  # people in all
    sa.Column("regions", sa.JSON, nullable=False),  # of cities; empty: from everywhere
    sa.Column("hours", sa.JSON, nullable=False),  # [[weekday 0 to 6, first minute, last minute], …]; empty: always
    sa.Column("starts", Instant),
    sa.Column("ends", Instant),  # a group's own code lasts seven days
    sa.Column("backup", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("off", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("follower", sa.BigInteger),  # the target that stands in for it once it has ended
    sa.Column("given", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("given_day", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("day", sa.Integer, nullable=False, server_default="0"),  # ordinal of the day that ``given_day`` counts
    sa.Index("ix_code_targets_code", "code", "place"),
    sa.Index("ix_code_targets_way", "way"),
    sa.CheckConstraint("seats IS NULL OR given <= seats", name="seats"),
    sa.CheckConstraint("day_cap IS NULL OR given_day <= day_cap", name="day_cap"),
    sqlite_autoincrement=True,
)

scan_places = sa.Table(
    "scan_places",
    metadata,
    sa.Column("code", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("who", sa.Text, primary_key=True),  # p<person>, d<device>
    sa.Column("target", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("person", sa.BigInteger, index=True),  # a node; of who = p…
)
"""Who has which target of a code: written once, before it is shown."""

code_days = sa.Table(
    "code_days",
    metadata,
    sa.Column("code", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),  # ordinal, of the installation's zone
    sa.Column("target", sa.BigInteger, primary_key=True, autoincrement=False),  # or NONE, CHOOSING
    sa.Column("scans", sa.BigInteger, nullable=False),
    sa.Column("placed", sa.BigInteger, nullable=False),  # of these, people placed for the first time
)
