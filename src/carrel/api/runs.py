"""`POST /api/run`: run one program and say what it did."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from carrel.admission.admission import Admission
from carrel.admission.rules import Kind
from carrel.api.problems import RETRY_AFTER_S, Problem
from carrel.core.sizes import KIB, MIB
from carrel.judge.plan import Submission
from carrel.judge.request import encode, parse_submission
from carrel.judge.run_result import run_result
from carrel.judge.single import Outcome, run_once
from carrel.judge.verdict import Verdict
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import Lender

MAX_CODE_BYTES = 256 * KIB
MAX_STDIN_BYTES = MIB
MAX_BODY_BYTES = 6 * (MAX_CODE_BYTES + MAX_STDIN_BYTES) + 64 * KIB
"""JSON may write a byte as the six characters of \\u0000."""


class RunRequest(BaseModel):
    """A program to run."""

    model_config = ConfigDict(extra="forbid")

    code: str
    language: Annotated[str, Field(examples=["python"])]
    stdin: str = ""


class RunResponse(BaseModel):
    """What the program did.

    `success` means exit code 0 within all limits; `reason` says in a sentence what
    else happened. `execution_time` is in seconds, `memory_used` in bytes, and
    `exit_code` is -1 after a timeout. `isolation` names what the program ran in.
    """

    stdout: str
    stderr: str
    success: bool
    execution_time: float
    exit_code: int
    verdict: Verdict
    reason: str
    memory_used: int
    truncated: bool
    isolation: str


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
        """Run a program. Raises Problem, BusyError, and what `run_once` raises."""
        submission, stdin = read_request(request)
        async with self._admission.ask(Kind.RUN, patience_s=self._patience_s) as lender:
            outcome = await self._run(lender, submission, stdin)
        return RunResponse(**asdict(run_result(outcome, self._timeout_s)))

    async def _run(self, lender: Lender, submission: Submission, stdin: bytes) -> Outcome:
        try:
            async with asyncio.timeout(self._request_timeout_s):
                return await run_once(lender, submission, stdin, self._limits)
        except TimeoutError:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "busy",
                f"The program was not done within {self._request_timeout_s:g} s; "
                "the machine is overloaded: send the request again later.",
                RETRY_AFTER_S,
            ) from None


def read_request(request: RunRequest) -> tuple[Submission, bytes]:
    """Return what is to be run; InvalidValueError says what is wrong or too large."""
    submission = parse_submission(request.code, request.language, maximum=MAX_CODE_BYTES)
    return submission, encode("stdin", request.stdin, maximum=MAX_STDIN_BYTES)
