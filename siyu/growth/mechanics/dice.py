"""Draws that anybody who has the seed can repeat, and sums that are shared out exactly. Pure."""

from __future__ import annotations

import hashlib
import hmac


def number(seed: bytes, label: str) -> int:
    """A number of 256 bits: HMAC-SHA256 of ``label`` under ``seed``."""
    return int.from_bytes(hmac.digest(seed, label.encode(), hashlib.sha256), "big")


def below(seed: bytes, label: str, sides: int) -> int:
    """One of 0 … ``sides`` - 1, as likely as each other (to within ``sides`` in 2**256)."""
    return number(seed, label) % sides


def shared(seed: bytes, total: int, parts: int, least: int = 1) -> tuple[int, ...]:
    """``total`` in ``parts`` by the two-times-mean rule (二倍均值法), each at least ``least``.

    What is above the least is drawn part by part: evenly between nothing and twice the mean of what is left for those
    who are left, so that nobody gains by being early or late: every part's expectation is ``total / parts`` exactly.
    The last takes what is left, so that the parts are the total. Raises :class:`ValueError` where it does not reach.
    """
    if parts < 1 or least < 1 or total < parts * least:
        raise ValueError(f"{total} can't be shared among {parts} with {least} each")
    left = total - parts * (least - 1)
    drawn: list[int] = []
    for nth in range(parts - 1):
        others = parts - nth
        mean, rest = divmod(left, others)
        part = 1 + below(seed, f"part:{nth}", 2 * mean - 1) + (below(seed, f"cent:{nth}", others) < rest)
        drawn.append(part + least - 1)
        left -= part
    return (*drawn, left + least - 1)


def evenly(total: int, parts: int) -> tuple[int, ...]:
    """``total`` in ``parts`` that differ by one at most, the larger first."""
    mean, rest = divmod(total, parts)
    return tuple(mean + (nth < rest) for nth in range(parts))


def falling(total: int, parts: int, ratio_percent: int) -> tuple[int, ...]:
    """``total`` in ``parts``, each about ``ratio_percent`` of the one before and at least 1; whatever rounding takes
    away is spread over the first ones, so that the parts are the total and never grow."""
    weights = [ratio_percent**nth * 100 ** (parts - 1 - nth) for nth in range(parts)]
    above, whole = total - parts, sum(weights)
    drawn = [1 + above * weight // whole for weight in weights]
    rest = total - sum(drawn)
    return tuple(part + (nth < rest) for nth, part in enumerate(drawn))
