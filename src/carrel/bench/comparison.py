"""Every isolation of this machine, side by side: which there are, and what is measured."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from carrel.bench.floor import Floor, open_floor
from carrel.bench.memory import memory
from carrel.bench.rows import creation, one_test, throughput
from carrel.bench.sandboxes import TEMPLATE, TRUE
from carrel.bench.turns import Found, Side
from carrel.bootstrap import open_pool, open_templates
from carrel.core.errors import CarrelError, PlatformFaultError
from carrel.languages.registry import SPECS, Language
from carrel.ops.settings import Settings

TESTED = (Language.CPP, Language.PYTHON, Language.JAVASCRIPT, Language.JAVA)
RATED = (Language.C, Language.CPP, Language.PYTHON, Language.JAVASCRIPT, Language.JAVA)

_KVM_DESCRIPTOR = "anon_inode:kvm-vm"


@dataclass(frozen=True)
class Sizes:
    """How much is measured: rounds, submissions per round, sandboxes at once, languages."""

    creation: int
    tests: int
    submissions: int
    throughput_rounds: int
    together: int
    busy: int
    tested: Sequence[Language] = TESTED
    rated: Sequence[Language] = RATED


FULL = Sizes(creation=20, tests=30, submissions=12, throughput_rounds=3, together=100, busy=4)
QUICK = Sizes(creation=4, tests=4, submissions=2, throughput_rounds=1, together=4, busy=2)

Step = tuple[str, Callable[[], Awaitable[list[Found]]]]


@dataclass(frozen=True)
class Comparison:
    """What will be compared: `sides` that work here, and why the `absent` ones do not."""

    sides: Sequence[Side]
    absent: Mapping[str, str]
    steps: Sequence[Step]


@asynccontextmanager
async def open_comparison(
    settings: Settings, isolations: Sequence[str], run_dir: Path, sizes: Sizes
) -> AsyncIterator[Comparison]:
    """Yield the measurements of these isolations, by name, in the order to make them.

    `run_dir` is for this run alone. An isolation that starts no sandbox here is absent;
    PlatformFaultError when all are, or when there is no bare process to compare with.
    """
    own = settings.model_copy(
        update={"run_dir": run_dir, "max_sandboxes": sizes.together + sizes.busy}
    )
    absent: dict[str, str] = {}
    sides: list[Side] = []
    async with AsyncExitStack() as stack:
        for name in isolations:
            try:
                sides.append(await _side(own.model_copy(update={"isolation": name}), name, stack))
            except CarrelError as error:
                absent[name] = str(error)
        if not sides:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in absent.items())
            raise PlatformFaultError(f"no isolation works here: {reasons}")
        templates = open_templates(settings)
        languages = {*sizes.tested, *sizes.rated}
        needed = {TEMPLATE, *(SPECS[language].template for language in languages)}
        floors = {
            name: await stack.enter_async_context(open_floor(templates.get(name).image))
            for name in sorted(needed)
        }
        yield Comparison(sides, absent, _steps(sides, floors, sizes))


async def _side(settings: Settings, name: str, stack: AsyncExitStack) -> Side:
    """Open an isolation's pools, and prove that it starts a sandbox."""
    pool = await open_pool(settings)
    stack.push_async_callback(pool.close)
    cold = await open_pool(settings.model_copy(update={"pool_size": 0}))
    stack.push_async_callback(cold.close)
    async with cold.sandbox(TEMPLATE) as box:
        await box.execute(TRUE)
        on_kvm = any(map(_holds_a_machine, box.host_processes()))
    return Side(name, pool, cold, on_kvm)


def _holds_a_machine(process: int) -> bool:
    """Whether a process has a virtual machine of the kernel's open: it then runs on KVM.

    What was asked for proves nothing: a monitor may fall back to emulation by itself.
    """
    with contextlib.suppress(OSError):  # it has just ended
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(descriptor.readlink()) == _KVM_DESCRIPTOR:
                    return True
    return False


def _steps(sides: Sequence[Side], floors: Mapping[str, Floor], sizes: Sizes) -> list[Step]:
    base = floors[TEMPLATE]

    def tested(language: Language) -> Step:
        floor = floors[SPECS[language].template]
        return f"one more test, {language}", lambda: one_test(sides, floor, language, sizes.tests)

    def rated(language: Language) -> Step:
        floor = floors[SPECS[language].template]
        return f"submissions per second, {language}", lambda: throughput(
            sides, floor, language, count=sizes.submissions, rounds=sizes.throughput_rounds
        )

    return [
        ("memory", lambda: memory(sides, base, together=sizes.together, busy=sizes.busy)),
        ("creation", lambda: creation(sides, base, sizes.creation)),
        *map(tested, sizes.tested),
        *map(rated, sizes.rated),
    ]
