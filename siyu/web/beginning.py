"""The steps of a new shop from first data to first broadcast, as the first page lists them and home reminds of them."""

from __future__ import annotations

from dataclasses import dataclass

from siyu.channels.registry import Channels
from siyu.insight.beginning import begun
from siyu.storage import Stores
from siyu.web.current import may, t


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``url`` leads to what is next: the work where it is not ``done``, else what came of it."""

    name: str
    done: bool
    title: str
    why: str
    label: str
    url: str


def steps_of(stores: Stores, channels: Channels) -> list[Step]:
    """The steps that the reader may take, in order."""
    at = begun(stores)
    sends = any(name in channels and channels[name].about.sends for name in at.channels)
    steps = [
        _data(at.people),
        _audience(at.audience),
        _account(sends),
        _broadcast(at.broadcast),
    ]
    return [step for permission, step in steps if may(permission)]


def next_step(steps: list[Step]) -> Step | None:
    """The first that is not done."""
    return next((step for step in steps if not step.done), None)


def _data(done: bool) -> tuple[str, Step]:
    return "import", Step(
        "data",
        done,
        t("数据进来", "Data in"),
        t(
            "没有数据就没有指标、人群和触达。先逛预演店铺，或导入自己的订单。",
            "Figures, audiences and messages all come from it. Look around in the rehearsal shop, or import orders.",
        ),
        t("看看客户", "See the people") if done else t("导入订单", "Import orders"),
        "/people" if done else "/imports",
    )


def _audience(number: int | None) -> tuple[str, Step]:
    done = number is not None
    return "audience.write", Step(
        "audience",
        done,
        t("圈一个人群", "Build an audience"),
        t(
            "用条件选出一群人，读成一句中文，边改边看人数。例：近 90 天买过两次以上的客户。",
            "Choose people by conditions, read them as a sentence, see the count as you type: bought twice in 90 days.",
        ),
        t("看人群", "See it") if done else t("新建人群", "New audience"),
        f"/audiences/{number}" if done else "/audiences/new",
    )


def _account(done: bool) -> tuple[str, Step]:
    return "channel.write", Step(
        "account",
        done,
        t("接入一个渠道账号", "Connect a channel account"),
        t(
            "消息从它发出：企业微信、公众号、邮件，或您自己的短信网关。预演店铺自带一个。",
            "Messages leave through it: WeCom, an official account, e-mail, or your own SMS gateway. "
            "The rehearsal shop brings one.",
        ),
        t("看账号", "See them") if done else t("去接入", "Connect"),
        "/settings/accounts",
    )


def _broadcast(number: int | None) -> tuple[str, Step]:
    done = number is not None
    return "broadcast.write", Step(
        "broadcast",
        done,
        t("发出第一条群发", "Send the first broadcast"),
        t(
            "发之前先看会送达多少、拦截多少、为什么；默认留 10% 不发，发完就知道真正带来了多少。",
            "See first whom it reaches and who is held, and why; 10% are left out, so that its true effect shows.",
        ),
        t("看它带来了什么", "See what it brought") if done else t("新建群发", "New broadcast"),
        f"/broadcasts/{number}" if done else "/broadcasts/new",
    )
