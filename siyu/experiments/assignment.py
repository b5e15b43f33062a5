"""Deterministic assignment: a person's place in [0, 1) for a salt, and the arms laid over it.

The hash is GrowthBook's (their SDK specification, "Hashing"): FNV-1a, 32 bits (Fowler, Noll, Vo), over the salt
followed by the value written as text. Version 2 hashes the decimal text of the first hash once more, which takes out
the bias that version 1 has between experiments with similar salts, and keeps four digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

BUCKETS = 10_000
"""A person falls in one of so many buckets: percentages are exact to a hundredth of a percent."""

_OFFSET = 0x811C9DC5
_PRIME = 0x01000193
_MASK = 0xFFFFFFFF
_DIGITS_MAX = 10  # of an unsigned number of 32 bits


def fnv1a_32(text: str, start: int = _OFFSET) -> int:
    """FNV-1a of the text's code points (as GrowthBook has it; equal to bytes for ASCII). ``start`` goes on from
    an earlier hash: ``fnv1a_32(b, fnv1a_32(a)) == fnv1a_32(a + b)``."""
    value = start
    for character in text:
        value = ((value ^ ord(character)) * _PRIME) & _MASK
    return value


def bucket(salt: str, value: str | int) -> int:
    """The bucket, 0 to 9,999, of one person (version 2 of the hash)."""
    return fnv1a_32(str(fnv1a_32(f"{salt}{value}"))) % BUCKETS


def position(salt: str, value: str | int, version: int = 2) -> float:
    """The place in [0, 1). Version 1 has three digits and is kept for arms assigned elsewhere with it.

    Raises :class:`ValueError` for another version.
    """
    if version == 1:
        return fnv1a_32(f"{value}{salt}") % 1000 / 1000
    if version == 2:
        return bucket(salt, value) / BUCKETS
    raise ValueError(f"hash version {version} is not known")


def buckets(salt: str, persons: npt.ArrayLike) -> npt.NDArray[np.uint16]:
    """:func:`bucket` of many person numbers (0 to 2³²−1) at once; same order, same length."""
    numbers = np.asarray(persons, dtype=np.uint64)
    first = _hash_decimals(numbers, fnv1a_32(salt))
    return (_hash_decimals(first, _OFFSET) % BUCKETS).astype(np.uint16)


def held_out(salt: str, persons: npt.ArrayLike, percent: float) -> npt.NDArray[np.bool_]:
    """Which persons stay out so that the effect on the others can be measured. ``percent`` is 0 to 100."""
    if not 0 <= percent <= 100:
        raise ValueError("percent is from 0 to 100")
    return buckets(salt, persons) < round(percent * BUCKETS / 100)


def bucket_ranges(weights: Sequence[float], coverage: float = 1.0) -> list[tuple[float, float]]:
    """Each arm's stretch of [0, 1): it begins where its weight does and covers ``coverage`` of it, so that widening
    the coverage later moves nobody to another arm (GrowthBook, ``getBucketRanges``).

    Raises :class:`ValueError` where the weights do not sum to 1.
    """
    if not weights or abs(sum(weights) - 1) > 0.01:
        raise ValueError("weights must sum to 1")
    coverage = min(max(coverage, 0.0), 1.0)
    starts = [0.0, *accumulate(weights)]
    return [(start, start + coverage * weight) for start, weight in zip(starts, weights, strict=False)]


def choose(place: float, ranges: Sequence[tuple[float, float]]) -> int | None:
    """The arm whose stretch holds the place; None where the experiment does not cover it."""
    return next((arm for arm, (low, high) in enumerate(ranges) if low <= place < high), None)


def _hash_decimals(numbers: npt.NDArray[np.uint64], start: int) -> npt.NDArray[np.uint64]:
    """FNV-1a over the decimal text of each number, going on from ``start``; a digit's place at a time."""
    value = np.full(numbers.shape, start, dtype=np.uint64)
    prime, mask, ten, zero = np.uint64(_PRIME), np.uint64(_MASK), np.uint64(10), np.uint64(ord("0"))
    for place in range(_DIGITS_MAX - 1, -1, -1):
        unit = np.uint64(10**place)
        written = numbers >= unit if place else np.ones(numbers.shape, dtype=np.bool_)
        if not written.any():
            continue
        digit = numbers // unit % ten
        stepped = ((value ^ (zero + digit)) * prime) & mask
        value = stepped if written.all() else np.where(written, stepped, value)
    return value
