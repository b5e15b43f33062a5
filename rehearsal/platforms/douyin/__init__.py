"""Douyin 抖音: private messages within their windows, signed webhooks."""

from rehearsal.platforms.douyin.routes import douyin
from rehearsal.platforms.douyin.world import Douyin

__all__ = ["Douyin", "douyin"]
