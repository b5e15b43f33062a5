"""What forms with attachments share: every field once, media to choose from, and what was chosen."""

from __future__ import annotations

from typing import Any

from siyu.channels.attachments import ATTACHMENTS_MAX, KINDS, AttachmentField
from siyu.channels.media import KINDS as MEDIA_KINDS
from siyu.channels.media import all_media
from siyu.storage import Stores
from siyu.web.current import t
from siyu.web.forms import Form


def attachment_choices(stores: Stores) -> dict[str, Any]:
    """What the template of such a form is given."""
    return {"attachment_kinds": _kinds(), "attachment_fields": _fields(), "media": _media(stores)}


def attachment_in(form: Form, at: str) -> dict[str, str]:
    """The attachment whose fields' names begin with ``at``; {} where none is chosen."""
    kind = form.get(f"{at}kind")
    names = [field.name for field in KINDS[kind].fields] if kind in KINDS else []
    return {"kind": kind} | {name: form.get(at + name) for name in names} if kind else {}


def attachments_in(form: Form) -> list[dict[str, str]]:
    """Those chosen, in their order."""
    found = (attachment_in(form, f"attachments.{place}.") for place in range(ATTACHMENTS_MAX))
    return [each for each in found if each]


def places_of(form: Form, offered: int) -> range:
    """Places for attachments in a form: so many, and always one more than are filled."""
    filled = max((place + 1 for place in range(ATTACHMENTS_MAX) if form.get(f"attachments.{place}.kind")), default=0)
    return range(min(max(offered, filled + 1), ATTACHMENTS_MAX))


def _fields() -> list[tuple[str, AttachmentField, str]]:
    """Every field that some kind of attachment has, each once: its name, itself, the kinds that have it."""
    fields: dict[str, AttachmentField] = {}
    kinds: dict[str, list[str]] = {}
    for kind in KINDS.values():
        for field in kind.fields:
            fields.setdefault(field.name, field)
            kinds.setdefault(field.name, []).append(kind.name)
    return [(name, field, " ".join(kinds[name])) for name, field in fields.items()]


def _kinds() -> list[tuple[str, str]]:
    """The kinds as choices, none first."""
    return [("", t("不加", "None")), *((kind.name, t(kind.zh, kind.en)) for kind in KINDS.values())]


def _media(stores: Stores) -> list[tuple[str, str]]:
    """The newest media as choices, none first."""
    known = ((each.sha256, f"{t(*MEDIA_KINDS[each.kind])} · {each.name}") for each in all_media(stores))
    return [("", t("不选", "None")), *known]
