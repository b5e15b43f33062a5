"""Forms and what comes in by them, for tests."""

from __future__ import annotations

from typing import Any

from siyu.growth.leads import keeping, reading, sending
from siyu.growth.leads.keeping import FormDraft, Shown
from siyu.growth.leads.model import Routing
from siyu.growth.leads.reading import Lead, LeadForm
from siyu.growth.leads.sending import Sending
from siyu.staff import actions as staff
from siyu.staff.model import SYSTEM
from siyu.storage import Stores

NOTICE = Shown(
    "我们用您的手机号回复本次咨询。", "We use your number to answer.", "marketing", "同意接收优惠", "News, please"
)
PHONE = "13800138000"


def a_form(stores: Stores, *, live: bool = True, **more: Any) -> LeadForm:
    """A form that can be sent."""
    same: dict[str, Any] = {"name": "免费试听", "routing": Routing("hand"), "shown": NOTICE}
    made = keeping.add_form(stores, "staff:1", FormDraft(**(same | more)))
    return keeping.put_to_use(stores, made.id) if live else made


def come(stores: Stores, form: LeadForm, phone: str = PHONE, once: str = "", **more: Any) -> Lead:
    """One lead of somebody."""
    assert form.text is not None
    given = {"name": "王小明", "phone": phone, "wish": "周末试听"} | more.pop("given", {})
    count = reading.count_leads(stores, reading.Asked())
    wish: dict[str, Any] = {"text": form.text, "agreed": True, "once": once or f"{count}:{phone}", **more}
    mark = sending.send(stores, form.id, Sending(given, **wish))
    found = reading.lead_at(stores, form.id, mark)
    assert found is not None
    return found


def a_member(stores: Stores, login: str) -> str:
    """The holder of a new member who works on tasks."""
    made = staff.create_member(
        stores, SYSTEM, login=login, name=login.title(), password="correct horse battery", role="adviser"
    )
    return f"staff:{made}"
