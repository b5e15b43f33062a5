"""Every sample of the platforms is read with no field lost: callbacks of all kinds, WeCom's answers, sealed ones."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

from evidence.doors import doors
from evidence.harness import Evidence, MissingInput, Scale, at_least, equal, real_data
from evidence.samples import samples
from siyu.channels.platform.documents import any_json, read
from siyu.channels.platform.envelope import Envelope, page_signature, signature
from siyu.channels.registry import receivers_of

CLAIM = "platforms.samples"

Leaf = tuple[str, str]
"""Path, and what stands there."""

PAGE = (
    "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
    "Wm3WZYTPz0wzccnW",
    "1414587457",
    "http://mp.weixin.qq.com?params=value",
)


def measure(scale: Scale) -> Evidence:
    folder = real_data("wecom")
    lost = Counter[str]()
    read_in_all = misnamed = 0
    for sample in samples():
        lost[sample.kind] += len(_leaves_of(sample.body) - _leaves(read(sample.body)))
        misnamed += receivers_of()[sample.platform].read(sample.body).name != sample.kind
        read_in_all += 1
    shops = [body for door in doors() for body in door.bodies(1_767_225_600, "1")]
    for body in shops:
        lost["shops and others"] += len(_leaves_of(body) - _leaves(_document(body)))
    files = Counter[str]()
    for path, body in _bodies(folder):
        lost[path.name] += len(_leaves_of(body) - _leaves(_document(body)))
        files[path.suffix] += 1
    sealed, opened = _vectors(folder / "crypto_vectors_verified.json")
    goals = [
        equal("fields lost", sum(lost.values()), 0),
        equal("kinds that got another name", misnamed, 0),
        equal("crypto vectors that open or sign as published", opened, sealed),
        equal("crypto vectors", sealed, 8),
        equal("the page's signature as published", page_signature(*PAGE), "0f9de62fce790f9a083d5c99e95740ceb90c27ed"),
        at_least("callbacks of the documents read", read_in_all, 150, timed=False),
        at_least("samples of WeCom read", files.total(), 280, timed=False),
    ]
    size = (
        f"{read_in_all + len(shops)} callbacks, {files['.json']} answers and requests, {files['.xml']} events of WeCom"
    )
    return Evidence(CLAIM, size, goals)


def _bodies(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for part in ("api", "events"):
        for path in sorted((folder / part).rglob("*.*")):
            if path.suffix in (".json", ".xml"):
                yield path, path.read_bytes()


def _document(body: bytes) -> Any:
    return any_json(body) if _is_json(body) else read(body)


def _is_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _leaves_of(body: bytes) -> Counter[Leaf]:
    """What stands in a body, by the standard library's readers alone."""
    if _is_json(body):
        return _leaves(json.loads(body, parse_float=Decimal))
    found: Counter[Leaf] = Counter()

    def walk(element: ElementTree.Element, path: str) -> None:
        if len(element) == 0:
            found[path, element.text or ""] += 1
        for child in element:
            walk(child, f"{path}/{child.tag}")

    walk(ElementTree.fromstring(body), "")
    return found


def _leaves(value: Any, path: str = "") -> Counter[Leaf]:
    found: Counter[Leaf] = Counter()
    if isinstance(value, dict):
        for name, each in cast("dict[str, Any]", value).items():
            found += _leaves(each, f"{path}/{name}")
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            found += _leaves(each, path)
    else:
        found[path, str(value)] += 1
    return found


def _vectors(path: Path) -> tuple[int, int]:
    """How many there are, and how many are as published."""
    if not path.exists():
        raise MissingInput(f"{path.name} is not there")
    vectors: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return len(vectors), sum(_is_as_published(each) for each in vectors)


def _is_as_published(vector: dict[str, Any]) -> bool:
    given, sealed = (vector["timestamp"], vector["nonce"]), vector["encrypt"]
    if signature(vector["token"], *given, sealed) != vector["msg_signature"]:
        return False
    if vector["kind"] == "signature_only":
        return True
    told = vector["decrypted"]
    envelope = Envelope(vector["token"], vector["encodingAESKey"], vector["receiveid"] or told["receiveid"])
    opened = envelope.open(vector["msg_signature"], *given, sealed)
    if opened.decode() != told["msg"]:
        return False
    if not vector["kind"].startswith("encrypt"):
        return True
    random = vector["kind"].partition("random16=")[2].rstrip(")").encode()
    return envelope.seal(opened, *given, random)[0] == base64.b64encode(base64.b64decode(sealed)).decode()
