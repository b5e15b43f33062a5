"""The shapes of what ``siyu goods …`` answers."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.commerce.goods import command as goods

SCHEMAS: Schemas = {
    "goods": shaped("goods", goods.GoodAnswer),
    "goods-list": shaped("goods list", goods.GoodsAnswer),
    "goods-import": shaped("goods import", goods.FileAnswer),
    "goods-sold": shaped("goods sold", goods.SoldAnswer),
    "goods-cycle": shaped("goods cycle", goods.CycleAnswer),
}

ANSWERS: Answers = {
    **{("goods", word): "goods" for word in ("show", "change")},
    **{("goods", word): f"goods-{word}" for word in ("list", "import", "sold", "cycle")},
}
