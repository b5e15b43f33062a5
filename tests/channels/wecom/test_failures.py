"""Every code of the platform's that the facts name means one of four kinds, in words."""

from __future__ import annotations

import pytest

from siyu.channels.wecom.endpoints import ENDPOINTS
from siyu.channels.wecom.failures import FAILURES
from siyu.channels.wecom.platform import WECOM

SERVICE = (*range(95000, 95006), *range(95011, 95019), 95026, 95027, 95031)
NAMED = (
    *(-1, 40001, 40003, 40013, 40014, 40029, 42022, 40035, 40058, 40056, 40066, 60123, 40068, 40071, 40096, 40097),
    *(40098, 40099, 40100, 40129, 40128, 40130, 41001, *range(41037, 41052), 41053, 41054, 41055, 41058),
    *(41059, 41060, 41061, 41062, 41067, 41063, 41079, 41064, 41065, 41089, 41068, 41069, 41070, 41071, 41076),
    *(41077, 41083, 41084, 41073, 41074, 41075, 41085, 41086, 41087, 41078, 41091, 41093, 41094, 41095, 41098),
    *(41096, 42001, 42009, 45009, 45024, 45029, 45033, 48002, 50001, 50002, 60011, 60020, 60111, 60136, 81013),
    *(81017, 84061, 84074, 84083, 84084, 90500, 90501, 90502, 90507, 90508, 90509, *SERVICE, 301002, 301042),
    *(301052, 301053, 301058, 610003, 610004, 610014, 610015, 610017, 610018),
)


@pytest.mark.parametrize("code", NAMED)
def test_a_named_code_has_a_meaning(code: int) -> None:
    failure = FAILURES[code]
    assert failure.zh.endswith("。")
    assert failure.en.endswith(".")


def test_only_what_may_pass_is_tried_again() -> None:
    tried_again = {code for code, failure in FAILURES.items() if failure.act in ("again", "narrow")}
    assert tried_again == {-1, 45033, 41063, 41079, 41096}
    assert {code for code, failure in FAILURES.items() if failure.act == "new_token"} == {40014, 42001}
    assert {code for code, failure in FAILURES.items() if failure.act == "close"} == {45009}


def test_every_call_has_a_limit_and_every_token_a_source() -> None:
    for endpoint in ENDPOINTS.values():
        assert endpoint.rate in WECOM.limits
        assert endpoint.token is None or endpoint.token in WECOM.tokens
        assert endpoint.path.startswith("/cgi-bin/")
