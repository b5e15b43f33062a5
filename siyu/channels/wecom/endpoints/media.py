"""Pictures, films and files (D.12). An upload that had no answer may be made again: it only is there twice."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

ROWS = (
    Endpoint("media/upload", "POST", "/cgi-bin/media/upload", True, body="multipart"),
    Endpoint("media/upload_attachment", "POST", "/cgi-bin/media/upload_attachment", True, body="multipart"),
)
