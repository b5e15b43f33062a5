"""Pages for when there is nothing to do: each says what is so, and how to go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siyu.storage import NotFound, SiyuError
from siyu.web.mobile.visit import Answer, Visit

Words = tuple[str, str]
AGAIN: Words = ("重新打开", "Open it again")


@dataclass(frozen=True, slots=True)
class Notice:
    """A title and a sentence; ``mark``: the sign above them (``no``, ``wait``, ``done``); ``on``: the words and the
    address of a way on; ``until``: when it will be otherwise."""

    title: Words
    text: Words
    status: int = 200
    mark: str = "no"
    on: tuple[Words, str] | None = None
    until: datetime | None = None


def show(visit: Visit, notice: Notice) -> Answer:
    """The page of a notice."""
    return visit.page("notice.html", status=notice.status, notice=notice)


def unknown() -> Notice:
    """No such address: mistyped, or never given out."""
    return Notice(
        ("没有这个页面", "There is no such page"),
        (
            "链接可能不完整。请重新扫码，或向发给您的人再要一次。",
            "The link may be cut short. Scan again, or ask whoever sent it to you.",
        ),
        404,
    )


def not_begun(when: datetime | None) -> Notice:
    """It opens later, or nobody has said when."""
    return Notice(
        ("还没有开始", "Not open yet"),
        ("开放后，用同一个码或链接就能进。", "Once it opens, the same code or link leads on."),
        mark="wait",
        until=when,
    )


def resting() -> Notice:
    """Paused by the shop."""
    return Notice(
        ("暂停中", "Resting for now"),
        ("稍后再来，码和链接不变。", "Come back later: code and link stay as they are."),
        mark="wait",
    )


def ended(when: datetime | None = None) -> Notice:
    """Over for good."""
    return Notice(
        ("已经结束", "This has ended"),
        ("感谢关注。新的活动，请留意我们的通知。", "Thank you for coming. Watch for our news of the next one."),
        mark="done",
        until=when,
    )


def gone() -> Notice:
    """Taken away by the shop."""
    return Notice(
        ("这个页面已撤下", "This page was taken away"),
        ("内容不再提供。请联系发给您的人。", "It is offered no longer. Please ask whoever sent it to you."),
        410,
    )


def full(when: datetime | None, on: tuple[Words, str] | None = None) -> Notice:
    """Nothing is left now; ``when``: there is again."""
    return Notice(
        ("现在没有名额了", "There is no place left just now"),
        ("到时间后，再扫同一个码就可以。", "Then scan the same code again.")
        if when
        else ("我们会尽快增加，请稍后再扫同一个码。", "There will be more soon: scan the same code again later."),
        mark="wait",
        on=on,
        until=when,
    )


def unsure(on: str) -> Notice:
    """What is a person's own, where it is not sure that this is them."""
    return Notice(
        ("请在微信里打开", "Please open this in WeChat"),
        (
            "这里有您本人的资料。请在微信里打开，或从我们发给您的链接打开，确认是您本人后就能看到。",
            "What is here is your own. Open it in WeChat, or from a link that we sent you, and it is shown.",
        ),
        on=(("返回", "Back"), on),
    )


def of_error(error: SiyuError, path: str) -> Notice:
    """What went wrong, in its own words; opening the page afresh is the way on."""
    if isinstance(error, NotFound) and error.code == "not_found":
        return unknown()
    waits = error.status in (429, 503)
    title = ("请稍等", "One moment, please") if waits else ("没有成功", "That did not work")
    return Notice(title, (error.zh, error.en), error.status, "wait" if waits else "no", (AGAIN, path))
