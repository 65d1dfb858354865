"""The plan of a submission: which sandbox, which files, which programs; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from carrel.core.sizes import MIB
from carrel.languages.registry import SPECS, Language
from carrel.languages.spec import APP, LanguageSpec
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.program import Identity, Program
from carrel.texts.message import Message

MAX_SOURCE_BYTES = MIB
"""The largest program that anybody may hand in."""

MAX_INPUT_BYTES = 16 * MIB
"""The longest standard input of one run."""

DATA = "/data"
"""Where data files lie; the guest agent links them into each run's directory."""

_LIFETIME_S = 4 * 3600.0
"""The judge destroys its sandboxes itself; this ends one that it lost sight of."""

_CHECK_LIMITS = RunLimits(
    cpu_ms=10_000, wall_ms=10_000, memory_bytes=256 * MIB, output_bytes=64 * 1024
)


@dataclass(frozen=True)
class Submission:
    """A program as it was handed in: its language and its source, any bytes.

    `files` are further files that lie beside the source, by relative name. The source, and
    further files of source, are held as the text that the language's tools read: in UTF-8
    and without a byte order mark, which javac, Bash and R would take for a part of the
    first word. All other files stay as they are.
    """

    language: Language
    source: bytes
    files: Mapping[str, bytes] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Turn source into text."""
        spec = SPECS[self.language]
        files = {
            name: spec.text(data) if name.endswith(spec.extensions) else data
            for name, data in self.files.items()
        }
        object.__setattr__(self, "source", spec.text(self.source))
        object.__setattr__(self, "files", files)

    @property
    def refusal(self) -> Message | None:
        """Why no tool should even be asked to read the source; None for any other program."""
        if not self.source:
            return Message("source-is-empty")
        if b"\0" in self.source:  # some tools stop there, some leave it out, some go on
            return Message("source-is-no-text")
        return None


@dataclass(frozen=True)
class BuildStep:
    """Files to put into the sandbox, by absolute path, and then a program that builds.

    A step's files come just before its program runs, so that what the student's source
    is compiled with cannot include what a later step brings, such as hidden tests. For
    the same reason `refusal` turns what this step's compiler said into what the student
    may read of it; None shows it as it is.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    program: Program | None = None
    refusal: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Plan:
    """What it takes to run one submission.

    `steps` install and compile it, once per sandbox; `check` confirms a syntax error of
    an interpreted language. `program(stdin)` is one run. `limits` hold for each run.
    """

    spec: LanguageSpec
    sandbox_limits: SandboxLimits
    limits: RunLimits
    steps: tuple[BuildStep, ...]
    check: Program | None
    run: Program

    def program(self, stdin: bytes | None, args: Sequence[str] = ()) -> Program:
        """Return the program that runs the submission once with this input and arguments."""
        return replace(self.run, stdin=stdin, argv=(*self.run.argv, *args))


class Setup(Protocol):
    """A way to install a submission that differs from its language's own.

    Hashable; tests with equal setups share a sandbox, in which the plan's steps run once.
    """

    def plan(
        self, submission: Submission, limits: RunLimits, sandbox: SandboxLimits | None
    ) -> Plan:
        """Return the plan for a submission."""
        ...


def installed_names(submission: Submission) -> dict[str, str]:
    """Return where each further file is installed, relative to `APP`, by its own name.

    None takes the place of the program itself, or of one before it.
    """
    spec = SPECS[submission.language]
    names: dict[str, str] = {}
    taken = {spec.entry(submission.source).source}
    for name, data in sorted(submission.files.items()):
        if name.endswith(spec.files.products or ("\0",)):
            continue
        place = spec.files.place(name, data) if name.endswith(spec.extensions) else name
        if place in taken:
            place = name
        if place not in taken:
            names[name] = place
            taken.add(place)
    return names


def _told(spec: LanguageSpec, files: Mapping[str, bytes]) -> Sequence[str]:
    """Return the further source files that the compiler must be told of."""
    return spec.files.told({n: data for n, data in files.items() if n.endswith(spec.extensions)})


def _checked(spec: LanguageSpec, submission: Submission) -> list[str]:
    """Return the paths of further source files that the syntax check looks at."""
    if spec.syntax_check is None or not spec.syntax_check.several:
        return []
    return sorted(f"{APP}/{name}" for name in submission.files if name.endswith(spec.extensions))


def beside(submission: Submission, data: Mapping[str, bytes] = MappingProxyType({})) -> BuildStep:
    """Return the step that has a submission's files in the directory of each of its runs.

    `data` are files of the exercise, which come before a student's of the same name. All
    are read-only: what one test writes, the next must not read.
    """
    files = {**submission.files, **data}
    return BuildStep({f"{DATA}/{name}": content for name, content in files.items()})


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
    compiler = check = None
    further = {place: submission.files[n] for n, place in installed_names(submission).items()}
    if spec.compiler is not None:
        told = _told(spec, further)
        command = (told and spec.compiler.several) or spec.compiler.argv
        need = max(need, spec.compiler.limits.memory_bytes or 0)
        compiler = Program(
            argv=(*command(entry), *told),
            limits=spec.compiler.limits,
            identity=Identity.BUILDER,
            env=spec.compiler.env,
            cwd=APP,
        )
    if spec.syntax_check is not None:
        check = Program(
            argv=(*spec.syntax_check.argv(entry), *_checked(spec, submission)),
            limits=replace(_CHECK_LIMITS, memory_bytes=memory, processes=limits.processes),
            identity=Identity.FRESH,
            env=spec.env,
        )
    files = {f"{APP}/{name}": data for name, data in further.items()}
    files[f"{APP}/{entry.source}"] = submission.source
    return Plan(
        spec=spec,
        sandbox_limits=replace(base, memory_bytes=need),
        limits=limits,
        steps=(BuildStep(files, compiler),),
        check=check,
        run=Program(
            argv=spec.run_argv(entry, memory),
            limits=limits,
            identity=Identity.FRESH,
            env={**spec.env, **spec.memory_env(memory)},
            anew=spec.files_come_first and bool(submission.files),
        ),
    )
