"""微信客服 (D.13)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

_KF = "/cgi-bin/kf"

ROWS = (
    Endpoint("kf/account/list", "POST", f"{_KF}/account/list", True),
    Endpoint("kf/sync_msg", "POST", f"{_KF}/sync_msg", True),
    # The platform tells nobody what an app has sent, so a call without an answer stays unknown and is never repeated.
    Endpoint("kf/send_msg", "POST", f"{_KF}/send_msg", False),
    Endpoint("kf/service_state/get", "POST", f"{_KF}/service_state/get", True),
    Endpoint("kf/service_state/trans", "POST", f"{_KF}/service_state/trans", False),
)
