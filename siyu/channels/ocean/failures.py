"""What Ocean Engine's codes mean. A code that is not here is taken for a mistake of ours."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.channels.platform.failures import Failure

FAILURES: Mapping[int, Failure] = {
    40001: Failure("ours", "参数不正确。", "A parameter is wrong."),
    40002: Failure("account", "没有权限：请检查应用权限和广告主授权。", "Not permitted: check the app's rights."),
    40100: Failure("passing", "调用过于频繁。", "Called too often.", "close", 60),
    40102: Failure("account", "访问令牌已过期。", "The access token has expired.", "new_token"),
    40103: Failure("account", "刷新令牌已过期，请重新授权。", "The refresh token has expired; authorise again."),
    40104: Failure("ours", "缺少访问令牌。", "The access token is missing."),
    40105: Failure("account", "访问令牌不正确。", "The access token is wrong.", "new_token"),
    40107: Failure("account", "刷新令牌不正确，请重新授权。", "The refresh token is wrong; authorise again."),
    40110: Failure("passing", "调用过于频繁。", "Called too often.", "close", 60),
    50000: Failure("passing", "巨量引擎系统繁忙。", "Ocean Engine is busy.", "again"),
}
