r"""LaTeX to Markdown with maths, by pandoc: a statement is a stranger's program for TeX.

pandoc reads LaTeX itself and runs no TeX. It is started with `--sandbox`, so that it opens
no file that a statement names, without the network's or our secrets' environment, and with
bounds on its time and memory. What it leaves out it says, and the caller hears of it.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from carrel.core.errors import MissingToolError
from carrel.core.sizes import MIB, format_size
from carrel.exercises.formats.types import FormatError

_MAX_BYTES = MIB
_MAX_OUTPUT = 8 * MIB
_CPU_S = 20
_WALL_S = 60
_NOBODY = 65534
_COMMAND = (
    "pandoc",
    *("+RTS", "-M512m", "-RTS", "--sandbox", "--verbose", "--wrap=none", "--from=latex"),
    "--to=commonmark+pipe_tables+tex_math_dollars+footnotes+strikeout-raw_html",
)
_MESSAGE = re.compile(
    r"^\[(?:INFO|WARNING)\] (.*?)(?: at line \d+ column \d+)?$(?=\n\[|\n?\Z)",
    re.MULTILINE | re.DOTALL,
)
_SHOWN = 100
_UNIMPORTANT = ("\\bgroup", "\\egroup", "\\noindent", "\\newpage", "\\clearpage", "\\centering")


@dataclass(frozen=True)
class Converted:
    """Markdown, and what of the LaTeX is not in it, each piece shortened."""

    markdown: str
    left_out: tuple[str, ...] = ()


def to_markdown(latex: str, file: str) -> Converted:
    """Return LaTeX as Markdown; FormatError naming `file` when it cannot be read."""
    data = latex.encode()
    if len(data) > _MAX_BYTES:
        raise FormatError(file, format_size(len(data)), "a statement has at most 1 MB")
    binary = os.open(_pandoc(), os.O_RDONLY | os.O_CLOEXEC)
    try:
        done = subprocess.run(
            _COMMAND,
            input=data,
            capture_output=True,
            cwd="/",
            timeout=_WALL_S,
            check=False,
            preexec_fn=lambda: _become(binary),
        )
    except subprocess.TimeoutExpired:
        raise FormatError(file, "LaTeX", f"to convert it takes longer than {_WALL_S} s") from None
    finally:
        os.close(binary)
    said = done.stderr[:_MAX_OUTPUT].decode("utf-8", "replace")
    if done.returncode != 0 or len(done.stdout) > _MAX_OUTPUT:
        lines = said.strip().splitlines()
        problem = next((line for line in lines if not line.startswith("[")), "pandoc failed")
        raise FormatError(file, problem[:200], "pandoc cannot read it; give it as Markdown")
    return Converted(done.stdout.decode("utf-8", "replace"), _left_out(said))


def _become(binary: int) -> None:
    """Become pandoc: bounded, and nobody if we are root. Its file may lie in a private folder."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    os.execve(binary, _COMMAND, {"HOME": "/nonexistent", "LANG": "C.UTF-8"})  # noqa: S606


def _left_out(said: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for message in _MESSAGE.findall(said):
        what = re.sub(r"^Skipped '(.*)'$", r"\1", " ".join(message.split()))
        # A group's bounds and page breaks say nothing to a reader.
        if what and not what.startswith(_UNIMPORTANT):
            found[what if len(what) <= _SHOWN else what[: _SHOWN - 1] + "…"] = None
    return tuple(found)


def _pandoc() -> str:
    spec = find_spec("pypandoc")
    path = Path(spec.origin).parent / "files" / "pandoc" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise MissingToolError(
            "pandoc, which converts LaTeX, is missing: install the package pypandoc-binary"
        )
    return str(path)
