"""The plan of a submission: which sandbox, which files, which programs; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from carrel.core.sizes import MIB
from carrel.languages.registry import SPECS, Language
from carrel.languages.spec import APP, LanguageSpec
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.program import Identity, Program

MAX_SOURCE_BYTES = MIB
"""The largest program that anybody may hand in."""

MAX_INPUT_BYTES = 16 * MIB
"""The longest standard input of one run."""

_LIFETIME_S = 4 * 3600.0
"""The judge destroys its sandboxes itself; this ends one that it lost sight of."""

_CHECK_LIMITS = RunLimits(
    cpu_ms=10_000, wall_ms=10_000, memory_bytes=256 * MIB, output_bytes=64 * 1024
)


@dataclass(frozen=True)
class Submission:
    """A program as it was handed in: its language and its source, any bytes."""

    language: Language
    source: bytes


@dataclass(frozen=True)
class Plan:
    """What it takes to run one submission.

    `build` compiles it, once, or is None; `check` confirms a syntax error of an
    interpreted language. `program(stdin)` is one run.
    """

    spec: LanguageSpec
    sandbox_limits: SandboxLimits
    files: Mapping[str, bytes]
    limits: RunLimits
    build: Program | None
    check: Program | None
    _run: Program

    def program(self, stdin: bytes) -> Program:
        """Return the program that runs the submission once with this input."""
        return replace(self._run, stdin=stdin)


def make_plan(
    submission: Submission, limits: RunLimits, *, sandbox: SandboxLimits | None = None
) -> Plan:
    """Return the plan for a submission whose every run has these limits.

    `limits.processes` counts the program's own processes and threads; those of
    its runtime are added. `limits.memory_bytes` None means the sandbox's. The
    sandbox is made large enough for the compiler too; each program in it is held
    to its own limit.
    """
    spec = SPECS[submission.language]
    base = sandbox or SandboxLimits(cpu=spec.cores, lifetime_s=_LIFETIME_S)
    memory = limits.memory_bytes or base.memory_bytes
    limits = replace(limits, memory_bytes=memory, processes=limits.processes + spec.runtime_threads)
    entry = spec.entry(submission.source)
    need = memory
    build = check = None
    if spec.compiler is not None:
        need = max(need, spec.compiler.limits.memory_bytes or 0)
        build = Program(
            argv=spec.compiler.argv(entry),
            limits=spec.compiler.limits,
            identity=Identity.BUILDER,
            env=spec.compiler.env,
            cwd=APP,
        )
    if spec.syntax_check is not None:
        check = Program(
            argv=spec.syntax_check.argv(entry),
            limits=replace(_CHECK_LIMITS, memory_bytes=memory, processes=limits.processes),
            identity=Identity.FRESH,
            env=spec.env,
        )
    return Plan(
        spec=spec,
        sandbox_limits=replace(base, memory_bytes=need),
        files={f"{APP}/{entry.source}": submission.source},
        limits=limits,
        build=build,
        check=check,
        _run=Program(
            argv=spec.run_argv(entry, memory),
            limits=limits,
            identity=Identity.FRESH,
            env=spec.env,
        ),
    )
