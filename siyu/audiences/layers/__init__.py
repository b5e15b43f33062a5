"""Layers: every scheme puts a person into at most one layer, by rules in order; the first that holds decides."""

from siyu.audiences.layers.compute import (
    HeldLayer,
    compute,
    compute_all,
    distribution,
    held_by,
    layers_of,
    preview,
)
from siyu.audiences.layers.kept import (
    CLEAR_JOB,
    add_own,
    change,
    changed_scheme,
    clear,
    free_key,
    own_scheme,
    remove_own,
    reset,
    restore,
    restore_own,
    scheme,
    schemes,
)
from siyu.audiences.layers.model import Layer, Scheme, Threshold

__all__ = [
    "CLEAR_JOB",
    "HeldLayer",
    "Layer",
    "Scheme",
    "Threshold",
    "add_own",
    "change",
    "changed_scheme",
    "clear",
    "compute",
    "compute_all",
    "distribution",
    "free_key",
    "held_by",
    "layers_of",
    "own_scheme",
    "preview",
    "remove_own",
    "reset",
    "restore",
    "restore_own",
    "scheme",
    "schemes",
]
