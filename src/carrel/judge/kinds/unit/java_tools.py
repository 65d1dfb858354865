"""Our own classes that run beside students' programs: the compiler's driver, JUnit's launcher.

Theory of operation. They decide what has passed, so nothing of a student's may have a hand in
them: they are compiled in an examiner's sandbox, where no file of a student's has ever been,
and kept for as long as this process lives. Each student's sandbox is given them before the
submission, and they belong to root there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources

from carrel.core.errors import PlatformFaultError
from carrel.core.sizes import MIB
from carrel.judge.build import build
from carrel.judge.plan import BuildStep, Submission, make_plan
from carrel.judge.stage import Stage
from carrel.languages.java import JAVA
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.live import LiveSandbox

JUNIT = "/opt/carrel/junit/junit.jar"
TOOLS = "/data/carrel"
COMPILE_MEMORY = 768 * MIB
_SOURCES = ("Compile.java", "Launch.java", "Suite.java", "Guard.java", "Canaries.java")
_PACKAGES = ("", "carrel/")
_MAX_CLASS = MIB

_made: dict[str, bytes] = {}
"""The classes by path, once they have been compiled; only `_compile` writes here."""


async def tools(stage: Stage) -> Mapping[str, bytes]:
    """Return the classes by their paths in a student's sandbox.

    The first time in a process they are compiled in the stage's examiner.
    """
    if not _made:
        limits = SandboxLimits(memory_bytes=COMPILE_MEMORY, cpu=JAVA.cores)
        await stage.examiner(JAVA.template, limits, content=_SOURCES, install=_compile)
    return _made


async def _compile(box: LiveSandbox) -> None:
    refusal = await build(box, (_step(),))
    if refusal is not None:
        raise PlatformFaultError(f"the launcher of JUnit's tests is broken:\n{refusal.message}")
    found = {}
    for package in _PACKAGES:
        for entry in await box.list_directory(f"{TOOLS}/{package}"):
            if entry.name.endswith(".class"):
                path = f"{TOOLS}/{package}{entry.name}"
                found[path] = await box.read_file(path, max_bytes=_MAX_CLASS)
    _made.update(found)


def _step() -> BuildStep:
    """Return the step that compiles them, as the language's own compiler is run."""
    plan = make_plan(Submission(Language.JAVA, b"class Launch {}"), RunLimits(wall_ms=1000))
    compiler = plan.steps[0].program
    if compiler is None:
        raise AssertionError  # Java is compiled
    flags = [flag for flag in compiler.argv if flag.startswith("-J")]
    return BuildStep(
        {f"{TOOLS}/{name}": program(name) for name in _SOURCES},
        replace(
            compiler,
            argv=("javac", *flags, "-proc:none", "-nowarn", "-cp", JUNIT, "-d", ".", *_SOURCES),
            cwd=TOOLS,
            limits=replace(compiler.limits, memory_bytes=COMPILE_MEMORY),
        ),
    )


def program(name: str) -> bytes:
    """Return one of our sources."""
    return resources.files(__package__).joinpath("programs", "java", name).read_bytes()
