"""The API of codes as pictures."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.response import Response

from siyu.growth.pictures.command import SQUARE, made
from siyu.storage import Stores
from siyu.web.console.pictures import wanted_of
from siyu.web.routes import api_read

Text = Annotated[str, msgspec.Meta(max_length=2_000)]


@api_read("/api/pictures/code", "code.read", media_type="application/octet-stream")
def code(
    stores: Stores,
    link: Text,
    sheet: Text = SQUARE,
    size_mm: float = 30,
    colours: Text = "black",
    caption: Text = "",
    logo: Text = "",
    format: Text = "png",
) -> Response[bytes]:
    """A link as a code: the file itself.

    `sheet`: `square` (the code alone, `size_mm` wide), `parcel`, `counter`, `a4` or `a3`, these with a `caption`.
    `colours`: `black`, `teal`, `navy`, `wine` or `kraft`. `logo`: the sha-256 of a picture among the media. `format`:
    `png` (300 dots to the inch), `svg` or `pdf`. What a phone might fail to read is refused.
    """
    content = made(stores, wanted_of(link, sheet, str(size_mm), colours, caption, logo, format))
    named = f'attachment; filename="code-{sheet}.{format}"'
    return Response(content, media_type="application/octet-stream", headers={"content-disposition": named})


ROUTES = [code]
