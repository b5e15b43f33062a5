"""Coupons in the console, at the counter, over the API and on the command line."""

from __future__ import annotations

from typing import Any

import msgspec

from siyu.cli.coupon_commands import READY_NAMES
from siyu.loyalty.coupons import kinds, queries
from siyu.loyalty.coupons.queries import Asked
from siyu.loyalty.coupons.ready import READY
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.staff import audit
from siyu.storage import Stores
from tests.loyalty.coupons.shop import kind, one, persons
from tests.published import answered
from tests.web.conftest import Console, SignedIn

FORM = {
    "name": "满200减50",
    "sort": "amount",
    "off": "50",
    "threshold": "200",
    "layer": "order",
    "codes": "own",
    "days": "30",
    "per_person": "1",
    "comes_back": "1",
}


def test_a_kind_is_made_after_a_look_at_it_and_changed_as_long_as_nobody_has_one(
    stores: Stores, signed_in: SignedIn
) -> None:
    console = signed_in("owner")
    assert "还没有优惠券" in console.get("/coupons").text
    assert "满 200 元减 50 元" in console.post("/coupons/new", FORM | {"preview": "1"}).text
    assert kinds.page(stores) == []
    console.post("/coupons/new", FORM)
    (made,) = kinds.page(stores)
    assert (made.terms.threshold, made.days, made.per_person, made.comes_back) == (20_000, 30, 1, True)
    console.post(f"/coupons/{made.id}/edit", FORM | {"off": "60"})
    assert "减 60 元" in console.get("/coupons").text
    (person,) = persons(stores)
    one(stores, made, person)
    assert "规则不能再改" in console.post(f"/coupons/{made.id}/edit", FORM).text
    console.post(f"/coupons/{made.id}/change", {"name": "春季券", "stock": "9", "per_person": "2", "budget": "5000"})
    found = kinds.get(stores, made.id)
    assert (found.name, found.stock, found.per_person, found.budget_cents) == ("春季券", 9, 2, 500_000)
    console.post(f"/coupons/{made.id}/stop")
    assert "已停发" in console.get(f"/coupons/{made.id}").text
    console.post(f"/coupons/{made.id}/resume")
    assert kinds.get(stores, made.id).stopped is None


def test_what_does_not_fit_is_said_at_its_field(signed_in: SignedIn) -> None:
    console = signed_in("owner")
    for wrong in ({"off": ""}, {"off": "1.005"}, {"days": "", "ends": ""}, {"sort": "percent", "percent": "101"},
                  {"sort": "percent", "percent": "20", "budget": "100"}, {"codes": "shared", "code": "!"}):  # fmt: skip
        assert console.post("/coupons/new", FORM | wrong).status_code == 422, wrong


def test_every_ready_made_kind_fills_the_form(signed_in: SignedIn) -> None:
    console = signed_in("owner")
    for name, (_, wanted) in READY.items():
        assert wanted.name in console.get(f"/coupons/new?ready={name}").text


def test_staff_give_a_person_one_and_take_it_back_and_it_is_in_the_audit_log(
    stores: Stores, signed_in: SignedIn
) -> None:
    console, fifty, (person,) = signed_in("adviser"), kind(stores), persons(stores)
    console.post(f"/people/{person}/coupons", {"kind": str(fifty.id), "why": "售后补偿"})
    (coupon,) = queries.page(stores, Asked(person=person))
    assert "满200减50" in console.get(f"/people/{person}/coupons").text
    assert "限领" in console.post(f"/people/{person}/coupons", {"kind": str(fifty.id)}).text
    console.post(f"/coupons/one/{coupon.id}/take-back", {"why": "发错了"})
    assert queries.one(stores, coupon.id).stage == "taken_back"
    assert "发错了" in console.get(f"/coupons/one/{coupon.id}").text
    actions = {each.action for each in audit.entries(stores.ledger)}
    assert "coupon_given" in actions


def test_at_the_counter_a_code_is_looked_at_redeemed_and_undone(stores: Stores, signed_in: SignedIn) -> None:
    console, fifty, (person,) = signed_in("agent"), kind(stores), persons(stores)
    taken = one(stores, fifty, person)
    typed = f"{taken.code[:4].lower()} {taken.code[4:]}"
    looked = console.get(f"/counter?code={typed}")
    assert "camera=(self)" in looked.headers["permissions-policy"]
    assert f"/people/{person}" in looked.text
    assert "没有这张券" in console.get("/counter?code=NOPE").text
    sale = {"code": taken.code, "yuan": "100", "once": "0123456789abcdef"}
    assert "门槛" in console.post("/counter", sale).text
    for _ in range(2):
        console.post("/counter", sale | {"yuan": "250"})
    found = queries.one(stores, taken.coupon)
    assert (found.stage, found.off_cents) == ("used", 5_000)
    assert "撤销" in console.get("/counter").text
    console.post(f"/counter/{taken.coupon}/undo")
    assert queries.one(stores, taken.coupon).stage == "open"


def test_who_may_only_look_may_not_redeem_nor_make(stores: Stores, signed_in: SignedIn) -> None:
    console, fifty = signed_in("analyst"), kind(stores)
    assert console.get(f"/coupons/{fifty.id}").status_code == 200
    assert console.get("/counter").status_code == 403
    assert console.post("/coupons/new", FORM).status_code == 403
    assert console.post(f"/coupons/{fifty.id}/stop").status_code == 403


def test_codes_are_printed_in_batches_once_for_a_form(stores: Stores, signed_in: SignedIn) -> None:
    console, leaflet = signed_in("owner"), kind(stores, codes="printed", stock=40)
    form = {"many": "30", "once": "abc"}
    for _ in range(2):
        console.post(f"/coupons/{leaflet.id}/print", form)
    assert kinds.get(stores, leaflet.id).taken == 30
    batch = min(each.id for each in queries.page(stores, Asked(kind=leaflet.id, rows_max=100)))
    rows = console.get(f"/coupons/{leaflet.id}/print/{batch}/codes.csv").text.splitlines()
    assert len(rows) == 31
    assert console.get(f"/coupons/{leaflet.id}/print/{batch}/sheets/2").content.startswith(b"%PDF")
    assert console.get(f"/coupons/{leaflet.id}/print/{batch}/sheets/3").status_code == 400
    assert "已领完" in console.post(f"/coupons/{leaflet.id}/print", {"many": "11", "once": "x"}).text


def test_coupons_are_tried_together_on_a_basket(stores: Stores, signed_in: SignedIn) -> None:
    console, fifty = signed_in("owner"), kind(stores)
    basket = {"basket": "面霜,护肤,299\n毛巾,39.9", "shipping": "12", "kinds": str(fifty.id)}
    assert "300.90" in console.post("/coupons/try", basket).text
    assert console.post("/coupons/try", basket | {"basket": "?"}).status_code == 422


def test_the_api_makes_gives_quotes_redeems_and_cancels(stores: Stores, console: Console) -> None:
    key = console.key("owner")
    (person,) = persons(stores)

    def call(method: str, path: str, body: Any = None) -> Any:
        return console.http.request(method, path, headers=key, json=body)

    made = call("POST", "/api/coupon-kinds", msgspec.to_builtins(READY["points_50"][1])).json()
    assert made["zh"].startswith("满 50.01 元减 50 元")
    path = f"/api/coupon-kinds/{made['id']}"
    refused = call("POST", f"{path}/give", {"person": person, "key": "a", "points": True})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "coupon_points")
    with stores.ledger.write() as conn:
        post(conn, stores.clock.now(), [Earn(key="e", why="消费", person=person, points=500)])
    taken = call("POST", f"{path}/give", {"person": person, "key": "a", "points": True}).json()
    order = {"order": "A1", "codes": [taken["code"]], "lines": [{"cents": 9_000, "sku": "s"}, {"cents": 1_000}]}
    assert call("POST", "/api/coupons/quote", order).json()["lines"] == [4_500, 500]
    for _ in range(2):
        assert call("POST", "/api/coupons/redeem", order).json()["cents"] == 5_000
    other = call("POST", "/api/coupons/redeem", order | {"order": "A2"})
    assert (other.status_code, other.json()["error"]["detail"]["why"]) == (409, {taken["code"]: "used"})
    assert call("GET", f"/api/coupons?person={person}").json()["coupons"][0]["order"] == "A1"
    assert call("POST", "/api/coupons/cancel", {"order": "A1"}).json()["coupons"] == [taken["coupon"]]
    assert call("POST", f"/api/coupons/{taken['coupon']}/undo").status_code == 409
    assert call("POST", f"/api/coupons/{taken['coupon']}/take-back", {}).json()["stage"] == "taken_back"
    change = {"name": "新", "stock": 9, "per_person": None, "budget_cents": None, "price_points": None}
    assert call("PUT", path, change).json()["stock"] == 9
    assert call("POST", f"{path}/stop").json()["stopped"] is not None
    assert call("POST", f"{path}/resume").json()["stopped"] is None


def test_the_command_line_does_it_too(stores: Stores) -> None:
    assert tuple(READY) == READY_NAMES
    (person,) = persons(stores)
    made = answered(stores, "coupons ready welcome_20", "coupon-kind")["id"]
    taken = answered(stores, f"coupons give {made} {person} --key a", "coupon-taken")
    assert answered(stores, f"coupons redeem A1 {taken['code']} --cents 20000", "coupon-quote")["cents"] == 2_000
    assert answered(stores, "coupons list --stage used", "coupons")["coupons"][0]["off_cents"] == 2_000
    assert answered(stores, "coupons cancel A1", "coupons-given-back")["coupons"] == [taken["coupon"]]
    assert answered(stores, f"coupons take-back {taken['coupon']}", "coupon")["stage"] == "taken_back"
    assert answered(stores, f"coupons stop {made}", "coupon-kind")["stopped"]
    assert answered(stores, f"coupons resume {made}", "coupon-kind")["stopped"] is None
    assert len(answered(stores, "coupons kinds", "coupon-kinds")["kinds"]) == 1
