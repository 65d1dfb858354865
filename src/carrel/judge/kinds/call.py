"""A test by function calls: described once without a language, and run in each.

The host holds the arguments and the expected results; the sandbox gets the arguments of
the call at hand and nothing else. Whatever the program prints, writes into files, or says
about itself: a call counts when its result is the right value, which is compared here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from carrel.core.errors import InvalidValueError
from carrel.judge.classify import classify
from carrel.judge.kinds.call_compare import Rules
from carrel.judge.kinds.call_session import (
    Answer,
    Broken,
    NotCallableError,
    Raised,
    Session,
)
from carrel.judge.kinds.call_types import show, show_call
from carrel.judge.kinds.call_values import Value, parts
from carrel.judge.plan import BuildStep, Plan, Setup, Submission, make_plan
from carrel.judge.stage import RefusedError, Stage
from carrel.judge.verdict import PartVerdict, TestVerdict, Verdict
from carrel.languages.harness.installation import not_callable
from carrel.languages.harness.raises import FAMILIES, OUT_OF_MEMORY, accepted
from carrel.languages.harness.registry import HARNESSES
from carrel.languages.harness.signature import Signature, function_name
from carrel.languages.registry import Language
from carrel.languages.spec import APP
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.program import Ended, Execution, Identity, Program
from carrel.sandbox.run import Lap
from carrel.texts.message import Message

_PARTS_BEYOND = 10_000
_LAST_WORDS = 8 * 1024
"""Where a runtime says why it gave up."""
_NO_LAP = Lap(0, 0, 0)
_EXACTLY = Rules()


@dataclass(frozen=True)
class Raises:
    """An error is expected: of a family, or of classes named per language."""

    family: str = "any"
    classes: tuple[tuple[Language, str], ...] = ()

    def accept(self, language: Language, classes: Sequence[str]) -> bool:
        """Whether an error of these classes is the expected one."""
        return accepted(self.names(language), classes)

    def names(self, language: Language) -> tuple[str, ...]:
        """Return the names of the classes that count in a language."""
        own = tuple(name for one, name in self.classes if one is language)
        if own or self.classes:
            return own or ("any",)
        return FAMILIES.get(self.family, {}).get(language.value, ("any",))

    def __str__(self) -> str:
        """Return the expectation as a student reads it."""
        if self.classes:
            return "error: " + ", ".join(sorted({name for _, name in self.classes}))
        return "error" if self.family == "any" else f"error: {self.family}"


@dataclass(frozen=True)
class Call:
    """One call: its arguments, what is expected of it, and its share of the points."""

    arguments: tuple[Value, ...]
    expected: Value | Raises
    weight: float = 1.0


@dataclass(frozen=True)
class CallSetup:
    """A submission with one function made callable."""

    signature: Signature

    def plan(
        self, submission: Submission, limits: RunLimits, sandbox: SandboxLimits | None
    ) -> Plan:
        """Return the plan: the language's own, with a harness."""
        harness = HARNESSES.get(submission.language)
        if harness is None:
            raise InvalidValueError(
                "language", submission.language.value, "functions cannot be called in it"
            )
        plan = make_plan(submission, limits, sandbox=sandbox)
        entry = plan.spec.entry(submission.source)
        made = harness.install(self.signature, submission.source, entry, tuple(plan.run.argv))
        (step,) = plan.steps
        files = {**step.files, **{f"{APP}/{name}": data for name, data in made.files.items()}}
        program = step.program
        if made.compile is not None and plan.spec.compiler is not None:
            program = Program(
                argv=made.compile,
                limits=plan.spec.compiler.limits,
                identity=Identity.BUILDER,
                env=plan.spec.compiler.env,
                cwd=APP,
            )
        return replace(
            plan,
            steps=(BuildStep(files, program, made.explain),),
            run=replace(plan.run, argv=made.run, env={**plan.run.env, **made.env}),
        )


@dataclass(frozen=True)
class _Outcome:
    """How one call came out; `shown` is its result as students read it."""

    verdict: Verdict
    reason: str = ""
    shown: str = ""
    lap: Lap = _NO_LAP
    execution: Execution | None = None


@dataclass(frozen=True)
class CallTest:
    """Calls of one function, one after the other in one process.

    With `separate`, each has a process of its own, so that nothing that one leaves in the
    program's memory can be found by the next.
    """

    signature: Signature
    calls: tuple[Call, ...]
    rules: Rules = _EXACTLY
    separate: bool = False

    @property
    def setup(self) -> Setup:
        """The function made callable; tests of one function share a sandbox."""
        return CallSetup(self.signature)

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """The calls, and what is expected of them, one a line."""
        given = [show_call(self.signature, call.arguments, 1000) for call in self.calls]
        expected = [
            str(call.expected) if isinstance(call.expected, Raises) else show(call.expected, 1000)
            for call in self.calls
        ]
        return _lines(given), _lines(expected)

    async def run(self, stage: Stage) -> TestVerdict:
        """Make the calls and compare."""
        work = _Work(self, stage)
        while len(work.outcomes) < len(self.calls):
            await work.process()
        return work.verdict()


class _Work:
    """The calls of one test while they are made."""

    def __init__(self, test: CallTest, stage: Stage) -> None:
        self.outcomes: list[_Outcome] = []
        self._test = test
        self._stage = stage
        self._said = bytearray()
        self._ends: list[Execution] = []

    async def process(self) -> None:
        """Make calls in one process, as far as it goes."""
        session = Session(self._stage)
        first = len(self.outcomes)
        try:
            if not await session.start():
                await self._not_loaded(session)
                return
            while len(self.outcomes) < len(self._test.calls):
                answered = await self._call(session)
                if not answered or self._test.separate or session.is_worn:
                    break
            execution = _without_output(await session.end())
        except NotCallableError as error:
            raise RefusedError(self._not_callable(error.found)) from None
        finally:
            await session.abandon()
            self._keep(session.said)
        self._note_end(execution, first)

    def _keep(self, said: bytearray) -> None:
        """Keep what a process wrote, of much its beginning and its end.

        A process per call may write megabytes each time, and there are many calls.
        """
        room = 2 * self._stage.keep_bytes - len(self._said)
        if len(said) > room:
            said = said[: max(0, room - _LAST_WORDS)] + said[-min(_LAST_WORDS, max(0, room)) :]
            said = said[: max(0, room)]
        self._said += said

    async def _call(self, session: Session) -> bool:
        """Make the next call; False when the process cannot make another one."""
        call = self._test.calls[len(self.outcomes)]
        kinds = (parameter.type for parameter in self._test.signature.parameters)
        expected = call.expected
        most = _PARTS_BEYOND + (0 if isinstance(expected, Raises) else 4 * parts(expected))
        done = await session.call(list(zip(call.arguments, kinds, strict=True)), max_parts=most)
        if done is None:
            self.outcomes.append(await self._ended(session))
            return False
        answer, lap = done
        outcome = self._too_slow(lap) or self._judge(call, answer)
        self.outcomes.append(replace(outcome, lap=lap))
        if isinstance(answer, Raised) and outcome.verdict is not Verdict.ACCEPTED:
            session.said.extend(answer.trace.encode("utf-8", "surrogateescape"))
        return not isinstance(answer, Broken)

    def _judge(self, call: Call, answer: Answer) -> _Outcome:
        if isinstance(answer, Broken):
            reason = Message("call-answer-broken")
            return _Outcome(Verdict.RUNTIME_ERROR, reason, "?")
        if isinstance(answer, Raised):
            return self._judge_raised(call, answer)
        shown = show(answer.value, 1000)
        if isinstance(call.expected, Raises):
            reason = Message(
                "call-did-not-raise", expected=str(call.expected), actual=show(answer.value)
            )
            return _Outcome(Verdict.WRONG_ANSWER, reason, shown)
        wrong = self._test.rules.compare(answer.value, call.expected, self._test.signature.result)
        if wrong is None:
            return _Outcome(Verdict.ACCEPTED, "", shown)
        return _Outcome(Verdict.WRONG_ANSWER, wrong, shown)

    def _judge_raised(self, call: Call, answer: Raised) -> _Outcome:
        name = show(answer.classes[0] if answer.classes else "?", 80)[1:-1]
        said = show(answer.message)[1:-1]
        shown = f"error: {name}"
        if OUT_OF_MEMORY.intersection(answer.classes):
            return _Outcome(Verdict.MEMORY_LIMIT, Message("call-no-memory"), shown)
        language = self._stage.submission.language
        if not isinstance(call.expected, Raises):
            reason = Message("call-raised", expected=show(call.expected), name=name, said=said)
            return _Outcome(Verdict.RUNTIME_ERROR, reason, shown)
        if call.expected.accept(language, answer.classes):
            return _Outcome(Verdict.ACCEPTED, "", str(call.expected))
        reason = Message("call-raised-other", expected=str(call.expected), name=name, said=said)
        return _Outcome(Verdict.WRONG_ANSWER, reason, shown)

    def _too_slow(self, lap: Lap) -> _Outcome | None:
        """Judge a call that was answered after its time had passed, before it was stopped."""
        limits = self._stage.plan.limits
        if limits.cpu_ms is None or lap.cpu_ms <= limits.cpu_ms:
            return None
        return _Outcome(*_classified(_timed_out(lap), limits))

    async def _ended(self, session: Session) -> _Outcome:
        """Judge a call in which the process ended."""
        execution = await session.end()
        if execution is None:
            return _Outcome(Verdict.RUNTIME_ERROR, Message("call-answer-broken"))
        plan = self._stage.plan
        verdict, reason = _classified(execution, plan.limits, plan.spec.out_of_memory)
        lap = Lap(execution.cpu_ms, execution.wall_ms, execution.memory_bytes)
        return _Outcome(verdict, reason, "", lap, _without_output(execution))

    def _not_callable(self, found: str) -> Message:
        submission, signature = self._stage.submission, self._test.signature
        harness = HARNESSES[submission.language]
        name = function_name(signature, submission.language)
        declaration = harness.declaration(signature)
        return not_callable(declaration, submission.source, name, found=found)

    async def _not_loaded(self, session: Session) -> None:
        """All remaining calls fail alike when the program does not get as far as them."""
        outcome = await self._ended(session)
        if outcome.execution is not None and outcome.execution.exit_code == 0:
            outcome = replace(outcome, reason=Message("call-ended-while-loading"))
        if outcome.execution is not None:
            self._ends.append(outcome.execution)
        left = len(self._test.calls) - len(self.outcomes)
        nothing = replace(outcome, lap=_NO_LAP)
        self.outcomes += [outcome, *[nothing] * (left - 1)]

    def _note_end(self, execution: Execution | None, first: int) -> None:
        """Note how a process ended that was asked to, and what its memory says of its calls."""
        if execution is None:
            return
        self._ends.append(execution)
        if execution.ended is not Ended.MEMORY_LIMIT:
            return
        calls = range(first, len(self.outcomes))
        if any(self.outcomes[n].verdict is Verdict.MEMORY_LIMIT for n in calls):
            return
        # The limit was passed in a call that was answered: the first that needed as much.
        most = max(self.outcomes[n].lap.memory_bytes for n in calls)
        guilty = next(n for n in calls if self.outcomes[n].lap.memory_bytes == most)
        verdict, reason = _classified(execution, self._stage.plan.limits)
        self.outcomes[guilty] = replace(self.outcomes[guilty], verdict=verdict, reason=reason)

    def verdict(self) -> TestVerdict:
        """Return the verdict on all calls together."""
        calls, outcomes = self._test.calls, self.outcomes
        found = [
            PartVerdict(
                name=show_call(self._test.signature, call.arguments),
                verdict=outcome.verdict,
                reason=outcome.reason,
                weight=call.weight,
                score=float(outcome.verdict is Verdict.ACCEPTED),
            )
            for call, outcome in zip(calls, outcomes, strict=True)
        ]
        execution = self._execution()
        failed = next((part for part in found if not part.passed), None)
        if failed is None:
            return self._stage.verdict(execution, Verdict.ACCEPTED, parts=found)
        reason = failed.reason
        if len(found) > 1:
            passed = sum(part.passed for part in found)
            reason = Message(
                "calls-failed",
                passed=passed,
                total=len(found),
                call=failed.name,
                reason=failed.reason,
            )
        share = sum(part.weight * part.score for part in found) / sum(p.weight for p in found)
        verdict = Verdict.PARTIAL if share > 0 else failed.verdict
        return self._stage.verdict(execution, verdict, reason, share=share, parts=found)

    def _execution(self) -> Execution:
        """Return all processes as one run: what was returned as its stdout, prints as stderr."""
        outcomes = self.outcomes
        first = next((one for one in outcomes if one.verdict is not Verdict.ACCEPTED), None)
        ended = first.execution if first else None
        last = self._ends[-1] if self._ends else _timed_out(_NO_LAP)
        shown = [one.shown or f"({one.verdict.words})" for one in outcomes]
        return replace(
            last,
            exit_code=ended.exit_code if ended else None,
            signal=ended.signal if ended else None,
            stdout=_lines(shown),
            stderr=bytes(self._said),
            stdout_truncated=False,
            stderr_truncated=ended.stderr_truncated if ended else False,
            cpu_ms=sum(one.lap.cpu_ms for one in outcomes),
            wall_ms=sum(one.lap.wall_ms for one in outcomes),
            memory_bytes=max((end.memory_bytes for end in self._ends), default=0),
        )


def _classified(
    execution: Execution, limits: RunLimits, out_of_memory: Sequence[bytes] = ()
) -> tuple[Verdict, Message]:
    """Return why a process failed; one that ended well has not answered."""
    failed = classify(execution, limits, out_of_memory)
    return failed or (Verdict.RUNTIME_ERROR, Message("call-ended-early"))


def _without_output(execution: Execution | None) -> Execution | None:
    """Return the end of a process without the megabytes it may have written."""
    return None if execution is None else replace(execution, stdout=b"", stderr=b"")


def _timed_out(lap: Lap) -> Execution:
    """Return the end of a run that its limit of CPU time has stopped."""
    return Execution(
        ended=Ended.CPU_LIMIT,
        exit_code=None,
        signal=None,
        stdout=b"",
        stderr=b"",
        stdout_truncated=False,
        stderr_truncated=False,
        cpu_ms=lap.cpu_ms,
        wall_ms=lap.wall_ms,
        memory_bytes=lap.memory_bytes,
    )


def _lines(texts: Sequence[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode("utf-8", "replace")
