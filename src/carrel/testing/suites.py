"""Run a suite of unit tests against a program, from a plain test function."""

from __future__ import annotations

from collections.abc import Mapping

from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.kinds.unit.remote import RemoteSuite, Side
from carrel.judge.kinds.unit.suite import TestFile
from carrel.judge.plan import Submission
from carrel.judge.verdict import SubmissionVerdict, TestVerdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

SUITE_LIMITS = RunLimits(cpu_ms=5000, wall_ms=20_000, memory_bytes=256 * MIB)
"""What one unit test may use: much more than one that ends needs."""


def judge_suite(
    suite: JudgeTest,
    language: Language,
    source: str,
    files: Mapping[str, bytes] | None = None,
    *,
    limits: RunLimits = SUITE_LIMITS,
) -> SubmissionVerdict:
    """Return the verdict on a program whose only test is `suite`."""
    submission = Submission(language, source.encode(), files or {})
    return portal.run(_judge, Job(submission, [suite], limits))


def judge_frameworks(
    side: Side,
    language: Language,
    source: str,
    file: str,
    tests: Mapping[str, str],
    *,
    limits: RunLimits = SUITE_LIMITS,
) -> dict[str, TestVerdict]:
    """Return the verdict of each framework on one submission.

    `tests` maps a framework of `side` to the text of its tests, which stands in `file`.
    """
    suites = [
        RemoteSuite(framework, side, (TestFile(file, text.encode()),))
        for framework, text in tests.items()
    ]
    verdict = portal.run(_judge, Job(Submission(language, source.encode()), suites, limits))
    return dict(zip(tests, verdict.tests, strict=True))


def passed(verdict: TestVerdict) -> set[str]:
    """Return the names of the unit tests that passed."""
    return {part.name for part in verdict.parts if part.passed}


async def _judge(pool: SandboxPool, job: Job) -> SubmissionVerdict:
    return await judge(pool, job)
