"""What a shop puts into its web page or mini program, in a real browser."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from siyu.web.static_files import FOLDER
from tests.browser.conftest import STATE_SECONDS_MAX, Visitor, wait_until

SNIPPETS = FOLDER / "snippets"
TAG = '<script async src="{address}/collect/web.js" data-key="wk"{more}></script>'


class Site:
    """A web site of the brand's own, which stands in for Siyu's intake too: it keeps what it was sent."""

    def __init__(self) -> None:
        self.head = ""
        self.status = 200
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/collect/web.js":
                    self.answer((SNIPPETS / "web.js").read_bytes(), "text/javascript")
                else:
                    page = f'<!doctype html><meta charset="utf-8"><title>面霜</title>{site.head}<body>'
                    self.answer(page.encode(), "text/html; charset=utf-8")

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                site.keys.add(base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode())
                site.bodies.append(body)
                self.answer(b"{}", "application/json", site.status)

            def answer(self, body: bytes, kind: str, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call that came, a repeated one once."""
        return list({call["messageId"]: call for body in self.bodies for call in body["batch"]}.values())

    def named(self, name: str) -> list[dict[str, Any]]:
        return [call for call in self.calls if name in (call["type"], call.get("event"))]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    opened.head = TAG.format(address=opened.address, more="")
    yield opened
    opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_page_on_another_site_tells_siyu_and_the_console_sees_it(visit: Callable[..., Visitor], site: Site) -> None:
    console = visit()
    keys = console.open("/settings/keys")
    form = keys.locator("form[action='/settings/write-keys']")
    form.locator("[name=name]").fill("web site")  # no Chinese: the English console is read for what is left of it
    form.locator("[name=source]").fill("website")
    form.locator("[name=kind][value=page]").check()
    form.locator("button[type=submit]").click()
    keys.wait_for_selector("text=正在等待来自“website”的第一个事件")
    code = keys.locator("pre.code").first.inner_text()
    assert console.overflow <= 0
    site.head = code
    shop = visit(signed_in=False)
    shop.page.goto(f"{site.address}/cream?utm_source=douyin&utm_campaign=11.11")
    keys.wait_for_selector("text=已收到来自“website”的事件", timeout=STATE_SECONDS_MAX * 1000)
    assert "浏览页面" in keys.inner_text(".heard")
    assert not site.bodies
    assert not shop.faults


def test_views_turns_and_time_spent_are_told_by_themselves(page: Any, site: Site) -> None:
    page.goto(f"{site.address}/cream?utm_source=douyin&utm_campaign=11.11&token=secret")
    wait_until(page, lambda: len(site.named("page")) == 1)
    page.wait_for_timeout(1100)
    page.evaluate("history.pushState({}, '', '/serum')")
    wait_until(page, lambda: len(site.named("page")) == 2 and site.named("Page Left"))
    first, second = site.named("page")
    assert (first["properties"]["path"], second["properties"]["path"]) == ("/cream", "/serum")
    assert "secret" not in json.dumps(first["properties"])
    assert site.named("Page Left")[0]["properties"]["seconds"] >= 1
    assert second["context"]["campaign"] == {"source": "douyin", "name": "11.11"}
    assert first["anonymousId"] == second["anonymousId"]
    assert site.keys == {"wk:"}


def test_what_the_server_did_not_take_is_sent_again_as_the_same_call(page: Any, site: Site) -> None:
    site.status = 503
    page.goto(f"{site.address}/cream")
    wait_until(page, lambda: len(site.bodies) >= 1)
    lost = site.calls[0]["messageId"]
    site.bodies.clear()
    site.status = 200
    page.goto(f"{site.address}/serum")  # a page later, before the pause was over
    wait_until(page, lambda: lost in [call["messageId"] for call in site.calls] and len(site.named("page")) == 2)
    wait_until(
        page, lambda: page.evaluate("Object.keys(localStorage).filter(n => n.startsWith('siyu.call.')).length") == 0
    )


def test_nothing_is_kept_or_sent_before_the_visitor_agreed(page: Any, site: Site) -> None:
    site.head = TAG.format(address=site.address, more=' data-consent="ask"')
    page.goto(f"{site.address}/cream")
    page.wait_for_function("window.siyu && siyu.loaded")
    page.evaluate("siyu.track('Product Viewed', {sku: 'A1'})")
    page.wait_for_timeout(200)
    assert page.evaluate("Object.keys(localStorage)") == []
    page.evaluate("siyu.consent(true)")
    wait_until(page, lambda: site.named("page"))
    assert not site.named("Product Viewed")
    page.evaluate("siyu.consent(false)")
    page.evaluate("siyu.track('Product Viewed', {sku: 'A1'})")
    assert page.evaluate("Object.keys(localStorage)") == ["siyu.consent"]


def test_who_signed_in_is_known_from_then_on_until_they_sign_out(page: Any, site: Site) -> None:
    page.goto(f"{site.address}/cream")
    page.wait_for_function("window.siyu && siyu.loaded")
    page.evaluate("siyu.identify(1024, {phone: '13800138000'}); siyu.track('Product Added', {sku: 'A1'})")
    wait_until(page, lambda: site.named("Product Added"))
    known = site.named("Product Added")[0]
    assert known["userId"] == "1024"
    assert site.named("identify")[0]["traits"] == {"phone": "13800138000"}
    page.evaluate("siyu.reset(); siyu.track('Product Added', {sku: 'A2'})")
    wait_until(page, lambda: len(site.named("Product Added")) == 2)
    after = site.named("Product Added")[1]
    assert "userId" not in after
    assert after["anonymousId"] != known["anonymousId"]


def test_calls_made_before_the_script_came_and_marked_buttons_count(page: Any, site: Site) -> None:
    early = "<script>window.siyu = {q: [['track', 'Coupon Seen', {coupon: 'C1'}]]};</script>"
    site.head = early + TAG.format(address=site.address, more="")
    page.goto(f"{site.address}/cream")
    page.wait_for_function("window.siyu && siyu.loaded")
    page.evaluate('document.body.innerHTML = \'<button data-siyu="Asked Adviser" data-siyu-sku="A1">问</button>\'')
    page.click("button")
    wait_until(page, lambda: site.named("Coupon Seen") and site.named("Asked Adviser"))
    assert site.named("Asked Adviser")[0]["properties"] == {"sku": "A1"}


WECHAT = """
([address, source]) => {
  const store = {}, shown = [], hidden = [];
  window.pages = [];
  window.wx = {
    getStorageSync: (name) => store[name] === undefined ? "" : JSON.parse(store[name]),
    setStorageSync: (name, value) => { store[name] = JSON.stringify(value); },
    removeStorageSync: (name) => { delete store[name]; },
    request: ({ url, method, header, data, success, fail }) => fetch(url, { method, headers: header, body: data })
      .then(async (answer) => success({ statusCode: answer.status, data: await answer.text() }), fail),
    onAppShow: (act) => shown.push(act),
    onAppHide: (act) => hidden.push(act),
  };
  window.getCurrentPages = () => window.pages;
  window.Page = (options) => { window.made = options; };
  window.show = (options) => shown.forEach((act) => act(options));
  window.hide = () => hidden.forEach((act) => act());
  window.store = store;
  const module = { exports: {} };
  (0, eval)(`(module) => {${source}\\n}`)(module);
  window.mini = module.exports;
  mini.start({ address, key: "wk" });
}
"""


@pytest.fixture
def mini(page: Any, site: Site) -> Any:
    """A page that has what a mini program's scripts find in WeChat."""
    site.head = ""
    page.goto(f"{site.address}/")
    page.evaluate(WECHAT, [site.address, (SNIPPETS / "mini.js").read_text("utf-8")])
    return page


def test_a_mini_program_tells_its_scene_its_pages_and_the_time_spent(mini: Any, site: Site) -> None:
    mini.evaluate("show({scene: 1047, path: 'pages/cream', query: {scene: 'c%3D7'}})")
    mini.evaluate("pages.push({route: 'pages/cream'}); Page({onShow() { window.own = true; }}); made.onShow()")
    mini.wait_for_timeout(1100)
    mini.evaluate("made.onHide(); hide()")
    wait_until(mini, lambda: site.named("Page Left"))
    opened = site.named("Application Opened")[0]
    assert opened["properties"]["channel_state"] == "c=7"
    assert opened["context"]["campaign"] == {"source": "scene:1047", "name": "c=7"}
    assert site.named("page")[0]["properties"]["path"] == "pages/cream"
    assert site.named("Page Left")[0]["properties"]["seconds"] >= 1
    assert mini.evaluate("window.own")
    assert site.keys == {"wk:"}


def test_a_mini_program_repeats_what_was_not_taken_as_the_same_call(mini: Any, site: Site) -> None:
    site.status = 503
    mini.evaluate("mini.identify('u1', {name: '安'}, [{type: 'unionid', id: 'U1'}])")
    wait_until(mini, lambda: len(site.bodies) >= 1)
    site.status = 200
    wait_until(mini, lambda: len(site.bodies) >= 2 and mini.evaluate("store['siyu.queue']") == "[]")
    assert len(site.calls) == 1
    assert site.calls[0]["context"]["externalIds"] == [{"type": "unionid", "id": "U1"}]
