"""Schemes of layers over the API: list, make, change, preview, compute, remove, restore."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from siyu.audiences import layers
from siyu.audiences.layers.command import LayerFile, read_layers
from siyu.audiences.model import Rule, to_json
from siyu.storage import Stores
from siyu.web.console.layers import compute_later
from siyu.web.console.layers import restore as restored
from siyu.web.current import note
from siyu.web.routes import api_ask, api_read, api_write
from siyu.web.seeing import asked_fairly

TAG = ["layers"]


class SchemeBody(Struct, forbid_unknown_fields=True):
    """Thresholds of a built-in scheme, and whether a scheme is worked out."""

    values: dict[str, int | str] = {}
    enabled: bool = True


class OwnSchemeBody(Struct, forbid_unknown_fields=True):
    """A scheme of your own: people go into the first layer whose rule holds. Without `key` one is given."""

    zh: str
    layers: list[LayerFile]
    en: str = ""
    key: str = ""


class SchemeAnswer(Struct):
    """A scheme, with how many people are in each layer as last worked out."""

    key: str
    zh: str
    en: str
    own: bool
    enabled: bool
    computed: datetime | None
    values: dict[str, int | str]
    layers: list[dict[str, Any]]


class Previewed(Struct):
    """How many people each layer would have; `none`: in no layer."""

    layers: dict[str, int]
    none: int


class JobStarted(Struct):
    """The job that does it: `GET /api/jobs/{job}`."""

    job: int


@api_read("/api/layers", "audience.read", tags=TAG)
def list_schemes(stores: Stores) -> list[SchemeAnswer]:
    """The schemes of layers with their thresholds and how many people are in each layer."""
    with stores.ledger.read() as conn:
        known = layers.schemes(conn)
    return [_scheme(stores, each) for each in known]


def _scheme(stores: Stores, scheme: layers.Scheme) -> SchemeAnswer:
    found = layers.distribution(stores, scheme.key)
    shown = [
        {
            "key": each.key,
            "zh": each.label[0],
            "en": each.label[1],
            "people": found.get(each.key, 0),
            "rule": None if each.rule is None else to_json(each.rule),
        }
        for each in scheme.layers
    ]
    zh, en = scheme.label
    return SchemeAnswer(scheme.key, zh, en, scheme.own, scheme.enabled, scheme.computed, dict(scheme.values), shown)


@api_write("POST", "/api/layers", "audience.write", audits="layers_added", tags=TAG)
def add_scheme(stores: Stores, data: OwnSchemeBody) -> SchemeAnswer:
    """Make a scheme of your own, or put another in the place of one with this key. A job works it out."""
    with stores.ledger.read() as conn:
        key = data.key or layers.free_key(conn)
    found = layers.add_own(stores, key, data.zh, data.en, _fair(data))
    compute_later(stores, key)
    note(f"layers:{key}", name=data.zh)
    return _scheme(stores, found)


@api_ask("/api/layers/preview", "audience.read", tags=TAG)
def preview_scheme(stores: Stores, data: OwnSchemeBody) -> Previewed:
    """How many people a scheme of your own would put into each layer now. Nothing is kept."""
    return _previewed(stores, layers.own_scheme(data.key or "preview", data.zh, data.en, _fair(data)))


@api_ask("/api/layers/{key:str}/preview", "audience.read", tags=TAG)
def preview_limits(stores: Stores, key: str, data: SchemeBody) -> Previewed:
    """How many people a scheme would put into each layer with these thresholds. Nothing is kept."""
    with stores.ledger.read() as conn:
        wished = layers.changed_scheme(conn, key, data.values)
    return _previewed(stores, wished)


def _fair(data: OwnSchemeBody) -> list[tuple[str, str, str, Rule]]:
    read = read_layers(data.layers)
    asked_fairly([to_json(rule) for *_, rule in read])
    return read


def _previewed(stores: Stores, wished: layers.Scheme) -> Previewed:
    found = layers.preview(stores, wished)
    return Previewed({key: people for key, people in found.items() if key}, found.get("", 0))


@api_write("PUT", "/api/layers/{key:str}", "audience.write", audits="layers_changed", about="layers:{key}", tags=TAG)
def change_scheme(stores: Stores, key: str, data: SchemeBody) -> SchemeAnswer:
    """Set thresholds of a scheme, or switch it on or off. People move at the next computation."""
    return _scheme(stores, layers.change(stores, key, data.values, data.enabled))


@api_write("POST", "/api/layers/compute", "audience.write", audits="layers_computed", about="layers", tags=TAG)
def compute_all(stores: Stores) -> JobStarted:
    """Work out every scheme that is switched on, in the background."""
    return JobStarted(compute_later(stores))


@api_write(
    "POST", "/api/layers/{key:str}/compute", "audience.write", audits="layers_computed", about="layers:{key}", tags=TAG
)
def compute_one(stores: Stores, key: str) -> JobStarted:
    """Work out one scheme, in the background."""
    return JobStarted(compute_later(stores, key))


@api_write("DELETE", "/api/layers/{key:str}", "audience.write", audits="layers_removed", about="layers:{key}", tags=TAG)
def remove_scheme(stores: Stores, key: str) -> None:
    """Take away a scheme of your own. `restore` brings it back."""
    layers.remove_own(stores, key)


@api_write(
    "POST", "/api/layers/{key:str}/restore", "audience.write", audits="layers_restored", about="layers:{key}", tags=TAG
)
def restore_scheme(stores: Stores, key: str) -> SchemeAnswer:
    """Bring back a scheme of your own that was taken away, or the first thresholds of a built-in one."""
    return _scheme(stores, restored(stores, key))


ROUTES = [
    list_schemes, add_scheme, preview_scheme, preview_limits, change_scheme, compute_all, compute_one, remove_scheme,
    restore_scheme,
]  # fmt: skip
