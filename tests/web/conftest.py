"""A client of the console and API, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from siyu.channels import channels_of
from siyu.staff import actions, passwords
from siyu.staff.model import SYSTEM
from siyu.staff.tables import sign_ins
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.edge import COOKIE
from siyu.web.outside import Outside
from tests.channels.wecom.simulated import Simulated, simulated
from tests.passwords import cheap_passwords

__all__ = ["cheap_passwords"]

PASSWORD = "correct horse battery"


@dataclass
class Console:
    """A browser: signed in as ``role`` after :meth:`sign_in`; every form says where it comes from."""

    stores: Stores
    http: TestClient[Any]

    def sign_in(self, role: str = "owner", language: str = "zh") -> Console:
        login = f"{role}.{language}"
        number = actions.create_member(
            self.stores, SYSTEM, login=login, name=f"the {role}", password=PASSWORD, role=role, language=language
        )
        token, now = passwords.new_secret(), self.stores.clock.now()  # a sign-in that is no part of the test's story
        row = {"staff": number, "at": now, "seen": now, "expires": now + actions.SIGNED_IN, "agent": ""}
        with self.stores.ledger.write() as conn:
            conn.execute(sa.insert(sign_ins).values(token=passwords.digest(token), **row))
        self.http.cookies.set(COOKIE, token)
        return self

    def get(self, url: str, **headers: str) -> Any:
        return self.http.get(url, headers=headers, follow_redirects=False)

    def post(self, url: str, data: dict[str, Any] | None = None, **headers: str) -> Any:
        headers = {"sec-fetch-site": "same-origin"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return self.http.post(url, data=data or {}, headers=headers, follow_redirects=False)

    def key(self, role: str = "owner") -> dict[str, str]:
        """Headers of an API key."""
        _, secret = actions.create_key(self.stores, SYSTEM, name=f"key of {role}", role=role)
        return {"authorization": f"Bearer {secret}"}


@pytest.fixture
def console(stores: Stores) -> Iterator[Console]:
    channels = channels_of(stores)
    app = create_app(stores, outside=Outside(channels=channels))
    with TestClient(app, base_url="http://siyu.test", raise_server_exceptions=False) as http:
        yield Console(stores, http)
    channels.close()


SignedIn = Callable[..., Console]


@pytest.fixture
def signed_in(console: Console) -> SignedIn:
    return console.sign_in


@pytest.fixture
def world(stores: Stores) -> Iterator[Simulated]:
    """An account at a simulated WeCom where li and wang work."""
    with simulated(stores, "li", "wang") as made:
        yield made


@pytest.fixture
def each_world(each_stores: Stores) -> Iterator[Simulated]:
    with simulated(each_stores, "li", "wang") as made:
        yield made
