"""What the words for an order's state mean, as shops and platforms write them (compared in lower case)."""

from __future__ import annotations

PAID = frozenset(
    {"已付款", "买家已付款", "等待卖家发货", "待发货", "部分发货", "卖家已发货", "已发货", "待收货", "已收货", "已签收"}
    | {"待评价", "已评价", "交易成功", "交易完成", "已完成", "完成", "成功", "待核销", "已核销", "待自提", "已自提"}
    | {"paid", "shipped", "delivered", "completed", "complete", "success", "finished", "fulfilled"}
    | {"trade_success", "trade_finished", "wait_seller_send_goods", "wait_buyer_confirm_goods", "trade_buyer_signed"}
)

RETURNED = frozenset(
    {"已退款", "退款成功", "全额退款", "已退货", "退货完成", "退货退款", "refunded", "returned", "refund_success"}
)

UNPAID = frozenset(
    {"待付款", "未付款", "等待买家付款", "待支付", "未支付", "已关闭", "交易关闭", "订单关闭", "关闭"}
    | {"已取消", "取消", "交易取消", "pending", "unpaid", "closed", "cancelled", "canceled", "voided"}
    | {"trade_closed", "trade_closed_by_taobao", "wait_buyer_pay"}
)
