"""The student's own file: what it is called here and there, and what its lines say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath, PurePosixPath

from carrel.judge.checkers.forms import quoted
from carrel.judge.plan import Submission, installed_names
from carrel.languages.registry import SPECS
from carrel.languages.spec import APP

_LONGEST_NAME = 100
_LONGEST_EXCERPT = 160
_OBJECT = re.compile(r"(?:/usr/bin/ld: )?/tmp/cc\w{1,20}\.o: |/usr/bin/ld: ")
_INSIDE = re.compile(
    r"(?<![\w./])/(?:app|etc|home|lib|lib64|opt|proc|root|run|tmp|usr|var)/(?:[\w.+@-]{1,80}/){0,20}"
)


@dataclass(frozen=True)
class SourceFile:
    """The program as it was handed in.

    `name` is what the student calls it, `installed` its path below `APP` in the sandbox,
    `text` its source for reading. `others` are the names of further files of the submission
    by their paths there; `language` is its name, such as `python`.
    """

    name: str
    installed: str
    text: str = field(repr=False)
    others: Mapping[str, str] = field(default_factory=dict)
    language: str = ""

    @classmethod
    def of(cls, submission: Submission, name: str | None = None) -> SourceFile:
        """Return the main file of a submission; `name` None means that it has no other name."""
        installed = SPECS[submission.language].entry(submission.source).source
        called = PurePath(name.replace("\\", "/")).name if name else ""
        text = submission.source.decode("utf-8", "replace")
        others = {place: name for name, place in installed_names(submission).items()}
        return cls(
            quoted(called, _LONGEST_NAME) or installed,
            installed,
            text,
            others,
            submission.language.value,
        )

    def own(self, path: str) -> str | None:
        """Return the student's name for a file that a tool names, or None if it is not theirs."""
        inside = path.removeprefix("file://").removeprefix(f"{APP}/").removeprefix("./")
        if inside == self.installed:
            return self.name
        if inside in self.others or "/" in inside:
            return self.others.get(inside)
        # Java's traces leave out the folder.
        found = [self.name] if PurePosixPath(self.installed).name == inside else []
        found += (own for place, own in self.others.items() if PurePosixPath(place).name == inside)
        return found[0] if len(found) == 1 else None

    def line(self, number: int | None) -> str:
        """Return a line of the main file, from 1, as it is; empty if there is none."""
        lines = self._lines
        return lines[number - 1] if number is not None and 0 < number <= len(lines) else ""

    def excerpt(self, number: int | None) -> str:
        """Return a line of the main file for showing: printable, short, not indented."""
        return quoted(self.line(number).strip(), _LONGEST_EXCERPT)

    def renamed(self, text: str) -> str:
        """Return a tool's words with the student's name of the file, and no inner paths."""
        text = self._called.sub(lambda _: self.name, text)
        for place, own in self.others.items():
            if place != own:
                text = text.replace(place, own)
        return _INSIDE.sub("", _OBJECT.sub("", text))

    @cached_property
    def _lines(self) -> list[str]:
        # Compilers count line feeds; `splitlines` knows other line ends as well.
        return self.text.split("\n")

    @cached_property
    def _called(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?<![\w./-])(?:file://)?(?:{re.escape(APP)}/|\./)?{re.escape(self.installed)}(?![\w-])"
        )
