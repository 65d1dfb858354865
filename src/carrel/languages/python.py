"""Python 3."""

from __future__ import annotations

from functools import partial

from carrel.languages.source_text import utf8
from carrel.languages.spec import (
    APP,
    WAITING,
    WAITING_LIMITS,
    AtOnce,
    Entry,
    LanguageSpec,
    Smoke,
    SyntaxCheck,
)
from carrel.sandbox.program import Identity, Program, Waiter

_CHECK = """\
import sys, traceback
for path in sys.argv[1:]:
    try:
        with open(path, "rb") as file:
            compile(file.read(), path, "exec", dont_inherit=True)
    except Exception as error:
        sys.stderr.write("".join(traceback.format_exception_only(error)))
        sys.exit(1)
"""

_RUN = ("python", f"{APP}/solution.py")
_ENV = {
    "LANG": "C.UTF-8",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # The order of a set must not decide whether a submission passes.
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "Agg",
    # numpy would start a thread per host core, each with its own buffers.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}

PYTHON = LanguageSpec(
    name="python",
    title="Python",
    extensions=(".py",),
    aliases=("py", "python3"),
    template="code-interpreter",
    entry=lambda _source: Entry("solution.py", _RUN[1]),
    run_argv=lambda _entry, _memory: _RUN,
    syntax_check=SyntaxCheck(
        argv=lambda entry: ("python", "-I", "-S", "-c", _CHECK, entry.main),
        signs=(b"SyntaxError", b"IndentationError", b"TabError", b"source code string cannot"),
        several=True,
    ),
    env=_ENV,
    out_of_memory=(b"\nMemoryError",),
    smoke=Smoke("a, b = map(int, input().split())\nprint(a + b)\n", "2 3\n", "5\n"),
    files_come_first=True,
    at_once=AtOnce(env={"PYTHONUNBUFFERED": "1"}),
    text=partial(utf8, may_name_encoding=True),
    waiters=(
        Waiter(
            name="python",
            argv=_RUN,
            env={"PYTHONPATH": WAITING},
            becomes=Program(_RUN, WAITING_LIMITS, Identity.FRESH, env=_ENV),
        ),
    ),
)
