"""The errors that carrel raises.

A student's fault is a value (a verdict); an error is always ours, the caller's
or the machine's. Every message names what was wrong and what to do about it.
"""

from __future__ import annotations


class CarrelError(Exception):
    """Any error that carrel raises on purpose."""


class InvalidValueError(CarrelError, ValueError):
    """A caller's value is impossible; nothing has been started."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        """Name the field, the value as it was given, and what is allowed."""
        super().__init__(f"{field}={value!r} is not possible: {allowed}")
        self.field = field
        self.value = value
        self.allowed = allowed


class TooLargeError(InvalidValueError):
    """A caller's value has more bytes than are allowed; nothing has been started."""

    def __init__(self, field: str, size: int, maximum: int) -> None:
        """Name the field, its size and the limit, in bytes; never its content."""
        super().__init__(field, f"{size:,} bytes", f"give at most {maximum:,} bytes")
        self.size = size
        self.maximum = maximum


class PrivilegeError(CarrelError, PermissionError):
    """The operation needs root, and this process is not root."""


class MissingToolError(CarrelError):
    """A program that carrel needs is not installed."""


class SignInRequiredError(CarrelError):
    """Nobody is signed in, or what was shown to sign in does not count (any more)."""


class NotAllowedError(CarrelError):
    """The caller is known, may know that the thing exists, and may not do this with it."""


class NotFoundError(CarrelError):
    """There is no such thing, or none that the caller may know of: nobody learns which."""


class ConflictError(CarrelError):
    """The request is right by itself and does not fit what there is now."""


class TooManyRequestsError(CarrelError):
    """The caller asks too often; `retry_after_s` is when it is worth asking again."""

    def __init__(self, message: str, retry_after_s: int = 60) -> None:
        """Say in the message what was too often, and in how many seconds to come back."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PlatformFaultError(CarrelError):
    """Our side failed: never a student's fault, never a pass, worth a retry."""


class ExerciseFaultError(PlatformFaultError):
    """A program of the exercise's own failed, such as its checker: its teacher must mend it.

    Never a student's fault, as every fault of the platform, but no retry helps.
    """


class BusyError(CarrelError):
    """The machine has no place for more work now; `retry_after_s` says when to ask again."""

    def __init__(self, message: str, retry_after_s: int = 5) -> None:
        """Say in the message what is taken, and in how many seconds to come back."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SandboxLostError(PlatformFaultError):
    """The sandbox ended without being asked to."""


class SandboxClosedError(CarrelError):
    """The sandbox was used after `kill()` or after its time to live."""


class TemplateError(CarrelError):
    """A template could not be found, built or removed."""


class SandboxFileError(CarrelError, OSError):
    """A file operation inside the sandbox failed; `errno` and `filename` are set."""
