"""The API of official accounts and mini programs: codes with scenes, followers, who opened the mini program."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.channels.registry import Channels, wechat_exchange
from siyu.channels.wechat import commands
from siyu.channels.wechat.codes import DAYS_DEFAULT, Wanted
from siyu.channels.wechat.commands import CodeAnswer, CodesAnswer, ReadingAnswer, StandingAnswer, VisitorAnswer
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=200)]


class CodeBody(msgspec.Struct, forbid_unknown_fields=True):
    """A code to be made. `kind`: `temporary` or `permanent` (official account), `page`, `link` or `scheme` (mini
    program). `scene` empty: one is made up. `days`: how long a temporary code or a link lasts, 30 at most."""

    name: Word
    kind: Word
    scene: Word = ""
    page: Word = ""
    days: int = DAYS_DEFAULT


class LoginBody(msgspec.Struct, forbid_unknown_fields=True):
    """`code` is what `wx.login` gave the mini program."""

    code: Word


@api_read("/api/accounts/{account:int}/standing", "channel.write")
def how_it_stands(stores: Stores, account: Id) -> StandingAnswer:
    """How an official account or a mini program stands: followers, consents left, what was sent."""
    return commands.how_it_stands(stores, account)


@api_read("/api/accounts/{account:int}/codes", "channel.write")
def list_codes(stores: Stores, account: Id) -> CodesAnswer:
    """The codes and links of an account with their scenes, the newest first."""
    return commands.codes_of(stores, account)


@api_write(
    "POST",
    "/api/accounts/{account:int}/codes",
    "channel.write",
    audits="code_made",
    about="account:{account}",
    repeatable=False,
)
def make_code(stores: Stores, channels: Channels, actor: Actor, account: Id, data: CodeBody) -> CodeAnswer:
    """Have the platform make a code or link whose scene tells later where somebody came from."""
    wanted = Wanted(data.name, data.kind, data.scene, data.page, data.days)
    made = commands.new_code(stores, wechat_exchange(channels), actor.tag, account, wanted)
    note(f"account:{account}", name=data.name, scene=made.scene)
    return made


@api_write(
    "POST",
    "/api/accounts/{account:int}/followers/read",
    "channel.write",
    audits="followers_read",
    about="account:{account}",
    status_code=200,
)
def read_followers(stores: Stores, account: Id) -> ReadingAnswer:
    """Read the whole list of an official account's followers, in the background; it goes on where it was left."""
    return commands.read_followers(stores, account)


@api_write(
    "POST",
    "/api/accounts/{account:int}/visitors",
    "people.write",
    audits="visitor_identified",
    about="account:{account}",
    repeatable=False,
    status_code=200,
)
def who_opened(stores: Stores, channels: Channels, account: Id, data: LoginBody) -> VisitorAnswer:
    """Who is it that opened the mini program: the code of `wx.login` (good once) → open id and union id, taken in as a
    person. The session key is not given out."""
    return commands.who_opened(stores, wechat_exchange(channels), account, data.code)


ROUTES = [how_it_stands, list_codes, make_code, read_followers, who_opened]
