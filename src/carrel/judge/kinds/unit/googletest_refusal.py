"""What a student may read of why a program and GoogleTest's tests do not fit together."""

from __future__ import annotations

import re

from carrel.core.errors import ExerciseFaultError
from carrel.judge.checkers.forms import printable_text
from carrel.texts.message import Message

# Messages that name the student's functions and types, and quote no line of a test.
_TELLING = re.compile(
    r"undefined: |defined twice: |.* was not declared in this scope|.* has no member named "
    r"|no matching function for call to |.* is (?:private|protected) within this context"
    r"|too (?:few|many) arguments to function |.* does not name a type|.* is not a member of "
    r"|invalid use of incomplete type |no matching member function|invalid conversion from "
    r"|cannot declare variable .* to be of abstract type|use of deleted function "
    r"|passing .* as .this. argument discards qualifiers"
)
_SHOWN = 10
_MAX_TEXT = 8000


def refusal(message: str) -> str:
    """Return what the student is told; ExerciseFaultError for tests that are no C++."""
    whose, _, words = message.partition("\n")
    match whose:
        case "student":
            return words
        case "refused":
            return Message("unit-tests-forbid", what=printable_text(words.strip(), _MAX_TEXT))
        case "teacher":
            raise ExerciseFaultError(f"the exercise's tests do not compile:\n{words}")
        case "tests":
            telling = [line for line in words.splitlines() if _TELLING.match(line)]
            if not telling:
                return Message("unit-tests-do-not-fit")
            why = printable_text("\n".join(list(dict.fromkeys(telling))[:_SHOWN]), _MAX_TEXT)
            return Message("unit-tests-do-not-fit-because", why=why)
        case _:
            return message
