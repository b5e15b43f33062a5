"""The calls of a mini program, one row each, and how often they may be made."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, table
from siyu.channels.platform.limiter import Limit, Window
from siyu.channels.wechat.platform import API_DOMAIN_IP, CUSTOM_SEND, STABLE_TOKEN, a_day, platform

ENDPOINTS = table(
    STABLE_TOKEN,
    API_DOMAIN_IP,
    CUSTOM_SEND,
    # A code is good once: asked again, the platform refuses it, so that nothing is repeated by itself.
    Endpoint("jscode2session", "GET", "/sns/jscode2session", False, token=None, rate="sessions"),
    Endpoint("message/subscribe/send", "POST", "/cgi-bin/message/subscribe/send", False, rate="subscribe"),
    Endpoint("getwxacodeunlimit", "POST", "/wxa/getwxacodeunlimit", True, rate="codes", answer="bytes"),
    Endpoint("generate_urllink", "POST", "/wxa/generate_urllink", True, rate="links"),
    Endpoint("generatescheme", "POST", "/wxa/generatescheme", True, rate="links"),
)

MINIPROGRAM = platform(
    "miniprogram",
    ENDPOINTS,
    {
        "sessions": Limit((Window(100_000, 60, burst=0.5),), slots=16),
        "subscribe": a_day(3_000_000),
        "codes": Limit((Window(5_000, 60, burst=0.2),)),
        "links": a_day(500_000, shared=True),
    },
)
