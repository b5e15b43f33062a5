"""A page as PDF 1.4: planes and codes as vectors, photos and words as pixels (words at 600 to the inch)."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from siyu.growth.pictures.as_png import framed, lettered, logo_of, opaque
from siyu.growth.pictures.colours import rgb
from siyu.growth.pictures.lettering import LINE
from siyu.growth.pictures.shapes import INCH_MM, Code, Fill, Page, Photo, Words

if TYPE_CHECKING:
    from PIL.Image import Image

POINTS_MM = 72 / INCH_MM
WORDS_DOTS = 600
_ARC = 0.5523
"""Of the radius: where the handles of a quarter circle lie."""


class _File:
    """Objects by number; what a page draws, in millimetres from its upper left corner."""

    def __init__(self) -> None:
        self.objects: list[bytes] = [b"", b"", b"", b""]  # catalogue, pages, page, content: filled in at the end
        self.drawn: list[str] = []
        self.images: list[int] = []

    def add(self, head: str, body: bytes) -> int:
        packed = zlib.compress(body, 6) if "/Filter" not in head else body
        packing = "" if "/Filter" in head else "/Filter /FlateDecode "
        self.objects.append(f"<< {head} {packing}/Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream")
        return len(self.objects)

    def image(self, number: int, x: float, y: float, width: float, height: float) -> None:
        self.images.append(number)
        self.drawn.append(f"q {width:.4f} 0 0 {-height:.4f} {x:.4f} {y + height:.4f} cm /I{number} Do Q")

    def paint(self, colour: str) -> None:
        self.drawn.append(" ".join(f"{each / 255:.4f}" for each in rgb(colour)) + " rg")

    def written(self, width: float, height: float) -> bytes:
        named = " ".join(f"/I{number} {number} 0 R" for number in self.images)
        box = f"[0 0 {width * POINTS_MM:.3f} {height * POINTS_MM:.3f}]"
        scaled = f"{POINTS_MM:.6f} 0 0 {-POINTS_MM:.6f} 0 {height * POINTS_MM:.3f} cm\n"
        content = zlib.compress((scaled + "\n".join(self.drawn)).encode(), 6)
        self.objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
        self.objects[1] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
        self.objects[2] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents 4 0 R /Resources << /XObject << {named} >> >> >>"
        ).encode()
        self.objects[3] = (
            f"<< /Filter /FlateDecode /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"
        )
        kept = BytesIO(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        kept.seek(0, 2)
        places: list[int] = []
        for number, body in enumerate(self.objects, 1):
            places.append(kept.tell())
            kept.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
        start = kept.tell()
        kept.write(f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode())
        kept.write("".join(f"{place:010d} 00000 n \n" for place in places).encode())
        kept.write(f"trailer << /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
        return kept.getvalue()


def pdf_of(page: Page) -> bytes:
    """One page of its size in mm."""
    file = _File()
    _fill(file, Fill(0, 0, page.width, page.height, page.paper))
    for shape in page.shapes:
        if isinstance(shape, Fill):
            _fill(file, shape)
        elif isinstance(shape, Code):
            _code(file, shape)
        elif isinstance(shape, Photo):
            _photo(file, framed(shape), shape.x, shape.y, shape.width, shape.height)
        else:
            _words(file, shape)
    return file.written(page.width, page.height)


def _fill(file: _File, fill: Fill) -> None:
    file.paint(fill.colour)
    x, y, right, bottom = fill.x, fill.y, fill.x + fill.width, fill.y + fill.height
    r = min(fill.radius, fill.width / 2, fill.height / 2)
    if not r:
        file.drawn.append(f"{x:.4f} {y:.4f} {fill.width:.4f} {fill.height:.4f} re f")
        return
    k = r * (1 - _ARC)
    corners = (
        (right - r, y, right - k, y, right, y + k, right, y + r),
        (right, bottom - r, right, bottom - k, right - k, bottom, right - r, bottom),
        (x + r, bottom, x + k, bottom, x, bottom - k, x, bottom - r),
        (x, y + r, x, y + k, x + k, y, x + r, y),
    )
    path = [f"{x + r:.4f} {y:.4f} m"]
    for to_x, to_y, *curve in corners:
        path += [f"{to_x:.4f} {to_y:.4f} l", " ".join(f"{each:.4f}" for each in curve) + " c"]
    file.drawn.append("\n".join(path) + " f")


def _code(file: _File, code: Code) -> None:
    _fill(file, Fill(code.x, code.y, code.side, code.side, code.light))
    scale = code.side / code.across
    file.paint(code.dark)
    strips = "\n".join(f"{column} {row} {many} 1 re" for column, row, many in code.runs())
    file.drawn.append(f"q {scale:.6f} 0 0 {scale:.6f} {code.x:.4f} {code.y:.4f} cm\n{strips} f Q")
    if code.logo is not None:
        begin, many = code.plate()
        x, y, side = code.x + begin * scale, code.y + begin * scale, many * scale
        _fill(file, Fill(x, y, side, side, code.light))
        inner = side - scale
        _photo(file, logo_of(code, inner), x + scale / 2, y + scale / 2, inner, inner)


def _photo(file: _File, picture: Image, x: float, y: float, width: float, height: float) -> None:
    size = f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} /BitsPerComponent 8"
    alpha = picture.getchannel("A")
    veil = ""
    if not opaque(picture):
        veil = f" /SMask {file.add(f'{size} /ColorSpace /DeviceGray', alpha.tobytes())} 0 R"
        number = file.add(f"{size} /ColorSpace /DeviceRGB{veil}", picture.convert("RGB").tobytes())
    else:
        kept = BytesIO()
        picture.convert("RGB").save(kept, "JPEG", quality=90)
        number = file.add(f"{size} /ColorSpace /DeviceRGB /Filter /DCTDecode", kept.getvalue())
    file.image(number, x, y, width, height)


def _words(file: _File, words: Words) -> None:
    if not words.lines:
        return
    mask = lettered(words, WORDS_DOTS).point([0] * 128 + [255] * 128).convert("1")
    size = f"/Type /XObject /Subtype /Image /Width {mask.width} /Height {mask.height} /BitsPerComponent 1"
    number = file.add(f"{size} /ImageMask true /Decode [1 0]", mask.tobytes())
    file.paint(words.colour)
    file.image(number, words.x, words.y, words.width, words.size * LINE * len(words.lines))
