"""The languages that a session can be held in: what answers inside the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources

from carrel.core.errors import InvalidValueError
from carrel.languages.javascript import JAVASCRIPT
from carrel.languages.python import PYTHON
from carrel.languages.spec import APP, USUAL_MEMORY, Entry

OURS = f"{APP}/.carrel"
"""Where programs of ours lie in a sandbox."""

_PYTHON_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from repl_python.session import main; main()"
)


@dataclass(frozen=True)
class ReplLanguage:
    """One language of sessions.

    `argv` gets the mark of the line (see `line`). `files` go into the sandbox, by path.
    """

    name: str
    title: str
    template: str
    argv: Callable[[str], tuple[str, ...]]
    env: Mapping[str, str]
    folder: str
    again_s: float | None = None
    """After how long a program that has not stopped is interrupted once more, if at all."""

    def files(self) -> dict[str, bytes]:
        """Return what has to lie in the sandbox."""
        return program_files(self.folder)


def program_files(folder: str) -> dict[str, bytes]:
    """Return the files of a folder of `inside/`, by their paths in a sandbox."""
    place = resources.files(__package__).joinpath("inside", folder)
    return {
        f"{OURS}/{folder}/{file.name}": file.read_bytes()
        for file in place.iterdir()
        if file.is_file() and not file.name.endswith(".pyc")
    }


PYTHON_REPL = ReplLanguage(
    name="python",
    title="Python",
    template=PYTHON.template,
    argv=lambda mark: ("python", "-c", _PYTHON_BOOT, OURS, mark),
    env={
        **PYTHON.env,
        # Figures are shown at the end of an execution.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": "/tmp/.ipython",  # noqa: S108 - inside the sandbox
        "TERM": "dumb",
    },
    folder="repl_python",
)

_JAVASCRIPT = f"{OURS}/repl_javascript/session.cjs"

JAVASCRIPT_REPL = ReplLanguage(
    name="javascript",
    title="Node.js",
    template=JAVASCRIPT.template,
    argv=lambda mark: (
        *JAVASCRIPT.run_argv(Entry("session.cjs", _JAVASCRIPT), USUAL_MEMORY),
        mark,
    ),
    env=JAVASCRIPT.env,
    folder="repl_javascript",
    # Node.js may lose a signal that comes just when a script begins or ends.
    again_s=1.0,
)

REPL_LANGUAGES = {language.name: language for language in (JAVASCRIPT_REPL, PYTHON_REPL)}


def parse_repl_language(name: str) -> ReplLanguage:
    """Return the language of that name; InvalidValueError names those there are."""
    found = REPL_LANGUAGES.get(name.strip().lower())
    if found is None:
        allowed = ", ".join(sorted(REPL_LANGUAGES))
        raise InvalidValueError("language", name, f"a session can be held in: {allowed}")
    return found
