"""R, with the packages that belong to it."""

from __future__ import annotations

from carrel.languages.spec import APP, C_AT_ONCE, Entry, LanguageSpec, Smoke, SyntaxCheck

_HOME = "/usr/lib/R"
# What Rscript starts in the end, without the two shell scripts before it.
_R = (f"{_HOME}/bin/exec/R", "--no-echo", "--no-restore", "--vanilla")
_CHECK = "invisible(parse(commandArgs(TRUE)[1], keep.source = FALSE, encoding = 'UTF-8'))"

R = LanguageSpec(
    name="r",
    title="R",
    extensions=(".r",),
    aliases=("rscript",),
    template="r",
    entry=lambda _source: Entry("solution.R", f"{APP}/solution.R"),
    run_argv=lambda entry, _memory: (*_R, f"--file={entry.main}"),
    syntax_check=SyntaxCheck(
        argv=lambda entry: (*_R, "-e", _CHECK, "--args", entry.main),
        signs=(b"Error: unexpected", b"Error: incomplete", b"Error: invalid", b"Error: malformed"),
    ),
    env={
        "LANG": "C.UTF-8",
        "R_HOME": _HOME,
        "LD_LIBRARY_PATH": f"{_HOME}/lib",
        "R_LIBS_SITE": "",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    },
    out_of_memory=(b"Error: cannot allocate vector", b"Error: memory exhausted"),
    at_once=C_AT_ONCE,
    smoke=Smoke(
        'numbers <- scan(file("stdin"), quiet = TRUE)\ncat(sum(numbers), "\\n", sep = "")\n',
        "2 3\n",
        "5\n",
    ),
)
