"""One way to write a word: full width, capitals, traditional characters and what is put between two Han characters to
get past a filter (``最 佳``, ``最★佳``) are folded away; each character remembers where it stood."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_SEPARATORS = frozenset(" \t\u3000\u200b\u200c\u200d\ufeff\u2060*★☆·•_~|/+^#丨")
_TRADITIONAL = str.maketrans(
    "國級極優質產頂領證療藥絕對獨無銷價風險復續業導馳標檢錄學醫術體驗網歷來轉發團處雙殺檔貴買賣間線達觸環鏈賦能拉閉顆點",
    "国级极优质产顶领证疗药绝对独无销价风险复续业导驰标检录学医术体验网历来转发团处双杀档贵买卖间线达触环链赋能拉闭颗点",
)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as rules read it, and where each of its characters stood in the one that was given."""

    text: str
    places: tuple[int, ...] | range

    def given(self, begin: int, end: int) -> tuple[int, int]:
        """The place in the given text of ``text[begin:end]``, which is not empty."""
        return self.places[begin], self.places[end - 1] + 1


def fold(text: str) -> str:
    """A word as rules keep it."""
    return folded(text.strip()).text


def folded(text: str) -> Folded:
    """A text as rules read it."""
    wide = text if unicodedata.is_normalized("NFKC", text) else None
    plain = text.lower() if wide is not None else ""
    if wide is not None and len(plain) == len(text):
        chars, places = plain.translate(_TRADITIONAL), range(len(text))
    else:
        pairs = [
            (char, place)
            for place, given in enumerate(text)
            for char in unicodedata.normalize("NFKC", given).lower().translate(_TRADITIONAL)
        ]
        chars, places = "".join(char for char, _ in pairs), tuple(place for _, place in pairs)
    if _SEPARATORS.isdisjoint(chars):
        return Folded(chars, places)
    kept = _kept(chars)
    return Folded("".join([chars[at] for at in kept]), tuple([places[at] for at in kept]))


def _kept(chars: str) -> list[int]:
    """The characters that stay: separators between two Han characters go."""
    kept: list[int] = []
    at = 0
    while at < len(chars):
        if chars[at] not in _SEPARATORS:
            kept.append(at)
            at += 1
            continue
        end = at
        while end < len(chars) and chars[end] in _SEPARATORS:
            end += 1
        if not (kept and _han(chars[kept[-1]]) and end < len(chars) and _han(chars[end])):
            kept.extend(range(at, end))
        at = end
    return kept


def _han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
