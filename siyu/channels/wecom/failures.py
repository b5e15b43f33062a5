"""What WeCom's error codes mean (document 90313). A code that is not here is taken for a mistake of ours.

A row: code(s), Chinese, English; further what the client does by itself and after how many seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siyu.channels.platform.failures import Failure, Kind

Rows = Mapping[int | tuple[int, ...], tuple[Any, ...]]

_PASSING: Rows = {
    -1: ("企业微信系统繁忙。", "WeCom is busy.", "again"),
    41063: ("群发任务还在分发。", "The mass message is still being dispatched.", "again", 10),
    41078: ("正在进行的朋友圈任务过多。", "Too many moment tasks are running.", "", 600),
    41079: ("朋友圈任务还在分发。", "The moment is still being dispatched.", "again", 10),
    41096: ("另一个应用正在发欢迎语。", "Another app is sending a welcome.", "again"),
    45009: ("该接口调用过于频繁。", "This call was made too often.", "close", 60),
    45033: ("该接口同时调用过多。", "Too many of these calls at once.", "narrow"),
}

_ACCOUNT: Rows = {
    40001: ("应用密钥不正确，或应用已停用。", "The app secret is wrong, or the app is off."),
    40013: ("企业 ID 不正确。", "The corp id is wrong."),
    40014: ("企业微信不接受访问令牌。", "WeCom does not take the access token.", "new_token"),
    40056: ("应用 ID 不正确。", "The agent id is wrong."),
    42001: ("访问令牌已过期。", "The access token has expired.", "new_token"),
    42009: ("服务商令牌已过期。", "The provider's token has expired."),
    45024: ("账号数量达到上限。", "The number of accounts is at its limit."),
    48002: ("应用未被允许调用该接口。", "The app is not allowed to make this call."),
    60020: ("本机 IP 不在企业可信 IP 中。", "This server's IP is not among the trusted ones."),
    84074: ("没有客户联系权限。", "There is no permission for customer contact."),
    301042: ("本机 IP 不在会话存档的可信 IP 中。", "This server's IP is not trusted for the chat archive."),
    301052: ("会话存档已到期。", "The chat archive has expired."),
    301053: ("会话存档未开启。", "The chat archive is not switched on."),
    610015: ("微信开发者账号未认证。", "The WeChat developer account is not verified."),
    tuple(range(701001, 701100)): ("接口调用许可不足或已过期。", "The licence for calls is missing or has expired."),
}

_PERSON: Rows = {
    40096: ("客户不存在，或不在应用可见范围内。", "There is no such customer, or not within sight."),
    40100: ("客户正在转接中。", "The customer is being handed over already."),
    40128: ("客户 90 天内已被转接两次。", "The customer was handed over twice within 90 days."),
    40129: ("客户正在转接中。", "The customer is being handed over already."),
    41048: ("没有可以发送的客户。", "No customer can receive this."),
    41050: ("欢迎语凭证无效或已过 20 秒。", "The welcome code is wrong or older than 20 seconds."),
    41051: ("已经开始聊天，或已发过欢迎语。", "They chat already, or were welcomed already."),
    41053: ("客户尚未同意会话存档。", "The customer has not agreed to archiving yet."),
    84061: ("与客户没有好友关系。", "There is no friendship with the customer."),
    84084: ("不是该成员的客户。", "Not a customer of this member."),
    95001: (
        "48 小时内已发满 5 条，等客户再次发消息。",
        "Five messages within 48 hours; the customer must write first.",
    ),
    95002: ("客户 48 小时内没有发过消息。", "The customer has not written within 48 hours."),
    95003: ("客户没有发起过会话。", "The customer never began a conversation."),
    95018: ("会话状态不允许发送。", "The conversation's state does not allow sending."),
    95031: ("客户 48 小时内没有会话，读不到资料。", "No conversation within 48 hours, so the customer can't be read."),
    610004: ("不是本企业的客户。", "Not a customer of this company."),
    610014: ("UnionID 不正确。", "The union id is wrong."),
    610018: ("OpenID 与 UnionID 不匹配。", "Open id and union id don't belong together."),
}

_OURS: Rows = {
    40003: ("成员不存在或已离职。", "There is no such member, or they have left."),
    (40029, 42022): ("登录凭证无效或已用过，请重新登录。", "The sign-in code is wrong or used; sign in again."),
    40035: ("参数不正确。", "A parameter is wrong."),
    40058: ("参数不正确或列表过长。", "A parameter is wrong or a list too long."),
    (40066, 60123): ("部门不存在。", "There is no such department."),
    40068: ("标签不存在。", "There is no such tag."),
    40071: ("标签名已存在。", "The tag's name exists already."),
    40097: ("成员尚未离职，请用在职转接。", "The member has not left; hand over from one on duty."),
    40098: ("成员未实名认证。", "The member has not proved their name."),
    40099: ("接替成员的客户数已达上限。", "The taker's number of customers is at its limit."),
    40130: ("移交与接替不能是同一成员。", "A customer can't be handed to the same member."),
    41001: ("缺少访问令牌。", "The access token is missing."),
    (41037, 41038, 41039, 41040, 41042, 41043): (
        "渠道码的参数缺失或不正确。",
        "A parameter of the code is missing or wrong.",
    ),
    41041: ("一个渠道码最多 100 名成员（部门展开后）。", "One code leads to at most 100 members."),
    41044: ("渠道码不存在。", "There is no such code."),
    41045: ("渠道码数量已达上限，请删除不用的。", "The number of codes is at its limit; delete unused ones."),
    (41046, 41047): ("群发任务编号缺失或不存在。", "The mass message's id is missing or unknown."),
    41049: ("缺少欢迎语凭证。", "The welcome code is missing."),
    41054: ("成员从未登录或未实名认证。", "The member never signed in or has not proved their name."),
    41055: ("入群欢迎语素材数量已达上限。", "The number of group welcomes is at its limit."),
    41058: ("不是本应用的入群欢迎语素材。", "The group welcome is not this app's."),
    (41059, 41060): ("朋友圈编号缺失或不存在。", "The moment's id is missing or unknown."),
    41061: ("不是该成员的朋友圈。", "The moment is not this member's."),
    41062: ("朋友圈尚未发表。", "The moment is not published yet."),
    41064: ("朋友圈附件过多。", "The moment has too many attachments."),
    41065: ("朋友圈附件类型不正确或混用。", "The moment's attachments are of a wrong or mixed kind."),
    41067: ("朋友圈类型不正确。", "The moment is of the wrong kind."),
    41089: ("朋友圈附件为空。", "The moment's attachments are empty."),
    (41068, 41069, 41070, 41071, 41076, 41077, 41083, 41084): (
        "敏感词规则不正确。",
        "The rule for sensitive words is wrong.",
    ),
    (41073, 41074, 41075, 41085, 41086, 41087): ("商品图册不正确。", "The product album is wrong."),
    41091: ("一个入群码最多 5 个群。", "One code leads to at most 5 groups."),
    41093: ("群发任务已停止。", "The mass message was cancelled."),
    41094: ("提醒次数已达上限。", "No more reminders are allowed."),
    41095: ("获客链接数量已达上限。", "The number of acquisition links is at its limit."),
    41098: ("获客链接由其他应用创建。", "The acquisition link is another app's."),
    45029: ("应答过大，请减小每页条数。", "The answer is too large; ask for smaller pages."),
    50001: ("跳转地址不在可信域名内。", "The address is not within a trusted domain."),
    50002: ("成员或部门不在应用可见范围内。", "The member or department is not within the app's sight."),
    60011: ("成员、部门或标签不在应用可见范围内。", "Not within the app's sight."),
    60111: ("成员不存在或不在可见范围内。", "There is no such member, or not within sight."),
    60136: ("没有这条记录。", "There is no such record."),
    81013: ("接收人全部无效。", "All receivers are invalid."),
    81017: ("可见成员过多，须按群主查询。", "Too many members within sight; ask by owner."),
    84083: ("不是客服人员。", "Not a member who serves customers."),
    90500: ("群主尚未离职。", "The group's owner has not left."),
    90501: ("不是客户群。", "Not a customer group."),
    90502: ("群主已离职。", "The group's owner has left."),
    90507: ("群正在继承中。", "The group is being handed over."),
    90508: ("群已被继承。", "The group was handed over already."),
    90509: ("不是企业微信群。", "Not a WeCom group."),
    (95000, 95004, 95005): ("客服账号不存在或不可用。", "The service account does not exist or can't be used."),
    (95011, 95012, 95013, 95014, 95015, 95016, 95017): (
        "客服会话状态不允许该操作。",
        "The conversation's state does not allow this.",
    ),
    (95026, 95027): ("客服消息的凭证无效或已过期。", "The code for the service message is wrong or has expired."),
    301002: ("应用只能管理自己创建的标签。", "The app may change only tags of its own."),
    301058: ("会话存档每页条数过大。", "The archive's pages are too large."),
    610003: ("场景值不正确。", "The scene is wrong."),
    610017: ("小程序主体与企业不同。", "The mini program belongs to another company."),
}


def _failures(kind: Kind, rows: Rows) -> dict[int, Failure]:
    return {
        code: Failure(kind, *row)
        for codes, row in rows.items()
        for code in (codes if isinstance(codes, tuple) else (codes,))
    }


FAILURES: Mapping[int, Failure] = {
    **_failures("passing", _PASSING),
    **_failures("account", _ACCOUNT),
    **_failures("person", _PERSON),
    **_failures("ours", _OURS),
}

NO_FRIENDSHIP = 84061
"""Also the answer for a member who has no customer at all."""
NO_SUCH_CUSTOMER = 40096
NO_SUCH_RECORD = 60136
NO_SUCH_TAG = 40068
"""Also for a tag that was deleted meanwhile."""
