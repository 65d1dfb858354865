"""Stack traces as values: real ones, as the runtimes of the templates write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.grading.source import SourceFile
from carrel.grading.traces import Frame, Trace, trace

pytestmark = pytest.mark.quick

LANGUAGES = (
    "python",
    "java",
    "javascript",
    "c",
    "cpp",
    "go",
    "rust",
    "r",
    "bash",
    "sql",
    "typescript",
)


def of(language: str, name: str, installed: str, text: str = "") -> SourceFile:
    return SourceFile(name, installed, text, language=language)


def test_python_shows_the_students_frames_and_the_last_line_names_the_exception() -> None:
    stderr = """\
noise before
Traceback (most recent call last):
  File "/app/solution.py", line 5, in <module>
    load("{")
  File "/app/solution.py", line 3, in load
    return json.loads(text)
           ^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.13/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
json.decoder.JSONDecodeError: Expecting property name: line 1 column 2 (char 1)
"""
    source = of("python", "mine.py", "solution.py", "import json\n\n  a = 1\n")
    assert trace(stderr, source) == Trace(
        "json.decoder.JSONDecodeError: Expecting property name: line 1 column 2 (char 1)",
        (Frame("mine.py", 3, "load", "a = 1"), Frame("mine.py", 5, "<module>")),
    )


def test_endless_recursion_is_counted_and_not_listed() -> None:
    frame = '  File "/app/solution.py", line 1, in f\n    return f(n)\n'
    stderr = (
        f"Traceback (most recent call last):\n{frame * 3}"
        "  [Previous line repeated 996 more times]\nRecursionError: too deep\n"
    )
    found = trace(stderr, of("python", "a.py", "solution.py", "x"))
    assert found is not None
    assert (found.error, len(found.frames), found.more) == ("RecursionError: too deep", 3, 996)
    deep = (
        'Exception in thread "main" java.lang.StackOverflowError\n' + "\tat A.f(A.java:5)\n" * 1024
    )
    found = trace(deep, of("java", "A.java", "A.java"))
    assert found is not None
    assert len(found.frames) + found.more == 1024
    assert len(found.frames) < 10


def test_a_trace_whose_beginning_was_not_kept_is_read_all_the_same() -> None:
    stderr = '    f()\n  File "/app/solution.py", line 3, in f\n    1 / 0\nZeroDivisionError: no\n'
    found = trace(stderr, of("python", "a.py", "solution.py"))
    assert found is not None
    assert (found.error, [frame.line for frame in found.frames]) == ("ZeroDivisionError: no", [3])


def test_java_shows_the_cause_and_leaves_the_librarys_frames_out() -> None:
    stderr = """\
Exception in thread "main" java.lang.IllegalStateException: wrap
\tat R.g(R.java:4)
\tat R.main(R.java:5)
Caused by: java.lang.IndexOutOfBoundsException: Index 5 out of bounds for length 0
\tat java.base/jdk.internal.util.Preconditions.outOfBounds(Preconditions.java:64)
\tat java.base/java.util.ArrayList.get(ArrayList.java:427)
\tat R.f(R.java:3)
\t... 3 more
"""
    assert trace(stderr, of("java", "R.java", "R.java", "\n\nl.get(5)")) == Trace(
        "java.lang.IllegalStateException: wrap",
        (Frame("R.java", 3, "R.f", "l.get(5)"),),
        causes=("java.lang.IndexOutOfBoundsException: Index 5 out of bounds for length 0",),
    )


def test_node_shows_the_students_frames() -> None:
    stderr = """\
/app/solution.js:1
function f(){ null.x }
                   ^

TypeError: Cannot read properties of null (reading 'x')
    at f (/app/solution.js:1:20)
    at Object.<anonymous> (/app/solution.js:3:1)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)
    at node:internal/main/run_main_module:28:49

Node.js v22.20.0
"""
    source = of("javascript", "mine.js", "solution.js", "function f(){ null.x }\n\nf()")
    assert trace(stderr, source) == Trace(
        "TypeError: Cannot read properties of null (reading 'x')",
        (
            Frame("mine.js", 1, "f", "function f(){ null.x }"),
            Frame("mine.js", 3, "", "f()"),
        ),
    )
    thrown = "/app/solution.js:1\nthrow 'x'\n^\nx\n(Use `node --trace-uncaught ...`)\n"
    assert trace(thrown, source) == Trace("x", (Frame("mine.js", 1, "", "function f(){ null.x }"),))


@pytest.mark.parametrize(
    ("language", "installed", "stderr", "error", "lines"),
    [
        (
            "c",
            "solution.c",
            'solution: solution.c:2: main: Assertion `c > 3 && "why"\' failed.\n',
            'Assertion `c > 3 && "why"\' failed.',
            [2],
        ),
        (
            "cpp",
            "solution.cpp",
            (
                "terminate called after throwing an instance of 'std::out_of_range'\n"
                "  what():  vector::_M_range_check: __n (which is 3)\n"
            ),
            "std::out_of_range: vector::_M_range_check: __n (which is 3)",
            [],
        ),
        ("c", "solution.c", "free(): invalid pointer\n", "free(): invalid pointer", []),
        (
            "go",
            "solution.go",
            (
                "panic: runtime error: index out of range [5] with length 3\n\n"
                "goroutine 1 [running]:\nmain.f(...)\n\t/app/solution.go:5\nmain.main()\n"
                "\t/app/solution.go:9 +0x1d\nexit status 2\n"
            ),
            "runtime error: index out of range [5] with length 3",
            [5, 9],
        ),
        (
            "rust",
            "solution.rs",
            "\nthread 'main' (7) panicked at solution.rs:3:5:\nindex out of bounds\nnote: run\n",
            "index out of bounds",
            [3],
        ),
        (
            "sql",
            "solution.sql",
            "Runtime error near line 3: UNIQUE constraint failed: a.x (19)\n",
            "UNIQUE constraint failed: a.x (19)",
            [3],
        ),
        ("r", "solution.R", "Error in f(3) : no\nCalls: f\n", "Error in f(3) : no", []),
        (
            "bash",
            "solution.sh",
            "/app/solution.sh: line 3: foo: command not found\n",
            "foo: command not found",
            [3],
        ),
    ],
)
def test_other_runtimes(
    language: str, installed: str, stderr: str, error: str, lines: list[int]
) -> None:
    found = trace(stderr, of(language, "mine", installed))
    assert found is not None
    assert (found.error, [frame.line for frame in found.frames]) == (error, lines)
    assert all(frame.file == "mine" for frame in found.frames)


@pytest.mark.parametrize("language", [*LANGUAGES, "cobol"])
def test_what_is_no_trace_is_none(language: str) -> None:
    assert trace("just\nsome noise\n", of(language, "a", "solution.py")) is None


@pytest.mark.parametrize("language", LANGUAGES)
@given(stderr=st.text(max_size=300))
def test_anything_on_stderr_is_read_and_what_comes_out_is_printable(
    language: str, stderr: str
) -> None:
    start = 'Traceback (most recent call last):\n  File "/app/a", line 1, in x\n'
    for text in (stderr, start + stderr, f"/app/a:1\n^\n{stderr}"):
        found = trace(text, of(language, "a", "a", stderr))
        if found is not None:
            parts = [found.error, *found.causes, *(f.function + f.excerpt for f in found.frames)]
            assert "".join(parts).isprintable()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "line",
    ["a" * 10**6, ": " * 10**5, "    at a (/a:1:1\n" * 10**5, '  File "x", line 1\n' * 10**5],
)
def test_a_flood_on_stderr_is_read_quickly(language: str, line: str) -> None:
    start = time.process_time()
    trace(line, of(language, "a.py", "solution.py"))
    assert time.process_time() - start < 20
