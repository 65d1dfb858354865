"""What a submission may consist of; pure."""

from __future__ import annotations

from collections.abc import Sequence

from carrel.archives.entries import RefusedEntryError, safe_name
from carrel.core.errors import InvalidValueError, TooLargeError, TooManyRequestsError
from carrel.core.sizes import MIB
from carrel.courses.types import Shown
from carrel.judge.plan import MAX_SOURCE_BYTES
from carrel.languages.registry import Language, parse_language
from carrel.submissions.types import SourceText

MAX_FILES = 50
MAX_NAME = 150
MAX_BYTES = 4 * MIB
"""All files of a submission together."""


MAX_WAITING = 20
"""So many submissions of one user may wait at a time: others want to be graded, too."""


def check_waiting(unfinished: int) -> None:
    """Raise TooManyRequestsError while so many submissions of a user are not graded yet."""
    if unfinished >= MAX_WAITING:
        raise TooManyRequestsError(
            f"{unfinished} of your submissions are not graded yet. "
            "Hand in the next one when some of them are.",
            retry_after_s=10,
        )


def check_language(name: str, shown: Shown) -> Language:
    """Return the language; InvalidValueError unless the exercise takes it."""
    language = parse_language(name)
    if language not in shown.languages:
        taken = ", ".join(shown.languages)
        raise InvalidValueError("language", name, f"this exercise takes {taken}")
    return language


def check_files(files: Sequence[SourceText]) -> tuple[SourceText, ...]:
    """Return the files with their names as they are used; InvalidValueError says what is wrong."""
    if not 1 <= len(files) <= MAX_FILES:
        raise InvalidValueError("files", len(files), f"give 1 to {MAX_FILES} files")
    checked = tuple(_checked(f"files[{number}]", file) for number, file in enumerate(files))
    names = [file.name for file in checked]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise InvalidValueError(f"files[{number}].name", name, "give each file its own name")
        if any(other.startswith(f"{name}/") for other in names):
            raise InvalidValueError(
                f"files[{number}].name", name, "a file cannot be the folder of another one"
            )
    size = sum(len(file.content) for file in checked)
    if size > MAX_BYTES:
        raise TooLargeError("files", size, MAX_BYTES)
    if not checked[0].content.strip():
        raise InvalidValueError("files[0].content", "", "the program is empty: write it first")
    return checked


def _checked(field: str, file: SourceText) -> SourceText:
    try:
        name = safe_name(file.name)
    except RefusedEntryError as error:
        raise InvalidValueError(f"{field}.name", file.name[:MAX_NAME], f"it {error}") from None
    if name is None or len(name) > MAX_NAME:
        raise InvalidValueError(
            f"{field}.name",
            file.name[:MAX_NAME],
            f"give a file name of up to {MAX_NAME} characters",
        )
    if len(file.content) > MAX_SOURCE_BYTES:
        raise TooLargeError(f"{field}.content", len(file.content), MAX_SOURCE_BYTES)
    return SourceText(name, file.content)
