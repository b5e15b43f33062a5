"""Acquisition links of WeCom (获客链接) behind a live code: each device gets the link with a state of its own (D.10),
so that who adds an adviser by it is known on that device from then on.

The state names the device and the code, and is signed; it tells nobody anything.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.codes.tables import code_targets
from siyu.growth.visitors.links import key_of
from siyu.growth.visitors.recognising import Named, recognise_all
from siyu.people.tables import identifiers
from siyu.reach.links import signed
from siyu.storage import Stores, in_chunks, sent

HOST, PATH = "work.weixin.qq.com", "/ca/"
PARAMETER = "customer_channel"
STATE_CHARACTERS_MAX = 64
AT_ONCE = 1_000
_STATE = re.compile(r"v([A-Za-z0-9_-]{20})\.([0-9a-f]{1,12})\.([A-Za-z0-9_-]{12})")


class Came(NamedTuple):
    """What a state says: by which code, on which device."""

    device: str
    code: int


def is_acquisition(link: str) -> bool:
    """Whether a link leads to an adviser of WeCom's and takes a state."""
    parts = urlsplit(link)
    return parts.scheme == "https" and parts.netloc == HOST and parts.path.startswith(PATH)


def link_for(home: Path, link: str, device: str, code: int) -> str:
    """The link for one device; any other link as it is."""
    if not is_acquisition(link) or PARAMETER in link:
        return link
    return f"{link}{'&' if '?' in link else '?'}{urlencode({PARAMETER: state_of(home, device, code)})}"


def state_of(home: Path, device: str, code: int) -> str:
    """At most 64 letters."""
    return f"v{device}.{code:x}.{_proof(home, device, code)}"


def read(home: Path, state: str) -> Came | None:
    """None for any other state."""
    found = _STATE.fullmatch(state)
    if found is None:
        return None
    device, code = found[1], int(found[2], 16)
    return Came(device, code) if hmac.compare_digest(found[3], _proof(home, device, code)) else None


def in_use(conn: Connection) -> bool:
    """Whether a code leads by such a link, or did."""
    query = sa.select(code_targets.c.id).where(code_targets.c.link.startswith(f"https://{HOST}{PATH}")).limit(1)
    return conn.execute(query).first() is not None


def recognise(stores: Stores, told: Iterable[tuple[int, str]]) -> int:
    """People (nodes) came with these states: they are known on their devices now; how many devices. What somebody was
    told by a platform that surely knows stays."""
    by_device: dict[str, int] = {}
    for node, state in told:
        came = read(stores.home, state)
        if came is not None:
            by_device.setdefault(came.device, node)
    for part in in_chunks(sorted(by_device), AT_ONCE):
        with stores.ledger.write() as conn:
            named = _named(conn, {by_device[device] for device in part})
            whose = {device: named[by_device[device]] for device in part if by_device[device] in named}
            recognise_all(conn, stores.clock.now(), whose, certain=False)
    return len(by_device)


def _named(conn: Connection, nodes: Iterable[int]) -> dict[int, Named]:
    """Node → the customer it is at WeCom."""
    asked = sent(conn, person=(sa.BigInteger, sorted(nodes)))
    query = (
        sa.select(identifiers.c.person, identifiers.c.kind, identifiers.c.value)
        .join(asked, asked.c.person == identifiers.c.person)
        .where(identifiers.c.kind == "external_userid")
        .order_by(identifiers.c.since.desc())
    )
    return {row.person: ((row.kind, row.value),) for row in conn.execute(query)}


def _proof(home: Path, device: str, code: int) -> str:
    mac = signed(key_of(home), b"came" + device.encode() + code.to_bytes(8))[:9]
    return base64.urlsafe_b64encode(mac).decode()
