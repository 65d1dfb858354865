"""Programs of the exercise's own: checkers, interactors. They run in examiners' sandboxes.

Theory of operation. A checker in C++ takes seconds to compile, and every submission's
examiner needs it. So it is compiled in the first one, what the compiler made is read
back, and the following ones are given that. No student's program has ever been in such
a sandbox.
"""

from __future__ import annotations

import stat
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from carrel.core.errors import ExerciseFaultError
from carrel.core.sizes import MIB
from carrel.judge.build import build
from carrel.judge.plan import Plan, Submission, make_plan
from carrel.judge.stage import Stage
from carrel.languages.registry import Language
from carrel.languages.spec import APP
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Program

LIMITS = RunLimits(cpu_ms=20_000, wall_ms=30_000, memory_bytes=512 * MIB, output_bytes=16 * MIB)
"""What a teacher's program may use in one run."""

_KEPT_PROGRAMS = 64
_MADE_BYTES = 64 * MIB
_MADE_DEPTH = 8

_Made = Mapping[str, tuple[bytes, bool]]
"""What a compiler made: content by path, and whether it is executable."""

_made: OrderedDict[TeacherProgram, _Made] = OrderedDict()


@dataclass(frozen=True)
class TeacherProgram:
    """A program that belongs to an exercise; `name` is its file, for error messages.

    `files` lie beside the source, such as a header it includes.
    """

    name: str
    language: Language
    source: bytes = field(repr=False)
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    async def installed(self, stage: Stage) -> tuple[LiveSandbox, Program]:
        """Return the stage's examiner with this program in it, and how to run it.

        Raises ExerciseFaultError when it does not compile.
        """
        submission = Submission(self.language, self.source, dict(self.files))
        plan = make_plan(submission, LIMITS)

        async def install(box: LiveSandbox) -> None:
            await self._install(box, plan)

        box = await stage.examiner(
            plan.spec.template, plan.sandbox_limits, content=self, install=install
        )
        return box, plan.run

    def fault(self, what: str) -> ExerciseFaultError:
        """Return the error that says that this program, and nobody else, failed."""
        return ExerciseFaultError(f"the exercise's own program {self.name} {what}")

    async def _install(self, box: LiveSandbox, plan: Plan) -> None:
        made = _made.get(self)
        if made is not None:
            _made.move_to_end(self)
            for path, (data, executable) in made.items():
                await box.write_file(path, data, readonly=True, executable=executable)
            return
        refusal = await build(box, plan.steps)
        if refusal is not None:
            raise self.fault(f"does not compile:\n{refusal.message}")
        _made[self] = await _read_back(box, APP)
        if len(_made) > _KEPT_PROGRAMS:
            _made.popitem(last=False)


async def _read_back(box: LiveSandbox, folder: str, depth: int = 0) -> _Made:
    made: dict[str, tuple[bytes, bool]] = {}
    for entry in await box.list_directory(folder):
        path = f"{folder}/{entry.name}"
        if stat.S_ISDIR(entry.mode) and depth < _MADE_DEPTH:
            made |= await _read_back(box, path, depth + 1)
        elif stat.S_ISREG(entry.mode):
            data = await box.read_file(path, max_bytes=_MADE_BYTES)
            made[path] = (data, bool(entry.mode & 0o111))
    return made


def with_arguments(program: Program, arguments: Sequence[str]) -> Program:
    """Return the program with further command-line arguments."""
    return replace(program, argv=(*program.argv, *arguments))
