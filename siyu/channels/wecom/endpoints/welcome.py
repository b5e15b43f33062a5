"""Welcoming a new friend (D.4)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

ROWS = (
    # A code works once: whoever repeats a call without an answer is told 41051, "welcomed already".
    Endpoint("send_welcome_msg", "POST", "/cgi-bin/externalcontact/send_welcome_msg", True),
)
