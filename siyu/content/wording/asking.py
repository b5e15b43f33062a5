"""Before something goes out: forbidden words need somebody's reason. All other findings are advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from siyu.content.wording.checking import check
from siyu.content.wording.model import Finding, Persona, Rules
from siyu.storage import BadInput

REASON_CHARACTERS_MIN = 4
REASON_CHARACTERS_MAX = 200
TOLD_MAX = 8


def findings_in(texts: Iterable[str], rules: Rules, persona: Persona | None = None) -> list[Finding]:
    """What could be better about several texts, each text once."""
    return [each for text in dict.fromkeys(texts) for each in check(text, rules, persona)]


def words_of(content: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The texts of a message by channel and part; addresses and numbers of media are no words."""
    return [
        text
        for parts in content.values()
        for name, text in parts.items()
        if name not in ("form", "image", "medium", "link", "url", "appid", "page", "card_url", "cover")
    ]


def require_reason(found: Iterable[Finding], reason: str) -> dict[str, str]:
    """What the audit log keeps of forbidden words that go out nevertheless: the words and why. Empty where there are
    none. Raises :class:`BadInput` where there are some and nobody gave a reason."""
    words = list(dict.fromkeys(each.text for each in found if each.stops))
    if not words:
        return {}
    given = " ".join(reason.split())
    told = "、".join(f"“{word}”" for word in words[:TOLD_MAX])
    if not REASON_CHARACTERS_MIN <= len(given) <= REASON_CHARACTERS_MAX:
        raise BadInput(
            "wording_reason",
            f"内容里有违禁用语：{told}。请修改，"
            f"或写明为什么可以这样用（{REASON_CHARACTERS_MIN} 字以上，记入操作记录）。",
            f"Forbidden words: {told}. Change them, or say why they are lawful here "
            f"({REASON_CHARACTERS_MIN} characters or more, kept in the audit log).",
            field="reason",
        )
    return {"wording": told, "reason": given}
