"""Compilers' words as values: real messages, as the compilers of the templates write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.grading.diagnostics import Diagnostic, diagnostics
from carrel.grading.source import SourceFile
from carrel.judge.plan import Submission
from carrel.languages.registry import Language

pytestmark = pytest.mark.quick


def handed_in(installed: str, text: str = "", name: str = "mine") -> SourceFile:
    return SourceFile(f"{name}.{installed.rpartition('.')[2]}", installed, text)


def test_gcc() -> None:
    source = handed_in("solution.cpp", "int main() {\n\tint y = z;\n\treturn foo(1)\n}\n")
    message = (
        "solution.cpp: In function 'int main()':\n"
        "solution.cpp:2:17: error: 'z' was not declared in this scope\n"
        "    2 |         int y = z;\n"
        "      |                 ^\n"
        "solution.cpp:3:22: error: expected ';' before '}' token\n"
        "    3 |         return foo(1)\n"
        "      |                      ^\n"
        "      |                      ;\n"
        "    4 | }\n"
        "      | ~                     \n"
        "solution.cpp:2:13: warning: unused variable 'y' [-Wunused-variable]\n"
        "solution.cpp:2:13: note: declared here\n"
    )
    assert diagnostics(message, source) == (
        Diagnostic("'z' was not declared in this scope", "mine.cpp", 2, 17, "error", "int y = z;"),
        Diagnostic("expected ';' before '}' token", "mine.cpp", 3, 22, "error", "return foo(1)"),
        Diagnostic(
            "unused variable 'y' [-Wunused-variable]",
            "mine.cpp",
            2,
            13,
            "warning",
            "int y = z;",
        ),
    )


def test_an_error_inside_a_system_header_is_placed_where_the_student_asked_for_it() -> None:
    source = handed_in("solution.cpp", "a\n  std::sort(v.begin(), v.end());")
    message = (
        "In file included from /usr/include/c++/12/vector:60,\n"
        "                 from solution.cpp:1:\n"
        "/usr/include/c++/12/bits/predefined_ops.h: In instantiation of 'constexpr bool f()':\n"
        "/usr/include/c++/12/bits/stl_algo.h:1809:14:   required from 'void std::__sort(S)'\n"
        "solution.cpp:2:29:   required from here\n"
        "/usr/include/c++/12/bits/predefined_ops.h:45:23: error: no match for 'operator<'\n"
        "   45 |       { return *__it1 < *__it2; }\n"
        "      |                ~~~~~~~^~~~~~~~\n"
        "/usr/include/c++/12/bits/stl_iterator.h:1246:5: note: candidate: 'template<class _T>'\n"
    )
    assert diagnostics(message, source) == (
        Diagnostic(
            "no match for 'operator<'",
            "mine.cpp",
            2,
            29,
            "error",
            "std::sort(v.begin(), v.end());",
        ),
    )


@pytest.mark.parametrize(
    "message",
    [
        """\
/usr/bin/ld: /tmp/ccOluveJ.o: in function `main':
solution.c:(.text+0x5): undefined reference to `f()'
collect2: error: ld returned 1 exit status
""",
        """\
/usr/bin/ld: /usr/lib/gcc/x86_64-linux-gnu/12/Scrt1.o: in function `_start':
(.text+0x1b): undefined reference to `f()'
""",
    ],
)
def test_the_linker(message: str) -> None:
    (found,) = diagnostics(message, handed_in("solution.c"))
    assert found.text == "undefined reference to `f()'"
    assert found.line is None


def test_javac() -> None:
    source = handed_in("A.java", 'class A {\n  int x = "a" }\n}\n', name="answer")
    message = (
        "A.java:2: error: ';' expected\n"
        '  int x = "a" }\n'
        "             ^\n"
        "Note: Some input files use unchecked or unsafe operations.\n"
        "1 error\n"
    )
    assert diagnostics(message, source) == (
        Diagnostic("';' expected", "answer.java", 2, 14, "error", 'int x = "a" }'),
    )


def test_python() -> None:
    source = handed_in("solution.py", "def f():\n    if True\n        pass\n")
    message = (
        '  File "/app/solution.py", line 2\n'
        "    if True\n"
        "           ^\n"
        "SyntaxError: expected ':'\n"
    )
    assert diagnostics(message, source) == (
        Diagnostic("SyntaxError: expected ':'", "mine.py", 2, 12, "error", "if True"),
    )
    without = "SyntaxError: source code string cannot contain null bytes"
    assert diagnostics(without + "\n", source) == (Diagnostic(without),)


def test_node() -> None:
    source = handed_in("solution.js", "console.log(1;")
    message = (
        "/app/solution.js:1\nconsole.log(1;\n            ^\n\n"
        "SyntaxError: missing ) after argument list\n"
        "    at wrapSafe (node:internal/modules/cjs/loader:1464:18)\n\nNode.js v20.20.2\n"
    )
    assert diagnostics(message, source) == (
        Diagnostic(
            "SyntaxError: missing ) after argument list",
            "mine.js",
            1,
            13,
            "error",
            "console.log(1;",
        ),
    )


@pytest.mark.parametrize(
    ("installed", "message", "text", "place"),
    [
        ("solution.ts", "solution.ts(3,5): error TS2322: no\n", "TS2322: no", (3, 5)),
        ("solution.go", "# command-line-arguments\n./solution.go:4:5: no\n", "no", (4, 5)),
        (
            "solution.rs",
            (
                "error[E0425]: cannot find value `y`\n --> solution.rs:2:9\n  |\n2 |     y\n\n"
                "error: aborting due to 1 previous error\n"
            ),
            "cannot find value `y`",
            (2, 9),
        ),
        ("solution.sh", "/app/solution.sh: line 3: syntax error\n", "syntax error", (3, None)),
        (
            "solution.R",
            (
                "Error in parse(commandArgs(TRUE)[1], keep.source = FALSE) : \n"
                "  /app/solution.R:2:3: unexpected symbol\n1: a\n2: b c\n     ^\nExecution halted\n"
            ),
            "unexpected symbol",
            (2, 3),
        ),
        (
            "solution.R",
            "Error in parse(x) : /app/solution.R:2:3: unexpected symbol\n",
            "unexpected symbol",
            (2, 3),
        ),
        ("solution.sql", 'Parse error near line 2: near "SELEC"', 'near "SELEC"', (2, None)),
    ],
)
def test_compilers_of_other_languages(
    installed: str, message: str, text: str, place: tuple[int, int | None]
) -> None:
    (found,) = diagnostics(message, handed_in(installed, "a\nb\nc\nd\n"))
    assert (found.text, (found.line, found.column)) == (text, place)
    assert found.file == f"mine.{installed.rpartition('.')[2]}"
    assert found.severity == "error"


def test_no_name_from_inside_the_sandbox_is_shown() -> None:
    source = handed_in("solution.c")
    text = "/app/solution.c:1:2: error: /tmp/ccOluveJ.o: see /usr/lib/gcc/x/12/include/stdio.h"
    assert source.renamed(text) == "mine.c:1:2: error: see stdio.h"
    assert source.renamed("./solution.c and xsolution.c") == "mine.c and xsolution.c"


def test_the_students_name_of_the_file_is_shown_and_is_safe() -> None:
    submission = Submission(Language.JAVA, b"public class Fib { }")
    assert SourceFile.of(submission).name == "Fib.java"
    assert SourceFile.of(submission, "/home/ada/answer.java").name == "answer.java"
    assert SourceFile.of(submission, "C:\\work\\answer.java").name == "answer.java"
    assert "\x1b" not in SourceFile.of(submission, "a\x1b[2J.java").name
    assert SourceFile.of(submission).installed == "Fib.java"


@given(st.text(max_size=400))
def test_any_message_is_read_and_what_comes_out_is_printable(message: str) -> None:
    for found in diagnostics(message, handed_in("solution.py", message)):
        assert found.text.isprintable()
        assert found.excerpt.isprintable()


@pytest.mark.parametrize("line", ["a" * 100_000, "(" * 100_000, 'File "' * 20_000, "a:1" * 30_000])
def test_a_flood_of_words_is_read_quickly(line: str) -> None:
    start = time.process_time()
    diagnostics(f"{line}\n" * 200, handed_in("solution.py"))
    assert time.process_time() - start < 20
