"""The programs that are measured: A+B in every language, and the mix for fairness."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from carrel.judge.judge import Job
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.languages.registry import SPECS, Language
from carrel.sandbox.limits import RunLimits

LIMITS = RunLimits(cpu_ms=10_000, wall_ms=20_000)
TESTS = tuple(StdioTest(b"%d %d\n" % (n, n), b"%d\n" % (2 * n)) for n in range(1, 5))


def adding(language: Language) -> Submission:
    """Return A+B in a language: its smoke program."""
    return Submission(language, SPECS[language].smoke.code.encode())


def adding_job(language: Language, tests: tuple[StdioTest, ...] = TESTS) -> Job:
    """Return the judge's job for A+B with four tests."""
    return Job(submission=adding(language), tests=tests, limits=LIMITS)


@dataclass(frozen=True)
class HostTools:
    """How A+B is compiled and run on the host, without isolation."""

    compile: tuple[str, ...]
    run: tuple[str, ...]


def host_tools(language: Language) -> HostTools | None:
    """Return the host's commands in place of the sandbox's; None when a tool is missing."""
    spec = SPECS[language]
    entry = spec.entry(adding(language).source)
    run = list(spec.run_argv(entry, 256 << 20))
    if language in (Language.C, Language.CPP):
        run = ["./solution"]
    elif language is Language.JAVASCRIPT:
        run = ["node", entry.main]  # the host's Node may not know the options of ours
    run = [_here(word) for word in run]
    build: list[str] = []
    if spec.compiler is not None:
        build = [_here(word) for word in spec.compiler.argv(entry)]
    for argv in (build, run):
        if argv and not argv[0].startswith("./"):
            found = _which(argv[0])
            if found is None:
                return None
            argv[0] = found
    return HostTools(tuple(build), tuple(run))


def _here(word: str) -> str:
    """Return a word of a command, with the current folder in place of the sandbox's."""
    return word.replace("/app/", "").replace("/app", ".")


def _which(tool: str) -> str | None:
    # Debian's own before a version manager's shim, which costs more than the program.
    path = "/usr/local/bin:/usr/bin:/bin"
    names = ("python3", "python") if tool == "python" else (tool,)
    found = (shutil.which(name, path=path) or shutil.which(name) for name in names)
    return next((place for place in found if place), None)


BUSY = "n = {steps}\nwhile n:\n    n -= 1\nprint('done')\n"

MIX: Mapping[str, str] = {
    "accepted": "a, b = map(int, input().split())\nprint('done')\n",
    "near the CPU limit": BUSY,
    "over the CPU limit": "while True:\n    pass\n",
    "idle": "import time\ntime.sleep(60)\n",
    "too much memory": "data = bytearray(600 << 20)\nprint(len(data))\n",
}
"""Programs by what becomes of them; `{steps}` is set to come near the CPU limit."""
