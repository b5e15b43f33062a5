"""Every way on leads somewhere: links, guide pages, the first step of an empty page."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

import pytest

from siyu.audiences import actions as audiences
from siyu.audiences.model import parse
from siyu.people.projection import project_all
from siyu.storage import Stores
from siyu.web.console.guide import IN_SOURCE, ORDER
from tests.people.importing.shop import brought_in, table
from tests.web.conftest import Console

PAGES_MAX = 400
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
NOT_PAGES = ("/static/", "/schema", "/rehearsal/", "/jobs/")


def shape(url: str) -> str:
    """Pages of one kind: numbers and everything asked for are left out."""
    return re.sub(r"\d+", "0", url.partition("?")[0])


@pytest.fixture
def shop(stores: Stores) -> Stores:
    brought_in(stores, table("1,A,2025-12-01 10:00,S,面霜,2,30", "2,B,2025-12-02 10:00,S,面霜,1,30"))
    project_all(stores)
    audiences.create(stores, "staff:1", "全部", parse({"type": "all", "rules": []}))
    return stores


def walked(console: Console) -> dict[str, int]:
    """The status of one page of each kind that can be reached from home."""
    found: dict[str, int] = {}
    waiting = deque(["/home"])
    while waiting and len(found) < PAGES_MAX:
        url = waiting.popleft()
        if shape(url) in found:
            continue
        answer = console.get(url)
        found[shape(url)] = answer.status_code
        if answer.headers.get("content-type", "").startswith("text/html"):
            links = [link.replace("&amp;", "&") for link in LINK.findall(answer.text)]
            waiting.extend(link for link in links if not link.startswith(NOT_PAGES))
    return found


def test_no_link_of_an_empty_shop_leads_nowhere(console: Console) -> None:
    found = walked(console.sign_in())
    assert len(found) > 40
    assert {url: status for url, status in found.items() if status >= 400} == {}


def test_no_link_of_a_shop_with_data_leads_nowhere(console: Console, shop: Stores) -> None:
    found = walked(console.sign_in())
    assert {"/people/0", "/audiences/0", "/insight/figures/gross_sales"} <= set(found)
    assert {url: status for url, status in found.items() if status >= 400} == {}


def test_every_page_of_the_guide_is_in_its_order_and_in_both_languages() -> None:
    for language in ("zh", "en"):
        assert sorted(ORDER) == sorted(page.stem for page in Path(IN_SOURCE / language).glob("*.md"))


def test_the_guide_lists_each_page_with_what_it_is_good_for(console: Console) -> None:
    text = console.sign_in().get("/guide").text
    assert [name for name in ORDER if f'href="/guide/{name}"' not in text] == []
    assert text.count("<small>") == len(ORDER)


@pytest.mark.parametrize(
    ("path", "guide"),
    [("/settings/hooks", "event-webhooks"), ("/settings/hooks/new", "event-webhooks"), ("/settings", "settings")],
)
def test_the_question_mark_leads_to_what_explains_the_page(console: Console, path: str, guide: str) -> None:
    assert f'href="/guide/{guide}" data-guide' in console.sign_in().get(path).text


@pytest.mark.parametrize(
    "path", ["/people", "/messages", "/broadcasts", "/exports", "/home", "/insight/rfm?period=all"]
)
def test_an_empty_page_has_a_first_step_and_no_tools_over_nothing(console: Console, path: str) -> None:
    text = console.sign_in().get(path).text
    assert re.search(r'class="empty-actions">\s*<a class="btn', text)
    assert "list-tools" not in text


@pytest.mark.parametrize(("path", "role", "status"), [("/nowhere", "owner", 404), ("/settings/staff", "operator", 403)])
def test_an_error_has_a_heading_of_its_own_and_a_way_out(console: Console, path: str, role: str, status: int) -> None:
    answer = console.sign_in(role).get(path)
    assert answer.status_code == status
    assert answer.text.count("<h1>") == 1
    assert 'class="btn btn-primary" href="/"' in answer.text
