"""Reach: for which advisers a broadcast waits, and reminding them. Calling back is cancelling the broadcast."""

from __future__ import annotations

from siyu.channels.registry import Channels
from siyu.reach import handed
from siyu.reach.model import TASK_STATES
from siyu.storage import Stores
from siyu.web.forms import Form
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View


@page("/broadcasts/{broadcast:int}/waiting", "broadcast.read")
def waiting(view: View, stores: Stores, channels: Channels, broadcast: Id) -> Html:
    """A part of the broadcast's page."""
    found = handed.waiting(stores, channels, broadcast)
    return view.render("reach/waiting.html", broadcast=broadcast, waiting=found, states=TASK_STATES)


@submit(
    "/broadcasts/{broadcast:int}/remind", "broadcast.send", audits="advisers_reminded", about="broadcast:{broadcast}"
)
def remind(view: View, stores: Stores, channels: Channels, form: Form, broadcast: Id) -> Html:
    number = handed.remind(stores, channels, broadcast, whole(form.get("task")))
    text = f"已提醒 {number} 个任务的员工", f"The advisers of {number} tasks were reminded"
    return view.redirect(f"/broadcasts/{broadcast}", toast=text)


ROUTES = [waiting, remind]
