"""Run one program and see what it does."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from carrel.admission.admission import Admission
from carrel.admission.rules import Kind
from carrel.facade import portal
from carrel.judge.plan import Submission
from carrel.judge.request import encode, parse_submission, run_limits
from carrel.judge.run_result import run_result
from carrel.judge.single import Outcome, run_once
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits


@dataclass
class ExecutionResult:
    r"""What a program did.

    `success` means exit code 0 within all limits. `exit_code` is the program's,
    128 + the signal's number if a signal ended it, -1 after a timeout,
    the compiler's if it refused the program. `execution_time` is in seconds, the
    compiler's time not included; `memory_used` is the peak in bytes. Invalid
    UTF-8 in the output is shown as `\xNN`. `verdict` tells the kinds of failure
    apart (`accepted` here means that it ended well: there is no expected output), and
    `reason` says in a sentence what happened.
    `isolation` names what stood between the program and the machine, e.g. `gvisor`.
    """

    success: bool
    stdout: str
    stderr: str
    exit_code: int
    execution_time: float
    memory_used: int = 0
    verdict: Verdict = Verdict.ACCEPTED
    truncated: bool = False
    isolation: str = ""
    reason: str = ""


class CodeRunner:
    """Runs programs, each in a sandbox of its own that is gone when it ends."""

    def run(
        self,
        code: str,
        language: Language | str,
        stdin: str = "",
        timeout: float = 30,
        memory_limit: int | str = "256M",
    ) -> ExecutionResult:
        """Compile and run a program with this input; return what it did.

        `timeout` is in seconds, counted by the clock from the program's start.
        Raises InvalidValueError for impossible values before anything is
        started, PlatformFaultError when our side failed.
        """
        submission = parse_submission(code, language)
        given = encode("stdin", stdin)
        limits = run_limits(timeout, memory_limit)
        outcome = portal.run_admitted(_run, submission, given, limits)
        return ExecutionResult(**asdict(run_result(outcome, float(timeout))))


async def _run(
    admission: Admission, submission: Submission, stdin: bytes, limits: RunLimits
) -> Outcome:
    async with admission.ask(Kind.RUN) as lender:
        return await run_once(lender, submission, stdin, limits)
