"""Which goods a rule or a coupon is about."""

from __future__ import annotations

from typing import Annotated

import msgspec

Words = Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=255)], ...], msgspec.Meta(max_length=200)]


class Goods(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lines: of these skus or categories (all, where none is named), but not of ``but``."""

    skus: Words = ()
    categories: Words = ()
    but: Words = ()
    """Skus or categories that never earn, like gift cards."""

    def are(self, sku: str, category: str) -> bool:
        """Whether a line is among them."""
        if sku in self.but or category in self.but:
            return False
        return not (self.skus or self.categories) or sku in self.skus or category in self.categories
