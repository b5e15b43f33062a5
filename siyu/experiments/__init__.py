"""Who gets what, decided by arithmetic alone. See README.md in this folder."""

from siyu.experiments.assignment import (
    BUCKETS,
    bucket,
    bucket_ranges,
    buckets,
    choose,
    fnv1a_32,
    held_out,
    position,
)

__all__ = ["BUCKETS", "bucket", "bucket_ranges", "buckets", "choose", "fnv1a_32", "held_out", "position"]
