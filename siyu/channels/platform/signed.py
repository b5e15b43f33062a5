"""What senders of the shop's own sign with: the Standard Webhooks specification, as in :mod:`siyu.channels.signing`."""

from __future__ import annotations

from siyu.channels import signing
from siyu.channels.platform.callbacks import Delivery
from siyu.channels.protocol import Account
from siyu.storage import BadInput, NotAllowed


def check_secret(secret: str, field: str) -> None:
    """Raise :class:`BadInput` unless this is a secret to sign with."""
    try:
        signing.sign(secret, "", 0, b"")
    except ValueError:
        raise BadInput(
            "signing_secret",
            "签名密钥应为 whsec_ 加 Base64；留空可自动生成。",
            "A signing secret is whsec_ and base64; left empty, one is made.",
            field=field,
        ) from None


def proved(account: Account, delivery: Delivery, secret: str = "secret") -> int:
    """When the sender says it was sent, in epoch seconds. Raises :class:`NotAllowed` where the signature is wrong.

    How old it is makes no difference: what was told before changes nothing.
    """
    headers = delivery.headers
    sent_at = headers.get("webhook-timestamp", "")
    check_secret(account.secrets[secret], secret)
    genuine = (
        sent_at.isascii()
        and sent_at.isdigit()
        and len(sent_at) <= 11
        and signing.verify(
            account.secrets[secret],
            headers.get("webhook-id", ""),
            sent_at,
            delivery.body,
            headers.get("webhook-signature", ""),
            int(sent_at),
        )
    )
    if not genuine:
        raise NotAllowed("callback_signature", "签名不正确。", "The signature is wrong.")
    return int(sent_at)
