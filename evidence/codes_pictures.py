"""Every code is read by an independent decoder: each format, colour scheme, print size and poster, with a logo."""

from __future__ import annotations

import random
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

from evidence.harness import Evidence, Scale, equal
from siyu.growth.pictures.codes import SHEETS, Format, picture_of, print_of
from siyu.growth.pictures.colours import SCHEMES
from siyu.growth.posters.drawing import (
    MEDIA_TYPES,
    Face,
    Pictures,
    poster_of,
    ready_ground,
    ready_logo,
    ready_portrait,
)
from siyu.growth.posters.model import CODE_MM_MIN, SIZES, STARTS, Draft, checked

if TYPE_CHECKING:
    from PIL.Image import Image

CLAIM = "codes.pictures"
FORMATS: tuple[Format, ...] = ("png", "svg", "pdf")
TABLE = "#8d8478"


def measure(scale: Scale) -> Evidence:
    links = 200 if scale == "full" else 1
    dice = random.Random(7)
    drawn = missed = photographed_missed = 0
    logo = _logo()
    for number in range(links):
        link = f"https://shop{number}.example.com/c/{dice.randbytes(dice.randint(4, 24)).hex()}"
        for _, _, colours in SCHEMES.values():
            for with_logo in (None, logo):
                for format in FORMATS:
                    shown = _shown(picture_of(link, logo=with_logo, size_mm=30, format=format, colours=colours), format)
                    drawn += 1
                    missed += _read(shown) != [link]
                    photographed_missed += _read(_photographed(shown, dice)) != [link]
    sheets: list[tuple[str, Format]] = [
        (sheet, format) for sheet in SHEETS for format in FORMATS if scale == "full" or sheet != "a3"
    ]
    for sheet, format in sheets:
        made = print_of("https://shop.example.com/c/ab12", sheet, caption="扫码加顾问", logo=logo, format=format)
        missed += _read(_shown(made, format)) != ["https://shop.example.com/c/ab12"]
    posters, posters_missed = _posters(200 if scale == "full" else 3, dice, logo)
    return Evidence(
        CLAIM,
        f"{drawn:,} codes of 3 cm, {len(sheets)} sheets, {posters:,} posters",
        [
            equal("pictures that do not decode", missed, 0),
            equal("posters with a person's name, portrait and own code that do not decode", posters_missed, 0),
            equal("askew, blurred and as poor JPEG: codes of 3 cm that do not decode", photographed_missed, 0),
        ],
        {"links": links, "colour schemes": len(SCHEMES), "formats": len(FORMATS), "decoder": "ZXing-C++"},
    )


def _posters(many: int, dice: random.Random, logo: bytes) -> tuple[int, int]:
    """Posters of as many persons, each with a code of 3 cm with the logo on a photo; those that were not read, as drawn
    or photographed."""
    marks = [*map(chr, (*range(0x4E00, 0x4E40), *range(0x41, 0x5B), *range(0x1F600, 0x1F640), 0x200D, 0xFE0F, 0x202E))]
    missed = 0
    photo = _photo(dice)
    formats = tuple(MEDIA_TYPES)
    for number in range(many):
        size = tuple(SIZES)[number % len(SIZES)]
        format = formats[(number + number // len(SIZES)) % len(formats)]
        start = STARTS[size]
        code = msgspec.structs.replace(start.code, side=CODE_MM_MIN)
        draft = checked(Draft("poster", msgspec.structs.replace(start, code=code), size))
        face = Face("".join(dice.choices(marks, k=dice.randint(0, 30))), dice.choice((None, ready_portrait(logo))))
        link = f"https://m.shop{number}.example.com/m/e/{dice.randbytes(8).hex()}"
        shown = _shown(
            poster_of(
                draft, Pictures(ready_ground(photo, SIZES[size], "#ffffff"), ready_logo(logo)), link, face, format
            ),
            format,
        )
        missed += _read(shown) != [link] or _read(_photographed(shown, dice)) != [link]
    return many, missed


def _photo(dice: random.Random) -> bytes:
    """A ground as busy as a photo."""
    from PIL import Image

    kept = BytesIO()
    rough = Image.frombytes("RGB", (60, 90), dice.randbytes(60 * 90 * 3))
    rough.resize((1_200, 1_800), Image.Resampling.BICUBIC).save(kept, "JPEG", quality=90)
    return kept.getvalue()


def _logo() -> bytes:
    from PIL import Image, ImageDraw

    kept = BytesIO()
    drawn = Image.new("RGB", (160, 160), "#d23c2a")
    ImageDraw.Draw(drawn).ellipse((30, 30, 130, 130), fill="#ffffff")
    drawn.save(kept, "PNG")
    return kept.getvalue()


def _shown(content: bytes, format: str) -> Image:
    """As a screen or printer shows it, 300 dots to the inch."""
    import pypdfium2
    import resvg_py
    from PIL import Image

    if format == "pdf":
        page = pypdfium2.PdfDocument(content)[0].render(scale=300 / 72)  # pyright: ignore[reportArgumentType]
        return page.to_pil().convert("RGB")
    if format == "svg":
        content = bytes(resvg_py.svg_to_bytes(svg_string=content.decode(), dpi=300))
    return Image.open(BytesIO(content)).convert("RGB")


def _photographed(shown: Image, dice: random.Random) -> Image:
    from PIL import Image, ImageFilter

    table = Image.new("RGB", (shown.width + 120, shown.height + 120), TABLE)
    table.paste(shown, (60, 60))
    turned = table.rotate(dice.uniform(-6, 6), Image.Resampling.BICUBIC, fillcolor=TABLE)
    kept = BytesIO()
    turned.filter(ImageFilter.GaussianBlur(0.8)).save(kept, "JPEG", quality=45)
    return Image.open(kept)


def _read(shown: Image) -> list[str]:
    """QR codes alone: asked for every kind of barcode, the decoder now and then takes rows of dots for a bar code of
    four digits, beside the link that it reads."""
    import zxingcpp

    return [
        each.text
        for each in zxingcpp.read_barcodes(shown, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    ]
