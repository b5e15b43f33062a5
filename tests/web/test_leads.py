"""Forms and leads in the console, over the API and on the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from siyu.growth.leads import reading
from siyu.growth.leads.reading import Asked
from siyu.staff import audit
from siyu.storage import Stores
from tests.growth.leads.forms import a_form, a_member, come
from tests.published import answered
from tests.web.conftest import Console, SignedIn

FILLED = {
    "name": "免费试听",
    "kind": "booking",
    "slug": "free-trial",
    "ask_name": "1",
    "label_0": "面积",
    "kind_0": "choice",
    "choices_0": "小、大",
    "notice_zh": "仅用于与您联系。",
    "purpose": "marketing",
    "consent_zh": "同意接收优惠。",
    "way": "turn",
    "minutes": "30",
    "hours": "1-7 00:00-24:00",
    "lapse_days": "30",
}


def test_a_booking_is_made_given_times_and_put_to_use(stores: Stores, signed_in: SignedIn) -> None:
    anna = a_member(stores, "anna")
    console = signed_in("operator")
    assert "还没有表单" in console.get("/forms").text
    assert "隐私告知" in console.get("/forms/new").text
    assert console.post("/forms/new", FILLED).status_code == 422, "nobody takes turns"
    made = console.post("/forms/new", FILLED | {"staff": anna})
    assert made.status_code in (200, 303), made.text
    (form,) = reading.list_forms(stores)
    assert [field.label for field in form.fields] == ["称呼", "手机号", "面积"]
    assert "请先添加可预约的时段" in console.post(f"/forms/{form.id}/use").text
    day = (stores.clock.now() + timedelta(days=1)).strftime("%Y-%m-%d")
    slots = {"first": day, "last": day, "hours": "1-7 10:00-12:00", "length": "60", "seats": "2"}
    console.post(f"/forms/{form.id}/slots", slots)
    console.post(f"/forms/{form.id}/use")
    assert reading.get_form(stores, form.id).stage == "live"
    page = console.get(f"/forms/{form.id}").text
    assert "/m/f/free-trial" in page
    assert "0 / 2" in page
    shown = console.get(f"/forms/{form.id}/edit").text
    assert 'value="小、大"' in shown
    console.post(f"/forms/{form.id}/edit", FILLED | {"staff": anna, "notice_zh": "另一份。", "key_0": "own0"})
    assert len(reading.texts_of(stores, form.id)) == 2
    assert "lead_form_used" in {entry.action for entry in audit.entries(stores.ledger)}


def test_phones_are_masked_for_who_may_not_see_them(stores: Stores, signed_in: SignedIn) -> None:
    lead = come(stores, a_form(stores), given={"wish": "打 13900139000"})
    masked = signed_in("operator")
    for path in ("/leads", f"/leads/{lead.id}", "/leads?q=13800138000"):
        page = masked.get(path).text
        assert "138****8000" in page, path
        assert "+8613800138000" not in page, path
        assert "13900139000" not in page, path
    assert "没有符合条件的结果" in masked.get("/leads?q=139").text, "nobody finds a phone digit by digit"
    told = masked.get(f"/api/leads/{lead.id}").json()
    assert (told["phone"], told["wish"]) == ("138****8000", "打 139****9000")
    whole = signed_in("owner")
    assert "+8613800138000" in whole.get("/leads").text
    assert whole.get("/leads.xlsx").content.startswith(b"PK")
    assert signed_in("adviser").get("/leads.xlsx").status_code == 403
    (row,) = (entry for entry in audit.entries(stores.ledger) if entry.action == "leads_exported")
    assert (row.subject, row.detail) == ("export", {"rows": 1, "phones": True})


def test_a_lead_is_given_out_noted_and_dropped(stores: Stores, signed_in: SignedIn) -> None:
    anna = a_member(stores, "anna")
    lead = come(stores, a_form(stores))
    console = signed_in("operator")
    console.post(f"/leads/{lead.id}/hand-over", {"to": anna})
    console.post(f"/leads/{lead.id}/note", {"note": "周末再打"})
    found = reading.get_lead(stores, lead.id)
    assert (found.holder, found.note) == (anna, "周末再打")
    assert "周末再打" in console.get(f"/leads/{lead.id}").text
    for path in (f"/tasks/{found.task}", f"/people/{found.person}"):
        assert f'href="/leads/{lead.id}"' in console.get(path).text, path
    console.post(f"/leads/{lead.id}/drop")
    assert reading.get_lead(stores, lead.id).state == "dropped"
    assert signed_in("adviser").post(f"/leads/{lead.id}/note", {"note": "x"}).status_code == 403


def test_the_same_by_the_api(stores: Stores, console: Console) -> None:
    key = console.key("owner")

    def call(method: str, path: str, body: Any = None) -> Any:
        return console.http.request(method, path, json=body, headers=key)

    body: dict[str, Any] = {"name": "问一问", "routing": {"way": "hand"}, "shown": {"notice_zh": "仅用于联系。"}}
    made = call("POST", "/api/forms", body)
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    assert call("POST", f"/api/forms/{number}/use").json()["stage"] == "live"
    changed = call("PATCH", f"/api/forms/{number}", {"routing": {"minutes": 45, "hours": ["1-5 09:00-18:00"]}}).json()
    assert (changed["routing"]["minutes"], changed["routing"]["way"]) == (45, "hand")
    lead = come(stores, reading.get_form(stores, number))
    assert call("GET", f"/api/leads?q=138 0013 8000&lead_form={number}").json()["all"] == 1
    assert call("POST", f"/api/leads/{lead.id}/note", {"note": "好"}).json()["note"] == "好"
    assert call("POST", f"/api/leads/{lead.id}/cancel").status_code == 409
    assert call("GET", f"/api/forms/{number}/figures").json()["count"]["sent"] == 1
    assert call("GET", "/api/forms/999").status_code == 404


def test_the_same_on_the_command_line(stores: Stores) -> None:
    line = "form add 问一问 --notice-zh 仅用于联系 --way hand --field size:面积:小/大"
    made = answered(stores, line, "form")
    assert [field["label"] for field in made["fields"]] == ["称呼", "手机号", "您的需求", "面积"]
    number = made["id"]
    answered(stores, f"form use {number}", "form")
    lead = come(stores, reading.get_form(stores, number))
    told = answered(stores, "lead list --state new", "lead-list")
    assert [each["id"] for each in told["leads"]] == [lead.id]
    answered(stores, f"lead note {lead.id} 好", "lead")
    assert reading.leads_page(stores, Asked())[0].note == "好"
    assert answered(stores, f"form figures {number}", "form-figures")["count"]["sent"] == 1
    assert answered(stores, "form list", "form-list")["forms"][0]["id"] == number
    assert len(answered(stores, f"form texts {number}", "form-texts")["texts"]) == 1
    assert answered(stores, f"form slots {number}", "form-slots")["slots"] == []
    anna = a_member(stores, "anna")
    assert answered(stores, f"lead hand-over {lead.id} anna", "lead")["holder"] == anna
    assert answered(stores, f"lead drop {lead.id}", "lead")["state"] == "dropped"
    assert answered(stores, f"lead show {lead.id}", "lead")["phone"] == "+8613800138000"
    assert (
        answered(stores, f"form change {number} --minutes 60 --area anna=上海,杭州 --way region", "form")["id"]
        == number
    )
    assert answered(stores, f"form pause {number}", "form")["stage"] == "paused"
    assert answered(stores, f"form end {number} --confirm {made['slug']}", "form")["stage"] == "ended"


def test_a_booking_on_the_command_line(stores: Stores) -> None:
    made = answered(stores, "form add 试听 --kind booking --notice-zh 仅用于联系 --way hand", "form")
    day = f"{stores.clock.now() + timedelta(days=1):%Y-%m-%d}"
    line = f'form add-slots {made["id"]} --first {day} --last {day} --hours "1-7 10:00-12:00" --minutes 60'
    added = answered(stores, line, "form-slots")
    assert added["added"] == len(added["slots"]) == 2
    slot = added["slots"][0]["id"]
    assert answered(stores, f"form slot {made['id']} {slot} --seats 3", "form-slot")["seats"] == 3
    answered(stores, f"form use {made['id']}", "form")
    lead = come(stores, reading.get_form(stores, made["id"]), slot=slot)
    assert answered(stores, f"lead cancel {lead.id}", "lead")["state"] == "cancelled"
    assert answered(stores, f"form show {made['id']}", "form")["kind"] == "booking"
