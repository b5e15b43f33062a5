"""Media: uploaded once by content, for all apps of a company; renewed before they are used."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from siyu.channels.media import add_medium, all_media, get_medium, kind_of, remove_medium
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.wecom.media import media_id
from siyu.channels.wecom.platform import WECOM
from siyu.storage import BadInput, ManualClock, NotFound, Stores
from tests.channels.platform.conftest import account_at, moving
from tests.channels.platform.simulator import CORP, Simulator, running

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
UPLOAD = "media/upload"


class Library:
    def __init__(self, stores: Stores, simulator: Simulator) -> None:
        self.stores, self.simulator = stores, simulator
        self.exchange = Exchange(stores, pause=moving(stores))
        self.client = PlatformClient(self.exchange, account_at(simulator.url), WECOM)
        simulator.answers[UPLOAD] = self._upload
        simulator.answers["media/upload_attachment"] = self._upload
        self.queries: list[dict[str, str]] = []

    def _upload(self, call: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        assert b'name="media"; filename="a.png"' in body
        self.queries.append(query)
        created = str(int(self.stores.clock.now().timestamp()))
        return {"errcode": 0, "type": "image", "media_id": f"M{len(self.queries)}", "created_at": created}

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.stores.clock, ManualClock)
        return self.stores.clock

    def name(self, sha256: str, **more: Any) -> str:
        return media_id(self.stores, self.client, CORP, sha256, **more)


@pytest.fixture
def library(each_stores: Stores) -> Iterator[Library]:
    with running(Simulator()) as simulator:
        made = Library(each_stores, simulator)
        yield made
        made.exchange.close()


def test_the_same_content_is_uploaded_once(library: Library) -> None:
    first = add_medium(library.stores, "test", "a.png", PNG)
    again = add_medium(library.stores, "test", "b.png", PNG)
    assert first == again
    assert [library.name(first), library.name(again)] == ["M1", "M1"]
    assert library.queries[0]["type"] == "image"


def test_many_at_once_upload_it_once(library: Library) -> None:
    sha256 = add_medium(library.stores, "test", "a.png", PNG)
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: library.name(sha256), range(8)))
    assert (names, len(library.queries)) == ({"M1"}, 1)


def test_before_its_three_days_are_over_it_is_uploaded_anew(library: Library) -> None:
    sha256 = add_medium(library.stores, "test", "a.png", PNG)
    library.name(sha256)
    library.clock.advance(timedelta(days=2, hours=22))
    assert library.name(sha256) == "M1"
    library.clock.advance(timedelta(hours=1, minutes=1))  # less than an hour is left
    assert library.name(sha256) == "M2"


def test_who_needs_it_for_longer_gets_it_renewed_earlier(library: Library) -> None:
    sha256 = add_medium(library.stores, "test", "a.png", PNG)
    library.name(sha256)
    library.clock.advance(timedelta(days=2, hours=14))
    assert library.name(sha256, margin=timedelta(hours=12)) == "M2"


def test_moments_have_uploads_of_their_own(library: Library) -> None:
    sha256 = add_medium(library.stores, "test", "a.png", PNG)
    assert [library.name(sha256), library.name(sha256, use="moment")] == ["M1", "M2"]
    assert library.queries[1]["attachment_type"] == "1"
    assert library.queries[1]["media_type"] == "image"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PNG, "image"), (b"\xff\xd8\xff\xe0jpeg", "image"), (b"\0\0\0\x18ftypmp42", "video"), (b"%PDF-1.7 ...", "file")],
)
def test_what_it_is_is_read_from_its_first_bytes(content: bytes, kind: str) -> None:
    assert kind_of(content)[0] == kind


@pytest.mark.parametrize("content", [b"", b"tiny", PNG + b"x" * 10_000_000])
def test_what_no_platform_takes_is_not_kept(library: Library, content: bytes) -> None:
    with pytest.raises(BadInput):
        add_medium(library.stores, "test", "a.png", content)
    assert all_media(library.stores) == []


def test_what_is_removed_is_gone(library: Library) -> None:
    sha256 = add_medium(library.stores, "test", "a.png", PNG)
    remove_medium(library.stores, sha256)
    with pytest.raises(NotFound):
        get_medium(library.stores, sha256)
    with pytest.raises(NotFound):
        library.name(sha256)
