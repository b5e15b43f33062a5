"""The API of the wording check."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from siyu.content.wording import command, words
from siyu.content.wording.command import FindingsAnswer, RulesAnswer, WordAnswer, WordsAnswer
from siyu.content.wording.model import CHARACTERS_MAX, Persona
from siyu.content.wording.words import INSTEAD_MAX, WHY_CHARACTERS_MAX, WORD_CHARACTERS_MAX, Draft
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_ask, api_read, api_write

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=WORD_CHARACTERS_MAX)]


class VoiceBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whose voice a text should have. `address`: 你 or 您; `never`: words they don't use."""

    name: Annotated[str, msgspec.Meta(max_length=30)]
    address: Literal["", "你", "您"] = ""
    formal: bool = False
    never: Annotated[list[Word], msgspec.Meta(max_length=100)] = []


class CheckBody(msgspec.Struct, forbid_unknown_fields=True):
    """A text, and whose voice it should have."""

    text: Annotated[str, msgspec.Meta(max_length=CHARACTERS_MAX)]
    persona: VoiceBody | None = None


class WordBody(msgspec.Struct, forbid_unknown_fields=True):
    """A word. `kind`: its list; `allowed` phrases are never at fault."""

    kind: Literal["forbidden", "jargon", "allowed"]
    word: Word
    why: Annotated[str, msgspec.Meta(max_length=WHY_CHARACTERS_MAX)] = ""
    instead: Annotated[list[Word], msgspec.Meta(max_length=INSTEAD_MAX)] = []


@api_ask("/api/content/wording/check", "content.read")
def check(stores: Stores, data: CheckBody) -> FindingsAnswer:
    """What could be better about a text: place, why, law, friendlier words. Nothing is kept."""
    voice = data.persona
    persona = None if voice is None else Persona(voice.name, voice.address, voice.formal, tuple(voice.never))
    return command.findings_told(stores, data.text, persona)


@api_read("/api/content/wording/rules", "content.read")
def rules() -> RulesAnswer:
    """The rules that come with the product, with their legal sources."""
    return command.rules_told()


@api_read("/api/content/wording/words", "content.read")
def list_all(stores: Stores) -> WordsAnswer:
    """The shop's own words."""
    return command.words_told(stores)


@api_write("POST", "/api/content/wording/words", "content.write", audits="wording_word_added")
def add(stores: Stores, actor: Actor, data: WordBody) -> WordAnswer:
    """Keep a word; one that is in that list already is written anew."""
    draft = Draft(data.kind, data.word, data.why, tuple(data.instead))
    number = words.add_word(stores, actor.tag, draft)
    note(f"wording_word:{number}", name=data.word)
    return command.word_told(stores, number)


@api_write(
    "DELETE",
    "/api/content/wording/words/{word:int}",
    "content.write",
    audits="wording_word_removed",
    about="wording_word:{word}",
)
def remove(stores: Stores, word: Id) -> None:
    """Take a word out."""
    words.remove_word(stores, word)


ROUTES = [check, rules, list_all, add, remove]
