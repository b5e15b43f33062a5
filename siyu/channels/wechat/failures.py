"""What the codes of api.weixin.qq.com mean for official accounts and mini programs. A code that is not here is taken
for a mistake of ours."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.channels.platform.failures import Failure

INVALID_OPENID = 40003
NOT_FOLLOWING = 43004
NO_GRANT = 43101
WINDOW_CLOSED = 45015
WINDOW_USED = 45047
SENT_BEFORE = 45065

_NEW_TOKEN = ("微信不接受访问令牌。", "WeChat does not take the access token.")

FAILURES: Mapping[int, Failure] = {
    -1: Failure("passing", "微信系统繁忙。", "WeChat is busy.", "again"),
    40001: Failure("account", *_NEW_TOKEN, "new_token"),
    40002: Failure("ours", "取令牌的方式不正确。", "The way of getting a token is wrong."),
    INVALID_OPENID: Failure(
        "person", "OpenID 不正确，或不属于这个账号。", "The open id is wrong or another account's."
    ),
    40007: Failure("ours", "素材 ID 无效或已过期。", "The media id is wrong or has expired."),
    40008: Failure("ours", "消息类型不正确。", "The kind of message is wrong."),
    40013: Failure("account", "AppID 不正确。", "The app id is wrong."),
    40014: Failure("account", *_NEW_TOKEN, "new_token"),
    40029: Failure("person", "登录凭证无效或已使用。", "The sign-in code is wrong or was used."),
    40032: Failure("ours", "一次给出的用户过多。", "Too many users in one call."),
    40035: Failure("ours", "参数不正确。", "A parameter is wrong."),
    40037: Failure("ours", "模板 ID 不正确，或不属于这个账号。", "The template id is wrong or of another account."),
    40125: Failure("account", "AppSecret 不正确。", "The app secret is wrong."),
    40130: Failure("ours", "群发至少需要两位接收人。", "A mass message needs two receivers at least."),
    40163: Failure("person", "登录凭证已使用。", "The sign-in code was used."),
    40164: Failure("account", "本机 IP 不在公众平台的 IP 白名单中。", "This server's IP is not on the account's list."),
    40226: Failure("person", "微信认为该用户有风险。", "WeChat takes this user for a risk."),
    41001: Failure("ours", "缺少访问令牌。", "The access token is missing."),
    41030: Failure("ours", "小程序页面路径不存在。", "There is no such page in the mini program."),
    42001: Failure("account", "访问令牌已过期。", "The access token has expired.", "new_token"),
    NOT_FOLLOWING: Failure("person", "对方没有关注公众号。", "They do not follow the account."),
    NO_GRANT: Failure("person", "对方没有同意（或已用完）这个订阅消息。", "They have not agreed to this message."),
    44990: Failure("passing", "该接口调用过于频繁。", "This call was made too often.", "close", 60),
    45008: Failure("ours", "图文消息过长。", "The article is too long."),
    45009: Failure("passing", "该接口当日额度已用完。", "This call's quota of the day is used up.", "close", 3_600),
    45011: Failure("passing", "该接口调用过于频繁。", "This call was made too often.", "close", 60),
    WINDOW_CLOSED: Failure("person", "超出可回复的时间。", "The time in which one may answer is over."),
    45028: Failure("passing", "群发额度已用完。", "The quota of mass messages is used up.", "close", 3_600),
    WINDOW_USED: Failure("person", "可回复的条数已用完。", "All answers that are allowed have been sent."),
    45056: Failure("ours", "公众号标签数量已达上限。", "The account has as many tags as it may."),
    45057: Failure("ours", "该标签下粉丝过多，不能直接删除。", "Too many people have this tag to delete it."),
    45058: Failure("ours", "系统保留的标签不能修改。", "The platform's own tags can't be changed."),
    45059: Failure("person", "对方的标签数量已达上限。", "They have as many tags as they may."),
    SENT_BEFORE: Failure("ours", "这次群发已经提交过。", "This mass message was sent before."),
    45066: Failure("passing", "同一次群发重试过快。", "This mass message was repeated too soon.", "", 60),
    45157: Failure("ours", "公众号里已有同名标签。", "The account has a tag of this name."),
    45158: Failure("ours", "标签名过长（最多 30 字节）。", "The tag's name is too long (30 bytes at most)."),
    45159: Failure("ours", "标签不存在。", "There is no such tag."),
    47001: Failure("ours", "请求内容格式不正确。", "The call's body is not well-formed."),
    47003: Failure("ours", "模板内容不符合要求（字段缺失或超长）。", "The template's data are missing or too long."),
    48001: Failure("account", "账号没有这个接口的权限（多为未认证）。", "The account may not make this call."),
    48004: Failure("account", "该接口已被平台封禁。", "The platform has closed this call to the account."),
    49003: Failure("person", "对方没有关注公众号。", "They do not follow the account."),
    50002: Failure("account", "账号受限，请登录公众平台查看。", "The account is restricted; see its console."),
    85079: Failure("ours", "小程序还没有发布。", "The mini program has not been released."),
    85401: Failure("ours", "链接的有效期不正确。", "The link's life is wrong."),
    85402: Failure("passing", "当日生成的链接已达上限。", "As many links as allowed were made today.", "close", 3_600),
}
