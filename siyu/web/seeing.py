"""What of free values (names, attributes, properties of events, texts made of them) the reader may see and ask.

Everything free that is shown passes :func:`seen` (templates: the filter ``seen``), and every question over free values
passes :func:`asked_fairly`: who may not see phones and e-mails can't ask them out of a count either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import structs

from siyu.insight.tracing import TracedEvent
from siyu.people.finding import names_of
from siyu.people.masking import scrubbed
from siyu.people.timeline import Entry
from siyu.reach.content import Written
from siyu.storage import NotAllowed, Stores
from siyu.web.current import may

WHOLE = "people.phone"
NUMBER_MIN = 10**8
"""A number with more digits may be a phone; comparing with it finds the digits one after the other."""

_PART = re.compile(r"[0-9]{3}|@")
_FREE = ("name", "attributes.", "properties.")


def seen(value: Any) -> Any:
    """A free value as the reader may see it: phones and e-mails in it are masked for most roles."""
    return value if may(WHOLE) else scrubbed(value)


def text_seen(value: Any, writes: str) -> Any:
    """A text of the shop's own (a message, a journey's document) as the reader may see it: whole for who may write such
    (``writes``: the permission), or keeping it again would keep the mask; for all others as any free value."""
    return value if may(writes) else seen(value)


def names_seen(stores: Stores, persons: Iterable[int]) -> dict[int, str]:
    """Person → name, of those whose name is known, for whom they are shown to."""
    return {person: seen(name) for person, name in names_of(stores, persons).items()}


def attributes_seen(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A person's attributes for whom they are shown to."""
    return seen(dict(attributes))


def entries_seen(entries: Sequence[Entry]) -> list[Entry]:
    """Events of a timeline for whom they are shown to."""
    return [replace(entry, properties=seen(dict(entry.properties)), detail=seen(entry.detail)) for entry in entries]


def written_seen(written: Mapping[str, Written]) -> dict[str, Written]:
    """What somebody would get, by channel, for whom it is shown to."""
    return {
        channel: replace(
            each,
            parts=seen(dict(each.parts)),
            look=replace(each.look, text=seen(each.look.text)) if each.look else None,
        )
        for channel, each in written.items()
    }


def traced_seen(event: TracedEvent) -> TracedEvent:
    """An event behind a number: order numbers and message ids are the shop's own texts, and some are phones."""
    return structs.replace(event, order=seen(event.order), message_id=seen(event.message_id))


def names_may_be_asked(words: str) -> bool:
    """Whether a search may look inside names. Names hold phones now and then ("王 138…"): who may not see them can't
    find them digit by digit either. A whole identifier is found all the same."""
    return may(WHOLE) or not _PART.search(words)


def unchanged(given: str, before: str | None) -> bool:
    """Whether a form brings back what it showed, so that the mask is not saved over the value."""
    return before is not None and given == seen(before)


def asked_fairly(question: Any) -> None:
    """Refuse a rule or filter (as JSON) that compares free values with parts of a phone or an e-mail, where the one
    who asks may not see these. Raises :class:`NotAllowed`."""
    if may(WHOLE):
        return
    for op, value in _comparisons(question):
        if _asks_out(op, value):
            raise NotAllowed(
                "asks_for_phones",
                "您的角色看不到完整手机号与邮箱，也不能用它们（或其中的数字片段）作为条件。请改用标签，或请管理员代为建立人群。",
                "Your role does not see whole phones and e-mails, so neither they nor runs of their digits can be a "
                "condition. Use a tag, or have an administrator make the audience.",
                permission=WHOLE,
            )


def _comparisons(question: Any) -> Iterator[tuple[str, Any]]:
    """Operator and operand of every condition on a free field."""
    if isinstance(question, list | tuple):
        for each in question:
            yield from _comparisons(each)
    if isinstance(question, dict):
        if "op" in question and str(question.get("field", "")).startswith(_FREE):
            values = question.get("value")
            for value in values if isinstance(values, list) else [values]:
                yield str(question["op"]), value
        for each in question.values():
            yield from _comparisons(each)


def _asks_out(op: str, value: Any) -> bool:
    if isinstance(value, int | float):
        return abs(value) >= NUMBER_MIN
    if not isinstance(value, str):
        return False
    return scrubbed(value) != value or (op.startswith(("contains", "starts_with")) and bool(_PART.search(value)))
