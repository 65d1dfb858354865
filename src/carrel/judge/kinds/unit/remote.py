"""A suite whose tests run in another sandbox than the student's program: see relay.py."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Protocol
from weakref import WeakSet

from carrel.core.sizes import MIB
from carrel.judge.build import compile_error
from carrel.judge.kinds.unit.outcomes import Outcomes, understand
from carrel.judge.kinds.unit.relay import Relay, Transcript
from carrel.judge.kinds.unit.suite import TestFile, Weights, per_unit, sum_up
from carrel.judge.plan import Plan, Setup, Submission, make_plan
from carrel.judge.stage import RefusedError, Stage
from carrel.judge.verdict import Captured, TestVerdict, Verdict
from carrel.languages.spec import APP, Entry
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Identity, Program
from carrel.texts.message import Message

OURS = f"{APP}/.carrel"
"""Where carrel's own programs lie in both sandboxes; programs of students cannot write there."""

TESTS = f"{APP}/tests"

EXAMINER = RunLimits(
    cpu_ms=180_000,
    wall_ms=600_000,
    strict_wall=True,
    memory_bytes=768 * MIB,
    output_bytes=64 * MIB,
)
"""What the framework and the tests may use for a whole suite."""

_SANDBOX = SandboxLimits(memory_bytes=768 * MIB, lifetime_s=3600.0)


class Side(Protocol):
    """A language's side of it: the programs, and how they are started."""

    @property
    def template(self) -> str:
        """The template of the examiner's sandbox."""
        ...

    @property
    def extension(self) -> str:
        """What a module's file name ends with."""
        ...

    def programs(self) -> Mapping[str, bytes]:
        """Return carrel's programs by their names below `OURS`."""
        ...

    def examiner_argv(self, framework: str, config: str) -> tuple[str, ...]:
        """Return what runs the tests; `config` is JSON."""
        ...

    def student_argv(self, memory_bytes: int) -> tuple[str, ...]:
        """Return what serves the student's program."""
        ...


@dataclass(frozen=True)
class NamedSource:
    """The language's own setup, but with the source under a name that the tests import."""

    name: str

    def plan(
        self, submission: Submission, limits: RunLimits, sandbox: SandboxLimits | None
    ) -> Plan:
        """Return the plan for a submission."""
        plan = make_plan(submission, limits, sandbox=sandbox)
        own = f"{APP}/{plan.spec.entry(submission.source).source}"
        entry = Entry(self.name, f"{APP}/{self.name}")
        step = plan.steps[0]
        files = {path: data for path, data in step.files.items() if path != own}
        check, rule = plan.check, plan.spec.syntax_check
        if check is not None and rule is not None:
            check = replace(check, argv=rule.argv(entry))
        memory = plan.limits.memory_bytes or 0
        return replace(
            plan,
            steps=(replace(step, files={**files, entry.main: submission.source}), *plan.steps[1:]),
            check=check,
            run=replace(plan.run, argv=plan.spec.run_argv(entry, memory)),
        )


_served: WeakSet[LiveSandbox] = WeakSet()
"""The students' sandboxes that hold the server already."""


@dataclass(frozen=True)
class RemoteSuite:
    """Tests under `framework` against the student's modules.

    `modules` are the names that the tests import, the first that of the source handed in.
    `support` lie beside the tests, such as a conftest.py.
    """

    framework: str
    side: Side
    files: tuple[TestFile, ...]
    modules: tuple[str, ...] = ("solution",)
    support: tuple[TestFile, ...] = field(default=())
    weights: Weights = field(default=Weights())
    time_ms: int | None = None

    @property
    def setup(self) -> Setup | None:
        """The language's own way, with the source under the name that the tests import."""
        name = self.modules[0] + self.side.extension
        return None if self.modules[0] == "solution" else NamedSource(name)

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """Nothing: what the tests expect they say themselves when they fail."""
        return b"", b""

    async def run(self, stage: Stage) -> TestVerdict:
        """Run the suite. ExerciseFaultError when the tests themselves are wrong."""
        limits = per_unit(stage.plan.limits, self.time_ms)
        box = await stage.examiner(
            self.side.template,
            _SANDBOX,
            content=(self.side, self.files, self.support),
            install=self._install,
        )
        relay = Relay(stage, limits, self._server(stage))
        await stage.box()  # built before anybody asks for it
        execution = await relay.run(box, self._examiner())
        outcomes = understand(relay.transcript, execution, self.weights, self._names())
        if outcomes.trace is not None:
            await self._confirm(stage, outcomes)
        return self._verdict(outcomes, relay.transcript)

    def _names(self) -> str:
        return ", ".join(file.name for file in self.files)

    async def _install(self, box: LiveSandbox) -> None:
        for name, data in self.side.programs().items():
            await box.write_file(f"{OURS}/{name}", data, readonly=True)
        for file in (*self.support, *self.files):
            await box.write_file(f"{TESTS}/{file.name}", file.data, readonly=True)

    def _examiner(self) -> Program:
        config = {
            "framework": self.framework,
            "files": [file.name for file in self.files],
            "modules": list(self.modules),
        }
        return Program(
            argv=self.side.examiner_argv(self.framework, json.dumps(config)),
            limits=EXAMINER,
            identity=Identity.FRESH,
            stdin=None,
            env=_ENVIRONMENT,
        )

    def _server(self, stage: Stage) -> Callable[[LiveSandbox], Awaitable[Program]]:
        async def start(box: LiveSandbox) -> Program:
            if box not in _served:
                for name, data in self.side.programs().items():
                    await box.write_file(f"{OURS}/{name}", data, readonly=True)
                _served.add(box)
            memory = stage.plan.limits.memory_bytes or 0
            return replace(stage.plan.run, argv=self.side.student_argv(memory))

        return start

    async def _confirm(self, stage: Stage, outcomes: Outcomes) -> None:
        """Say that the program does not parse, if that is so: the host looks itself."""
        check, rule = stage.plan.check, stage.plan.spec.syntax_check
        if check is None or rule is None or outcomes.trace is None:
            return
        if any(sign.decode() in outcomes.trace for sign in rule.signs):
            checked = await (await stage.box()).execute(check)
            message = compile_error(checked, check.limits)
            if message is not None:
                raise RefusedError(message)

    def _verdict(self, outcomes: Outcomes, transcript: Transcript) -> TestVerdict:
        plain = TestVerdict(
            Verdict.WRONG_ANSWER,
            Message("unit-tests-all-skipped"),
            cpu_ms=sum(transcript.cpu_ms.values()),
            memory_bytes=transcript.memory_bytes,
        )
        if outcomes.failed is not None:
            verdict, reason = outcomes.failed
            trace = (outcomes.trace or "").encode()
            return replace(
                plain, verdict=verdict, reason=reason, stderr=Captured(trace, len(trace))
            )
        if not outcomes.parts:
            return plain
        summary = sum_up(outcomes.parts)
        return replace(
            plain,
            verdict=summary.verdict,
            reason=summary.reason,
            share=summary.share,
            parts=outcomes.parts,
        )


_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NO_COLOR": "1",
}


def programs_in(folder: str, prefix: str) -> dict[str, bytes]:
    """Return the files of one of the folders in programs/, by their names with a prefix."""
    place = resources.files(__package__).joinpath("programs", folder)
    return {
        f"{prefix}{file.name}": file.read_bytes()
        for file in place.iterdir()
        if file.is_file() and not file.name.endswith(".pyc")
    }
