"""An event that a journey speaks of: its name, and what its properties must say."""

from __future__ import annotations

from msgspec import Struct

from siyu.audiences.conditions.did import check_event, said
from siyu.audiences.filters import Filter
from siyu.audiences.words import Words


class Match(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``{"event": "order_paid", "where": [{"field": "amount", "op": "at_least", "value": 100}]}``: filters as in rules,
    all of them."""

    event: str
    where: tuple[Filter, ...] = ()

    def check(self, at: str) -> None:
        """Raise :class:`~siyu.storage.BadInput` with the path of what can't be used."""
        check_event(self.event, self.where, at)

    def sentence(self, words: Words) -> str:
        return said(words, self.event, self.where)
