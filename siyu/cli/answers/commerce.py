"""The shapes of what ``siyu goods …``, ``offer …``, ``order-link …`` and ``content-link …`` answer."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.commerce.goods import command as goods
from siyu.commerce.links import command as links
from siyu.commerce.offers import command as offers
from siyu.content.links import command as contents

SCHEMAS: Schemas = {
    "goods": shaped("goods", goods.GoodAnswer),
    "goods-list": shaped("goods list", goods.GoodsAnswer),
    "goods-import": shaped("goods import", goods.FileAnswer),
    "goods-sold": shaped("goods sold", goods.SoldAnswer),
    "goods-cycle": shaped("goods cycle", goods.CycleAnswer),
    "offer": shaped("offer", offers.OfferAnswer),
    "offer-list": shaped("offer list", offers.OffersAnswer),
    "offer-best": shaped("offer best", offers.PriceAnswer),
    "content-link": shaped("content link", contents.ContentLinkAnswer),
    "content-link-list": shaped("content link list", contents.ContentLinksAnswer),
    "content-link-give": shaped("content link give", contents.OwnPagesAnswer),
    "content-link-readers": shaped("content link readers", contents.ReadersAnswer),
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
    **{("content-link", word): "content-link" for word in ("show", "add")},
    **{("content-link", word): f"content-link-{word}" for word in ("list", "give", "readers")},
    ("offer", "list"): "offer-list",
    ("offer", "best"): "offer-best",
}
