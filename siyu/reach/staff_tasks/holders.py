"""Who holds tasks: members of staff, and members of WeCom who have never signed in here; and who a person's adviser is.

A holder is a text: ``staff:3``, or ``wecom:1:zhangsan`` until that member comes to the sidebar for the first time, or
``""`` for the pool, from which anybody takes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import accounts
from siyu.channels.wecom.friendship import FRIENDS
from siyu.channels.wecom.tables import wecom_contacts, wecom_members
from siyu.loyalty.tiers.agents import agents_of
from siyu.people.tables import identifiers, people
from siyu.reach.staff_tasks.model import EVERYTHING, POOL, Looker
from siyu.staff.model import Actor
from siyu.staff.roles import allows
from siyu.staff.tables import platform_staff, staff
from siyu.storage import BadInput, sent

HOLDERS_MAX = 2_000
MANAGE = "tasks.manage"
HOLD = "tasks.write"


@dataclass(frozen=True, slots=True)
class Holder:
    """One who may hold tasks; ``more`` tells them from another of the same name."""

    id: str
    name: str
    more: str = ""


def tag(number: int) -> str:
    """How a member of staff is named as a holder."""
    return f"staff:{number}"


def looker_of(conn: Connection, actor: Actor) -> Looker:
    """What an actor may see of tasks."""
    if actor.may(MANAGE):
        return EVERYTHING
    if actor.kind != "staff" or actor.id is None:
        return Looker(False)
    return Looker(False, names_of_member(conn, actor.id))


def names_of_member(conn: Connection, number: int) -> tuple[str, ...]:
    """Every name under which tasks are a member's."""
    there = conn.execute(
        sa.select(platform_staff.c.account, platform_staff.c.userid).where(platform_staff.c.staff == number)
    )
    return (tag(number), *(f"wecom:{row.account}:{row.userid}" for row in there))


def holder_named(conn: Connection, text: str) -> str:
    """The holder that somebody wrote: a login, a holder as it stands, or ``pool``. Raises :class:`BadInput`."""
    wished = text.strip()
    if wished in ("", "pool"):
        return POOL
    known = {each.id for each in all_holders(conn)}
    if wished in known:
        return wished
    number = conn.execute(
        sa.select(staff.c.id).where(staff.c.login == wished, staff.c.disabled.is_(None))
    ).scalar_one_or_none()
    if number is not None and tag(number) in known:
        return tag(number)
    raise BadInput(
        "task_holder",
        "没有这位成员，或已停用，或其角色不能处理任务。",
        "There is no such member, or they were disabled, or their role does not work on tasks.",
        field="to",
    )


def check_login(conn: Connection, login: str) -> None:
    """Raise :class:`BadInput` unless somebody who may sign in has this login ("" is nobody)."""
    found = sa.select(staff.c.id).where(staff.c.login == login, staff.c.disabled.is_(None))
    if login and conn.execute(found).first() is None:
        raise BadInput(
            "task_escalate_to", "没有这个登录名的员工。", "No member of staff has this login.", field="escalate_to"
        )


def all_holders(conn: Connection) -> list[Holder]:
    """Everybody to whom a task may be given, by name."""
    rows = conn.execute(
        sa.select(staff.c.id, staff.c.name, staff.c.login, staff.c.role)
        .where(staff.c.disabled.is_(None))
        .order_by(staff.c.name, staff.c.id)
        .limit(HOLDERS_MAX)
    ).all()
    found = [Holder(tag(row.id), row.name, row.login) for row in rows if allows(row.role, HOLD)]
    linked = set(conn.execute(sa.select(platform_staff.c.account, platform_staff.c.userid)).tuples())
    member = wecom_members.c
    there = conn.execute(
        sa.select(member.account, member.userid, member.name)
        .where(member.gone.is_(None), member.follows)
        .order_by(member.name, member.userid)
        .limit(HOLDERS_MAX)
    )
    found += [
        Holder(f"wecom:{row.account}:{row.userid}", row.name or row.userid, row.userid)
        for row in there
        if (row.account, row.userid) not in linked
    ]
    return found


def names_of(conn: Connection, holders: Collection[str]) -> dict[str, str]:
    """Holder → name, also of those who have left; one who can't be found keeps the text."""
    numbers = [int(each[6:]) for each in holders if each.startswith("staff:")]
    found = {each: each.split(":", 2)[-1] for each in holders if each}
    for row in conn.execute(sa.select(staff.c.id, staff.c.name).where(staff.c.id.in_(numbers))):
        found[tag(row.id)] = row.name
    there = [each.split(":", 2) for each in holders if each.startswith("wecom:")]
    member = wecom_members.c
    if there:
        userids = [userid for _, _, userid in there]
        for row in conn.execute(
            sa.select(member.account, member.userid, member.name).where(member.userid.in_(userids), member.name != "")
        ):
            named = f"wecom:{row.account}:{row.userid}"
            if named in found:
                found[named] = row.name
    return found


def merged_names(conn: Connection) -> Mapping[str, str]:
    """``wecom:…`` → ``staff:…`` of whoever is both: their tasks count together."""
    rows = conn.execute(sa.select(platform_staff.c.account, platform_staff.c.userid, platform_staff.c.staff))
    return {f"wecom:{row.account}:{row.userid}": tag(row.staff) for row in rows}


def advisers_of(conn: Connection, persons: Sequence[int]) -> dict[int, str]:
    """Node → holder, of those among at most ``PERSONS_MAX`` nodes who have an adviser: the own agent that their tier
    gives them; else the member of WeCom whose friend they became last; else whoever is named as having brought them, by
    login or by a name that one member alone has."""
    found = _brought(conn, persons)
    found.update(_befriended(conn, persons))
    found.update(_own_agents(conn, persons))
    return found


def _own_agents(conn: Connection, persons: Sequence[int]) -> dict[int, str]:
    """Of those who still work here, under the name that they have now."""
    own = agents_of(conn, persons)
    if not own:
        return {}
    merged, there = merged_names(conn), {each.id for each in all_holders(conn)}
    named = {person: merged.get(holder, holder) for person, holder in own.items()}
    return {person: holder for person, holder in named.items() if holder in there}


def customers_of(conn: Connection, persons: Sequence[int]) -> dict[int, str]:
    """Person → their external user id at WeCom, the latest; those who have none left out."""
    asked = sent(conn, person=(sa.BigInteger, list(set(persons))))
    node = people.alias("node")
    rows = conn.execute(
        sa.select(asked.c.person, identifiers.c.value)
        .select_from(asked)
        .join(people, people.c.person == asked.c.person)
        .join(node, node.c.kept == people.c.kept)
        .join(identifiers, sa.and_(identifiers.c.person == node.c.person, _IS_EXTERNAL))
        .order_by(identifiers.c.since)
    )
    return dict(rows.tuples().all())


_IS_EXTERNAL = sa.func.lower(identifiers.c.kind) == "external_userid"
"""As an expression of the kind: by the person's few identifiers, not by everybody's of this kind."""


def _befriended(conn: Connection, persons: Sequence[int]) -> dict[int, str]:
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    node = people.alias("node")
    contact = wecom_contacts.c
    same = sa.and_(platform_staff.c.account == contact.account, platform_staff.c.userid == contact.userid)
    member = sa.and_(wecom_members.c.account == contact.account, wecom_members.c.userid == contact.userid)
    rows = conn.execute(
        sa.select(asked.c.person, contact.account, contact.userid, staff.c.id, staff.c.disabled, wecom_members.c.gone)
        .select_from(asked)
        .join(people, people.c.person == asked.c.person)
        .join(node, node.c.kept == people.c.kept)
        .join(identifiers, sa.and_(identifiers.c.person == node.c.person, _IS_EXTERNAL))
        .join(accounts, accounts.c.channel == "wecom")  # the key of contacts begins with the account
        .join(
            wecom_contacts,
            sa.and_(contact.account == accounts.c.id, contact.external_userid == identifiers.c.value),
        )
        .outerjoin(wecom_members, member)
        .outerjoin(platform_staff, same)
        .outerjoin(staff, staff.c.id == platform_staff.c.staff)
        .where(contact.state.in_(FRIENDS))
        .order_by(contact.since.asc().nulls_first(), contact.account, contact.userid)
    )
    found: dict[int, str] = {}
    for person, account, userid, number, disabled, gone in rows:  # the last friendship has the last word
        if disabled is None and gone is None:
            found[person] = f"wecom:{account}:{userid}" if number is None else tag(number)
    return found


def _brought(conn: Connection, persons: Sequence[int]) -> dict[int, str]:
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    kept = people.alias("kept")
    name = sa.func.coalesce(people.c.origin_staff, kept.c.origin_staff)
    rows = conn.execute(
        sa.select(asked.c.person, name)
        .select_from(asked)
        .join(people, people.c.person == asked.c.person)
        .join(kept, kept.c.person == people.c.kept)
        .where(name.is_not(None))
    )
    named = dict(rows.tuples().all())
    if not named:
        return {}
    members: dict[str, list[int]] = {}
    for row in conn.execute(
        sa.select(staff.c.id, staff.c.login, staff.c.name, staff.c.role).where(staff.c.disabled.is_(None))
    ):
        if allows(row.role, HOLD):
            for each in {row.login, row.name}:
                members.setdefault(each, []).append(row.id)
    return {person: tag(members[each][0]) for person, each in named.items() if len(members.get(each, ())) == 1}
