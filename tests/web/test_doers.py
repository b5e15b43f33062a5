"""Who did something is named the same everywhere: no page shows the tag that a table keeps."""

from __future__ import annotations

import pytest

from siyu.reach.journeys import drafts
from siyu.reach.journeys.model import parse
from siyu.staff import actions
from siyu.staff.model import SYSTEM
from siyu.storage import Stores
from siyu.web.current import Call, Language, enter
from siyu.web.doers import doer
from tests.web.conftest import SignedIn

ANNA = "安娜 13912345678"


def anna(stores: Stores) -> str:
    """A member whose name holds a phone, which not everybody may see."""
    number = actions.create_member(
        stores, SYSTEM, login="anna", name=ANNA, password="correct horse battery", role="adviser"
    )
    return f"staff:{number}"


@pytest.mark.parametrize(
    ("tag", "zh", "en"),
    [
        ("system", "系统", "the system"),
        ("person", "客户本人", "the person"),
        ("cli", "命令行", "the command line"),
        ("journey:5:greet", "旅程 5", "journey 5"),
        ("code:7", "渠道码 7", "code 7"),
        ("staff:404", "员工 404", "member of staff 404"),
        ("wecom:1:zhangsan", "zhangsan", "zhangsan"),
        ("a word of nobody's", "a word of nobody's", "a word of nobody's"),
        (None, "—", "—"),
    ],
)
def test_each_tag_in_words(stores: Stores, tag: str | None, zh: str, en: str) -> None:
    languages: tuple[tuple[Language, str], ...] = (("zh", zh), ("en", en))
    for language, said in languages:
        enter(Call(stores, language=language))
        assert doer(tag) == said


def test_staff_are_named_as_the_reader_may_see_it(stores: Stores, signed_in: SignedIn) -> None:
    draft = parse({"name": "旅程", "trigger": {"type": "by_hand"}})
    tag = anna(stores)
    drafts.create(stores, tag, draft)
    assert ANNA in signed_in("owner").get("/journeys?columns=name,by").text
    seen = signed_in("operator").get("/journeys?columns=name,by").text
    assert "安娜 139****5678" in seen
    assert (ANNA in seen, tag in seen) == (False, False)
