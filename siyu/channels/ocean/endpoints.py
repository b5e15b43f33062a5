"""The calls of Ocean Engine that are used here: one row each."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, table

_TOOLS = "/open_api/2/tools/clue"

ENDPOINTS = table(
    Endpoint("refresh_token", "POST", "/open_api/oauth2/refresh_token/", False, token=None),
    Endpoint("clue/get", "GET", f"{_TOOLS}/get/", True),
    Endpoint("clue/life/get", "POST", f"{_TOOLS}/life/get/", True),
    # Told again, a state is the state it was; but only an account whose owner says so has it repeated (sending.py).
    Endpoint("clue/callback", "POST", f"{_TOOLS}/callback/", False),
    Endpoint("clue/life/callback", "POST", f"{_TOOLS}/life/callback/", False),
)
