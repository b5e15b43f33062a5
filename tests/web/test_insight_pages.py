"""Insight in the console and the API: what is shown, what opens, who may see it."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal
from urllib.parse import quote
from xml.etree import ElementTree

import openpyxl
import pytest

from siyu.storage import ManualClock
from siyu.web import pictures
from tests.insight.test_just_now import happened
from tests.insight.world import START, Happened, store
from tests.web.conftest import Console

DAYS = f"from={START.date()}&to={START.date().replace(day=31)}"
PAGES = [
    "/home",
    "/home/later",
    "/home/now",
    "/insight/figures",
    "/insight/figures/gross_sales",
    "/insight/figures/open_rate",
    "/insight/retention",
    "/insight/funnel",
    "/insight/rfm",
    "/insight/trace?cell=orders",
]


def shop(console: Console) -> None:
    store(
        console.stores.events,
        [
            Happened(1, "product_viewed", 1),
            Happened(1, "cart_added", 2),
            Happened(1, "order_paid", 3, Decimal("10.50"), order="a"),
            Happened(1, "order_paid", 24 * 40, Decimal("5"), order="c"),
            Happened(2, "product_viewed", 30),
            Happened(2, "order_paid", 40, Decimal("20"), order="=cmd()", source="<b>shop</b>"),
        ],
    )


@pytest.mark.parametrize("url", PAGES)
def test_a_page_opens_without_data_and_with_it(console: Console, url: str) -> None:
    console.sign_in()
    assert console.get(url).status_code == 200
    shop(console)
    assert console.get(url).status_code == 200


def test_home_tells_what_happens_just_now_with_phones_masked_for_most(console: Console) -> None:
    add = Happened(1, "friend_added", -0.001, properties={"channel_state": "门店 16412345678"})
    happened(console.stores, add)
    assert "16412345678" in console.sign_in("owner").get("/home/now").text
    read = console.sign_in("analyst").get("/home/now").text
    assert "加为好友" in read
    assert "16412345678" not in read
    (line,) = console.http.get("/api/just-now", headers=console.key("analyst")).json()
    assert (line["name"], line["people"]) == ("friend_added", 1)
    assert "16412345678" not in line["detail"]


@pytest.mark.parametrize("url", PAGES)
def test_an_address_with_nonsense_still_opens(console: Console, url: str) -> None:
    shop(console.sign_in())
    nonsense = "from=x&to=2026-13-99&zone=Mars&period=never&page=z&person=q"
    assert console.get(f"{url}{'&' if '?' in url else '?'}{nonsense}").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "/insight/retention?unit=year",
        "/insight/funnel?steps=a&window=soon",
        "/insight/funnel?by=shoes",
        "/insight/rfm?method=stars",
    ],
)
def test_wrong_parameters_are_said_and_the_plain_report_is_shown(console: Console, url: str) -> None:
    shop(console.sign_in())
    answer = console.get(url)
    assert answer.status_code == 200
    assert "notice-bad" in answer.text


def test_an_empty_home_teaches_the_first_step(console: Console) -> None:
    text = console.sign_in().get("/home").text
    assert 'href="/imports"' in text
    assert "还没有数据" in text


def test_old_data_is_shown_with_a_word_about_it(console: Console) -> None:
    assert isinstance(console.stores.clock, ManualClock)
    console.stores.clock.at = START.replace(year=2027)
    shop(console.sign_in())
    assert "最近有数据的日子" in console.get("/home").text


def test_a_figure_without_a_value_says_why(console: Console) -> None:
    shop(console.sign_in())
    assert "本期没有平台接收的消息" in console.get(f"/insight/figures/open_rate?{DAYS}").text


def test_every_link_of_the_triangle_opens_as_many_people_as_it_shows(console: Console) -> None:
    shop(console.sign_in())
    text = console.get("/insight/retention?period=all").text
    cells = re.findall(r'href="(/insight/trace[^"]+cell=[^"]+:[1-9][^"]*)"><b>[^<]+</b><small>([\d,]+)</small>', text)
    assert [people for _, people in cells] == ["1"]
    for url, people in cells:
        opened = console.get(url.replace("&amp;", "&")).text
        assert opened.count('class="person"') == int(people)


def test_an_event_leads_to_its_source_record(console: Console) -> None:
    shop(console.sign_in())
    listed = console.get(f"/insight/trace?report=core&cell=orders&show=events&{DAYS}").text
    (first, *_) = re.findall(r'href="(/insight/event[^"]+)"', listed)
    assert "id=" not in first  # a message id is the shop's own text: it stands in no address
    assert console.get(first.replace("&amp;", "&")).status_code == 200


def test_what_a_shop_wrote_is_shown_as_text(console: Console) -> None:
    shop(console.sign_in())
    text = console.get(f"/insight/figures/gross_sales?by=source&{DAYS}").text
    assert "<b>shop</b>" not in text
    assert "&lt;b&gt;shop" in text


def test_an_export_holds_the_events_and_no_formula(console: Console) -> None:
    shop(console.sign_in())
    body = console.get(f"/insight/trace.xlsx?report=core&cell=orders&{DAYS}").content
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    assert sheet is not None
    orders = {cell.value: cell.data_type for row in sheet.iter_rows(min_row=2, min_col=4, max_col=4) for cell in row}
    assert orders == {"a": "s", "=cmd()": "s"}


@pytest.mark.parametrize("name", ["figures", "retention", "funnel", "rfm"])
def test_a_report_leaves_as_excel(console: Console, name: str) -> None:
    shop(console.sign_in())
    body = console.get(f"/insight/{name}.xlsx?period=all").content
    assert openpyxl.load_workbook(io.BytesIO(body)).active is not None


def test_english_pages_hold_no_chinese_of_ours(console: Console) -> None:
    shop(console.sign_in(language="en"))
    for url in PAGES:
        main = console.get(url).text.split("<main", 1)[-1].split("</main>", 1)[0]
        main = re.sub(r"data-steps><script.*?</script>", "", main, flags=re.DOTALL)  # it holds both
        assert re.findall("[\u4e00-\u9fff]+", main) == [], url


@pytest.mark.parametrize("name", ["core", "retention", "funnel", "rfm"])
def test_the_api_answers_as_the_command_line(console: Console, name: str) -> None:
    from siyu.insight.command import report

    shop(console)
    answer = console.http.post(f"/api/reports/{name}?timezone=UTC", json={}, headers=console.key())
    assert answer.status_code == 200
    ours = report(console.stores, name, {}, "UTC")
    assert {**answer.json(), "freshness": None} == {**ours, "freshness": None}


def test_the_api_traces_a_number(console: Console) -> None:
    shop(console)
    asked = {"report": "core", "cell": "orders", "parameters": {}}
    answer = console.http.post("/api/trace/events", json=asked, headers=console.key()).json()
    assert (answer["added"]["events"], len(answer["items"])) == (3, 3)


def test_the_api_lists_reports_and_figures(console: Console) -> None:
    names = {each["name"] for each in console.http.get("/api/reports", headers=console.key()).json()}
    figures = {each["name"] for each in console.http.get("/api/figures", headers=console.key()).json()}
    assert names == {"core", "retention", "funnel", "rfm"}
    assert {"gross_sales", "open_rate"} <= figures


def test_a_wrong_report_is_refused_in_words(console: Console) -> None:
    answer = console.http.post("/api/reports/funnel", json={"window": "soon"}, headers=console.key())
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["retention", "rfm"])
def test_a_grid_leaves_as_a_picture(console: Console, name: str) -> None:
    shop(console.sign_in())
    answer = console.get(f"/insight/{name}.svg?period=all")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    picture = ElementTree.fromstring(answer.text)
    texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "50.0%" in texts if name == "retention" else texts.count("1") == 2


def test_a_picture_shows_text_as_text() -> None:
    drawn = pictures.grid("<b>&", "", ["+1"], [("a<b",)], [[pictures.Cell("1", "2", 0.5)]])
    assert {each.text for each in ElementTree.fromstring(drawn)} >= {"<b>&", "a<b"}


def test_a_number_that_a_rule_means_leads_to_the_editor(console: Console) -> None:
    shop(console.sign_in())
    text = console.get(f"/insight/trace?report=core&cell=orders&{DAYS}").text
    (link,) = re.findall(r'href="(/audiences/new\?[^"]+)"', text)
    editor = console.get(link.replace("&amp;", "&")).text
    assert "order_paid" in editor
    assert "订单数" in editor


def test_a_number_that_no_rule_means_is_kept_as_a_list(console: Console) -> None:
    shop(console.sign_in())
    address = "?report=funnel&steps=product_viewed,order_paid&cell=reached:2"
    assert "没有规则能恰好说出这些人" in console.get(f"/insight/trace{address}").text
    landed = console.post(f"/insight/trace/audience{address}", {}).headers["location"]
    assert console.get(landed).status_code == 200
    assert landed.endswith("/edit")


def test_the_api_makes_an_audience_of_a_number(console: Console) -> None:
    shop(console)
    asked = {"report": "funnel", "cell": "reached:2", "name": "加购", "parameters": {"steps": ["product_viewed", "*"]}}
    answer = console.http.post("/api/trace/audience", json=asked, headers=console.key())
    assert (answer.status_code, answer.json()["kind"]) == (201, "snapshot")


def test_the_funnel_page_keeps_the_filters_of_its_steps(console: Console) -> None:
    shop(console.sign_in())
    steps = [{"event": "order_paid", "where": [{"field": "amount", "op": "gt", "value": 15}]}]
    text = console.get(f"/insight/funnel?period=all&steps={quote(json.dumps(steps))}").text
    assert "下单付款（金额大于 15）" in text
    assert ">1</a>" in text
