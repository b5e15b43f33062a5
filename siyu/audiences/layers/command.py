"""What the command line and the API ask of layers: schemes read from JSON, answers as plain objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from siyu.audiences import layers
from siyu.audiences.layers import Scheme
from siyu.audiences.model import Rule, parse
from siyu.storage import BadInput, Stores


class LayerFile(msgspec.Struct, forbid_unknown_fields=True):
    """One layer: its key, its name in Chinese and English, and the rule that says who is in it."""

    key: str
    zh: str
    rule: dict[str, Any]
    en: str = ""


class SchemeFile(msgspec.Struct, forbid_unknown_fields=True):
    """A scheme as a file says it: the shape that the API takes."""

    zh: str
    layers: list[LayerFile]
    en: str = ""
    key: str = ""


def read_layers(written: Sequence[LayerFile]) -> list[tuple[str, str, str, Rule]]:
    """Layers as they were sent, with their rules read. Raises :class:`BadInput` with the place in ``field``."""
    found: list[tuple[str, str, str, Rule]] = []
    for place, layer in enumerate(written):
        try:
            found.append((layer.key, layer.zh, layer.en, parse(layer.rule)))
        except BadInput as error:
            at = (error.field or "$").removeprefix("$")
            raise BadInput(error.code, error.zh, error.en, field=f"$.layers[{place}].rule{at}") from error
    return found


def read_scheme(text: bytes) -> SchemeFile:
    """A scheme from a file. Raises :class:`BadInput`."""
    try:
        return msgspec.json.decode(text, type=SchemeFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            "scheme_file",
            f"分层文件格式不对：{error}",
            f"The file of the scheme can't be read: {error}",
            field="scheme",
        ) from error


def told(stores: Stores, scheme: Scheme) -> Mapping[str, Any]:
    """A scheme with how many people are in each layer as last worked out."""
    found = layers.distribution(stores, scheme.key)
    return {
        "key": scheme.key,
        "zh": scheme.label[0],
        "en": scheme.label[1],
        "own": scheme.own,
        "enabled": scheme.enabled,
        "computed": None if scheme.computed is None else scheme.computed.isoformat(),
        "values": dict(scheme.values),
        "layers": {each.key: found.get(each.key, 0) for each in scheme.layers},
    }
