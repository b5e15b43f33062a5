"""What each channel sends, in lists of how many, and what becomes of a message whose call got no answer."""

from __future__ import annotations

from collections.abc import Iterator

from docs.pages.markdown import page, table
from siyu.channels.douyin.channel import ABOUT as DOUYIN
from siyu.channels.email.channel import ABOUT as EMAIL
from siyu.channels.miniprogram.channel import ABOUT as MINIPROGRAM
from siyu.channels.official_account.channel import ABOUT as OFFICIAL_ACCOUNT
from siyu.channels.protocol import SETTLES, About, settles
from siyu.channels.sms.channel import ABOUT as SMS
from siyu.channels.webhook.channel import ABOUT as WEBHOOK
from siyu.channels.wecom.channel import ABOUT as WECOM

SENDING = (WECOM, OFFICIAL_ACCOUNT, MINIPROGRAM, DOUYIN, SMS, EMAIL, WEBHOOK)


def pages() -> dict[str, str]:
    head = ("渠道 Channel", "消息 Message", "每次 A call", "没有应答时 Without an answer")
    intro = (
        "一条消息只有一个投递编号，永远如此。调用没有应答时，能问平台的先问；平台会丢弃重复编号的，以同一编号重发；"
        "都不能的，由操作员在群发或旅程里选择。\n\n"
        "A message has one delivery id for ever. Where a call got no answer, the platform is asked if it can be; where "
        "it drops repeats, the same id goes again; else the operator's choice in the broadcast or journey decides."
    )
    rows = [row for about in SENDING for row in _rows(about)]
    notes = [f"- **{about.zh} · {about.en}** — {about.settled_zh} · {about.settled_en}" for about in SENDING]
    return {"channels.md": page("渠道 · Channels", intro, table(head, rows), "\n".join(notes))}


def _rows(about: About) -> Iterator[tuple[str, str, int, str]]:
    kinds = [(f"{form.zh} {form.en}", about.in_form({"form": form.name})) for form in about.forms] or [("–", about)]
    for name, spoken in kinds:
        yield f"{about.zh} {about.en}", name, spoken.list_max, " · ".join(SETTLES[settles(spoken)])
