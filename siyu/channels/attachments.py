"""What may hang on a message besides its text: links, pictures, cards of mini-programs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.channels.calls import parsed
from siyu.storage import BadInput

ATTACHMENTS_MAX = 9


@dataclass(frozen=True, slots=True)
class AttachmentField:
    """One field. ``bytes_max`` counts UTF-8 bytes, as platforms do."""

    name: str
    zh: str
    en: str
    bytes_max: int
    required: bool = False
    address: bool = False
    medium: str = ""  # the kind of medium it names, by its sha-256


@dataclass(frozen=True, slots=True)
class AttachmentKind:
    """One kind of attachment."""

    name: str
    zh: str
    en: str
    fields: tuple[AttachmentField, ...]


def _medium(kind: str) -> AttachmentField:
    return AttachmentField("medium", "素材", "Medium", 64, required=True, medium=kind)


KINDS: Mapping[str, AttachmentKind] = {
    kind.name: kind
    for kind in (
        AttachmentKind(
            "link",
            "链接",
            "Link",
            (
                AttachmentField("title", "标题", "Title", 128, required=True),
                AttachmentField("url", "网址", "Address", 2048, required=True, address=True),
                AttachmentField("description", "描述", "Description", 512),
                AttachmentField("picture", "封面图片网址", "Address of a picture", 2048, address=True),
            ),
        ),
        AttachmentKind("image", "图片", "Picture", (_medium("image"),)),
        AttachmentKind("video", "视频", "Film", (_medium("video"),)),
        AttachmentKind("file", "文件", "File", (_medium("file"),)),
        AttachmentKind(
            "miniprogram",
            "小程序",
            "Mini-program",
            (
                AttachmentField("title", "标题", "Title", 64, required=True),
                AttachmentField("appid", "小程序 AppId", "App id", 64, required=True),
                AttachmentField("page", "页面路径", "Page", 1024, required=True),
                AttachmentField("medium", "封面图片（520×416）", "Cover (520×416)", 64, required=True, medium="image"),
            ),
        ),
    )
}


def read_attachments(given: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The attachments as they are kept: ``kind`` and its fields, empty ones left out.

    Raises :class:`BadInput` at ``attachments.<place>.<field>``, places counted from 0.
    """
    if len(given) > ATTACHMENTS_MAX:
        raise BadInput(
            "attachments_too_many",
            f"最多 {ATTACHMENTS_MAX} 个附件。",
            f"At most {ATTACHMENTS_MAX} attachments.",
            field="attachments",
        )
    return [_read(each, f"attachments.{place}") for place, each in enumerate(given)]


def media_in(attachments: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, str]]:
    """The media that attachments name, by their fields: sha-256 and the kind it has to be."""
    return {
        f"attachments.{place}.{field.name}": (each[field.name], field.medium)
        for place, each in enumerate(attachments)
        for field in KINDS[each["kind"]].fields
        if field.medium and field.name in each
    }


def _read(given: Mapping[str, Any], at: str) -> dict[str, str]:
    kind = KINDS.get(str(given.get("kind")))
    if kind is None:
        known = "、".join(KINDS)
        raise BadInput(
            "attachment_kind",
            f"附件类型只能是：{known}。",
            f"An attachment is one of: {known}.",
            field=f"{at}.kind",
        )
    unknown = set(given) - {"kind", *(field.name for field in kind.fields)}
    if unknown:
        name = sorted(unknown)[0]
        raise BadInput("attachment_field", f"附件没有“{name}”。", f"It has no “{name}”.", field=f"{at}.{name}")
    values = {field.name: _value(field, given.get(field.name), f"{at}.{field.name}") for field in kind.fields}
    return {"kind": kind.name} | {name: value for name, value in values.items() if value}


def _value(field: AttachmentField, given: Any, at: str) -> str:
    value = "" if given is None else str(given).strip()
    if field.required and not value:
        raise BadInput("attachment_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=at)
    if len(value.encode()) > field.bytes_max or not value.isprintable():
        raise BadInput(
            "attachment_text",
            f"“{field.zh}”应为一行文字，最多 {field.bytes_max} 字节（一个汉字 3 字节）。",
            f"“{field.en}” is one line of at most {field.bytes_max} bytes.",
            field=at,
        )
    if field.address and value:
        parsed(value, field=at)
    return value
