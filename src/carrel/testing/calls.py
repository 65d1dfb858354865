"""Judge functions in real sandboxes, from a plain test function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carrel.facade import portal
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.call import Call, CallTest, Raises
from carrel.judge.kinds.call_compare import Rules
from carrel.judge.kinds.call_values import Value
from carrel.judge.plan import Submission
from carrel.judge.verdict import SubmissionVerdict, TestVerdict
from carrel.languages.harness.signature import Signature, parse_parameter
from carrel.languages.harness.types import parse_type
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool
from carrel.testing.judging import AMPLE


def signature(
    name: str,
    parameters: Sequence[str] = (),
    returns: str = "void",
    *,
    changes: int | None = None,
    names: Mapping[Language, str] | None = None,
) -> Signature:
    """Return the signature that exercise.toml would give with these texts."""
    declared = tuple(map(parse_parameter, parameters))
    return Signature(name, declared, parse_type(returns), changes, names or {})


def calls_of(
    function: Signature,
    *calls: tuple[tuple[Value, ...], Value | Raises],
    rules: Rules | None = None,
    separate: bool = False,
) -> CallTest:
    """Return a test of these pairs of arguments and what is expected."""
    made = tuple(Call(arguments, expected) for arguments, expected in calls)
    return CallTest(function, made, rules or Rules(), separate)


def judge_calls(
    source: str | bytes, language: Language, *tests: CallTest, limits: RunLimits = AMPLE
) -> SubmissionVerdict:
    """Return the verdict on a program with these tests."""
    data = source.encode() if isinstance(source, str) else source

    async def work(pool: SandboxPool) -> SubmissionVerdict:
        return await judge(pool, Job(Submission(language, data), tests, limits))

    return portal.run(work)


def verdict_on_calls(
    source: str, language: Language, test: CallTest, limits: RunLimits = AMPLE
) -> TestVerdict:
    """Return the verdict of one test of a program that compiles."""
    result = judge_calls(source, language, test, limits=limits)
    if result.compile_message is not None:
        raise AssertionError(result.compile_message)
    (verdict,) = result.tests
    return verdict
