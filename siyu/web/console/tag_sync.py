"""Settings → channel accounts → tags: which of WeCom's is which of ours."""

from __future__ import annotations

from siyu.channels.accounts import get_account
from siyu.reach.tagging import links
from siyu.reach.tagging.links import Choice
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.forms import Form
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.verbs import action
from siyu.web.view import Html, View

action("tag_sync_chosen", "设置标签同步", "chose how tags are synced")
action("tag_linked", "关联标签", "linked a tag")
action("tag_unlinked", "取消标签关联", "unlinked a tag")

PAGE = "/settings/accounts/{account:int}/tags"


@page(PAGE, "channel.write")
def tag_sync(view: View, stores: Stores, account: Id) -> Html:
    found = links.table_of(stores, account)
    form = Form.showing(here=found.choice.here, there=found.choice.there)
    return view.render("reach/tag_sync.html", account=get_account(stores, account), table=found, form=form)


@submit(PAGE, "channel.write", audits="tag_sync_chosen", about="account:{account}")
def choose(view: View, stores: Stores, form: Form, account: Id) -> Html:
    links.choose(stores, account, Choice(form.flag("here"), form.flag("there")))
    return view.redirect(f"/settings/accounts/{account}/tags", toast=("已保存", "Saved"))


@submit(f"{PAGE}/link", "channel.write", audits="tag_linked", about="account:{account}")
def link(view: View, stores: Stores, actor: Actor, form: Form, account: Id) -> Html:
    tag = form.get("tag")
    links.link(stores, actor.tag, account, form.get("outside"), int(tag) if tag.isdigit() else 0)
    return view.redirect(f"/settings/accounts/{account}/tags", toast=("已建立对应关系", "Linked"))


@submit(f"{PAGE}/unlink", "channel.write", audits="tag_unlinked", about="account:{account}")
def unlink(view: View, stores: Stores, form: Form, account: Id) -> Html:
    links.unlink(stores, account, form.get("outside"))
    return view.redirect(f"/settings/accounts/{account}/tags", toast=("已取消对应关系", "Unlinked"))


ROUTES = [tag_sync, choose, link, unlink]
