"""The judge over pretended sandboxes: what it asks of them, and what it decides."""

from __future__ import annotations

import anyio
import pytest

from carrel.core.errors import PlatformFaultError, SandboxLostError
from carrel.core.sizes import MIB
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission, make_plan
from carrel.judge.single import Outcome, run_once
from carrel.judge.stage import RETRIES
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.program import Ended, Execution, Identity, Program
from carrel.testing.sandboxes import Behaviour, FakePool, ended

pytestmark = pytest.mark.quick

LIMITS = RunLimits(cpu_ms=1000, wall_ms=3000, memory_bytes=64 * MIB)
ECHO = [StdioTest(b"1", b"1"), StdioTest(b"2", b"2"), StdioTest(b"3", b"3")]


def echo(program: Program) -> Execution:
    return ended(stdout=program.stdin or b"")


def judged(
    behaviour: Behaviour,
    *,
    language: Language = Language.CPP,
    tests: list[StdioTest] | None = None,
) -> tuple[SubmissionVerdict, FakePool]:
    pool = FakePool(behaviour)
    job = Job(Submission(language, b"source"), ECHO if tests is None else tests, LIMITS)
    try:
        return anyio.run(judge, pool.as_pool(), job), pool
    finally:
        assert all(box.destroyed for box in pool.boxes)


def is_build(program: Program) -> bool:
    return program.identity is Identity.BUILDER


def test_a_submission_is_compiled_once_and_runs_each_test_under_a_fresh_identity() -> None:
    result, pool = judged(echo)
    assert result.verdict is Verdict.ACCEPTED
    assert len(pool.boxes) == 1
    build, *runs = pool.boxes[0].executed
    assert build.identity is Identity.BUILDER
    assert build.cwd == "/app"
    assert [run.stdin for run in runs] == [b"1", b"2", b"3"]
    assert all(run.identity is Identity.FRESH and run.cwd is None for run in runs)
    assert pool.boxes[0].files == {"/app/solution.cpp": b"source"}


def test_an_interpreted_submission_needs_one_round_trip_per_test() -> None:
    _, pool = judged(echo, language=Language.PYTHON)
    assert len(pool.boxes[0].executed) == 3


def test_a_wrong_answer_is_told_by_its_line() -> None:
    result, _ = judged(lambda program: ended(stdout=b"" if program.stdin == b"2" else b"1\n"))
    assert [test.verdict for test in result.tests] == [
        Verdict.ACCEPTED,
        Verdict.WRONG_ANSWER,
        Verdict.WRONG_ANSWER,
    ]
    assert [test.reason for test in result.tests] == [
        "",
        "printed nothing",
        "line 1: 1 instead of 3, which is 2 away",
    ]
    assert result.verdict is Verdict.WRONG_ANSWER


def test_the_right_output_of_a_failed_program_does_not_pass() -> None:
    result, _ = judged(
        lambda program: ended(stdout=program.stdin or b"", exit_code=int(not is_build(program)))
    )
    assert {test.verdict for test in result.tests} == {Verdict.RUNTIME_ERROR}


def test_a_compile_error_is_every_tests_verdict_and_runs_nothing() -> None:
    result, pool = judged(lambda _: ended(exit_code=1, stderr=b"solution.cpp:1:1: error: no"))
    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.compile_message == "solution.cpp:1:1: error: no"
    assert [test.verdict for test in result.tests] == [Verdict.COMPILE_ERROR] * 3
    assert len(pool.boxes[0].executed) == 1


@pytest.mark.parametrize(
    ("execution", "words"),
    [
        (ended(how=Ended.CPU_LIMIT, cpu_ms=20_001), "more than 20 s"),
        (ended(how=Ended.MEMORY_LIMIT, sandbox_lost=True), "more than 512M of memory"),
        (ended(how=Ended.OUTPUT_LIMIT, stderr=b"error"), "more to say"),
        (ended(how=Ended.SIGNALED, signal=25), "failed without a message"),
    ],
)
def test_a_compiler_at_its_limit_is_a_compile_error(execution: Execution, words: str) -> None:
    result, _ = judged(lambda _: execution)
    assert result.verdict is Verdict.COMPILE_ERROR
    assert words in (result.compile_message or "")


def test_a_lost_sandbox_discards_the_attempt_and_judges_again() -> None:
    pool_boxes: list[int] = []

    def behaviour(program: Program) -> Execution:
        if program.stdin == b"2" and len(pool_boxes) == 0:
            pool_boxes.append(1)
            raise SandboxLostError("gone")
        return echo(program)

    result, pool = judged(behaviour)
    assert result.verdict is Verdict.ACCEPTED
    assert len(pool.boxes) == 2
    assert len(pool.boxes[1].executed) == 4


def test_a_platform_fault_is_never_a_verdict() -> None:
    pool = FakePool(_lose)
    job = Job(Submission(Language.C, b"x"), ECHO, LIMITS)
    with pytest.raises(PlatformFaultError):
        anyio.run(judge, pool.as_pool(), job)
    assert len(pool.boxes) == RETRIES + 1
    assert all(box.destroyed for box in pool.boxes)


def _lose(_: Program) -> Execution:
    raise SandboxLostError("gone")


def test_a_program_that_cannot_be_started_is_our_fault() -> None:
    with pytest.raises(PlatformFaultError):
        judged(lambda program: echo(program) if is_build(program) else ended(start_error="ENOENT"))


def test_a_memory_limit_that_takes_the_sandbox_stands_and_the_rest_goes_on() -> None:
    def behaviour(program: Program) -> Execution:
        if program.stdin == b"2":
            return ended(how=Ended.MEMORY_LIMIT, sandbox_lost=True)
        return echo(program)

    result, pool = judged(behaviour)
    assert [test.verdict for test in result.tests] == [
        Verdict.ACCEPTED,
        Verdict.MEMORY_LIMIT,
        Verdict.ACCEPTED,
    ]
    assert [len(box.executed) for box in pool.boxes] == [3, 2]
    assert pool.boxes[1].files == pool.boxes[0].files


def test_no_new_sandbox_is_taken_after_the_last_test() -> None:
    def behaviour(program: Program) -> Execution:
        lost = program.stdin == b"3"
        return ended(how=Ended.MEMORY_LIMIT, sandbox_lost=True) if lost else echo(program)

    _, pool = judged(behaviour)
    assert len(pool.boxes) == 1


SYNTAX = b'  File "/app/solution.py", line 1\nSyntaxError: invalid syntax\n'


def is_check(program: Program) -> bool:
    return "-c" in program.argv


def test_a_syntax_error_is_a_compile_error_with_the_checkers_message() -> None:
    def behaviour(program: Program) -> Execution:
        said = b"line 1\nSyntaxError: confirmed" if is_check(program) else SYNTAX
        return ended(exit_code=1, stderr=said)

    result, _ = judged(behaviour, language=Language.PYTHON)
    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.compile_message == "line 1\nSyntaxError: confirmed"


def test_a_forged_syntax_error_is_a_runtime_error_and_reveals_nothing() -> None:
    def behaviour(program: Program) -> Execution:
        if is_check(program):
            assert not program.stdin
            return ended()
        return ended(exit_code=1, stderr=SYNTAX + (program.stdin or b""))

    result, _ = judged(behaviour, language=Language.PYTHON)
    assert {test.verdict for test in result.tests} == {Verdict.RUNTIME_ERROR}
    assert result.compile_message is None


def test_kept_output_is_capped_and_says_so() -> None:
    flood = [StdioTest(b"x" * 1_000_000, b"x" * 1_000_000)]
    result, _ = judged(echo, tests=flood)
    (test,) = result.tests
    assert test.passed
    assert len(test.stdout.data) == 64 * 1024
    assert test.stdout.truncated
    assert "65,536 of 1,000,000 bytes" in test.stdout.text()


def test_without_tests_the_submission_is_only_compiled() -> None:
    result, pool = judged(echo, tests=[])
    assert result.tests == ()
    assert result.verdict is Verdict.ACCEPTED
    assert len(pool.boxes[0].executed) == 1


def test_the_sandbox_has_room_for_the_compiler_and_the_program_only_its_own() -> None:
    plan = make_plan(Submission(Language.CPP, b"x"), LIMITS)
    assert plan.sandbox_limits.memory_bytes == 512 * MIB
    assert plan.program(b"").limits.memory_bytes == 64 * MIB
    assert (
        make_plan(Submission(Language.PYTHON, b"x"), LIMITS).sandbox_limits.memory_bytes == 64 * MIB
    )


def test_a_runtimes_threads_are_not_the_students() -> None:
    java = make_plan(Submission(Language.JAVA, b"x"), LIMITS)
    c = make_plan(Submission(Language.C, b"x"), LIMITS)
    assert java.limits.processes > c.limits.processes == LIMITS.processes


async def once(pool: FakePool, sink: list[bytes]) -> Outcome:
    submission = Submission(Language.PYTHON, b"x")
    return await run_once(pool.as_pool(), submission, b"in", LIMITS, on_stdout=sink.append)


def test_a_single_run_streams_its_output() -> None:
    sink: list[bytes] = []
    outcome = anyio.run(once, FakePool(echo), sink)
    assert sink == [b"in"]
    assert outcome.verdict is Verdict.ACCEPTED


def test_a_single_run_is_not_repeated_once_output_was_handed_on() -> None:
    calls: list[Program] = []

    def behaviour(program: Program) -> Execution:
        calls.append(program)
        return ended(stdout=b"half", how=Ended.KILLED)

    sink: list[bytes] = []
    with pytest.raises(PlatformFaultError):
        anyio.run(once, FakePool(behaviour), sink)
    assert len(calls) == 1
    assert sink == [b"half"]
