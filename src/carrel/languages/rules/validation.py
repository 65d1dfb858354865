"""A first look at a program before it runs: is it short enough, does it keep the course's rules.

This is a teaching rule and a first filter: it tells a student at once, in words, what a
course does not want to see. It is **never the security boundary**. Whoever wants to get
past it will; what keeps their program from doing harm is the sandbox.

A parser may take very long over a text made for it (some grammars are quadratic in what
they cannot make sense of), and nothing can interrupt it. So a long program is looked at
in a process of its own that can be ended; starting it takes a tenth of a second, and a
short program is read in at most a quarter, whatever it is.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from tree_sitter import Language as Grammar

from carrel.core.errors import InvalidValueError
from carrel.languages.registry import Language, parse_language
from carrel.languages.rules import java, javascript, native, python
from carrel.languages.rules.program import Finding, Program, Text, parse

MAX_CHARACTERS = 50_000
"""The longest program that is accepted."""

_AT_ONCE = 1_500
_CPU_SECONDS = 5
_WALL_SECONDS = 20.0 * _CPU_SECONDS
"""Its CPU time decides; the clock only catches what does not even use that."""

_CHILD = "from carrel.languages.rules.validation import _serve; _serve()"


@dataclass(frozen=True)
class _Rules:
    grammar: Grammar
    scopes: Collection[str]
    prepare: Callable[[str], Text]
    check: Callable[[Program], Iterator[Finding]]


RULES: Mapping[Language, _Rules] = MappingProxyType(
    {
        Language.PYTHON: _Rules(python.GRAMMAR, python.SCOPES, python.prepare, python.check),
        Language.JAVASCRIPT: _Rules(
            javascript.GRAMMAR, javascript.SCOPES, javascript.prepare, javascript.check
        ),
        Language.JAVA: _Rules(java.GRAMMAR, java.SCOPES, java.prepare, java.check),
        Language.CPP: _Rules(native.CPP_GRAMMAR, native.SCOPES, native.prepare, native.check),
        Language.C: _Rules(native.C_GRAMMAR, native.SCOPES, native.prepare, native.check),
    }
)
"""The rules of each language that has some; of any other only the length is looked at."""


def validate_code(code: str, language: Language | str) -> tuple[bool, str]:
    """Return whether a program may run by the course's rules, and why not.

    Refused are programs of more than 50,000 characters and constructs such as
    `import os`, `eval` or `system`, found in the parsed program: a comment or a string
    that mentions one is fine, and `__import__("o" + "s")` is not. The message names the
    construct, its line and the reason. What does not parse is accepted unless something
    forbidden can be recognised in it; the compiler will say the rest.

    A teaching rule and a first filter, never the security boundary: the sandbox is that.
    """
    known = parse_language(language)
    if not isinstance(code, str):
        raise InvalidValueError("code", type(code).__name__, "give a str")
    if len(code) > MAX_CHARACTERS:
        return False, (
            f"the program is too long: {len(code):,} characters, "
            f"and at most {MAX_CHARACTERS:,} are accepted"
        )
    if known not in RULES:
        return True, "OK"
    if len(code) <= _AT_ONCE:
        finding = first_finding(code, known)
    else:
        try:
            finding = _in_a_child(code, known)
        except subprocess.SubprocessError:  # too slow, or too much for the parser
            return False, (
                f"the program could not be read within {_CPU_SECONDS} seconds: "
                "write it in shorter, less deeply nested statements"
            )
    return (True, "OK") if finding is None else (False, finding.sentence())


def first_finding(code: str, language: Language) -> Finding | None:
    """Return the first forbidden construct of a program, by its line, or None."""
    rules = RULES[language]
    program = parse(rules.prepare(code), rules.grammar, rules.scopes)
    return next(rules.check(program), None)


def _in_a_child(code: str, language: Language) -> Finding | None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", _CHILD],
        input=json.dumps([code, language.value, _CPU_SECONDS]),
        capture_output=True,
        text=True,
        timeout=_WALL_SECONDS,
        check=True,
    )
    found = json.loads(done.stdout)
    return None if found is None else Finding(**found)


def _serve() -> None:
    """Look at the program on standard input; what `_in_a_child` runs."""
    code, language, cpu_seconds = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    finding = first_finding(code, Language(language))
    json.dump(None if finding is None else asdict(finding), sys.stdout)
