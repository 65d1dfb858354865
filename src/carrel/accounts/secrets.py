"""Secrets that we hand out: long, random, and stored as a hash only.

A hash that is quick to compute is enough, since nobody can try all values of 256 random
bits; a password is another matter (`passwords`). Looking a hash up by equality tells an
attacker by its time at most how much of the *hash* fits, which helps with nothing.
"""

from __future__ import annotations

import hashlib
import secrets

_BYTES = 32
_LONGEST = 200


def new_secret(prefix: str) -> str:
    """Return `prefix_` followed by 43 random characters; the prefix helps to find leaked ones."""
    return f"{prefix}_{secrets.token_urlsafe(_BYTES)}"


def hash_of(secret: str) -> str:
    """Return what is stored of a secret: SHA-256, in hex."""
    return hashlib.sha256(secret[:_LONGEST].encode("utf-8", "surrogatepass")).hexdigest()
