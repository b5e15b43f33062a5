"""The outermost layer: who asks, in which language, from which site; request id and security headers.

Paths of the intake (``/v1/…``) and of platforms (``/callbacks/…``) pass it by: they prove themselves in ways of their
own and must cost little.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread

from siyu.jobs import preferences
from siyu.staff import actions, platform_sign_in, queries
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import Call, Language, enter
from siyu.web.outside import Lent
from siyu.web.proxies import Proxies
from siyu.web.rehearsing import folder_of
from siyu.web.repeats import HEADER
from siyu.web.view import FLASH

COOKIE = "siyu_session"
LANGUAGE_COOKIE = "siyu_language"
THEME_COOKIE = "siyu_theme"
THEMES = ("auto", "light", "dark")
SIDEBAR = "/sidebar/"
"""Beginning of the pages beside a platform's chat: a sign-in of theirs is good for nothing else, and none else for
them."""
SIDEBAR_COOKIE = "siyu_sidebar"
SIDEBAR_STATE_COOKIE = "siyu_sidebar_state"

POLICY = "content-security-policy"
# Charts and progress set style attributes; scripts come from files of our own, never from the page.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src-elem 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_NO_FRAMES = (b"x-frame-options", b"DENY")
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (POLICY.encode(), _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    _NO_FRAMES,
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def policy_with(images: Sequence[str]) -> str:
    """The policy of a page that shows pictures from these origins too."""
    return _POLICY.replace("img-src 'self'", f"img-src 'self' {' '.join(images)}")


def framed_by(frames: Sequence[str], scripts: Sequence[str] = ()) -> str:
    """The policy of a page that other sites' pages may hold, and that loads ``scripts`` from elsewhere. A client's
    bridge to its scripts goes through frames of its own schemes."""
    policy = _POLICY.replace("frame-ancestors 'none'", f"frame-ancestors 'self' {' '.join(frames)}")
    if not scripts:
        return policy
    return policy.replace("script-src 'self'", f"script-src 'self' {' '.join(scripts)}; frame-src weixin: wxwork:")


class Edge:
    """Wraps the console and API; hands what begins like one of ``bare`` to that, and ``/static`` to its files."""

    def __init__(self, stores: Stores, inner: Any, bare: Mapping[str, Any], lent: Lent) -> None:
        """``bare``: beginnings of paths, and the ASGI applications that answer them by themselves."""
        self._lent, self._proxies = lent, lent.outside.proxies
        self._stores = stores
        self._inner = inner
        self._bare = bare

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _nothing_to_begin(receive, send)
            return
        if scope["type"] == "http" and self._proxies:
            scope = {**scope, "client": (_asker(scope, self._proxies), 0)}
        for beginning, answer in self._bare.items():
            if scope["type"] == "http" and scope["path"].startswith(beginning):
                await answer(scope, receive, send)
                return
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        call = Call(self._stores, id=secrets.token_hex(8), lent=self._lent)
        enter(call)
        _read_request(call, scope, headers)
        if not call.path.startswith("/static/"):
            bearer = headers.get("authorization", "")
            await anyio.to_thread.run_sync(self._know, call, bearer, headers.get("accept-language", ""))

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = {key.lower() for key, _ in message["headers"]}
                # A page with a policy of its own says there who may hold it.
                given = [pair for pair in HEADERS if pair is not _NO_FRAMES or POLICY.encode() not in own]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", call.id.encode()),
                    *(pair for pair in given if pair[0] not in own),
                ]
            await send(message)

        await self._inner(scope, receive, send_with_headers)

    def _know(self, call: Call, bearer: str, accept_language: str) -> None:
        """Find out who asks (a key, or a browser's sign-in) and how to write for them."""
        kept = preferences.values(self._stores)
        call.rehearses = folder_of(self._stores).is_dir()
        call.shop, call.currency = kept["shop_name"], kept["currency"]
        call.timezone = preferences.timezone(self._stores) if kept["timezone"] != call.timezone.key else call.timezone
        if bearer[:7].lower() == "bearer ":
            call.actor = self._key_holder(bearer[7:].strip())
            call.token, call.cross_site = "", False  # no browser sends this header by itself
        elif call.token and call.path.startswith(SIDEBAR):
            call.vouched = platform_sign_in.signed_in(self._stores, call.token)
            call.member = call.vouched.member if call.vouched else None
            call.actor = call.member.actor if call.member else None
        elif call.token:
            call.member = queries.signed_in(self._stores, call.token)
            if call.member is not None:
                call.actor = call.member.actor
                if call.member.seen is None or self._stores.clock.now() - call.member.seen > actions.TOUCHED:
                    actions.touch(self._stores, call.token)
        call.language = language_of(call, accept_language, kept["language"])

    def _key_holder(self, secret: str) -> Actor | None:
        actor = queries.key_holder(self._stores, secret)
        if actor is not None and actor.id is not None:
            actions.key_used(self._stores, actor.id)
        return actor


async def _nothing_to_begin(receive: Any, send: Any) -> None:
    """Who runs the application opens and closes what it works on; the routes have nothing to begin or end."""
    for what in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{what}.complete"})


def _asker(scope: Any, proxies: Proxies) -> str:
    forwarded = [value.decode("latin-1") for key, value in scope["headers"] if key == b"x-forwarded-for"]
    return proxies.address(scope["client"][0] if scope.get("client") else "", forwarded)


def _read_request(call: Call, scope: Any, headers: dict[str, str]) -> None:
    call.path, call.query = scope["path"], scope["query_string"].decode("latin-1")
    call.address = scope["client"][0] if scope.get("client") else ""
    call.agent, call.host = headers.get("user-agent", ""), headers.get("host", "")
    call.secure = scope.get("scheme") == "https" or headers.get("x-forwarded-proto") == "https"
    call.partial = headers.get("hx-target", "") if "hx-request" in headers else ""
    call.idempotency_key = headers.get(HEADER, "")
    cookies = cookies_in(headers.get("cookie", ""))
    call.token = cookies.get(SIDEBAR_COOKIE if call.path.startswith(SIDEBAR) else COOKIE, "")
    call.sidebar_nonce = cookies.get(SIDEBAR_STATE_COOKIE, "")
    call.flash = cookies.get(FLASH, "")
    call.language_chosen = cookies.get(LANGUAGE_COOKIE, "")
    call.theme = cookies.get(THEME_COOKIE, "auto")
    if call.theme not in THEMES:
        call.theme = "auto"
    call.cross_site = _from_elsewhere(headers, has_cookie=bool(call.token))


def cookies_in(header: str) -> dict[str, str]:
    """The cookies of a header; none where it can't be read. Ours hold no quotes, and are read without ceremony."""
    if '"' not in header:
        parts = (part.partition("=") for part in header.split(";"))
        return {name.strip(): value.strip() for name, _, value in parts if value}
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _from_elsewhere(headers: dict[str, str], *, has_cookie: bool) -> bool:
    """Whether a request that changes something may have been sent by another site's page.

    Browsers say so themselves: ``Sec-Fetch-Site`` where they know it, ``Origin`` on every POST. Who sends neither
    is no browser of today; with a sign-in cookie it is refused all the same.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None:
        try:
            return urlsplit(origin).netloc != headers.get("host", "")
        except ValueError:  # no address at all
            return True
    return has_cookie


def language_of(call: Call, accept: str, default: str) -> Language:
    """The reader's own choice; else the browser's first of the two; else the installation's."""
    wishes = [call.member.language if call.member else "", call.language_chosen]
    wishes += [part.split(";")[0].strip().lower()[:2] for part in accept.split(",")]
    for wish in [*wishes, default]:
        if wish in ("zh", "en"):
            return "en" if wish == "en" else "zh"
    return "zh"
