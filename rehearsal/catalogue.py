"""What the shop sells: 80 products of 汀屿, a brand that does not exist, with price and cycle of use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

CATEGORIES = (
    "面膜", "洁面", "水乳", "精华", "防晒", "口红", "底妆", "眼妆", "卸妆", "身体护理", "香水", "礼盒",
)  # fmt: skip

# category | title | price in yuan | days that one lasts in normal use
_TABLE = """
面膜|积雪草舒缓面膜 5 片|69|18
面膜|玻尿酸补水面膜 10 片|99|30
面膜|烟酰胺焕亮面膜 5 片|79|18
面膜|氨基酸睡眠面膜 75 g|109|45
面膜|清透泥膜 100 g|89|60
面膜|玫瑰果冻面膜 80 g|129|45
面膜|医用级敷料贴 5 片|168|20
面膜|早安面膜 21 片|59|21
洁面|氨基酸洁面乳 120 g|69|50
洁面|净透洁面慕斯 150 ml|79|45
洁面|舒敏洁面啫喱 100 g|85|45
洁面|控油洁面膏 100 g|59|50
洁面|米糠酵素洁颜粉 30 颗|98|40
洁面|男士火山泥洁面 120 g|65|50
水乳|神经酰胺水乳套装|239|70
水乳|角鲨烷保湿水乳|199|70
水乳|清爽控油水乳|179|65
水乳|燕窝肽紧致水乳|369|75
水乳|玫瑰保湿爽肤水 200 ml|109|50
水乳|舒敏修护乳 100 ml|139|55
水乳|修护面霜 50 g|219|60
水乳|轻盈凝霜 50 g|169|55
水乳|男士保湿露 80 ml|99|60
精华|维 C 亮肤精华 30 ml|259|50
精华|玻色因抗皱精华 30 ml|459|55
精华|视黄醇晚间精华 20 ml|329|60
精华|烟酰胺精华 30 ml|159|45
精华|玻尿酸次抛 30 支|198|30
精华|积雪草修护精华 30 ml|189|50
精华|二裂酵母精华 50 ml|299|70
精华|水杨酸祛痘精华 15 ml|119|45
精华|胜肽眼霜 15 g|279|70
防晒|轻透防晒乳 SPF50 50 ml|98|40
防晒|水感防晒喷雾 150 ml|79|30
防晒|物理防晒霜 SPF50 40 g|129|45
防晒|隔离防晒二合一 40 g|139|50
防晒|儿童防晒乳 50 ml|119|45
防晒|防晒唇膏 3 g|45|60
口红|丝绒口红 01 正红|139|150
口红|丝绒口红 06 奶茶|139|150
口红|水光唇釉 03 蜜桃|99|120
口红|水光唇釉 08 玫瑰豆沙|99|120
口红|雾面唇泥 02 枫叶|79|120
口红|润色唇膏 樱花|59|90
口红|限定口红 灯笼红|189|180
口红|唇线笔 豆沙|49|150
底妆|轻雾粉底液 30 ml|189|100
底妆|水光气垫 15 g|159|70
底妆|持妆粉饼 9 g|129|100
底妆|遮瑕盘 三色|89|180
底妆|妆前乳 30 ml|109|90
底妆|定妆喷雾 100 ml|79|60
底妆|控油散粉 8 g|99|120
眼妆|大地色眼影盘 9 色|149|300
眼妆|单色眼影 香槟|49|240
眼妆|极细眼线液笔|59|75
眼妆|卷翘睫毛膏|89|90
眼妆|塑形眉笔|45|80
眼妆|染眉膏 浅棕|55|120
卸妆|温和卸妆油 200 ml|99|60
卸妆|卸妆膏 100 g|89|60
卸妆|眼唇卸妆液 150 ml|65|70
卸妆|卸妆水 500 ml|79|60
卸妆|卸妆湿巾 60 片|35|30
身体护理|烟酰胺身体乳 300 ml|79|55
身体护理|果酸磨砂膏 200 g|69|60
身体护理|护手霜三支装|59|45
身体护理|樱花沐浴露 500 ml|49|50
身体护理|氨基酸洗发水 500 ml|69|50
身体护理|护发精油 60 ml|89|80
身体护理|妊娠纹按摩油 100 ml|158|60
香水|白茶淡香水 50 ml|299|240
香水|桂花香水 30 ml|239|200
香水|无花果香水 30 ml|259|200
香水|香氛走珠 10 ml|89|120
礼盒|新年红运礼盒|399|365
礼盒|七夕口红礼盒|329|365
礼盒|护肤体验礼盒|99|90
礼盒|母亲节焕颜礼盒|599|365
礼盒|旅行装四件套|129|60
"""


@dataclass(frozen=True)
class Product:
    sku: str
    category: str
    title: str
    price: int
    cycle_days: int


def _products() -> tuple[Product, ...]:
    found: list[Product] = []
    for number, line in enumerate(_TABLE.strip().splitlines(), start=1):
        category, title, price, cycle = line.split("|")
        found.append(Product(f"TY{number:03d}", category, title, int(price), int(cycle)))
    return tuple(found)


@dataclass(frozen=True)
class Catalogue:
    """The products, and the same as columns for the simulation."""

    products: tuple[Product, ...]

    @cached_property
    def category(self) -> NDArray[np.int64]:
        return np.array([CATEGORIES.index(product.category) for product in self.products])

    @cached_property
    def price(self) -> NDArray[np.float64]:
        return np.array([float(product.price) for product in self.products])

    @cached_property
    def cycle(self) -> NDArray[np.float64]:
        return np.array([float(product.cycle_days) for product in self.products])

    @cached_property
    def price_rank(self) -> NDArray[np.float64]:
        """0 (cheapest of its category) to 1 (dearest)."""
        ranks = np.zeros(len(self.products))
        for category in range(len(CATEGORIES)):
            (members,) = np.nonzero(self.category == category)
            order = members[np.argsort(self.price[members], kind="stable")]
            ranks[order] = np.arange(len(order)) / max(1, len(order) - 1)
        return ranks

    @cached_property
    def by_category(self) -> tuple[NDArray[np.int64], ...]:
        return tuple(np.nonzero(self.category == category)[0] for category in range(len(CATEGORIES)))


CATALOGUE = Catalogue(_products())
