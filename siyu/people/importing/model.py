"""What an import knows before it starts: kinds, the fields a column can mean, the plan, and why a row is refused.

Pure: no clock, no files, no SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from siyu.storage import BadInput

Kind = Literal["orders", "events", "people"]
KINDS: tuple[Kind, ...] = ("orders", "events", "people")

CELL_CHARACTERS_MAX = 32_767
"""What a spreadsheet cell can hold; a longer one is a broken quote or an attack."""

COLUMNS_MAX = 1_024
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
            "同一订单号的各行合成一个订单；没有这一列时每行是一个订单",
            "lines with one number make one order; without this column every row is an order",
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
    return [each for each in FIELDS.values() if kind in each.kinds]


def spelled(header: str) -> str:
    """A header as it is compared: lower case, without blanks, punctuation and units in brackets."""
    text = re.sub(r"[(（\[【].*?[)）\]】]", "", header.strip().lower())
    return re.sub(r"[\s_\-./\\*:：#'\"]+", "", text)


# ------------------------------------------------------------------------------------------------ why a row is refused


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is refused, in words that name what to mend."""

    code: str
    zh: str
    en: str


REASONS: Mapping[str, Reason] = {
    each.code: each
    for each in (
        Reason("cells_wrong", "单元格数与表头不一致", "the number of cells differs from the header"),
        Reason("cell_too_long", f"单元格超过 {CELL_CHARACTERS_MAX} 个字符", "a cell is longer than 32,767 characters"),
        Reason("unreadable", "含有无法识别的字符（编码混乱）", "characters can't be read (mixed encodings)"),
        Reason("formula", "单元格是公式，不是值", "a cell holds a formula, not a value"),
        Reason("person_missing", "缺少客户", "the customer is missing"),
        Reason("person_bad", "客户标识无效", "the customer identifier is not valid"),
        Reason("order_missing", "缺少订单号", "the order number is missing"),
        Reason("id_corrupt", "编号已损坏（科学计数法）", "a number was damaged by e-notation"),
        Reason("id_too_long", "编号过长", "an identifier is too long"),
        Reason("time_missing", "缺少时间", "the time is missing"),
        Reason("time_bad", "时间无法识别", "the time can't be read"),
        Reason("time_future", "时间在未来", "the time is in the future"),
        Reason("time_too_old", "时间早于 1970 年", "the time is before 1970"),
        Reason("quantity_bad", "数量无效", "the quantity is not a number"),
        Reason("quantity_zero", "数量为零", "the quantity is zero"),
        Reason("quantity_negative", "数量为负", "the quantity is negative"),
        Reason("price_missing", "缺少价格", "the price is missing"),
        Reason("price_bad", "价格无效", "the price is not a number"),
        Reason("price_negative", "价格为负", "the price is negative"),
        Reason("not_paid", "订单未付款或已关闭", "the order is not paid or was closed"),
        Reason("status_unknown", "订单状态无法识别", "the order status is not known"),
        Reason("name_missing", "缺少事件名", "the event name is missing"),
        Reason("name_bad", "事件名无效", "the event name is not valid"),
        Reason("sex_bad", "性别无法识别", "the sex can't be read"),
        Reason("birthday_bad", "生日无法识别", "the birthday can't be read"),
        Reason("consent_bad", "同意一列只能是 是/否", "consent must be yes or no"),
    )
}
"""In the order in which they are looked for: a row is counted under its first."""


# --------------------------------------------------------------------------------------------------------- the plan

RETURN_RULES: tuple[str, ...] = ("negative", "prefix", "none")
SOURCE_PATTERN = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read. Everything in it can be seen and changed before the import starts.

    ``mapping``: field → header. ``encoding``, ``delimiter``, ``sheet``: None = found out.
    ``returns``: which lines are returns: ``negative`` (quantity or amount below zero), ``prefix`` (those, and
    orders whose number is ``return_prefix`` and digits), ``none`` (a negative quantity is refused).
    ``day_first``: 3/4/2024 is the third of April. ``free_lines``: lines at price 0 (gifts) are kept.
    ``numbers``: columns of properties that are numbers. ``notice``, ``evidence``: of consents in the file.
    """

    kind: Kind
    source: str
    timezone: str
    mapping: Mapping[str, str]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: bool = True
    returns: str = "negative"
    return_prefix: str = "C"
    day_first: bool = False
    free_lines: bool = False
    numbers: Sequence[str] = ()
    event_name: str = ""
    notice: str = ""
    evidence: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def plan_from(data: Mapping[str, Any]) -> Plan:
    """A plan from its JSON form. Unknown members and wrong types raise :class:`BadInput`."""
    known = set(Plan.__dataclass_fields__)
    if unknown := set(data) - known:
        name = min(unknown)
        raise BadInput("unknown_setting", f"未知的导入设置“{name}”。", f"Unknown import setting “{name}”.", field=name)
    values = dict(data)
    for name in ("kind", "source", "timezone", "mapping"):
        if name not in values:
            raise BadInput("setting_missing", f"缺少“{name}”。", f"“{name}” is missing.", field=name)
    values["numbers"] = tuple(values.get("numbers") or ())
    return checked(Plan(**values))


def checked(plan: Plan) -> Plan:
    """The plan, if it can be followed. Raises :class:`BadInput` naming the setting."""
    if plan.kind not in KINDS:
        raise BadInput(
            "unknown_kind",
            f"不能导入“{plan.kind}”，可以导入：orders（订单）、events（事件）、people（客户）。",
            f"Can't import “{plan.kind}”; known kinds: orders, events, people.",
            field="kind",
        )
    if not isinstance(plan.source, str) or not SOURCE_PATTERN.fullmatch(plan.source):
        raise BadInput(
            "bad_source",
            "来源名只能用字母、数字、点、横线和下划线，最多 64 个字符，例如 youzan。",
            "A source's name has letters, digits, dots, dashes and underscores only, 64 at most, such as youzan.",
            field="source",
        )
    check_timezone(plan.timezone)
    if plan.returns not in RETURN_RULES:
        raise BadInput(
            "unknown_returns",
            f"退货规则“{plan.returns}”未知，可用：{'、'.join(RETURN_RULES)}。",
            f"Unknown rule for returns “{plan.returns}”; known: {', '.join(RETURN_RULES)}.",
            field="returns",
        )
    _check_mapping(plan)
    return plan


def check_timezone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises :class:`BadInput`."""
    if not isinstance(name, str) or name not in available_timezones():
        raise BadInput(
            "unknown_timezone",
            f"未知的时区“{str(name)[:60]}”，请用 Asia/Shanghai 这样的名称。",
            f"Unknown time zone “{str(name)[:60]}”; use a name such as Asia/Shanghai.",
            field="timezone",
        )
    return ZoneInfo(name)


def _check_mapping(plan: Plan) -> None:
    known = {each.name for each in fields_of(plan.kind)}
    for name, column in plan.mapping.items():
        if name not in known and not (name.startswith(FREE_PREFIXES) and name.partition(".")[2]):
            raise BadInput(
                "unknown_field",
                f"未知的字段“{name[:60]}”。可用字段：{'、'.join(sorted(known))}、property.<名称>。",
                f"Unknown field “{name[:60]}”. Known fields: {', '.join(sorted(known))}, property.<name>.",
                field=f"mapping.{name}",
            )
        if not isinstance(column, str) or not column:
            raise BadInput(
                "bad_mapping",
                f"字段“{name}”没有对应的列。",
                f"Field “{name}” names no column.",
                field=f"mapping.{name}",
            )
    if not any(name in plan.mapping for name in IDENTIFIER_FIELDS):
        raise BadInput(
            "no_person_column",
            "没有指明哪一列是客户（客户号、手机号、邮箱…）。请指定，例如 --map person=客户号。",
            "No column says who the customer is (number, phone, e-mail…). Name one, such as --map person=CustomerID.",
            field="mapping.person",
        )
    if plan.kind in _FACTS and "time" not in plan.mapping:
        raise BadInput(
            "no_time_column",
            "没有指明哪一列是时间。请指定，例如 --map time=付款时间。",
            "No column says when it happened. Name one, such as --map time=InvoiceDate.",
            field="mapping.time",
        )
    if plan.kind == "orders" and not {"price", "amount", "order_amount"} & set(plan.mapping):
        raise BadInput(
            "no_price_column",
            "没有指明价格或金额所在的列。请指定，例如 --map price=单价。",
            "No column holds the price or the amount. Name one, such as --map price=UnitPrice.",
            field="mapping.price",
        )
    if plan.kind == "events" and "name" not in plan.mapping and not plan.event_name:
        raise BadInput(
            "no_name_column",
            "没有指明事件名所在的列，也没有给出统一的事件名。",
            "No column holds the event name, and no name for all rows was given.",
            field="mapping.name",
        )


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rows refused so far, by reason: how many, and the first row."""

    counts: dict[str, int] = field(default_factory=dict)
    first_rows: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, count: int, first_row: int) -> None:
        if count:
            self.counts[code] = self.counts.get(code, 0) + count
            self.first_rows[code] = min(self.first_rows.get(code, first_row), first_row)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def as_json(self) -> list[dict[str, Any]]:
        """By count, largest first."""
        return [
            {
                "code": code,
                "zh": REASONS[code].zh,
                "en": REASONS[code].en,
                "count": count,
                "first_row": self.first_rows[code],
            }
            for code, count in sorted(self.counts.items(), key=lambda entry: -entry[1])
        ]
