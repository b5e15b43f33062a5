"""Who acts. Pure values: no clock, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from siyu.staff import roles


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a member of staff, an API key, a person themselves, or the product.

    ``role`` names what they may do (:mod:`siyu.staff.roles`); ``tag`` is how the audit log writes them.
    """

    kind: Literal["staff", "key", "person", "system"]
    id: int | None
    name: str
    role: str = ""

    @property
    def tag(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"

    def may(self, permission: str) -> bool:
        """Whether the actor holds a permission. The product itself may do everything."""
        return self.kind == "system" or roles.allows(self.role, permission)


SYSTEM = Actor("system", None, "system")


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff, as lists show them."""

    id: int
    login: str
    name: str
    role: str
    language: str
    created: datetime
    disabled: datetime | None
    seen: datetime | None
    locked_until: datetime | None = None

    @property
    def actor(self) -> Actor:
        return Actor("staff", self.id, self.name, self.role)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One API key, as lists show it: the secret itself is kept nowhere."""

    id: int
    name: str
    prefix: str
    role: str
    created: datetime
    by: int
    used: datetime | None
    revoked: datetime | None


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list as somebody filtered it: the part of the address after ``?``."""

    id: int
    page: str
    name: str
    query: str
