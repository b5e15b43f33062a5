"""On an account's page: reading orders of before."""

from __future__ import annotations

from siyu.channels.accounts import get_account
from siyu.channels.orders import command
from siyu.channels.orders.backfill import cancel_backfill
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.forms import Form
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.verbs import action
from siyu.web.view import Html, View

action("orders_read", "补读订单", "read orders of before")
action("orders_reading_stopped", "停止补读订单", "stopped reading orders")

PAGE = "/settings/accounts/{account:int}/orders"


@page(PAGE, "channel.write")
def backfill_page(view: View, stores: Stores, account: Id) -> Html:
    return _shown(view, stores, account, Form.showing())


def _shown(view: View, stores: Stores, account: int, form: Form) -> Html:
    show = view.render if form.ok else view.invalid
    found = command.shown(stores, account)
    return show("reach/backfill.html", account=get_account(stores, account), form=form, **found)


@submit(PAGE, "channel.write", audits="orders_read", about="account:{account}")
def read_orders(view: View, stores: Stores, form: Form, account: Id) -> Html:
    with form.errors_kept():
        since, until = form.moment("since", required=True), form.moment("until", required=True)
        if form.ok and since is not None and until is not None:
            note(since=since.isoformat(), until=until.isoformat())
            command.begin(stores, account, since, until)
            toast = ("开始补读，可离开此页", "Being read; you may leave")
            return view.redirect(f"/settings/accounts/{account}/orders", toast=toast)
    return _shown(view, stores, account, form)


@submit(f"{PAGE}/stop", "channel.write", audits="orders_reading_stopped", about="account:{account}")
def stop_reading(view: View, stores: Stores, account: Id) -> Html:
    cancel_backfill(stores, account)
    return view.redirect(f"/settings/accounts/{account}/orders", toast=("已请求停止", "Asked to stop"))


ROUTES = [backfill_page, read_orders, stop_reading]
