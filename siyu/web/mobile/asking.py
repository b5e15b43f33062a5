"""In a platform's browser, who comes is sent to the platform once, and comes back with a code that says who they are.

Nothing hangs on it: who refuses, whom the platform does not know and what fails goes on without. Nobody goes round in
circles: a browser keeps that it was sent (a cookie), and one that keeps nothing gets the page with a mark in its
address that is good for ten minutes. The way back is signed together with the page that was asked for, is good for one
device and once, and leads to pages of ours alone.
"""

from __future__ import annotations

import hmac
import re
import secrets
import struct
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

from siyu.channels.phone_pages import Browser, address, browser_of
from siyu.channels.protocol import Account
from siyu.growth.visitors.links import key_of
from siyu.reach.links import signed
from siyu.web.current import current
from siyu.web.mobile.routes import Route, find
from siyu.web.mobile.visit import Answer, Visit

COOKIE = "siyu_asked"
COOKIE_SECONDS = 30 * 86_400
BACK = "/m/known/"
MARK = "asked"
GOOD_SECONDS = 600
PAGE_CHARACTERS_MAX = 500
_PACKED = struct.Struct(">II12s")  # second, account, nonce
_MAC_BYTES = 16
_OWN = re.compile(r"/[a-z][!-\[\]-~]*")  # one slash, then a letter: two would lead to another host


def may_be_sent(visit: Visit, route: Route) -> bool:
    """Whether it is worth looking whom to ask."""
    new = route.personal and not visit.asked and not visit.robot
    return new and browser_of(current().agent) is not None and not _is_marked(visit)


def sent_away(visit: Visit, askers: Mapping[Browser, Account]) -> Answer | None:
    """To the platform; None: the page is shown."""
    call = current()
    browser, page = browser_of(call.agent), _here()
    account = askers.get(browser) if browser is not None else None
    if account is None or not call.host or len(page) > PAGE_CHARACTERS_MAX:
        return None
    visit.remembers = True
    origin = f"{'https' if call.secure else 'http'}://{call.host}"
    back = f"{origin}{BACK}{account.id}?{urlencode({'to': page})}"
    return visit.to(address(account, back, _state(visit, account.id, page)))


def own_page(to: str) -> str | None:
    """A page of ours that somebody may be led back to."""
    if not is_own(to) or len(to) > PAGE_CHARACTERS_MAX:
        return None
    found = find("GET", unquote(to.partition("?")[0].partition("#")[0]))
    return to if found is not None and found[0].personal else None


def is_own(location: str) -> bool:
    """Whether a browser that is led there stays with us."""
    return _OWN.fullmatch(location) is not None


def key_in(visit: Visit, account: int, page: str) -> str | None:
    """The one-time key of a way back, where it was made here for this device, this account and this page, and is good
    still."""
    try:
        raw = bytes.fromhex(visit.query.get("state", ""))
    except ValueError:
        return None
    packed, given = raw[: _PACKED.size], raw[_PACKED.size :]
    if len(raw) != _PACKED.size + _MAC_BYTES or not hmac.compare_digest(given, _proof(visit, packed, page)):
        return None
    second, asked_of, nonce = _PACKED.unpack(packed)
    late = _now(visit) - second > GOOD_SECONDS
    return None if late or asked_of != account else f"asked:{nonce.hex()}"


def marked(visit: Visit, page: str) -> str:
    """The page's address, with a mark for a browser that keeps no cookies."""
    minute = _now(visit) // 60
    return f"{page}{'&' if '?' in page else '?'}{MARK}={minute:x}-{_mark(visit.stores.home, minute)}"


def _is_marked(visit: Visit) -> bool:
    minute, _, given = visit.query.get(MARK, "").partition("-")
    try:
        at = int(minute, 16)
    except ValueError:
        return False
    good = 0 <= _now(visit) // 60 - at <= GOOD_SECONDS // 60
    return good and given.isascii() and hmac.compare_digest(given, _mark(visit.stores.home, at))


def _here() -> str:
    """The address of the page that is asked for, without a mark of ours."""
    call = current()
    left = [(name, value) for name, value in parse_qsl(call.query, keep_blank_values=True) if name != MARK]
    return quote(call.path) + (f"?{urlencode(left)}" if left else "")


def _state(visit: Visit, account: int, page: str) -> str:
    packed = _PACKED.pack(_now(visit), account, secrets.token_bytes(12))
    return (packed + _proof(visit, packed, page)).hex()  # letters and digits, as the platforms want it


def _proof(visit: Visit, packed: bytes, page: str) -> bytes:
    told = b"asked" + packed + visit.device.encode() + b" " + page.encode()
    return signed(key_of(visit.stores.home), told)[:_MAC_BYTES]


def _mark(home: Path, minute: int) -> str:
    return signed(key_of(home), b"without" + str(minute).encode())[:8].hex()


def _now(visit: Visit) -> int:
    return int(visit.stores.clock.now().timestamp())
