"""What WeCom's error codes mean (document 90313). A code that is not here is taken for a mistake of ours."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.channels.platform.failures import Failure

FAILURES: Mapping[int, Failure] = {
    -1: Failure("passing", "企业微信系统繁忙。", "WeCom is busy.", "again"),
    40001: Failure("account", "应用密钥不正确，或应用已停用。", "The app secret is wrong, or the app is off."),
    40003: Failure("ours", "成员不存在或已离职。", "There is no such member, or they have left."),
    40013: Failure("account", "企业 ID 不正确。", "The corp id is wrong."),
    40014: Failure("account", "企业微信不接受访问令牌。", "WeCom does not take the access token.", "new_token"),
    40035: Failure("ours", "参数不正确。", "A parameter is wrong."),
    40056: Failure("account", "应用 ID 不正确。", "The agent id is wrong."),
    40058: Failure("ours", "参数不正确或列表过长。", "A parameter is wrong or a list too long."),
    40096: Failure("person", "客户不存在，或不在应用可见范围内。", "There is no such customer, or not within sight."),
    40098: Failure("ours", "成员未实名认证。", "The member has not proved their name."),
    41001: Failure("ours", "缺少访问令牌。", "The access token is missing."),
    41048: Failure("person", "没有可以发送的客户。", "No customer can receive this."),
    41049: Failure("ours", "缺少欢迎语凭证。", "The welcome code is missing."),
    41050: Failure("person", "欢迎语凭证无效或已过 20 秒。", "The welcome code is wrong or older than 20 seconds."),
    41051: Failure("person", "已经开始聊天，或已发过欢迎语。", "They chat already, or were welcomed already."),
    41053: Failure("person", "客户尚未同意会话存档。", "The customer has not agreed to archiving yet."),
    41054: Failure("ours", "成员从未登录或未实名认证。", "The member never signed in or has not proved their name."),
    41063: Failure("passing", "群发任务还在分发。", "The mass message is still being dispatched.", "again", 10),
    41079: Failure("passing", "朋友圈任务还在分发。", "The moment is still being dispatched.", "again", 10),
    41096: Failure("passing", "另一个应用正在发欢迎语。", "Another app is sending a welcome.", "again"),
    42001: Failure("account", "访问令牌已过期。", "The access token has expired.", "new_token"),
    45009: Failure("passing", "该接口调用过于频繁。", "This call was made too often.", "close", 60),
    45024: Failure("account", "账号数量达到上限。", "The number of accounts is at its limit."),
    45029: Failure("ours", "应答过大，请减小每页条数。", "The answer is too large; ask for smaller pages."),
    45033: Failure("passing", "该接口同时调用过多。", "Too many of these calls at once.", "narrow"),
    48002: Failure("account", "应用未被允许调用该接口。", "The app is not allowed to make this call."),
    50002: Failure("ours", "成员或部门不在应用可见范围内。", "The member or department is not within the app's sight."),
    60011: Failure("ours", "成员、部门或标签不在应用可见范围内。", "Not within the app's sight."),
    60020: Failure("account", "本机 IP 不在企业可信 IP 中。", "This server's IP is not among the trusted ones."),
    60111: Failure("ours", "成员不存在或不在可见范围内。", "There is no such member, or not within sight."),
    84061: Failure("person", "与客户没有好友关系。", "There is no friendship with the customer."),
    84074: Failure("account", "没有客户联系权限。", "There is no permission for customer contact."),
    84084: Failure("person", "不是该成员的客户。", "Not a customer of this member."),
}

NO_FRIENDSHIP = 84061
"""Also the answer for a member who has no customer at all."""
