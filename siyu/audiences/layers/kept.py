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
from siyu.people.actions import mark_changed
from siyu.storage import CHUNK_ROWS, BadInput, NotFound, Stores, insert_into, sent

OWN_SCHEMES_MAX = 20
LAYERS_MAX = 30
LABEL_LENGTH_MAX = 40
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
    return found + [_own(row.name, row.definition, bool(row.enabled), row.computed) for row in stored.values()]


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
    described = [{"key": one, "zh": czh, "en": cen or czh, "rule": to_json(rule)} for one, czh, cen, rule in layers]
    with stores.ledger.write() as conn:
        kept = conn.execute(sa.select(sa.func.count()).select_from(layer_schemes)).scalar_one()
        if kept >= OWN_SCHEMES_MAX + len(BUILT_IN):
            raise BadInput(
                "schemes_too_many",
                f"自定义分层最多 {OWN_SCHEMES_MAX} 个。",
                f"There are at most {OWN_SCHEMES_MAX} schemes of your own.",
            )
        _put(stores, conn, key, {"zh": zh, "en": en or zh, "layers": described}, True)
        return scheme(conn, key)


def remove_own(stores: Stores, key: str) -> None:
    """Take away a scheme of the operator's own, and everybody's layer in it, also from the projection. Broken off, it
    is there still and can be removed again."""
    with stores.ledger.write() as conn:
        if not scheme(conn, key).own:
            raise BadInput("scheme_built_in", "内置分层只能停用。", "A built-in scheme can only be switched off.")
        conn.execute(sa.update(layer_schemes).where(layer_schemes.c.name == key).values(enabled=False))
    while True:
        with stores.ledger.write() as conn:
            if not _clear(conn, key, stores.clock.now()):
                conn.execute(sa.delete(layer_schemes).where(layer_schemes.c.name == key))
                return


def _clear(conn: Connection, key: str, now: datetime) -> bool:
    """Take one chunk of people out of a scheme; False where nobody is left in it."""
    query = sa.select(person_layers.c.person).where(person_layers.c.scheme == key).limit(CHUNK_ROWS)
    persons = list(conn.execute(query).scalars())
    if persons:
        out = sent(conn, person=(sa.BigInteger, persons))
        conn.execute(
            sa.delete(person_layers).where(
                person_layers.c.scheme == key, person_layers.c.person.in_(sa.select(out.c.person))
            )
        )
        mark_changed(conn, now, persons)
    return bool(persons)


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
