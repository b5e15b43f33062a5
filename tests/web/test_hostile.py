"""Every platform's door under attack: nothing makes it fail, nothing unproved is kept, nothing kept stops the rest."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.doors import AES_KEY, Door, Post, doors, in_envelope, sealed, spoilt
from siyu.channels.accounts import open_account
from siyu.channels.platform.applier import Applier, strange_callbacks
from siyu.channels.platform.callbacks import address
from siyu.channels.registry import channels_of, receivers_of
from siyu.jobs.aside import all_aside
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import BadInput, Stores
from siyu.web.callbacks import Door as WebDoor
from siyu.web.callbacks import door as web_door

DOORS = {each.platform: each for each in doors()}
SEALED = [each for each in DOORS.values() if each.receiver]


class Attacker:
    """Posts at one door as a server would hand it on."""

    def __init__(self, stores: Stores, door: Door) -> None:
        given = dict(door.settings)
        number, _ = open_account(stores, channels_of(stores), channel=door.platform, name="店", settings=given)
        self.stores, self.door, self.account = stores, door, number
        self._app = WebDoor(stores, receivers_of())
        self._path = address(stores, door.platform, number)
        self.at = int(stores.clock.now().timestamp())

    def post(self, post: Post, pieces: Callable[[bytes], list[bytes]] | None = None) -> int:
        return asyncio.run(self._post(post, pieces(post.body) if pieces else [post.body]))

    async def _post(self, post: Post, pieces: list[bytes]) -> int:
        answered: list[Any] = []
        left = list(pieces)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in post.headers.items()]
        query = str(httpx.QueryParams(dict(post.query))).encode()
        scope = {"type": "http", "method": "POST", "path": self._path, "query_string": query, "headers": headers}

        async def receive() -> dict[str, Any]:
            if not left:
                await asyncio.sleep(60)
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or len(pieces) > 1}

        async def send(message: Any) -> None:
            answered.append(message)

        await self._app(scope, receive, send)
        return int(answered[0]["status"])

    def tell(self, body: bytes) -> int:
        """Rightly signed."""
        return self.post(self.door.signed(body, self.at))

    def settle(self) -> None:
        run_until_empty(Applier(self.stores, receivers_of()).step)
        run_until_empty(Drain(self.stores).step)

    def events(self) -> list[str]:
        return [name for (name,) in self.stores.events.rows("SELECT name FROM events ORDER BY time, name")]


@pytest.fixture(params=DOORS)
def attacker(stores: Stores, request: pytest.FixtureRequest) -> Attacker:
    return Attacker(stores, DOORS[request.param])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False), many=st.integers(1, 12))
def test_a_signed_body_stops_nobody_whatever_is_spoilt_in_it(
    attacker: Attacker, chance: random.Random, many: int
) -> None:
    wholes = attacker.door.bodies(attacker.at, "2")
    for _ in range(many):
        assert attacker.tell(spoilt(chance, chance.choice(wholes))) < 500
    attacker.settle()
    assert [(each.code, each.en) for each in all_aside(attacker.stores)] == []


def test_what_is_told_honestly_is_heard_in_the_midst_of_it(attacker: Attacker) -> None:
    chance = random.Random(7)
    honest = attacker.door.bodies(attacker.at, "1")
    for body in honest:
        attacker.tell(spoilt(chance, chance.choice(attacker.door.bodies(attacker.at - 86_400, "2"))))
        assert attacker.tell(body) == 200
    attacker.settle()
    told = set(attacker.events())
    for body in honest:  # again and once more: it is the same
        assert attacker.tell(body) == 200
    before = attacker.events()
    attacker.settle()
    assert told
    assert attacker.events() == before


# --- faults that were found here, one by one


def signed_by(platform: str, stores: Stores, body: bytes) -> int:
    return Attacker(stores, DOORS[platform]).tell(body)


@pytest.mark.parametrize("platform", [each.platform for each in SEALED])
def test_half_a_character_as_the_sealed_text_is_refused(stores: Stores, platform: str) -> None:
    query = {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "1"}
    assert 400 <= Attacker(stores, DOORS[platform]).post(Post(b'{"Encrypt": "\\ud800"}', query)) < 500


@pytest.mark.parametrize("platform", ["ocean", "taobao", "shop"])
def test_a_signature_that_is_no_ascii_is_forbidden(stores: Stores, platform: str) -> None:
    headers = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,é"}
    assert Attacker(stores, DOORS[platform]).post(Post(b"{}", headers=headers)) == 403


def test_half_a_character_in_a_message_of_youzan_is_refused(stores: Stores) -> None:
    body = b'{"msg": "\\ud800", "sign": "0", "client_id": "c"}'
    assert Attacker(stores, DOORS["youzan"]).post(Post(body)) == 403


@pytest.mark.parametrize("challenge", [b"1.5", b"null", b"{}", b"[[]]"])
def test_a_challenge_that_is_none_is_refused(stores: Stores, challenge: bytes) -> None:
    body = b'{"event":"verify_webhook","content":{"challenge":' + challenge + b"}}"
    assert signed_by("douyin", stores, body) == 400


@pytest.mark.parametrize("amount", [b"1e999999999", b'"1e1000000"', b'"9e99999999999999999"'])
def test_an_amount_beyond_all_bounds_is_refused(stores: Stores, amount: bytes) -> None:
    order = b'{"type":"order_paid","time":"2026-01-01T08:00:00+08:00","order":{"number":"A1","total":' + amount + b"}}"
    assert signed_by("shop", stores, order) == 400


def test_lines_that_add_up_to_too_much_are_refused(stores: Stores) -> None:
    line = b'{"sku":"S","quantity":"1000000000000","price":"1000000000000"}'
    order = b'{"type":"order_paid","time":"2026-01-01T08:00:00+08:00","order":{"number":"A1","lines":[' + line + b"]}}"
    assert signed_by("shop", stores, order) == 400


def test_a_version_that_fits_no_store_is_the_time(stores: Stores) -> None:
    youzan = Attacker(stores, DOORS["youzan"])
    (body,) = [each for each in youzan.door.bodies(youzan.at, "1") if b"trade_TradePaid" in each]
    version = b'"version": ' + str(youzan.at - 7 * 3_600).encode()
    assert version in body
    assert youzan.tell(body.replace(version, b'"version": 1' + b"0" * 30)) == 200
    youzan.settle()
    assert youzan.events() == ["order_paid"]


def test_a_name_cut_in_the_middle_of_a_character_costs_nothing(stores: Stores) -> None:
    douyin = Attacker(stores, DOORS["douyin"])
    body = douyin.door.bodies(douyin.at, "1")[0]
    assert douyin.tell(body.replace("你好".encode(), b"hi\\ud83d\\u0000")) == 200
    douyin.settle()
    assert douyin.events() == ["customer_wrote"]


def test_what_is_told_of_years_ahead_happened_as_it_came(stores: Stores) -> None:
    follower = Attacker(stores, DOORS["official_account"])
    for body in follower.door.bodies(250_000_000_000, "1"):
        assert follower.tell(body) == 200
    follower.settle()
    assert follower.events() == ["account_followed", "code_scanned", "customer_wrote", "menu_clicked", "message_failed"]


@pytest.mark.parametrize("field", [b"TotalCount", b"SentCount"])
def test_numbers_that_only_look_like_some_stop_nobody(stores: Stores, field: bytes) -> None:
    account = Attacker(stores, DOORS["official_account"])
    body = account.door.bodies(account.at, "1")[5]
    for number in ("²".encode(), b"9" * 5_000):
        assert account.tell(body.replace(b"<%b>3<" % field, b"<%b>%b<" % (field, number))) == 200
    account.settle()
    assert all_aside(stores) == []


@pytest.mark.parametrize("entries", [b"true", b"1", b"null", b'"x"', b"[1, [], {}]"])
def test_a_list_that_is_none_stops_nobody(stores: Stores, entries: bytes) -> None:
    program = Attacker(stores, DOORS["miniprogram"])
    body = program.door.bodies(program.at, "1")[2]
    before, _, _ = body.partition(b'"List": ')
    assert program.tell(before + b'"List": ' + entries + b"}") == 200
    program.settle()
    assert all_aside(stores) == []


@pytest.mark.parametrize(("platform", "spoilt"), [("douyin", '"cid123"'), ("wecom", "wm1"), ("official_account", "o1")])
@pytest.mark.parametrize("nobody", ["null", "０"])
def test_who_is_nobody_is_kept_as_not_understood(stores: Stores, platform: str, spoilt: str, nobody: str) -> None:
    there = Attacker(stores, DOORS[platform])
    body = there.door.bodies(there.at, "1")[0].decode()
    changed = body.replace(spoilt, f'"{nobody}é"' if platform == "douyin" else nobody)
    assert there.tell(changed.encode()) == 200
    there.settle()
    assert ([each["name"] for each in strange_callbacks(stores)], all_aside(stores)) == (["?"], [])


def test_a_secret_to_sign_with_that_is_none_is_refused_when_it_is_entered(stores: Stores) -> None:
    for platform in ("taobao", "shop"):
        with pytest.raises(BadInput) as caught:
            open_account(stores, channels_of(stores), channel=platform, name="店", settings={"secret": "hunter2"})
        assert caught.value.field == "secret"


def test_what_is_sealed_to_another_is_forbidden_and_what_is_cut_is_damaged(stores: Stores) -> None:
    for door in SEALED:
        attacker = Attacker(stores, door)
        whole = door.bodies(attacker.at, "1")[0]
        assert attacker.post(sealed(whole, attacker.at, "ww_other")) == 403
        text = sealed(whole, attacker.at, door.receiver).body.decode().partition("CDATA[")[2].partition("]")[0]
        for cut in (text[:0], text[:1], text[:44], text[4:], text[:-4], AES_KEY):
            assert attacker.post(in_envelope(cut, attacker.at)) == 400
    assert stores.callbacks.last() == 0


def test_an_unknown_kind_is_kept_and_shown(attacker: Attacker) -> None:
    if attacker.door.unknown is None:
        pytest.skip("it tells of one kind only")
    assert attacker.tell(attacker.door.unknown(attacker.at)) == 200
    attacker.settle()
    (found,) = strange_callbacks(attacker.stores)
    assert found["name"].endswith("invented_tomorrow")


def test_a_body_that_never_ends_is_given_up(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_door, "BODY_SECONDS_MAX", 0.05)
    attacker = Attacker(stores, DOORS["wecom"])
    began = time.monotonic()
    assert attacker.post(attacker.door.signed(b"<xml/>", attacker.at), lambda body: [body[:9], body[9:]]) == 408
    assert time.monotonic() - began < 30
