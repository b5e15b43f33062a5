"""Coupons 优惠券: what they take off an order, and how they go together."""
