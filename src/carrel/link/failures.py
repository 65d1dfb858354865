"""Errors across the line: which of them keep their kind, so that HTTP can tell them apart."""

from __future__ import annotations

from carrel.core.errors import (
    BusyError,
    CarrelError,
    InvalidValueError,
    MissingToolError,
    PlatformFaultError,
    PrivilegeError,
    SandboxClosedError,
    SandboxLostError,
    TemplateError,
    TooLargeError,
)
from carrel.link.messages import FailureMessage

_WITH_WORDS: tuple[type[CarrelError], ...] = (
    TemplateError,
    SandboxLostError,
    SandboxClosedError,
    MissingToolError,
    PrivilegeError,
    PlatformFaultError,
)
_MOST = 4000
_UNKNOWN = "the worker failed"


def failure_of(error: Exception) -> FailureMessage:
    """Return the message that stands for an error; of an unexpected one it says nothing."""
    words = _plain(str(error))
    match error:
        case TooLargeError():
            return FailureMessage(
                kind="TooLargeError",
                words=words,
                field=error.field[:64],
                value=str(error.size),
                allowed=str(error.maximum),
            )
        case InvalidValueError():
            return FailureMessage(
                kind="InvalidValueError",
                words=words,
                field=error.field[:64],
                value=_plain(str(error.value)),
                allowed=_plain(error.allowed),
            )
        case BusyError():
            return FailureMessage(
                kind="BusyError", words=words, retry_after_s=min(error.retry_after_s, 3600)
            )
    for known in _WITH_WORDS:
        if isinstance(error, known):
            return FailureMessage(kind=known.__name__, words=words)
    return FailureMessage(kind="", words=_UNKNOWN)


def error_of(failure: FailureMessage) -> CarrelError:
    """Return the error that a message stands for; PlatformFaultError for an unknown one."""
    match failure.kind:
        case "TooLargeError" if failure.value.isdecimal() and failure.allowed.isdecimal():
            return TooLargeError(failure.field, int(failure.value), int(failure.allowed))
        case "InvalidValueError":
            return InvalidValueError(failure.field, failure.value, failure.allowed)
        case "BusyError":
            return BusyError(failure.words, failure.retry_after_s)
    for known in _WITH_WORDS:
        if failure.kind == known.__name__:
            return known(failure.words)
    return PlatformFaultError(failure.words)


def _plain(words: str) -> str:
    """Return words that every encoding can carry: halves of surrogate pairs are spelt out."""
    return words[:_MOST].encode("utf-8", "backslashreplace").decode()[:_MOST]
