"""What each person likes, from what they did and what others like who did the same.

The share of each tag is the mean of a Dirichlet posterior: a person's own decayed acts, and some that are lent
(``strength`` a tag). Of what is lent a part comes from the neighbours: for each tag that the person likes, what those
who like it like besides (shares of co-occurrence, without the tag itself); the rest from everybody. So who has done
little is served like the many, and leaves them as fast as they show what they like.
"""

from __future__ import annotations

import numpy as np

from siyu.content.matching.model import Counted, Floats, Ints, Portraits, Settings

_NEIGHBOURS_MIN = 10.0
"""A tag that few like lends little: so many more are thought of who like nothing besides."""


def portraits(counted: Counted, persons: Ints, settings: Settings) -> Portraits:
    """Of ``persons`` (ascending numbers), each a row; whoever did nothing is like everybody. What others are learned
    from is all that was counted, those who are not asked for included."""
    everybody_known = np.union1d(counted.persons, persons)
    weights = np.zeros((len(everybody_known), len(counted.tags)))
    np.add.at(weights, (np.searchsorted(everybody_known, counted.persons), counted.places), counted.weights)
    everybody = _shared(weights.sum(axis=0))
    own = weights[np.searchsorted(everybody_known, persons)]
    total = own.sum(axis=1, keepdims=True)
    lent = np.tile(everybody, (len(persons), 1))
    if settings.neighbours and len(counted.tags) > 1:
        spread = own @ companions(weights)
        mass = spread.sum(axis=1, keepdims=True)
        near = np.divide(spread, mass, out=lent.copy(), where=mass > 0)
        lent = settings.neighbours * near + (1 - settings.neighbours) * lent
    strength = max(1e-9, settings.strength * len(counted.tags))
    shares = (own + strength * lent) / (total + strength)
    return Portraits(counted.tags, persons, shares, (total / (total + strength))[:, 0], everybody)


def companions(weights: Floats) -> Floats:
    """Tag × tag: of those who like the one, which share likes the other. Nothing on the diagonal."""
    likes = (weights > 0).astype(np.float64)
    together = likes.T @ likes
    known = np.diag(together).copy()
    np.fill_diagonal(together, 0.0)
    return together / (known[:, None] + _NEIGHBOURS_MIN)


def _shared(totals: Floats) -> Floats:
    whole = totals.sum()
    return totals / whole if whole else np.full(len(totals), 1 / max(1, len(totals)))
