"""What a database's own errors become at the boundary."""

from __future__ import annotations

from carrel.core.errors import ConflictError, PlatformFaultError


class DatabaseError(PlatformFaultError):
    """The database did not do its work: it is locked, full, gone or broken.

    The unit of work was rolled back as a whole, so the same work can be tried again.
    """


class DuplicateError(ConflictError):
    """A row that must be unique is there already, or one that it names is not.

    Services look before they write, so this means that somebody else was quicker. `reason`
    is the database's, for a log.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("Somebody else changed the same thing just now: look again.")
        self.reason = reason
