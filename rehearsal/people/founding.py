"""Founding the shop: what its manager does on the first day, in the platforms' consoles and in the product.

At the simulators through their doors and their own API; in the product through its public API with a key. Everything
can be done again: what is there stays, addresses that changed are mended.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import string
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from rehearsal.catalogue import CATEGORIES
from rehearsal.names import SKINS
from rehearsal.people.staff import TAG_GROUPS
from rehearsal.people.street import Places
from rehearsal.platforms.core.running import Running
from rehearsal.shop_api import Refused

TIMEOUT_SECONDS = 60.0
CODE_SECONDS_MAX, LOOK_SECONDS = 120.0, 0.5
AES_CHARACTERS = 43
SHOP = "rehearsal"
ACCOUNT, ORDERS = "预演企业微信", "预演商城订单"
ADVISERS = {"adviser-lin": "林小满", "adviser-he": "何知夏", "adviser-su": "苏晚晴"}
CODES = {"xiaohongshu": "小红书", "store": "门店台卡", "friend": "老客推荐"}
WELCOME = (
    "{{ person.name }}，您好，我是汀屿美妆的护肤顾问，很高兴认识您！回复您的肤质，我来为您搭配；新朋友首单赠旅行装，"
    "您也可以随时问我任何护肤问题。"
)
NOT_FOUNDED = "the platform refused: "


@dataclass
class Founded:
    """What the manager wrote down. Secrets of the rehearsal's own company, worth nothing elsewhere."""

    wecom_port: int = 0
    shops_port: int = 0
    corpid: str = ""
    secret: str = ""
    agentid: int = 0
    token: str = ""
    aes_key: str = ""
    shop_secret: str = ""
    chat_id: str = ""
    open_kfid: str = ""
    codes: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    account: int = 0

    @property
    def places(self) -> Places:
        return Places(self.corpid, SHOP, self.codes, self.chat_id, self.open_kfid, self.tags)


def recall(path: Path) -> Founded:
    return Founded(**json.loads(path.read_text("utf-8"))) if path.exists() else Founded()


def keep(path: Path, founded: Founded) -> None:
    """On disk in one step, for nobody else to read."""
    aside = path.with_suffix(".new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(founded), file, ensure_ascii=False)
    os.replace(aside, path)


class Product:
    """The product's public API, with a key. Raises :class:`Refused` with its own words."""

    def __init__(self, server: str, api_key: str) -> None:
        headers = {"Authorization": f"Bearer {api_key}"}
        self.address = server.rstrip("/")
        self._http = httpx.Client(base_url=self.address, headers=headers, trust_env=False, timeout=TIMEOUT_SECONDS)

    def get(self, path: str) -> Any:
        return self._told(self._http.get(path))

    def post(self, path: str, **body: Any) -> Any:
        return self._told(self._http.post(path, json=body))

    def patch(self, path: str, **body: Any) -> Any:
        return self._told(self._http.patch(path, json=body))

    def close(self) -> None:
        self._http.close()

    @staticmethod
    def _told(answer: httpx.Response) -> Any:
        if answer.is_error:
            where = f"{answer.request.method} {answer.request.url.path}"
            raise Refused(f"{where}: {answer.status_code} {answer.text[:400]}")
        return answer.json() if answer.content else None


def found_company(wecom: Running, founded: Founded) -> None:
    """In WeCom's console: a company with an app, staff, tags, a group and a service account."""
    made = wecom.door.post("corp", name="汀屿美妆")
    founded.corpid, founded.secret, founded.agentid = made["corpid"], made["secret"], made["agentid"]
    letters = string.ascii_letters + string.digits
    founded.token = secrets.token_hex(12)
    founded.aes_key = "".join(secrets.choice(letters) for _ in range(AES_CHARACTERS))
    founded.shop_secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    members = [{"userid": userid, "name": name, "position": "护肤顾问"} for userid, name in ADVISERS.items()]
    wecom.door.post("members", corpid=founded.corpid, members=members)
    groups = [{"name": name, "tags": list(tags)} for name, tags in zip(TAG_GROUPS, (CATEGORIES, SKINS), strict=True)]
    founded.tags = wecom.door.post("tags", corpid=founded.corpid, groups=groups)["tags"]
    owner = next(iter(ADVISERS))
    opened = wecom.door.post("act", corpid=founded.corpid, act="open_group", owner=owner, name="汀屿会员福利群")
    founded.chat_id = opened["chat_id"]
    _with_token(wecom, founded)


def _with_token(wecom: Running, founded: Founded) -> None:
    """What WeCom lets an app make: the service account."""
    with httpx.Client(base_url=f"{wecom.url}/cgi-bin/", trust_env=False, timeout=TIMEOUT_SECONDS) as http:
        given = {"corpid": founded.corpid, "corpsecret": founded.secret}
        token = http.get("gettoken", params=given).json()["access_token"]

        def call(path: str, **body: Any) -> dict[str, Any]:
            answer = http.post(path, params={"access_token": token}, json=body).json()
            if answer.get("errcode"):
                raise Refused(f"{NOT_FOUNDED}{path} {answer}")
            return answer

        founded.open_kfid = call("kf/account/add", name="汀屿客服")["open_kfid"]


def connect(product: Product, wecom: Running, shops: Running, founded: Founded) -> None:
    """In the product: accounts, callbacks, a first reading of the company, code at WeComs, a welcome."""
    account = _wecom_account(product, wecom.url, founded)
    founded.account = account["id"]
    callback = {"url": product.address + account["callback"], "token": founded.token, "aes_key": founded.aes_key}
    checked = wecom.door.post("callback", corpid=founded.corpid, agentid=founded.agentid, **callback)
    if not checked["verified"]:
        raise Refused(f"the product did not prove its callback address: {checked['told']}")
    product.post(f"/api/accounts/{founded.account}/tags/choose", here=True, there=False)
    product.post(f"/api/accounts/{founded.account}/sync")
    orders = _orders_account(product, founded)
    where = {"url": product.address + orders["callback"], "secret": founded.shop_secret}
    shops.door.post("shop", shop=SHOP, platform="shop", **where)
    founded.codes = {state: _code(product, founded.account, state, name) for state, name in CODES.items()}
    _welcome(product, founded.account)


def _wecom_account(product: Product, base_url: str, founded: Founded) -> dict[str, Any]:
    """The secrets are said each time: the product asks for them where the address changed."""
    settings = {
        "corp_id": founded.corpid,
        "agent_id": str(founded.agentid),
        "secret": founded.secret,
        "callback_token": founded.token,
        "callback_aes_key": founded.aes_key,
        "added_means_yes": True,
        "base_url": base_url,
    }
    for known in product.get("/api/accounts"):
        if known["channel"] == "wecom" and known["settings"].get("corp_id") == founded.corpid:
            return product.patch(f"/api/accounts/{known['id']}", settings=settings)
    return product.post("/api/accounts", channel="wecom", name=ACCOUNT, settings=settings)


def _orders_account(product: Product, founded: Founded) -> dict[str, Any]:
    for known in product.get("/api/accounts"):
        if known["channel"] == "shop" and known["name"] == ORDERS:
            return known
    return product.post("/api/accounts", channel="shop", name=ORDERS, settings={"secret": founded.shop_secret})


def _code(product: Product, account: int, state: str, name: str) -> str:
    """The picture of a code at WeCom to all advisers, made where there is none yet."""
    known = [each for each in product.get(f"/api/ways?account={account}&q={state}")["ways"] if each["state"] == state]
    made = known[0] if known else product.post(
        "/api/ways", name=name, account=account, state=state, users=list(ADVISERS)
    )  # fmt: skip
    until = time.monotonic() + CODE_SECONDS_MAX
    while not made["qr"]:
        if made["stage"] == "refused" or time.monotonic() > until:
            raise Refused(f"the code at WeCom {state} is {made['stage']}: {made['problem']}")
        time.sleep(LOOK_SECONDS)
        made = product.get(f"/api/ways/{made['id']}")
    return made["qr"]


def _welcome(product: Product, account: int) -> None:
    rows = product.get("/api/welcomes")["welcomes"]
    if not any(account == row.get("account") for row in rows):
        product.post("/api/welcomes", name="新朋友", text=WELCOME, account=account)
