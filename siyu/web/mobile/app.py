"""The ASGI application behind ``/c/…`` and ``/m/…``: public pages, which must cost little and stand many at once.

It passes the console's edge by: nobody signs in here. Who comes is a device by a cookie of our own (``who.py``); every
form has a one-time key (``once.py``); what goes wrong is a page with a way on (``friendly.py``).
"""

from __future__ import annotations

import functools
import inspect
import itertools
import logging
import re
import secrets
import traceback
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import anyio.to_thread

from siyu.growth.visitors import posts
from siyu.growth.visitors.links import PARAMETER
from siyu.storage import BadInput, SiyuError, Stores, Unavailable
from siyu.web.bare import Receive, Scope, Send, WrongMethod, read_body
from siyu.web.current import Call, current, enter
from siyu.web.edge import HEADERS, LANGUAGE_COOKIE, POLICY, cookies_in, language_of, policy_with
from siyu.web.forms import Form
from siyu.web.limits import Bucket, TooMany
from siyu.web.mobile import asking, friendly, once, who
from siyu.web.mobile.routes import Route, find
from siyu.web.mobile.shared import Recent, Shared, Value
from siyu.web.mobile.visit import Answer, Visit
from siyu.web.outside import Lent

log = logging.getLogger("siyu.web")

PATHS = ("/c/", "/m/")
FIELDS_MAX = 100
CALLS_PER_MINUTE = 6_000
DEVICES_PER_MINUTE = 1_200
"""Of one address, behind which a whole hall may stand: calls, and devices never seen before."""
_ROBOT = re.compile(r"bot\b|spider|crawl|preview|facebookexternalhit", re.IGNORECASE)
_LANGUAGE = "lang"


class Mobile:
    """The ASGI application."""

    def __init__(self, stores: Stores, lent: Lent) -> None:
        self._stores, self._lent = stores, lent
        self._shared = Shared(stores)
        self._run, self._count = secrets.token_hex(4), itertools.count()
        self._calls, self._devices = Bucket(CALLS_PER_MINUTE), Bucket(DEVICES_PER_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        cookies = cookies_in(headers.get("cookie", ""))
        kept = await _recent(self._shared.preferences)
        call = self._call(scope, headers, cookies, kept)
        enter(call)
        visit = self._visit(scope, headers, cookies)
        try:
            answer = await self._answer(scope, receive, visit)
        except SiyuError as error:
            answer = friendly.show(visit, friendly.of_error(error, _without(PARAMETER)))
            if error.status == 429:
                answer = _with(answer, (b"retry-after", str(error.detail.get("seconds", 1)).encode()))
        except Exception as error:  # whoever came must see a page, whatever happened
            _log(error)
            failed = Unavailable("unexpected", "出错了，已记录。请稍后重试。", "Something went wrong and was recorded.")
            answer = friendly.show(visit, friendly.of_error(failed, _without(PARAMETER)))
        await _send(scope, send, headers, answer, self._cookies(visit, call))

    def _call(self, scope: Scope, headers: dict[str, str], cookies: dict[str, str], kept: dict[str, object]) -> Call:
        # numbered: to ask the system for chance is to give up the interpreter, and to wait for it beside a busy thread
        call = Call(self._stores, id=f"{self._run}{next(self._count):08x}", lent=self._lent)
        call.path, call.query = str(scope["path"]), bytes(scope.get("query_string", b"")).decode("latin-1")
        call.address = scope["client"][0] if scope.get("client") else ""
        call.agent, call.host = headers.get("user-agent", ""), headers.get("host", "")
        call.secure = scope.get("scheme") == "https" or headers.get("x-forwarded-proto") == "https"
        call.shop, call.currency = str(kept["shop_name"]), str(kept["currency"])
        call.timezone = ZoneInfo(str(kept["timezone"]))
        wished = dict(parse_qsl(call.query)).get(_LANGUAGE, "") if _LANGUAGE in call.query else ""
        call.language_chosen = wished if wished in ("zh", "en") else cookies.get(LANGUAGE_COOKIE, "")
        call.language = language_of(call, headers.get("accept-language", ""), str(kept["language"]))
        return call

    def _visit(self, scope: Scope, headers: dict[str, str], cookies: dict[str, str]) -> Visit:
        home = self._stores.home
        device = who.device_in(home, cookies.get(who.COOKIE, ""))
        robot = scope["method"] == "HEAD" or bool(_ROBOT.search(headers.get("user-agent", "")))
        visit = Visit(self._stores, self._lent.channels, self._shared, device or who.new_device(), not device)
        visit.query, visit.robot = dict(parse_qsl(current().query)), robot
        visit.asked = asking.COOKIE in cookies
        return visit

    async def _answer(self, scope: Scope, receive: Receive, visit: Visit) -> Answer:
        call, method = current(), str(scope["method"])
        self._limit(call, visit)
        found = find(method, call.path)
        if found is None:
            if method == "GET" or find("GET", call.path) is None:
                return friendly.show(visit, friendly.unknown())
            raise WrongMethod("use_get", "请重新打开页面。", "Open the page again.")
        route, given = found
        before = await self._before(receive, visit, route)
        if before is not None:
            return before
        if inspect.iscoroutinefunction(route.answer):
            answer: Answer = await route.answer(visit, **given)
        else:
            answer = await anyio.to_thread.run_sync(functools.partial(route.answer, visit, **given))
        if method == "POST" and answer.location:
            place = await anyio.to_thread.run_sync(posts.keep, self._stores, visit.device, visit.once, answer.location)
            answer = visit.to(place)
        return answer

    def _limit(self, call: Call, visit: Visit) -> None:
        """Raises :class:`TooMany`."""
        now = self._stores.clock.now().timestamp()
        seconds = self._calls.take(call.address, now)
        if not seconds and visit.fresh and not visit.robot:
            seconds = self._devices.take(call.address, now)
        if seconds:
            raise TooMany(seconds)

    async def _before(self, receive: Receive, visit: Visit, route: Route) -> Answer | None:
        """What is answered instead of the route's own: a cleaned address, the way to the platform, a form's outcome."""
        if route.method == "POST":
            place = await self._take_form(receive, visit, route.form_bytes_max)
            return None if place is None else visit.to(place)
        if PARAMETER in visit.query and not visit.robot:
            await anyio.to_thread.run_sync(who.bind, visit, visit.query[PARAMETER])
            return visit.to(_without(PARAMETER))
        if asking.may_be_sent(visit, route):
            return asking.sent_away(visit, await _recent(self._shared.askers))
        return None

    async def _take_form(self, receive: Receive, visit: Visit, bytes_max: int) -> str | None:
        """Read the form; where it was sent before, the place it led to. Raises :class:`BadInput` for a form that is not
        of a page of ours, shown to this device."""
        body = await read_body(receive, bytes_max)
        values: dict[str, list[str]] = {}
        for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)[:FIELDS_MAX]:
            values.setdefault(name, []).append(value.replace("\0", ""))  # which no store takes
        visit.form = Form(values)
        visit.once = visit.form.get(once.FIELD)
        if not once.is_ours(self._stores.home, visit.device, visit.once):
            raise BadInput(
                "form_strange",
                "页面已过期，或浏览器没有保存 Cookie。请重新打开页面再试。",
                "The page is too old, or your browser kept no cookie. Open the page again.",
            )
        return await anyio.to_thread.run_sync(posts.outcome, self._stores, visit.device, visit.once)

    def _cookies(self, visit: Visit, call: Call) -> list[tuple[bytes, bytes]]:
        made: list[str] = []
        if visit.fresh and not visit.robot:
            value = who.cookie_of(self._stores.home, visit.device)
            made.append(f"{who.COOKIE}={value}; Max-Age={who.COOKIE_SECONDS}")
        if visit.remembers:
            made.append(f"{asking.COOKIE}=1; Max-Age={asking.COOKIE_SECONDS}")
        if visit.query.get(_LANGUAGE) in ("zh", "en"):
            made.append(f"{LANGUAGE_COOKIE}={visit.query[_LANGUAGE]}; Max-Age={who.COOKIE_SECONDS}")
        ending = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if call.secure else "")
        return [(b"set-cookie", (each + ending).encode()) for each in made]


async def _recent(value: Recent[Value]) -> Value:
    known = value.known()
    return known if known is not None else await anyio.to_thread.run_sync(value.read)


def _without(name: str) -> str:
    """This page's address, without one of its parameters."""
    call = current()
    left = [(each, value) for each, value in parse_qsl(call.query) if each != name]
    return call.path + (f"?{urlencode(left)}" if left else "")


def _with(answer: Answer, header: tuple[bytes, bytes]) -> Answer:
    return Answer(answer.body, answer.status, answer.type, [*answer.headers, header], answer.zipped, answer.images)


async def _send(
    scope: Scope, send: Send, asked: dict[str, str], answer: Answer, cookies: list[tuple[bytes, bytes]]
) -> None:
    body = answer.body
    headers = [(b"content-type", answer.type), *answer.headers, *cookies]
    own = {name for name, _ in headers}
    headers += [(b"x-request-id", current().id.encode()), *(pair for pair in HEADERS if pair[0] not in own)]
    if answer.images:
        headers = [pair for pair in headers if pair[0] != POLICY.encode()]
        headers.append((POLICY.encode(), policy_with(answer.images).encode()))
    if b"cache-control" not in own:
        headers.append((b"cache-control", b"no-store"))
    if answer.zipped is not None:
        headers.append((b"vary", b"accept-encoding"))
        if "gzip" in asked.get("accept-encoding", ""):
            body = answer.zipped
            headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _log(error: Exception) -> None:
    """Where it happened, and of which kind; not the message, which may hold personal values."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("visit %s failed: %s at %s", current().id, type(error).__name__, " < ".join(places[::-1]))
    log.debug("visit %s in full", current().id, exc_info=error)
