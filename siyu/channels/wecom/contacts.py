"""Reads customers of a company: who may have them, whose they are, what is known of one."""

from __future__ import annotations

from typing import Any, cast

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.failures import NO_FRIENDSHIP


def members_with_customers(client: PlatformClient) -> list[str]:
    """User ids of those who may have customers, within the app's sight."""
    return cast("list[str]", client.call("get_follow_user_list").get("follow_user") or [])


def customers_of(client: PlatformClient, userid: str) -> list[str]:
    """External user ids of one member's customers."""
    try:
        answer = client.call("externalcontact/list", params={"userid": userid})
    except PlatformError as error:
        if error.platform_code == NO_FRIENDSHIP:
            return []
        raise
    return cast("list[str]", answer.get("external_userid") or [])


def customer(client: PlatformClient, external_userid: str) -> dict[str, Any]:
    """``external_contact`` and all of ``follow_user``, as the platform tells them."""
    asked = {"external_userid": external_userid}
    answer = client.call("externalcontact/get", params=asked)
    followers = list(cast("list[dict[str, Any]]", answer.get("follow_user") or []))
    if answer.get("next_cursor"):
        for page, _ in client.pages("externalcontact/get", params=asked, start=str(answer["next_cursor"])):
            followers += page
    return {"external_contact": answer.get("external_contact") or {}, "follow_user": followers}


def send_welcome(client: PlatformClient, welcome_code: str, text: str, attachments: list[dict[str, Any]]) -> None:
    """Welcome a new friend; within 20 seconds, once a code. Raises :class:`PlatformError`: 41050 too late, 41051
    somebody was quicker."""
    body: dict[str, Any] = {"welcome_code": welcome_code}
    if text:
        body["text"] = {"content": text}
    if attachments:
        body["attachments"] = attachments
    client.call("send_welcome_msg", body=body)
