"""Programs of several files, and files as editors leave them, in real sandboxes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.grading.diagnostics import diagnostics
from carrel.grading.source import SourceFile
from carrel.grading.traces import trace
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = RunLimits(cpu_ms=10_000, wall_ms=20_000, memory_bytes=256 * MIB)


def judged(
    language: Language,
    source: str | bytes,
    files: Mapping[str, bytes] | None = None,
    *,
    expected: str = "ok\n",
    data: Mapping[str, bytes] | None = None,
) -> SubmissionVerdict:
    raw = source.encode() if isinstance(source, str) else source
    tests = [StdioTest(b"", expected.encode())]
    return portal.run(
        _judge, Job(Submission(language, raw, files or {}), tests, LIMITS, data=data or {})
    )


async def _judge(pool: SandboxPool, job: Job) -> SubmissionVerdict:
    return await judge(pool, job)


READERS = {
    Language.PYTHON: "print(open('data.txt').read(), end='')",
    Language.JAVASCRIPT: ("process.stdout.write(require('fs').readFileSync('data.txt', 'utf8'))"),
    Language.TYPESCRIPT: (
        "import { readFileSync } from 'fs';\n"
        "process.stdout.write(readFileSync('data.txt', 'utf8'));\n"
    ),
    Language.C: (
        "#include <stdio.h>\n"
        'int main(void) { int c; FILE *f = fopen("data.txt", "r");'
        " while (f && (c = getc(f)) != EOF) putchar(c); }"
    ),
    Language.CPP: (
        "#include <fstream>\n#include <iostream>\n"
        'int main() { std::ifstream in("data.txt"); std::cout << in.rdbuf(); }'
    ),
    Language.JAVA: (
        "import java.nio.file.*;\nclass A { public static void main(String[] a) throws Exception {"
        ' System.out.print(Files.readString(Path.of("data.txt"))); } }'
    ),
    Language.GO: (
        'package main\nimport ("fmt"; "os")\n'
        'func main() { d, _ := os.ReadFile("data.txt"); fmt.Print(string(d)) }'
    ),
    Language.RUST: 'fn main() { print!("{}", std::fs::read_to_string("data.txt").unwrap()); }',
    Language.BASH: "cat data.txt",
    Language.R: "cat(readLines('data.txt'), sep = '\\n')",
}


@pytest.mark.parametrize("language", list(READERS))
def test_files_beside_the_program_are_in_its_directory(language: Language) -> None:
    assert set(READERS) == set(Language) - {Language.SQL}, "SQL reads no files"
    result = judged(language, READERS[language], {"data.txt": b"ok\n"})
    assert result.verdict is Verdict.ACCEPTED, result


def test_a_shell_library_is_sourced_from_beside_the_program() -> None:
    result = judged(
        Language.BASH, ". ./lib.sh\r\nsay ok\r\n", {"lib.sh": b'say() {\r\necho "$1"\r\n}\r\n'}
    )
    assert result.verdict is Verdict.ACCEPTED, result


def test_a_file_of_the_exercise_comes_before_a_students_of_that_name() -> None:
    result = judged(
        Language.PYTHON,
        READERS[Language.PYTHON],
        {"data.txt": b"forged\n"},
        data={"data.txt": b"ok\n"},
    )
    assert result.verdict is Verdict.ACCEPTED, result


OLD = {
    Language.PYTHON: "# gr\xfc\xdfe\nprint('ok')\n",
    Language.JAVA: "// gr\xfc\xdfe\nclass A { public static void main(String[] a)"
    ' { System.out.println("ok"); } }\n',
    Language.GO: 'package main\n\nimport "fmt"\n\n// gr\xfc\xdfe\n'
    'func main() { fmt.Println("ok") }\n',
    Language.RUST: '// gr\xfc\xdfe\nfn main() { println!("ok"); }\n',
    Language.BASH: "# gr\xfc\xdfe\necho ok\n",
}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
@pytest.mark.parametrize("language", list(OLD))
def test_a_program_in_an_old_encoding_runs(language: Language, encoding: str) -> None:
    result = judged(language, OLD[language].encode(encoding))
    assert result.verdict is Verdict.ACCEPTED, result


MAIN = "public static void main(String[] args) { System.out.println(new Till().say()); }"
TILL = 'class Till { String say() { return "ok"; } }'
IN_SHOP = f"package shop;\npublic class Main {{ {MAIN} }}"
JUNIT = "import org.junit.Test; class T { @Test void f(); }"
IN_MODEL = "package shop.model;\npublic " + TILL.replace("String say", "public String say")


@pytest.mark.parametrize(
    ("source", "files"),
    [
        (IN_SHOP, {"Till.java": "package shop;\n" + TILL}),
        (IN_SHOP, {"shop/Till.java": "package shop;\n" + TILL}),
        (
            f"package shop.app;\nimport shop.model.Till;\npublic class Main {{ {MAIN} }}",
            {"shop/model/Till.java": IN_MODEL},
        ),
        (
            f"package shop.app;\nimport shop.model.*;\npublic class Main {{ {MAIN} }}",
            {"Till.java": IN_MODEL},
        ),
        (f"class Main {{ {MAIN} }}", {"Things.java": f"class Thing {{}}\n{TILL}"}),
        (f"class Main {{ {MAIN} }}", {"Till.java": TILL, "Old.java": "class Old { broken"}),
        (
            f"class Main {{ {MAIN} }}",
            {
                "Till.java": TILL,
                "TillTest.java": "import org.junit.Test; class T { @Test void f(); }",
            },
        ),
        (f"class Main {{ {MAIN} }}", {"Till.java": TILL, "Till.class": "old", "Main.class": "old"}),
    ],
    ids=[
        "flat",
        "in folders",
        "two packages",
        "two flat",
        "another name",
        "unused",
        "tests",
        "made",
    ],
)
def test_java_of_several_files_runs(source: str, files: Mapping[str, str]) -> None:
    result = judged(Language.JAVA, source, {n: text.encode() for n, text in files.items()})
    assert result.verdict is Verdict.ACCEPTED, result


def test_an_error_in_a_second_file_is_told_with_the_students_name_of_it() -> None:
    answer = Submission(
        Language.JAVA,
        IN_SHOP.encode(),
        {"Till.java": b"package shop;\nclass Till { String say() { return 5; } }"},
    )
    outcome = portal.run(_judge, Job(answer, [StdioTest(b"", b"ok")], LIMITS))
    assert outcome.verdict is Verdict.COMPILE_ERROR
    source = SourceFile.of(answer, "App.java")
    (said, *_) = diagnostics(outcome.compile_message or "", source)
    assert (said.file, said.line, said.severity) == ("Till.java", 2, "error")


def test_a_crash_in_a_package_is_told_by_its_line() -> None:
    answer = Submission(
        Language.JAVA,
        IN_SHOP.encode(),
        {"x/Till.java": b'package shop;\nclass Till { String say() { return "" + 1 / 0; } }'},
    )
    (test,) = portal.run(_judge, Job(answer, [StdioTest(b"", b"ok")], LIMITS)).tests
    assert test.verdict is Verdict.RUNTIME_ERROR
    found = trace(test.stderr.text(), SourceFile.of(answer, "App.java"))
    assert found is not None
    assert [(frame.file, frame.line) for frame in found.frames] == [
        ("x/Till.java", 2),
        ("App.java", 2),
    ]


def test_go_of_several_files_runs_and_leaves_tests_out() -> None:
    main = 'package main\n\nfunc main() { say("ok") }\n'
    say = 'package main\n\nimport "fmt"\n\nfunc say(text string) { fmt.Println(text) }\n'
    files = {"say.go": say.encode(), "say_test.go": b'package main\nimport "testing"\nbroken'}
    result = judged(Language.GO, main, files)
    assert result.verdict is Verdict.ACCEPTED, result
    broken = judged(Language.GO, main, {"say.go": say.replace("text)", "txt)").encode()})
    assert broken.verdict is Verdict.COMPILE_ERROR
    assert "say.go:5" in (broken.compile_message or "")


@pytest.mark.parametrize(
    ("language", "source", "files"),
    [
        (Language.PYTHON, "import more\nprint('ok')", {"more.py": b"def f(:\n"}),
        (Language.JAVASCRIPT, "require('/app/more.js'); console.log('ok')", {"more.js": b"let ("}),
        (Language.BASH, "set -e\n. ./more.sh\necho ok", {"more.sh": b"if true\n"}),
    ],
)
def test_a_syntax_error_in_a_second_file_is_a_compile_error(
    language: Language, source: str, files: Mapping[str, bytes]
) -> None:
    result = judged(language, source, files)
    assert result.verdict is Verdict.COMPILE_ERROR, result
    assert "more" in (result.compile_message or "")


@pytest.mark.parametrize("language", [Language.JAVASCRIPT, Language.TYPESCRIPT])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_node_printed_is_not_lost_when_it_exits(language: Language, stream: str) -> None:
    size = 300_000
    source = f"process.{stream}.write('x'.repeat({size - 1}) + '\\n'); process.exit(0)"
    (test,) = judged(
        language, source, expected="x" * (size - 1) if stream == "stdout" else ""
    ).tests
    assert test.verdict is Verdict.ACCEPTED, test.reason
    assert (test.stdout if stream == "stdout" else test.stderr).size == size
