"""Who did something, in words: the tags that tables and the audit log keep (``staff:3``, ``key:2``, ``journey:5``,
``system`` …) as one name, the same on every page. Templates: the filter ``doer``."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.reach.staff_tasks import holders
from siyu.staff import queries
from siyu.web.current import current, t
from siyu.web.seeing import seen
from siyu.web.wording import NONE

ALONE: Mapping[str, tuple[str, str]] = {
    "system": ("系统", "the system"),
    "person": ("客户本人", "the person"),
    "form": ("表单", "a form"),
    "cli": ("命令行", "the command line"),
    "rehearsal": ("预演", "the rehearsal"),
    "wecom": ("企业微信", "WeCom"),
    "official_account": ("公众号", "the official account"),
}
"""Those that have no number, and platforms that speak for themselves."""
NUMBERED: Mapping[str, tuple[str, str]] = {
    "journey": ("旅程 %s", "journey %s"),
    "code": ("渠道码 %s", "code %s"),
    "import": ("导入 %s", "import %s"),
    "person": ("客户 %s 本人", "person %s"),
    "key": ("API 密钥 %s", "API key %s"),
    "staff": ("员工 %s", "member of staff %s"),
}
"""By the word before the number: what to call them where no name is known."""


def doer(tag: str | None) -> str:
    """The name behind a tag, as the reader may see it; a tag that says nothing known is shown as it stands."""
    if not tag:
        return NONE
    if tag in ALONE:
        return t(*ALONE[tag])
    kind, _, number = tag.partition(":")
    if kind in ("staff", "key", "wecom") and (name := _name(tag)):
        return seen(name)
    if kind in NUMBERED:
        return t(*NUMBERED[kind]).replace("%s", number.partition(":")[0])
    return seen(tag)


def _name(tag: str) -> str:
    """Read once for a page, however many rows it has."""
    call = current()
    if not call.doers:
        call.doers.update(queries.names(call.stores))
    if tag.startswith("wecom:") and tag not in call.doers:
        with call.stores.ledger.read() as conn:
            call.doers.update(holders.names_of(conn, [tag]))
    return call.doers.get(tag, "")
