"""The request being answered: who asks, in which language, and what the audit log should say about it.

Held in a context variable, so that templates and filters know the language without being told in every call;
it follows a request into the thread that answers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from siyu.staff.model import Actor, Member
from siyu.staff.platform_sign_in import Vouched
from siyu.storage import Stores
from siyu.web.outside import Lent

Language = Literal["zh", "en"]
Key = TypeVar("Key")


@dataclass
class Call:
    """One request. ``subject`` and ``detail`` are what :func:`note` gathered for the audit log; ``lent`` is what its
    application works with."""

    stores: Stores
    id: str = ""
    path: str = ""
    query: str = ""
    language: Language = "zh"
    theme: str = "auto"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    currency: str = "CNY"
    shop: str = ""
    rehearses: bool = False  # made-up people are among the data: every page says so
    actor: Actor | None = None
    member: Member | None = None
    vouched: Vouched | None = None  # by a platform, for its sidebar
    sidebar_nonce: str = ""  # whose browser began to sign in there
    token: str = ""
    address: str = ""
    host: str = ""  # as the asker writes it
    agent: str = ""
    secure: bool = False
    partial: str = ""
    flash: str = ""
    language_chosen: str = ""
    cross_site: bool = False
    idempotency_key: str = ""
    nothing_happened: bool = False
    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict[str, Any])
    lent: Lent | None = None
    doers: dict[str, str] = field(default_factory=dict[str, str])  # names of who did something, read once a page


_call: ContextVar[Call] = ContextVar("call")


def enter(call: Call) -> None:
    """Make this the request being answered."""
    _call.set(call)


def current() -> Call:
    """The request being answered."""
    return _call.get()


def lent() -> Lent:
    """What the application that answers was given to work with."""
    found = _call.get().lent
    assert found is not None, "a request comes through the edge"
    return found


def note(subject: str = "", /, **detail: Any) -> None:
    """Say what the audit row of this request is about: ``note("broadcast:4", name="双十一", people=1234)``.

    Numbers and names of things only, never a person's data.
    """
    call = _call.get()
    if subject:
        call.subject = subject
    call.detail.update(detail)


def nothing_happened() -> None:
    """Say that this request changed nothing, so that no audit row is written (a form came back with errors)."""
    _call.get().nothing_happened = True


def t(zh: str, en: str) -> str:
    """The sentence in the reader's language."""
    return zh if _call.get().language == "zh" else en


def in_words(texts: Mapping[Key, tuple[str, str]]) -> dict[Key, str]:
    """Each name (of a state, a kind …) with its words in the reader's language."""
    return {name: t(*words) for name, words in texts.items()}


def may(permission: str) -> bool:
    """Whether the one who asks holds a permission."""
    actor = _call.get().actor
    return actor is not None and actor.may(permission)
