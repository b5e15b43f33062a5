"""Scripts for the customer whose chat is open: those that fit, written for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siyu.channels.protocol import Account
from siyu.content.fields import ROOTS
from siyu.content.scripts import using
from siyu.content.scripts.using import Script
from siyu.jobs import preferences
from siyu.reach import fields
from siyu.reach.staff_tasks.model import written_out
from siyu.staff.platform_sign_in import Vouched
from siyu.storage import Stores
from siyu.web.seeing import seen

SHOWN = 6


def beside(stores: Stores, vouched: Vouched, account: Account, person: int) -> dict[str, Any]:
    """What the customer's page shows of scripts; ``sends``: whether the client can put one into the chat."""
    if not vouched.member.actor.may("content.read"):
        return {"offered": [], "texts": {}, "sends": False}
    sends = account.settings.get("sidebar_script") != "none"
    return {**found(stores, vouched.member.actor.tag, person, ""), "sends": sends}


def found(stores: Stores, holder: str, person: int, words: str) -> dict[str, Any]:
    """Scripts that fit these words (the favourites where there are none), written for this person."""
    scripts = using.find(stores, holder, words, rows_max=SHOWN)
    return {"offered": scripts, "texts": _texts(stores, scripts, person)}


def _texts(stores: Stores, scripts: Sequence[Script], person: int) -> Mapping[int, str]:
    """Each as it is said to this person, as far as the reader may see what is known of them."""
    if not scripts:
        return {}
    known = seen(fields.load(stores, [person], ROOTS).get(person, {}))
    language = str(preferences.get(stores, "language"))
    return {each.piece: seen(written_out(each.text, known, language)) for each in scripts}
