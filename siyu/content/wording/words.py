"""A shop's own words: forbidden ones, jargon, and phrases that are never at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from siyu.content.wording.folding import fold
from siyu.content.wording.model import Rule, Rules
from siyu.content.wording.reading import made, shipped
from siyu.content.wording.tables import wording_words
from siyu.storage import BadInput, NotFound, Stores

List = Literal["forbidden", "jargon", "allowed"]
LISTS: tuple[List, ...] = get_args(List)
LIST_WORDS: Mapping[List, tuple[str, str]] = {
    "forbidden": ("违禁词", "Forbidden"),
    "jargon": ("行话", "Jargon"),
    "allowed": ("放行词", "Never at fault"),
}
WORD_CHARACTERS_MAX = 40
WHY_CHARACTERS_MAX = 200
INSTEAD_MAX = 5
WORDS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A word as it is written. ``list``: of :data:`LISTS`; ``instead``: what one might say (not of allowed ones)."""

    list: str
    word: str
    why: str = ""
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the shop."""

    id: int
    draft: Draft
    created: datetime
    by: str


def all_words(stores: Stores) -> list[Word]:
    """By list, then by word."""
    query = sa.select(wording_words).order_by(wording_words.c.list, wording_words.c.word)
    with stores.ledger.read() as conn:
        return [_word(row) for row in conn.execute(query).mappings()]


def get_word(stores: Stores, number: int) -> Word:
    """Raises :class:`NotFound`."""
    query = sa.select(wording_words).where(wording_words.c.id == number)
    with stores.ledger.read() as conn:
        row = conn.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("wording_word_unknown", "没有这个词。", "There is no such word.")
    return _word(row)


def add_word(stores: Stores, by: str, draft: Draft) -> int:
    """Keep a word; its number. A word that is in that list is written anew. Raises :class:`BadInput` by field."""
    values = _checked(draft)
    now = stores.clock.now()
    same = sa.and_(wording_words.c.list == draft.list, wording_words.c.folded == values["folded"])
    with stores.ledger.write() as conn:
        known = conn.execute(sa.select(wording_words.c.id).where(same)).scalar_one_or_none()
        if known is not None:
            conn.execute(sa.update(wording_words).where(wording_words.c.id == known).values(**values))
            return known
        if conn.execute(sa.select(sa.func.count()).select_from(wording_words)).scalar_one() >= WORDS_MAX:
            zh, en = f"最多 {WORDS_MAX} 个词，请先删去不用的。", f"At most {WORDS_MAX} words: take some out first."
            raise BadInput("wording_words", zh, en, field="word")
        insert = sa.insert(wording_words).values(**values, created=now, by=by)
        return conn.execute(insert.returning(wording_words.c.id)).scalar_one()


def remove_word(stores: Stores, number: int) -> Word:
    """Take a word out; the word, so that it can be put back. Raises :class:`NotFound`."""
    found = get_word(stores, number)
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(wording_words).where(wording_words.c.id == number))
    return found


def rules_of(stores: Stores) -> Rules:
    """The rules that come with the product, with the shop's own words."""
    return _together(tuple((each.id, each.draft) for each in all_words(stores)))


@lru_cache(maxsize=4)
def _together(own: tuple[tuple[int, Draft], ...]) -> Rules:
    rules = [_rule(number, draft) for number, draft in own if draft.list != "allowed"]
    allowed = [draft.word for _, draft in own if draft.list == "allowed"]
    return made([*rules, *shipped().rules], shipped(), allowed)


def _rule(number: int, draft: Draft) -> Rule:
    forbidden = draft.list == "forbidden"
    zh = draft.why or ("本店不用这个词。" if forbidden else "本店的行话，客户听不懂。")
    en = draft.why or ("This shop does not use the word." if forbidden else "This shop's jargon.")
    return Rule(
        f"own.{number}",
        "forbidden" if forbidden else "jargon",
        zh,
        en,
        "本店自定" if forbidden else "",
        (fold(draft.word),),
        negatable=False,
        instead=draft.instead,
    )


def _checked(draft: Draft) -> dict[str, object]:
    word = draft.word.strip()
    if draft.list not in LISTS:
        raise BadInput("wording_list", "请选择词表。", "Choose a list.", field="list")
    if not fold(word) or len(word) > WORD_CHARACTERS_MAX or "\n" in word:
        zh, en = f"请填写 1 至 {WORD_CHARACTERS_MAX} 个字。", f"Give 1 to {WORD_CHARACTERS_MAX} characters."
        raise BadInput("wording_word", zh, en, field="word")
    if len(draft.why) > WHY_CHARACTERS_MAX:
        zh, en = f"最多 {WHY_CHARACTERS_MAX} 个字。", f"At most {WHY_CHARACTERS_MAX} characters."
        raise BadInput("wording_why", zh, en, field="why")
    instead = _instead(draft.instead)
    return {"list": draft.list, "word": word, "folded": fold(word), "why": draft.why.strip(), "instead": instead}


def _instead(given: Sequence[str]) -> list[str]:
    told = [text for each in given if (text := each.strip())]
    if len(told) > INSTEAD_MAX or any(len(text) > WORD_CHARACTERS_MAX for text in told):
        zh = f"最多 {INSTEAD_MAX} 种说法，每种不超过 {WORD_CHARACTERS_MAX} 个字。"
        en = f"At most {INSTEAD_MAX}, of {WORD_CHARACTERS_MAX} characters each."
        raise BadInput("wording_instead", zh, en, field="instead")
    return told


def _word(told: RowMapping) -> Word:
    draft = Draft(told["list"], told["word"], told["why"], tuple(told["instead"]))
    return Word(told["id"], draft, told["created"], told["by"])
