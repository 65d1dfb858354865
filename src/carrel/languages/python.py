"""Python 3."""

from __future__ import annotations

from carrel.languages.spec import APP, Entry, LanguageSpec, Smoke, SyntaxCheck

_CHECK = """\
import sys, traceback
path = sys.argv[1]
try:
    with open(path, "rb") as file:
        compile(file.read(), path, "exec", dont_inherit=True)
except Exception as error:
    sys.stderr.write("".join(traceback.format_exception_only(error)))
    sys.exit(1)
"""

PYTHON = LanguageSpec(
    name="python",
    title="Python",
    extensions=(".py",),
    aliases=("py", "python3"),
    template="code-interpreter",
    entry=lambda _source: Entry("solution.py", f"{APP}/solution.py"),
    run_argv=lambda entry, _memory: ("python", entry.main),
    syntax_check=SyntaxCheck(
        argv=lambda entry: ("python", "-I", "-S", "-c", _CHECK, entry.main),
        signs=(b"SyntaxError", b"IndentationError", b"TabError", b"source code string cannot"),
    ),
    env={
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # The order of a set must not decide whether a submission passes.
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "Agg",
        # numpy would start a thread per host core, each with its own buffers.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    },
    out_of_memory=(b"\nMemoryError",),
    smoke=Smoke("a, b = map(int, input().split())\nprint(a + b)\n", "2 3\n", "5\n"),
)
