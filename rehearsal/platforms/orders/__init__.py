"""Shops on Youzan, Douyin shop, Taobao and of their own, which tell of their orders by webhook."""

from rehearsal.platforms.orders.routes import shops
from rehearsal.platforms.orders.world import Shops

__all__ = ["Shops", "shops"]
