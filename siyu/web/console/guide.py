"""The guide inside the console: the pages of docs/guide in the reader's language, and which page explains which."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

import siyu
from siyu.storage import NotFound
from siyu.web.current import current, t
from siyu.web.routes import SIGNED_IN, page
from siyu.web.view import Html, View, templates

PACKED = Path(__file__).parents[1] / "guide"
"""Where a wheel holds them; in the source tree they stand in docs."""

IN_SOURCE = Path(siyu.__file__).parents[1] / "docs" / "guide"

ABOUT: Mapping[str, tuple[str, str]] = {
    "look-around": ("一万名虚构的客户，一键开店，先看再用。", "Ten thousand invented people, one click away."),
    "import-your-orders": ("Excel、CSV 直接上传：核对、试算、写入。", "Upload Excel or CSV: map, rehearse, store."),
    "connect-your-shop": (
        "有赞、抖店、淘宝的订单自动进来。",
        "Orders of Youzan, Douyin and Taobao come by themselves.",
    ),
    "connect-wechat": (
        "粉丝、来信、扫码进时间线，消息先过分寸再发。",
        "Followers, messages and scans on the timeline; sending under the guard.",
    ),
    "connect-sms": (
        "模板短信按人填写，送达和回复进时间线，回复 R 即退订。",
        "Template messages, reports and replies on the timeline; R unsubscribes.",
    ),
    "send-events": ("让网站、小程序和收银台自动上报。", "Have site, mini program and till report by themselves."),
    "people": ("找人、看一个人的全部经过、打标签、合并。", "Find people, read their history, tag, merge."),
    "your-first-audience": ("用条件圈人，人数随时看得见。", "Say whom you mean; see how many at once."),
    "points": (
        "怎么得、怎么用、退货怎么收、给会计看什么。",
        "Earning, spending, returns, what the accountant asks for.",
    ),
    "tiers": (
        "银卡、金卡、钻石卡：怎么升、怎么保级、有什么权益，先试算再上线。",
        "Silver, gold, diamond: the way up, the way to stay, what each may; tried on the past first.",
    ),
    "care": (
        "生日（农历也行）、入会纪念、小惊喜：预算内，一年一次，效果看得见。",
        "Birthdays by both calendars, anniversaries, surprises: within a budget, once a year, with their effect.",
    ),
    "layers": ("每位客户在哪一层，界限由您定。", "Which layer everybody is in, by your limits."),
    "your-first-broadcast": ("从写内容到看真实效果。", "From writing to its true effect."),
    "guard": (
        "每条消息都要过的规则：上限、7:3、冷静期、疲劳度、试算。",
        "The rules every message passes: caps, 7 : 3, cool-down, tiredness, what-if.",
    ),
    "wecom": (
        "欢迎语、员工确认的群发、客服会话。",
        "Welcomes, messages that advisers confirm, service conversations.",
    ),
    "journeys": (
        "画一遍，之后每位客户自己一步步走。",
        "Drawn once; then everybody goes their own way, step by step.",
    ),
    "staff-tasks": (
        "布置给顾问的任务：话术、时限、上报、模板。",
        "What advisers have to do: scripts, clocks, passing up, templates.",
    ),
    "golden-72-hours": (
        "新客头三天：手册、问候、问卷、推荐，一键起草。",
        "The first three days of a newcomer, from a ready journey.",
    ),
    "live-codes": (
        "一个永久的码，后面的人和群随时可换。",
        "One code for good, whoever stands behind it.",
    ),
    "touchpoints": (
        "客户从哪来、花了多少、留下多少；入池路径；首批邀请名单。",
        "Where people come from, what it cost, who stayed; entry paths; the first invitations.",
    ),
    "wording": (
        "违禁用语、行话、太吵、没有钩子：边写边提示怎么说更好。",
        "Forbidden words, jargon, shouting, no hook: told as one writes, with better words.",
    ),
    "content-calendar": (
        "哪天发什么：节日、比例、节奏，失衡时提醒怎么改。",
        "What goes out when: festivals, mix, rhythm, and how to mend it.",
    ),
    "leads": (
        "留手机号、约时间：分给谁、几点前答复、后来买了没有。",
        "Numbers left and times booked: who answers, by when, who bought.",
    ),
    "your-first-code": (
        "一个入口一个渠道码，看清谁从哪来、留下多少。",
        "One code for each way in: who came by it, and who stayed.",
    ),
    "campaigns": (
        "让客户带来客户：玩法、规则、预算、合规、推荐关系。",
        "Customers who bring customers: mechanics, rules, purses, the law, referrals.",
    ),
    "posters": (
        "带名字、头像和专属二维码的海报：编辑、选到活动、客户自己保存。",
        "Posters with name, portrait and one's own code: written, chosen, saved by people.",
    ),
    "mechanics": (
        "十一种玩法：做什么、规则、在哪投放、风险、朋友看到什么。",
        "Eleven mechanics: what, rules, where, risk, what friends see.",
    ),
    "offers": (
        "卖什么、能用多久、给谁什么价。",
        "What is sold, how long it lasts, which price for whom.",
    ),
    "tracked-links": (
        "从消息到付款，每一步剩多少人；转发、归属、隐私。",
        "From a message to a payment, step by step; forwarding, attribution, privacy.",
    ),
    "content": (
        "素材、话术、晒单、人设：写、审、用、看效果。",
        "The library, scripts, users' own, personas: written, approved, used.",
    ),
    "coupons": (
        "建券、发券、柜台与接口核销、退券、成本与带来的订单。",
        "Made, given, redeemed at the counter and by API, given back; cost and orders.",
    ),
    "read-the-figures": ("每个数字的定义、来历和背后的客户。", "What each figure means and who is behind it."),
    "export-people": ("带走名单，或生成广告平台用的哈希。", "Take a list along, or hashes for advertising."),
    "event-webhooks": ("把客户身上发生的事实时送进您的系统。", "Send what people do into your systems as it happens."),
    "settings": ("店铺、员工、密钥、操作记录、健康状况。", "Shop, staff, keys, audit log, health."),
    "deploy-and-back-up": (
        "换成 PostgreSQL、多台机器、备份与恢复。",
        "PostgreSQL, several machines, backups, restoring.",
    ),
    "how-siyu-works": ("数据从进来到变成指标，一圈讲清。", "From an event to a figure, the whole way round."),
}
"""Every page of the guide, in order, and what it is good for."""

ORDER = tuple(ABOUT)

EXPLAINS: tuple[tuple[str, str], ...] = (
    ("/welcome", "look-around"),
    ("/imports", "import-your-orders"),
    ("/exports", "export-people"),
    ("/people", "people"),
    ("/conflicts", "people"),
    ("/tags", "people"),
    ("/layers", "layers"),
    ("/audiences", "your-first-audience"),
    ("/broadcasts", "your-first-broadcast"),
    ("/messages", "your-first-broadcast"),
    ("/guard", "guard"),
    ("/settings/accounts/new/official_account", "connect-wechat"),
    ("/settings/accounts/new/miniprogram", "connect-wechat"),
    ("/settings/accounts/new/sms", "connect-sms"),
    ("/settings/accounts/new/youzan", "connect-your-shop"),
    ("/settings/accounts/new/douyin_shop", "connect-your-shop"),
    ("/settings/accounts/new/taobao", "connect-your-shop"),
    ("/settings/accounts/new/shop", "connect-your-shop"),
    ("/settings/accounts/new/wecom", "wecom"),
    ("/welcomes", "wecom"),
    ("/journeys", "journeys"),
    ("/tasks", "staff-tasks"),
    ("/codes", "live-codes"),
    ("/ways", "your-first-code"),
    ("/content/wording", "wording"),
    ("/content/calendar", "content-calendar"),
    ("/content/plans", "content-calendar"),
    ("/touchpoints", "touchpoints"),
    ("/entry-paths", "touchpoints"),
    ("/cold-start", "touchpoints"),
    ("/forms", "leads"),
    ("/leads", "leads"),
    ("/posters", "posters"),
    ("/campaigns/new", "mechanics"),
    ("/campaigns", "campaigns"),
    ("/purses", "campaigns"),
    ("/points", "points"),
    ("/rewards", "campaigns"),
    ("/referrals", "campaigns"),
    ("/coupons", "coupons"),
    ("/counter", "coupons"),
    ("/goods", "offers"),
    ("/offers", "offers"),
    ("/promises", "staff-tasks"),
    ("/order-links", "tracked-links"),
    ("/content-links", "tracked-links"),
    ("/media", "wecom"),
    ("/content", "content"),
    ("/scripts", "content"),
    ("/shows", "content"),
    ("/personas", "content"),
    ("/acquisition", "wecom"),
    ("/hand-over", "wecom"),
    ("/group-welcomes", "wecom"),
    ("/word-rules", "wecom"),
    ("/lost-friends", "wecom"),
    ("/insight/staff", "wecom"),
    ("/insight/groups", "wecom"),
    ("/moments", "wecom"),
    ("/group-posts", "wecom"),
    ("/service", "wecom"),
    ("/settings/accounts", "your-first-broadcast"),
    ("/settings/keys", "send-events"),
    ("/settings/hooks", "event-webhooks"),
    ("/settings/health", "deploy-and-back-up"),
    ("/settings", "settings"),
    ("/jobs", "settings"),
    ("/profile", "settings"),
    ("/home", "read-the-figures"),
    ("/insight", "read-the-figures"),
)


def guide_of(path: str) -> str:
    """The address of the guide page that explains a page of the console; of all of them where none does."""
    if path == "/":
        return "/guide/read-the-figures"
    found = next((name for start, name in EXPLAINS if path == start or path.startswith(start + "/")), "")
    return f"/guide/{found}" if found else "/guide"


@cache
def _read(language: str, name: str) -> tuple[str, str]:
    """Title and HTML of a page. Raises :class:`NotFound`."""
    folder = PACKED if PACKED.is_dir() else IN_SOURCE
    file = folder / language / f"{name}.md"
    if name not in ORDER or not file.is_file():
        raise NotFound("guide_unknown", "没有这一页指南。", "There is no such page of the guide.")
    known = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = known.parse(file.read_text("utf-8"))
    title = tokens[1].content
    for token in tokens:
        _within(token.children or [])
    html = str(known.renderer.render(tokens[3:], known.options, {}))
    return title, html.replace("<pre>", '<pre tabindex="0">').replace("<table>", '<table tabindex="0">')


def _within(tokens: list[Token]) -> None:
    """Links lead to pages of the guide or to the web; what is only in the source tree stays as words."""
    away = False
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrGet("href") or "")
            name = target.removesuffix(".md")
            away = not (name in ORDER or target.startswith("https://"))
            if name in ORDER:
                token.attrs = {"href": f"/guide/{name}"}
        if token.type in ("link_open", "link_close") and away:
            token.tag, token.attrs = "span", {}
        if token.type == "image":
            token.type, token.tag, token.children = "text", "", None


def _language() -> str:
    return "zh" if current().language.startswith("zh") else "en"


@page("/guide", SIGNED_IN)
def guide_list(view: View) -> Html:
    language = _language()
    return view.render("guide/all.html", pages=[(name, _read(language, name)[0], t(*ABOUT[name])) for name in ORDER])


@page("/guide/{name:str}", SIGNED_IN)
def guide_page(view: View, name: str) -> Html:
    language = _language()
    title, html = _read(language, name)
    pages = [(each, _read(language, each)[0]) for each in ORDER]
    return view.render("guide/one.html", title=title, html=Markup(html), name=name, pages=pages)


_known: dict[str, Any] = {"guide_of": guide_of}
templates().globals.update(_known)

ROUTES = [guide_list, guide_page]
