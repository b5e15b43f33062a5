"""A real server in a process of its own, and a real browser in front of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import expect

from siyu.web import static_files
from tests.browser_path import browser_path

SERVER_SECONDS_MAX = 120
QUIET_LOOKS, QUIET_MILLISECONDS, QUIET_SECONDS_MAX = 2, 50, 30
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # it is 64 MB in a container, which ends the page
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FINDINGS = "axe.run(document, {resultTypes: ['violations'], preload: false}).then(found => found.violations)"
"""Preloading would fetch every style sheet and sound again, for a rule about sounds: no page has any."""
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LONGEST = ("test_console.py", "test_the_loop.py")
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
STATE_SECONDS_MAX = 60
expect.set_options(timeout=STATE_SECONDS_MAX * 1000)
OWNER = {"shop": "汀屿美妆", "name": "林晓", "login": "boss", "password": "correct horse battery"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    longest = [here / name for name in LONGEST]
    reason = "" if browser_path() else "there is no Chromium on this machine (Debian: apt-get install chromium)"
    if not reason and not static_files.built():
        reason = "the console's files are not built: run python -m siyu.web.build_static"
    # The browser's event loop stays: the others go before it. The longest of its files first: no worker is left alone.
    items.sort(key=lambda item: here in item.path.parents and (2 if item.path not in longest else 1))
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@dataclass
class Server:
    """``siyu up`` on a fresh home folder."""

    home: Path
    address: str
    process: subprocess.Popen[str]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_server(home: Path, **environment: str) -> Server:
    """Start it on a free port and wait until it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "siyu.cli", "--home", str(home), "up", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip().rstrip("/")
    assert address.startswith("http"), f"the server did not start: {address}{process.stdout.read()}"
    deadline = time.monotonic() + SERVER_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return Server(home, address, process)
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError("the server did not answer")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a fresh home; :func:`owner_state` makes its owner through the first-run page."""
    running = start_server(tmp_path_factory.mktemp("browser-home"), REHEARSAL_PEOPLE="40")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser_path(), args=BROWSER_ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """An application of this process, over HTTP; its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@dataclass
class Visitor:
    """One page of one browser window, and everything that went wrong in it."""

    page: Any
    address: str
    faults: list[str] = field(default_factory=list[str])
    _under_way: set[Any] = field(default_factory=set[Any])

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._under_way.add(request))
        for ended in ("requestfinished", "requestfailed"):
            self.page.on(ended, lambda request: self._under_way.discard(request))

    def open(self, path: str) -> Any:
        """Load a page and wait until it is quiet."""
        self.page.goto(self.address + path)
        self.quiet()
        return self.page

    def quiet(self) -> None:
        """Until nothing was under way for a moment. (The browser's own "networkidle" waits half a second each time.)"""
        until, looks = time.monotonic() + QUIET_SECONDS_MAX, 0
        while looks < QUIET_LOOKS:
            assert time.monotonic() < until, f"still under way: {[each.url for each in self._under_way]}"
            self.page.wait_for_timeout(QUIET_MILLISECONDS)
            looks = 0 if self._under_way else looks + 1

    @property
    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def serious(self) -> list[str]:
        """What axe finds that keeps somebody out: serious and critical findings, with the element."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed: run python -m siyu.web.build_static")
        self.page.evaluate(_axe())
        found = self.page.evaluate(FINDINGS)
        return [
            f"{one['id']}: {node['html'][:160]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


def wait_until(page: Any, true: Callable[[], object]) -> None:
    """Let the page go on until it is so."""
    deadline = time.monotonic() + STATE_SECONDS_MAX
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        page.wait_for_timeout(20)


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


@pytest.fixture(scope="session")
def owner_state(browser: Any, server: Server) -> Any:
    """The cookies of the owner, signed in once: through the first-run page."""
    context = browser.new_context(locale="zh-CN")
    sign_in(Visitor(context.new_page(), server.address))
    state = context.storage_state()
    context.close()
    return state


def _context(browser: Any, size: str, theme: str, language: str, state: Any) -> Any:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        locale=language,
        has_touch=size == "phone",
        storage_state=state,
    )
    context.set_default_timeout(STATE_SECONDS_MAX * 1000)
    return context


def _visitor(context: Any, address: str) -> Visitor:
    page = context.new_page()
    visitor = Visitor(page, address)
    page.on("console", lambda said: visitor.faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    return visitor


@pytest.fixture
def visit(browser: Any, server: Server, owner_state: Any) -> Iterator[Callable[..., Visitor]]:
    """Open a window: ``visit("phone", theme="dark", signed_in=False)``."""
    contexts: list[Any] = []

    def window(size: str = "wide", *, theme: str = "light", signed_in: bool = True, language: str = "zh-CN") -> Visitor:
        contexts.append(_context(browser, size, theme, language, owner_state if signed_in else None))
        return _visitor(contexts[-1], server.address)

    yield window
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def devices(browser: Any, owner_state: Any) -> Iterator[dict[str, Any]]:
    """One of each size, on which the owner is signed in."""
    made = {size: _context(browser, size, "light", "zh-CN", owner_state) for size in SIZES}
    yield made
    for each in made.values():
        each.close()


@pytest.fixture
def look(devices: dict[str, Any], server: Server) -> Iterator[Callable[[str], Visitor]]:
    """Open a page on the device of that size, which has the console's files already, as an operator's own has. For
    tests that look and leave nothing behind."""
    opened: list[Visitor] = []

    def window(size: str) -> Visitor:
        opened.append(_visitor(devices[size], server.address))
        return opened[-1]

    yield window
    for each in opened:
        each.page.close()


def sign_in(visitor: Visitor) -> None:
    """Through the first-run page where nobody is there yet, else through the sign-in page."""
    page = visitor.open("/sign-in")
    if page.url.endswith("/first-run"):
        for name, value in (*OWNER.items(), ("again", OWNER["password"])):
            page.fill(f"[name={name}]", value)
    else:
        page.fill("[name=login]", OWNER["login"])
        page.fill("[name=password]", OWNER["password"])
    page.click("button.btn-primary")
    page.wait_for_url(lambda url: not url.endswith(("/sign-in", "/first-run")))
