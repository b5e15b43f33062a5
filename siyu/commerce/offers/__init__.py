"""Offers (优惠): a price or a coupon for some people, for some time; which is best for whom, and why."""
