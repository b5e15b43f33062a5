"""Which of several pieces each person gets. Pure: the same seed, the same choice.

A piece's score for a person is the share of their interest that its tags have, times how it is received (the mean of a
Beta posterior over sent and opened, beside what such people open anyway), times how fresh it is. Of all people a share
is tried on: for them how a piece is received is *drawn* from its posterior (Thompson sampling, so pieces of which
little is known get their chance, and those known to be worse get fewer and fewer), and interest counts by its root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from siyu.content.matching.model import Candidate, Choice, Floats, Ints, Portraits, Settings

SENT_LENT = 20.0
"""So many messages are lent to each piece, received as pieces are on average."""
RECEIVED_USUAL = 0.2
"""… and where nothing was sent yet, as messages usually are."""


def choose(
    portraits: Portraits, candidates: Sequence[Candidate], now: datetime, settings: Settings, seed: str
) -> list[Choice]:
    """One piece a person, in the order of ``portraits.persons``. Empty where there is nothing to choose from."""
    if not candidates:
        return []
    shares, tags = _interest(portraits, candidates)
    usual = np.array([_usual(portraits, each) for each in candidates])
    alpha, beta = _received(candidates)
    received = alpha / (alpha + beta)
    fresh = np.array([freshness(each, now, settings) for each in candidates])
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))
    tried = chance.random(len(portraits.persons)) < settings.explore
    scores = shares * received * fresh
    if tried.any():
        drawn = chance.beta(alpha, beta, size=(int(tried.sum()), len(candidates)))
        scores[tried] = np.sqrt(shares[tried]) * drawn * fresh
    best = scores.argmax(axis=1)
    return [
        Choice(
            int(person),
            candidates[place].key,
            float(scores[row, place]),
            float(shares[row, place]),
            float(usual[place]),
            float(portraits.own[row]),
            float(received[place]),
            float(fresh[place]),
            bool(tried[row]),
            tags[place][row],
        )
        for row, (person, place) in enumerate(zip(portraits.persons, best, strict=True))
    ]


def of_group(portraits: Portraits, members: Ints) -> Portraits:
    """A group as one reader: the mean of its members' shares, those who showed more counting more."""
    rows = np.searchsorted(portraits.persons, members)
    weights = portraits.own[rows] + 1e-6
    shares = (portraits.shares[rows] * weights[:, None]).sum(axis=0) / weights.sum()
    own = np.array([portraits.own[rows].mean()])
    return Portraits(portraits.tags, np.zeros(1, dtype=np.int64), shares[None, :], own, portraits.everybody)


def freshness(piece: Candidate, now: datetime, settings: Settings) -> float:
    """1 for a new or lasting piece; a topical one falls towards a half."""
    if piece.since is None or not piece.topical:
        return 1.0
    days = max(0.0, (now - piece.since).total_seconds() / 86_400)
    return 0.5 + 0.5 / (1 + days / settings.fresh_days * 2)


def _interest(portraits: Portraits, candidates: Sequence[Candidate]) -> tuple[Floats, list[list[str]]]:
    """The share of each person's interest that each piece's tags have (a piece without known tags: an average tag's),
    and the tag that says most."""
    place = {tag: number for number, tag in enumerate(portraits.tags)}
    columns: list[Floats] = []
    named: list[list[str]] = []
    average = 1 / max(1, len(portraits.tags))
    for each in candidates:
        known = [place[tag] for tag in dict.fromkeys(each.tags) if tag in place]
        if known:
            of_tags = portraits.shares[:, known]
            columns.append(of_tags.mean(axis=1))
            named.append([portraits.tags[known[int(at)]] for at in of_tags.argmax(axis=1)])
        else:
            columns.append(np.full(len(portraits.persons), average))
            named.append([""] * len(portraits.persons))
    return np.stack(columns, axis=1), named


def _usual(portraits: Portraits, piece: Candidate) -> float:
    place = {tag: number for number, tag in enumerate(portraits.tags)}
    known = [place[tag] for tag in dict.fromkeys(piece.tags) if tag in place]
    return float(portraits.everybody[known].mean()) if known else 1 / max(1, len(portraits.tags))


def _received(candidates: Sequence[Candidate]) -> tuple[Floats, Floats]:
    sent = np.array([max(each.sent, each.opened) for each in candidates], dtype=np.float64)
    opened = np.array([each.opened for each in candidates], dtype=np.float64)
    usual = opened.sum() / sent.sum() if sent.sum() >= SENT_LENT else RECEIVED_USUAL
    usual = min(0.95, max(0.02, usual))
    return opened + usual * SENT_LENT, sent - opened + (1 - usual) * SENT_LENT
