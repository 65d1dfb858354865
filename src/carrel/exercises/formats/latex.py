r"""LaTeX to Markdown with maths, by pandoc: a statement is a stranger's program for TeX.

pandoc reads LaTeX itself and runs no TeX. It is started with `--sandbox`, so that it opens
no file that a statement names, without the network's or our secrets' environment, and with
bounds on its time and memory. What it leaves out it says, and the caller hears of it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from carrel.core.errors import MissingToolError
from carrel.core.sizes import GIB, MIB, format_size
from carrel.exercises.formats.types import FormatError

_MAX_BYTES = MIB
_MAX_OUTPUT = 8 * MIB
_CPU_S = 20
_WALL_S = 60
_NOBODY = 65534
_HEAP = "512m"
_FROM = "latex"
_TO = "commonmark+pipe_tables+tex_math_dollars+footnotes+strikeout-raw_html"
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
    with tempfile.TemporaryDirectory(prefix="carrel-import-") as folder:
        log = Path(folder, "log.json")
        command = [
            _pandoc(),
            "+RTS",
            f"-M{_HEAP}",
            "-RTS",
            "--sandbox",
            "--verbose",
            f"--log={log}",
        ]
        command += [f"--from={_FROM}", f"--to={_TO}", "--wrap=none"]
        try:
            done = subprocess.run(
                command,
                input=data,
                capture_output=True,
                cwd=folder,
                env={"HOME": folder, "LANG": "C.UTF-8"},
                timeout=_WALL_S,
                check=False,
                preexec_fn=_bound,  # it only sets limits
                **_nobody(folder),
            )
        except subprocess.TimeoutExpired:
            raise FormatError(
                file, "LaTeX", f"to convert it takes longer than {_WALL_S} s"
            ) from None
        if done.returncode != 0 or len(done.stdout) > _MAX_OUTPUT:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            problem = next((line for line in said if not line.startswith("[")), "pandoc failed")
            raise FormatError(file, problem[:200], "pandoc cannot read it; give it as Markdown")
        return Converted(done.stdout.decode("utf-8", "replace"), _left_out(log))


def _nobody(folder: str) -> dict[str, Any]:
    """Return what makes a program somebody without rights, if we are root."""
    if os.geteuid() != 0:
        return {}
    os.chown(folder, _NOBODY, _NOBODY)
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * MIB, 64 * MIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A Haskell program reserves a terabyte of addresses at its start; its heap has -M.
    resource.setrlimit(resource.RLIMIT_AS, (4096 * GIB, 4096 * GIB))


def _left_out(log: Path) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for entry in json.loads(log.read_text(encoding="utf-8", errors="replace")):
        what = entry.get("contents") or entry.get("path") or entry.get("message") or ""
        text = " ".join(str(what).split())
        # A group's bounds and page breaks say nothing to a reader.
        if text and not text.startswith(_UNIMPORTANT):
            found[text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"] = None
    return tuple(found)


def _pandoc() -> str:
    spec = find_spec("pypandoc")
    path = Path(spec.origin).parent / "files" / "pandoc" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise MissingToolError(
            "pandoc, which converts LaTeX, is missing: install the package pypandoc-binary"
        )
    return str(path)
