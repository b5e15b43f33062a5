"""Leads of Ocean Engine: read or pushed, told once; what became of them told back once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.ocean import ocean
from siyu.channels import signing
from siyu.channels.accounts import check_account, open_account, usable_account
from siyu.channels.ocean import polling
from siyu.channels.ocean.channel import OceanChannel
from siyu.channels.ocean.sending import Conversion, note, send_again, send_due
from siyu.channels.ocean.tables import ocean_conversions, ocean_reads
from siyu.channels.platform.applier import Applier, strange_callbacks
from siyu.channels.platform.callbacks import address
from siyu.channels.platform.failures import PlatformError
from siyu.channels.registry import Channels, channels_of, receivers_of
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.reach.conversions import read_conversions
from siyu.storage import BadInput, ManualClock, Stores
from siyu.web.callbacks import Door
from tests.channels.orders.told import news
from tests.channels.platform.simulator import running as serving
from tests.platform_worlds import HTTP, running

PUSH_SECRET = "whsec_" + "c2l5dS1vY2Vhbi1wdXNoLXNlY3JldC10ZXN0cw=="


@dataclass
class Leads:
    """An account at a simulated Ocean Engine whose clock is the product's."""

    stores: Stores
    platform: Running
    number: int
    channel: OceanChannel
    channels: Channels

    def __post_init__(self) -> None:
        self.set_clock()

    def set_clock(self) -> None:
        self.platform.door.post("clock", now=self.stores.clock.now().timestamp())

    def later(self, **step: float) -> None:
        clock = self.stores.clock
        assert isinstance(clock, ManualClock)
        clock.advance(timedelta(**step))
        self.set_clock()

    def read(self, kind: str = "ads") -> int:
        account = usable_account(self.stores, self.number)
        came = polling.read_leads(self.stores, self.channel.client(account, 30), account, kind)
        run_until_empty(Applier(self.stores, receivers_of()).step)
        return came

    def send(self) -> int:
        account = usable_account(self.stores, self.number)
        return send_due(self.stores, self.channel.client(account, 5), account)

    def told(self) -> list[dict[str, Any]]:
        return self.platform.door.get("told")["told"]

    def states(self) -> list[str]:
        with self.stores.ledger.read() as conn:
            return list(conn.execute(sa.select(ocean_conversions.c.state)).scalars())


@pytest.fixture(scope="module")
def ads() -> Iterator[Running]:
    with running(ocean(clock=DomainClock(1_767_225_600.0, 0.0))) as found:
        yield found


apps = iter(range(1, 10_000))


@pytest.fixture
def leads(stores: Stores, ads: Running) -> Iterator[Leads]:
    yield from opened(stores, ads)


def opened(stores: Stores, platform: Running, **more: Any) -> Iterator[Leads]:
    app = next(apps)
    door = platform.door
    refresh = door.post("app", app_id=str(app), secret="app-secret", owners=[app * 10, app * 10 + 1])["refresh_token"]
    settings = {
        "app_id": str(app),
        "app_secret": "app-secret",
        "refresh_token": refresh,
        "advertiser_ids": str(app * 10),
        "local_account_ids": str(app * 10 + 1),
        "push_secret": PUSH_SECRET,
        "base_url": platform.url,
        **more,
    }
    channels = channels_of(stores)
    number, _ = open_account(stores, channels, channel="ocean", name="广告", settings=settings)
    channel = channels["ocean"]
    assert isinstance(channel, OceanChannel)
    channel.exchange.pause = lambda seconds: None
    yield Leads(stores, platform, number, channel, channels)
    channels.close()


def owner(leads: Leads, kind: str = "ads") -> int:
    account = usable_account(leads.stores, leads.number)
    return polling.numbers(account, "advertiser_ids" if kind == "ads" else "local_account_ids")[0]


def leave(leads: Leads, kind: str = "ads", **more: Any) -> str:
    return leads.platform.door.post("clue", owner=owner(leads, kind), kind=kind, **more)["clue_id"]


@pytest.mark.parametrize("kind", ["ads", "life"])
def test_a_lead_is_a_person_with_a_phone_and_where_they_came_from(leads: Leads, kind: str) -> None:
    number = leave(leads, kind, seconds_ago=60)
    assert leads.read(kind) == 1
    Drain(leads.stores).step()
    with leads.stores.ledger.read() as conn:
        found = conn.exec_driver_sql("SELECT kind, value FROM identifiers").all()
        name, campaign = conn.exec_driver_sql("SELECT name, origin_campaign FROM people").one()
    assert [tuple(row) for row in found] == [("phone", f"+86164{int(number) % 10**8:08}")]
    assert (name, campaign) == (("林晓", "春季新品-信息流") if kind == "ads" else ("周宁", "到店体验"))
    asked = "SELECT properties.`clue_id`.:String FROM events WHERE name = 'lead_received'"
    assert leads.stores.events.rows(asked) == [(number,)]


def test_pages_are_read_to_the_end_and_each_lead_told_once(leads: Leads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PAGE_SIZE", 2)
    numbers = {leave(leads, seconds_ago=60 + place) for place in range(5)}
    assert leads.read() == 5
    leads.later(minutes=5)
    numbers.add(leave(leads))
    leads.later(minutes=5)
    assert leads.read() == 6  # the windows overlap, since a lead may be shown late
    told = [call["properties"]["clue_id"] for call in news(leads.stores) if call["type"] == "track"]
    assert sorted(told) == sorted(numbers)


def test_a_reading_that_broke_off_goes_on_where_it_was(leads: Leads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PAGE_SIZE", 2)
    for place in range(5):
        leave(leads, seconds_ago=60 + place)
    page = polling._page  # pyright: ignore[reportPrivateUsage]

    def broken(*given: Any) -> Any:
        if given[-1] == 2:
            raise PlatformError("no_connection", FAILURE, "clue/get")
        return page(*given)

    from siyu.channels.platform.failures import NO_CONNECTION as FAILURE

    monkeypatch.setattr(polling, "_page", broken)
    with pytest.raises(PlatformError):
        leads.read()
    with leads.stores.ledger.read() as conn:
        assert conn.execute(sa.select(ocean_reads.c.page)).scalar_one() == 2
    monkeypatch.setattr(polling, "_page", page)
    assert leads.read() == 3
    assert len([call for call in news(leads.stores) if call["type"] == "track"]) == 5


def test_a_lead_without_a_phone_is_somebody_of_whom_only_it_is_known(leads: Leads) -> None:
    leave(leads, seconds_ago=60, fields={"telephone": "164****0000", "weixin": "wx-1"})
    leads.read()
    assert {each["type"] for call in news(leads.stores) for each in call["context"]["externalIds"]} == {"anonymous_id"}


def test_consent_is_what_the_form_asks_for_and_no_more(stores: Stores, ads: Running) -> None:
    for consent in ("none", "service"):
        for each in opened(stores, ads, consent=consent, notice="2026-01"):
            leave(each, seconds_ago=60)
            each.read()
            run_until_empty(Drain(stores).step)
    with stores.ledger.read() as conn:
        found = conn.exec_driver_sql("SELECT purpose, given, notice, evidence FROM consent_log").all()
    assert len(found) == 1
    assert tuple(found[0])[:3] == ("service", True, "2026-01")
    assert found[0].evidence.startswith("ocean clue ")


# --- pushed


def test_a_pushed_lead_is_the_same_as_the_one_read(leads: Leads) -> None:
    door: Any = Door(leads.stores, receivers_of())
    with serving(door):
        url = door.url + address(leads.stores, "ocean", leads.number)
        leads.platform.door.post("listen", to="push", url=url, secret=PUSH_SECRET)
        leave(leads, push="push")
        assert leads.platform.door.post("settle")["status 200"] == 1
        run_until_empty(Applier(leads.stores, receivers_of()).step)
        assert leads.read() == 1
        assert len([call for call in news(leads.stores) if call["type"] == "track"]) == 1
        assert HTTP.post(url, content=b'{"clue_id": "1"}').status_code == 403
        headers = signing.headers([PUSH_SECRET], "1", 1_767_225_600, b"[")
        assert HTTP.post(url, content=b"[", headers=headers).status_code == 400
    assert strange_callbacks(leads.stores) == []


# --- the token


def test_the_refresh_token_is_renewed_and_the_next_used(leads: Leads) -> None:
    leads.read()
    leads.platform.door.post("tokens")
    leads.later(minutes=10)
    leave(leads, seconds_ago=60)
    assert leads.read() == 1
    leads.later(days=2)
    leads.read()


def test_the_check_says_what_is_wrong(leads: Leads, stores: Stores, ads: Running) -> None:
    assert check_account(stores, leads.channels, leads.number).works
    for each in opened(stores, ads, refresh_token="stolen"):
        found = check_account(stores, each.channels, each.number)
        assert (found.works, found.detail["code"]) == (False, 40107)


@pytest.mark.parametrize("settings", [{"advertiser_ids": "", "local_account_ids": ""}, {"app_secret": ""}])
def test_an_account_that_could_read_nothing_is_refused(stores: Stores, ads: Running, settings: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        next(opened(stores, ads, **settings))


# --- told back


def happen(leads: Leads, event: str, phone: str, **properties: Any) -> None:
    """Something in the life of whoever has this phone."""
    call = {
        "type": "track",
        "event": event,
        "messageId": f"{event}-{phone}-{properties}",
        "timestamp": leads.stores.clock.now().isoformat(),
        "context": {"externalIds": [{"type": "phone", "id": phone}]},
        "properties": properties,
    }
    body = json.dumps({"batch": [call]}).encode()
    leads.stores.inbox.append(leads.stores.clock.now(), "platform:batch", "x", 1, body).result(10)


def test_what_became_of_a_lead_is_told_back_once(leads: Leads) -> None:
    number = leave(leads, seconds_ago=60)
    phone = f"164{int(number) % 10**8:08}"
    happen(leads, "friend_added", phone)
    happen(leads, "order_paid", phone, order_id="O-1", total="99.90")
    happen(leads, "order_paid", phone, order_id="O-2", total="10.00")
    happen(leads, "order_paid", "13900139000", order_id="O-3", total="5.00")
    run_until_empty(Drain(leads.stores).step)
    assert read_conversions(leads.stores) == 0
    leads.read()  # the lead comes into the log after what became of it
    run_until_empty(Drain(leads.stores).step)
    assert (read_conversions(leads.stores), read_conversions(leads.stores)) == (2, 0)
    assert leads.send() == 2
    told = sorted((each["state"], each["body"].get("event_data")) for each in leads.told() if each["clue"] == number)
    assert told == [("DEAL", {"deal_sub_amount": 99.9}), ("VX", None)]
    assert leads.send() == 0


def test_a_local_lead_is_told_in_its_own_words(leads: Leads) -> None:
    number = leave(leads, "life", seconds_ago=60)
    leads.read("life")
    with leads.stores.ledger.write() as conn:
        note(conn, leads.stores.clock.now(), [Conversion(leads.number, number, "added", leads.stores.clock.now())])
    leads.send()
    assert [each["state"] for each in leads.told() if each["clue"] == number] == ["CLUE_HIGH_INTENTION"]


def waiting(leads: Leads) -> str:
    number = leave(leads, seconds_ago=60)
    leads.read()
    with leads.stores.ledger.write() as conn:
        note(conn, leads.stores.clock.now(), [Conversion(leads.number, number, "added", leads.stores.clock.now())])
    return number


CALLBACK = "/open_api/2/tools/clue/callback/"


def fault(leads: Leads, **rule: Any) -> None:
    leads.platform.door.post("faults", rules=[{"path": CALLBACK, **rule}] if rule else [])


def test_a_report_without_an_answer_stays_unknown_until_somebody_says_again(leads: Leads) -> None:
    number = waiting(leads)
    fault(leads, kind="cut", applied=True)
    leads.send()
    fault(leads)
    assert leads.states() == ["unknown"]
    leads.later(hours=1)
    assert leads.send() == 0
    assert send_again(leads.stores, leads.number) == 1
    leads.send()
    assert leads.states() == ["sent"]
    assert len([each for each in leads.told() if each["clue"] == number]) == 2


def test_what_passes_is_tried_later_and_what_is_wrong_is_not(leads: Leads) -> None:
    waiting(leads)
    fault(leads, kind="code", code=40100)
    leads.send()
    assert leads.states() == ["waiting"]
    fault(leads, kind="code", code=40001)
    leads.later(hours=1)
    leads.send()
    fault(leads)
    assert leads.states() == ["failed"]


def test_a_crash_in_a_call_leaves_it_unknown(leads: Leads) -> None:
    waiting(leads)
    with leads.stores.ledger.write() as conn:
        conn.execute(sa.update(ocean_conversions).values(state="sending", tried=leads.stores.clock.now()))
    assert leads.send() == 0
    leads.later(minutes=11)
    leads.send()
    assert leads.states() == ["unknown"]
