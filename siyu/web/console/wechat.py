"""Settings → channel accounts → an official account or a mini program: followers, codes, what was sent."""

from __future__ import annotations

from typing import Any

from litestar import Response

from siyu.channels import accounts
from siyu.channels.registry import Channels, wechat_exchange
from siyu.channels.wechat import commands
from siyu.channels.wechat.codes import DAYS_DEFAULT, KINDS, Wanted, picture_of
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

LISTED = (
    Column("name", "名称", "Name"),
    Column("kind", "种类", "Kind", narrow=False),
    Column("scene", "场景值", "Scene", narrow=False),
    Column("scans", "扫码", "Scans", numeric=True),
    Column("follows", "新关注", "Follows", numeric=True),
    Column("expires", "有效期至", "Expires", narrow=False),
    Column("open", "打开", "Open"),
)


def _shown(view: View, stores: Stores, channels: Channels, account: int, form: Form) -> Html:
    found = accounts.get_account(stores, account)
    standing = commands.how_it_stands(stores, account)
    about = channels[found.channel].about
    listing = Listing.read("wechat-codes", LISTED, views=False)
    words = listing.words.casefold()
    codes = [
        each for each in commands.codes_of(stores, account).codes if words in f"{each.name} {each.scene}".casefold()
    ]
    fields: dict[str, Any] = {
        "account": found,
        "about": about,
        "standing": standing,
        "listing": listing.paged(codes),
        "reading": commands.last_reading(stores, account),
        "kinds": KINDS[found.channel],
        "form": form,
        "form_names": {each.name: (each.zh, each.en) for each in about.forms},
    }
    if not form.ok:
        return view.invalid("reach/wechat.html", **fields)
    return view.render("reach/wechat.html", fragment="list", **fields)


@page("/settings/accounts/{account:int}/wechat", "channel.write")
def one(view: View, stores: Stores, channels: Channels, account: Id) -> Html:
    return _shown(view, stores, channels, account, Form.showing(days=DAYS_DEFAULT))


@submit("/settings/accounts/{account:int}/wechat", "channel.write", audits="code_made", about="account:{account}")
def make_code(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, account: Id) -> Html:
    with form.errors_kept():
        days = form.whole("days", low=1, high=DAYS_DEFAULT)
        wanted = Wanted(form.get("name"), form.get("kind"), form.get("scene"), form.get("page"), days)
        if form.ok:
            made = commands.new_code(stores, wechat_exchange(channels), actor.tag, account, wanted)
            note(f"account:{account}", name=wanted.name, scene=made.scene)
            return view.redirect(f"/settings/accounts/{account}/wechat", toast=("已生成", "Made"))
    return _shown(view, stores, channels, account, form)


@submit(
    "/settings/accounts/{account:int}/followers/read",
    "channel.write",
    audits="followers_read",
    about="account:{account}",
)
def read_followers(view: View, stores: Stores, account: Id) -> Html:
    commands.read_followers(stores, account)
    toast = ("正在后台读取，可离开此页", "Being read in the background; you may leave")
    return view.redirect(f"/settings/accounts/{account}/wechat", toast=toast)


@page("/settings/accounts/{account:int}/codes/{name:str}", "channel.write")
def picture(stores: Stores, account: Id, name: str) -> Response[bytes]:
    number = name.removesuffix(".png")
    code = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
    return Response(picture_of(stores, account, code), media_type="image/png")


ROUTES = [one, make_code, read_followers, picture]
