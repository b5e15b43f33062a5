"""The sidebar of the chat: who may use it, how they sign in (D.15), what its page is signed with (D.14), and whose
customer somebody is.

Nobody may, until the account says so. A member sees customers of their own alone: what the platform's mirror shows as
their friend now.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec
import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.platform.authorising import PATIENCE_SECONDS
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.envelope import page_signature
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account
from siyu.channels.tables import accounts
from siyu.channels.wecom import visitors
from siyu.channels.wecom.fields import is_identifier
from siyu.channels.wecom.friendship import FRIENDS
from siyu.channels.wecom.platform import AGENT_TICKET, PAGE_TICKET, WECOM, corp_of
from siyu.channels.wecom.sidebar_settings import ALL, NAMED, OFF, named_members
from siyu.channels.wecom.tables import wecom_contacts, wecom_members
from siyu.storage import BadInput, NotAllowed, NotFound, Stores

SCRIPTS = (
    "https://res.wx.qq.com/open/js/jweixin-1.2.0.js",
    "https://open.work.weixin.qq.com/wwopen/js/jwxwork-1.0.0.js",
)
"""The platform's own scripts, without which its client does not say whose chat is open. ☆"""
FRAMES = ("https://work.weixin.qq.com", "https://*.work.weixin.qq.com")
"""Whose pages may hold the sidebar. ☆"""


class Signed(msgspec.Struct, frozen=True):
    """What a page shows the client. ``page`` signs for the company (``wx.config``), ``agent`` for the app
    (``wx.agentConfig``); ``timestamp`` in seconds."""

    corp_id: str
    agent_id: str
    timestamp: int
    nonce: str
    page: str
    agent: str


def account_with_sidebar(stores: Stores, account: int) -> Account:
    """Raises :class:`NotFound` where there is no such account, or its sidebar is off."""
    try:
        found = usable_account(stores, account)
    except BadInput:
        found = None
    if found is None or found.channel != "wecom" or found.settings.get("sidebar", OFF) not in (NAMED, ALL):
        raise NotFound("sidebar_off", "这个侧边栏没有开放。", "This sidebar is not open.")
    return found


def admit(stores: Stores, account: Account, userid: str) -> str:
    """The member's name ("" where it is not known). Raises :class:`NotAllowed` unless the account lets them in."""
    member = wecom_members.c
    with stores.ledger.read() as conn:
        query = sa.select(member.name, member.follows).where(
            member.account == account.id, member.userid == userid, member.gone.is_(None)
        )
        row = conn.execute(query).one_or_none()
    let_in = {NAMED: userid in named_members(account.settings), ALL: row is not None and bool(row.follows)}
    if not let_in.get(str(account.settings.get("sidebar")), False):
        raise NotAllowed(
            "sidebar_not_admitted",
            "您还不能使用侧边栏，请联系管理员在渠道账号中开放，并确认成员已同步。",
            "You may not use the sidebar: an administrator opens it in the channel account, once members are synced.",
        )
    return "" if row is None else str(row.name)


def sign_in_address(account: Account, back: str, state: str) -> str:
    """Where a member proves who they are; it leads ``back`` with a code and the ``state``."""
    return visitors.address(account, back, state)


def who_signed_in(exchange: Exchange, account: Account, code: str) -> str:
    """The user id behind a code, which works once. Raises :class:`NotAllowed` for who is no member,
    :class:`PlatformError`."""
    userid = visitors.told_of(exchange, account, code).get("userid")
    if not isinstance(userid, str) or not is_identifier(userid):
        raise NotAllowed(
            "sidebar_outsider", "只有企业成员可以使用侧边栏。", "Only members of the company may use the sidebar."
        )
    return userid


def signed(exchange: Exchange, account: Account, url: str, now: datetime) -> Signed:
    """Both signatures of a page's address (without what follows ``#``). Raises :class:`PlatformError`."""
    client = PlatformClient(exchange, account, WECOM, patience=PATIENCE_SECONDS)
    seconds, nonce = int(now.timestamp()), secrets.token_hex(8)
    page, agent = (page_signature(client.token(kind), nonce, str(seconds), url) for kind in (PAGE_TICKET, AGENT_TICKET))
    return Signed(corp_of(account), str(account.settings["agent_id"]), seconds, nonce, page, agent)


def is_customer_of(stores: Stores, account: int, userid: str, external_userid: str) -> bool:
    """Whether they are friends now, as far as the platform told."""
    contact = wecom_contacts.c
    with stores.ledger.read() as conn:
        query = sa.select(contact.state).where(
            contact.account == account, contact.external_userid == external_userid, contact.userid == userid
        )
        return conn.execute(query).scalar_one_or_none() in FRIENDS


def proves_domain(stores: Stores, proof: str) -> bool:
    """Whether an account names this as the proof that the domain is ours."""
    with stores.ledger.read() as conn:
        found = conn.execute(sa.select(accounts.c.settings).where(accounts.c.channel == "wecom")).scalars()
        return any(proof and settings.get("domain_proof") == proof for settings in found)
