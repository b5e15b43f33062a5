"""Pictures from outside, opened without trust: by their own bytes, within limits, and never passed on as they came."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from siyu.storage import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

BYTES_MAX = 10_000_000
PIXELS_MAX = 40_000_000
SIDE_MAX = 20_000
FORMATS = ("PNG", "JPEG")
"""No SVG: it may hold scripts and addresses. No TIFF, PSD and the like: decoders that few need."""


def opened(content: bytes, field: str = "file", pixels_max: int = PIXELS_MAX) -> Image:
    """The pixels as RGBA, turned as its camera said; nothing else of the file stays (place, camera, comments).

    Raises :class:`BadInput` at ``field``: no PNG or JPEG, broken, or larger than ``pixels_max`` once unpacked (which
    its head says, before anything is unpacked).
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(content) > BYTES_MAX:
        raise _too_large(field)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > pixels_max or max(picture.size) > SIDE_MAX:
                raise _too_large(field)
            picture.load()
            turned = ImageOps.exif_transpose(picture).convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_large(field) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, MemoryError) as error:
        raise BadInput(
            "picture_broken",
            "打不开这张图片：只接受完好的 PNG 或 JPEG（不接受 SVG）。",
            "This picture can't be opened: only sound PNG and JPEG files are taken (no SVG).",
            field=field,
        ) from error
    bare = Image.new("RGBA", turned.size)
    bare.paste(turned)
    return bare


def _too_large(field: str) -> BadInput:
    return BadInput(
        "picture_too_large",
        f"图片太大：最多 {BYTES_MAX // 1_000_000} MB、{PIXELS_MAX // 1_000_000} 百万像素。",
        f"The picture is too large: at most {BYTES_MAX // 1_000_000} MB and {PIXELS_MAX // 1_000_000} megapixels.",
        field=field,
    )
