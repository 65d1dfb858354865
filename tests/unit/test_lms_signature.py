"""The signature of a learning platform: what counts, and what does not."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from carrel import verify_lms_signature
from carrel.core.errors import InvalidValueError

pytestmark = pytest.mark.quick

BODY = b'{"student_id": "s1", "code": "print(1)"}'
SECRET = "what both know"  # noqa: S105 - of a test
RIGHT = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("signature", [RIGHT, RIGHT.upper(), f" {RIGHT}\n"])
def test_the_platforms_signature_counts(signature: str) -> None:
    assert verify_lms_signature(BODY, signature, SECRET)


@pytest.mark.parametrize(
    "signature",
    [None, "", "0" * 64, RIGHT[:-1], RIGHT + "0", "sha256=" + RIGHT, "ü" * 64, "\ud800", "\0" * 64],
)
def test_any_other_does_not(signature: str | None) -> None:
    assert not verify_lms_signature(BODY, signature, SECRET)


def test_it_is_that_of_these_bytes_and_of_this_secret() -> None:
    assert not verify_lms_signature(BODY + b" ", RIGHT, SECRET)
    assert not verify_lms_signature(BODY, RIGHT, SECRET + "!")
    assert verify_lms_signature(b"", hmac.new(b"k", b"", "sha256").hexdigest(), "k")


def test_without_a_secret_nothing_is_verified() -> None:
    with pytest.raises(InvalidValueError, match="secret"):
        verify_lms_signature(BODY, RIGHT, "")
