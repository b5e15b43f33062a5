"""What is answered when something goes wrong: JSON to the API, a toast to HTMX, a page that helps to everybody else.

Bad input is never a 5xx. What nobody expected is logged under the request's id, without what the request held.
"""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Response

from siyu.storage import BadInput, NotAllowed, NotFound, SiyuError, value_unfit
from siyu.web.current import current
from siyu.web.edge import SIDEBAR
from siyu.web.routes import SignInFirst
from siyu.web.view import View

log = logging.getLogger("siyu.web")

AnyRequest = Request[Any, Any, Any]


class ErrorBody(msgspec.Struct):
    """What went wrong: a stable code, a sentence in both languages, the field it belongs to."""

    code: str
    zh: str
    en: str
    message: str
    field: str | None = None
    detail: dict[str, Any] | None = None


class ErrorAnswer(msgspec.Struct):
    """Every error of the API has this shape."""

    error: ErrorBody


def _plain(status: int, code: str, zh: str, en: str, *, field: str | None = None) -> SiyuError:
    error = SiyuError(code, zh, en, field=field)
    error.status = status
    return error


def understood(error: Exception) -> SiyuError | None:
    """An error of the framework or the stores that bad input causes, as one of ours."""
    if isinstance(error, SiyuError):
        return error
    if isinstance(error, ValidationException):
        return _validation(error)
    if isinstance(error, HTTPException):
        return _http(error)
    if value_unfit(error) or isinstance(error, (UnicodeError, RecursionError)):
        return BadInput(
            "value_unfit",
            "有一个值无法保存：数字太大、嵌套太深，或含有无效字符。",
            "A value can't be stored: a number too large, nesting too deep, or a character that is not valid.",
        )
    return None


def _validation(error: ValidationException) -> SiyuError:
    extra: Any = error.extra
    first: dict[str, Any] = extra[0] if isinstance(extra, list) and extra and isinstance(extra[0], dict) else {}
    words = str(first.get("message") or error.detail)
    field = first.get("key")
    return BadInput(
        "invalid",
        f"请求内容不符合要求：{field or ''} {words}".strip(),
        f"The request does not fit: {field or ''} {words}".strip(),
        field=field,
    )


def _http(error: HTTPException) -> SiyuError:
    match error.status_code:
        case 404:
            return NotFound("not_found", "没有这个页面或地址。", "There is no such page or address.")
        case 405:
            return _plain(
                405, "method_not_allowed", "这个地址不支持该方法。", "This address does not take that method."
            )
        case 413:
            return _plain(413, "too_large", "内容太大，超过了上限。", "The content is larger than the limit.")
        case 415:
            return _plain(415, "media_type", "不支持这种内容类型。", "This type of content is not supported.")
        case status if status < 500:
            detail = error.detail
            return _plain(status, "bad_request", f"请求无法识别：{detail}", f"The request can't be read: {detail}")
        case _:
            return _plain(error.status_code, "failed", "出错了。", "Something went wrong.")


def answer(request: AnyRequest, error: Exception) -> Response[Any]:
    """The answer to any error."""
    known = understood(error)
    if known is None:
        known = _plain(
            500,
            "unexpected",
            f"系统出错，已记录（编号 {current().id}）。请稍后重试；仍不行请把编号告诉管理员。",
            f"Something unexpected went wrong and was recorded (id {current().id}). Try again; if it stays, tell an "
            "administrator the id.",
        )
        _log(request, error)
    if request.url.path.startswith(("/api/", "/internal/", "/schema")):
        return _json(known)
    if "hx-request" in request.headers:
        return _toast(known)
    return _page(request, known)


def _log(request: AnyRequest, error: Exception) -> None:
    """Where it happened, and of which kind; not the message, which may hold personal values."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    route = getattr(getattr(request.scope.get("route_handler"), "fn", None), "__qualname__", "?")
    log.error("request %s failed in %s: %s at %s", current().id, route, type(error).__name__, " < ".join(places[::-1]))
    log.debug("request %s in full", current().id, exc_info=error)


def _json(error: SiyuError) -> Response[Any]:
    body = ErrorBody(
        error.code, error.zh, error.en, error.text(current().language), error.field, dict(error.detail) or None
    )
    return Response(
        msgspec.json.encode(ErrorAnswer(body), enc_hook=str),
        status_code=error.status,
        media_type="application/json",
        headers=_retry_after(error),
    )


def _retry_after(error: SiyuError) -> dict[str, str]:
    return {"retry-after": str(error.detail.get("seconds", 60))} if error.status in (429, 503) else {}


def _toast(error: SiyuError) -> Response[Any]:
    message = {"toast": {"text": error.text(current().language), "undo": "", "kind": "danger"}}
    reply: Response[Any] = Response(b"", status_code=error.status, media_type="text/html", headers=_retry_after(error))
    reply.headers["HX-Trigger"] = json.dumps(message)
    if isinstance(error, SignInFirst):
        reply.headers["HX-Redirect"] = _sidebar() or "/sign-in"
    return reply


def _sidebar() -> str:
    """The sidebar one was in, where one signs in by its platform; "" anywhere else."""
    account = current().path.removeprefix(SIDEBAR).partition("/")[0]
    return SIDEBAR + account if current().path.startswith(SIDEBAR) and account.isdecimal() else ""


def _page(request: AnyRequest, error: SiyuError) -> Response[Any]:
    if isinstance(error, SignInFirst) and request.method == "GET":
        call = current()
        if _sidebar():
            return View().redirect(_sidebar())
        back = call.path + (f"?{call.query}" if call.query else "")
        return View().redirect_to_sign_in(back)
    kind = "missing" if isinstance(error, NotFound) else "forbidden" if isinstance(error, NotAllowed) else "failed"
    shown = View().render("error.html", status=error.status, error=error, kind=kind)
    shown.headers.update(_retry_after(error))
    return shown
