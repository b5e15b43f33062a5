"""Ready mappings for exports of platforms that shops use: each applies where all its tell-tale headers are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from siyu.people.importing.fields import Kind, spelled


@dataclass(frozen=True, slots=True)
class Preset:
    """``tells``: headers that together give the export away. ``fields``: field → headers, best first."""

    name: str
    zh: str
    en: str
    kind: Kind
    tells: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]

    def mapping_of(self, columns: Sequence[str]) -> dict[str, str]:
        by_spelling = {spelled(column): column for column in reversed(columns)}
        mapping: dict[str, str] = {}
        for field, headers in self.fields.items():
            column = next((by_spelling[spelled(each)] for each in headers if spelled(each) in by_spelling), None)
            if column is not None and column not in mapping.values():
                mapping[field] = column
        return mapping


PRESETS: tuple[Preset, ...] = (
    Preset(
        "youzan",
        "有赞订单导出",
        "Youzan order export",
        "orders",
        ("订单号", "买家付款时间", "商品名称"),
        {
            "order": ("订单号",),
            "status": ("订单状态",),
            "time": ("买家付款时间", "订单创建时间"),
            "phone": ("买家手机号", "客户手机号"),
            "person": ("买家id", "客户编号", "买家昵称"),
            "sku": ("规格编码", "商品编码", "商品id"),
            "title": ("商品名称",),
            "category": ("商品类目", "商品分组"),
            "quantity": ("商品数量", "数量"),
            "price": ("商品单价", "商品优惠后价格"),
            "amount": ("商品实际成交金额", "商品金额合计"),
            "order_amount": ("订单实付金额",),
        },
    ),
    Preset(
        "taobao",
        "淘宝 / 天猫订单导出",
        "Taobao / Tmall order export",
        "orders",
        ("订单编号", "买家会员名"),
        {
            "order": ("主订单编号", "订单编号"),
            "status": ("订单状态",),
            "time": ("订单付款时间", "订单创建时间"),
            "person": ("买家会员名", "买家旺旺"),
            "phone": ("联系手机",),
            "sku": ("商家编码", "外部系统编号", "宝贝编号"),
            "title": ("宝贝标题", "标题"),
            "quantity": ("购买数量", "宝贝总数量"),
            "price": ("价格", "商品价格"),
            "order_amount": ("买家实际支付金额", "买家实付金额"),
        },
    ),
    Preset(
        "douyin_shop",
        "抖店订单导出",
        "Douyin shop order export",
        "orders",
        ("主订单编号", "选购商品"),
        {
            "order": ("主订单编号",),
            "status": ("订单状态",),
            "time": ("支付完成时间", "订单提交时间"),
            "person": ("用户id", "用户昵称"),
            "phone": ("收件人手机号", "收件电话"),
            "sku": ("商家编码", "商品id"),
            "title": ("选购商品",),
            "quantity": ("商品数量",),
            "price": ("商品单价",),
            "amount": ("订单应付金额",),
        },
    ),
    Preset(
        "weiban",
        "微伴客户导出",
        "WeiBan customer export",
        "people",
        ("客户昵称", "添加时间"),
        {
            "external_userid": ("外部联系人id", "external_userid", "客户id"),
            "unionid": ("unionid",),
            "phone": ("手机号", "电话", "备注手机号"),
            "full_name": ("备注名", "客户姓名", "客户昵称"),
            "sex": ("性别",),
            "birthday": ("生日",),
            "origin_source": ("添加渠道", "来源", "添加方式"),
            "origin_staff": ("所属员工", "添加人", "跟进人"),
            "tags": ("企业标签", "客户标签", "标签"),
        },
    ),
    Preset(
        "wecom_scrm",
        "企微 SCRM 客户导出",
        "WeCom SCRM customer export",
        "people",
        ("客户名称", "添加人"),
        {
            "external_userid": ("external_userid", "外部联系人id", "客户id"),
            "unionid": ("unionid",),
            "phone": ("手机号", "手机"),
            "full_name": ("备注名", "客户名称"),
            "sex": ("性别",),
            "origin_source": ("添加渠道", "渠道", "来源"),
            "origin_staff": ("添加人",),
            "tags": ("企业标签", "客户标签", "标签"),
        },
    ),
)


def preset_for(kind: Kind, columns: Sequence[str]) -> Preset | None:
    """The preset whose tell-tale headers are all there."""
    present = {spelled(column) for column in columns}
    return next(
        (each for each in PRESETS if each.kind == kind and all(spelled(tell) in present for tell in each.tells)), None
    )
