"""Ocean Engine 巨量引擎: leads of ads, read page by page, and what is told back of them."""

from rehearsal.platforms.ocean.routes import ocean
from rehearsal.platforms.ocean.world import Ocean

__all__ = ["Ocean", "ocean"]
