"""Every mechanic is drafted, shown and started from the form that its rules make."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from siyu.growth.campaigns import forms, reading
from siyu.growth.campaigns.mechanic import MECHANICS
from siyu.growth.purses import keeping as purses
from siyu.storage import Stores
from tests.growth.mechanics.samples import RULES
from tests.web.conftest import SignedIn
from tests.web.test_campaigns import form_of


def test_every_mechanic_is_made_and_started_in_the_console(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    goods = purses.open_purse(stores, "system", "礼品", "pieces", Decimal(500)).id
    money = purses.open_purse(stores, "system", "现金", "yuan", Decimal(500)).id
    same = {"purses.pieces": str(goods), "purses.yuan": str(money), "adults": "1"}
    common = {name: text for name, text in form_of(stores, **same).items() if not name.startswith("rules.")}
    for name, document in RULES.items():
        plays = MECHANICS[name]
        page = console.get(f"/campaigns/new?mechanic={name}").text
        assert plays.words[0] in page
        rules = msgspec.convert(document, plays.rules)
        written = {f"rules.{field}": text for field, text in forms.filled(rules).items()}
        made = console.post(f"/campaigns/new?mechanic={name}", {**common, **written, "slug": name.replace("_", "-")})
        assert made.status_code == 303, made.text
        campaign, *_ = reading.list_campaigns(stores)
        assert campaign.ruled == rules
        assert console.post(f"/campaigns/{campaign.id}/start").status_code == 303
        assert reading.get_campaign(stores, campaign.id).stage == "live", name
