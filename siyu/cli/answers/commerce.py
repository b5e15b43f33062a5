"""The shapes of what ``siyu goods …``, ``offer …`` and ``order-link …`` answer."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.commerce.goods import command as goods
from siyu.commerce.links import command as links
from siyu.commerce.offers import command as offers

SCHEMAS: Schemas = {
    "goods": shaped("goods", goods.GoodAnswer),
    "goods-list": shaped("goods list", goods.GoodsAnswer),
    "goods-import": shaped("goods import", goods.FileAnswer),
    "goods-sold": shaped("goods sold", goods.SoldAnswer),
    "goods-cycle": shaped("goods cycle", goods.CycleAnswer),
    "offer": shaped("offer", offers.OfferAnswer),
    "offer-list": shaped("offer list", offers.OffersAnswer),
    "offer-best": shaped("offer best", offers.PriceAnswer),
    "order-link": shaped("order link", links.OrderLinkAnswer),
    "order-link-list": shaped("order link list", links.OrderLinksAnswer),
    "order-link-give": shaped("order link give", links.OwnLinksAnswer),
    "order-link-paths": shaped("order link paths", links.PathsAnswer),
}

ANSWERS: Answers = {
    **{("goods", word): "goods" for word in ("show", "change")},
    **{("goods", word): f"goods-{word}" for word in ("list", "import", "sold", "cycle")},
    **{("offer", word): "offer" for word in ("show", "add", "pause", "resume", "end")},
    **{("order-link", word): "order-link" for word in ("show", "add", "on", "off")},
    **{("order-link", word): f"order-link-{word}" for word in ("list", "give", "paths")},
    ("offer", "list"): "offer-list",
    ("offer", "best"): "offer-best",
}
