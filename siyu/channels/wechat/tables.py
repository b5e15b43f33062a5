"""What official accounts and mini programs told, and what was sent: their own picture; people are elsewhere."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wechat_users = sa.Table(
    "wechat_users",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("openid", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),  # following, left; of a mini program: user
    sa.Column("told", Instant, nullable=False),  # when it became so, by the platform's clock: later ones win
    sa.Column("since", Instant),  # followed last
    sa.Column("ended", Instant),  # stopped following last
    sa.Column("scene", sa.Text, nullable=False, server_default=""),  # of the code that brought them
    sa.Column("unionid", sa.Text, nullable=False, server_default=""),
    sa.Column("tags", sa.JSON),  # numbers of the platform's tags
    sa.Column("stale", sa.Boolean, nullable=False),  # what the platform knows of them has to be read (again)
    sa.Column("seen", Instant),  # last on the platform's list
    sa.Column("mass_month", sa.Text, nullable=False, server_default=""),  # that mass_count is of
    sa.Column("mass_count", sa.Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
_STALE = wechat_users.c.stale == sa.true()
sa.Index(
    "ix_wechat_users_stale",
    wechat_users.c.account,
    wechat_users.c.openid,
    sqlite_where=_STALE,
    postgresql_where=_STALE,
)

wechat_windows = sa.Table(
    "wechat_windows",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("openid", sa.Text, primary_key=True),
    sa.Column("cause", sa.Text, primary_key=True),  # wrote, acted
    sa.Column("opened", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("remaining", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How long and how often one may answer a person."""

wechat_grants = sa.Table(
    "wechat_grants",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("openid", sa.Text, primary_key=True),
    sa.Column("template", sa.Text, primary_key=True),
    sa.Column("granted", sa.Integer, nullable=False),  # messages that may still be sent
    sa.Column("agreed", Instant),  # last
    sa.Column("declined", Instant),  # last
    sqlite_with_rowid=False,
)

wechat_sends = sa.Table(
    "wechat_sends",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("openid", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("call", sa.Text, nullable=False, server_default=""),  # of a mass message
    sa.Column("state", sa.Text, nullable=False),  # calling, accepted, refused
    sa.Column("msgid", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_wechat_sends_msgid", "account", "msgid"),
    sqlite_with_rowid=False,
)
"""One row a message, written before the call."""

wechat_results = sa.Table(
    "wechat_results",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("msgid", sa.Text, primary_key=True),
    sa.Column("openid", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # success, or why not, in the platform's words
    sa.Column("at", Instant, nullable=False, index=True),
    sqlite_with_rowid=False,
)
"""What the platform told later of messages it had taken. It may come before the call's answer is written down."""

wechat_calls = sa.Table(
    "wechat_calls",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("call", sa.Text, primary_key=True),  # clientmsgid
    sa.Column("at", Instant, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),  # what is sent again, to the letter, where no answer came
    sa.Column("state", sa.Text, nullable=False),  # calling, accepted, refused
    sa.Column("msgid", sa.Text, nullable=False, server_default=""),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("result", sa.JSON),  # status and counts, as the platform told when it was done
    sa.Column("told", Instant),
    sa.Index("ix_wechat_calls_msgid", "account", "msgid"),
    sqlite_with_rowid=False,
)
"""Mass messages: one call to many."""

wechat_codes = sa.Table(
    "wechat_codes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("scene", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # temporary, permanent; of a mini program: page, link, scheme
    sa.Column("page", sa.Text, nullable=False, server_default=""),
    sa.Column("url", sa.Text, nullable=False, server_default=""),  # what the code says, or the link itself
    sa.Column("ticket", sa.Text, nullable=False, server_default=""),
    sa.Column("picture", sa.LargeBinary),  # of a mini program's code
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("scans", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("follows", sa.BigInteger, nullable=False, server_default="0"),
    sa.UniqueConstraint("account", "scene"),
)

wechat_tags = sa.Table(
    "wechat_tags",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),  # the platform's
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("people", sa.BigInteger, nullable=False),  # as the platform counts
    sa.Column("read", Instant, nullable=False),
    sqlite_with_rowid=False,
)

wechat_readings = sa.Table(
    "wechat_readings",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("started", Instant, nullable=False),
    sa.Column("cursor", sa.Text, nullable=False),  # the last open id that was listed; "" at the beginning
    sa.Column("listed", sa.BigInteger, nullable=False),
    sa.Column("finished", Instant),
    sqlite_with_rowid=False,
)
"""How far the list of followers has been read: the next reading goes on from there."""

wechat_tag_changes = sa.Table(
    "wechat_tag_changes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("openid", sa.Text, nullable=False),
    sa.Column("added", sa.JSON, nullable=False),  # numbers of the platform's tags
    sa.Column("removed", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),  # when it was asked for: the platform does not say when it became so
    sqlite_autoincrement=True,
)
"""What an official account's console changed of followers' tags, until it was taken over."""

wechat_tag_marks = sa.Table(
    "wechat_tag_marks",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("openid", sa.Text, primary_key=True),
    sa.Column("tag", sa.BigInteger, primary_key=True),  # the platform's number
    sa.Column("add", sa.Boolean, nullable=False),  # or take away
    sa.Column("at", Instant, nullable=False),  # when it was decided here: later ones win
    sa.Column("state", sa.Text, nullable=False),  # waiting, done, failed
    sa.Column("due", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("settled", Instant),
    sa.Column("code", sa.Text, nullable=False, server_default=""),  # of the platform, where it failed
    sa.Index("ix_wechat_tag_marks_due", "state", "account", "due"),
    sqlite_with_rowid=False,
)
"""What followers are to be tagged with at an official account, and lately were."""
