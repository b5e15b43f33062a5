"""Layers: every scheme puts a person into at most one layer, by rules in order; the first that holds decides."""

from siyu.audiences.layers.compute import compute, compute_all, distribution, layers_of
from siyu.audiences.layers.kept import add_own, change, remove_own, scheme, schemes
from siyu.audiences.layers.model import Layer, Scheme, Threshold

__all__ = [
    "Layer",
    "Scheme",
    "Threshold",
    "add_own",
    "change",
    "compute",
    "compute_all",
    "distribution",
    "layers_of",
    "remove_own",
    "scheme",
    "schemes",
]
