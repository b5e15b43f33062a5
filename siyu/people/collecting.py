"""What a shop puts into its web page, mini program, app or server so that it tells what happens there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from siyu.people.write_keys import KINDS, Kind, WriteKey
from siyu.storage import BadInput


@dataclass(frozen=True, slots=True)
class Place:
    """Where events may come from, and what has to be put there."""

    name: str
    zh: str
    en: str
    where_zh: str
    where_en: str
    code: str  # with {address}, {key}
    language: str
    kind: Kind = "page"  # of the key that belongs there


PLACES: Mapping[str, Place] = {
    place.name: place
    for place in (
        Place(
            "web",
            "网页",
            "Web page",
            "放进每个页面的 <head>。浏览、停留和来源广告自动上报。",
            "Into the <head> of every page. Views, time spent and the ad that brought them are told by themselves.",
            '<script async src="{address}/collect/web.js" data-key="{key}"></script>\n'
            "<script>\n"
            "  window.siyu = window.siyu || {{ q: [] }};\n"
            '  ["track", "identify", "page", "consent"].forEach((name) => {{\n'
            "    siyu[name] = siyu[name] || ((...given) => siyu.q.push([name, ...given]));\n"
            "  }});\n"
            '  // siyu.identify("会员号");\n'
            '  // siyu.track("Product Added", {{ sku: "A1", name: "面霜", price: 199 }});\n'
            "</script>\n",
            "html",
        ),
        Place(
            "mini",
            "小程序",
            "Mini program",
            "下载 siyu-mini.js 放在 app.js 旁边，下面两行写在 App({…}) 之前；本地址须是小程序的 request 合法域名。",
            "Download siyu-mini.js, put it beside app.js, and these two lines before App({…}); and add this address to "
            "the request domains in the mini program's settings.",
            'const siyu = require("./siyu-mini.js");\nsiyu.start({{ address: "{address}", key: "{key}" }});\n',
            "javascript",
        ),
        Place(
            "app",
            "自有 App",
            "Own app",
            "App 首次启动时上报一次安装及其来源（应用市场或广告），其余事件写法相同。",
            "Tell the installation and its source (store or ad) once, at the first start; all else goes the same way.",
            "curl -u {key}: -H 'content-type: application/json' {address}/v1/track -d '{{\n"
            '  "anonymousId": "安装后生成的编号", "event": "Application Installed", "messageId": "每次不同的编号",\n'
            '  "properties": {{"install_source": "华为应用市场", "version": "1.0.0"}},\n'
            '  "context": {{"campaign": {{"source": "华为应用市场", "name": "双十一"}}}}}}\'\n',
            "sh",
        ),
        Place(
            "server",
            "服务器",
            "Server",
            "由业务系统上报，收到 200 即已写入磁盘；没有答复就原样重发。这个密钥不要放进网页、小程序或 App。",
            "Sent by your own systems. 200 means it is on disk; without an answer send the same again. Keep this key "
            "out of pages, mini programs and apps.",
            "curl -u {key}: -H 'content-type: application/json' {address}/v1/track -d '{{\n"
            '  "userId": "会员号", "event": "Order Completed", "messageId": "order-1024",\n'
            '  "properties": {{"order_id": "1024", "total": 199, "products": [{{"sku": "A1", "quantity": 1}}]}}}}\'\n',
            "sh",
            "server",
        ),
    )
}


def places_for(key: WriteKey) -> list[Place]:
    """Where a key of its kind belongs."""
    return [place for place in PLACES.values() if place.kind == key.kind]


def code_for(place: str, address: str, key: WriteKey) -> str:
    """What is put there, ready to paste. Raises :class:`BadInput` for a place that is none, and for a key that does not
    belong there: a server's must not stand where anybody can read it."""
    if place not in PLACES:
        names = "、".join(PLACES)
        raise BadInput("no_such_place", f"安装位置须为 {names} 之一。", f"Choose one of {names}.", field="for")
    known = PLACES[place]
    if known.kind != key.kind:
        raise BadInput(
            "wrong_kind_of_key",
            f"{known.zh}里要放{KINDS[known.kind].zh}（{known.kind}），这是{KINDS[key.kind].zh}。请新建一个。",
            f"{known.en}: a key of kind {known.kind} belongs there, and this is a {key.kind} key. Make another.",
            field="for",
        )
    return known.code.format(address=escape(address.rstrip("/")), key=escape(key.key or f"{key.prefix}…"))
