"""The price for a person, asked at the moment it is shown: never copied into a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom.tables import wecom_group_members
from siyu.commerce.goods.keeping import good_in
from siyu.commerce.goods.model import Good
from siyu.commerce.offers.keeping import offers_of
from siyu.commerce.offers.model import Choice, Offer, Who, best, nothing
from siyu.people.merges import whole_of
from siyu.people.projection import merged_profile
from siyu.people.tables import identifiers, people
from siyu.storage import Stores

WorthOf = Callable[[Connection, Sequence[int], Good, int | None, datetime], Mapping[int, int]]
"""Kinds of coupons → what each takes off one of the product, in cents, for a person where one is known; those that they
can't have now are left out."""

_worth_of: list[WorthOf] = []


def provide_worth(read: WorthOf) -> None:
    """Have coupons be worth what ``read`` says: the desk of coupons is another room."""
    _worth_of[:] = [read]


def ask(
    stores: Stores, good: int, person: int | None = None, *, live: str = "", group: str = ""
) -> tuple[Good, Choice]:
    """What is best for them now, and why not the others. ``live``, ``group``: where the link they came by was put up.
    Raises :class:`~siyu.storage.NotFound` for goods or a person who are not there."""
    now = stores.clock.now()
    with stores.ledger.read() as conn:
        found = good_in(conn, good)
        open_now = offers_of(conn, good)
        who = _who(stores, conn, open_now, person, live, group)
        kinds = sorted({each.coupon for each in open_now if each.coupon is not None})
        known = _worth_of[0](conn, kinds, found, person, now) if kinds and _worth_of and found.cents else {}
    worth = (lambda coupon, cents: known.get(coupon, 0)) if known else nothing
    return found, best(open_now, good, found.cents, who, now, worth)


def _who(stores: Stores, conn: Connection, open_now: Sequence[Offer], person: int | None, live: str, group: str) -> Who:
    """What has to be known of them for these offers, and no more."""
    groups = {group} if group else set[str]()
    if person is None:
        return Who(groups=frozenset(groups), live=live)
    ((kept, nodes),) = whole_of(conn, person).items()
    asked = {each.to for each in open_now}
    attributes: dict[str, str] = {}
    if "attribute" in asked:
        rows = conn.execute(sa.select(people).where(people.c.person.in_(nodes)).order_by(people.c.changed)).all()
        profile = merged_profile(rows)
        attributes = {name: str(value) for name, value in profile["attributes"].items()}
    if "group" in asked:
        mine = sa.select(identifiers.c.value).where(
            identifiers.c.person.in_(nodes), identifiers.c.kind == "external_userid"
        )
        member = wecom_group_members.c
        here = sa.select(member.chat_id).where(member.member.in_(mine), member.left.is_(None))
        groups.update(conn.execute(here).scalars())
    wanted = sorted({int(each.whom) for each in open_now if each.to == "audience"})
    inside = audiences_of(stores, wanted, kept) if wanted else frozenset[int]()
    return Who(frozenset(nodes), attributes, inside, frozenset(groups), live)


def audiences_of(stores: Stores, wanted: Sequence[int], person: int) -> frozenset[int]:
    """Of these audiences, those the (kept) person was in when each was last brought up to date."""
    rows = stores.events.rows(
        "SELECT audience FROM audience_states WHERE leaf = 0 AND (audience, version) IN ("
        "SELECT audience, max(version) FROM audience_states WHERE leaf = 0 AND audience IN {a:Array(UInt32)} "
        "GROUP BY audience) GROUP BY audience "
        "HAVING bitmapContains(groupBitmapMergeState(members), toUInt32({person:UInt32}))",
        {"a": list(wanted), "person": person},
    )
    return frozenset(int(row[0]) for row in rows)
