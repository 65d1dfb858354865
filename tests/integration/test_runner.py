from __future__ import annotations

import pytest

from carrel import CodeRunner, Language, Verdict

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.namespaces]


@pytest.mark.parametrize("language", ["python", Language.PYTHON])
def test_a_program_reads_its_input_and_prints(language: Language | str) -> None:
    result = CodeRunner().run("print(input()[::-1])", language, stdin="abc")
    assert (result.success, result.stdout, result.stderr, result.exit_code) == (
        True,
        "cba\n",
        "",
        0,
    )
    assert 0 < result.execution_time < 60
    assert result.memory_used > 1_000_000


def test_a_timeout_is_said_and_keeps_what_was_printed() -> None:
    code = "import time\nprint('begun', flush=True)\ntime.sleep(60)"
    result = CodeRunner().run(code, Language.PYTHON, timeout=5)  # it must get as far as printing
    assert (result.success, result.exit_code, result.execution_time) == (False, -1, 5)
    assert result.stdout == "begun\n"
    assert "timed out" in result.stderr


def test_a_busy_loop_times_out_by_the_clock() -> None:
    result = CodeRunner().run("for (;;);", Language.JAVASCRIPT, timeout=1)
    assert (result.success, result.exit_code) == (False, -1)
    # On a crowded machine it has not computed for half of that second.
    assert result.verdict in (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT)


def test_a_failure_keeps_its_exit_code_and_stderr() -> None:
    result = CodeRunner().run("import sys\nsys.exit('bad day')", "python")
    assert (result.success, result.exit_code, result.stderr) == (False, 1, "bad day\n")
    crash = CodeRunner().run("int main() { __builtin_trap(); }", "cpp")
    assert (crash.success, crash.exit_code, crash.verdict) == (False, 132, Verdict.RUNTIME_ERROR)


def test_a_compile_error_is_no_success() -> None:
    result = CodeRunner().run("class A { int x }", Language.JAVA)
    assert not result.success
    assert result.exit_code != 0
    assert "A.java:1" in result.stderr
    assert result.verdict is Verdict.COMPILE_ERROR


def test_the_memory_limit_holds() -> None:
    code = "x = b'x' * 300_000_000\nprint('had it')"
    small = CodeRunner().run(code, Language.PYTHON, memory_limit="64M")
    assert not small.success
    assert small.verdict is Verdict.MEMORY_LIMIT
    assert CodeRunner().run(code, Language.PYTHON, memory_limit="512M").success


def test_odd_characters_survive_the_way_in_and_out() -> None:
    result = CodeRunner().run("print(input() + 'ß€😀')", "python", stdin="日本")
    assert result.stdout == "日本ß€😀\n"
