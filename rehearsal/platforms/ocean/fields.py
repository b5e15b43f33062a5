"""A lead with every field that the platform writes."""

from __future__ import annotations

from typing import Any

from rehearsal.platforms.ocean.world import written


def ads_clue(number: str, owner: int, at: float) -> dict[str, Any]:
    """Of an ad's form."""
    return {
        "clue_id": number,
        "advertiser_id": owner,
        "advertiser_name": "汀屿美妆",
        "ad_id": 1,
        "ad_name": "春季新品",
        "promotion_id": 11,
        "promotion_name": "春季新品-信息流",
        "project_id": 2,
        "creative_id": 3,
        "req_id": "req",
        "module_id": 4,
        "module_name": "留资表单",
        "site_id": "5",
        "site_name": "新品试用",
        "external_url": "",
        "app_name": "抖音",
        "clue_type": 1,
        "clue_source": 1,
        "clue_state": 0,
        "clue_state_name": "新线索",
        "convert_status": "未转化",
        "follow_state_name": "未跟进",
        "name": "林晓",
        "telephone": f"164{int(number) % 10**8:08}",
        "weixin": "",
        "qq": "",
        "email": "",
        "gender": 2,
        "age": 28,
        "address": "",
        "province_name": "浙江",
        "city_name": "杭州",
        "country_name": "中国",
        "location": "浙江杭州",
        "remark": "想试用面霜",
        "remark_dict": {"肤质": "干性"},
        "form_remark": "",
        "tags": [],
        "system_tags": [],
        "store": {},
        "create_time": int(at),
        "create_time_detail": written(at),
        "date": written(at)[:10],
    }


def life_clue(number: str, owner: int, at: float) -> dict[str, Any]:
    """Of a local business."""
    return {
        "clue_id": number,
        "local_account_id": owner,
        "telephone": f"164{int(number) % 10**8:08}",
        "weixin": "",
        "name": "周宁",
        "gender": "FEMALE",
        "age": 31,
        "province_name": "",
        "city_name": "",
        "county_name": "",
        "auto_province_name": "上海",
        "auto_city_name": "上海",
        "clue_type": "FORM",
        "action_type": "SHORT_VIDEO",
        "flow_type": "AD",
        "flow_entrance": "FEED",
        "leads_page": "POI",
        "is_private_clue": "NO",
        "effective_state_name": "NOT_MARKED",
        "staff_aweme_id": "",
        "staff_nickname": "",
        "author_aweme_id": "tingyu",
        "video_id": "v1",
        "promotion_id": 11,
        "promotion_name": "到店体验",
        "order_id": "",
        "order_status": "",
        "product_id": "",
        "product_name": "护理体验",
        "remark": "",
        "remark_dict": {},
        "tags": [],
        "system_tags": [],
        "create_time_detail": written(at),
        "modify_time": written(at),
    }
