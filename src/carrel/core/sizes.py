"""Sizes in bytes: limits as people write them (`256M`), measured ones rounded (`12.3 MB`)."""

from __future__ import annotations

import re

from carrel.core.errors import InvalidValueError

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

_UNITS = {"": 1, "K": KIB, "M": MIB, "G": GIB}
_PATTERN = re.compile(r"(\d{1,15})\s*([KMG]?)(?:i?B)?", re.IGNORECASE | re.ASCII)


def parse_size(value: int | str, *, field: str, minimum: int, maximum: int) -> int:
    """Return `value` in bytes; units are powers of 1024.

    Raises InvalidValueError, naming `field` and the allowed range, for anything
    that is not a size or that lies outside `minimum`..`maximum` (inclusive).
    """
    allowed = (
        f"give a size from {format_size(minimum)} to {format_size(maximum)}, "
        'such as "256M", "1G", "512K" or a number of bytes'
    )
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidValueError(field, value, allowed)
    if isinstance(value, int):
        size = value
    else:
        match = _PATTERN.fullmatch(value.strip())
        if match is None:
            raise InvalidValueError(field, value, allowed)
        size = int(match[1]) * _UNITS[match[2].upper()]
    if not minimum <= size <= maximum:
        raise InvalidValueError(field, value, allowed)
    return size


def format_size(size: int) -> str:
    """Return `size` bytes as a person would write it, exact where a unit divides it."""
    for unit, factor in (("G", GIB), ("M", MIB), ("K", KIB)):
        if size >= factor and size % factor == 0:
            return f"{size // factor}{unit}"
    for unit, factor in (("G", GIB), ("M", MIB), ("K", KIB)):
        if size >= factor:
            return f"{size / factor:.1f}{unit}"
    return str(size)


def format_measured(size: int) -> str:
    """Return `size` bytes that were measured, rounded: `1.5 GB`, `12.3 MB`, `340 KB`."""
    if size >= GIB:
        return f"{size / GIB:.1f} GB"
    return f"{size / MIB:.1f} MB" if size >= MIB else f"{size / KIB:.0f} KB"
