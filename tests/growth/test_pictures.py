"""Codes as pictures: what any phone decodes, on paper and in bad light; what is refused before it is printed."""

from __future__ import annotations

import itertools
import warnings
from io import BytesIO

import pypdfium2
import pytest
import resvg_py
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from siyu.growth.pictures.codes import SHEETS, as_printed, picture_of, print_of
from siyu.growth.pictures.colours import SCHEMES, Colours
from siyu.growth.pictures.lettering import LINE, drawable, fitted, width_of
from siyu.growth.pictures.safe import opened
from siyu.storage import BadInput

LINK = "https://shop.example.com/c/ab12cd34?from=parcel"


def picture(size: tuple[int, int] = (200, 120), kind: str = "PNG", **more: object) -> bytes:
    kept = BytesIO()
    drawn = Image.new("RGB", size, "#d23")
    ImageDraw.Draw(drawn).ellipse((20, 10, 120, 90), fill="#fff")
    drawn.save(kept, kind, **more)  # pyright: ignore[reportArgumentType]
    return kept.getvalue()


LOGO = picture()


def seen(content: bytes, format: str) -> Image.Image:
    """As a screen or a printer shows it at 300 dots to the inch, by programs that are not ours."""
    if format == "pdf":
        return pypdfium2.PdfDocument(content)[0].render(scale=300 / 72).to_pil().convert("RGB")
    if format == "svg":
        return Image.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=content.decode(), dpi=300)))).convert("RGB")
    return Image.open(BytesIO(content)).convert("RGB")


def decoded(shown: Image.Image) -> list[str]:
    return [each.text for each in zxingcpp.read_barcodes(shown)]


def photographed(shown: Image.Image, degrees: float = 4, blur: float = 1.0, quality: int = 40) -> Image.Image:
    """Held a little askew, not quite sharp, kept as a poor JPEG."""
    table = Image.new("RGB", (shown.width + 120, shown.height + 120), "#8d8478")
    table.paste(shown, (60, 60))
    turned = table.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="#8d8478")
    kept = BytesIO()
    turned.filter(ImageFilter.GaussianBlur(blur)).save(kept, "JPEG", quality=quality)
    return Image.open(kept)


@pytest.mark.parametrize("logo", [None, LOGO], ids=["bare", "logo"])
@pytest.mark.parametrize("colours", SCHEMES)
@pytest.mark.parametrize("format", ["png", "svg", "pdf"])
def test_a_code_of_3_cm_is_read_also_from_a_poor_photograph(format: str, colours: str, logo: bytes | None) -> None:
    made = picture_of(LINK, logo=logo, size_mm=30, format=format, colours=SCHEMES[colours][2])  # pyright: ignore[reportArgumentType]
    shown = seen(made, format)
    assert abs(shown.width - 354) <= 1
    assert decoded(shown) == [LINK]
    assert decoded(photographed(shown)) == [LINK]


@pytest.mark.parametrize(("sheet", "format"), list(itertools.product(SHEETS, ["png", "svg", "pdf"])))
def test_every_print_size_is_read_with_its_caption(sheet: str, format: str) -> None:
    made = print_of(LINK, sheet, caption="扫码添加顾问小王😀，领新人礼", logo=LOGO, format=format)  # pyright: ignore[reportArgumentType]
    shown = seen(made, format)
    size = SHEETS[sheet]
    assert abs(shown.width - size.width / 25.4 * 300) <= 1
    assert abs(shown.height - size.height / 25.4 * 300) <= 1
    assert decoded(shown) == [LINK]


def test_a_png_says_how_large_it_is_on_paper() -> None:
    assert Image.open(BytesIO(picture_of(LINK, size_mm=80))).info["dpi"] == pytest.approx((300, 300), abs=0.1)


links = st.builds(
    lambda host, path, query: f"https://{host}.example.com/{path}?q={query}",
    st.from_regex(r"[a-z][a-z0-9]{0,12}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"], exclude_characters="#?"), max_size=12),
    st.from_regex(r"[A-Za-z0-9_%.-]{0,30}", fullmatch=True),
)


@settings(max_examples=40, deadline=None)
@given(link=links, logo=st.sampled_from([None, LOGO]))
def test_any_link_is_read_as_what_was_to_be_printed(link: str, logo: bytes | None) -> None:
    shown = seen(picture_of(link, logo=logo, size_mm=60), "png")
    assert decoded(shown) == [as_printed(link)]


@settings(max_examples=100, deadline=None)
@given(link=links)
def test_what_is_printed_is_ascii_and_stays_as_it_is(link: str) -> None:
    printed = as_printed(link)
    assert printed.isascii()
    assert as_printed(printed) == printed


@pytest.mark.parametrize(
    "link", ["", "shop.example.com", "javascript:alert(1)", "https://", "https://a b.cn/", "https://[", "file:///etc"]
)
def test_what_is_no_link_is_refused_at_its_field(link: str) -> None:
    with pytest.raises(BadInput) as refused:
        picture_of(link)
    assert refused.value.field == "link"


def test_a_code_too_dense_for_its_size_is_refused_and_the_size_that_is_enough_works() -> None:
    long = LINK + "&x=" + "a1" * 150
    with pytest.raises(BadInput, match="at least") as refused:
        picture_of(long, size_mm=30)
    enough = int("".join(filter(str.isdigit, refused.value.en)))
    assert decoded(photographed(seen(picture_of(long, size_mm=enough, logo=None), "png"), blur=0.6)) == [long]


@pytest.mark.parametrize(("dark", "light"), [("#ffffff", "#000000"), ("#f0c000", "#ffffff"), ("#777777", "#999999")])
def test_colours_that_a_phone_cannot_tell_apart_are_refused(dark: str, light: str) -> None:
    with pytest.raises(BadInput) as refused:
        picture_of(LINK, colours=Colours(dark, light))
    assert refused.value.field == "colours"


@pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a....", LOGO[:300]])
def test_what_is_no_sound_png_or_jpeg_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        picture_of(LINK, logo=content)
    assert (refused.value.code, refused.value.field) == ("picture_broken", "logo")


def test_a_decompression_bomb_is_refused_before_it_is_unpacked() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept = BytesIO()
        Image.new("1", (19_000, 19_000)).save(kept, "PNG")
    assert len(kept.getvalue()) < 100_000
    with pytest.raises(BadInput) as refused:
        opened(kept.getvalue())
    assert refused.value.code == "picture_too_large"


def test_nothing_of_a_photograph_but_its_pixels_goes_on() -> None:
    told = Image.Exif()
    told[0x010F] = "SECRET-CAMERA"
    photo = picture(kind="JPEG", exif=told)
    assert b"SECRET-CAMERA" in photo
    for format in ("png", "svg", "pdf"):
        made = picture_of(LINK, logo=photo, size_mm=60, format=format)  # pyright: ignore[reportArgumentType]
        assert b"SECRET-CAMERA" not in made
        assert not opened(photo).info


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.sampled_from("王小雨的店 Welcome to Mayfly-Gardening，。😀\n领取"), max_size=80),
    width=st.floats(8, 200),
    height=st.floats(3, 60),
    size=st.floats(2, 30),
)
def test_words_stay_in_their_box(text: str, width: float, height: float, size: float) -> None:
    lines, em = fitted(text, width, height, size)
    assert em <= size
    assert all(width_of(line, em) <= width for line in lines)
    assert len(lines) * em * LINE <= height + 1e-6
    assert all(line in drawable(text) or line.endswith("…") for line in lines)


def test_names_with_emoji_are_drawn_without_them() -> None:
    assert drawable("王小雨😀🌸") == "王小雨"
