"""Welcoming a new friend (D.4)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

ROWS = (Endpoint("send_welcome_msg", "POST", "/cgi-bin/externalcontact/send_welcome_msg", False),)
