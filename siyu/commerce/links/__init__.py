"""Tracked order links (追踪下单链接): from a message to a payment, counted from events alone."""
