"""The examples of the guide, as they stand there, are taken by the product."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siyu.channels.orders.generic import Generic
from siyu.channels.platform.callbacks import Delivery
from siyu.channels.protocol import Account
from siyu.channels.signing import new_secret
from siyu.storage import NotAllowed

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_order_and_the_signature_in_the_guide_work(language: str) -> None:
    text = (GUIDE / language / "connect-your-shop.md").read_text("utf-8")
    ((order,), (code,)) = (re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) for kind in ("json", "python"))
    told: dict[str, Any] = {}
    exec(code, told)
    signed: Callable[[str, str, int, bytes], dict[str, str]] = told["signed"]
    secret, body = new_secret(), order.encode()
    account = Account(1, "shop", "shop", {}, {"secret": secret})
    kept = Generic().receive(account, Delivery("POST", {}, signed(secret, "1", 1_790_000_000, body), body)).keep
    assert isinstance(kept, bytes)
    assert json.loads(kept)["message"]["order"]["number"] == "A1001"
    with pytest.raises(NotAllowed):
        Generic().receive(account, Delivery("POST", {}, signed(new_secret(), "1", 1_790_000_000, body), body))
