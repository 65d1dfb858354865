"""Run one program for somebody who waits, and say what it did."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from carrel.admission.admission import Admission
from carrel.admission.rules import Kind
from carrel.core.errors import BusyError
from carrel.core.sizes import MIB
from carrel.judge.plan import Submission
from carrel.judge.request import encode, parse_submission
from carrel.judge.run_result import run_result
from carrel.judge.single import Outcome, run_once
from carrel.link.messages import MAX_CODE_BYTES, MAX_STDIN_BYTES, RunRequest, RunResponse
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import Lender


class RunService:
    """Turns requests into runs on this machine.

    `timeout_s` is a program's time by the clock, `patience_s` how long a request waits for
    its place, `request_timeout_s` is for all that comes after: sandbox, compiler and
    program.
    """

    def __init__(
        self,
        admission: Admission,
        *,
        timeout_s: float = 30.0,
        patience_s: float = 30.0,
        request_timeout_s: float = 120.0,
    ) -> None:
        self._admission = admission
        self._patience_s = patience_s
        self._timeout_s = timeout_s
        self._request_timeout_s = request_timeout_s
        self._limits = RunLimits(
            wall_ms=round(1000 * timeout_s), strict_wall=True, output_bytes=MIB
        )

    async def run(self, request: RunRequest) -> RunResponse:
        """Run a program. Raises BusyError, InvalidValueError, and what `run_once` raises."""
        submission, stdin = read_request(request)
        async with self._admission.ask(Kind.RUN, patience_s=self._patience_s) as lender:
            outcome = await self._run(lender, submission, stdin)
        return RunResponse(**asdict(run_result(outcome, self._timeout_s)))

    async def _run(self, lender: Lender, submission: Submission, stdin: bytes) -> Outcome:
        try:
            async with asyncio.timeout(self._request_timeout_s):
                return await run_once(lender, submission, stdin, self._limits)
        except TimeoutError:
            raise BusyError(
                f"The program was not done within {self._request_timeout_s:g} s; "
                "the machine is overloaded: send the request again later."
            ) from None


def read_request(request: RunRequest) -> tuple[Submission, bytes]:
    """Return what is to be run; InvalidValueError says what is wrong or too large."""
    submission = parse_submission(request.code, request.language, maximum=MAX_CODE_BYTES)
    return submission, encode("stdin", request.stdin, maximum=MAX_STDIN_BYTES)
