"""What of an identifier or a name may be seen by whom: 138****8000."""

from __future__ import annotations

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
