"""Judge a submission: compile once, run each test, check, decide.

One sandbox serves all tests of a submission that install it the same way, and no
other. Three things can go wrong that are not the student's doing or end the sandbox
early:

- Our side fails (PlatformFaultError): nothing of this attempt counts. The whole
  submission is judged again in a new sandbox, at most `RETRIES` times; then the
  error is the caller's. It is never a pass and never a verdict on the student.
- A test's memory limit takes the sandbox with it: that verdict stands, and the
  remaining tests run in a new sandbox where the submission is compiled again.
- The submission does not compile or parse: every test that needs it gets that verdict.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from carrel.core.errors import ExerciseFaultError, PlatformFaultError
from carrel.judge.build import refusals_as_faults
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.plan import Plan, Setup, Submission, beside, make_plan
from carrel.judge.progress import OnProgress, Phase, Progress
from carrel.judge.stage import RETRIES, RefusedError, Stage
from carrel.judge.verdict import SubmissionVerdict, TestVerdict, Verdict
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.pool import Lender
from carrel.texts.message import Message

KEEP_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A submission, its tests, and the rules.

    `limits` hold for each run. `keep_bytes` is how much of each test's stdout
    and stderr the verdicts carry; the check always sees all of it. `data` are files, by
    name, that every run finds in its directory, read-only. `on_progress` is told when
    the submission is compiled, when its tests begin, and after each of them.
    """

    submission: Submission
    tests: Sequence[JudgeTest]
    limits: RunLimits
    sandbox: SandboxLimits | None = None
    keep_bytes: int = KEEP_BYTES
    data: Mapping[str, bytes] = field(default_factory=dict)
    on_progress: OnProgress | None = None


async def judge(pool: Lender, job: Job) -> SubmissionVerdict:
    """Return the verdict on a submission.

    Raises PlatformFaultError after `RETRIES` failed repetitions, ExerciseFaultError at
    once when a program of the exercise's own failed, TemplateError when the language's
    template is missing.
    """
    if (refusal := job.submission.refusal) is not None:
        return _refused(pool, job, refusal)
    for left in range(RETRIES, -1, -1):
        try:
            with refusals_as_faults():
                return await _attempt(pool, job)
        except ExerciseFaultError:
            raise
        except PlatformFaultError as error:
            if not left:
                raise
            _log.warning("judging again after a platform fault (%d left): %s", left, error)
    raise AssertionError  # the last repetition returned or raised


async def _attempt(pool: Lender, job: Job) -> SubmissionVerdict:
    """Judge once. Tests of one setup run together, whatever their order is otherwise."""
    by_setup: dict[Setup | None, list[int]] = {}
    for index, test in enumerate(job.tests):
        by_setup.setdefault(test.setup, []).append(index)
    verdicts: dict[int, TestVerdict] = {}
    message: str | None = None

    def tell(phase: Phase) -> None:
        if job.on_progress is not None:
            job.on_progress(Progress(phase, len(verdicts), len(job.tests)))

    def note(index: int, verdict: TestVerdict) -> None:
        verdicts[index] = verdict
        tell(Phase.TESTING)

    for setup, indices in by_setup.items() or [(None, [])]:
        plan = _plan(job, setup)
        stage = Stage(pool, job.submission, plan, keep_bytes=job.keep_bytes, on_phase=tell)
        try:
            if not job.tests:
                await stage.box()  # that it compiles is all there is to know
            for index in indices:
                try:
                    note(index, await job.tests[index].run(stage))
                except RefusedError as error:  # the next one may not need the program
                    message = message or error.message
                    note(index, TestVerdict(Verdict.COMPILE_ERROR, Message("not-compiled")))
        except RefusedError as error:
            message = error.message
        finally:
            await stage.close()
    ordered = tuple(verdicts[index] for index in range(len(job.tests)))
    return SubmissionVerdict(ordered, compile_message=message, isolation=pool.isolation)


def _refused(pool: Lender, job: Job, why: Message) -> SubmissionVerdict:
    count = len(job.tests)
    if job.on_progress is not None:
        job.on_progress(Progress(Phase.TESTING, count, count))
    verdict = TestVerdict(Verdict.COMPILE_ERROR, Message("not-compiled"))
    return SubmissionVerdict((verdict,) * count, compile_message=why, isolation=pool.isolation)


def _plan(job: Job, setup: Setup | None) -> Plan:
    if setup is None:
        plan = make_plan(job.submission, job.limits, sandbox=job.sandbox)
    else:
        plan = setup.plan(job.submission, job.limits, job.sandbox)
    return replace(plan, steps=(beside(job.submission, job.data), *plan.steps))
