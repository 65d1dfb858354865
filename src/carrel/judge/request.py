"""A program and its input as callers write them: text, names, seconds, sizes."""

from __future__ import annotations

from carrel.core.errors import InvalidValueError, TooLargeError
from carrel.judge.plan import MAX_INPUT_BYTES, MAX_SOURCE_BYTES, Submission
from carrel.languages.registry import Language, parse_language
from carrel.sandbox.limits import RunLimits, SandboxLimits, parse_timeout


def parse_submission(
    code: str, language: Language | str, *, maximum: int = MAX_SOURCE_BYTES
) -> Submission:
    """Return what a caller wants to run; `maximum` in bytes.

    InvalidValueError names what is impossible, TooLargeError what is too large.
    """
    known = parse_language(language)
    return Submission(known, encode("code", code, maximum=maximum))


def encode(field: str, text: str, *, maximum: int = MAX_INPUT_BYTES) -> bytes:
    """Return text as bytes, at most `maximum`; what UTF-8 lacks becomes invalid UTF-8.

    The errors never quote the text: it may be a hidden test's.
    """
    if not isinstance(text, str):
        raise InvalidValueError(field, type(text).__name__, "give a str")
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > maximum:
        raise TooLargeError(field, len(data), maximum)
    return data


def run_limits(timeout: float, memory_limit: int | str) -> RunLimits:
    """Return the limits of a single run; InvalidValueError names what is impossible."""
    wall_ms = parse_timeout(timeout)
    memory = SandboxLimits.parse(memory_limit=memory_limit).memory_bytes
    return RunLimits(wall_ms=wall_ms, strict_wall=True, memory_bytes=memory)
