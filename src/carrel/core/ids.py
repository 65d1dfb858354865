"""Identifiers: a prefix that says what is meant, and about 100 unguessable bits."""

from __future__ import annotations

import secrets
from typing import NewType

SandboxId = NewType("SandboxId", str)

_ALPHABET = "0123456789abcdefghijkmnpqrstuvwxyz"


def new_id(prefix: str) -> str:
    """Return `prefix_` followed by 20 random characters (about 101 bits)."""
    return prefix + "_" + "".join(secrets.choice(_ALPHABET) for _ in range(20))


def new_sandbox_id() -> SandboxId:
    """Return a fresh id for a sandbox."""
    return SandboxId(new_id("sbx"))
