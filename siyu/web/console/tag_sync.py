"""Settings → channel accounts → tags: which of WeCom's is which of ours."""

from __future__ import annotations

from siyu.channels.accounts import get_account
from siyu.reach.tagging import links
from siyu.reach.tagging.links import Choice, Row
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.verbs import action
from siyu.web.view import Html, View

action("tag_sync_chosen", "设置标签同步", "chose how tags are synced")
action("tag_linked", "关联标签", "linked a tag")
action("tag_unlinked", "取消标签关联", "unlinked a tag")

PAGE = "/settings/accounts/{account:int}/tags"


LISTED = (Column("theirs", "平台的标签", "The platform's tag"), Column("ours", "这里的标签", "Our tag"))


@page(PAGE, "channel.write")
def tag_sync(view: View, stores: Stores, account: Id) -> Html:
    found = links.table_of(stores, account)
    listing = Listing.read("tag-links", LISTED, filters=("linked",), views=False)
    rows = [row for row in found.rows if _wanted(row, listing)]
    form = Form.showing(here=found.choice.here, there=found.choice.there)
    return view.render(
        "reach/tag_sync.html",
        fragment="list",
        account=get_account(stores, account),
        table=found,
        form=form,
        listing=listing.paged(rows),
    )


def _wanted(row: Row, listing: Listing) -> bool:
    """Whether a tag is in the narrowed list."""
    words, linked = listing.words.casefold(), listing.filters["linked"]
    told = f"{row.group}：{row.name} {row.tag_name}".casefold()
    return words in told and (not linked or (linked == "1") == (row.tag is not None))


@submit(PAGE, "channel.write", audits="tag_sync_chosen", about="account:{account}")
def choose(view: View, stores: Stores, form: Form, account: Id) -> Html:
    links.choose(stores, account, Choice(form.flag("here"), form.flag("there")))
    return view.redirect(f"/settings/accounts/{account}/tags", toast=("已保存", "Saved"))


@submit(f"{PAGE}/link", "channel.write", audits="tag_linked", about="account:{account}")
def link(view: View, stores: Stores, actor: Actor, form: Form, account: Id) -> Html:
    links.link(stores, actor.tag, account, form.get("outside"), _number_of(stores, account, form.get("tag")))
    return view.redirect(f"/settings/accounts/{account}/tags", toast=("已建立对应关系", "Linked"))


def _number_of(stores: Stores, account: int, said: str) -> int:
    """The tag of ours that was typed or chosen, by its number or as ``group：name``; 0 where there is none."""
    ours = links.table_of(stores, account).ours_alone
    named = {f"{group}：{name}": number for number, group, name in ours}
    return named.get(said.strip(), whole(said) or 0)


@submit(f"{PAGE}/unlink", "channel.write", audits="tag_unlinked", about="account:{account}")
def unlink(view: View, stores: Stores, form: Form, account: Id) -> Html:
    links.unlink(stores, account, form.get("outside"))
    return view.redirect(f"/settings/accounts/{account}/tags", toast=("已取消对应关系", "Unlinked"))


ROUTES = [tag_sync, choose, link, unlink]
