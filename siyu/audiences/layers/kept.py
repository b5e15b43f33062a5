"""The schemes as they are kept: thresholds of the built-in ones, and the operator's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences.layers.built_in import BUILT_IN
from siyu.audiences.layers.model import THRESHOLD_MAX, BuiltIn, Layer, Scheme, Threshold, Value
from siyu.audiences.model import Rule, parse, to_json
from siyu.audiences.sql import check_path
from siyu.audiences.tables import layer_schemes, person_layers
from siyu.jobs import enqueue
from siyu.people.actions import mark_changed
from siyu.storage import CHUNK_ROWS, BadInput, NotFound, Stores, insert_into, sent

OWN_SCHEMES_MAX = 20
LAYERS_MAX = 30
LABEL_LENGTH_MAX = 40
CLEAR_JOB = "clear_layers"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def schemes(conn: Connection) -> list[Scheme]:
    """Every scheme with what is set for it: the built-in ones, then the operator's own."""
    stored = {row.name: row for row in conn.execute(sa.select(layer_schemes).order_by(layer_schemes.c.name))}
    found: list[Scheme] = []
    for built_in in BUILT_IN:
        row = stored.pop(built_in.key, None)
        if row is None:
            found.append(built_in.with_values({}))
        else:
            given = row.definition["values"]
            found.append(built_in.with_values(given, enabled=bool(row.enabled), computed=row.computed))
    return found + [
        _own(row.name, row.definition, bool(row.enabled), row.computed)
        for row in stored.values()
        if not row.definition.get("removed")
    ]


def scheme(conn: Connection, key: str) -> Scheme:
    """One scheme. Raises :class:`NotFound`."""
    for each in schemes(conn):
        if each.key == key:
            return each
    raise NotFound("scheme_unknown", f"没有名为 {key[:40]} 的分层。", f"There is no scheme of layers {key[:40]}.")


def _own(key: str, definition: Mapping[str, Any], enabled: bool, computed: datetime | None) -> Scheme:
    label = (definition["zh"], definition["en"])
    layers = tuple(Layer(each["key"], (each["zh"], each["en"]), parse(each["rule"])) for each in definition["layers"])
    return Scheme(key, label, ("自定义分层", "Your own scheme"), layers, own=True, enabled=enabled, computed=computed)


def change(stores: Stores, key: str, values: Mapping[str, Any], enabled: bool = True) -> Scheme:
    """Set the thresholds of a built-in scheme, or switch any scheme on or off. Raises :class:`BadInput` by field."""
    with stores.ledger.write() as conn:
        known = scheme(conn, key)
        if known.own:
            conn.execute(sa.update(layer_schemes).where(layer_schemes.c.name == key).values(enabled=enabled))
        else:
            built_in = next(each for each in BUILT_IN if each.key == key)
            _put(stores, conn, key, {"values": _checked(built_in, {**known.values, **values})}, enabled)
        return scheme(conn, key)


def add_own(stores: Stores, key: str, zh: str, en: str, layers: Sequence[tuple[str, str, str, Rule]]) -> Scheme:
    """Add or replace a scheme of the operator's own: layers as (key, Chinese, English, rule), in order."""
    _check_own(key, zh, layers)
    described = [{"key": one, "zh": czh, "en": cen or czh, "rule": to_json(rule)} for one, czh, cen, rule in layers]
    with stores.ledger.write() as conn:
        kept = {each.key for each in schemes(conn) if each.own}
        if key not in kept and len(kept) >= OWN_SCHEMES_MAX:
            raise BadInput(
                "schemes_too_many",
                f"自定义分层最多 {OWN_SCHEMES_MAX} 个。",
                f"There are at most {OWN_SCHEMES_MAX} schemes of your own.",
            )
        _put(stores, conn, key, {"zh": zh, "en": en or zh, "layers": described}, True)
        return scheme(conn, key)


def free_key(conn: Connection) -> str:
    """A key for a new scheme of the operator's own, where they did not choose one."""
    taken = set(conn.execute(sa.select(layer_schemes.c.name)).scalars())
    return next(key for key in (f"own_{number}" for number in range(1, 10_000)) if key not in taken)


def restore(stores: Stores, key: str) -> Scheme:
    """As it was: one's own scheme that was taken away, or a built-in one's first thresholds."""
    with stores.ledger.read() as conn:
        standing = any(each.key == key for each in schemes(conn))
    return reset(stores, key) if standing else restore_own(stores, key)


def reset(stores: Stores, key: str) -> Scheme:
    """Give a built-in scheme its first thresholds again. Raises :class:`BadInput` for one's own."""
    with stores.ledger.write() as conn:
        known = scheme(conn, key)
        if known.own:
            raise BadInput("scheme_own", "自定义分层没有默认界限。", "A scheme of your own has no first thresholds.")
        _put(stores, conn, key, {"values": {each.key: each.default for each in known.thresholds}}, known.enabled)
        return scheme(conn, key)


def remove_own(stores: Stores, key: str) -> None:
    """Take away a scheme of the operator's own, and everybody out of its layers; :func:`restore_own` undoes.

    Broken off, its job takes the rest of them out.
    """
    with stores.ledger.write() as conn:
        if not scheme(conn, key).own:
            raise BadInput("scheme_built_in", "内置分层只能停用。", "A built-in scheme can only be switched off.")
        _mark_removed(stores, conn, key, True)
        enqueue(conn, CLEAR_JOB, {"scheme": key}, key=f"{CLEAR_JOB}-{key}")
    clear(stores, key)


def restore_own(stores: Stores, key: str) -> Scheme:
    """Bring back a scheme that was taken away; people come into its layers at the next computation."""
    with stores.ledger.write() as conn:
        row = conn.execute(sa.select(layer_schemes.c.definition).where(layer_schemes.c.name == key)).one_or_none()
        if row is None or not row.definition.get("removed"):
            raise NotFound(
                "scheme_unknown", f"没有名为 {key[:40]} 的分层。", f"There is no scheme of layers {key[:40]}."
            )
        _mark_removed(stores, conn, key, False)
        return scheme(conn, key)


def _mark_removed(stores: Stores, conn: Connection, key: str, removed: bool) -> None:
    query = sa.select(layer_schemes.c.definition).where(layer_schemes.c.name == key)
    definition = {**conn.execute(query).scalar_one(), "removed": removed}
    change = sa.update(layer_schemes).where(layer_schemes.c.name == key)
    conn.execute(change.values(definition=definition, changed=stores.clock.now(), computed=None))


def clear(stores: Stores, key: str) -> int:
    """Take everybody out of the layers of a scheme that is no more, a chunk a transaction; how many."""
    gone = 0
    while True:
        with stores.ledger.write() as conn:
            if any(each.key == key for each in schemes(conn)):
                return gone  # brought back meanwhile
            query = sa.select(person_layers.c.person).where(person_layers.c.scheme == key).limit(CHUNK_ROWS)
            persons = list(conn.execute(query).scalars())
            if not persons:
                return gone
            asked = sent(conn, person=(sa.BigInteger, persons))
            here = (person_layers.c.scheme == key) & person_layers.c.person.in_(sa.select(asked.c.person))
            conn.execute(sa.delete(person_layers).where(here))
            mark_changed(conn, stores.clock.now(), persons)
            gone += len(persons)


def own_scheme(key: str, zh: str, en: str, layers: Sequence[tuple[str, str, str, Rule]]) -> Scheme:
    """A scheme that is not kept, for a preview. Raises :class:`BadInput` as :func:`add_own`."""
    _check_own(key, zh, layers)
    return Scheme(
        key,
        (zh, en or zh),
        ("", ""),
        tuple(Layer(one, (czh, cen or czh), rule) for one, czh, cen, rule in layers),
        own=True,
    )


def changed_scheme(conn: Connection, key: str, values: Mapping[str, Any]) -> Scheme:
    """A built-in scheme as it would be with these thresholds, for a preview. Raises :class:`BadInput` by field."""
    known = scheme(conn, key)
    if known.own:
        return known
    built_in = next(each for each in BUILT_IN if each.key == key)
    return built_in.with_values(_checked(built_in, {**known.values, **values}), computed=known.computed)


def _check_own(key: str, zh: str, layers: Sequence[tuple[str, str, str, Rule]]) -> None:
    if any(each.key == key for each in BUILT_IN) or not _KEY.fullmatch(key):
        raise BadInput(
            "scheme_key",
            "分层代号须为小写字母开头的字母、数字、下划线，且不与内置分层相同。",
            "A scheme's key is lower-case letters, digits and underscores, and not that of a built-in one.",
            field="key",
        )
    if not 0 < len(layers) <= LAYERS_MAX or len({layer[0] for layer in layers}) < len(layers):
        raise BadInput(
            "scheme_layers",
            f"须有 1 至 {LAYERS_MAX} 层，代号不能重复。",
            f"A scheme has 1 to {LAYERS_MAX} layers with different keys.",
            field="layers",
        )
    for text in (zh, *(part for layer in layers for part in layer[:2])):
        if not 0 < len(text.strip()) <= LABEL_LENGTH_MAX:
            raise BadInput(
                "scheme_label",
                f"名称须为 1 至 {LABEL_LENGTH_MAX} 个字。",
                f"A name has 1 to {LABEL_LENGTH_MAX} characters.",
                field="layers",
            )


def _put(stores: Stores, conn: Connection, key: str, definition: dict[str, Any], enabled: bool) -> None:
    row = {"definition": definition, "enabled": enabled, "changed": stores.clock.now()}
    conn.execute(
        insert_into(conn, layer_schemes)
        .values(name=key, **row)
        .on_conflict_do_update(index_elements=[layer_schemes.c.name], set_=row)
    )


def _checked(built_in: BuiltIn, given: Mapping[str, Any]) -> dict[str, Value]:
    values = {each.key: _fit(each, given[each.key]) for each in built_in.thresholds}
    for low, high in built_in.rising:
        if not int(values[low]) < int(values[high]):
            labels = {each.key: each.label for each in built_in.thresholds}
            raise BadInput(
                "threshold_order",
                f"「{labels[low][0]}」须小于「{labels[high][0]}」。",
                f"“{labels[low][1]}” has to be below “{labels[high][1]}”.",
                field=low,
            )
    return values


def _fit(threshold: Threshold, value: Any) -> Value:
    if threshold.unit == "field":
        if not isinstance(value, str):
            value = ""
        check_path(value, threshold.key)
        return value
    limit = 36_500 if threshold.unit == "days" else THRESHOLD_MAX
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= limit:
        raise BadInput(
            "threshold_value",
            f"「{threshold.label[0]}」须为 1 到 {limit} 的整数。",
            f"“{threshold.label[1]}” is a whole number from 1 to {limit}.",
            field=threshold.key,
        )
    return value
