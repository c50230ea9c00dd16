"""The signature of a delivery, by which its receiver knows that it is ours and fresh."""

from __future__ import annotations

import hashlib
import hmac
import secrets

ID, TIMESTAMP, SIGNATURE = "Lodestar-Delivery", "Lodestar-Timestamp", "Lodestar-Signature"
"""Headers of a delivery: its id, by which doubles are dropped; when it was sent, in seconds since 1970; signature."""


def new_secret() -> str:
    """A secret of 256 bits, of letters that can be copied."""
    return f"whsec_{secrets.token_urlsafe(32)}"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over the time, a full stop and the body, in hexadecimal digits behind `v1=`.

    Parameters
    ----------
    secret : str
        Known to the service and to the receiver.
    timestamp : int
        As its header says it.
    body : bytes
    """
    signed = f"{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers(secret: str, delivery: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a delivery.

    Parameters
    ----------
    secret, delivery : str
        Secret of the webhook, and id of the delivery.
    timestamp : int
        Seconds since 1970.
    body : bytes
    """
    return {ID: delivery, TIMESTAMP: str(timestamp), SIGNATURE: signature(secret, timestamp, body)}
