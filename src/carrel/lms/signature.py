"""The signature of a learning platform: HMAC-SHA256 over the body, in hex."""

from __future__ import annotations

import hmac

from carrel.core.errors import InvalidValueError


def sign(payload: bytes, secret: str) -> str:
    """Return the signature of a body: 64 hexadecimal digits.

    InvalidValueError for an empty secret, which everybody knows.
    """
    if not secret:
        raise InvalidValueError("secret", "", "give the secret that you share with the platform")
    return hmac.new(secret.encode("utf-8", "surrogatepass"), payload, "sha256").hexdigest()


def verify_lms_signature(payload: bytes, signature: str | None, secret: str) -> bool:
    """Return whether `signature` is that of `payload` under `secret`.

    `payload` is the body as it was sent, byte by byte; `signature` what the header
    `X-LMS-Signature` says, None without one. Takes the same time whatever is wrong with
    the signature, so that nobody can guess it digit by digit. InvalidValueError for an
    empty secret.
    """
    expected = sign(payload, secret)
    given = (signature or "").strip().lower().encode("utf-8", "surrogatepass")
    return hmac.compare_digest(given, expected.encode())
