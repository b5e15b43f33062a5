"""The fields a column can mean, by kind, with the headers under which they are met in the wild."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["orders", "events", "people"]
KINDS: tuple[Kind, ...] = ("orders", "events", "people")

FREE_PREFIXES: tuple[str, ...] = ("property.", "attribute.", "consent.")
"""Fields that carry a name of their own: ``property.country``, ``attribute.skin``, ``consent.email``."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a column can mean. ``names`` are headers seen in the wild, compared by :func:`spelled`."""

    name: str
    zh: str
    en: str
    kinds: tuple[Kind, ...]
    names: tuple[str, ...]
    hint_zh: str = ""
    hint_en: str = ""


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


_ALL: tuple[Kind, ...] = KINDS
_FACTS: tuple[Kind, ...] = ("orders", "events")

FIELDS: Mapping[str, Field] = {
    each.name: each
    for each in (
        Field(
            "person",
            "客户号",
            "customer number",
            _ALL,
            _names(
                "customerid|customer|customer_no|person|client|clientid|buyer_id|household_id|客户号|客户编号|客户id|"
                "顾客编号|会员编号|会员id|买家id|买家昵称|买家会员名|买家旺旺|客户账号|用户账号"
            ),
            "店铺自己的客户编号",
            "the shop's own number of the customer",
        ),
        Field(
            "phone",
            "手机号",
            "phone",
            _ALL,
            _names("phone|mobile|tel|telephone|手机号|手机|手机号码|买家手机号|客户手机号|联系手机|联系电话|电话"),
        ),
        Field("email", "邮箱", "e-mail", _ALL, _names("email|mail|emailaddress|邮箱|电子邮箱|电子邮件")),
        Field("unionid", "微信 UnionID", "WeChat union id", _ALL, _names("unionid|wechat_unionid|微信unionid")),
        Field(
            "external_userid",
            "企业微信客户 ID",
            "WeCom customer id",
            _ALL,
            _names("external_userid|externaluserid|外部联系人id|企微客户id|客户userid"),
        ),
        Field("member_card", "会员卡号", "member card", _ALL, _names("member_card|card_no|会员卡号|会员卡|卡号")),
        Field("user_id", "用户编号", "user id", _ALL, _names("userid|user|uid|用户id|用户编号")),
        Field("anonymous_id", "设备标识", "device", ("events",), _names("anonymousid|device_id|设备id|设备标识")),
        Field(
            "order",
            "订单号",
            "order number",
            ("orders",),
            _names(
                "invoiceno|invoice|order|orderid|orderno|order_number|ordernumber|basket_id|tid|trade_id|订单号|订单编号|"
                "主订单编号|订单id|交易号|交易单号|单号|发票号"
            ),
            "同一订单号的各行合成一个订单；没有这一列时，同一客户同一时间的各行合成一个订单",
            "lines with one number make one order; without it, lines of one customer at one time do",
        ),
        Field(
            "time",
            "时间",
            "time",
            _FACTS,
            _names(
                "invoicedate|time|date|datetime|timestamp|order_date|orderdate|paid_at|pay_time|created_at|event_time|"
                "transaction_timestamp|付款时间|支付时间|订单付款时间|买家付款时间|下单时间|订单创建时间|创建时间|订单时间|"
                "成交时间|交易时间|时间|日期|发生时间"
            ),
        ),
        Field("name", "事件名", "event name", ("events",), _names("event|event_name|name|事件|事件名|事件名称|行为")),
        Field("message_id", "消息编号", "message id", ("events",), _names("message_id|messageid|event_id|事件id")),
        Field(
            "sku",
            "商品编码",
            "sku",
            ("orders",),
            _names(
                "stockcode|sku|skuid|sku_code|product_id|productid|item_id|barcode|商品编码|商家编码|规格编码|商品货号|货号|"
                "商品id|宝贝编号|商品条码"
            ),
        ),
        Field(
            "title",
            "商品名称",
            "product name",
            ("orders",),
            _names("description|title|product|product_name|item_name|商品名称|商品标题|宝贝标题|商品|产品名称|品名"),
        ),
        Field(
            "category",
            "商品类目",
            "category",
            ("orders",),
            _names("category|product_category|department|商品类目|类目|品类|商品分类|分类"),
        ),
        Field(
            "quantity",
            "数量",
            "quantity",
            ("orders",),
            _names("quantity|qty|units|count|number_of_cds|商品数量|购买数量|宝贝总数量|宝贝数量|数量|件数"),
        ),
        Field(
            "price",
            "单价",
            "unit price",
            ("orders",),
            _names("unitprice|price|item_price|unit_price|商品单价|单价|价格|售价|成交单价|商品价格"),
        ),
        Field(
            "amount",
            "行金额",
            "line amount",
            ("orders",),
            _names(
                "amount|line_total|sales_value|dollar_value|total|subtotal|行金额|小计|商品小计|商品实付金额|商品金额小计|"
                "实付金额|金额"
            ),
            "这一行实付的金额",
            "what was paid for this line",
        ),
        Field(
            "order_amount",
            "订单金额",
            "order amount",
            ("orders",),
            _names(
                "order_amount|order_total|payment|订单实付金额|订单金额|买家实际支付金额|买家实付金额|应付金额|实收金额|"
                "订单总金额|订单总额|实付款|总金额"
            ),
            "整个订单的实付金额，可以在每行重复",
            "what was paid for the whole order; may be repeated on each line",
        ),
        Field(
            "status",
            "订单状态",
            "order status",
            ("orders",),
            _names("status|order_status|trade_status|订单状态|交易状态"),
            "未付款的行不导入，退款的行记为退货",
            "unpaid lines are refused, refunded ones become returns",
        ),
        Field(
            "full_name",
            "姓名",
            "name",
            ("people",),
            _names("name|full_name|customer_name|姓名|客户姓名|客户名称|客户昵称|昵称|备注名|名称"),
        ),
        Field("sex", "性别", "sex", ("people",), _names("sex|gender|性别")),
        Field("birthday", "生日", "birthday", ("people",), _names("birthday|birth_date|dob|生日|出生日期")),
        Field("province", "省份", "province", ("people",), _names("province|state|省|省份|所在省")),
        Field("city", "城市", "city", ("people",), _names("city|市|城市|所在市")),
        Field("occupation", "职业", "occupation", ("people",), _names("occupation|job|职业")),
        Field(
            "origin_source",
            "来源",
            "origin",
            ("people",),
            _names("source|origin|channel|来源|渠道|添加渠道|客户来源|添加方式|来源渠道"),
        ),
        Field(
            "origin_staff",
            "添加人",
            "added by",
            ("people",),
            _names("staff|owner|添加人|所属员工|跟进人|所属客服|企微员工|导购"),
        ),
        Field(
            "tags",
            "标签",
            "tags",
            ("people",),
            _names("tags|tag|labels|标签|客户标签|企业标签"),
            "多个标签用 、 , ; 或 | 分开；“组:标签”指明标签组",
            "several tags parted by , ; or |; “group:tag” names the group",
        ),
    )
}

IDENTIFIER_FIELDS: tuple[str, ...] = (
    "person",
    "phone",
    "email",
    "unionid",
    "external_userid",
    "member_card",
    "user_id",
    "anonymous_id",
)


def fields_of(kind: Kind) -> list[Field]:
    """What a column of this kind of file can mean."""
    return [each for each in FIELDS.values() if kind in each.kinds]


def spelled(header: str) -> str:
    """A header as it is compared: lower case, without blanks, punctuation and units in brackets."""
    text = re.sub(r"[(（\[【].*?[)）\]】]", "", header.strip().lower())
    return re.sub(r"[\s_\-./\\*:：#'\"]+", "", text)
