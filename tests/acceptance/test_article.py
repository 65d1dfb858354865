"""What the article shows works, with nothing changed but the import."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

import carrel
from carrel import AutoGrader, CodeRunner, GradeResult, Language, Sandbox, TestCase

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.namespaces]

PROGRAMS = {
    Language.PYTHON: 'print("Hello, " + input())',
    Language.JAVASCRIPT: 'console.log("Hello, " + require("fs").readFileSync(0, "utf8").trim())',
    Language.JAVA: (
        "public class Solution { public static void main(String[] a) {"
        ' System.out.println("Hello, " + new java.util.Scanner(System.in).next()); } }'
    ),
    Language.CPP: (
        "#include <iostream>\n#include <string>\n"
        'int main() { std::string s; std::cin >> s; std::cout << "Hello, " << s << std::endl; }'
    ),
}


@pytest.mark.parametrize("language", list(PROGRAMS))
def test_the_code_runner_runs_each_of_its_languages(language: Language) -> None:
    runner = CodeRunner()
    result = runner.run(code=PROGRAMS[language], language=language, stdin="World")
    assert result.success
    assert f"Output: {result.stdout}" == "Output: Hello, World\n"
    assert f"Time: {result.execution_time:.2f}s".endswith("s")


@dataclass
class Ran:
    ok: bool
    out: str
    code: int
    seconds: float


class OwnRunner:
    """A user's own runner, made of `Sandbox.create`, `files.write` and `commands.run`."""

    RECIPES = {  # noqa: RUF012
        Language.PYTHON: ("code-interpreter", "solution.py", "python solution.py"),
        Language.JAVASCRIPT: ("node", "solution.js", "node solution.js"),
        Language.JAVA: ("base", "Solution.java", "javac Solution.java && java Solution"),
        Language.CPP: ("base", "solution.cpp", "g++ -o solution solution.cpp && ./solution"),
    }

    def run(self, code: str, language: Language, stdin: str = "", timeout: int = 120) -> Ran:
        template, file, command = self.RECIPES[language]
        sandbox = Sandbox.create(template=template, memory_limit="256M")
        try:
            start = time.time()
            sandbox.files.write(f"/app/{file}", code)
            if stdin:
                sandbox.files.write("/app/input.txt", stdin)
                command = f"{command} < input.txt"
            result = sandbox.commands.run(f"cd /app && {command}", timeout=timeout)
            return Ran(result.exit_code == 0, result.stdout, result.exit_code, time.time() - start)
        except TimeoutError:
            return Ran(ok=False, out="", code=-1, seconds=timeout)
        finally:
            sandbox.kill()


@pytest.mark.parametrize("language", list(PROGRAMS))
def test_a_users_own_runner_on_the_sandbox_works(language: Language) -> None:
    ran = OwnRunner().run(PROGRAMS[language], language, stdin="World")
    assert (ran.ok, ran.out) == (True, "Hello, World\n")


def test_a_users_own_runner_sees_the_timeout() -> None:
    ran = OwnRunner().run("while True: pass", Language.PYTHON, timeout=1)
    assert (ran.ok, ran.code, ran.seconds) == (False, -1, 1)


ADDITION = [
    TestCase(input="2 3", expected_output="5", name="Basic"),
    TestCase(input="0 0", expected_output="0", name="Zero"),
    TestCase(input="-5 10", expected_output="5", name="Negative"),
    TestCase(input="999999 1", expected_output="1000000", name="Large", hidden=True),
]


def test_the_auto_grader_grades_a_right_program() -> None:
    grader = AutoGrader()
    code = "\na, b = map(int, input().split())\nprint(a + b)\n"
    result = grader.grade(code=code, language=Language.PYTHON, test_cases=ADDITION)
    score = f"Score: {result.earned_points}/{result.total_points} ({result.percentage:.1f}%)"
    assert score == "Score: 4/4 (100.0%)"
    assert (result.passed_count, result.failed_count) == (4, 0)
    lines = [
        f"{'✓' if tr.passed else '✗'} {tr.test_case.name}: {tr.actual_output}"
        for tr in result.test_results
        if not tr.test_case.hidden
    ]
    assert lines == ["✓ Basic: 5", "✓ Zero: 0", "✓ Negative: 5"]
    assert result.test_results[3].actual_output == "[hidden]"


def test_the_auto_grader_grades_a_wrong_program() -> None:
    code = "a, b = map(int, input().split())\nprint(a - b)"
    result: GradeResult = AutoGrader().grade(code, Language.PYTHON, ADDITION, timeout_per_test=5)
    assert (result.earned_points, result.passed_count, result.failed_count) == (1, 1, 3)
    assert [tr.passed for tr in result.test_results] == [False, True, False, False]


def test_strict_resource_limits() -> None:
    sandbox = Sandbox.create(
        template="code-interpreter", memory_limit="256M", cpu_limit=0.5, disk_limit="100M"
    )
    try:
        assert sandbox.commands.run("echo ready", timeout=60).stdout == "ready\n"
        full = sandbox.commands.run("head -c 200M /dev/zero > /data/big", timeout=60)
        assert full.exit_code != 0
        busy = "python -c 'import time\nt=time.time()\nwhile time.time() < t + 2: pass'"
        result = sandbox.commands.run(busy, timeout=60)
        # Less than half where others work too.
        assert 0 < result.cpu_time < 1.35 * 0.5 * result.execution_time
        with pytest.raises(TimeoutError):
            sandbox.commands.run("sleep 90", timeout=1)
    finally:
        sandbox.kill()


CONNECT = """
import socket
for address in (("1.1.1.1", 80), ("169.254.169.254", 80), ("127.0.0.1", 22)):
    try:
        socket.create_connection(address, 2)
        print("reached", address)
    except OSError:
        pass
try:
    print(socket.gethostbyname("example.org"))
except OSError:
    pass
"""


@pytest.mark.parametrize("options", [{}, {"network": False}])
def test_there_is_no_network(options: dict[str, Any]) -> None:
    sandbox = Sandbox.create(template="code-interpreter", **options)
    try:
        sandbox.files.write("/app/connect.py", CONNECT)
        result = sandbox.commands.run("python /app/connect.py", timeout=60)
        assert (result.exit_code, result.stdout) == (0, "")
    finally:
        sandbox.kill()


def test_a_read_only_file_can_be_read_and_neither_changed_nor_deleted() -> None:
    with Sandbox.create(template="code-interpreter") as sandbox:
        data = "name,points\nAda,10\n"
        sandbox.files.write("/data/dataset.csv", data, readonly=True)
        assert sandbox.commands.run("cat /data/dataset.csv", timeout=60).stdout == data
        for command in (
            "echo x >> /data/dataset.csv",
            "rm -f /data/dataset.csv",
            "mv /data/dataset.csv /tmp/",
            "chmod 666 /data/dataset.csv",
        ):
            assert sandbox.commands.run(command, timeout=60).exit_code != 0, command
        assert sandbox.files.read("/data/dataset.csv") == data


def test_nothing_is_seen_of_another_sandbox_or_of_the_host() -> None:
    with Sandbox.create() as first, Sandbox.create() as second:
        first.files.write("/app/mine.txt", "mine")
        assert not second.files.exists("/app/mine.txt")
        found = second.commands.run("cat /etc/shadow /app/mine.txt; ls /root", timeout=60)
        assert found.exit_code != 0
        assert found.stdout == ""
    with Sandbox.create() as third:
        assert not third.files.exists("/app/mine.txt")


def test_the_names_come_from_one_import() -> None:
    names = "Sandbox CodeRunner Language ExecutionResult TestCase TestResult GradeResult AutoGrader"
    assert set(names.split()) <= set(carrel.__all__)
