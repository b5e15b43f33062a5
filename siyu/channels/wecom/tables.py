"""What WeCom told: its own picture of its members, customers, groups and tags. Syncs compare with it; people are
elsewhere. ``told`` is when something became so by the platform's clock: later ones win."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_contacts = sa.Table(
    "wecom_contacts",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("external_userid", sa.Text, primary_key=True),
    sa.Column("userid", sa.Text, primary_key=True),  # the member of staff
    sa.Column("state", sa.Text, nullable=False),  # unknown, half, friend, removed, transferred, lost, gone: README
    sa.Column("told", Instant, nullable=False),
    sa.Column("since", Instant),  # beginning of the friendship that is or was last
    sa.Column("ended", Instant),
    sa.Column("channel", sa.Text, nullable=False, server_default=""),  # State: the contact way that brought them
    sa.Column("reread", Instant),  # remark or tags changed before; what was read earlier may be older
    sa.Column("archiving", Instant),  # agreed to archiving
    sa.Column("transfer_failed", sa.Text, nullable=False, server_default=""),  # why
    sa.Column("read", Instant),  # when it was asked for last
    sa.Column("add_way", sa.Integer),
    sa.Column("tags", sa.Text, nullable=False, server_default=""),  # ids, sorted, with commas
    sa.Column("profile", sa.Text, nullable=False, server_default=""),  # fingerprint of what was told of the customer
    sa.Index("ix_wecom_contacts_member", "account", "userid"),
    sqlite_with_rowid=False,
)

_to_read = sa.and_(
    wecom_contacts.c.reread.is_not(None),
    sa.or_(wecom_contacts.c.read.is_(None), wecom_contacts.c.read < wecom_contacts.c.reread),
)
sa.Index("ix_wecom_contacts_to_read", wecom_contacts.c.account, sqlite_where=_to_read, postgresql_where=_to_read)

wecom_members = sa.Table(
    "wecom_members",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("userid", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("position", sa.Text, nullable=False, server_default=""),
    sa.Column("departments", sa.Text, nullable=False, server_default=""),  # numbers, with commas
    sa.Column("active", sa.Boolean),  # has signed in and is not disabled; null: not known
    sa.Column("follows", sa.Boolean, nullable=False, server_default=sa.false()),  # may have customers
    sa.Column("told", Instant, nullable=False),
    sa.Column("gone", Instant),  # left the company, or the app's sight
    sqlite_with_rowid=False,
)

wecom_departments = sa.Table(
    "wecom_departments",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("parent", sa.BigInteger),
    sa.Column("place", sa.BigInteger),
    sa.Column("told", Instant, nullable=False),
    sa.Column("gone", Instant),
    sqlite_with_rowid=False,
)

wecom_groups = sa.Table(
    "wecom_groups",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("chat_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("owner", sa.Text, nullable=False, server_default=""),
    sa.Column("notice", sa.Text, nullable=False, server_default=""),
    sa.Column("status", sa.Integer),  # 0 normal, 1 owner left, 2 being handed over, 3 handed over
    sa.Column("created", Instant),
    sa.Column("version", sa.Text, nullable=False, server_default=""),  # of the members
    sa.Column("told", Instant, nullable=False),
    sa.Column("dismissed", Instant),
    sa.Column("reread", Instant),  # changed before; what was read earlier may be older
    sa.Column("read", Instant),
    sqlite_with_rowid=False,
)

wecom_group_members = sa.Table(
    "wecom_group_members",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("chat_id", sa.Text, primary_key=True),
    sa.Column("member", sa.Text, primary_key=True),  # userid or external_userid
    sa.Column("customer", sa.Boolean, nullable=False),
    sa.Column("joined", Instant),
    sa.Column("scene", sa.Integer),  # 1 invited, 2 by an invitation link, 3 by a code
    sa.Column("state", sa.Text, nullable=False, server_default=""),  # of the join way
    sa.Column("untold", sa.Boolean, nullable=False, server_default=sa.false()),  # came by a code; not told yet
    sa.Column("told", Instant, nullable=False),
    sa.Column("left", Instant),
    sa.Index("ix_wecom_group_members_member", "account", "member"),
    sqlite_with_rowid=False,
)

wecom_tags = sa.Table(
    "wecom_tags",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("group_name", sa.Text, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False, server_default="0"),  # larger ones come first
    sa.Column("told", Instant, nullable=False),
    sa.Column("gone", Instant),
    sqlite_with_rowid=False,
)

wecom_links = sa.Table(
    "wecom_links",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("link", sa.Text, primary_key=True),  # of customer acquisition
    sa.Column("opened", sa.BigInteger, nullable=False, server_default="0"),  # the member's page
    sa.Column("asked", sa.BigInteger, nullable=False, server_default="0"),  # to be friends
    sa.Column("told", Instant, nullable=False),
    sa.Column("unavailable", Instant),
    sa.Column("deleted", Instant),
    sqlite_with_rowid=False,
)

wecom_balances = sa.Table(
    "wecom_balances",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("state", sa.Text, nullable=False, server_default=""),  # increased, low, exhausted
    sa.Column("told", Instant, nullable=False),
    sa.Column("expires", Instant),  # that many run out then
    sa.Column("expiring", sa.BigInteger),
    sa.Column("expiry_told", Instant),
    sqlite_with_rowid=False,
)
"""What is left of the paid quota of customer acquisition, as far as the platform warned."""

wecom_kf_pulls = sa.Table(
    "wecom_kf_pulls",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("open_kfid", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, nullable=False),  # lets the messages be read without a strict limit, for ten minutes
    sa.Column("told", Instant, nullable=False),  # there is something to read since
    sa.Column("pulled", Instant),  # read up to what was told then
    sa.Column("allowed", sa.Boolean),  # whether this app may serve that account; null: not told
    sa.Column("allowed_told", Instant),
    sqlite_with_rowid=False,
)

wecom_reads = sa.Table(
    "wecom_reads",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),  # members, departments, tags, groups, contacts
    sa.Column("of", sa.Text, primary_key=True),  # the member whose contacts; "" for whole lists
    sa.Column("wanted", Instant),  # something changed before
    sa.Column("job", sa.BigInteger),  # whose reading this is
    sa.Column("begun", Instant),
    sa.Column("cursor", sa.Text, nullable=False, server_default=""),  # where the list goes on
    sa.Column("ended", Instant),  # when the last whole reading ended
    sa.Column("found", sa.BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""How far each list has been read: a sync that was cut off goes on from here."""

wecom_tag_changes = sa.Table(
    "wecom_tag_changes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("external_userid", sa.Text, nullable=False),
    sa.Column("userid", sa.Text, nullable=False),
    sa.Column("added", sa.Text, nullable=False),  # ids, with commas
    sa.Column("removed", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
"""What WeCom changed of customers' tags, until it was taken over; see ``tagging.py``."""

wecom_tag_marks = sa.Table(
    "wecom_tag_marks",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("external_userid", sa.Text, primary_key=True),
    sa.Column("userid", sa.Text, primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("add", sa.Boolean, nullable=False),  # or take away
    sa.Column("at", Instant, nullable=False),  # when it was decided here: later ones win
    sa.Column("state", sa.Text, nullable=False),  # waiting, done, failed
    sa.Column("due", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("settled", Instant),
    sa.Column("code", sa.Text, nullable=False, server_default=""),  # of the platform, where it failed
    sa.Index("ix_wecom_tag_marks_due", "state", "account", "due"),
    sa.Index("ix_wecom_tag_marks_settled", "account", "settled"),
    sqlite_with_rowid=False,
)
"""What is to be marked at WeCom, and lately was; see ``tagging.py``."""
