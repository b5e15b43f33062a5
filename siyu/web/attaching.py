"""What the forms of welcomes share about attachments: every field once, media to choose from."""

from __future__ import annotations

from siyu.channels.attachments import KINDS, AttachmentField
from siyu.channels.media import KINDS as MEDIA_KINDS
from siyu.channels.media import all_media
from siyu.storage import Stores
from siyu.web.current import t


def attachment_fields() -> list[tuple[str, AttachmentField, str]]:
    """Every field that some kind of attachment has, each once: its name, itself, the kinds that have it."""
    fields: dict[str, AttachmentField] = {}
    kinds: dict[str, list[str]] = {}
    for kind in KINDS.values():
        for field in kind.fields:
            fields.setdefault(field.name, field)
            kinds.setdefault(field.name, []).append(kind.name)
    return [(name, field, " ".join(kinds[name])) for name, field in fields.items()]


def attachment_kinds() -> list[tuple[str, str]]:
    """The kinds as choices, none first."""
    return [("", t("不加", "None")), *((kind.name, t(kind.zh, kind.en)) for kind in KINDS.values())]


def media_choices(stores: Stores) -> list[tuple[str, str]]:
    """The newest media as choices, none first."""
    known = ((each.sha256, f"{t(*MEDIA_KINDS[each.kind])} · {each.name}") for each in all_media(stores))
    return [("", t("不选", "None")), *known]
