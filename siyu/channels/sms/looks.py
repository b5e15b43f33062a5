"""A text message as it stands on the phone: the signature, the template's text with its variables, and what it costs.

Counted as the service bills at home: signature and brackets included, everything is one character; up to 70 are one
message, longer ones go in pieces of 67.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from siyu.channels.platform.reading import named_lines
from siyu.channels.protocol import Look

ONE_MAX = 70
PIECE = 67
CHARACTERS_MAX = 500
_VARIABLE = re.compile(r"\$\{\s*(\w+)\s*\}")
_REFUSAL = re.compile("拒收|退订")


def look(sign_name: str, marketing: bool, parts: Mapping[str, str]) -> Look | None:
    """None where the template's text is not known."""
    sign, template = f"【{sign_name}】", parts.get("template_text", "").strip()
    if not template:
        return None
    given = named_lines(parts.get("data", ""))
    text = sign + _VARIABLE.sub(lambda found: given.get(found[1]) or found[0], template.removeprefix(sign))
    size, pieces = length(text), billed(text)
    return Look(
        text,
        f"含签名共 {size} 字，按 {pieces} 条计费",
        f"{size} characters with the signature, billed as {pieces}",
        tuple(_faults(text, template, given, marketing)),
        pieces,
    )


def length(text: str) -> int:
    """In UTF-16, as the networks count: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def billed(text: str) -> int:
    """As how many messages it is paid for."""
    size = length(text)
    return 1 if size <= ONE_MAX else -(-size // PIECE)


def _faults(text: str, template: str, given: Mapping[str, str], marketing: bool) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    missing = [name for name in dict.fromkeys(_VARIABLE.findall(template)) if not given.get(name)]
    if missing:
        faults.append((f"模板变量没有填：{'、'.join(missing)}", f"Variables without a value: {', '.join(missing)}"))
    if marketing and not _REFUSAL.search(template):
        faults.append(
            (
                "正文没有写明怎样拒收，须含“拒收请回复R”",
                "It does not say how to refuse: it has to contain “拒收请回复R”",
            )
        )
    if length(text) > CHARACTERS_MAX:
        faults.append((f"超过 {CHARACTERS_MAX} 字，平台不收", f"Over {CHARACTERS_MAX} characters: not accepted"))
    return faults
