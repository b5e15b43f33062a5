"""Goods as they are kept: told in batches, changed by hand, taken back.

Who tells of goods writes only what nobody wrote by hand: a field that staff changed stays theirs until they give it
back. So a feed that runs every hour undoes nobody's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.commerce.goods.model import BATCH_MAX, Good, checked, checked_key
from siyu.commerce.tables import goods, goods_changes
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into, sent

Teller = Literal["api", "file", "orders"]
ROWS_MAX = 500
GOODS_MAX = 500_000
CHANGES_SHOWN = 20
VIEW = [goods.c[name] for name in Good.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a batch. ``kept``: key → fields that staff wrote, so they were left as they are."""

    added: int
    changed: int
    same: int
    kept: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Change:
    """Something staff changed: the fields as they stood before."""

    id: int
    good: int
    before: Mapping[str, Any]
    at: datetime
    by: str
    undone: datetime | None


def list_goods(
    stores: Stores,
    words: str = "",
    *,
    category: str = "",
    sale: str = "",
    came: str = "",
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[Good]:
    """Goods, the newest first. ``sale``: ``on``, ``off`` or both; ``before``: below this number."""
    query = sa.select(*VIEW).where(*_asked(words, category, sale, came)).order_by(goods.c.id.desc())
    if before is not None:
        query = query.where(goods.c.id < before)
    with stores.ledger.read() as conn:
        return [Good(*row) for row in conn.execute(query.limit(min(rows_max, ROWS_MAX)))]


def count_goods(stores: Stores, words: str = "", *, category: str = "", sale: str = "", came: str = "") -> int:
    """How many."""
    query = sa.select(sa.func.count()).select_from(goods).where(*_asked(words, category, sale, came))
    with stores.ledger.read() as conn:
        return conn.execute(query).scalar_one()


def categories(stores: Stores) -> list[str]:
    """The categories there are, at most ``ROWS_MAX``."""
    query = sa.select(goods.c.category).where(goods.c.category != "").distinct().order_by(goods.c.category)
    with stores.ledger.read() as conn:
        return list(conn.execute(query.limit(ROWS_MAX)).scalars())


def get_good(stores: Stores, good: int) -> Good:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return good_in(conn, good)


def good_in(conn: Connection, good: int) -> Good:
    """Raises :class:`NotFound`."""
    row = conn.execute(sa.select(*VIEW).where(goods.c.id == good)).one_or_none()
    if row is None:
        raise NotFound("no_goods", f"没有编号为 {good} 的商品。", f"There are no goods {good}.")
    return Good(*row)


def goods_by(stores: Stores, numbers: Sequence[int]) -> dict[int, Good]:
    """Number → goods, of those that are there."""
    with stores.ledger.read() as conn:
        asked = sent(conn, id=(sa.BigInteger, sorted(set(numbers))))
        return {
            row.id: Good(*row) for row in conn.execute(sa.select(*VIEW).where(goods.c.id.in_(sa.select(asked.c.id))))
        }


def by_keys(conn: Connection, keys: Sequence[str]) -> dict[str, Good]:
    """The shop's number → goods."""
    asked = sent(conn, key=(sa.Text, sorted(set(keys))))
    query = sa.select(*VIEW).where(goods.c.key.in_(sa.select(asked.c.key)))
    return {row.key: Good(*row) for row in conn.execute(query)}


# -- told by others -------------------------------------------------------------------------------------------


def tell(stores: Stores, by: str, came: Teller, told: Sequence[Mapping[str, Any]]) -> Told:
    """Take in goods: each with its ``key`` and any of :data:`FIELDS`; what is not said stays as it is. The same again
    changes nothing. Raises :class:`BadInput` for the first that can't be read, and then nothing was changed."""
    if len(told) > BATCH_MAX:
        raise BadInput("goods_many", f"一次最多 {BATCH_MAX} 个商品。", f"At most {BATCH_MAX} at once.", field="goods")
    rows: dict[str, dict[str, Any]] = {}
    for place, each in enumerate(told):
        at = f"goods[{place}]."
        fields = checked({name: value for name, value in each.items() if name != "key"}, at)
        rows.setdefault(checked_key(each.get("key"), f"{at}key"), {}).update(fields)
    if not rows:
        return Told(0, 0, 0, {})
    with stores.ledger.write() as conn:
        return put(conn, stores.clock.now(), by, came, rows)


def put(conn: Connection, now: datetime, by: str, came: Teller, rows: Mapping[str, Mapping[str, Any]]) -> Told:
    """As :func:`tell`, of checked fields, in the caller's transaction."""
    _room(conn, len(rows))
    base = {"came": came, "hand": [], "created": now, "changed": now, "by": by}
    adding = insert_into(conn, goods).on_conflict_do_nothing(index_elements=["key"]).returning(goods.c.key)
    fresh = set[str]()
    for key in sorted(rows):
        fresh.update(conn.execute(adding, {**base, "key": key}).scalars())
    there = by_keys(conn, list(rows))
    changed = same = 0
    kept: dict[str, list[str]] = {}
    for key, fields in sorted(rows.items()):
        good = there[key]
        held = [name for name in fields if name in good.hand and fields[name] != getattr(good, name)]
        if held:
            kept[key] = held
        new = {name: value for name, value in fields.items() if name not in good.hand and value != getattr(good, name)}
        if new:
            conn.execute(sa.update(goods).where(goods.c.id == good.id).values({**new, "changed": now}))
        if key not in fresh:
            changed, same = changed + bool(new), same + (not new)
    return Told(len(fresh), changed, same, kept)


# -- by hand --------------------------------------------------------------------------------------------------


def add_good(stores: Stores, by: str, key: str, fields: Mapping[str, Any]) -> Good:
    """Enter one by hand. Raises :class:`BadInput`, :class:`Conflict` where its number is there."""
    number, values = checked_key(key), checked(fields)
    now = stores.clock.now()
    row = {**values, "key": number, "came": "staff", "hand": sorted(values), "created": now, "changed": now, "by": by}
    with stores.ledger.write() as conn:
        _room(conn, 1)
        adding = insert_into(conn, goods).on_conflict_do_nothing(index_elements=["key"]).values(row)
        made = conn.execute(adding.returning(goods.c.id)).scalar()
        if made is None:
            raise Conflict("goods_there", "已有这个编号的商品。", "Goods of this number are there.", field="key")
        return good_in(conn, made)


def change_good(stores: Stores, by: str, good: int, fields: Mapping[str, Any]) -> tuple[Good, int | None]:
    """Change fields by hand; they are staff's from now on. With the number of the change, to take it back (None:
    everything is so already). Raises :class:`BadInput`, :class:`NotFound`."""
    values = checked(fields)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = good_in(conn, good)
        new = {name: value for name, value in values.items() if value != getattr(found, name)}
        if not new:
            return found, None
        return _written(conn, now, by, found, {**new, "hand": sorted({*found.hand, *new})})


def give_back(stores: Stores, by: str, good: int) -> tuple[Good, int | None]:
    """Let the shop's own data say again what staff wrote; nothing changes until it does. Raises :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = good_in(conn, good)
        return (found, None) if not found.hand else _written(conn, now, by, found, {"hand": []})


def _written(conn: Connection, now: datetime, by: str, found: Good, values: dict[str, Any]) -> tuple[Good, int]:
    before = {name: getattr(found, name) for name in (*values, "hand")}
    row = {"good": found.id, "before": before, "at": now, "by": by}
    change = conn.execute(sa.insert(goods_changes).values(row).returning(goods_changes.c.id)).scalar_one()
    conn.execute(sa.update(goods).where(goods.c.id == found.id).values({**values, "changed": now}))
    return good_in(conn, found.id), change


def undo(stores: Stores, by: str, good: int, change: int) -> Good:
    """Take a change back: the fields stand as before it. Again changes nothing. Raises :class:`NotFound`, and
    :class:`Conflict` where the same field was changed since."""
    now = stores.clock.now()
    table = goods_changes.c
    with stores.ledger.write() as conn:
        rows = conn.execute(
            sa.select(goods_changes).where(table.good == good, table.id >= change).order_by(table.id)
        ).all()
        if not rows or rows[0].id != change:
            raise NotFound("no_change", "没有这次修改。", "There is no such change.")
        if rows[0].undone is not None:
            return good_in(conn, good)
        fields = {name for name in rows[0].before if name != "hand"}
        if any(fields & set(row.before) and row.undone is None for row in rows[1:]):
            raise Conflict(
                "changed_since",
                "之后又改过同一项，请先撤销较新的修改。",
                "It was changed again since: take the newer change back first.",
            )
        found = good_in(conn, good)
        mine = set(rows[0].before["hand"])
        hand = sorted({*(set(found.hand) - fields), *(mine & fields)} if fields else mine)
        values = {name: value for name, value in rows[0].before.items() if name != "hand"}
        conn.execute(
            sa.update(goods).where(goods.c.id == good).values({**values, "hand": hand, "changed": now, "by": by})
        )
        conn.execute(sa.update(goods_changes).where(table.id == change).values(undone=now))
        return good_in(conn, good)


def changes_of(stores: Stores, good: int) -> list[Change]:
    """What staff changed lately, the newest first."""
    query = sa.select(goods_changes).where(goods_changes.c.good == good).order_by(goods_changes.c.id.desc())
    with stores.ledger.read() as conn:
        return [Change(*row) for row in conn.execute(query.limit(CHANGES_SHOWN))]


def _asked(words: str, category: str, sale: str, came: str) -> list[sa.ColumnElement[bool]]:
    within = (goods.c.name, goods.c.key, goods.c.category)
    found: list[sa.ColumnElement[bool]] = [
        sa.or_(*(column.icontains(word, autoescape=True) for column in within)) for word in words.split()[:5]
    ]
    if category:
        found.append(goods.c.category == category)
    if sale in ("on", "off"):
        found.append(goods.c.on_sale.is_(sale == "on"))
    if came:
        found.append(goods.c.came == came)
    return found


def _room(conn: Connection, more: int) -> None:
    if (conn.execute(sa.select(sa.func.max(goods.c.id))).scalar() or 0) + more <= GOODS_MAX:
        return  # numbers only grow: there are no more than the last of them
    if conn.execute(sa.select(sa.func.count()).select_from(goods)).scalar_one() + more > GOODS_MAX:
        raise BadInput("goods_full", f"最多 {GOODS_MAX} 个商品。", f"At most {GOODS_MAX} goods.", field="goods")
