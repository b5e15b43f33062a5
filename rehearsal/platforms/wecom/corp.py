"""One corp's drawers, and the indexes over them: who follows whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Refusal
from rehearsal.platforms.core.state import Drawer, Shelf
from rehearsal.platforms.wecom.model import (
    App,
    ContactWay,
    Customer,
    DayCount,
    Delivery,
    Department,
    Follow,
    Media,
    Member,
    Tag,
    TagGroup,
    Welcome,
)


class Corp:
    """Rows by their platform ids; ``follows`` by ``follow_key``. Families of calls open drawers of their own with
    ``drawer``."""

    def __init__(self, corpid: str, shelf: Shelf) -> None:
        self.corpid = corpid
        self._shelf = shelf
        self.apps = self.drawer("apps", App)
        self.departments = self.drawer("departments", Department)
        self.members = self.drawer("members", Member)
        self.customers = self.drawer("customers", Customer)
        self.follows = self.drawer("follows", Follow)
        self.tag_groups = self.drawer("tag_groups", TagGroup)
        self.tags = self.drawer("tags", Tag)
        self.contact_ways = self.drawer("contact_ways", ContactWay)
        self.welcomes = self.drawer("welcomes", Welcome)
        self.deliveries = self.drawer("deliveries", Delivery)
        self.media = self.drawer("media", Media)
        self.days = self.drawer("days", DayCount)
        self._slots: dict[str, list[str | None]] = {}
        """Of each member: external user ids in the order they came; ``None`` where one is gone."""
        self._held: Counter[str] = Counter()
        self._advisers: dict[str, list[str]] = {}
        for follow in sorted(self.follows.values(), key=lambda each: each.slot):
            self._index(follow)
        self._last_delivery = max((int(key) for key in self.deliveries), default=0)

    def drawer(self, name: str, kind: type[Any]) -> Drawer[Any]:
        return self._shelf.drawer(f"{self.corpid}/{name}", kind)

    def names(self) -> list[str]:
        """Of the drawers that were opened so far."""
        mark = f"{self.corpid}/"
        return [name.removeprefix(mark) for name in self._shelf.open_drawers() if name.startswith(mark)]

    # members

    def member(self, userid: str) -> Member:
        """Raises 60111 for somebody unknown, 40003 for somebody who left."""
        found = self.members.get(userid)
        if found is None:
            raise Refusal(60111)
        if found.left:
            raise Refusal(40003)
        return found

    def staff(self) -> Iterator[Member]:
        """Who is here and may have customers."""
        return (each for each in self.members.values() if each.contact and not each.left)

    def below(self, department: int) -> set[int]:
        """A department and all under it."""
        found = {department}
        grown = True
        while grown:
            more = {each.id for each in self.departments.values() if each.parentid in found} - found
            found |= more
            grown = bool(more)
        return found

    def expand(self, users: Iterable[str], parties: Iterable[int]) -> list[str]:
        """User ids, with departments taken apart."""
        wanted: set[int] = set()
        for party in parties:
            wanted |= self.below(party)
        inside = [each.userid for each in self.staff() if wanted & set(each.department)]
        return list(dict.fromkeys([*users, *inside]))

    # who follows whom

    @staticmethod
    def follow_key(userid: str, external_userid: str) -> str:
        return f"{userid} {external_userid}"

    def follow(self, userid: str, external_userid: str) -> Follow | None:
        return self.follows.get(self.follow_key(userid, external_userid))

    def bond(self, userid: str, external_userid: str) -> Follow:
        """The relation through which calls work. Raises 84061 when there is none (half ones do not count)."""
        found = self.follow(userid, external_userid)
        if found is None or found.bond == "half":
            raise Refusal(84061)
        return found

    def put_follow(self, follow: Follow) -> Follow:
        """A new relation, or one in place of the old. Its slot is set here."""
        key = self.follow_key(follow.userid, follow.external_userid)
        if key in self.follows:
            return self.follows.put(key, follow)
        slot = len(self._slots.get(follow.userid, ()))
        kept = self.follows.put(key, msgspec.structs.replace(follow, slot=slot))
        self._index(kept)
        return kept

    def change_follow(self, follow: Follow, **changes: Any) -> Follow:
        return self.follows.change(self.follow_key(follow.userid, follow.external_userid), **changes)

    def end_follow(self, follow: Follow) -> None:
        self.follows.remove(self.follow_key(follow.userid, follow.external_userid))
        self._slots[follow.userid][follow.slot] = None
        self._held[follow.userid] -= 1
        self._advisers[follow.external_userid].remove(follow.userid)

    def slots(self, userid: str) -> list[str | None]:
        """External user ids of a member in the order they came, with holes where one is gone. Do not change."""
        return self._slots.get(userid, [])

    def held(self, userid: str) -> int:
        """How many relations a member has, half ones included."""
        return self._held[userid]

    def customers_of(self, userid: str) -> Iterator[Follow]:
        """The member's relations that calls see."""
        for external in self.slots(userid):
            if external is not None:
                follow = self.follows[self.follow_key(userid, external)]
                if follow.bond != "half":
                    yield follow

    def advisers_of(self, external_userid: str) -> list[Follow]:
        """The customer's relations that calls see."""
        found = (
            self.follows[self.follow_key(userid, external_userid)] for userid in self._advisers_ids(external_userid)
        )
        return [each for each in found if each.bond != "half"]

    def _advisers_ids(self, external_userid: str) -> list[str]:
        return self._advisers.get(external_userid, [])

    def _index(self, follow: Follow) -> None:
        slots = self._slots.setdefault(follow.userid, [])
        slots.extend([None] * (follow.slot + 1 - len(slots)))
        slots[follow.slot] = follow.external_userid
        self._held[follow.userid] += 1
        self._advisers.setdefault(follow.external_userid, []).append(follow.userid)

    # what reached people

    def deliver(self, now: int, kind: str, userid: str, to: list[str], content: dict[str, Any], reference: str) -> None:
        self._last_delivery += 1
        number = self._last_delivery
        self.deliveries.put(str(number), Delivery(number, now, kind, userid, tuple(to), content, reference))

    # statistics

    def count(self, userid: str, now: int, **more: int) -> None:
        """Adds to what a member did on the day of ``now`` (China time)."""
        key = f"{day_of(now)} {userid}"
        kept = self.days.get(key) or DayCount()
        self.days.put(
            key, DayCount(**{name: getattr(kept, name) + more.get(name, 0) for name in DayCount.__struct_fields__})
        )


def day_of(now: int) -> int:
    """Midnight in China of that day, epoch seconds."""
    return now - (now + 8 * 3600) % 86_400
