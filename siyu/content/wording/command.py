"""What the API and the command line tell of wording."""

from __future__ import annotations

import msgspec

from siyu.content.wording.checking import check
from siyu.content.wording.model import Finding, Persona
from siyu.content.wording.reading import shipped
from siyu.content.wording.words import Word, all_words, get_word, rules_of
from siyu.storage import Stores


class FindingAnswer(msgspec.Struct):
    """One place of a text. `begin` and `end`: characters; `stops`: it needs a reason before the text goes out; `law`:
    from where a forbidden word's rule comes."""

    kind: str
    rule: str
    begin: int
    end: int
    text: str
    zh: str
    en: str
    law: str
    instead: list[str]
    stops: bool


class FindingsAnswer(msgspec.Struct):
    """What could be better about a text, by place. `stops`: whether a reason is needed."""

    findings: list[FindingAnswer]
    stops: bool


class WordAnswer(msgspec.Struct):
    """A word of the shop. `kind`: of which list."""

    id: int
    kind: str
    word: str
    why: str
    instead: list[str]
    by: str


class WordsAnswer(msgspec.Struct):
    """The shop's own words."""

    words: list[WordAnswer]


class WordRemoved(msgspec.Struct):
    """Which word was taken out."""

    removed: int


class RuleAnswer(msgspec.Struct):
    """A rule that comes with the product."""

    key: str
    kind: str
    zh: str
    en: str
    law: str
    words: list[str]
    instead: list[str]


class RulesAnswer(msgspec.Struct):
    """The rules that come with the product."""

    rules: list[RuleAnswer]


def findings_told(stores: Stores, text: str, persona: Persona | None = None) -> FindingsAnswer:
    """What could be better about a text."""
    found = check(text, rules_of(stores), persona)
    return FindingsAnswer([_finding(each) for each in found], any(each.stops for each in found))


def words_told(stores: Stores) -> WordsAnswer:
    """The shop's own words."""
    return WordsAnswer([_word(each) for each in all_words(stores)])


def word_told(stores: Stores, number: int) -> WordAnswer:
    """Raises :class:`~siyu.storage.NotFound`."""
    return _word(get_word(stores, number))


def rules_told() -> RulesAnswer:
    """The rules that come with the product."""
    return RulesAnswer(
        [
            RuleAnswer(rule.key, rule.kind, rule.zh, rule.en, rule.law, list(rule.words), list(rule.instead))
            for rule in shipped().rules
        ]
    )


def _finding(found: Finding) -> FindingAnswer:
    return FindingAnswer(
        found.kind,
        found.rule,
        found.begin,
        found.end,
        found.text,
        found.zh,
        found.en,
        found.law,
        list(found.instead),
        found.stops,
    )


def _word(word: Word) -> WordAnswer:
    draft = word.draft
    return WordAnswer(word.id, draft.list, draft.word, draft.why, list(draft.instead), word.by)
