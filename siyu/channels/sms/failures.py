"""What the service's codes mean. A code that is not here is taken for a mistake of ours."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.channels.platform.failures import Failure

LIMITED = "isv.BUSINESS_LIMIT_CONTROL"
"""Too many to one phone; its words say in which span of time."""
MINUTE = "分钟"
MINUTE_SECONDS = 65.0

FAILURES: Mapping[str, Failure] = {
    # this person
    LIMITED: Failure("person", "发给这个号码的短信已达平台上限。", "This phone had as many as the service allows."),
    "isv.MOBILE_NUMBER_ILLEGAL": Failure("person", "手机号不正确。", "The phone number is wrong."),
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": Failure(
        "person", "这个模板不支持该号码所在地区。", "The template does not serve this number's region."
    ),
    # passing
    "isp.SYSTEM_ERROR": Failure("passing", "短信平台内部出错。", "The service had a fault of its own.", "again"),
    "ServiceUnavailable": Failure("passing", "短信平台暂时不可用。", "The service is not available.", "again"),
    "SignatureNonceUsed": Failure("passing", "请求重复，换一个随机数再试。", "A repeated request; again.", "again"),
    "Throttling": Failure("passing", "调用过于频繁。", "Called too often.", "close", 2),
    "Throttling.User": Failure("passing", "调用过于频繁。", "Called too often.", "close", 2),
    "Throttling.Api": Failure("passing", "调用过于频繁。", "Called too often.", "close", 2),
    "isv.DAY_LIMIT_CONTROL": Failure(
        "passing", "已达控制台设置的日发送限额。", "The day's limit set in the console is reached.", "", 3_600
    ),
    # ours: the template or its variables
    "isv.SMS_TEMPLATE_ILLEGAL": Failure("ours", "模板不存在或未通过审核。", "No such template, or not approved."),
    "isv.TEMPLATE_MISSING_PARAMETERS": Failure("ours", "缺少模板变量。", "A variable of the template is missing."),
    "isv.TEMPLATE_PARAMS_ILLEGAL": Failure("ours", "模板变量不合规范。", "A variable breaks the template's rules."),
    "isv.INVALID_JSON_PARAM": Failure("ours", "模板变量格式不正确。", "The variables are not well-formed."),
    "isv.PARAM_LENGTH_LIMIT": Failure("ours", "模板变量过长。", "A variable is too long."),
    "isv.PARAM_NOT_SUPPORT_URL": Failure("ours", "模板变量不能含网址。", "A variable may not hold an address."),
    "isv.BLACK_KEY_CONTROL_LIMIT": Failure("ours", "变量中有禁用词。", "A variable holds forbidden words."),
    "isv.SMS_CONTENT_ILLEGAL": Failure("ours", "短信内容不被允许。", "The text is not allowed."),
    "isv.INVALID_PARAMETERS": Failure("ours", "参数不正确。", "A parameter is wrong."),
    "isv.MOBILE_COUNT_OVER_LIMIT": Failure("ours", "号码过多。", "Too many numbers."),
    # stop the account
    "isv.SMS_SIGNATURE_ILLEGAL": Failure("account", "签名不存在或未通过审核。", "No such signature, or not approved."),
    "isv.SMS_SIGN_ILLEGAL": Failure("account", "签名已被禁用。", "The signature is forbidden."),
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": Failure(
        "account", "签名与模板类型不符。", "The template is not for this signature."
    ),
    "isv.OUT_OF_SERVICE": Failure("account", "业务停机，请充值。", "Out of service: top up."),
    "isv.AMOUNT_NOT_ENOUGH": Failure("account", "余额不足，请充值。", "The balance is too low: top up."),
    "isv.PRODUCT_UN_SUBSCRIPT": Failure("account", "没有开通短信服务。", "The service has not been opened."),
    "isv.PRODUCT_UNSUBSCRIBE": Failure("account", "没有开通短信服务。", "The service has not been opened."),
    "isv.ACCOUNT_NOT_EXISTS": Failure("account", "账户不存在。", "There is no such account."),
    "isv.ACCOUNT_ABNORMAL": Failure("account", "账户异常。", "Something is wrong with the account."),
    "isv.MONTH_LIMIT_CONTROL": Failure(
        "account", "已达控制台设置的月发送限额。", "The month's limit set in the console is reached."
    ),
    "isv.DENY_IP_RANGE": Failure("account", "本机所在地区不允许调用。", "Calls from this region are not allowed."),
    "isp.RAM_PERMISSION_DENY": Failure("account", "AccessKey 没有短信权限。", "The access key lacks the right to SMS."),
    "Forbidden.RAM": Failure("account", "AccessKey 没有短信权限。", "The access key lacks the right to SMS."),
    "InvalidAccessKeyId.NotFound": Failure("account", "AccessKey ID 不存在。", "There is no such access key."),
    "InvalidAccessKeyId.Inactive": Failure("account", "AccessKey 已停用。", "The access key is disabled."),
    "SignatureDoesNotMatch": Failure("account", "AccessKey Secret 不正确。", "The access key secret is wrong."),
    "InvalidTimeStamp.Expired": Failure("account", "本机时钟不准。", "This machine's clock is wrong."),
}
