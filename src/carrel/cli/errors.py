"""Errors of the command line's own."""

from __future__ import annotations

from carrel.core.errors import CarrelError


class RefusedError(CarrelError):
    """A server refuses what it was sent; the message is the server's."""
