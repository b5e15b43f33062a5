"""The shapes of what ``siyu content …`` answers."""

from __future__ import annotations

from siyu.cli.answers.shaping import Answers, Schemas, shaped
from siyu.content.pieces import command as pieces
from siyu.reach import piece_command

SCHEMAS: Schemas = {
    "content": shaped("content", pieces.PieceAnswer),
    "content-list": shaped("content list", pieces.PiecesAnswer),
    "content-versions": shaped("content versions", pieces.VersionsAnswer),
    "content-mix": shaped("content mix", pieces.MixAnswer),
    "content-uses": shaped("content uses", piece_command.UsesAnswer),
}

ANSWERS: Answers = {
    **{
        ("content", word): "content" for word in ("show", "add", "submit", "approve", "send-back", "archive", "restore")
    },
    ("content", "list"): "content-list",
    ("content", "versions"): "content-versions",
    ("content", "mix"): "content-mix",
    ("content", "uses"): "content-uses",
}
