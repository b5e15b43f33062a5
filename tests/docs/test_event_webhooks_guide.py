"""The example of the guide, as it stands there, tells Siyu's calls from others."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siyu.channels.signing import headers, new_secret

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_verification_in_the_guide_works(language: str) -> None:
    text = (GUIDE / language / "event-webhooks.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    told: dict[str, Any] = {}
    exec(code, told)
    genuine: Callable[[str, dict[str, str], bytes], bool] = told["genuine"]
    old, new, now = new_secret(), new_secret(), int(time.time())
    signed = headers([new, old], "evt_1", now, b"{}")
    assert genuine(old, signed, b"{}")
    assert genuine(new, signed, b"{}")
    assert not genuine(new, signed, b"{ }")
    assert not genuine(new_secret(), signed, b"{}")
    assert not genuine(new, headers([new], "evt_1", now - 301, b"{}"), b"{}")
