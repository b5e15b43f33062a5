"""The program as another program starts it: progress on standard output, gone when nobody holds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest

from rehearsal.receiver import signature
from rehearsal.shop_api import Refused, ShopApi

SECRET = "whsec_c2VjcmV0"


class Product:
    """A stand-in for Siyu's intake: keeps calls, answers what it is told to."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.authorization = ""
        product = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = product.answers.pop(0) if product.answers else 200
                product.authorization = self.headers["authorization"]
                if status == 200:
                    product.calls.extend(json.loads(body)["batch"])
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def product() -> Iterator[Product]:
    made = Product()
    yield made
    made.close()


def start(product: Product, state: Path, *more: str, write_key: str = "wk") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "rehearsal",
            "--server",
            product.address,
            "--state",
            str(state),
            "--people",
            "60",
            *more,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "REHEARSAL_WRITE_KEY": write_key, "REHEARSAL_SECRET": SECRET},
    )


def heard(running: subprocess.Popen[str]) -> tuple[str, str]:
    """What it says until it ends by itself, its input held open."""
    assert running.stdout is not None
    assert running.stderr is not None
    told = running.stdout.read(), running.stderr.read()
    running.wait(timeout=60)
    return told


def test_progress_comes_as_json_lines_and_history_ends_whole(product: Product, tmp_path: Path) -> None:
    with start(product, tmp_path, "--json") as running:
        out, _ = heard(running)
    told = [json.loads(line) for line in out.splitlines()]
    assert running.returncode == 0
    assert [line["stage"] for line in (told[0], told[-1])] == ["preparing", "done"]
    history = [line for line in told if line["stage"] == "history"]
    assert history[-1]["done"] == history[-1]["all"]
    assert len(product.calls) > 500
    assert product.authorization == "Basic d2s6"


def test_it_ends_when_its_input_is_closed_and_answers_messages_until_then(product: Product, tmp_path: Path) -> None:
    with start(product, tmp_path, "--json", "--live", "--haste", "1000") as running:
        assert running.stdout is not None
        told: dict[str, Any] = {"stage": ""}
        url = ""
        while told["stage"] != "live":
            told = json.loads(running.stdout.readline())
            url = told.get("url", url)
        messages = [
            {"delivery_id": f"m-{n}", "identifiers": {"user_id": f"u7-{n + 1:06d}"}, "text": "面膜"} for n in range(60)
        ]
        body = json.dumps({"type": "messages", "messages": messages}).encode()
        at = str(int(time()))
        headers = {
            "webhook-id": "c",
            "webhook-timestamp": at,
            "webhook-signature": signature(SECRET, "c", at, body),
        }
        answer = httpx.post(url, content=body, headers=headers, trust_env=False)
        assert answer.status_code == 200
        assert running.stdin is not None
        for _ in range(600):
            if any(call.get("event") == "message_opened" for call in product.calls):
                break
            threading.Event().wait(0.1)
        running.stdin.close()
        running.stdin = None
        assert running.wait(timeout=60) == 0
        running.stdout.read()
    assert any(call.get("event") == "message_opened" for call in product.calls)


def test_it_ends_in_the_middle_of_history_too_and_goes_on_there_next_time(product: Product, tmp_path: Path) -> None:
    with start(product, tmp_path, "--json") as running:
        assert running.stdout is not None
        told: dict[str, Any] = {"stage": "", "done": 0}
        while told["stage"] != "history" or told["done"] < 20:
            told = json.loads(running.stdout.readline())
        assert running.stdin is not None
        running.stdin.close()
        running.stdin = None
        rest = running.stdout.read()
        assert running.wait(timeout=60) == 0
    assert '"done", "done"' not in rest
    so_far = {call["messageId"] for call in product.calls}
    with start(product, tmp_path, "--json") as running:
        heard(running)
    ids = [call["messageId"] for call in product.calls]
    assert len(set(ids)) > len(so_far)
    assert len(ids) - len(set(ids)) < 100


def test_without_a_key_it_says_what_to_give(product: Product, tmp_path: Path) -> None:
    with start(product, tmp_path, write_key="") as running:
        _, err = heard(running)
    assert running.returncode == 2
    assert "--write-key" in err


def test_a_refused_key_is_a_failure_with_its_words(product: Product, tmp_path: Path) -> None:
    product.answers = [401]
    with start(product, tmp_path, "--json") as running:
        out, _ = heard(running)
    last = json.loads(out.splitlines()[-1])
    assert running.returncode == 1
    assert last["stage"] == "failed"
    assert "401" in last["message"]


def test_a_busy_product_is_tried_again(product: Product) -> None:
    product.answers = [503, 429]
    waits: list[float] = []
    shop = ShopApi(product.address, "wk", sleep=waits.append)
    shop.post_batch(b'{"batch":[{"messageId":"1"}]}')
    shop.close()
    assert [call["messageId"] for call in product.calls] == ["1"]
    assert waits == sorted(waits)
    assert len(waits) == 2


def test_a_refusal_is_not_tried_again(product: Product) -> None:
    product.answers = [400]
    shop = ShopApi(product.address, "wk")
    with pytest.raises(Refused):
        shop.post_batch(b"{}")
    shop.close()
    assert product.calls == []


def test_a_platform_is_served_until_it_is_stopped(tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "rehearsal", "platform", "wecom", "--state", str(tmp_path / "wecom.db")]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        made = httpx.post(f"{url}/rehearsal/corp", json={"corpid": "ww1", "secret": "s"}, trust_env=False).json()
        query = {"corpid": made["corpid"], "corpsecret": made["secret"]}
        assert httpx.get(f"{url}/cgi-bin/gettoken", params=query, trust_env=False).json()["errcode"] == 0
        process.terminate()
    assert process.returncode == 0
