"""On an account's page: what is synced, how far, and the button."""

from __future__ import annotations

from siyu.channels.wecom.syncing import cancel_sync, start_sync
from siyu.storage import Stores
from siyu.web.paging import Id
from siyu.web.routes import submit
from siyu.web.verbs import action
from siyu.web.view import Html, View

action("sync_started", "开始同步", "started a sync")
action("sync_cancelled", "停止同步", "stopped a sync")


@submit("/settings/accounts/{account:int}/sync", "channel.write", audits="sync_started", about="account:{account}")
def begin_sync(view: View, stores: Stores, account: Id) -> Html:
    start_sync(stores, account)
    return view.redirect(f"/settings/accounts/{account}", toast=("同步已开始", "The sync has begun"))


@submit(
    "/settings/accounts/{account:int}/sync/cancel", "channel.write", audits="sync_cancelled", about="account:{account}"
)
def stop_sync(view: View, stores: Stores, account: Id) -> Html:
    cancel_sync(stores, account)
    return view.redirect(f"/settings/accounts/{account}", toast=("已请求取消", "Asked to cancel"))


ROUTES = [begin_sync, stop_sync]
