"""Reads what a form or the API gives for an account against the channel's fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siyu.channels.protocol import Field
from siyu.storage import BadInput


def read_settings(fields: Sequence[Field], given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The account's open settings and its secrets. Raises :class:`BadInput` naming the field."""
    known = {field.name for field in fields}
    for name in given:
        if name not in known:
            raise BadInput("setting_unknown", f"没有“{name}”这项设置。", f"There is no setting “{name}”.", field=name)
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for field in fields:
        value = _read(field, given.get(field.name))
        if field.kind == "secret":
            if value:
                secrets[field.name] = str(value)
        else:
            settings[field.name] = value
    return settings, secrets


def _read(field: Field, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        if field.required:
            raise BadInput(
                "setting_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=field.name
            )
        return field.default
    if field.kind == "number":
        return _number(field, value)
    if field.kind == "yes_no":
        return value in (True, "true", "1", "on", "yes")
    if field.kind == "choice":
        return _choice(field, value)
    return _text(field, value)


def _number(field: Field, value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = None
    if number is None or isinstance(value, bool) or not _within(field, number):
        raise BadInput(
            "setting_number",
            f"“{field.zh}”应为 {field.low} 到 {field.high} 的整数。",
            f"“{field.en}” should be a whole number from {field.low} to {field.high}.",
            field=field.name,
        )
    return number


def _within(field: Field, number: int) -> bool:
    return (field.low is None or number >= field.low) and (field.high is None or number <= field.high)


def _choice(field: Field, value: Any) -> str:
    allowed = [choice[0] for choice in field.choices]
    if value not in allowed:
        raise BadInput(
            "setting_choice",
            f"“{field.zh}”只能是：{'、'.join(allowed)}。",
            f"“{field.en}” must be one of: {', '.join(allowed)}.",
            field=field.name,
        )
    return str(value)


def _text(field: Field, value: Any) -> str:
    most = field.characters_max
    allowed = "\r\n" if field.lines else ""
    if not isinstance(value, str) or len(value) > most or any(ord(c) < 32 and c not in allowed for c in value):
        raise BadInput(
            "setting_text",
            f"“{field.zh}”应为{'' if field.lines else '一行'}文字，最多 {most} 字。",
            f"“{field.en}” should be {'text' if field.lines else 'one line'} of at most {most} characters.",
            field=field.name,
        )
    return value
