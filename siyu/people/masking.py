"""What of an identifier or a name may be seen by whom: 138****8000."""

from __future__ import annotations

import re
from typing import Any

from siyu.people.identity import policy_of


def masked(kind: str, value: str) -> str:
    """A personal identifier with its middle hidden; others as they are."""
    policy = policy_of(kind)
    if not policy.personal:
        return value
    if policy.name == "email":
        name, _, domain = value.partition("@")
        return f"{name[:1]}***@{domain}"
    local = value.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}" if len(local) > 7 else "****"


_PHONE = re.compile(r"(?<![0-9])(?:\+?86[- ]?)?(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9])")
_EMAIL = re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+-]{0,63}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)")


def scrubbed(value: Any) -> Any:
    """A free value (an event's properties, an attribute) with whatever looks like a phone or an e-mail masked."""
    if isinstance(value, dict):
        return {str(key): scrubbed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [scrubbed(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and _PHONE.fullmatch(str(value)):
        return scrubbed(str(value))
    if not isinstance(value, str):
        return value
    return _EMAIL.sub(r"\1***@\2", _PHONE.sub(r"\1****\2", value))
