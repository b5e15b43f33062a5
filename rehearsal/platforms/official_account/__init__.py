"""A simulated official account (公众号): followers, codes, tags, every way of sending, callbacks."""
