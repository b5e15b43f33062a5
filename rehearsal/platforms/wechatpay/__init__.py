"""WeChat Pay 微信支付: transfers to people's balance, signed both ways; one bill a number."""

from rehearsal.platforms.wechatpay.routes import wechatpay
from rehearsal.platforms.wechatpay.world import Pay

__all__ = ["Pay", "wechatpay"]
