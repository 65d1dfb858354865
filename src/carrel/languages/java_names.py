r"""Find a Java program's main class, whatever its author called it.

javac wants a public class in a file of its own name, and `java` wants the name
of the class that holds `main`. Both are found by reading the source as tokens:
comments, strings, text blocks and character literals are skipped, braces are
counted, and only declarations at the top level (and `main` one level deeper)
matter. A parser written in C would do more than is needed, and student code
should not meet one on the host. One pass of one regular expression whose
alternatives each start differently: linear time on any input.

What is not valid Java may be read wrongly; javac then says what is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      //[^\n\r]*
    | /\*.*?(?:\*/|\Z)
    | \"{3}(?:[^\\"]|\\.|"(?!""))*(?:\"{3}|\Z)
    | "(?:[^\\"\n\r]|\\.)*"?
    | '(?:[^\\'\n\r]|\\.)*'?
    | (?P<word>[^\W\d][\w$]*|\$[\w$]*)
    | (?P<mark>[{}();.@])
    """,
    re.VERBOSE | re.DOTALL,
)
# A doubled backslash is matched first, so that `\\\\u0041` in a string stays as it is.
_UNICODE_ESCAPE = re.compile(r"\\\\|\\u+([0-9a-fA-F]{4})")
_KINDS = frozenset({"class", "interface", "enum", "record"})
_DEFAULT = "Main"
_MAX_NAME_BYTES = 200  # a file name has 255, and javac adds `$Inner.class`


@dataclass(frozen=True)
class JavaNames:
    """The name (without `.java`) that the file must have, and the class to start.

    `found` is false when the source has no class at all. `package` is its name, empty for
    none; `types` are the names of all types at the top level; `starts` says that one of
    them has a `main` method.
    """

    file_stem: str
    main: str
    found: bool = True
    package: str = ""
    types: tuple[str, ...] = ()
    starts: bool = False

    @property
    def folder(self) -> str:
        """The folder that the package wants the file in, with a slash at its end if any."""
        return f"{self.package.replace('.', '/')}/" if self.package else ""


@dataclass
class _Type:
    name: str
    public: bool
    has_main: bool = False


def find_main_class(source: str) -> JavaNames:
    """Return the file name and main class that `source` needs; never fails.

    The file is named for the public class, else for the class with `main`,
    else for the first one, else `Main`. The main class is the one with a
    `main` method, else the public one, else the first.
    """
    package, types = _read(source)
    public = next((t.name for t in types if t.public), None)
    with_main = next((t.name for t in types if t.has_main and t.public), None) or next(
        (t.name for t in types if t.has_main), None
    )
    first = types[0].name if types else _DEFAULT
    main = with_main or public or first
    return JavaNames(
        public or main,
        f"{package}.{main}" if package else main,
        found=bool(types),
        package=package,
        types=tuple(t.name for t in types),
        starts=with_main is not None,
    )


def _read(source: str) -> tuple[str, list[_Type]]:
    # javac replaces `\u0041` before anything else, so names may be written with it.
    plain = _UNICODE_ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[0], source)
    words = [m["word"] or m["mark"] for m in _TOKEN.finditer(plain) if m.lastgroup]
    reader = _Reader(words)
    for index in range(len(words)):
        reader.read(index)
    return reader.package, reader.types


class _Reader:
    """Walks over the words of a source, knowing how deep in braces it is."""

    def __init__(self, words: list[str]) -> None:
        self.package = ""
        self.types: list[_Type] = []
        self._words = words
        self._depth = 0
        self._public = False

    def read(self, index: int) -> None:
        word = self._words[index]
        if word == "{":
            self._depth += 1
        elif word == "}":
            self._depth = max(0, self._depth - 1)
            self._public = False
        elif self._depth == 0:
            self._read_top_level(index, word)
        elif self._depth == 1 and word == "main":
            self._read_main(index)

    def _read_top_level(self, index: int, word: str) -> None:
        if word == "package" and not self.types:
            self.package = self._dotted(index + 1)
        elif word == "public":
            self._public = True
        elif word == ";":
            self._public = False
        elif word in _KINDS and _is_type_name(self._at(index + 1)) and self._at(index - 1) != ".":
            self.types.append(_Type(self._at(index + 1), self._public))
            self._public = False

    def _read_main(self, index: int) -> None:
        modifiers = self._words[max(0, index - 8) : index]
        called = self._at(index + 1) == "("
        if called and self.types and "static" in modifiers and "void" in modifiers:
            self.types[-1].has_main = True

    def _at(self, index: int) -> str:
        return self._words[index] if 0 <= index < len(self._words) else ""

    def _dotted(self, start: int) -> str:
        parts: list[str] = []
        for word in self._words[start:]:
            if word != "." and not _is_name(word):
                break
            parts.append(word)
        return "".join(parts)


def _is_type_name(word: str) -> bool:
    return _is_name(word) and len(word.encode()) <= _MAX_NAME_BYTES


def _is_name(word: str) -> bool:
    return bool(word) and (word[0].isalpha() or word[0] in "_$")
