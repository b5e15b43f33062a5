"""The simulated Ocean Engine answers as the platform's own words say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.ocean import ocean
from tests.platform_worlds import HTTP, running

NOON = 1_800_000_000.0
ADS = (
    "clue_id advertiser_id advertiser_name ad_id ad_name promotion_id promotion_name project_id creative_id req_id "
    "module_id module_name site_id site_name external_url app_name clue_type clue_source clue_state clue_state_name "
    "convert_status follow_state_name name telephone weixin qq email gender age address province_name city_name "
    "country_name location remark remark_dict form_remark tags system_tags store create_time create_time_detail date"
)
LIFE = (
    "clue_id local_account_id telephone weixin name gender age province_name city_name county_name "
    "auto_province_name auto_city_name clue_type action_type flow_type flow_entrance leads_page is_private_clue "
    "effective_state_name staff_aweme_id staff_nickname author_aweme_id video_id promotion_id promotion_name "
    "order_id order_status product_id product_name remark remark_dict tags system_tags create_time_detail modify_time"
)
"""The fields of the platform's lists."""


@pytest.fixture
def platform() -> Iterator[Running]:
    with running(ocean(clock=DomainClock(NOON, 0.0))) as found:
        yield found


def token(platform: Running, refresh: str) -> dict[str, object]:
    body = {"app_id": "9", "secret": "s", "grant_type": "refresh_token", "refresh_token": refresh}
    return HTTP.post(f"{platform.url}/open_api/oauth2/refresh_token/", json=body).json()


def test_a_refresh_token_is_good_once(platform: Running) -> None:
    first = platform.door.post("app", app_id="9", secret="s", owners=[1])["refresh_token"]
    answer = token(platform, first)
    assert (answer["code"], token(platform, first)["code"]) == (0, 40107)
    assert token(platform, answer["data"]["refresh_token"])["code"] == 0  # pyright: ignore


def test_leads_have_every_field_of_the_platforms_lists(platform: Running) -> None:
    first = platform.door.post("app", app_id="9", secret="s", owners=[1, 2])["refresh_token"]
    headers = {"Access-Token": token(platform, first)["data"]["access_token"]}  # pyright: ignore
    platform.door.post("clue", owner=1)
    platform.door.post("clue", owner=2, kind="life")
    asked = {"start_time": "2027-01-01 00:00:00", "end_time": "2027-02-01 00:00:00", "page": 1, "page_size": 100}
    ads = HTTP.get(
        f"{platform.url}/open_api/2/tools/clue/get/", params={"advertiser_ids": "[1]", **asked}, headers=headers
    ).json()["data"]
    body = {"local_account_ids": [2], **asked}
    life = HTTP.post(f"{platform.url}/open_api/2/tools/clue/life/get/", json=body, headers=headers).json()["data"]
    assert (set(ads["list"][0]), set(life["list"][0])) == (set(ADS.split()), set(LIFE.split()))
    assert life["page_info"] == {"total": 1, "page_total": 1, "page_size": 100, "page_number": 1}


def test_without_a_token_and_for_others_accounts_it_refuses(platform: Running) -> None:
    first = platform.door.post("app", app_id="9", secret="s", owners=[1])["refresh_token"]
    url = f"{platform.url}/open_api/2/tools/clue/get/"
    asked = {"advertiser_ids": "[3]", "start_time": "2027-01-01 00:00:00", "end_time": "2027-02-01 00:00:00"}
    asked |= {"page": "1", "page_size": "10"}
    assert HTTP.get(url, params=asked).json()["code"] == 40105
    headers = {"Access-Token": token(platform, first)["data"]["access_token"]}  # pyright: ignore
    assert HTTP.get(url, params=asked, headers=headers).json()["code"] == 40002
