"""The calls of an official account, one row each, and how often they may be made (quotas a day: document 433)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, table
from siyu.channels.platform.limiter import Limit, Window
from siyu.channels.wechat.platform import API_DOMAIN_IP, CUSTOM_SEND, DAY, STABLE_TOKEN, a_day, platform

ENDPOINTS = table(
    STABLE_TOKEN,
    API_DOMAIN_IP,
    CUSTOM_SEND,
    # A code is good once: asked again, the platform refuses it, so that nothing is repeated by itself.
    Endpoint("sns/oauth2/access_token", "GET", "/sns/oauth2/access_token", False, token=None, rate="page_visitors"),
    Endpoint("user/get", "GET", "/cgi-bin/user/get", True, rate="user_list"),
    Endpoint("user/info/batchget", "POST", "/cgi-bin/user/info/batchget", True, rate="user_info"),
    Endpoint("qrcode/create", "POST", "/cgi-bin/qrcode/create", True),
    Endpoint("tags/get", "GET", "/cgi-bin/tags/get", True),
    # A name exists once, so making it again is refused and makes nothing.
    Endpoint("tags/create", "POST", "/cgi-bin/tags/create", True),
    Endpoint("tags/members/batchtagging", "POST", "/cgi-bin/tags/members/batchtagging", True),
    Endpoint("tags/members/batchuntagging", "POST", "/cgi-bin/tags/members/batchuntagging", True),
    # The platform drops a second message with the same id: it may be sent again where no answer came.
    Endpoint("message/template/send", "POST", "/cgi-bin/message/template/send", True, rate="template"),
    Endpoint("message/subscribe/bizsend", "POST", "/cgi-bin/message/subscribe/bizsend", False, rate="template"),
    Endpoint("message/mass/preview", "POST", "/cgi-bin/message/mass/preview", False, rate="preview"),
    Endpoint("message/mass/send", "POST", "/cgi-bin/message/mass/send", True, rate="mass"),
)

OFFICIAL_ACCOUNT = platform(
    "official_account",
    ENDPOINTS,
    {
        "page_visitors": Limit((Window(100_000, 60, burst=0.5),), slots=16),
        "user_list": a_day(500),
        "user_info": a_day(5_000_000),
        "template": a_day(100_000),
        "preview": a_day(100),
        "mass": Limit((Window(60, 60, burst=0.5), Window(100, DAY, burst=0.9)), slots=2, shared=True),
    },
)
