"""Run a suite of unit tests against a program, from a plain test function."""

from __future__ import annotations

from collections.abc import Mapping

from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.plan import Submission
from carrel.judge.verdict import SubmissionVerdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

SUITE_LIMITS = RunLimits(cpu_ms=1000, wall_ms=3000, memory_bytes=256 * MIB)
"""What one unit test may use."""


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


async def _judge(pool: SandboxPool, job: Job) -> SubmissionVerdict:
    return await judge(pool, job)
