"""What senders of the shop's own sign with: the Standard Webhooks specification, as in :mod:`siyu.channels.signing`."""

from __future__ import annotations

from siyu.channels import signing
from siyu.channels.platform.callbacks import Delivery
from siyu.channels.protocol import Account
from siyu.storage import NotAllowed


def proved(account: Account, delivery: Delivery, secret: str = "secret") -> int:
    """When the sender says it was sent, in epoch seconds. Raises :class:`NotAllowed` where the signature is wrong.

    How old it is makes no difference: what was told before changes nothing.
    """
    headers = delivery.headers
    sent_at = headers.get("webhook-timestamp", "")
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
