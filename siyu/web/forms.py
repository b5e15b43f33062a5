"""What a browser sent in a form: read with words for every mistake, and given back with the values kept.

name = form.text("name", required=True, characters_max=40)
size = form.whole("size", low=1, high=100)
with form.errors_kept():                     # an error of an action lands at its field
    if form.ok: ...
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from siyu.storage import BadInput, SiyuError
from siyu.web.current import current

WHOLE_MAX = 2**53
"""Whole numbers from outside go no further: every store holds them, and JavaScript counts them exactly."""


class Form:
    """The fields of one request, the errors found so far, and both for the template that shows it again."""

    def __init__(self, values: Mapping[str, Sequence[str]] | None = None) -> None:
        self._values: dict[str, list[str]] = {name: list(given) for name, given in (values or {}).items()}
        self.errors: dict[str, SiyuError] = {}
        self.general: list[SiyuError] = []

    @classmethod
    def showing(cls, **values: object) -> Form:
        """A form that shows what is stored: ``Form.showing(name=tag.name)``."""
        return cls({name: _shown(value) for name, value in values.items() if value is not None})

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong so far."""
        return not self.errors and not self.general

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str, default: str = "") -> str:
        """The field as it was typed."""
        given = self._values.get(name)
        return given[-1] if given else default

    def names(self) -> list[str]:
        """Of the fields that were sent."""
        return list(self._values)

    def all(self, name: str) -> list[str]:
        """Every value of a field that may occur several times (checkboxes)."""
        return self._values.get(name, [])

    def error(self, name: str) -> str:
        """What is wrong with a field, in the reader's language; empty if nothing."""
        found = self.errors.get(name)
        return "" if found is None else found.text(current().language)

    def fail(self, error: SiyuError) -> None:
        """Put an error at its field (or above the form if it has none)."""
        if error.field:
            self.errors.setdefault(error.field, error)
        else:
            self.general.append(error)

    @contextmanager
    def errors_kept(self) -> Generator[None]:
        """Catch the user's errors of an action and put them at their fields."""
        try:
            yield
        except SiyuError as error:
            if error.status >= 500:
                raise
            self.fail(error)

    def text(self, name: str, *, required: bool = False, characters_max: int = 200, lines: bool = False) -> str:
        """A text, blanks around it cut off."""
        value = self.get(name).strip().replace("\r\n", "\n")
        if required and not value:
            self._wrong(name, "required", "请填写。", "Please fill this in.")
        elif len(value) > characters_max:
            self._wrong(name, "too_long", f"最多 {characters_max} 个字符。", f"At most {characters_max} characters.")
        elif any(not (char.isprintable() or (lines and char in "\n\t")) for char in value):
            self._wrong(name, "unprintable", "含有无法显示的字符。", "There are characters that can't be shown.")
        return value

    def words(self, name: str) -> list[str]:
        """What stands between commas or in lines (a field of ``ui.ids``), each once."""
        text = self.get(name)
        for mark in "，、；;\n":
            text = text.replace(mark, ",")
        return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))

    def whole(self, name: str, *, low: int = 0, high: int = WHOLE_MAX, required: bool = True) -> int:
        """A whole number within bounds; ``low`` where the field is empty and not required."""
        raw = self.get(name).strip().replace(",", "")
        if not raw and not required:
            return low
        digits = raw.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 16) or not low <= int(raw) <= high:
            top = "" if high == WHOLE_MAX else f" {high:,}"
            self._wrong(
                name,
                "not_whole",
                f"请填写整数：{low:,} 至{top or '更大'}。",
                f"Please give a whole number: {low:,} to{top or ' any size'}.",
            )
            return low
        return int(raw)

    def decimal(
        self, name: str, *, low: Decimal = Decimal(0), high: Decimal = Decimal(10) ** 12, required: bool = True
    ) -> Decimal:
        """A decimal number within bounds; ``low`` where the field is empty and not required."""
        raw = self.get(name).strip().replace(",", "").lstrip("¥$")
        if not raw and not required:
            return low
        try:
            value = Decimal(raw) if len(raw) <= 30 else Decimal("nan")
        except InvalidOperation:
            value = Decimal("nan")
        if not value.is_finite() or not low <= value <= high:
            self._wrong(
                name, "not_a_number", f"请填写 {low} 到 {high} 的数字。", f"Please give a number from {low} to {high}."
            )
            return low
        return value

    def choice(self, name: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        """One of the values allowed; ``default`` where the field is missing."""
        value = self.get(name, default or "")
        if value not in allowed:
            self._wrong(name, "not_a_choice", "请从列表中选择。", "Please choose from the list.")
            return default or (allowed[0] if allowed else "")
        return value

    def choices(self, name: str, allowed: Sequence[str]) -> list[str]:
        """Any of the values allowed (checkboxes, multiple select)."""
        values = self.all(name)
        if any(value not in allowed for value in values):
            self._wrong(name, "not_a_choice", "请从列表中选择。", "Please choose from the list.")
        return [value for value in values if value in allowed]

    def flag(self, name: str) -> bool:
        """Whether a checkbox is ticked."""
        return self.get(name) in ("1", "on", "true", "yes")

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """A field of ``ui.date``, a day or a moment, in the installation's time zone, as UTC."""
        raw = self.get(name).strip()
        if not raw:
            if required:
                self._wrong(name, "required", "请填写。", "Please fill this in.")
            return None
        try:
            value = datetime.fromisoformat(raw)
            return (value if value.tzinfo else value.replace(tzinfo=current().timezone)).astimezone(UTC)
        except (ValueError, OverflowError):
            self._wrong(name, "not_a_moment", "请填写日期和时间。", "Please give a date and a time.")
            return None

    def _wrong(self, name: str, code: str, zh: str, en: str) -> None:
        self.errors.setdefault(name, BadInput(code, zh, en, field=name))


def _shown(value: object) -> list[str]:
    if isinstance(value, bool):
        return ["1"] if value else []
    if isinstance(value, (list, tuple, set, frozenset)):
        return [str(one) for one in value]
    if isinstance(value, datetime):
        return [value.astimezone(current().timezone).strftime("%Y-%m-%d %H:%M")]
    return [str(value)]
