"""The tables of the event log.

``events`` is person-first because most questions are asked per person (measured on 50 million events: one
timeline .02 s, count and sum per person .6 s). Rows are never changed: a merge of two persons is a row in
``aliases``, applied when reading through the ``person_of`` dictionary (a flat array: it costs nothing that can be
measured), so undoing a merge is removing that row, and every event is back where it belongs.
"""

from __future__ import annotations

TOKENS_KEPT = 10_000

PERSON = "dictGetOrDefault('person_of', 'kept', toUInt64(person), person)"
"""SQL: the person an event belongs to today, merges applied."""

BY_NAME = "by_name (SELECT person, time, name, amount ORDER BY name, person, time)"
"""Kept inside each part of ``events``, so it is as exact as the part. The engine reads it by itself wherever a question
names an event and asks for no more than these columns; measured on 50 million events: a sum per buyer .70 → .25 s of
CPU, a first time 1.13 → .21 s, for 290 MB beside 1,150."""

EVENTS = f"""
CREATE TABLE IF NOT EXISTS events (
    person UInt32,
    time DateTime64(3, 'UTC'),
    name LowCardinality(String),
    message_id String,
    received DateTime64(3, 'UTC'),
    source LowCardinality(String),
    batch UInt64,
    record UInt32,
    order String DEFAULT '',
    amount Decimal(18, 4) DEFAULT 0,
    lines Nested (
        row UInt32,
        sku String,
        title String,
        category LowCardinality(String),
        quantity Decimal(18, 4),
        price Decimal(18, 4)
    ),
    properties JSON(max_dynamic_paths = 256),
    INDEX batches_of batch TYPE minmax GRANULARITY 1,
    PROJECTION {BY_NAME}
) ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (person, time)
SETTINGS non_replicated_deduplication_window = {TOKENS_KEPT}
"""

PEOPLE = """
CREATE TABLE IF NOT EXISTS people (
    person UInt32,
    version UInt64,
    gone UInt8,
    created DateTime64(3, 'UTC'),
    name String,
    sex LowCardinality(String),
    birthday Nullable(Date32),
    province LowCardinality(String),
    city LowCardinality(String),
    occupation LowCardinality(String),
    origin_source LowCardinality(String),
    origin_campaign LowCardinality(String),
    origin_staff LowCardinality(String),
    tags Array(UInt32),
    layers Map(LowCardinality(String), LowCardinality(String)),
    consents Array(LowCardinality(String)),
    refusals Array(LowCardinality(String)),
    kinds Array(LowCardinality(String)),
    minor UInt8,
    attributes JSON(max_dynamic_paths = 256)
) ENGINE = ReplacingMergeTree(version)
ORDER BY person
"""

ALIASES = """
CREATE TABLE IF NOT EXISTS aliases (
    member UInt32,
    kept UInt32,
    version UInt64 DEFAULT 0
) ENGINE = ReplacingMergeTree(version) ORDER BY member
"""

PERSON_OF = """
CREATE DICTIONARY IF NOT EXISTS person_of (member UInt64, kept UInt32)
PRIMARY KEY member
SOURCE(CLICKHOUSE(QUERY 'SELECT member, kept FROM aliases FINAL WHERE kept != member'))
LAYOUT(FLAT(MAX_ARRAY_SIZE 200000000))
LIFETIME(0)
"""

MEMBERS = """
CREATE TABLE IF NOT EXISTS audience_states (
    audience UInt32,
    version UInt32,
    leaf UInt16,
    computed DateTime64(3, 'UTC'),
    members AggregateFunction(groupBitmap, UInt32)
) ENGINE = MergeTree ORDER BY (audience, version, leaf)
"""
"""Leaf 0 is the audience; 1 and up are its conditions as the rule writes them, so that a change has its cause."""

NOT_BY_PERSON = (
    *("welcome_sent", "service_answered", "message_failed", "message_delivered", "authorization_withdrawn"),
    *("account_unfollowed", "douyin_unfollowed"),
    *("order_amended", "order_returned", "message_accepted", "message_refused", "message_held", "complaint_made"),
    *("unsubscribed", "consent_given", "consent_withdrawn", "tag_added", "tag_removed", "person_identified"),
    *("person_merged", "merge_undone", "audience_entered", "audience_left", "layer_changed"),
    *("task_given", "task_done", "task_late"),
    *("promise_made", "offer_sent", "offer_ordered", "offer_paid", "offer_returned"),
    *("journey_called", "journey_entered", "journey_step", "journey_goal", "journey_left"),
    *("effort_done", "effort_expired"),
    *("lead_late", "lead_converted", "lead_lapsed"),
    *("coupon_taken", "coupon_used", "coupon_returned", "coupon_ending", "coupon_ended", "coupon_taken_back"),
    *("tier_up", "tier_down", "tier_at_risk", "care_given"),
    *("brought", "reward_granted", "reward_to_take", "reward_paid", "reward_taken_back"),
    *("friend_lost", "friend_removed", "friend_transferred", "group_left"),
)
"""Events that do not make a person "seen": done to them, or about them."""

_NOT_SEEN = ", ".join(f"'{name}'" for name in NOT_BY_PERSON)

NEVER = "toDateTime64('2299-01-01 00:00:00', 3, 'UTC')"
"""SQL: the first time of what has not happened."""

MONEY_NAMES = ("order_paid", "order_amended", "order_returned")
MONEY_EVENTS = f"name IN {MONEY_NAMES}"
NET = "if(name = 'order_returned', -amount, amount)"
"""What an event of :data:`MONEY_EVENTS` adds to net sales: the one meaning of "spent", in figures, layers and lists. An
order may grow later (``order_amended``); a return counts when it happens."""

LONG_AGO = "toDateTime64('1900-01-01 00:00:00', 3, 'UTC')"
"""SQL: the last time of what has not happened."""

MERGED_SECONDS = 300
"""So long after rows came, at most, a table of one row a person has been merged: five rows a person instead of one made
a list sorted by spending five times slower (measured at a million people: .09 → .36 s of CPU)."""

PERSON_STATS = f"""
CREATE TABLE IF NOT EXISTS person_stats (
    person UInt32,
    last_seen SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    last_paid SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    events SimpleAggregateFunction(sum, UInt64),
    orders SimpleAggregateFunction(sum, UInt64),
    spent SimpleAggregateFunction(sum, Decimal(38, 4)),
    first_time SimpleAggregateFunction(min, DateTime64(3, 'UTC')) DEFAULT {NEVER},
    first_paid SimpleAggregateFunction(min, DateTime64(3, 'UTC')) DEFAULT {NEVER},
    last_time SimpleAggregateFunction(max, DateTime64(3, 'UTC')) DEFAULT {LONG_AGO}
) ENGINE = AggregatingMergeTree ORDER BY person
SETTINGS non_replicated_deduplication_window = 10000, min_age_to_force_merge_seconds = {MERGED_SECONDS}
"""
"""Per node, kept by a view as events come in, so that a list of a million people sorts at once."""

PERSON_STATS_OF = f"""
SELECT
    person,
    maxIf(time, name NOT IN ({_NOT_SEEN})) AS last_seen,
    maxIf(time, name = 'order_paid') AS last_paid,
    count() AS events,
    countIf(name = 'order_paid') AS orders,
    sum(if({MONEY_EVENTS}, {NET}, 0)) AS spent,
    min(time) AS first_time,
    min(if(name = 'order_paid', time, {NEVER})) AS first_paid,
    max(time) AS last_time
FROM events GROUP BY person
"""

PERSON_STATS_TIMES = tuple(
    f"ALTER TABLE person_stats ADD COLUMN IF NOT EXISTS {name} "
    f"SimpleAggregateFunction({function}, DateTime64(3, 'UTC')) DEFAULT {nothing}"
    for name, function, nothing in (
        ("first_time", "min", NEVER),
        ("first_paid", "min", NEVER),
        ("last_time", "max", LONG_AGO),
    )
)
"""For a log that was made before these columns: it has them before its view names them."""

PERSON_STATS_VIEW = f"CREATE MATERIALIZED VIEW IF NOT EXISTS person_stats_view TO person_stats AS {PERSON_STATS_OF}"

STATEMENTS: tuple[str, ...] = (
    EVENTS,
    PEOPLE,
    ALIASES,
    PERSON_OF,
    MEMBERS,
    PERSON_STATS,
    *PERSON_STATS_TIMES,
    PERSON_STATS_VIEW,
)

_EPOCH = "toDateTime64(0, 3, 'UTC')"
_WITHOUT_TIMES = f"""
SELECT person FROM person_stats GROUP BY person
HAVING sum(events) > 0 AND (min(first_time) IN ({NEVER}, {_EPOCH}) OR max(last_time) IN ({LONG_AGO}, {_EPOCH}))
"""

CHANGES: tuple[str, ...] = (
    # A batch is a few new parts; without this, who follows what happens would read all of the log for each.
    "ALTER TABLE events ADD INDEX IF NOT EXISTS batches_of batch TYPE minmax GRANULARITY 1",
    *(
        f"ALTER TABLE {table} MODIFY SETTING min_age_to_force_merge_seconds = {MERGED_SECONDS}"
        for table in ("people", "person_stats")
    ),
    f"ALTER TABLE events ADD PROJECTION IF NOT EXISTS {BY_NAME}",
    f"ALTER TABLE person_stats_view MODIFY QUERY {PERSON_STATS_OF}",
    # Once, where the columns came later than the events; a minimum or maximum may be put in twice.
    f"INSERT INTO person_stats (person, first_time, first_paid, last_time) "
    f"SELECT person, min(time), min(if(name = 'order_paid', time, {NEVER})), max(time) FROM events "
    f"WHERE person IN ({_WITHOUT_TIMES}) GROUP BY person",
)
"""What tables have gone through since the first release. Run at every opening, after STATEMENTS, so each has to
change nothing the second time: ``ALTER TABLE events ADD COLUMN IF NOT EXISTS …``."""

PARTS_WITHOUT_BY_NAME = """
SELECT count() FROM system.parts
WHERE database = currentDatabase() AND table = 'events' AND active AND NOT has(projections, 'by_name')
    AND (SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = 'events' AND NOT is_done
        AND command LIKE '%by_name%') = 0
"""
MATERIALIZE_BY_NAME = "ALTER TABLE events MATERIALIZE PROJECTION by_name"
"""In the background (half a minute for 50 million events); until then, older parts are read as they were."""
