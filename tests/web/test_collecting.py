"""The code that a shop puts into its pages, over HTTP; what it does in a browser is in tests/browser."""

from __future__ import annotations

import gzip

import pytest

from siyu.people import collecting, write_keys
from siyu.storage import BadInput, Stores
from siyu.web.static_files import FOLDER
from tests.people.calls import drained, track
from tests.web.conftest import Console


def test_the_scripts_have_a_lasting_name_and_may_be_loaded_by_any_site(console: Console) -> None:
    answer = console.http.get("/collect/web.js", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = console.http.get("/collect/web.js", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert console.http.get("/collect/../siyu.js").status_code == 404
    assert console.http.get("/collect/web.ts").status_code == 404


def test_the_script_of_a_page_is_small() -> None:
    assert len(gzip.compress((FOLDER / "snippets" / "web.js").read_bytes())) < 4_000


@pytest.mark.parametrize("place", list(collecting.PLACES))
def test_the_code_names_the_key_and_the_address(stores: Stores, place: str) -> None:
    key = write_keys.create(stores, "官网", "website", collecting.PLACES[place].kind)
    code = collecting.code_for(place, "https://siyu.example.com/", key)
    assert key.key in code
    assert "https://siyu.example.com" in code
    assert "{" + "key}" not in code


def test_there_is_no_code_for_a_place_that_is_none(stores: Stores) -> None:
    with pytest.raises(BadInput) as refused:
        collecting.code_for("fridge", "https://siyu.example.com", write_keys.create(stores, "官网", "website", "page"))
    assert refused.value.field == "for"


@pytest.mark.parametrize(
    ("place", "kind"), [("web", "server"), ("mini", "server"), ("app", "server"), ("server", "page")]
)
def test_a_secret_is_not_put_where_anybody_reads_it(stores: Stores, place: str, kind: str) -> None:
    key = write_keys.create(stores, "官网", "website", kind)
    with pytest.raises(BadInput) as refused:
        collecting.code_for(place, "https://siyu.example.com", key)
    assert refused.value.code == "wrong_kind_of_key"
    assert place not in [each.name for each in collecting.places_for(key)]


def test_a_source_is_heard_from_by_its_newest_event_of_these_days(stores: Stores) -> None:
    key = write_keys.create(stores, "官网", "website", "page")
    assert write_keys.heard_from(stores, key.source) is None
    drained(stores, track("u1", "Page Left"), source="website")
    heard = write_keys.heard_from(stores, key.source)
    assert heard is not None
    assert heard.name == "page_left"
    assert write_keys.heard_from(stores, "elsewhere") is None


def test_the_page_of_a_key_waits_for_the_first_event_and_then_says_so(console: Console) -> None:
    console.sign_in()
    made = console.post("/settings/write-keys", {"name": "官网", "source": "website", "kind": "page"})
    where = made.headers["location"]
    assert "正在等待来自“website”的第一个事件" in console.get(where).text
    drained(
        console.stores, track("u1", "Application Installed", properties={"install_source": "华为"}), source="website"
    )
    told = console.get(f"{where}/heard").text
    assert "安装 App" in told
    assert "hx-get" not in told


def test_the_api_gives_the_same_code(console: Console) -> None:
    key = write_keys.create(console.stores, "官网", "website", "page")
    answer = console.http.get(f"/api/write-keys/{key.id}/snippets/mini", headers=console.key())
    assert key.key in answer.json()["code"]
    assert answer.json()["last_event"] is None
    assert console.http.get(f"/api/write-keys/{key.id}/snippets/fridge", headers=console.key()).status_code == 400
    assert console.http.get(f"/api/write-keys/{key.id}/snippets/web", headers=console.key("agent")).status_code == 403
